import config from "../../../deno.json" with { type: "json" };
import { setProgressListener } from "../../base/progress.ts";
import { writeSafetensors } from "../../checkpoint/safetensors/write.ts";
import type { Cache } from "../../model/plan/cache.ts";
import { axesOf, tensorsOf } from "../../model/plan/cache_file.ts";
import { tokenRows } from "../../model/plan/batch.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { planEdits } from "../../model/plan/plan.ts";
import { runtimeVersion } from "../../model/engine/runtime.ts";
import { terminalProgress } from "../../notebook/progress/terminal.ts";
import { openAsked, startAsked, startedLine } from "../start_asked.ts";
import { tell } from "../repository.ts";
import type { TraceArguments } from "./arguments.ts";
import { tappedNames } from "./tapped_names.ts";
import { readEdits, readTracePrompts } from "./input.ts";
import { checkOut } from "./output.ts";
import { counted } from "../../base/formats.ts";

/**
 * Loads a model, runs it, and writes the tapped activations to a safetensors file.
 *
 * @throws CircuitbookError if anything is wrong with the input.
 */
export async function trace(args: TraceArguments, signal: AbortSignal): Promise<void> {
  setProgressListener(terminalProgress());
  // The input is checked first, because starting a device takes long.
  const prompts = await readTracePrompts(args);
  const edits = await readEdits(args.edits);
  const opened = await openAsked(args, { signal });
  const { checkpoint, architecture, tokenizer } = opened;
  await checkOut(args.out, checkpoint);
  const tokens = tokenRows(prompts, tokenizer, architecture);
  const tap = tappedNames(args.tap, architecture);
  planEdits(edits, architecture);
  const model = await startAsked(opened, args);
  tell(startedLine(model));
  const cache = await run(model, tokens, tap, edits, args, signal);
  const metadata = await metadataOf(model, cache, edits, tokens, args);
  await writeSafetensors(args.out, tensorsOf(cache), metadata, { signal });
  tell(
    `${args.out}: ${counted(cache.names.length, "hook point")} of ${counted(tokens.length, "row")}`,
  );
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
  const { cache } = await model.generate(tokens, {
    tap,
    edit,
    maxNewTokens,
    temperature,
    seed,
    signal,
  });
  return cache;
}

async function metadataOf(
  model: Model,
  cache: Cache,
  edits: readonly Edit[],
  prompts: readonly (readonly number[])[],
  { maxNewTokens, temperature, seed }: TraceArguments,
): Promise<Record<string, string>> {
  const { notes } = model.architecture;
  return {
    model: model.name,
    weights_hash: `sha256:${await model.hash()}`,
    ...notes.length ? { notes: JSON.stringify(notes) } : {},
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
