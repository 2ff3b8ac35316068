import config from "../../../deno.json" with { type: "json" };
import { setProgressListener } from "../../base/progress.ts";
import { writeSafetensors } from "../../checkpoint/write_safetensors.ts";
import type { Cache } from "../../model/cache.ts";
import type { DeviceChoice } from "../../model/device.ts";
import type { Edit } from "../../model/edit.ts";
import { matchPoints } from "../../model/hook_points.ts";
import { loadModel } from "../../model/load.ts";
import type { Model } from "../../model/model.ts";
import { runtimeVersion } from "../../model/runtime.ts";
import { terminalProgress } from "../../notebook/progress_display.ts";
import type { TraceArguments } from "./arguments.ts";
import { readEdits, readPrompts } from "./input.ts";
import { axesOf, checkOut, tensorsOf } from "./output.ts";

/** Loads a model, runs it and writes what was tapped. @throws CircuitbookError for anything that is wrong with the input. */
export async function trace(args: TraceArguments, signal: AbortSignal): Promise<void> {
  setProgressListener(terminalProgress());
  const prompts = await readPrompts(args), edits = await readEdits(args.edits);
  const model = await loadModel(args.model, { device: args.device as DeviceChoice | undefined, signal });
  await checkOut(args.out, model.checkpoint);
  tell(`${args.model} on ${model.device} (${model.deviceReason})`);
  const tokens = model.tokens(prompts);
  const tap = [...new Set(args.tap.flatMap((glob) => matchPoints(glob, model.hookPoints).map(({ name }) => name)))];
  const cache = await run(model, tokens, tap, edits, args, signal);
  const metadata = await metadataOf(model, cache, edits, tokens, args);
  await writeSafetensors(args.out, tensorsOf(cache), metadata, { signal });
  tell(`${args.out}: ${cache.names.length} hook points of ${tokens.length} ${tokens.length === 1 ? "row" : "rows"}`);
}

async function run(
  model: Model,
  tokens: readonly (readonly number[])[],
  tap: readonly string[],
  edit: readonly Edit[],
  { maxNewTokens, temperature, seed }: TraceArguments,
  signal: AbortSignal,
): Promise<Cache> {
  if (maxNewTokens === 0) return await model.run(tokens, { tap, edit, signal });
  const { cache } = await model.generate(tokens, { tap, edit, maxNewTokens, temperature, seed, signal });
  return cache;
}

async function metadataOf(
  model: Model,
  cache: Cache,
  edits: readonly Edit[],
  prompts: readonly (readonly number[])[],
  { maxNewTokens, temperature, seed }: TraceArguments,
): Promise<Record<string, string>> {
  return {
    model: model.name,
    weights_hash: `sha256:${await model.hash()}`,
    device: model.device,
    dtype: model.dtype,
    edits: JSON.stringify(edits),
    axes: JSON.stringify(axesOf(cache)),
    prompt_lengths: JSON.stringify(prompts.map(({ length }) => length)),
    sampling: JSON.stringify({ max_new_tokens: maxNewTokens, temperature, seed }),
    versions: JSON.stringify({
      circuitbook: config.version,
      deno: Deno.version.deno,
      onnxruntime: runtimeVersion(),
    }),
  };
}

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
