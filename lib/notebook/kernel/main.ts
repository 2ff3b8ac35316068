/**
 * Circuitbook's Jupyter kernel: `deno run lib/notebook/kernel/main.ts CONNECTION_FILE`, in the
 * folder of the notebook.
 *
 * This process speaks Jupyter's protocol; a second process, which it starts, evaluates the cells.
 * So the kernel hears Stop while a cell computes.
 */
import { delay } from "deno-std/async/delay.js";
import { evaluatorArguments } from "./front/folder.ts";
import { Kernel } from "./front/kernel.ts";
import { readConnection } from "./wire/connection.ts";
import { Sockets } from "./wire/sockets.ts";

/**
 * Milliseconds in which the last messages leave: ZeroMQ sends in a thread, which ends with the
 * process.
 */
const DEPARTURE_TIME = 500;

/** Milliseconds between two looks at the Jupyter server. */
const SERVER_INTERVAL = 1000;

const [path] = Deno.args;
const sockets = await Sockets.bind(await readConnection(path));
let isEnding = false;

async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await kernel.kill();
  await sockets.close();
  // After a shutdown nobody waits for a message.
  if (code !== 0) await delay(DEPARTURE_TIME);
  Deno.exit(code);
}

const kernel = new Kernel(sockets, await evaluatorArguments(Deno.cwd()), end);
kernel.start();
// Jupyter sends Stop as a message; a terminal sends a signal.
Deno.addSignalListener("SIGINT", () => kernel.interrupt());
Deno.addSignalListener("SIGTERM", () => end(143));
endWithServer();

/**
 * Ends the kernel soon after its Jupyter server was killed. A server that ends in any other way
 * stops its kernels itself. Jupyter sets `JPY_PARENT_PID` for kernels that are to end with the
 * process that starts them.
 */
function endWithServer(): void {
  if (Deno.env.get("JPY_PARENT_PID") === undefined) return;
  const server = Deno.ppid;
  setInterval(() => {
    if (Deno.ppid !== server) void end(1);
  }, SERVER_INTERVAL);
}
