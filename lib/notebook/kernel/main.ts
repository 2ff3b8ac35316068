/**
 * Circuitbook's Jupyter kernel: `deno run lib/notebook/kernel/main.ts CONNECTION_FILE`, in the folder of the notebook.
 *
 * This process speaks Jupyter's protocol; a second process, which it starts, evaluates the cells. So the kernel hears
 * Stop while a cell computes.
 */
import { evaluatorArguments } from "./front/folder.ts";
import { Kernel } from "./front/kernel.ts";
import { readConnection } from "./wire/connection.ts";
import { Sockets } from "./wire/sockets.ts";

const [path] = Deno.args;
const scratch = await Deno.makeTempDir({ prefix: "circuitbook-kernel-" });
const sockets = await Sockets.bind(await readConnection(path));
let isEnding = false;

async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await kernel.kill();
  await sockets.close();
  await Deno.remove(scratch, { recursive: true });
  Deno.exit(code);
}

const kernel = new Kernel(sockets, await evaluatorArguments(Deno.cwd(), scratch), end);
kernel.start();
// Jupyter sends Stop as a message; a terminal sends a signal.
Deno.addSignalListener("SIGINT", () => kernel.interrupt());
Deno.addSignalListener("SIGTERM", () => end(143));
