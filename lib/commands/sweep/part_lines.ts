import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";

/**
 * What a sweep computes. Two sweeps with equal identities, apart from the name of the model,
 * compute one table.
 */
export interface SweepIdentity {
  /**
   * The model's name, folder or Hub id, as the user gave it. This text is not compared: models are
   * compared by the hash of their weights.
   */
  readonly model: string;
  /**
   * SHA-256 of the model's weights, then ` without KEY` for each attribute of `config.json` that
   * was left out.
   */
  readonly weights: string;
  /** The device that the model computes on: the last digits of a number differ between devices. */
  readonly device: string;
  /** The element type that the model computes in. */
  readonly dtype: string;
  /** The heads, such as `1.5,3.2`. */
  readonly heads: string;
  /** SHA-256 of the ids, tokens, answers and counter-answers of all prompts. */
  readonly prompts: string;
}

/** The results of some neighbouring prompts. */
export interface DoneGroup {
  /** The baseline of each prompt. */
  readonly baselines: readonly number[];
  /** The ablated values, [prompt][head]. */
  readonly values: readonly (readonly number[])[];
}

/** The content of the file of an unfinished sweep. */
export interface PartContent {
  /** What the sweep computes; undefined if not even the first line is complete. */
  readonly identity?: SweepIdentity;
  /** The results, in the order of the prompts. */
  readonly groups: readonly DoneGroup[];
  /**
   * The length of all complete lines, in bytes. The rest of the file was being written when the
   * sweep ended.
   */
  readonly length: number;
}

const MARK = '{"sweep":1,';
/** A number. Numbers that are not finite are written as texts, because JSON has none. */
const number = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);
const groupSchema = z.strictObject({
  baselines: z.array(number),
  values: z.array(z.array(number)),
});
const identitySchema = z.strictObject({
  sweep: z.literal(1),
  model: z.string(),
  weights: z.string(),
  // Older versions did not record these two.
  device: z.string().default("another device"),
  dtype: z.string().default("another dtype"),
  heads: z.string(),
  prompts: z.string(),
});

/** Returns the first line of the file: what the sweep computes. */
export function identityLine(
  { model, weights, device, dtype, heads, prompts }: SweepIdentity,
): Uint8Array<ArrayBuffer> {
  return lineOf({ sweep: 1, model, weights, device, dtype, heads, prompts });
}

/** Returns the line that holds the results of a group. */
export function groupLine({ baselines, values }: DoneGroup): Uint8Array<ArrayBuffer> {
  return lineOf({ baselines, values });
}

/**
 * Returns what the bytes of a file hold. The first line is the identity of the sweep; each further
 * line is a group, in the order of the prompts. The last line may be incomplete, if the process was
 * killed while it was writing.
 *
 * @throws CircuitbookError if the file is of another kind, or is damaged before its last line.
 */
export function parsePart(bytes: Uint8Array, path: string): PartContent {
  const lines = linesOf(bytes);
  const [first, ...rest] = lines;
  if (!first?.whole) {
    if (first && !first.text.startsWith(MARK) && !MARK.startsWith(first.text)) throw notOurs(path);
    return { groups: [], length: 0 };
  }
  const parsed = identitySchema.safeParse(jsonOf(first.text));
  if (!parsed.success) throw notOurs(path);
  const { sweep: _, ...identity } = parsed.data;
  const heads = identity.heads.split(",").length;
  const groups: DoneGroup[] = [];
  let length = first.end;
  for (const [index, { text, whole, end }] of rest.entries()) {
    const group = whole ? groupOf(text, heads) : undefined;
    if (group) groups.push(group), length = end;
    else if (index < rest.length - 1) {
      throw new CircuitbookError(
        `Expected ${path} as a sweep wrote it but found line ${
          index + 2
        } damaged; delete the file.`,
      );
    }
  }
  return { identity, groups, length };
}

/** A line of the file. */
interface Line {
  readonly text: string;
  /** Whether the line ends in a line break, and is complete. */
  readonly whole: boolean;
  /** Where the next line begins, in bytes. */
  readonly end: number;
}

function linesOf(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  const decoder = new TextDecoder();
  for (let from = 0, end; from < bytes.length; from = end) {
    const at = bytes.indexOf(10, from);
    const whole = at >= 0;
    end = whole ? at + 1 : bytes.length;
    lines.push({ text: decoder.decode(bytes.subarray(from, whole ? at : end)), whole, end });
  }
  return lines;
}

/** Returns the group of a line; `undefined` if the line is damaged. */
function groupOf(text: string, heads: number): DoneGroup | undefined {
  const { data: group } = groupSchema.safeParse(jsonOf(text));
  const fits = group && group.baselines.length === group.values.length &&
    group.values.every(({ length }) => length === heads);
  return fits ? group : undefined;
}

function lineOf(value: unknown): Uint8Array<ArrayBuffer> {
  const finite = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  return new TextEncoder().encode(`${JSON.stringify(value, finite)}\n`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notOurs(path: string): CircuitbookError {
  return new CircuitbookError(
    `Expected the file of an interrupted sweep at ${path} but found another kind of file; delete it, or name another --out.`,
  );
}
