/** The counts of a run of tests. */
export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  /** How many tests were skipped, by reason. */
  readonly skipped: ReadonlyMap<string, number>;
}

/** The end of a test's name that says why the test is skipped. */
const REASON = /\(skipped: (.+)\)$/;

/** Collects what `deno test` prints, line by line. */
export class TestOutput {
  #counts: readonly [passed: number, failed: number] | undefined;
  readonly #skipped = new Map<string, number>();

  /** Reads a line of the output, with or without colours. */
  read(line: string): void {
    // deno-lint-ignore no-control-regex
    const plain = line.replaceAll(/\x1b\[[\d;]*m/g, "").trim();
    const [, passed, failed] = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/.exec(plain) ??
      [];
    if (passed !== undefined) this.#counts = [Number(passed), Number(failed)];
    const [, name] = /^(.*) \.\.\. ignored\b/.exec(plain) ?? [];
    if (name === undefined) return;
    const reason = REASON.exec(name)?.[1] ?? "the test file says why";
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
  }

  /**
   * The counts; undefined if the run ended before it printed them, for example because a file does
   * not parse.
   */
  get summary(): TestSummary | undefined {
    if (!this.#counts) return undefined;
    const [passed, failed] = this.#counts;
    return { passed, failed, skipped: this.#skipped };
  }
}

/**
 * Returns the closing lines of a run: a line for each reason why tests were skipped, then the
 * counts.
 */
export function closingLines({ passed, failed, skipped }: TestSummary): string[] {
  const total = [...skipped.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...skipped].map(([reason, count]) => `${count} skipped: ${reason}`);
  return [...reasons, `${passed} passed, ${failed} failed, ${total} skipped`];
}
