import { checkArguments, is } from "../../base/arguments.ts";
import { anArchitecture } from "./kinds.ts";
import { type Entry, ENTRY_NAMES, entryName } from "./entry.ts";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { resolveSelection } from "../../base/tensor.ts";
import type { Architecture } from "./architecture.ts";
import { Cache } from "./cache.ts";
import type { Edit } from "./edit.ts";
import { type HookPoint, hookPoints, matchPoints, pointAt } from "./hook_points.ts";
import { shown, wholeNumber, wholeNumbers } from "../../base/options.ts";
import { positionsByRow } from "./positions.ts";
import type { Tap } from "./tap.ts";

/**
 * The activations of an earlier run that a run starts from. An edit at a layer leaves the layers
 * before it unchanged, and an edit at a position leaves the positions before it unchanged, so that
 * neither has to be computed again.
 */
export interface Start {
  /** The earlier run. {@link startTaps} names what it must have tapped, at all positions. */
  readonly from: Cache;
  /**
   * The hook point that the run starts at: `hook_resid_pre`, `attn.hook_z` or `hook_resid_mid` of a
   * layer.
   */
  readonly at: string;
  /**
   * For each row of the input, the row of the earlier run that it starts from. Default: the row of
   * the same number.
   */
  readonly rows?: readonly number[];
  /**
   * The first position that is computed. Negative ones count from the end of each row; in a row
   * that is shorter, the run starts at its first token. Default 0.
   */
  readonly position?: number;
}

/** How the option `start` is checked. */
export const startSchema: z.ZodType = z.strictObject({
  from: z.instanceof(Cache, { error: "to be the cache of a run" }),
  at: z.string("to be a hook point"),
  rows: wholeNumbers.optional(),
  position: wholeNumber.optional(),
}, "to be { from, at, rows, position }").optional();

/**
 * Returns the hook points that a run must tap so that other runs can start from it.
 *
 * @param architecture the architecture of the model.
 * @param at where the other runs start: `hook_resid_pre`, `attn.hook_z` or `hook_resid_mid` of a
 * layer, or a glob that matches one of them in several layers.
 * @param options `past`: whether the other runs start at a later position, and so need the keys and
 * values of earlier ones. Default false.
 * @returns names of hook points, for `tap`.
 * @throws CircuitbookError if a run cannot start at the hook point.
 *
 * @example
 * ```ts
 * import { loadModel, startTaps } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const at = "blocks.3.hook_resid_pre";
 * const from = await model.run("11 + 5 =", {
 *   tap: startTaps(model.architecture, at, { past: true }),
 *   logits: [-1],
 * });
 * const { logits } = await model.run("11 + 5 =", {
 *   start: { from, at, position: -1 },
 *   logits: [-1],
 * });
 * assertAlmostEquals(logits.data[0], from.logits.data[0], 1e-4);
 * ```
 */
export function startTaps(
  architecture: Architecture,
  at: string,
  options: { readonly past?: boolean } = {},
): string[] {
  checkArguments("startTaps", {
    architecture: [architecture, anArchitecture],
    at: [at, is.text],
    options: [options, is.object],
  });

  const entries = matchPoints(at, hookPoints(architecture)).map(({ name }) =>
    entryOf(name, architecture)
  );
  const first = Math.min(...entries.map(({ layer, kind }) => kind === "pre" ? layer : layer + 1));
  const layers = Array.from({ length: architecture.layers }, (_, layer) => layer).filter((layer) =>
    layer >= first
  );
  return [
    ...entries.flatMap(({ layer, kind }) =>
      kind === "z" ? [entryName(layer, "pre"), entryName(layer, "z")] : [entryName(layer, kind)]
    ),
    ...options.past ? layers.flatMap((layer) => pastPoints(architecture, layer)) : [],
  ];
}

/** Returns the latest entry at or before a hook point of a layer. */
export function entryBefore({ name, layer }: HookPoint, architecture: Architecture): Entry {
  if (layer === undefined) {
    throw new CircuitbookError(
      `Expected a hook point of a layer to start before but found "${name}".`,
    );
  }
  const names = hookPoints(architecture).map((point) => point.name);
  const kinds = ["mid", "z", "pre"] as const;
  const kind = kinds.find((kind) =>
    names.includes(entryName(layer, kind)) && !isBefore(names, name, layer, kind)
  );
  return { layer, kind: kind ?? "pre" };
}

/** Returns the entry that a start names. @throws CircuitbookError if a run cannot start there. */
function entryOf(at: string, architecture: Architecture): Entry {
  const [point] = matchPoints(at, hookPoints(architecture));
  const kind = (Object.keys(ENTRY_NAMES) as Entry["kind"][]).find((kind) =>
    point.layer !== undefined && point.name === entryName(point.layer, kind)
  );
  if (point.name === at && kind) return { layer: point.layer!, kind };
  throw new CircuitbookError(
    `Expected ${Object.values(ENTRY_NAMES).join(", ")} of a layer to start at but found "${at}".`,
  );
}

/** A start, checked against the run that it is for. */
export interface StartedRun {
  readonly start: Start;
  /** The activation that the run starts from. */
  readonly entry: Entry;
  /** For each row, the row of the earlier run that it starts from. */
  readonly sources: readonly number[];
}

/**
 * Returns a start, checked against the rows, taps and edits of a run.
 *
 * @throws CircuitbookError if a run cannot start there, or if a tap or an edit lies before the
 * start.
 */
export function startedRun(
  start: Start,
  rows: readonly (readonly number[])[],
  { taps, edits, parsed }: {
    readonly taps: readonly Tap[];
    readonly edits: ReadonlyMap<string, unknown>;
    readonly parsed: readonly Edit[];
  },
  architecture: Architecture,
): StartedRun {
  const entry = entryOf(start.at, architecture);
  const points = hookPoints(architecture);
  const names = points.map(({ name }) => name);
  const first = names.indexOf(start.at);
  const used = [
    ...taps.flatMap(({ at }) => matchPoints(at, points).map(({ name }) => name)),
    ...edits.keys(),
  ];
  const before = used.find((name) => names.indexOf(name) < first);
  if (before) {
    throw new CircuitbookError(
      `Expected hook points from ${start.at} on, where the run starts, but found "${before}".`,
    );
  }
  if (start.position !== undefined) refuseBefore(start.position, rows, taps, parsed);
  return { start, entry, sources: sourceRows(start, rows) };
}

/** Throws if a tap or an edit names a position before the first computed position. */
function refuseBefore(
  position: number,
  rows: readonly (readonly number[])[],
  taps: readonly Tap[],
  edits: readonly Edit[],
): void {
  const firsts = rows.map(({ length }) => firstPosition(position, length));
  const refuse = (at: string, row: number, chosen: readonly number[]) => {
    const early = chosen.find((index) => index < firsts[row]);
    if (early === undefined) return;
    throw new CircuitbookError(
      `Expected positions from ${
        firsts[row]
      } on, where row ${row} starts, but found ${early} at "${at}".`,
    );
  };
  for (const { at, positions } of taps) {
    // A tap of all positions would lack the positions before the start, and its first position
    // would not be position 0.
    if (positions === undefined) {
      throw new CircuitbookError(
        `Expected positions to tap at "${at}", because the run starts at position ${position}, but found none.`,
      );
    }
    positionsByRow(positions, rows).forEach((chosen, row) => refuse(at, row, chosen));
  }
  for (const edit of edits) {
    if ("apply" in edit || edit.positions === undefined) continue;
    const reached = resolveSelection(edit.rows ?? {}, rows.length, "row");
    for (const row of reached) {
      refuse(edit.at, row, resolveSelection(edit.positions, rows[row].length, "position"));
    }
  }
}

/**
 * Returns the rows of the earlier run that the rows of an input start from.
 *
 * @throws CircuitbookError if a row and the row that it starts from have different tokens.
 */
function sourceRows(
  { from, rows }: Start,
  input: readonly (readonly number[])[],
): readonly number[] {
  if (
    rows === undefined && from.tokens.length !== input.length ||
    rows && rows.length !== input.length
  ) {
    throw new CircuitbookError(
      `Expected a row to start from for each of ${input.length} rows but found ${
        (rows ?? from.tokens).length
      }; set rows of start.`,
    );
  }
  const sources = rows
    ? resolveSelection(rows, from.tokens.length, "row to start from")
    : input.map((_, row) => row);
  input.forEach((tokens, row) => {
    const other = from.tokens[sources[row]];
    if (tokens.length !== other.length || tokens.some((token, i) => token !== other[i])) {
      throw new CircuitbookError(
        `Expected row ${row} to have the tokens of the row it starts from (${
          shown(other)
        }) but found ${shown(tokens)}.`,
      );
    }
  });
  return sources;
}

/**
 * Returns the first computed position of a row.
 *
 * @throws CircuitbookError if the position lies after the end of the row.
 */
export function firstPosition(position: number, length: number): number {
  // In a batch of unequal rows, a negative position may lie before a short row: the whole row is
  // computed.
  return position < -length ? 0 : resolveSelection(position, length, "position to start at")[0];
}

/** Returns the hook points of the keys and values that later positions read. */
export function pastPoints({ rope }: Architecture, layer: number): [keys: string, values: string] {
  return [rope ? pointAt.rotK(layer) : pointAt.k(layer), pointAt.v(layer)];
}

/** Returns whether a hook point comes before an entry of a layer. */
function isBefore(
  names: readonly string[],
  name: string,
  layer: number,
  kind: Entry["kind"],
): boolean {
  return names.indexOf(name) < names.indexOf(entryName(layer, kind));
}
