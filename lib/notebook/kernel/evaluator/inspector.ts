import { Session } from "node:inspector";
import type { Trouble } from "./protocol.ts";
import { troubleOf } from "./trouble.ts";

/** The inspector's handle of a value. */
interface Remote {
  objectId?: string;
  value?: unknown;
  unserializableValue?: string;
  className?: string;
}

interface Evaluated {
  result: Remote;
  exceptionDetails?: { exception?: Remote; lineNumber: number; columnNumber: number };
}

/** How an evaluation ended. */
export type Outcome = { value: unknown } | { error: Trouble };

/**
 * V8's inspector of this very process, which evaluates code as a browser's console does: `await` at
 * the top, and variables that outlive the cell. No port is opened, so that no other user of the
 * machine can reach it.
 */
export class Inspector {
  readonly #session = new Session();
  readonly #slot: { value?: unknown } = {};
  #slotId: string | undefined;

  /** Connects to this process. */
  constructor() {
    this.#session.connect();
  }

  /** Returns the value of code, or its error. */
  async evaluate(code: string): Promise<Outcome> {
    this.#slotId ??= await this.#handleOfSlot();
    const answer = await this.#post("Runtime.evaluate", {
      expression: code,
      replMode: true,
      awaitPromise: true,
      objectGroup: "cell",
    });
    const { result, exceptionDetails } = answer as Evaluated;
    const remote = exceptionDetails ? exceptionDetails.exception : result;
    const { value } = remote ? await this.#valueOf(remote) : { value: undefined };
    await this.#post("Runtime.releaseObjectGroup", { objectGroup: "cell" });
    if (!exceptionDetails) return { value };
    const error = troubleOf(value);
    // V8's parser names the place beside the error; its lines and columns count from 0.
    const { lineNumber, columnNumber } = exceptionDetails;
    const isOfParser = value instanceof SyntaxError && !/^\s+at /m.test(error.text);
    return {
      error: isOfParser ? { ...error, compiledPlace: [lineNumber + 1, columnNumber + 1] } : error,
    };
  }

  /** Returns the variables that cells have declared: values by name. */
  async variables(): Promise<Map<string, unknown>> {
    this.#slotId ??= await this.#handleOfSlot();
    const { names } = await this.#post("Runtime.globalLexicalScopeNames", {}) as {
      names: string[];
    };
    // A variable whose cell failed has no value, and reading it throws.
    const known = [...new Set(names)];
    const reads = known.map((name) =>
      `(() => { try { return ${name}; } catch { return undefined; } })()`
    );
    const { result } = await this.#post("Runtime.evaluate", {
      expression: `[${reads.join(", ")}]`,
      objectGroup: "variables",
    }) as Evaluated;
    const { value } = await this.#valueOf(result);
    await this.#post("Runtime.releaseObjectGroup", { objectGroup: "variables" });
    const values = value as unknown[];
    return new Map(known.map((name, i) => [name, values[i]]));
  }

  /** Returns the value of a handle, in an object, because a promise must not be awaited here. */
  async #valueOf(
    { objectId, value, unserializableValue }: Remote,
  ): Promise<{ value: unknown }> {
    await this.#post("Runtime.callFunctionOn", {
      objectId: this.#slotId,
      functionDeclaration: "function (value) { this.value = value; }",
      arguments: [{ objectId, value, unserializableValue }],
    });
    const found = this.#slot.value;
    this.#slot.value = undefined;
    return { value: found };
  }

  async #handleOfSlot(): Promise<string> {
    const key = Symbol.for("circuitbook.kernel.slot");
    Object.defineProperty(globalThis, key, { value: this.#slot, configurable: true });
    const { result } = await this.#post("Runtime.evaluate", {
      expression: `globalThis[Symbol.for("circuitbook.kernel.slot")]`,
    }) as Evaluated;
    return result.objectId!;
  }

  #post(method: string, parameters: Record<string, unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error: Error | null, answer: unknown) => {
        if (error) reject(error);
        else resolve(answer);
      });
    });
  }
}
