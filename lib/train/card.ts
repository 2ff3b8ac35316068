import { checkArguments, is } from "../base/arguments.ts";
import { aRecipe } from "./kinds.ts";
import type { Architecture } from "../model/plan/architecture.ts";
import { parameterCount } from "../model/plan/parameter_count.ts";
import type { CurveRow } from "./curves.ts";
import type { AcceptanceRow } from "./scores.ts";
import type { AdapterSettings } from "./adapter.ts";
import { type OptimizerSettings, optimizerSettings } from "./optimizer/settings.ts";
import type { Phase, Recipe } from "./recipe.ts";
import { countText, roughDuration, significant } from "../base/formats.ts";
import { meanOf } from "../base/mean.ts";

/** What a model card says about a training run. */
export interface CardFacts {
  /** The sizes of the model. */
  readonly architecture: Architecture;
  /** The curves: one row for each step. */
  readonly rows: readonly CurveRow[];
  /** How many steps were taken. */
  readonly steps: number;
  /** How many predictions were learned from. */
  readonly tokens: number;
  /** How long the training took. */
  readonly seconds: number;
  /** The scores of the trained model. */
  readonly scores: readonly AcceptanceRow[];
  /**
   * The command that made the model, if it was not the plain recipe: with `--minutes` or `--seed`.
   */
  readonly command?: string;
}

type Row = readonly [name: string, value: string];

/** The eps of AdamW that is not worth a word on the card. */
const DEFAULT_EPS = 1e-8;

/** How many of the last steps are averaged, because single steps are noisy. */
const MEAN_OF = 10;

/** Columns of the curves that measure no result. */
const TOLD_ELSEWHERE = ["step", "tokens", "seconds", "rate", "norm"];

/**
 * Returns the model card of a trained model in Markdown: what the model is, its data, its
 * optimizer, how long it was trained, and its scores.
 *
 * @param recipe the recipe that the model was made by.
 * @param facts what the run came to.
 * @returns the Markdown of the card.
 *
 * @example
 * ```ts
 * import { recipes, training } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { phases: [phase] = [], ...rest } = recipes.maxOfList;
 * const recipe = { ...rest, phases: [{ ...phase, length: { steps: 1 } }] };
 * const { learner: { architecture }, ...rows } = await training.train(recipe);
 * const facts = { ...rows, architecture, scores: [] };
 * assert(training.trainingCard(recipe, facts).startsWith("# max-of-list"));
 * ```
 */
export function trainingCard(recipe: Recipe, facts: CardFacts): string {
  checkArguments("trainingCard", {
    recipe: [recipe, aRecipe],
    facts: [facts, is.like("the facts of a training", "architecture", "rows", "steps")],
  });

  const { phases = [], settings = {}, start, adapter } = recipe;
  const rows: Row[] = [
    ["architecture", architectureText(facts.architecture)],
    ["size", `${sizeText(facts.architecture)}${adapter ? "" : ", in f16"}`],
    ...adapter ? [["adapter", adapterText(adapter)] as const] : [],
    ...start === undefined ? [] : [["starts from", `\`${start}\``] as const],
    ...phases.flatMap((phase) => phaseRows(phase, phases.length > 1 ? ` (${phase.name})` : "")),
    ...settingRows(settings),
    [
      "length",
      `${countText(facts.steps)} steps, ${countText(facts.tokens)} predicted tokens, ${
        roughDuration(facts.seconds)
      } on the CPU`,
    ],
    ["seed", String(recipe.seed)],
    ...endRows(facts.rows),
    ...facts.scores.map((row) => [row.score, scoreText(row)] as const),
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${value.replaceAll("|", "\\|")} |`).join(
    "\n",
  );
  return `# ${recipe.name}\n\n${recipe.about}\n\n| | |\n| --- | --- |\n${table}\n\n` +
    `Made by \`${
      facts.command ?? `deno task train ${recipe.name}`
    }\` of Circuitbook, whose \`loadModel\` opens it. ` +
    "`curves.parquet` has the numbers of every step, `curves.svg` shows them. Meant for the study of what happens inside " +
    "a model, and for nothing else.\n";
}

function phaseRows({ data, optimizer, batchTokens, schedule }: Phase, of: string): Row[] {
  const fall = schedule.kind === "linear"
    ? `then falls in a line to ${significant(100 * schedule.last, 3)} % of it`
    : "then stays";
  const rate = `the rate rises over the first ${
    significant(100 * schedule.warmUp, 3)
  } % of the steps, ${fall}`;
  return [
    [`data${of}`, data],
    [
      `optimiser${of}`,
      `${optimizerText(optimizer)}; ${rate}; batches of up to ${
        countText(batchTokens)
      } tokens; f32`,
    ],
  ];
}

/**
 * Returns the rows for the settings of a loop: one for each text, one for the optimizer, and one
 * for all others.
 */
function settingRows({ optimizer, ...others }: Readonly<Record<string, unknown>>): Row[] {
  const texts = Object.entries(others).filter((entry): entry is [string, string] =>
    typeof entry[1] === "string"
  );
  const rest = Object.entries(others).filter(([, value]) => typeof value !== "string")
    .map(([name, value]) => `${words(name)} ${JSON.stringify(value)}`);
  return [
    ...texts,
    ...rest.length ? [["settings", rest.join(", ")] as const] : [],
    ...optimizer === undefined ? [] : [
      [
        "optimiser",
        `${optimizerText(optimizerSettings.parse(optimizer))}; constant rate; f32`,
      ] as const,
    ],
  ];
}

/** Returns a camel-case name as words: `max new tokens` for `maxNewTokens`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function optimizerText({ adam, muon, clip }: OptimizerSettings): string {
  const decayed = (decay: number) => decay ? `, weight decay ${decay}` : "";
  const byMuon = muon &&
    `Muon on hidden matrices at a rate of ${muon.rate}${decayed(muon.decay)}; `;
  const byAdam = `AdamW ${muon ? "on the rest " : ""}at a rate of ${adam.rate}, betas ${
    adam.betas.join(" and ")
  }${adam.eps === DEFAULT_EPS ? "" : `, eps ${adam.eps}`}`;
  return `${byMuon ?? ""}${byAdam}${decayed(adam.decay)}; gradients clipped to a norm of ${clip}`;
}

function architectureText(
  { family, layers, dModel, heads, kvHeads, headSize, dMlp }: Architecture,
): string {
  const shared = kvHeads === heads ? "" : ` (${kvHeads} for keys and values)`;
  const mlp = dMlp ? `, d_mlp ${dMlp}` : ", no MLP";
  return `${family}: ${layers} ${
    layers === 1 ? "layer" : "layers"
  }, d_model ${dModel}, ${heads} heads of ${headSize}${shared}${mlp}`;
}

function adapterText({ rank, alpha, targets }: AdapterSettings): string {
  return `LoRA of rank ${rank}, alpha ${alpha}, on ${targets.join(", ")}, in f16`;
}

function sizeText({ shapes, vocab, context }: Architecture): string {
  return `${countText(parameterCount(shapes))} parameters, ${countText(vocab)} tokens, context ${
    countText(context)
  }`;
}

/**
 * Returns rows with the mean of each curve over the last steps, and with the last value of curves
 * that are measured only at some steps.
 */
function endRows(rows: readonly CurveRow[]): Row[] {
  const last = rows.slice(-MEAN_OF);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) =>
    !TOLD_ELSEWHERE.includes(name)
  );
  const [dense, sparse] = [true, false].map((wanted) =>
    columns.filter((name) => wanted === last.every((row) => row[name] !== undefined))
  );
  const mean = (name: string) => meanOf(last.map((row) => row[name]!));
  const latest = (name: string) => rows.findLast((row) => row[name] !== undefined)![name]!;
  const text = (names: readonly string[], of: (name: string) => number) =>
    names.map((name) => `${name} ${significant(of(name), 3)}`).join(", ");
  return [
    ...dense.length
      ? [[`means of the last ${countText(last.length)} steps`, text(dense, mean)] as const]
      : [],
    ...sparse.length ? [["measured last", text(sparse, latest)] as const] : [],
  ];
}

/** Returns a score, and whether the score reaches what is asked: `0.986 (asked 0.95: passes)`. */
export function scoreText({ value, threshold, passes }: AcceptanceRow): string {
  const asked = threshold === null ? "" : ` (asked ${threshold}: ${passes ? "passes" : "fails"})`;
  return `${significant(value, 4)}${asked}`;
}
