/**
 * `deno task check`: what a reviewer would look at first. Every part runs, and all complaints are
 * printed.
 */
import { join } from "deno-std/path/mod.js";
import { type CellsModule, cellsModules } from "../notebook/cells_module.ts";
import { docComplaints } from "./check/docs.ts";
import { ignoreMissing } from "./files.ts";
import { layerComplaints } from "./check/layers.ts";
import { notebookFormatComplaints } from "./check/notebook_format.ts";
import { outputComplaints } from "./check/notebook_outputs.ts";
import { CommandError, root, runCommand, say } from "./repository.ts";

/** The folders that hold TypeScript, besides the notebooks. */
const FOLDERS = ["lib", "tests"];

/** The folders that hold notebooks. */
const NOTEBOOKS = [join(root, "notebooks"), join(root, "lib/commands/new")];

await runCommand(async () => {
  const formats = [
    await complaintsOf(["fmt", "--check", "deno.json", "README.md", ...FOLDERS]),
    ...await ofNotebooks((folder) => notebookFormatComplaints(folder, join(root, "deno.json"))),
  ];
  const format = formats.filter(Boolean).join("\n");
  const layers = (await layerComplaints(join(root, "lib"))).join("\n");
  const outputs = (await ofNotebooks(outputComplaints)).join("\n");
  const docs = (await docComplaints(root)).join("\n\n");
  const parts = { format, layers, outputs, docs, ...await checkCode() };
  for (const [name, complaints] of Object.entries(parts)) {
    say(complaints ? `${name}:\n${complaints}\n` : `${name}: ok`);
  }
  const bad = Object.entries(parts).filter(([, complaints]) => complaints).map(([name]) => name);
  if (bad.length > 0) {
    throw new CommandError(
      `Expected no complaints but found some about ${bad.join(", ")}; see above.`,
    );
  }
});

/** Calls a function for each folder of notebooks, and returns all results in one list. */
async function ofNotebooks<T>(list: (folder: string) => Promise<T[]>): Promise<T[]> {
  return (await Promise.all(NOTEBOOKS.map(list))).flat();
}

/**
 * Returns the complaints of lint and types. Notebook cells are checked as modules. During the
 * check, these modules lie beside the notebooks.
 */
async function checkCode(): Promise<{ lint: string; types: string }> {
  const modules = await ofNotebooks(cellsModules);
  const sources = [...FOLDERS, ...modules.map(({ path }) => path)];
  try {
    for (const { path, text } of modules) await Deno.writeTextFile(path, text);
    return {
      lint: await complaintsOf(["lint", "--quiet", ...sources], modules),
      types: await complaintsOf(["check", "--quiet", "--doc", ...sources], modules),
    };
  } finally {
    for (const { path } of modules) await Deno.remove(path).catch(ignoreMissing);
  }
}

/**
 * Returns what a deno command prints if it fails, with places in notebooks; an empty text if it
 * succeeds.
 */
async function complaintsOf(args: string[], modules: readonly CellsModule[] = []): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: root, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  if (success) return "";
  const decoder = new TextDecoder();
  const text = (decoder.decode(stdout) + decoder.decode(stderr)).trim();
  return modules.reduce((message, module) => module.placed(message), text) ||
    `deno ${args.join(" ")} failed`;
}
