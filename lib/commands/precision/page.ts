import { CPU_F32, type PrecisionErrors } from "./measure.ts";
import { countText } from "../../base/formats.ts";

/** What a precision page is about. */
export interface PrecisionRun {
  /** The name of the model. */
  readonly model: string;
  /** The number of positions that were compared. */
  readonly positions: number;
  /** The root mean square of the exact logits. */
  readonly logitSize: number;
  /** How many tokens each row has. */
  readonly rowTokens: number;
  /** The element type of the weights as they are read. */
  readonly stored: string;
}

/** Returns a page in Markdown with the errors of each device and element type. */
export function precisionPage(run: PrecisionRun, all: readonly PrecisionErrors[]): string {
  const layers = all[0].residualErrors.length;
  const heading = all.map(({ device, dtype }) => `${dtype}, ${device}`);
  return [
    "# Precision",
    "",
    `Matrix products and attention can be computed in f32, f16 or bf16 (\`loadModel(name, { dtype })\`); the`,
    "residual stream, norms, softmax and logits are f32 in any case. On the CPU, products with weights can be",
    "computed in int8, with everything else in f32. This page compares each element type and",
    `device with ${CPU_F32}: ${run.model} (weights read as ${run.stored}), ${
      countText(run.positions)
    } positions of`,
    `English prose (\`lib/commands/precision/prose.txt\`), rows of ${run.rowTokens} tokens. \`deno task precision\` writes the page.`,
    "",
    `The root mean square of a logit is ${run.logitSize.toPrecision(3)}.`,
    "",
    "| dtype | device | mean logit error | largest logit error | same most probable token |",
    "| --- | --- | --- | --- | --- |",
    ...all.map((errors) => {
      const { dtype, device, meanLogitError, largestLogitError, topAgreement } = errors;
      const numbers = [meanLogitError, largestLogitError].map((value) => value.toPrecision(2));
      return `| ${dtype} | ${device} | ${numbers.join(" | ")} | ${
        (100 * topAgreement).toFixed(1)
      } % |`;
    }),
    "",
    "On the CPU operands and results of a product are rounded to the element type and sums are f32, as a GPU",
    "computes; that is slower than f32. In int8 the matrices of attention, MLPs and unembedding are rounded to 8",
    "bits in blocks of 32 numbers with an f32 scale each, and so are the vectors that they are multiplied with;",
    "the products within a block are summed exactly, and the sums of blocks are added in f32. The model writes",
    "texts more than twice as fast.",
    "Gradients, edges and `hook_result` need exact products and are refused; `model.weight`, and what reads",
    "weights alone, return the stored numbers.",
    "",
    "The difference of the residual stream after each layer, as a share of the stream (root mean squares):",
    "",
    `| layer | ${heading.join(" | ")} |`,
    `| --- |${heading.map(() => " --- |").join("")}`,
    ...Array.from(
      { length: layers },
      (_, layer) =>
        `| ${layer} | ${
          all.map(({ residualErrors }) => residualErrors[layer].toExponential(1)).join(" | ")
        } |`,
    ),
    "",
  ].join("\n");
}
