import type { Json } from "../wire/message.ts";

/** A cell of the history: session, number, text. There is one session, the kernel's own. */
type Entry = [session: number, count: number, source: string];

/** The cells that were run. */
export class History {
  readonly #entries: Entry[] = [];

  /** Adds a cell. */
  add(count: number, source: string): void {
    this.#entries.push([0, count, source]);
  }

  /**
   * Returns Jupyter's answer to `history_request`: the latest cells, a range of cells, or those
   * that fit a pattern.
   */
  answer(request: Json): Json {
    const entries = this.#chosen(request);
    // With `output`, Jupyter wants pairs of a cell and its value; values are not kept.
    const history = request.output === true
      ? entries.map(([session, count, source]) => [session, count, [source, null]])
      : entries;
    return { status: "ok", history };
  }

  #chosen({ hist_access_type: access, n, start, stop, pattern, unique }: Json): Entry[] {
    if (access === "range") {
      const first = Number(start ?? 0);
      const end = Number(stop ?? Infinity);
      return this.#entries.filter(([, count]) => count >= first && count < end);
    }
    let entries: readonly Entry[] = this.#entries;
    if (access === "search") {
      entries = entries.filter(([, , source]) => fits(source, String(pattern ?? "*")));
    }
    if (unique === true) {
      entries = [...new Map(entries.map((entry) => [entry[2], entry])).values()];
    }
    return n === undefined || n === null ? [...entries] : entries.slice(-Number(n));
  }
}

/**
 * Returns whether a text fits a pattern, in which `*` stands for any text and `?` for one
 * character.
 */
function fits(source: string, pattern: string): boolean {
  const parts = pattern.split(/([*?])/).map((part) =>
    part === "*" ? "[^]*" : part === "?" ? "[^]" : RegExp.escape(part)
  );
  return new RegExp(`^${parts.join("")}$`).test(source);
}
