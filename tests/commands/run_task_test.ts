import { assertEquals } from "@std/assert";
import { TextLineStream } from "deno-std/streams/mod.js";

const module = new URL("../../lib/commands/run_task.ts", import.meta.url).href;

/** A task that hears the first signal, says so, and does not end. */
const deaf = `
import { runTask } from ${JSON.stringify(module)};
await runTask((signal) => {
  signal.addEventListener("abort", () => console.log("heard"));
  console.log("ready");
  return new Promise(() => setInterval(() => {}, 1000));
});
`;

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`a second ${signal} ends a task that does not heed the first`, async () => {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["eval", deaf],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines: ReadableStream<string> = process.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    const said: string[] = [];
    for await (const line of lines) {
      said.push(line);
      process.kill(signal);
    }
    assertEquals(said, ["ready", "heard"]);
    assertEquals((await process.status).code, code);
  });
}
