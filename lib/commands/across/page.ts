import type { Claim } from "../../notebook/claims/claim.ts";
import { resultInWords } from "../../notebook/report/change_words.ts";
import type { Summary } from "../../notebook/report/summary.ts";
import { countText } from "../../base/formats.ts";

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
 * stand in a report about every model, first those whose verdicts differ.
 *
 * @param title the heading of the page.
 * @param models the models, with the reports of the same notebooks.
 */
export function acrossPage(title: string, models: readonly Compared[]): string {
  const rows = rowsOf(models);
  const isSame = ({ claims }: Row) => claims.every(({ verdict }) => verdict === claims[0].verdict);
  const isTested = ({ claims }: Row) =>
    claims.every(({ verdict }) => verdict !== "cannot be tested");
  const isReversed = ({ claims }: Row) =>
    ["replicates", "contradicts"].every((each) => claims.some(({ verdict }) => verdict === each));
  const tested = rows.filter(isTested);
  const same = tested.filter(isSame);
  const notebooks = [...new Set(rows.map(({ notebook }) => notebook))];
  const names = models.map(({ name }) => `\`${name}\``).join(", ");
  return [
    `# ${title}`,
    "",
    `The claims of ${notebooks.join(", ")} on ${models.length} models: ${names}. ` +
    "`deno task across` writes the page from the reports of the models.",
    "",
    `${countText(rows.length)} claims stand in a report about every model, and ` +
    `${countText(tested.length)} of them can be tested on every model. Of these, ` +
    `${same.length} have the same verdict on all models; ` +
    `${tested.filter(isReversed).length} replicate on one model and contradict on another.`,
    "",
    "## Verdicts that differ",
    "",
    ...table(models, rows.filter((row) => !isSame(row))),
    "",
    "## Verdicts that agree",
    "",
    ...table(models, rows.filter((row) => isSame(row) && isTested(row))),
    "",
  ].join("\n");
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
      const results = claims.map((claim) => `${claim.verdict}, ${resultInWords(claim)}`);
      const statement = claims[0].statement.replaceAll("|", "\\|");
      return `| ${notebook.slice(0, 2)} | ${statement} | ${results.join(" | ")} |`;
    }),
  ];
}
