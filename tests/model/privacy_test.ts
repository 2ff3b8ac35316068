// A run must write no file outside its folders and open no connection. strace lists the
// connections. ONNX Runtime's telemetry looks its host up about nine seconds after the first
// session has started. So a second run, with telemetry left on, shows when the look-up would come,
// and the first one lives until then.
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { TextLineStream } from "deno-std/streams/mod.js";
import { temporaryFolder } from "../checkpoint/files.ts";
import { unless } from "../skipped.ts";

const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));
const MODEL = fromFileUrl(new URL("../../data/models/countdown-r1", import.meta.url));

const SCRIPT = `
import { loadModel } from "circuitbook";
const model = await loadModel(${JSON.stringify(MODEL)}, { device: "cpu" });
const { texts } = await model.generate("11 + 5 =", { maxNewTokens: 3 });
console.log(texts[0]);
// The run lives until its standard input ends.
for await (const _ of Deno.stdin.readable);
`;

/**
 * The same run with telemetry left on, whether ONNX Runtime reads the variable at its import or
 * with its first session.
 */
const WITH_TELEMETRY = `import "onnxruntime-node";` +
  SCRIPT.replace("const model", `Deno.env.delete("ORT_DISABLE_TELEMETRY");\nconst model`);

/** Makes strace list connections and what is sent on standard error, a line a call. */
const TRACER = [
  "strace",
  "-f",
  "-qq",
  "--seccomp-bpf",
  "-e",
  "trace=connect,sendto,sendmsg,sendmmsg",
];

/** A call that opens a connection or asks for the address of a host. */
const CONNECTION = /(?:connect|send\w+)\(.*(?:AF_INET|nscd|resolve)/;

/** How long the look-up of telemetry is awaited at most, in milliseconds. */
const MOST_WAITED = 60_000;

const missing = await reasonAgainstTracing();
Deno.test("a run leaks nothing", async (t) => {
  await using folder = await temporaryFolder();
  const env = await environmentOf(folder.path);
  const run = new Run(folder.path, SCRIPT, env, missing === undefined ? TRACER : []);
  const text = await run.text;
  const unseen = missing ?? await reasonAgainstLookUps();
  await run.end();
  assertEquals(text, " 16\n", run.lines.join("\n"));
  await t.step("it writes no file outside its folders", () => {
    assertEquals(filesIn(folder.path), ["working/run.ts"]);
  });
  await t.step({
    ...unless(unseen, "it opens no connection and looks no host up"),
    fn: () => assertEquals(run.lines.filter((line) => CONNECTION.test(line)), []),
  });
});

/**
 * Why the connections of a run could not be seen: a run with telemetry shows none. Undefined as
 * soon as it shows one.
 */
async function reasonAgainstLookUps(): Promise<string | undefined> {
  await using folder = await temporaryFolder();
  const env = await environmentOf(folder.path);
  const run = new Run(folder.path, WITH_TELEMETRY, env, TRACER);
  const text = await run.text;
  const waited = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => waited.resolve(`telemetry looked no host up within ${MOST_WAITED / 1000} s`),
    MOST_WAITED,
  );
  const reason = await Promise.race([run.connection, waited.promise]);
  clearTimeout(timer);
  await run.end();
  assertEquals(text, " 16\n", run.lines.join("\n"));
  assert(filesIn(folder.path).length > 1, "telemetry that is left on writes files");
  return reason;
}

/** A run of a script. It lives until {@link end}. */
class Run {
  /** The first that the script prints; empty if the script ends before. */
  readonly text: Promise<string>;
  /** Settled at the first call that opens a connection. */
  readonly connection: Promise<undefined>;
  /** The lines on standard error by now: calls, if the run is traced. */
  readonly lines: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #printed: Promise<void>;

  constructor(
    folder: string,
    script: string,
    env: Record<string, string>,
    tracer: readonly string[],
  ) {
    Deno.writeTextFileSync(`${folder}/working/run.ts`, script);
    const command = [...tracer, Deno.execPath(), "run", "-A", "--cached-only"];
    const [program, ...args] = [...command, "--config", CONFIG, "run.ts"];
    this.#process = new Deno.Command(program, {
      args,
      cwd: `${folder}/working`,
      env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.connection = promise;
    this.text = this.#readText();
    this.#printed = this.#readLines(() => resolve(undefined));
  }

  /** Ends the run and reads the rest of what it prints. */
  async end(): Promise<void> {
    await this.#process.stdin.close();
    await this.#printed;
    await this.#process.status;
  }

  async #readText(): Promise<string> {
    const reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await reader.read();
    await reader.cancel();
    return value;
  }

  async #readLines(onConnection: () => void): Promise<void> {
    const lines: ReadableStream<string> = this.#process.stderr
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      this.lines.push(line);
      if (CONNECTION.test(line)) onConnection();
    }
  }
}

/**
 * Makes the folders of a user inside a folder, and returns the environment of a run that has these
 * folders alone.
 */
async function environmentOf(folder: string): Promise<Record<string, string>> {
  for (const name of ["home", "cache", "temporary", "working"]) Deno.mkdirSync(`${folder}/${name}`);
  return {
    PATH: Deno.env.get("PATH")!,
    // Deno's own cache of modules: without it the packages would be downloaded again.
    DENO_DIR: await denoFolder(),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    HOME: `${folder}/home`,
    XDG_CACHE_HOME: `${folder}/cache`,
    TMPDIR: `${folder}/temporary`,
  };
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
    const { success, stderr } = await new Deno.Command("strace", { args: ["-f", "-qq", "true"] })
      .output();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return `strace could not be started (${(error as Error).message})`;
  }
}
