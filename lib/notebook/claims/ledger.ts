import { printsAsText } from "../../base/one_line.ts";
import { Drawing, escapeHtml, framed, jupyterDisplay, type MediaBundle } from "../../plot/mod.ts";
import type { Abilities } from "../../base/abilities.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import type { Statement, Statements } from "../../base/statements.ts";
import type { Effect } from "../../stats/difference_of.ts";
import { holm } from "../../stats/holm.ts";
import type { Estimate } from "../../stats/intervals.ts";
import { kernelApi } from "../kernel/api.ts";
import { type Claim, type ClaimRun, countsInWords, type Verdict } from "./claim.ts";
import { type Claims, claims } from "./claims.ts";
import { findings } from "./findings.ts";
import { criterionInWords, judge, type Judgement, SIGNIFICANT } from "./judge.ts";
import { capitalized, measured } from "./words.ts";

/** The words that a test adds to its number. */
export interface TestWords {
  /**
   * The measured quantity, in place of the statement's own `statistic`: "Silencing L1H3 leaves
   * right results recognised".
   */
  readonly says?: string;
  /** Further observations, in one or more sentences. */
  readonly why?: string;
}

/** A statement with the name of its source and section. */
interface Announced extends Statement {
  readonly source: string;
}

/** A statement that was tested. */
interface Tested {
  readonly judgement: Judgement<Estimate | Effect>;
  /** How many numbers all have to meet the criterion. */
  readonly numbers: number;
  readonly says: string;
  readonly why: string;
}

/**
 * Tests the statements of a source and keeps the results. The statements come first, with statistic
 * and criterion; {@link Ledger.test} adds the number, and the number decides. A cell that displays
 * the ledger shows what was tested since the ledger was last displayed. The whole table, which a
 * report collects, is {@link Ledger.claims}. Made by {@link ledger}.
 *
 * All tests of one section are a family, the inconclusive ones as well: their verdicts are
 * corrected by Holm's method. Statements that cannot be tested do not count. If a claim rests on
 * several numbers, a contradiction by one of the numbers is first corrected for how many numbers
 * there are.
 *
 * @example
 * ```ts
 * import { notebook, stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const run = { model: "m", hash: "h", dtype: "f32", commit: "c", date: "2026-01-01", seed: 1 };
 * const notes = notebook.ledger("Part I", {
 *   Probing: {
 *     accuracy: {
 *       statement: "The probe is near perfect.",
 *       kind: "source",
 *       statistic: "accuracy on held-out problems",
 *       unit: "share",
 *       criterion: { above: 0.9 },
 *       control: "shuffled labels",
 *       figure: "accuracy",
 *     },
 *   },
 * }, run);
 * notes.test("accuracy", stats.wilson(990, 1000));
 * assertEquals(notes.claims.list.map(({ verdict }) => verdict), ["replicates"]);
 * ```
 */
export class Ledger {
  /** The name of the source. */
  readonly source: string;
  /** The run that measures. */
  readonly run: ClaimRun;

  readonly #announced: ReadonlyMap<string, Announced>;
  readonly #tested = new Map<string, Tested>();
  readonly #lacking = new Map<string, string>();
  readonly #skipped: string[] = [];

  /** The ids that were tested since the ledger was last displayed. */
  #fresh: string[] = [];

  /** The output that shows the findings, if there is one. */
  #output: string | undefined;

  /** The outputs that show tests, with the ids of the tests. */
  #shown: { readonly output: string; readonly ids: readonly string[] }[] = [];

  /**
   * Creates a ledger.
   *
   * @param source the name of the source.
   * @param statements the statements that will be tested, by section and id.
   * @param run the run that measures.
   */
  constructor(source: string, statements: Statements, run: ClaimRun) {
    this.source = source;
    this.run = run;
    this.#announced = new Map(
      Object.entries(statements).flatMap(([section, own]) =>
        Object.entries(own).map(([id, statement]) =>
          [id, { ...statement, source: `${source}, ${section}` }] as const
        )
      ),
    );
  }

  /**
   * The claims on all statements, in their order, as a table that a cell displays and a report
   * collects. Verdicts are corrected by Holm's method within each section. A statement without a
   * test gets the verdict "cannot be tested".
   */
  get claims(): Claims {
    const sections = Map.groupBy(this.#announced, ([, { source }]) => source);
    return claims([...sections.values()].flatMap((family) => this.#family(family)));
  }

  /**
   * Ends the section of the notebook if the model lacks an ability that the experiments of the
   * section need. Statements of the section that were not tested before get the verdict "cannot be
   * tested", and the table says why.
   *
   * @param section the name of the section of the source.
   * @param abilities the abilities of the model.
   * @param needs the names of the abilities that the section needs.
   * @throws MissingAbility if the model lacks one of the abilities.
   */
  section(section: string, abilities: Abilities, ...needs: readonly string[]): void {
    const missing = abilities.missing(...needs);
    if (missing !== undefined) {
      this.#lacking.set(`${this.source}, ${section}`, missing);
      this.#skipped.push(missing);
    }
    abilities.require(...needs);
  }

  /**
   * Tests a statement: keeps its number and returns the ledger, which a cell displays. The verdict
   * follows from the interval and the statement's criterion. A statement that is tested again,
   * because its cell was run twice, forgets the earlier number.
   *
   * @param id the id of the statement.
   * @param found the number with its interval. With a control, a difference from the control. If
   * several numbers all have to meet the criterion, the weakest is kept, and a contradiction is
   * corrected for how many numbers there are.
   * @param words what the number is of, where that depends on the run, and what else was seen.
   * @returns the same ledger, so that calls can be chained.
   * @throws CircuitbookError if there is no statement of that id, or no number.
   */
  test(
    id: string,
    found: Estimate | Effect | readonly (Estimate | Effect)[],
    words: TestWords = {},
  ): this {
    const announced = this.#statementOf(id);
    const estimates = [found].flat() as (Estimate | Effect)[];
    if (!estimates.every(({ value, low, high }) => [value, low, high].every(Number.isFinite))) {
      throw new CircuitbookError(
        `Expected numbers for "${id}" but found ${
          estimates.map(({ value, low, high }) => `${value} [${low}, ${high}]`).join(", ")
        }.`,
      );
    }
    if (estimates.length === 0) {
      throw new CircuitbookError(`Expected a number for "${id}" but found none.`);
    }
    const { says = capitalized(announced.statistic), why = "" } = words;
    const judgement = judge(estimates, announced.criterion);
    this.#tested.set(id, { judgement, numbers: estimates.length, says, why });
    this.#renew(id);
    return this;
  }

  /**
   * Notes that a statement cannot be tested on this model although its section can.
   *
   * @param id the id of the statement.
   * @param why the reason, in a sentence.
   * @returns the same ledger.
   * @throws CircuitbookError if there is no statement of that id.
   */
  cannotTest(id: string, why: string): this {
    this.#statementOf(id);
    this.#tested.delete(id);
    this.#lacking.set(id, why);
    this.#renew(id);
    return this;
  }

  /**
   * Returns the statement of an id.
   *
   * @throws CircuitbookError if there is none; names the nearest.
   */
  #statementOf(id: string): Announced {
    const announced = this.#announced.get(id);
    if (announced !== undefined) return announced;
    const nearest = nearestNames(id, [...this.#announced.keys()]).join(", ");
    throw new CircuitbookError(
      `Expected the id of a statement but found "${id}"; the nearest are ${nearest || "none"}.`,
    );
  }

  /**
   * Notes that a statement has a new result, and renews what is displayed: one more test of a
   * section may change the verdicts of the others.
   */
  #renew(id: string): void {
    this.#fresh.push(id);
    if (this.#output !== undefined) this.#showFindings(true);
    for (const { output, ids } of this.#shown) show(this.#tests(ids), output, true);
  }

  /**
   * Displays the findings, a sentence on the result of each statement that has a headline, and
   * renews them with every test that follows. The cell stands under the title of the notebook.
   * Outside a notebook nothing is shown.
   */
  showFindings(): void {
    this.#output = crypto.randomUUID();
    this.#showFindings(false);
  }

  /**
   * Returns the statements that were tested since the ledger was last displayed, one a line, each
   * with its verdict. In a notebook the statements are displayed in an output of their own, which
   * later tests renew, and nothing is returned.
   */
  [jupyterDisplay](): MediaBundle {
    const ids = this.#fresh;
    this.#fresh = [];
    const drawn = this.#tests(ids);
    if (kernelApi() === undefined) return drawn[jupyterDisplay]();
    const output = crypto.randomUUID();
    show(drawn, output, false);
    // A cell that is run again has a new output.
    const others = this.#shown.filter((earlier) => !earlier.ids.every((id) => ids.includes(id)));
    this.#shown = [...others, { output, ids }];
    return {};
  }

  /** Returns some tests, one a line, each with its verdict. */
  #tests(ids: readonly string[]): Drawing {
    const lines = this.claims.list.filter(({ id }) => ids.includes(id)).map((claim) => ({
      head: `${claim.verdict}: `,
      text: `${claim.statement} ${measured(claim, this.#saysOf(claim))}. ${claim.why}`.trim(),
    }));
    const html = lines.map(({ head, text }) =>
      `<div style="max-width:46rem"><b>${head}</b>${escapeHtml(text)}</div>`
    );
    return new Drawing(
      framed(html.join("")),
      lines.map(({ head, text }) => head + text).join("\n"),
    );
  }

  #showFindings(update: boolean): void {
    const drawn = findings(this.claims.list.flatMap((claim) => {
      const { headline } = this.#announced.get(claim.id)!;
      return headline ? { claim, headline, says: this.#saysOf(claim) } : [];
    }));
    show(drawn, this.#output!, update);
  }

  #saysOf({ id, statistic }: Claim): string {
    return this.#tested.get(id)?.says ?? capitalized(statistic);
  }

  /**
   * Returns the claims of one section, with verdicts that are corrected for the number of its
   * tests.
   */
  #family(family: readonly (readonly [string, Announced])[]): Claim[] {
    const tests = family.flatMap(([id]) => this.#tested.has(id) ? [id] : []);
    const values = tests.map((id) => this.#tested.get(id)!.judgement.p);
    const corrected = new Map(holm(values).map((p, i) => [tests[i], p]));
    return family.map(([id, announced]) => {
      const tested = this.#tested.get(id);
      return tested
        ? this.#claim(id, announced, tested, corrected.get(id)!)
        : this.#untested(id, announced);
    });
  }

  #claim(
    id: string,
    announced: Announced,
    { judgement, numbers, why }: Tested,
    corrected: number,
  ): Claim {
    const { estimate, isWithdrawn, isOfFew } = judgement;
    const { value, low, high, n } = estimate;
    const isDecided = judgement.verdict !== "inconclusive";
    const isOpen = isDecided && corrected > SIGNIFICANT;
    const verdict: Verdict = isOpen ? "inconclusive" : judgement.verdict;
    const remarks = [
      why,
      numbers > 1 ? `This number is the weakest of ${numbers} numbers.` : "",
      isWithdrawn
        ? `Uncorrected, this number contradicts; the correction for ${numbers} numbers leaves the claim inconclusive.`
        : "",
      isOfFew ? "Fewer than five units decide nothing." : "",
      isOpen
        ? `Uncorrected, this claim ${judgement.verdict}; Holm's correction for the tests of this section leaves it ` +
          "inconclusive."
        : "",
    ];
    return {
      ...this.#fixed(id, announced, "own" in estimate),
      verdict,
      value,
      interval: [low, high],
      n,
      ...("own" in estimate ? { own: estimate.own, controlValue: estimate.control } : {}),
      ...("draws" in estimate ? { draws: estimate.draws } : {}),
      why: remarks.filter(Boolean).join(" "),
    };
  }

  #untested(id: string, announced: Announced): Claim {
    const why = this.#lacking.get(id) ?? this.#lacking.get(announced.source) ??
      this.#skipped.at(-1) ?? "The section that tests it was not run.";
    return { ...this.#fixed(id, announced, true), verdict: "cannot be tested", why };
  }

  /** Returns the parts of a claim that were fixed before the result. */
  #fixed(
    id: string,
    {
      kind,
      source,
      statement,
      sourceValue = "not stated",
      statistic,
      unit,
      criterion,
      control,
      figure,
    }: Announced,
    isDifference: boolean,
  ) {
    return {
      id,
      kind,
      source,
      statement,
      sourceValue,
      statistic,
      unit,
      criterion: criterionInWords(criterion, unit, isDifference),
      control,
      figure,
      ...this.run,
    };
  }

  /** Returns the ledger in a line: its source and the counts of its claims. */
  toString(): string {
    return `Ledger of ${this.source}: ${countsInWords(this.claims.list)}`;
  }
}

printsAsText(Ledger);

/** Shows a drawing in an output of the notebook, or renews the output. */
function show(drawn: Drawing, output: string, update: boolean): void {
  const options = { raw: true, display_id: output, update };
  kernelApi()?.display(drawn[jupyterDisplay]() as Record<string, unknown>, options);
}

/**
 * Returns a ledger for the statements of one source.
 *
 * @param source the name of the source.
 * @param statements the statements that will be tested, by section and id. A statement that is not
 * tested, because the model lacks an ability, still has a row in the table.
 * @param run the run that measures, see {@link runOf}.
 * @returns a ledger without results.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const run = { model: "m", hash: "h", dtype: "f32", commit: "c", date: "2026-01-01", seed: 1 };
 * assertEquals(notebook.ledger("Part I", {}, run).claims.list, []);
 * ```
 */
export function ledger(source: string, statements: Statements, run: ClaimRun): Ledger {
  checkArguments("ledger", {
    source: [source, is.text],
    statements: [statements, is.object],
    run: [run, is.like("a run", "model", "hash")],
  });

  return new Ledger(source, statements, run);
}
