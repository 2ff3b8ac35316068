/** `deno task merge`: joins the shards of a table. */
import { say, tell } from "./repository.ts";
import { runTask } from "./run_task.ts";
import { parseMergeArguments, USAGE } from "./merge/arguments.ts";

await runTask(async () => {
  const args = parseMergeArguments(Deno.args);
  if (!args) return say(USAGE.trimEnd());
  const { mergedTable } = await import("./shards/merge.ts");
  const { writeTable } = await import("../notebook/write_table.ts");
  const table = await mergedTable(args.shards);
  await writeTable(args.out, table);
  tell(`${args.out}: ${table.height} rows from ${args.shards.length} shards`);
});
