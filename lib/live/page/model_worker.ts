/** The page's side of the worker that runs the model. @module */
import { CircuitbookError } from "../../base/errors.ts";
import type { Answers, Question, Said } from "../messages.ts";

/** A question that has no answer yet. */
interface Open {
  readonly onToken: (token: string) => void;
  readonly resolve: (answer: Answers[keyof Answers]) => void;
  readonly reject: (error: Error) => void;
}

/** The worker of the page. */
export class ModelWorker {
  readonly #worker: Worker;
  /** The address of the script, which is freed once the worker has said something. */
  readonly #url: string;
  readonly #open = new Map<number, Open>();
  #count = 0;

  /** @param source the source text of the worker. */
  constructor(source: Uint8Array<ArrayBuffer>) {
    this.#url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.#worker = new Worker(this.#url);
    this.#worker.addEventListener("message", () => this.#free(), { once: true });
    this.#worker.onmessage = ({ data }: MessageEvent<Said>) => this.#hear(data);
    this.#worker.onerror = (event) => {
      // A script that cannot be started has no message.
      const reason = event.message ?? "its script could not be started";
      const error = new Error(`The worker that runs the model has failed: ${reason}`);
      for (const { reject } of this.#open.values()) reject(error);
      this.#open.clear();
    };
  }

  /**
   * Asks the worker.
   *
   * @param question the question.
   * @param onToken called with each token of a text.
   * @param moved the buffers that move to the worker. Default none.
   * @returns the answer; the promise rejects with the worker's message if the question failed.
   */
  ask<Kind extends Question>(
    question: Kind,
    onToken: (token: string) => void = () => {},
    moved: Transferable[] = [],
  ): Promise<Answers[Kind["ask"]]> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { onToken, resolve: resolve as Open["resolve"], reject });
      this.#worker.postMessage({ id, question }, moved);
    });
  }

  /** Ends the worker; questions that are open get no answer. */
  end(): void {
    this.#worker.terminate();
    this.#free();
    this.#open.clear();
  }

  #free(): void {
    URL.revokeObjectURL(this.#url);
  }

  #hear(said: Said): void {
    const open = this.#open.get(said.id);
    if (!open) return;
    if ("token" in said) return open.onToken(said.token);
    this.#open.delete(said.id);
    if ("failure" in said) open.reject(new CircuitbookError(said.failure));
    else open.resolve(said.answer);
  }
}
