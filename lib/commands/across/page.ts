import type { Claim } from "../../notebook/claims/claim.ts";
import { resultInWords } from "../../notebook/report/change_words.ts";
import { firstDigits } from "../../notebook/report/run_words.ts";
import type { Summary } from "../../notebook/report/summary.ts";

/** A model of the comparison. */
export interface Compared {
  /** The model's name in the table. */
  readonly name: string;
  /** The reports of its notebooks. */
  readonly summaries: readonly Summary[];
}

/** One claim about several models, in the order of the models. */
interface Row {
  readonly notebook: string;
  readonly claims: readonly Claim[];
}

/**
 * Returns a page in Markdown that sets the verdicts of several models side by side: the claims that
 * stand in a report about every model, first those whose verdicts differ. Notebooks that not every
 * model has are named, runs that stopped too, and claims that not every model has are counted.
 *
 * @param title the heading of the page.
 * @param models the models, with the reports of the same notebooks.
 */
export function acrossPage(title: string, models: readonly Compared[]): string {
  const rows = rowsOf(models);
  const differing = rows.filter((row) => !isSame(row));
  const [untested, agreeing] = [true, false].map((wanted) =>
    rows.filter((row) => isSame(row) && isUntested(row.claims[0]) === wanted)
  );
  const names = models.map(({ name }) => `\`${name}\``).join(", ");
  return [
    `# ${title}`,
    "",
    `The verdicts on ${names}, from their reports, each with its number and the 95 % interval in ` +
    "brackets. `deno task across` writes the page.",
    "",
    ...scope(models, rows),
    `- Claims in a report about every model: ${rows.length}`,
    `- Tested, with the same verdict on all models: ${agreeing.length}`,
    `- Replicates on one model and contradicts on another: ${rows.filter(isReversed).length}`,
    `- Tested on no model: ${untested.length}`,
    "",
    "## Verdicts that differ",
    "",
    ...table(models, differing),
    "",
    "## Verdicts that agree",
    "",
    ...table(models, agreeing),
    "",
    "## Tested on no model",
    "",
    ...table(models, untested),
    "",
  ].join("\n");
}

function isSame({ claims }: Row): boolean {
  return claims.every(({ verdict }) => verdict === claims[0].verdict);
}

function isUntested({ verdict }: Claim): boolean {
  return verdict === "cannot be tested";
}

function isReversed({ claims }: Row): boolean {
  return ["replicates", "contradicts"].every((wanted) =>
    claims.some(({ verdict }) => verdict === wanted)
  );
}

/** Returns lines that say what is compared, and what is not. */
function scope(models: readonly Compared[], rows: readonly Row[]): string[] {
  const all = models.flatMap(({ name, summaries }) =>
    summaries.map((summary) => ({ name, ...summary }))
  );
  const byNotebook = [...Map.groupBy(all, ({ notebook }) => notebook)];
  const named = (wanted: (count: number) => boolean) =>
    byNotebook.filter(([, { length }]) => wanted(length)).map(([notebook]) => notebook).join(", ");
  const stopped = all.filter(({ failure }) => failure !== null)
    .map(({ name, notebook }) => `${notebook} on ${name}`);
  const claims = new Set(
    all.flatMap(({ notebook, claims }) => claims.map(({ id }) => `${notebook} ${id}`)),
  );
  const commits = new Set(
    all.flatMap(({ claims }) => claims.map(({ commit }) => firstDigits(commit))),
  );
  const lines = [
    ["Commit of the reports", [...commits].join(", ")],
    ["Notebooks", named((count) => count === models.length) || "none"],
    ["Not run on every model", named((count) => count < models.length)],
    ["Runs that stopped", stopped.join(", ")],
    ["Claims that not every report has", claims.size - rows.length || ""],
  ];
  return lines.filter(([, said]) => said !== "").map(([what, said]) => `- ${what}: ${said}`);
}

/** Returns the claims that the reports of every model have. */
function rowsOf(models: readonly Compared[]): Row[] {
  const [first] = models;
  return first.summaries.flatMap(({ notebook, claims }) =>
    claims.flatMap(({ id }) => {
      const same = models.flatMap(({ summaries }) =>
        summaries.find((summary) => summary.notebook === notebook)?.claims
          .find((claim) => claim.id === id) ?? []
      );
      return same.length === models.length ? [{ notebook, claims: same }] : [];
    })
  );
}

function table(models: readonly Compared[], rows: readonly Row[]): string[] {
  if (rows.length === 0) return ["None."];
  return [
    `| notebook | claim | ${models.map(({ name }) => name).join(" | ")} |`,
    `| --- | --- | ${models.map(() => "---").join(" | ")} |`,
    ...rows.map(({ notebook, claims }) => {
      const statement = claims[0].statement.replaceAll("|", "\\|");
      return `| ${notebook} | ${statement} | ${claims.map(verdictInWords).join(" | ")} |`;
    }),
  ];
}

function verdictInWords(claim: Claim): string {
  return isUntested(claim) ? claim.verdict : `${claim.verdict}, ${resultInWords(claim)}`;
}
