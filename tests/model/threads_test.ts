import { assertEquals, assertStringIncludes } from "@std/assert";
import { unless } from "../skipped.ts";

const PROGRAM = `
import { Graph } from "./lib/onnx/graph.ts";
import { encodeGraph } from "./lib/onnx/encode.ts";
import { createSession } from "./lib/model/engine/runtime.ts";

const graph = new Graph("sum");
const x = graph.input("x", "float32", [2]);
graph.output("y", graph.node("Add", [x, x]), [2]);
const threads = () => [...Deno.readDirSync("/proc/self/task")].length;
const options = { device: "cpu", folder: ".", prepack: false };
// The first session starts threads of the runtime itself.
await createSession(encodeGraph(graph), options);
const before = threads();
await createSession(encodeGraph(graph), options);
console.log(threads() - before);
`;

/** Runs the program with a number of threads, and returns what it prints. */
async function printed(threads: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", "--no-check", PROGRAM],
    env: { CIRCUITBOOK_THREADS: threads, NO_COLOR: "1" },
  });
  const { stdout, stderr } = await command.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test({
  ...unless(
    Deno.build.os === "linux" ? undefined : "threads are counted as Linux lists them",
    "each session computes with as many threads as CIRCUITBOOK_THREADS says, its caller's among them",
  ),
  fn: async () => {
    assertEquals((await printed("1")).trim(), "0");
    assertEquals((await printed("3")).trim(), "2");
    assertStringIncludes(await printed("many"), 'in CIRCUITBOOK_THREADS but found "many"');
  },
});
