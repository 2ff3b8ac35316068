/**
 * Tries expressions of a tokenizer in a worker. The worker sends one message when it has started,
 * and one for each expression: done or late.
 *
 * @module
 */
import { isQuick } from "./expression_trial.ts";

/**
 * A message of the worker: it has started, an expression is done, or an expression takes too long.
 */
export type WorkerMessage = "started" | "done" | "late";

/** The expressions that the worker is to try. */
export interface WorkerOrder {
  /** The source texts of the expressions, tried in this order. */
  readonly expressions: readonly string[];
  /** How long one expression may take on all texts, in milliseconds. */
  readonly timeLimit: number;
}

/** The global object of a worker; the types of workers are not loaded in this project. */
interface WorkerScope {
  onmessage: (event: MessageEvent<WorkerOrder>) => void;
  postMessage(message: WorkerMessage): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = ({ data: { expressions, timeLimit } }) => {
  for (const expression of expressions) {
    scope.postMessage(isQuick(expression, timeLimit) ? "done" : "late");
  }
};
scope.postMessage("started");
