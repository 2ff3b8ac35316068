import type { Shown } from "./protocol.ts";

/** The name of the method by which a value draws itself. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** Returns how a notebook shows a value: as the value draws itself, or else as text. */
export async function shownAs(value: unknown): Promise<Shown> {
  const draw = hasMethod(value, DISPLAY) ? value[DISPLAY]() : undefined;
  const drawn = await draw;
  if (drawn !== null && typeof drawn === "object") return { data: { ...drawn } };
  return { data: elementBundle(value) ?? { "text/plain": inspected(value) } };
}

/** Returns a value as `console.log` prints it. */
export function inspected(value: unknown): string {
  return Deno.inspect(value, { colors: !Deno.noColor });
}

/** Returns a bundle for an element of a page, such as a figure of Observable Plot. */
function elementBundle(value: unknown): Record<string, string> | undefined {
  if (value === null || typeof value !== "object") return undefined;
  const { outerHTML, tagName } = value as { outerHTML?: unknown; tagName?: unknown };
  if (typeof outerHTML !== "string" || typeof tagName !== "string") return undefined;
  const type = tagName.toLowerCase() === "svg" ? "image/svg+xml" : "text/html";
  return { [type]: outerHTML, "text/plain": inspected(value).slice(0, 200) };
}

function hasMethod<K extends symbol>(value: unknown, key: K): value is Record<K, () => unknown> {
  return value !== null && (typeof value === "object" || typeof value === "function") &&
    typeof (value as Record<K, unknown>)[key] === "function";
}
