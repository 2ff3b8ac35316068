/**
 * The thread that reads what the kernel sends. It hears Stop while the main thread is busy in a
 * loop, and it ends the process when the kernel is gone.
 */
import type { Order } from "./protocol.ts";
import { ANSWER, NO_ANSWER, PRESSES, type SharedMemory } from "./shared.ts";

/** The part of a worker's global scope that this module uses. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<SharedMemory>) => void;
  postMessage(message: unknown): void;
};

scope.onmessage = async ({ data: memory }) => {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) handle(JSON.parse(line), memory);
  }
  // The main thread may be in an endless loop, which only a signal ends.
  Deno.kill(Deno.pid, "SIGKILL");
};

function handle(order: Order, { numbers, answer }: SharedMemory): void {
  if (order.type === "input") {
    const { written } = new TextEncoder().encodeInto(order.value, answer);
    Atomics.store(numbers, ANSWER, written + 1);
    Atomics.notify(numbers, ANSWER);
    return;
  }
  if (order.type === "interrupt") {
    const presses = Atomics.add(numbers, PRESSES, 1) + 1;
    Atomics.store(numbers, ANSWER, NO_ANSWER);
    Atomics.notify(numbers, ANSWER);
    scope.postMessage({ ...order, presses });
    return;
  }
  scope.postMessage(order);
}
