import { z } from "zod";

/** A size in a configuration: a whole number above 0. */
export const size = z.int({ error: "to be a whole number above 0" }).positive({
  error: "to be above 0",
});

/** A number above 0. */
export const positive = z.number({ error: "to be a number above 0" }).positive({
  error: "to be above 0",
});

/** A size with the value that transformers takes for an absent one. */
export const sizeOr = (fallback: number) => size.nullish().transform((value) => value ?? fallback);

/** A number above 0 with the value that transformers takes for an absent one. */
export const positiveOr = (fallback: number) =>
  positive.nullish().transform((value) => value ?? fallback);

/** A switch that may be absent. */
export const flag = z.boolean({ error: "to be true or false" }).nullish();

/** The token, or tokens, that end a text. */
export const endTokens = z.union([z.int().nonnegative(), z.array(z.int().nonnegative())], {
  error: "to be a token id or a list of them",
}).nullish();

/** The one supported value, or none. */
export function only<T extends string | number | boolean>(value: T, what: string) {
  return z.literal(value, {
    error: `to be ${JSON.stringify(value)} or absent (${what} not supported)`,
  }).nullish();
}

/** The nonlinearities of the decoder, by the names that configurations use. */
const ACTIVATIONS = {
  silu: "silu",
  swish: "silu",
  gelu: "gelu",
  gelu_python: "gelu",
  gelu_new: "gelu_new",
  // Other ways to write the formula of gelu_new, which differ in the last digits.
  gelu_fast: "gelu_new",
  gelu_accurate: "gelu_new",
  gelu_pytorch_tanh: "gelu_new",
  relu: "relu",
} as const;

/** The name of an activation, as the decoder calls it. */
const activation = z.literal(Object.keys(ACTIVATIONS) as (keyof typeof ACTIVATIONS)[], {
  error: `to be one of the supported activations (${Object.keys(ACTIVATIONS).join(", ")})`,
}).transform((name) => ACTIVATIONS[name]);

/** The activation, with the value that transformers takes for an absent one. */
export const activationOr = (fallback: z.output<typeof activation>) =>
  activation.nullish().transform((value) => value ?? fallback);
