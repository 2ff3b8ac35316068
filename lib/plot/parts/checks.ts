import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { Tensor } from "../../base/tensor.ts";

/**
 * Refuses a value that is not a tensor.
 *
 * @param of the function that takes the tensor, for the message.
 * @throws CircuitbookError if the value is not a tensor.
 */
export function checkTensor(value: Tensor, of: string): void {
  if (value instanceof Tensor) return;
  throw new CircuitbookError(`Expected a tensor for ${of} but found ${shown(value)}.`);
}

/**
 * Refuses a value that is not a list.
 *
 * @param what what the list holds, for the message, such as "tokens".
 * @throws CircuitbookError if the value is not a list.
 */
export function checkList(value: readonly unknown[], what: string): void {
  if (Array.isArray(value)) return;
  throw new CircuitbookError(`Expected a list of ${what} but found ${shown(value)}.`);
}

/**
 * Refuses a value that is not an object of values by name.
 *
 * @param what what the object holds, for the message, such as "values by class".
 * @throws CircuitbookError if the value is not such an object.
 */
export function checkRecord(value: object, what: string): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw new CircuitbookError(`Expected an object of ${what} but found ${shown(value)}.`);
}
