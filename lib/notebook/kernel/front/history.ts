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

  /** Returns Jupyter's answer to `history_request`: the latest cells, a range of cells, or those that fit a pattern. */
  answer({ hist_access_type: access, n, start, stop, pattern = "*", output }: Json): Json {
    const latest = (entries: Entry[]) => n === undefined ? entries : entries.slice(-Number(n));
    const entries = access === "range"
      ? this.#entries.filter(([, count]) =>
        count >= Number(start ?? 0) && count < Number(stop ?? Infinity)
      )
      : access === "search"
      ? latest(this.#entries.filter(([, , source]) => fits(source, String(pattern))))
      : latest(this.#entries);
    // With `output`, Jupyter wants pairs of a cell and its value; values are not kept.
    const history = output === true
      ? entries.map(([session, count, source]) => [session, count, [source, null]])
      : entries;
    return { status: "ok", history };
  }
}

/** Whether a text fits a pattern, in which `*` stands for any text and `?` for one character. */
function fits(source: string, pattern: string): boolean {
  const parts = pattern.split(/([*?])/).map((part) =>
    part === "*" ? "[^]*" : part === "?" ? "[^]" : RegExp.escape(part)
  );
  return new RegExp(`^${parts.join("")}$`).test(source);
}
