import { dirname } from "deno-std/path/mod.js";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";

/**
 * Checks that a file can be written, before anything is computed.
 *
 * @throws CircuitbookError if the file cannot be written; the message says why.
 */
export async function checkOut(out: string, checkpoint: Checkpoint): Promise<void> {
  const folder = dirname(out);
  const isFolder = await Deno.stat(folder).then((info) => info.isDirectory, () => false);
  if (!isFolder) {
    throw new CircuitbookError(
      `Expected a folder for ${out} but found none at ${folder}; make it first.`,
    );
  }
  const older = await Deno.stat(out).catch(() => undefined);
  if (older?.isDirectory) {
    throw new CircuitbookError(`Expected a file name after --out but found the folder ${out}.`);
  }
  const path = older && await Deno.realPath(out);
  if ([...checkpoint.tensors.values()].some(({ file }) => file === path)) {
    throw new CircuitbookError(
      `Expected another file after --out than the weights of the model but found ${out}.`,
    );
  }
  const trial = `${out}.${crypto.randomUUID()}.partial`;
  try {
    (await Deno.open(trial, { write: true, createNew: true })).close();
    await Deno.remove(trial);
  } catch (error) {
    throw new CircuitbookError(
      `Expected to write ${out} but could not: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
