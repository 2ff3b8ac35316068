import { headName, namesInWords } from "../../base/one_line.ts";
import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { greedySet } from "../../ablation/greedy_set.ts";
import { randomHeadSets } from "../../ablation/random_heads.ts";
import { type HeadSet, partsOf, silenceSets, targetsOf } from "../../ablation/silence_sets.ts";
import { referenceRun, sweepKinds } from "../../ablation/sweep_kinds.ts";
import { atLeastOne, checkOptions, watch, wholeNumber } from "../../base/options.ts";
import type { Watch } from "../../base/progress.ts";
import { kept } from "../../checkpoint/kept.ts";
import { attentionTo } from "../../heads/attention_to.ts";
import type { Model } from "../../model/model.ts";
import { allHeads } from "../../model/plan/heads_and_neurons.ts";
import type { Effect } from "../../stats/difference_of.ts";
import { effect } from "../../stats/effect.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { verdictMargin } from "../../tasks/countdown/scoring/verdict_margin.ts";
import { judgedPairs, type JudgingTask } from "./judged_pairs.ts";
import type { JudgedPair, JudgedPositions } from "./judged_pair.ts";
import { pairsFor } from "./pairs_for.ts";
import { publishedHeads } from "./published_heads.ts";
import { meanOf } from "../../base/mean.ts";

/** The version of the search: a stored set of another version is not used. */
const SEARCH = 4;

/**
 * The version of the validation. The validation is stored apart from the search, so that a new
 * version of the validation needs no new search.
 */
const VALIDATION = 1;

/** A set stops verification if at most this share of the right results is still recognised. */
const STOPPED = 0.1;

/**
 * The search silences each set by both kinds. Zero ablation alone also finds heads whose constant
 * output the model needs; resample ablation alone finds heads whose silencing by zero does not stop
 * verification.
 */
const SEARCHED_KINDS = ["zero", "resample"] as const;

/** The validation silences the set by all kinds. */
const VALIDATED_KINDS = ["zero", "mean", "resample"] as const;

/**
 * How many sets each step of the search keeps: the two or three strongest heads often have equal
 * effects.
 */
const WIDTH = 3;

/** How many heads the search chooses from after its first step. */
const SHORTLIST = 20;

/** How many prompts `mean` and `resample` ablation draw from. */
const REFERENCE_PROMPTS = 16;

/** How many random sets of as many heads are the control. */
const RANDOM_SETS = 20;

/** How many heads the search may choose from in a model with many. */
const CANDIDATES = 48;

/** The tokens at which heads are silenced, the fewest first. */
const WINDOWS: readonly JudgingWindow[] = [
  "at the parenthesis",
  "from the last digit",
  "from the last =",
];

/** From which token of an attempt on heads are silenced. */
export type JudgingWindow = "at the parenthesis" | "from the last digit" | "from the last =";

/** How the verification heads of a model are found. */
export interface VerificationHeadsOptions extends Watch {
  /**
   * How many pairs of a right and a wrong attempt. The search uses a third, the others validate.
   * Default 90; with more than 50 million parameters 45.
   */
  readonly n?: number;
  /** How many heads the set has at most. Default 8. */
  readonly most?: number;
  /** The seed of the pairs and draws. Default 3. */
  readonly seed?: number;
  /**
   * What the model judges: results against a target ("countdown", the default), or whether results
   * have a property that nothing in the text shows ("property").
   */
  readonly task?: JudgingTask;
  /** Where the result is stored. Default: the cache. */
  readonly cacheFolder?: string;
}

const optionsSchema = z.strictObject({
  ...watch,
  n: atLeastOne.optional(),
  most: atLeastOne.optional(),
  seed: wholeNumber.optional(),
  task: z.enum(["countdown", "property"], `to be "countdown" or "property"`).optional(),
  cacheFolder: z.string().optional(),
});

/**
 * What is left of verification, or of arithmetic, without some heads: one pair under one condition.
 */
export interface WithoutHeads {
  /** "verifiers", "random heads" or "no heads". */
  readonly heads: string;
  /** How the heads were silenced: "zero", "mean" or "resample". */
  readonly kind: string;
  /**
   * What was asked: "right result" and "wrong result" (is it called right?), or "arithmetic" (is it
   * computed?).
   */
  readonly asked: string;
  /** From which token on the heads were silenced. */
  readonly window: string;
  /** The pair. */
  readonly pair: number;
  /** The number of the random set; 0 for heads that were not drawn. */
  readonly draw: number;
  /** Whether the result was called right, or computed. */
  readonly yes: boolean;
}

/** A set of heads and how it was found, as both are stored. */
export interface FoundHeads {
  /** The heads as [layer, head]. */
  readonly heads: HeadSet;
  /** From which token of an attempt on they are silenced. */
  readonly window: JudgingWindow;
  /**
   * For each window, the number of heads that the search took and the share of right results that
   * is still recognised, under the kind of ablation that leaves more.
   */
  readonly search: readonly {
    readonly window: string;
    readonly heads: number;
    readonly recognised: number;
  }[];
}

/** What is left without a set of heads, on pairs that its search did not see. */
export interface ValidatedHeads {
  /** What was asked of each pair without the heads. */
  readonly validation: readonly WithoutHeads[];
  /** How many pairs validated. */
  readonly n: number;
}

/**
 * The heads that one model verifies with: a set that was searched on some pairs and validated on
 * others. Made by {@link verificationHeads}.
 */
export class VerificationHeads {
  /** The heads as [layer, head]. */
  readonly heads: HeadSet;
  /**
   * From which token of an attempt on they are silenced: the latest at which silencing stops
   * verification.
   */
  readonly window: JudgingWindow;
  /**
   * For each window, the number of heads that the search took and the share still recognised, on
   * the searched pairs.
   */
  readonly search: FoundHeads["search"];
  /** What is left without them, on pairs that the search did not see. */
  readonly validation: TableOf<WithoutHeads>;
  /** How many pairs validated. */
  readonly n: number;
  /** When the set was found, in ISO 8601. */
  readonly date: string;

  /**
   * Creates a set.
   *
   * @param found the set, how it was found, and what was measured.
   * @param date when it was found.
   */
  constructor(found: FoundHeads & ValidatedHeads, date: string) {
    this.heads = found.heads;
    this.window = found.window;
    this.search = found.search;
    this.validation = tableOf([...found.validation]);
    this.n = found.n;
    this.date = date;
  }

  /** The heads in words: "L1H3 and L1H5". */
  get names(): string {
    return namesInWords(this.heads.map(([layer, head]) => headName(layer, head)));
  }

  /**
   * Returns what silencing the set changes, against random sets of as many heads, on the validating
   * pairs.
   *
   * @param asked "right result" or "wrong result": is it still called right? "arithmetic": is a
   * result still computed?
   * @param kind how the heads are silenced. Default "zero".
   * @returns the difference from random heads, with an interval over pairs and random sets.
   */
  effect(asked: string, kind = "zero"): Effect {
    const rows = rowsOf(this.validation).filter((row) => row.asked === asked && row.kind === kind);
    const [own, control] = [{ heads: "verifiers" }, { heads: "random heads" }];
    return effect(rows, { of: "yes", own, control, over: "pair", draws: "draw" });
  }

  /**
   * Returns the first position at which the heads are silenced in a text that ends after the `(` of
   * an attempt.
   *
   * @param positions the tokens of the attempt.
   * @returns the position.
   */
  from(positions: Pick<JudgedPositions, "equals" | "digits" | "open">): number {
    return firstOf(positions, this.window);
  }
}

/**
 * Returns the heads that a model verifies with. They are found once: the result is stored in the
 * cache with the hash of the weights and the options. All notebooks use the default options, and so
 * one set.
 *
 * The search is greedy and carries the three best sets on. It looks for the heads whose silencing
 * lowers the margin of right results (`this` minus `not`) most, over a third of the pairs; then
 * heads whose removal from the set costs nothing are dropped. Heads are silenced by zero and by
 * resample ablation, from texts with a wrong result. A set counts by the ablation that lowers the
 * margin less, so that heads are found which carry what differs between texts, and not heads whose
 * constant output is needed.
 *
 * The search is run for three windows: at the `(` alone, from the result's last digit on, and from
 * the last `=` on. The latest window at which at most a tenth of the right results is still
 * recognised is kept, because heads that are silenced while a result is written may spoil the
 * result and not the verdict. The other pairs validate: by zero, mean and resample ablation, for
 * right and wrong results, and for arithmetic, each beside twenty random sets of as many heads.
 * For a model of the source's shape the source's 29 heads are validated in place of a search.
 *
 * @param model the model.
 * @param options how many pairs, how many heads at most, and the seed.
 * @returns the set, its window, and what validation measured.
 * @throws CircuitbookError if `this` and `not` are no single tokens.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const verifiers = await verificationStudy.verificationHeads(model, { n: 4, most: 1 });
 * assertEquals(verifiers.heads.length, 1);
 * ```
 */
export async function verificationHeads(
  model: Model,
  options: VerificationHeadsOptions = {},
): Promise<VerificationHeads> {
  checkArguments("verificationHeads", {
    model: [model, aModel],
    options: [options, is.object],
  });

  checkOptions(options, optionsSchema, "verificationHeads");
  const {
    n = pairsFor(model.architecture),
    most = 8,
    seed = 3,
    task = "countdown",
    cacheFolder,
    ...watching
  } = options;
  const identity = {
    method: SEARCH,
    weights: await model.checkpoint.hash(),
    config: JSON.stringify(model.checkpoint.config),
    dtype: model.dtype,
    n,
    most,
    seed,
    task,
  };
  const pairs = judgedPairs(model, task, { n, seed });
  const third = Math.max(1, Math.round(n / 3));
  const searching = { most, seed, task, ...watching };
  const search = () => findHeads(model, pairs.slice(0, third), searching);
  const { result: found, date } = await kept("verification-heads", identity, search, {
    cacheFolder,
  });
  const others = pairs.slice(third);
  const { result: validation } = await kept(
    "verification-heads-validation",
    { ...identity, validation: VALIDATION, sets: RANDOM_SETS },
    () => validate(model, others, found, { seed, ...watching }),
    { cacheFolder },
  );
  return new VerificationHeads({ ...found, validation, n: others.length }, date);
}

type Sizes = Required<Pick<VerificationHeadsOptions, "most" | "seed" | "task">> & Watch;

/** Searches a set on some pairs. */
async function findHeads(
  model: Model,
  searched: readonly JudgedPair[],
  { most, seed, task, ...watching }: Sizes,
): Promise<FoundHeads> {
  const published = task === "countdown" ? publishedHeads(model.architecture) : undefined;
  const candidates = published ?? await candidatesOf(model, searched, watching);
  const search: { window: JudgingWindow; heads: HeadSet; recognised: number }[] = [];
  for (const window of WINDOWS) {
    const found = await searchWindow(model, searched, window, {
      candidates,
      most,
      fixed: published,
      seed,
      ...watching,
    });
    search.push({ window, ...found });
    if (found.recognised <= STOPPED) break;
  }
  // If no window stops verification, the window that stops most is kept.
  const best = search.reduce((a, b) => b.recognised < a.recognised ? b : a);
  return {
    heads: best.heads,
    window: best.window,
    search: search.map(({ window, heads, recognised }) => ({
      window,
      heads: heads.length,
      recognised,
    })),
  };
}

/**
 * Returns all heads; in a model with many, those that look most from the result and the `(` to the
 * target, or to the result where no target is named.
 */
async function candidatesOf(
  model: Model,
  pairs: readonly JudgedPair[],
  watching: Watch,
): Promise<HeadSet> {
  const all = allHeads(model);
  if (all.length <= CANDIDATES) return all;
  const table = await attentionTo(model, pairs.map(({ correct }) => correct), {
    queries: pairs.map(({ positions: { digits, open } }) => [...digits, open]),
    keys: pairs.map(({ positions: { target, copies = [], digits } }) =>
      target ? [...target, ...copies.flat()] : [...digits]
    ),
    ...watching,
  });
  const ranked = rowsOf(table).sort((a, b) => b.attention - a.attention);
  return ranked.slice(0, CANDIDATES).map(({ layer, head }) => [layer, head] as const);
}

interface WindowSearch extends Watch {
  readonly candidates: HeadSet;
  readonly most: number;
  /** A set that is only measured. */
  readonly fixed: HeadSet | undefined;
  /** The seed of the draws of resample ablation. */
  readonly seed: number;
}

/**
 * Returns the smallest set that the search finds for a window, and the share that is still
 * recognised without it.
 */
async function searchWindow(
  model: Model,
  pairs: readonly JudgedPair[],
  window: JudgingWindow,
  { candidates, most, fixed, seed, ...watching }: WindowSearch,
): Promise<{ heads: HeadSet; recognised: number }> {
  const rows = pairs.map(({ correct }) => correct);
  const from = pairs.map(({ positions }) => firstOf(positions, window));
  const kinds = SEARCHED_KINDS;
  // The search and all removals share one run of the reference prompts.
  const reference = await referenceRun(model, rows, targetsOf(candidates).map(({ at }) => at), {
    kinds,
    reference: referenceOf(pairs),
    signal: watching.signal,
  });
  const metric = verdictMargin(model.tokenizer);
  const options = { metric, kinds, from, reference, seed, ...watching };
  const sharesOf = async (sets: readonly HeadSet[]) => {
    const byKind = await sweepKinds(model, rows, partsOf(sets), options);
    return sets.map((_, set) =>
      Math.max(...byKind.map((values) => {
        const called = values.filter((row) => row.set === set).map(({ value }) => value > 0);
        return meanOf(called.map(Number));
      }))
    );
  };
  if (fixed) return { heads: fixed, recognised: (await sharesOf([fixed]))[0] };
  // A model that recognises no right result loses none: the head that lowers the margin most is
  // taken all the same.
  const greedy = {
    ...options,
    candidates,
    width: WIDTH,
    shortlist: SHORTLIST,
  };
  const found = rowsOf(await greedySet(model, rows, { ...greedy, size: most, until: STOPPED / 2 }));
  const steps = found.length > 1
    ? found
    : rowsOf(await greedySet(model, rows, { ...greedy, size: 1, until: -1 }));
  let heads: HeadSet = steps.slice(1).map(({ layer, head }) => [layer, head] as const);
  let recognised = steps.at(-1)!.share;
  while (heads.length > 1) {
    const fewer = heads.map((_, left) => heads.filter((_, i) => i !== left));
    const shares = await sharesOf(fewer);
    const least = Math.min(...shares);
    if (least > Math.max(recognised, STOPPED / 2)) break;
    heads = fewer[shares.indexOf(least)];
    recognised = least;
  }
  return { heads, recognised };
}

/** A set of heads that is silenced in a validation. */
interface SilencedSet {
  readonly name: string;
  readonly draw: number;
  readonly heads: HeadSet;
}

/** Measures a set and random sets on pairs that the search did not see. */
async function validate(
  model: Model,
  pairs: readonly JudgedPair[],
  { heads, window }: FoundHeads,
  { seed, ...watching }: { seed: number } & Watch,
): Promise<WithoutHeads[]> {
  const random = randomHeadSets(model, heads, { sets: RANDOM_SETS, seed });
  const sets: SilencedSet[] = [
    { name: "verifiers", draw: 0, heads },
    ...random.map((heads, draw) => ({ name: "random heads", draw, heads })),
  ];
  const parts = sets.map(({ name, draw, heads }) => ({
    names: { name, draw },
    targets: targetsOf(heads),
  }));
  const found: WithoutHeads[] = [];
  const reference = referenceOf(pairs);
  const metric = verdictMargin(model.tokenizer);
  const from = pairs.map(({ positions }) => firstOf(positions, window));
  const options = { metric, from, kinds: VALIDATED_KINDS, reference, seed, ...watching };
  for (const [asked, own] of [["right result", "correct"], ["wrong result", "wrong"]] as const) {
    const byKind = await sweepKinds(model, pairs.map((pair) => pair[own]), parts, options);
    for (const [i, kind] of VALIDATED_KINDS.entries()) {
      const rows = byKind[i];
      found.push(
        ...rows.map(({ name, draw, row, value }) => ({
          heads: name,
          kind,
          asked,
          window,
          pair: row,
          draw,
          yes: value > 0,
        })),
      );
      if (kind !== "zero") continue;
      const plain = rows.filter(({ name }) => name === "verifiers");
      found.push(
        ...plain.map(({ row, baseline }) => {
          return { heads: "no heads", kind, asked, window, pair: row, draw: 0, yes: baseline > 0 };
        }),
      );
    }
  }
  return [...found, ...await arithmetic(model, pairs, sets, watching)];
}

/**
 * Measures whether the result of the right attempt is still computed: every digit the most probable
 * token.
 */
async function arithmetic(
  model: Model,
  pairs: readonly JudgedPair[],
  sets: readonly SilencedSet[],
  watching: Watch,
): Promise<WithoutHeads[]> {
  const digits = pairs.flatMap(({ correct, positions }, pair) =>
    positions.digits.map((at) => ({
      pair,
      tokens: correct.slice(0, at),
      wanted: correct[at],
      from: positions.equals.at(-1)!,
    }))
  );
  const isNext = (logits: Float32Array, row: number) => {
    const wanted = digits[row].wanted;
    return logits.every((logit, token) => token === wanted || logit < logits[wanted]) ? 1 : 0;
  };
  const values = rowsOf(
    await silenceSets(model, digits.map(({ tokens }) => tokens), sets.map(({ heads }) => heads), {
      metric: isNext,
      from: digits.map(({ from }) => from),
      ...watching,
    }),
  );
  return sets.flatMap(({ name, draw }, set) => {
    const own = values.filter((row) => row.set === set);
    return pairs.map((_, pair) => ({
      heads: name,
      kind: "zero",
      asked: "arithmetic",
      window: "from the last =",
      pair,
      draw,
      yes: own.every(({ row, value }) => digits[row].pair !== pair || value === 1),
    }));
  });
}

/** Returns the texts that mean and resample ablation draw from: their results are wrong. */
function referenceOf(pairs: readonly JudgedPair[]): (readonly number[])[] {
  return pairs.slice(0, REFERENCE_PROMPTS).map(({ wrong }) => wrong);
}

function firstOf(
  { equals, digits, open }: Pick<JudgedPositions, "equals" | "digits" | "open">,
  window: JudgingWindow,
): number {
  if (window === "at the parenthesis") return open;
  return window === "from the last digit" ? digits.at(-1)! : equals.at(-1)!;
}
