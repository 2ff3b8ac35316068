import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { CELL_PLACE, type LineColumn, placesOfTrace } from "../evaluator/protocol.ts";
import { lostPromises } from "./lost_promises.ts";
import { caretLines, type Place } from "./source_error.ts";

/** A run of a cell: what its traces need. */
interface Run {
  /** The number beside the cell, such as 3 in `[3]`; `undefined` for code that has none. */
  count: number | undefined;
  source: string;
  map: TraceMap;
}

/** The cells that were run, by which traces name the lines and columns as written. */
export class Traces {
  readonly #runs = new Map<number, Run>();

  /** Adds a run of a cell. */
  add(run: number, { count, source, map }: { count?: number; source: string; map: string }): void {
    this.#runs.set(run, { count, source, map: new TraceMap(map) });
  }

  /**
   * Returns a text in which places in compiled cells are replaced by `cell [3], line 2, column 5`.
   */
  readable(text: string): string {
    return text.replace(CELL_PLACE, (whole, run, line, column) => {
      const known = this.#runs.get(Number(run));
      const place = known && this.placeIn(Number(run), [Number(line), Number(column)]);
      if (!known || !place) return whole;
      const cell = known.count === undefined ? "cell" : `cell [${known.count}]`;
      return `${cell}, line ${place.line}, column ${place.column}`;
    });
  }

  /** Returns the place in the cell as written for a place in the compiled cell. */
  placeIn(run: number, [line, column]: LineColumn): Place | undefined {
    const map = this.#runs.get(run)?.map;
    const found = map && originalPositionFor(map, { line, column: column - 1 });
    return found?.line ? { line: found.line, column: found.column + 1 } : undefined;
  }

  /**
   * Returns the places of a trace that lie in a run of a cell, from the innermost to the outermost:
   * the line that called.
   */
  placesOf(run: number, text: string): Place[] {
    return placesOfTrace(text).filter((found) => found.run === run)
      .map((found) => this.placeIn(run, found.place))
      .filter((place) => place !== undefined);
  }

  /** Returns the line of a place with a caret below. */
  caret(run: number, place: Place): string[] {
    return caretLines(this.#runs.get(run)?.source ?? "", place);
  }

  /**
   * Returns the variables that hold promises and stand where an error happened.
   *
   * @param run the run of the cell that failed.
   * @param places the places of the error's trace, from the innermost to the outermost.
   * @param promises the variables that hold promises.
   */
  lostPromises(run: number, places: readonly Place[], promises: readonly string[]): string[] {
    const source = this.#runs.get(run)?.source ?? "";
    if (promises.length === 0) return [];
    return places.map((place) => lostPromises(source, place, promises))
      .find((names) => names.length > 0) ?? [];
  }
}
