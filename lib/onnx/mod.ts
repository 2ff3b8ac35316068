/**
 * Builds ONNX graphs: write a graph operator by operator, add gradients to it, and encode it as a
 * model that ONNX Runtime runs.
 *
 * @module
 */
export type { Dimensions } from "./dimensions.ts";
export * from "./encode.ts";
export type { Feeds, GraphTensor } from "./feeds.ts";
export { gradients } from "./gradient/gradient.ts";
export * from "./graph.ts";
export * from "./shapes.ts";
