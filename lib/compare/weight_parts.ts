import type {
  Architecture,
  LayerWeights,
  LinearWeights,
  NormWeights,
} from "../model/plan/architecture.ts";

/**
 * Equal stretches of a tensor's rows or columns. The whole matrix is one stretch; the stretch of a
 * head is `headSize` rows or columns, the stretch of a neuron one.
 */
export interface Slicing {
  /** The kind of the stretches. */
  readonly kind: "matrix" | "head" | "value vector";
  /** The name of the component: `Q`, `down`, `ln1`, … */
  readonly component: string;
  /** The axis along which the stretches are numbered: heads, key/value heads or neurons. */
  readonly axis?: "head" | "kv_head" | "neuron";
  /** Whether the stretches lie along the rows or the columns. */
  readonly along: "rows" | "columns";
  /** The row or column where the first stretch begins. */
  readonly from: number;
  /** How many rows or columns each stretch has. */
  readonly size: number;
  /** How many stretches there are. */
  readonly count: number;
}

/** A tensor of a checkpoint, and the stretches that it is cut into. */
export interface WeightPart {
  /** The name of the tensor. */
  readonly tensor: string;
  /** The layer, from 0; undefined outside the layers. */
  readonly layer?: number;
  /** The shape, [rows, columns]; a vector is one row. */
  readonly shape: readonly [rows: number, columns: number];
  /** The ways in which the tensor is cut. */
  readonly slicings: readonly Slicing[];
}

/**
 * Returns every tensor that a decoder reads, in the order of the forward pass, cut into matrices,
 * heads and value vectors.
 */
export function weightParts(architecture: Architecture): WeightPart[] {
  const { layers, vocab, dModel, context, weights } = architecture;
  const { embed, unembed, positions, finalNorm } = weights;
  return [
    matrix(embed, "embed", [vocab, dModel]),
    ...positions ? [matrix(positions, "positions", [context, dModel])] : [],
    ...Array.from({ length: layers }, (_, layer) => layerParts(architecture, layer)).flat(),
    ...norm(finalNorm, "final norm", dModel),
    ...unembed === embed ? [] : [matrix(unembed, "unembed", [vocab, dModel])],
  ];
}

function layerParts(architecture: Architecture, layer: number): WeightPart[] {
  const { dModel, dMlp, heads, kvHeads, headSize, qkNorm, weights } = architecture;
  const { ln1, ln1Post, ln2, ln2Post, qNorm, kNorm, gate, up, down, ...attention } = weights.layer(
    layer,
  );
  const parts = [
    ...norm(ln1, "ln1", dModel),
    ...attentionParts(architecture, attention),
    ...vector(qNorm, "Q norm", qkNorm === "width" ? heads * headSize : headSize),
    ...vector(kNorm, "K norm", qkNorm === "width" ? kvHeads * headSize : headSize),
    ...norm(ln1Post, "ln1 post", dModel),
    ...norm(ln2, "ln2", dModel),
    ...linear(architecture, gate, dModel, wholeOf(up ? "gate" : "up", dMlp)),
    ...linear(architecture, up, dModel, wholeOf("up", dMlp)),
    ...linear(architecture, down, dMlp, wholeOf("down", dModel), valueVectors(dMlp)),
    ...norm(ln2Post, "ln2 post", dModel),
  ];
  return parts.map((part) => ({ ...part, layer }));
}

function attentionParts(
  architecture: Architecture,
  { q, k, v, qkv, o }: LayerWeights,
): WeightPart[] {
  const { dModel, heads, kvHeads, headSize } = architecture;
  const [wide, narrow] = [heads * headSize, kvHeads * headSize];
  const fused = [
    stretch("Q", 0, wide, headSize, "head"),
    stretch("K", wide, narrow, headSize, "kv_head"),
    stretch("V", wide + narrow, narrow, headSize, "kv_head"),
  ];
  return [
    ...linear(architecture, q, dModel, fused[0]),
    ...linear(architecture, k, dModel, { ...fused[1], from: 0 }),
    ...linear(architecture, v, dModel, { ...fused[2], from: 0 }),
    ...linear(architecture, qkv, dModel, ...fused),
    ...linear(
      architecture,
      o,
      wide,
      wholeOf("O", dModel),
      stretch("O", 0, wide, headSize, "head", "inputs"),
    ),
  ];
}

/** A range of the outputs or inputs of a linear map, and the heads or neurons that share it. */
interface Stretch {
  readonly component: string;
  readonly of: "outputs" | "inputs";
  readonly from: number;
  readonly length: number;
  /** How the range is divided; undefined: it is compared only as a whole. */
  readonly shared?: { readonly axis: "head" | "kv_head" | "neuron"; readonly size: number };
}

function stretch(
  component: string,
  from: number,
  length: number,
  size: number,
  axis: "head" | "kv_head",
  of: "outputs" | "inputs" = "outputs",
): Stretch {
  return { component, of, from, length, shared: { axis, size } };
}

function wholeOf(component: string, outputs: number): Stretch {
  return { component, of: "outputs", from: 0, length: outputs };
}

/** Returns the value vectors of an MLP: each input of its last matrix is what one neuron writes. */
function valueVectors(neurons: number): Stretch {
  return {
    component: "value",
    of: "inputs",
    from: 0,
    length: neurons,
    shared: { axis: "neuron", size: 1 },
  };
}

/**
 * Returns the matrix of a linear map and its bias, one part each. Each stretch of the outputs, such
 * as Q in a fused QKV matrix, counts as a matrix of its own.
 */
function linear(
  { linearLayout }: Architecture,
  names: LinearWeights | undefined,
  inputs: number,
  ...stretches: Stretch[]
): WeightPart[] {
  if (!names) return [];
  const own = stretches.filter(({ of }) => of === "outputs");
  const outputs = own.reduce((sum, { length }) => sum + length, 0);
  const outIn = linearLayout === "out-in";
  const slicings = stretches.flatMap((part) =>
    slicingsOf(part, outIn === (part.of === "outputs") ? "rows" : "columns")
  );
  const biases = own.map(({ component, from, length }): Slicing => {
    return {
      kind: "matrix",
      component: `${component} bias`,
      along: "columns",
      from,
      size: length,
      count: 1,
    };
  });
  return [
    { tensor: names.weight, shape: outIn ? [outputs, inputs] : [inputs, outputs], slicings },
    ...names.bias ? [{ tensor: names.bias, shape: [1, outputs] as const, slicings: biases }] : [],
  ];
}

function slicingsOf(
  { component, of, from, length, shared }: Stretch,
  along: "rows" | "columns",
): Slicing[] {
  const whole: Slicing = { kind: "matrix", component, along, from, size: length, count: 1 };
  if (!shared) return [whole];
  const { axis, size } = shared;
  const kind = axis === "neuron" ? "value vector" : "head";
  const each: Slicing = { kind, component, axis, along, from, size, count: length / size };
  return of === "outputs" ? [whole, each] : [each];
}

function matrix(
  tensor: string,
  component: string,
  [rows, columns]: readonly [number, number],
): WeightPart {
  const slicing: Slicing = {
    kind: "matrix",
    component,
    along: "rows",
    from: 0,
    size: rows,
    count: 1,
  };
  return { tensor, shape: [rows, columns], slicings: [slicing] };
}

function vector(tensor: string | undefined, component: string, size: number): WeightPart[] {
  return tensor ? [matrix(tensor, component, [1, size])] : [];
}

function norm(names: NormWeights | undefined, component: string, size: number): WeightPart[] {
  return [
    ...vector(names?.weight, component, size),
    ...vector(names?.bias, `${component} bias`, size),
  ];
}
