import type { Architecture } from "../model/architecture.ts";
import type { CurveRow } from "./curves.ts";
import type { Phase, Recipe } from "./recipe.ts";

/** What a run was, for its card. */
export interface CardFacts {
  readonly architecture: Architecture;
  readonly rows: readonly CurveRow[];
  readonly steps: number;
  readonly tokens: number;
  readonly seconds: number;
  /** What the recipe's scores measured. */
  readonly scores: Readonly<Record<string, number>>;
}

/**
 * The model card of a trained model, in Markdown: what it is, the data, the optimiser, how long, what it came to.
 *
 * @example
 * ```ts
 * import { recipes, train, trainingCard } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { phases: [phase] = [], ...rest } = recipes.maxOfList, recipe = { ...rest, phases: [{ ...phase, length: { steps: 1 } }] };
 * const { learner: { architecture }, ...facts } = await train(recipe);
 * assert(trainingCard(recipe, { ...facts, architecture, scores: { "right answers": 0.1 } }).startsWith("# max-of-list"));
 * ```
 */
export function trainingCard(recipe: Recipe, facts: CardFacts): string {
  const rows: [string, string][] = [
    ["architecture", architectureText(facts.architecture)],
    ["size", sizeText(facts.architecture)],
    ...recipe.start === undefined ? [] : [["starts from", `\`${recipe.start}\``] as [string, string]],
    ...(recipe.phases ?? []).flatMap((phase) => phaseRows(phase, recipe.phases!.length > 1)),
    ...Object.entries(recipe.settings ?? {}).map(([name, value]): [string, string] => [name, settingText(value)]),
    ["length", `${number(facts.steps)} steps, ${number(facts.tokens)} tokens, ${durationText(facts.seconds)}`],
    ["seed", String(recipe.seed)],
    ["at the end", endText(facts.rows)],
    ...Object.entries(facts.scores).map(([name, value]): [string, string] => [name, share(value)]),
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${value.replaceAll("|", "\\|")} |`).join("\n");
  return `# ${recipe.name}\n\n${recipe.about}\n\n| | |\n| --- | --- |\n${table}\n\n` +
    `Made by \`deno task train ${recipe.name}\`; \`curves.parquet\` and \`curves.svg\` of the run show how. Meant for the ` +
    `study of what happens inside; it knows nothing else.\n`;
}

function phaseRows({ name, data, optimizer: { adam, muon, clip }, batchTokens, schedule }: Phase, several: boolean) {
  const of = several ? ` (${name})` : "";
  const decayed = (decay: number) => decay ? `, weight decay ${decay}` : "";
  const byMuon = muon ? `Muon ${muon.rate}${decayed(muon.decay)} on hidden matrices; ` : "";
  const byAdam = `AdamW ${adam.rate}, betas ${adam.betas.join(" and ")}${decayed(adam.decay)}${
    muon ? " on the rest" : ""
  }`;
  const fall = schedule.kind === "linear" ? `then down in a line to ${percent(schedule.last)}` : "then constant";
  return [
    [`data${of}`, data],
    [
      `optimiser${of}`,
      `${byMuon}${byAdam}; gradients clipped to a norm of ${clip}; batches of up to ${number(batchTokens)} tokens; ` +
      `rates up over ${percent(schedule.warmUp)} of the steps, ${fall}; f32`,
    ],
  ] as [string, string][];
}

function architectureText({ family, layers, dModel, heads, kvHeads, headSize, dMlp }: Architecture): string {
  const shared = kvHeads === heads ? "" : ` (${kvHeads} for keys and values)`,
    mlp = dMlp ? `, d_mlp ${dMlp}` : ", no MLP";
  return `${family}: ${layers} ${
    layers === 1 ? "layer" : "layers"
  }, d_model ${dModel}, ${heads} heads of ${headSize}${shared}${mlp}`;
}

function sizeText({ shapes, vocab, context }: Architecture): string {
  const parameters = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return `${number(parameters)} parameters in f16, ${number(vocab)} tokens, context ${number(context)}`;
}

/** The last value of every column but those that the card tells elsewhere. */
function endText(rows: readonly CurveRow[]): string {
  const elsewhere = ["step", "tokens", "seconds", "rate"];
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !elsewhere.includes(name));
  const last = (column: string) => rows.findLast((row) => row[column] !== undefined)![column]!;
  return columns.map((column) => `${column} ${Number(last(column).toPrecision(3))}`).join(", ");
}

function settingText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : `\`${JSON.stringify(value)}\``;
}

function durationText(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`;
}

function share(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function percent(value: number): string {
  return `${Number((100 * value).toPrecision(3))} %`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}
