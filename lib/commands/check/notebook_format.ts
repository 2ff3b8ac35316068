import { join } from "deno-std/path/mod.js";
import { exists } from "../files.ts";

/**
 * Returns a complaint for each notebook of a folder that `deno fmt` would change.
 *
 * `deno fmt --check` (2.9) cannot be used. It complains, with an empty difference, about every cell
 * that does not end in a line break, and cells of notebooks end without one.
 *
 * @param config The file with the options of `deno fmt`.
 */
export async function notebookFormatComplaints(folder: string, config: string): Promise<string[]> {
  if (!await exists(folder)) return [];
  const scratch = await Deno.makeTempDir({ prefix: "circuitbook-" });
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    const names = entries.map(({ name }) => name).filter((name) => name.endsWith(".ipynb"));
    if (names.length === 0) return [];
    for (const name of names) await Deno.copyFile(join(folder, name), join(scratch, name));
    const args = ["fmt", "--quiet", "--config", config, scratch];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) return [new TextDecoder().decode(stderr).replaceAll(scratch, folder).trim()];
    const same = await Promise.all(
      names.map(async (name) =>
        await Deno.readTextFile(join(folder, name)) === await Deno.readTextFile(join(scratch, name))
      ),
    );
    return names.filter((_, i) => !same[i]).map((name) =>
      `Expected ${name} as deno fmt writes it but found differences; run: deno fmt ${
        join(folder, name)
      }`
    );
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
