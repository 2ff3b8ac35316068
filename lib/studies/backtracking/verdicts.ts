import pl from "nodejs-polars";
import { z } from "zod";
import type { Watch } from "../../base/progress.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { anything, checkOptions, watch } from "../../base/options.ts";
import { nextToken } from "../../model/next_token.ts";
import type { Counterfactual } from "./counterfactuals.ts";
import { verdictWords } from "../../tasks/countdown/chains/verdict_words.ts";

/** How verdicts are asked for. */
export interface VerdictOptions extends Watch {
  /** Edits of the run; `rows` are indices of the texts. */
  readonly edit?: Edit | readonly Edit[];
}

const optionsSchema = z.strictObject({ ...watch, edit: anything });

/**
 * What a model says next of each text, as a table: `change`, `problem`, `attempt`, `earlier` (attempts before it in the text), `right`
 * (whether it was, as written), `stated` (the result), `off` (how far that is from the problem's own target), `statesTruth`; what the verdict should be by the `prompt`, by the `copies` in
 * earlier verdicts and by `arithmetic` ("right", "wrong", or null); then `verdict` (the most probable token: "this", "not" or
 * "other"), the probabilities `P(this)` and `P(not)`, and `margin`, the logit of "this" minus that of "not".
 *
 * @throws CircuitbookError when "this" or "not" is no single token, or edits do not fit.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const chains = countdown.chains([countdown.problem([3, 38, 87], 52)]);
 * const texts = backtracking.counterfactuals(chains, model.tokenizer, { changes: ["nothing"] });
 * const table = await backtracking.verdictsOf(model, texts);
 * assertEquals(table.getColumn("verdict").toArray(), ["not", "this"]);
 * ```
 */
export async function verdictsOf(
  model: Model,
  texts: readonly Counterfactual[],
  options: VerdictOptions = {},
): Promise<pl.DataFrame> {
  checkOptions(options, optionsSchema, "verdictsOf");
  const { logits } = await model.run(texts.map(({ tokens }) => tokens), {
    ...options,
    logits: [-1],
  });
  const [right, wrong] = [verdictWords.right, verdictWords.wrong].map((word) =>
    model.tokenizer.idOf(word)
  );
  const vocab = logits.size("vocab");
  return pl.DataFrame(texts.map((text, row) => {
    const { change, problem, attempt, index, right: wasRight, target, stated, statesTruth } = text;
    const { prompt = null, copies = null, arithmetic } = text.expected;
    const own = logits.data.subarray(row * vocab, (row + 1) * vocab) as Float32Array;
    const { top, probability } = nextToken(own);
    return {
      change,
      problem,
      attempt,
      earlier: index,
      right: wasRight,
      stated,
      off: Math.abs(stated - target),
      statesTruth,
      prompt,
      copies,
      arithmetic,
      verdict: top === right ? "this" : top === wrong ? "not" : "other",
      "P(this)": probability(right),
      "P(not)": probability(wrong),
      margin: own[right] - own[wrong],
    };
  }));
}

/**
 * Whether a model called an attempt right: a predicate for the rows of {@link verdictsOf} and `aftermathsOf`.
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const shares = stats.sharesBy([{ verdict: "this" }, { verdict: "not" }], [], backtracking.accepts);
 * assertEquals(shares.getColumn("share").toArray(), [0.5]);
 * ```
 */
export function accepts({ verdict }: { readonly verdict: string | null }): boolean {
  return verdict === verdictWords.right;
}

/**
 * Whether a model called an attempt wrong: as {@link accepts}.
 *
 * @example
 * ```ts
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(["this", "not", "other"].map((verdict) => backtracking.rejects({ verdict })), [false, true, false]);
 * ```
 */
export function rejects({ verdict }: { readonly verdict: string | null }): boolean {
  return verdict === verdictWords.wrong;
}
