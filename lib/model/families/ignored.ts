import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { isObject } from "../../base/arguments.ts";

/**
 * Returns a checkpoint without some attributes of its configuration.
 *
 * @param names attributes, or paths such as `rope_scaling.factor`.
 * @throws CircuitbookError if the configuration has no such attribute; the message names the
 * nearest ones.
 */
export function withoutAttributes(checkpoint: Checkpoint, names: readonly string[]): Checkpoint {
  if (!names.length) return checkpoint;
  const config = structuredClone(checkpoint.config);
  for (const name of names) remove(config, name);
  return { ...checkpoint, config };
}

/**
 * Returns whether a configuration has an attribute.
 *
 * @param config the configuration.
 * @param name an attribute, or a path such as `rope_scaling.factor`.
 */
export function hasAttribute(config: unknown, name: string): boolean {
  return found(config, name) !== undefined;
}

/** Removes an attribute from a configuration. */
function remove(config: unknown, name: string): void {
  const attribute = found(config, name);
  if (attribute !== undefined) {
    delete attribute.holder[attribute.key];
    return;
  }
  const present = isObject(config) ? Object.keys(config) : [];
  throw new CircuitbookError(
    `Expected attributes of config.json to ignore but found "${name}", which is not there; nearest: ${
      nearestNames(name, present).join(", ")
    }.`,
  );
}

/**
 * Returns the object that holds an attribute, and the attribute's key in that object; undefined if
 * there is none.
 */
function found(
  config: unknown,
  name: string,
): { holder: Record<string, unknown>; key: string } | undefined {
  // A name with a dot, as `transformers.js_config`, may be an attribute itself.
  const whole = isObject(config) && Object.hasOwn(config, name);
  const path = whole ? [name] : name.split(".");
  const holder = path.slice(0, -1).reduce<unknown>(
    (at, key) => isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined,
    config,
  );
  const key = path.at(-1)!;
  return isObject(holder) && Object.hasOwn(holder, key) ? { holder, key } : undefined;
}
