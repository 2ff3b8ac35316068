import { ANSWER, NO_ANSWER, type SharedMemory } from "./shared.ts";
import { stopped } from "./stopping.ts";

/** Asks the user a text, and waits for the answer. */
export type Ask = (question: string) => string;

/**
 * Returns a function that waits for the user's answer. The thread stands still meanwhile, as
 * `prompt` does.
 *
 * @param memory where the thread of orders puts the answer.
 * @param send sends the question to the kernel.
 */
export function asking({ numbers, answer }: SharedMemory, send: (question: string) => void): Ask {
  return (question) => {
    Atomics.store(numbers, ANSWER, 0);
    send(question);
    Atomics.wait(numbers, ANSWER, 0);
    const length = Atomics.load(numbers, ANSWER);
    if (length === NO_ANSWER) throw stopped();
    return new TextDecoder().decode(answer.slice(0, length - 1));
  };
}

/** Makes `prompt`, `confirm` and `alert` ask in the notebook. */
export function installQuestions(ask: Ask): void {
  const define = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define("prompt", (question = "Prompt", otherwise: string | null = null) => {
    return ask(`${question} `) || otherwise;
  });
  define("confirm", (question = "Confirm") => /^y(es)?$/i.test(ask(`${question} [y/N] `)));
  define("alert", (message = "Alert") => void ask(`${message} [Enter] `));
}
