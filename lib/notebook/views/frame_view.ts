import { type Drawing, table } from "../../plot/mod.ts";
import { type Frame, isFrame } from "../../base/frame.ts";

/** Rows of a frame that `console.log` prints. */
const PRINTED_ROWS = 20;

/**
 * Returns the frame in a value: a polars frame itself, or a polars series as a frame of one column;
 * undefined for any other value.
 *
 * @param value any value.
 *
 * @example
 * ```ts
 * import { frameIn } from "./frame_view.ts";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const frame = pl.DataFrame({ layer: [0, 1], share: [.1, .2] });
 * assertEquals(frameIn(frame.getColumn("share"))?.toRecords(), [{ share: .1 }, { share: .2 }]);
 * assertEquals(frameIn([1, 2]), undefined);
 * ```
 */
export function frameIn(value: unknown): Frame | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (isFrame(value)) return value;
  return isSeries(value) ? value.toFrame() : undefined;
}

/**
 * Returns a drawn table of a polars frame with its shape and element types, also of a frame without
 * rows.
 *
 * @param frame the frame.
 */
export function frameView(frame: Frame): Drawing {
  return table(frame, { schema: true });
}

/**
 * Returns a polars frame or series as `console.log` prints it: the first rows, with three
 * significant digits, element types and shape; undefined for any other value.
 *
 * @param value any value.
 */
export function frameText(value: unknown): string | undefined {
  const frame = frameIn(value);
  return frame && table(frame, { schema: true, most: PRINTED_ROWS }).text;
}

/**
 * Returns whether a value is a polars series. A series is a proxy, whose fields throw for some
 * element types.
 */
function isSeries(value: object): value is { toFrame(): Frame } {
  const { toFrame, scatter } = value as { toFrame?: unknown; scatter?: unknown };
  return typeof toFrame === "function" && typeof scatter === "function";
}
