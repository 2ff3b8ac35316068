/**
 * ONNX graphs: build one operator by operator, derive its gradients, encode it as a model.
 *
 * @module
 */
export * from "./encode.ts";
export { gradients } from "./gradient/gradient.ts";
export * from "./graph.ts";
export * from "./shapes.ts";
