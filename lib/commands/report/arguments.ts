import { basename, dirname, join } from "deno-std/path/mod.js";
import { parseArgs } from "node:util";
import { nearestNames } from "../../base/errors.ts";
import { infoOf } from "../../checkpoint/files.ts";
import { attributesIn } from "../model_flags.ts";
import { CommandError, root } from "../repository.ts";
import { fromHere } from "../typed_in.ts";

/** How `deno task report` is called. */
export const USAGE =
  "usage: deno task report [names or files…] [--model NAME|PATH|HUBID] [--adapter FOLDER] [--base NAME|PATH|HUBID] " +
  "[--ignore-config KEY,…] [--notebooks FOLDER] [--reports FOLDER] [--jobs N] [--pdf], " +
  "or deno task report --diff RUN [--reports FOLDER]; README.md explains the options";

/** The parsed arguments of `deno task report`. */
export interface Arguments {
  /** The notebooks to run. */
  readonly chosen: readonly Chosen[];
  readonly model: string | null;
  /** The folder of a LoRA adapter that is merged with `model`. */
  readonly adapter: string | null;
  /**
   * Attributes of `config.json` that are left out, with commas between them: of the model, of its
   * base, or of both, whichever has them.
   */
  readonly ignoreConfig: string | null;
  /** The model from which `model` was trained, for notebooks that compare the two. */
  readonly base: string | null;
  /** How many notebooks run side by side; null if models and machine decide. */
  readonly jobs: number | null;
  /** Whether each page is also printed to a PDF file. */
  readonly pdf: boolean;
  /** The run since which changes are printed; no notebook runs. Null if notebooks are to run. */
  readonly diff: { readonly run: string; readonly reports: string } | null;
}

/** A notebook to run, and the folder for its reports. */
export interface Chosen {
  readonly path: string;
  readonly reports: string;
  /** Whether the notebook is one of the repository. */
  readonly isOwn: boolean;
}

/**
 * Returns what the arguments of `deno task report` ask for.
 *
 * @throws CommandError if an option is unknown or empty, or if there is no such notebook.
 */
export async function readArguments(args: readonly string[]): Promise<Arguments> {
  const { positionals, values } = parsed(args);
  for (const [name, value] of Object.entries(values)) {
    if (value === "") {
      throw new CommandError(`Expected a value after --${name} but found nothing; ${USAGE}`);
    }
  }
  const { adapter = fromEnvironment("ADAPTER") } = values;
  const folders = {
    notebooks: fromHere(values.notebooks ?? join(root, "notebooks")),
    reports: values.reports && fromHere(values.reports),
  };
  if (values.diff !== undefined && positionals.length > 0) {
    throw new CommandError(
      `Expected no notebooks beside --diff but found ${positionals.join(", ")}; ${USAGE}`,
    );
  }
  return {
    chosen: values.diff === undefined ? await chosen(positionals, folders) : [],
    jobs: values.jobs === undefined ? null : jobsOf(values.jobs),
    pdf: values.pdf === true,
    diff: values.diff === undefined
      ? null
      : { run: values.diff, reports: folders.reports ?? join(root, "reports") },
    model: await modelIn(values.model ?? fromEnvironment("MODEL")),
    adapter: adapter === undefined ? null : fromHere(adapter),
    ignoreConfig: attributesIn(values["ignore-config"])?.join() ??
      fromEnvironment("IGNORE_CONFIG") ?? null,
    base: await modelIn(values.base ?? fromEnvironment("BASE")),
  };
}

function parsed(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = {
    model: text,
    adapter: text,
    base: text,
    "ignore-config": text,
    notebooks: text,
    reports: text,
    jobs: text,
    diff: text,
    pdf: { type: "boolean" } as const,
  };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${(error as Error).message}\n${USAGE}`);
  }
}

/** @throws CommandError if the text is not a number of notebooks. */
function jobsOf(text: string): number {
  const jobs = Number(text);
  if (Number.isSafeInteger(jobs) && jobs >= 1) return jobs;
  throw new CommandError(
    `Expected a whole number of notebooks, at least 1, after --jobs but found "${text}"; ${USAGE}`,
  );
}

function fromEnvironment(name: string): string | undefined {
  return Deno.env.get(`CIRCUITBOOK_${name}`) || undefined;
}

async function modelIn(asked: string | undefined): Promise<string | null> {
  return asked === undefined ? null : await folderOrName(asked);
}

/**
 * Returns the whole path of a folder or file, because the kernel runs in another folder. Any other
 * text is a name or a Hub id, and is returned unchanged.
 */
export async function folderOrName(model: string): Promise<string> {
  const path = fromHere(model);
  const info = await infoOf(path);
  return info && (info.isDirectory || path.endsWith(".gguf")) ? path : model;
}

/**
 * The folders of notebooks and reports. A notebook that is named by its path may lie elsewhere, and
 * its reports beside it.
 */
interface Folders {
  readonly notebooks: string;
  readonly reports: string | undefined;
}

/**
 * Returns the notebooks that were asked for: by name, by the beginning of a name up to a hyphen
 * (`01`), or by path, each once. If none was asked for, returns every notebook of the folder.
 */
async function chosen(asked: readonly string[], folders: Folders): Promise<Chosen[]> {
  const { notebooks } = folders;
  if (asked.length > 0) {
    const all = await Promise.all(asked.map((text) => chosenBy(text, folders)));
    return [...new Map(all.map((each) => [each.path, each])).values()];
  }
  const names = await notebookNames(notebooks);
  if (names.length === 0) {
    throw new CommandError(`Expected notebooks in ${notebooks} but found none.`);
  }
  return names.map((name) => placed(join(notebooks, `${name}.ipynb`), folders));
}

async function chosenBy(text: string, folders: Folders): Promise<Chosen> {
  const path = fromHere(text);
  if (text.endsWith(".ipynb") && await infoOf(path)) return placed(path, folders);
  if (text.includes("/")) {
    throw new CommandError(`Expected a notebook at ${path} but found no .ipynb file there.`);
  }
  const name = text.replace(/\.ipynb$/, "");
  const all = await notebookNames(folders.notebooks);
  const begun = all.includes(name) ? [name] : all.filter((one) => one.startsWith(`${name}-`));
  if (begun.length === 1) return placed(join(folders.notebooks, `${begun[0]}.ipynb`), folders);
  if (begun.length > 1) {
    throw new CommandError(
      `Expected one notebook but "${text}" begins the names ${
        begun.join(", ")
      }; write more of the name.`,
    );
  }
  const nearest = nearestNames(name, all).join(", ");
  throw new CommandError(
    `Expected the name or the file of a notebook but found "${text}"; the nearest are ${nearest}.`,
  );
}

/**
 * Returns a notebook with the folder of its reports: the folder that `--reports` names, or else
 * `reports/` of the repository for the repository's own notebooks, and `reports/` beside any other
 * notebook.
 */
function placed(path: string, { notebooks, reports }: Folders): Chosen {
  const folder = dirname(path);
  const isOwn = folder === notebooks && notebooks === join(root, "notebooks");
  return { path, reports: reports ?? join(isOwn ? root : folder, "reports"), isOwn };
}

/** Returns the names of the notebooks of a folder, sorted; none if there is no such folder. */
export async function notebookNames(folder: string): Promise<string[]> {
  if (!await infoOf(folder)) return [];
  return (await Array.fromAsync(Deno.readDir(folder)))
    .filter(({ isFile, name }) => isFile && name.endsWith(".ipynb"))
    .map(({ name }) => basename(name, ".ipynb"))
    .sort();
}
