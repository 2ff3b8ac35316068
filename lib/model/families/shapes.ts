import type { Architecture, LinearWeights, NormWeights, TensorPart } from "../plan/architecture.ts";

/** Returns an architecture with the shape of every tensor that its weight names imply. */
export function withShapes(
  description:
    & Omit<Architecture, "shapes" | "notes" | "parts">
    & Partial<Pick<Architecture, "notes" | "parts">>,
): Architecture {
  const { layers, dModel, dMlp, heads, kvHeads, headSize, vocab, context, weights, linearLayout } =
    description;
  const shapes = new Map<string, readonly number[]>();
  const vector = (name: string | undefined, size: number) => {
    if (name) shapes.set(name, [size]);
  };
  const norm = (names: NormWeights | undefined) => {
    vector(names?.weight, dModel);
    vector(names?.bias, dModel);
  };
  const linear = (names: LinearWeights | undefined, inputs: number, outputs: number) => {
    if (names) {
      shapes.set(names.weight, linearLayout === "out-in" ? [outputs, inputs] : [inputs, outputs]);
    }
    vector(names?.bias, outputs);
  };
  shapes.set(weights.embed, [vocab, dModel]);
  if (weights.positions) shapes.set(weights.positions, [context, dModel]);
  for (let index = 0; index < layers; index++) {
    const layer = weights.layer(index);
    norm(layer.ln1);
    linear(layer.q, dModel, heads * headSize);
    linear(layer.k, dModel, kvHeads * headSize);
    linear(layer.v, dModel, kvHeads * headSize);
    linear(layer.qkv, dModel, (heads + 2 * kvHeads) * headSize);
    linear(layer.o, heads * headSize, dModel);
    const together = description.qkNorm === "width";
    vector(layer.qNorm, together ? heads * headSize : headSize);
    vector(layer.kNorm, together ? kvHeads * headSize : headSize);
    norm(layer.ln1Post);
    norm(layer.ln2);
    norm(layer.ln2Post);
    linear(layer.gate, dModel, dMlp);
    linear(layer.up, dModel, dMlp);
    linear(layer.down, dMlp, dModel);
  }
  norm(weights.finalNorm);
  shapes.set(weights.unembed, [vocab, dModel]);
  const parts = description.parts ?? new Map<string, TensorPart>();
  for (const [name, { of, stored }] of parts) {
    shapes.delete(name);
    shapes.set(of, stored);
  }
  return { notes: [], ...description, parts, shapes };
}
