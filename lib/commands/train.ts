/**
 * `deno task train`: trains a model by a recipe, and keeps the state of the run, so that it can be
 * resumed.
 */
import { terminalProgress } from "../notebook/progress/terminal.ts";
import { root, say, tell } from "./repository.ts";
import { runTask } from "./run_task.ts";
import { parseTrainArguments, usage } from "./train/arguments.ts";

await runTask(async (signal) => {
  const args = parseTrainArguments(Deno.args, `${root}/runs`);
  const recipes = await import("../train/recipes/mod.ts");
  if (!args) return say(usage(recipes.all.map(({ name }) => name)).trimEnd());
  const recipe = recipes.named(args.recipe);
  const { trainToFolder } = await import("./train/train_to_folder.ts");
  await trainToFolder(recipe, args, tell, { signal, onProgress: terminalProgress() });
});
