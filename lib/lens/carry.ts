import { Tensor } from "../base/tensor.ts";
import { Cache } from "../model/plan/cache.ts";
import type { Model } from "../model/model.ts";
import { compile } from "../model/engine/program.ts";
import { Graph } from "../onnx/graph.ts";
import { streams } from "./streams.ts";

/**
 * Returns a run whose tapped residual streams are each multiplied by the matrix of their layer.
 *
 * @param matrices [output, input] for each layer.
 */
export async function carry(
  model: Model,
  cache: Cache,
  matrices: readonly Tensor[],
): Promise<Cache> {
  const layers = streams(cache);
  const { stages: [{ session }] } = await compile(productGraph(), {
    device: model.device,
    folder: model.checkpoint.folder,
    prepack: false,
  });
  try {
    const tensors = new Map<string, Tensor>();
    for (const { name, layer } of layers) {
      const stream = cache.get(name);
      const size = stream.size("d_model");
      const matrix = matrices[layer];
      const { y } = await session.run({
        x: { data: stream.data, dims: [stream.data.length / size, size] },
        matrix: { data: matrix.data, dims: matrix.shape },
      });
      tensors.set(name, new Tensor(y.data as Float32Array, stream.sizes));
    }
    return new Cache(tensors, cache.tokens, cache.pads, cache.chosen);
  } finally {
    await session.release();
  }
}

/** Returns the graph that multiplies vectors [example, input] by a matrix [output, input]. */
function productGraph(): Graph {
  const graph = new Graph("carry");
  const x = graph.input("x", "float32", ["example", "input"]);
  const matrix = graph.input("matrix", "float32", ["output", "input"]);
  graph.output("y", graph.node("Gemm", [x, matrix], { transB: 1 }));
  return graph;
}
