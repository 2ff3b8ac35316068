// A run must write no file outside its folders and open no connection. strace lists the connections.
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { temporaryFolder } from "../checkpoint/files.ts";
import { unless } from "../skipped.ts";

const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));
const MODEL = fromFileUrl(new URL("../../data/models/countdown-r1", import.meta.url));

const SCRIPT = `
import { loadModel } from "circuitbook";
const model = await loadModel(${JSON.stringify(MODEL)}, { device: "cpu" });
const { texts } = await model.generate("11 + 5 =", { maxNewTokens: 3 });
console.log(texts[0]);
`;

const missing = await reasonAgainstTracing();
Deno.test("a run writes no file outside its folders", async () => {
  await using folder = await temporaryFolder();
  assertEquals(await runIn(folder.path, []), " 16\n");
  assertEquals(filesIn(folder.path), ["working/run.ts"]);
});

Deno.test({
  ...unless(missing, "a run opens no connection and looks no host up"),
  fn: async () => {
    await using folder = await temporaryFolder();
    const trace = `${folder.path}/trace`;
    const tracer = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg"];
    await runIn(folder.path, [...tracer, "-o", trace]);
    const calls = Deno.readTextFileSync(trace).split("\n");
    assertEquals(calls.filter((call) => /AF_INET|nscd|resolve/.test(call)), []);
  },
});

/** Runs the script with every folder of its user inside an empty one, and returns what it prints. */
async function runIn(folder: string, tracer: readonly string[]): Promise<string> {
  for (const name of ["home", "cache", "temporary", "working"]) Deno.mkdirSync(`${folder}/${name}`);
  Deno.writeTextFileSync(`${folder}/working/run.ts`, SCRIPT);
  const [program, ...args] = [
    ...tracer,
    Deno.execPath(),
    "run",
    "-A",
    "--cached-only",
    "--config",
    CONFIG,
    "run.ts",
  ];
  const { stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: `${folder}/working`,
    env: {
      PATH: Deno.env.get("PATH")!,
      // Deno's own cache of modules: without it the packages would be downloaded again.
      DENO_DIR: await denoFolder(),
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
      HOME: `${folder}/home`,
      XDG_CACHE_HOME: `${folder}/cache`,
      TMPDIR: `${folder}/temporary`,
    },
    clearEnv: true,
  }).output();
  const text = new TextDecoder();
  return text.decode(stdout) || text.decode(stderr);
}

async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** The paths of all files below a folder, relative to it. */
function filesIn(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, `${below}${name}/`) : [`${below}${name}`]
  );
}

/** Why the system calls of a child cannot be traced here; undefined if they can. */
async function reasonAgainstTracing(): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command("strace", { args: ["-qq", "true"] })
      .output();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return `strace could not be started (${(error as Error).message})`;
  }
}
