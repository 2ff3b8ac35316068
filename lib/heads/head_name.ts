import { checkArguments, is } from "../base/arguments.ts";
import { headName as nameOf } from "../base/one_line.ts";

/**
 * Returns the short name of a head, as figures and tables have it: `L5H3` is head 3 of layer 5.
 *
 * @param layer the layer, counted from 0.
 * @param head the head of the layer, counted from 0.
 * @throws CircuitbookError if the layer or the head is not a number.
 *
 * @example
 * ```ts
 * import { heads } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(heads.headName(5, 3), "L5H3");
 * ```
 */
export function headName(layer: number, head: number): string {
  checkArguments("headName", { layer: [layer, is.number], head: [head, is.number] });

  return nameOf(layer, head);
}
