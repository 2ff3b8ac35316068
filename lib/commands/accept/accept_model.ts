import type { Watch } from "../../base/progress.ts";
import { loadModel } from "../../model/load.ts";
import { tableOf } from "../../table/table.ts";
import { scoreText } from "../../train/card.ts";
import type { Recipe } from "../../train/mod.ts";
import { CommandError } from "../repository.ts";
import { writeTable } from "../../notebook/write_table.ts";
import type { AcceptArguments } from "./arguments.ts";

/**
 * Tells each score of a model, and writes the scores to a table if asked.
 *
 * @param recipe the recipe that has the scores.
 * @param asked `model`: the model to test, by name, folder or Hub id; `out`: the table to write, if
 * any.
 * @param print called with each line.
 * @param watch progress and Stop of the scores.
 * @throws CommandError if a score is lower than what is asked, or if the recipe has no scores.
 */
export async function acceptModel(
  recipe: Recipe,
  { model: name, out }: Pick<AcceptArguments, "model" | "out">,
  print: (line: string) => void,
  watch: Watch = {},
): Promise<void> {
  if (!recipe.scores) {
    throw new CommandError(`Expected a recipe with scores but "${recipe.name}" has none.`);
  }
  const model = await loadModel(name, { device: "cpu" });
  const scores = await recipe.scores(model, watch).finally(() => model.dispose());
  for (const row of scores) {
    const interval = `[${row.low.toPrecision(3)}, ${row.high.toPrecision(3)}]`;
    print(`${row.score}: ${scoreText(row)} ${interval} n = ${row.n}`);
  }
  if (out) await writeTable(out, tableOf(scores));
  const failed = scores.filter(({ passes }) => passes === false);
  if (!failed.length) return print(`${name} passes the acceptance test of ${recipe.name}.`);
  throw new CommandError(
    `Expected ${name} to reach what is asked but ${failed.length} of ${scores.length} scores are lower: ` +
      `${failed.map(({ score }) => score).join("; ")}.`,
  );
}
