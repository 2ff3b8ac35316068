/** `deno task report [names…] [--model NAME|PATH|HUBID] [--adapter FOLDER] [--base NAME|PATH|HUBID]`: runs notebooks and writes `reports/`. */
import { join, resolve } from "deno-std/path/mod.js";
import { parseArgs } from "node:util";
import { nearestNames } from "../base/errors.ts";
import { executeNotebook } from "../notebook/run/execute.ts";
import { countsInWords } from "../notebook/claims/claim.ts";
import { writeIndex, writeReport } from "../notebook/report/write.ts";
import { CellTicker } from "./cell_ticker.ts";
import { endWithTask } from "./parent.ts";
import {
  CommandError,
  jupyterVariables,
  PYTHON,
  root,
  runCommand,
  say,
  tell,
} from "./repository.ts";

const USAGE =
  "usage: deno task report [names…] [--model NAME|PATH|HUBID] [--adapter FOLDER] [--base NAME|PATH|HUBID]";

await runCommand(async () => {
  endWithTask();
  const { names, ...run } = readArguments(Deno.args);
  const { notebooks, reports } = run;
  const all = await notebookNames(notebooks);
  const failures: string[] = [];
  await Deno.mkdir(reports, { recursive: true });
  for (const name of chosen(names, all)) {
    const failure = await report(name, run);
    if (failure) failures.push(failure);
  }
  for (const complaint of await writeIndex(all, reports)) tell(complaint);
  say(`wrote ${join(reports, "index.html")}`);
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
});

interface Arguments {
  names: string[];
  model: string | null;
  /** The folder of a LoRA adapter that is merged with `model`. */
  adapter: string | null;
  /** The model from which `model` was trained, for notebooks that compare the two. */
  base: string | null;
  notebooks: string;
  reports: string;
}

/** Runs one notebook and writes its page. Returns what went wrong, or `undefined`. */
async function report(
  name: string,
  { model, adapter, base, notebooks, reports }: Omit<Arguments, "names">,
): Promise<string | undefined> {
  const path = join(notebooks, `${name}.ipynb`);
  const began = performance.now();
  const ticker = new CellTicker(name);
  try {
    const execution = await executeNotebook(path, {
      python: PYTHON,
      variables: {
        ...jupyterVariables(),
        ...(model === null ? {} : { CIRCUITBOOK_MODEL: await folderOrName(model) }),
        ...(adapter === null ? {} : { CIRCUITBOOK_ADAPTER: fromHere(adapter) }),
        ...(base === null ? {} : { CIRCUITBOOK_BASE: await folderOrName(base) }),
      },
      onEvent: (event) => ticker.hear(event),
    });
    const seconds = (performance.now() - began) / 1000;
    const run = { name, folder: notebooks, model, seconds };
    const { failure, claims } = await writeReport(execution, run, reports);
    ticker.end(
      [`${seconds.toFixed(1)} s`, countsInWords(claims), failure && "stopped"].filter(Boolean)
        .join(", "),
    );
    return failure === null ? undefined : `${path}, ${failure}`;
  } catch (error) {
    ticker.end("failed");
    return `${path}: ${error instanceof Error ? error.message : error}`;
  }
}

function readArguments(args: string[]): Arguments {
  const { positionals, values } = parsed(args);
  const {
    model,
    adapter,
    base,
    notebooks = join(root, "notebooks"),
    reports = join(root, "reports"),
  } = values;
  for (const [name, value] of Object.entries({ model, adapter, base })) {
    if (value === "") {
      throw new CommandError(`Expected a value after --${name} but found nothing; ${USAGE}`);
    }
  }
  return {
    names: positionals,
    model: model ?? (Deno.env.get("CIRCUITBOOK_MODEL") || null),
    adapter: adapter ?? (Deno.env.get("CIRCUITBOOK_ADAPTER") || null),
    base: base ?? (Deno.env.get("CIRCUITBOOK_BASE") || null),
    notebooks: fromHere(notebooks),
    reports: fromHere(reports),
  };
}

function parsed(args: string[]) {
  const text = { type: "string" } as const;
  const options = { model: text, adapter: text, base: text, notebooks: text, reports: text };
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${(error as Error).message}\n${USAGE}`);
  }
}

/** Returns the whole path that a user means. `deno task` runs in the repository, but users mean paths from the folder in which they typed. */
function fromHere(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}

/** Returns the whole path of a folder or file, because the kernel runs in another folder. Any other text is a name or a Hub id, and stays. */
async function folderOrName(model: string): Promise<string> {
  try {
    const path = fromHere(model);
    const { isDirectory } = await Deno.stat(path);
    return isDirectory || path.endsWith(".gguf") ? path : model;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return model;
    throw error;
  }
}

/** Returns the names of the notebooks of a folder. */
async function notebookNames(folder: string): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .filter(({ isFile, name }) => isFile && name.endsWith(".ipynb"))
    .map(({ name }) => name.slice(0, -".ipynb".length));
  if (names.length === 0) throw new CommandError(`Expected notebooks in ${folder} but found none.`);
  return names.sort();
}

/** Returns the notebooks that were asked for; all of them if none was named. */
function chosen(asked: readonly string[], all: readonly string[]): readonly string[] {
  if (asked.length === 0) return all;
  return asked.map((text) => {
    const name = text.replace(/^.*\//, "").replace(/\.ipynb$/, "");
    if (all.includes(name)) return name;
    const nearest = nearestNames(name, all).join(", ");
    throw new CommandError(
      `Expected the name of a notebook but found "${text}"; the nearest are ${nearest}.`,
    );
  });
}
