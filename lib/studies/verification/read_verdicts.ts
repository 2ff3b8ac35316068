import { checkArguments, is } from "../../base/arguments.ts";
import type { Tensor } from "../../base/tensor.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import type { TextTokenizer } from "../../tasks/text/tokenizer.ts";
import { type ProbedText, surfaceForms } from "./probed_texts.ts";
import { type VerdictReading, verdictReadings } from "./verdict_readings.ts";

/** What one probe reads of one text. */
export interface ReadVerdict extends VerdictReading {
  /**
   * What is compared: "matched pairs", one attempt with two targets; "attempts of a chain", two
   * attempts with one target; or "numbers", whether the last digit of a number is 5 or more.
   */
  readonly set: string;
  /**
   * What the probe is given: "stream", the residual stream at the ` (`, or the name of a surface
   * form. For numbers: which number, "result" or "target", is read from the stream.
   */
  readonly read: string;
}

/**
 * Returns what linear probes and MLPs read of the verdict: from the residual stream of each layer,
 * and from tokens alone. Linear probes also read from the stream whether the last digits of the
 * result and of the target are high, since a comparison needs both.
 *
 * @param tokenizer the tokenizer of the texts.
 * @param stream the residual stream at the ` (` of each text, [layer, example, d_model].
 * @param texts the texts, in the order of the examples.
 * @returns a row for each probe, layer and example that did not train the probe; `layer` is 0 for
 * tokens.
 * @throws CircuitbookError if there are too few pairs to train on.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { tokenizer } = model;
 * const { pairs } = countdown.matchedPairs(tokenizer, { n: 12, seed: 1, attempt: 1 });
 * const { rows, texts, opens } = verificationStudy.probedTexts(tokenizer, pairs);
 * const tap = "blocks.*.hook_resid_post";
 * const cache = await model.run(rows, { tap, positions: opens });
 * const stream = cache.layers(tap).slice({ layer: { from: 7 } });
 * const table = await verificationStudy.readVerdicts(tokenizer, stream, texts);
 * const sets = new Set(table.getColumn("set").toArray());
 * assertEquals([...sets], ["matched pairs", "attempts of a chain", "numbers"]);
 * ```
 */
export async function readVerdicts(
  tokenizer: Pick<TextTokenizer, "decode">,
  stream: Tensor,
  texts: readonly ProbedText[],
): Promise<TableOf<ReadVerdict>> {
  checkArguments("readVerdicts", {
    tokenizer: [tokenizer, is.like("a tokenizer", "decode")],
    stream: [stream, is.tensor],
    texts: [texts, is.listOf(is.like("a text", "pair", "kind", "result", "target"))],
  });

  const found: ReadVerdict[] = [];
  for (const [set, example] of Object.entries(setsOf(texts))) {
    const own = example.map((i) => texts[i]);
    const labels = own.map(({ kind }) => kind === "right" ? "this" : "not");
    const pairs = own.map(({ pair }) => pair);
    const given = { stream: stream.slice({ example }), ...surfaceForms(own) };
    for (const [read, tensor] of Object.entries(given)) {
      const activations = read === "stream" ? tensor : { 0: tensor };
      const controls = read === "stream";
      const table = await verdictReadings({ activations, labels, pairs }, { controls });
      found.push(...rowsOf(table).map((row) => ({ ...row, set, read })));
    }
  }
  const pairs = texts.map(({ pair }) => pair);
  for (const read of ["result", "target"] as const) {
    const labels = texts.map((text) => `${Number(tokenizer.decode(text[read]).at(-1)) >= 5}`);
    const examples = { activations: stream, labels, pairs };
    const table = await verdictReadings(examples, { kinds: ["linear"] });
    found.push(...rowsOf(table).map((row) => ({ ...row, set: "numbers", read })));
  }
  return tableOf(found);
}

/** Returns the examples of each set of texts; each set has as many right texts as others. */
function setsOf(texts: readonly ProbedText[]): Record<string, number[]> {
  const withEarlier = new Set(
    texts.filter(({ kind }) => kind === "earlier").map(({ pair }) => pair),
  );
  const where = (holds: (text: ProbedText) => boolean) =>
    [...texts.keys()].filter((i) => holds(texts[i]));
  return {
    "matched pairs": where(({ kind }) => kind !== "earlier"),
    "attempts of a chain": where(({ kind, pair }) => kind !== "wrong" && withEarlier.has(pair)),
  };
}
