import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";

/** What a sweep is of: two sweeps with the same are parts of one table. */
export interface SweepIdentity {
  /** As it was named; the hash tells whether it is the same. */
  readonly model: string;
  readonly weights: string;
  /** `1.5,3.2`. */
  readonly heads: string;
  /** The hash of ids, tokens, answers and what they are held against. */
  readonly prompts: string;
}

/** What was computed for some prompts that follow each other. */
export interface DoneGroup {
  /** For each prompt. */
  readonly baselines: readonly number[];
  /** For each prompt, by head. */
  readonly values: readonly (readonly number[])[];
}

/** What the file of an unfinished sweep holds. */
export interface PartContent {
  /** Undefined where not even the first line was written to its end. */
  readonly identity?: SweepIdentity;
  readonly groups: readonly DoneGroup[];
  /** How many bytes hold all this; what follows was being written when the sweep ended. */
  readonly length: number;
}

const MARK = '{"sweep":1,';
/** JSON knows no numbers that are not finite. */
const number = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);
const groupSchema = z.strictObject({
  baselines: z.array(number),
  values: z.array(z.array(number)),
});
const identitySchema = z.strictObject({
  sweep: z.literal(1),
  model: z.string(),
  weights: z.string(),
  heads: z.string(),
  prompts: z.string(),
});

/** The first line: what the sweep is of. */
export function identityLine(
  { model, weights, heads, prompts }: SweepIdentity,
): Uint8Array<ArrayBuffer> {
  return lineOf({ sweep: 1, model, weights, heads, prompts });
}

/** The line of a group. */
export function groupLine({ baselines, values }: DoneGroup): Uint8Array<ArrayBuffer> {
  return lineOf({ baselines, values });
}

/**
 * What the bytes of a file hold: lines of JSON, the sweep's identity and then a group each, in the order of the prompts. The
 * last line may be torn, as when the power went.
 *
 * @throws CircuitbookError when it is another kind of file, or is damaged before its last line.
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
        `Expected ${path} as a sweep left it but found line ${index + 2} damaged; delete it.`,
      );
    }
  }
  return { identity, groups, length };
}

interface Line {
  readonly text: string;
  /** Whether it has its end. */
  readonly whole: boolean;
  /** Where the next begins, in bytes. */
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
    `Expected what an interrupted sweep left in ${path} but found another kind of file; delete it, or name another --out.`,
  );
}
