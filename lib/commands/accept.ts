/** `deno task accept`: the acceptance test of a trained model. */
import { terminalProgress } from "../notebook/progress/terminal.ts";
import { say } from "./repository.ts";
import { runTask } from "./run_task.ts";
import { parseAcceptArguments, usage } from "./accept/arguments.ts";

await runTask(async (signal) => {
  const args = parseAcceptArguments(Deno.args);
  const recipes = await import("../train/recipes/mod.ts");
  if (!args) return say(usage(recipes.all.map(({ name }) => name)).trimEnd());
  const recipe = recipes.named(args.recipe);
  const { acceptModel } = await import("./accept/accept_model.ts");
  await acceptModel(recipe, args, say, { signal, onProgress: terminalProgress() });
});
