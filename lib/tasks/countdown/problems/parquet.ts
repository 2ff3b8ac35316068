import pl from "nodejs-polars";
import { checkArguments, is } from "../../../base/arguments.ts";
import { CircuitbookError } from "../../../base/errors.ts";
import { shown } from "../../../base/options.ts";
import { type Problem, problem } from "./problem.ts";

/** A problem of a Parquet file. */
export interface StoredProblem extends Problem {
  /**
   * The contents of the prompt's messages, joined by line breaks; `undefined` if the file has no
   * prompts.
   */
  prompt?: string;
}

/**
 * Returns the problems of a Parquet file in TinyZero's layout. The file has the columns `nums` and
 * `target`, or a column `reward_model` with `ground_truth.numbers` and `ground_truth.target`; it
 * may have a column `prompt`, a list of messages. Other columns are ignored.
 *
 * The layout is that of https://huggingface.co/datasets/Jiayi-Pan/Countdown-Tasks-3to4 (`nums` and
 * `target`), and of the files that TinyZero's `examples/data_preprocess/countdown.py` makes from it
 * (all columns).
 *
 * @param path the path of the file.
 * @param options `n`: how many rows are read. By default all.
 * @returns one problem a row.
 * @throws CircuitbookError if the file cannot be read or lacks the columns, or if a row has numbers
 * that are not whole or contradicts itself.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const path = await Deno.makeTempFile({ suffix: ".parquet" });
 * pl.DataFrame({ nums: [[3, 87, 38]], target: [46] }).writeParquet(path);
 * assertEquals(countdown.readParquet(path)[0].target, 46);
 * await Deno.remove(path);
 * ```
 */
export function readParquet(path: string, options: { n?: number } = {}): StoredProblem[] {
  checkArguments("readParquet", { path: [path, is.text], options: [options, is.object] });
  const { n } = options;

  return open(path, n).toRecords().map((record, row) => {
    const truth = groundTruth(record);
    const numbers = wholeNumbers(record.nums ?? truth.numbers);
    const target = wholeNumbers([record.target ?? truth.target]);
    if (!numbers?.length || !target) {
      throw new CircuitbookError(
        `Expected whole numbers in "nums" and "target" (or in "reward_model.ground_truth") of ${path} but found ` +
          `${shown(record.nums ?? truth.numbers)} and ${
            shown(record.target ?? truth.target)
          } in row ${row}.`,
      );
    }
    const agrees =
      (truth.numbers === undefined || String(wholeNumbers(truth.numbers)) === String(numbers)) &&
      (truth.target === undefined || Number(truth.target) === target[0]);
    if (!agrees) {
      throw new CircuitbookError(
        `Expected "nums" and "target" of ${path} to agree with "reward_model.ground_truth" but found ` +
          `[${numbers}], ${target} and ${shown(truth)} in row ${row}.`,
      );
    }
    const prompt = promptText(record.prompt);
    return { ...problem(numbers, target[0]), ...(prompt === undefined ? {} : { prompt }) };
  });
}

function open(path: string, n: number | undefined): pl.DataFrame {
  let frame: pl.DataFrame;
  try {
    frame = pl.readParquet(path, { nRows: n });
  } catch (cause) {
    throw new CircuitbookError(
      `Expected a Parquet file at ${path} but found none that can be read: ${cause}`,
      {
        cause,
      },
    );
  }
  const has = (column: string) => frame.columns.includes(column);
  if (!(has("nums") && has("target")) && !has("reward_model")) {
    throw new CircuitbookError(
      `Expected the columns "nums" and "target" (or "reward_model") in ${path} but found ${
        frame.columns.join(", ")
      }.`,
    );
  }
  return frame;
}

function groundTruth(record: Record<string, unknown>): { numbers?: unknown; target?: unknown } {
  const model = record.reward_model as
    | { ground_truth?: { numbers?: unknown; target?: unknown } }
    | null
    | undefined;
  return model?.ground_truth ?? {};
}

/**
 * Returns the whole numbers of a list column, or `undefined` if it holds anything else. Polars
 * returns lists as series, and 64-bit integers as bigint or number.
 */
function wholeNumbers(value: unknown): number[] | undefined {
  if (value === null || typeof value !== "object" || !(Symbol.iterator in value)) return undefined;
  const numbers = [...value as Iterable<unknown>].map((item) =>
    item === null || item === "" ? NaN : Number(item)
  );
  return numbers.every(Number.isSafeInteger) ? numbers : undefined;
}

function promptText(prompt: unknown): string | undefined {
  if (typeof prompt === "string") return prompt;
  if (prompt === null || typeof prompt !== "object" || !(Symbol.iterator in prompt)) {
    return undefined;
  }
  return [...prompt as Iterable<{ content?: unknown }>].map((message) =>
    String(message?.content ?? "")
  ).join("\n");
}
