/**
 * What a process that only computes may do: read and write files, and load native code, which
 * `onnxruntime-node` and polars are. The process neither uses the network nor runs programs.
 */
export const COMPUTING: readonly string[] = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
];
