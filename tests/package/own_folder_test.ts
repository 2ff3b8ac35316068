import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const repository = fromFileUrl(new URL("../..", import.meta.url));

const script = `
import { loadModel, stats } from "circuitbook";
import { Graph } from "circuitbook/onnx";
import { published } from "./study.ts";

const model = await loadModel("countdown-r1");
const { rows: [{ text }] } = await model.generate("11 + 5 =", { maxNewTokens: 3 });
console.log(JSON.stringify([text, stats.wilson(3, 4).value, new Graph("g").name, published > 0]));
`;

const study = `
import { publishedHeads } from "circuitbook/studies/verification";

export const published = publishedHeads({ layers: 36, heads: 16 })!.length;
`;

async function deno(args: string[], cwd: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`deno ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout) + decoder.decode(stderr);
}

/**
 * Runs the script in an empty folder that has nothing but a deno.json, and returns what the script
 * prints.
 */
async function runIn(folder: string, config: Record<string, unknown>): Promise<string> {
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(config));
  await Deno.writeTextFile(join(folder, "main.ts"), script);
  await Deno.writeTextFile(join(folder, "study.ts"), study);
  return await deno(["run", "-A", "main.ts"], folder);
}

const expected = '[" 16",0.75,"g",true]';

Deno.test("the library runs from another folder that links to the repository", async () => {
  const folder = await Deno.makeTempDir({ prefix: "circuitbook own " });
  try {
    const { version } = JSON.parse(await Deno.readTextFile(join(repository, "deno.json")));
    const circuitbook = `jsr:@circuitbook/circuitbook@${version}`;
    const output = await runIn(folder, { links: [repository], imports: { circuitbook } });
    assertStringIncludes(output, expected);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the packed library runs from an empty folder, with models and doors", async () => {
  const folder = await Deno.makeTempDir({ prefix: "circuitbook-packed-" });
  try {
    const archive = join(folder, "circuitbook.tgz");
    // Explicit public types are what the test of deno publish is about.
    const lean = ["--allow-slow-types", "--no-source-maps"];
    await deno(["pack", "--allow-dirty", ...lean, "-o", archive], repository);
    const { success } = await new Deno.Command("tar", { args: ["xzf", archive, "-C", folder] })
      .output();
    assertEquals(success, true);
    const { name, version } = JSON.parse(
      await Deno.readTextFile(join(folder, "package/package.json")),
    );
    const output = await runIn(folder, {
      links: ["./package"],
      nodeModulesDir: "auto",
      imports: {
        circuitbook: `npm:${name}@${version}`,
        "circuitbook/": `npm:/${name}@${version}/`,
      },
    });
    assertStringIncludes(output, expected);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deno publish accepts the package: its public types are explicit, its files complete", async () => {
  const output = await deno(
    // Types are checked by deno task check.
    ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    repository,
  );
  assertStringIncludes(output, "Dry run complete");
  assertStringIncludes(output, "lib/mod.ts");
  assertStringIncludes(output, "data/models/countdown-r1/model.safetensors");
});
