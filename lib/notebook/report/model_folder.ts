import { createHash } from "node:crypto";
import { basename, isAbsolute } from "deno-std/path/mod.js";

/** The folder of reports of notebooks that load no model. */
export const NO_MODEL = "no-model";

/** The most characters of a name in the name of a folder. */
const LONGEST = 60;

/** Matches names of models that a path can contain: names of embedded models, and Hub ids. */
const PLAIN = /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)?$/;

/**
 * Returns the name of the folder that holds the reports of one model. An embedded model has its own
 * name, a model of the Hub has its id with `--` for the slash, and a path has its last part with a
 * digest of the whole path, so that two folders named `final` have two folders of reports.
 *
 * @param model an embedded name, a Hub id, or the whole path of a folder or file.
 * @param adapter the whole path of the adapter that is merged with the model, if any.
 */
export function modelFolder(model: string, adapter: string | null = null): string {
  const isPlain = !isAbsolute(model) && PLAIN.test(model) && model.length <= LONGEST;
  const name = isPlain ? model.replace("/", "--") : withDigest(model);
  return adapter === null ? name : `${name}+${withDigest(adapter)}`;
}

/**
 * Returns a folder name for a path: the path's last part, without characters that a shell could
 * misread, and a digest of the whole path.
 */
function withDigest(path: string): string {
  const digest = createHash("sha256").update(path).digest("hex").slice(0, 8);
  const last = basename(path).replace(/[^\w.-]+/g, "-").replace(/^[.-]+/, "").slice(0, LONGEST);
  return last === "" ? digest : `${last}-${digest}`;
}
