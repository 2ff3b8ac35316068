import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import type { Engine } from "./engine/engine.ts";

/**
 * Returns vectors [example, output] times each matrix, as [example, input]. One graph computes all
 * products, over the weights as they are stored.
 *
 * @throws CircuitbookError if a matrix does not exist, if its number of outputs is not the size of
 * the vectors, or if the results do not fit into memory.
 */
export async function pullBack(
  engine: Engine,
  names: readonly string[],
  vectors: Tensor,
): Promise<Tensor[]> {
  const [examples, outputs] = vectors.shape;
  const inputs = names.map((name) => inputsOf(engine, name, outputs, vectors));
  await engine.verifyFits([{
    bytes: Float32Array.BYTES_PER_ELEMENT * examples * inputs.reduce((a, b) => a + b, 0),
    purpose: "the results",
    advice: "give fewer vectors or fewer matrices",
    returned: true,
  }]);
  const transB = engine.architecture.linearLayout === "out-in" ? 0 : 1;
  return await engine.withSession(
    `pull back ${outputs} ${names.join()}`,
    ({ weights, graph }) => {
      const x = graph.input("x", "float32", ["example", outputs]);
      for (const name of names) {
        graph.output(`of ${name}`, graph.node("Gemm", [x, weights.get(name)], { transB }));
      }
    },
    async (session) => {
      const weights = await engine.fedWeightsOf(session.inputs);
      const results = await session.run({
        x: { data: vectors.data, dims: [examples, outputs] },
        ...weights,
      });
      return names.map((name, i) =>
        new Tensor(results[`of ${name}`].data as Float32Array, {
          example: examples,
          input: inputs[i],
        })
      );
    },
  );
}

/** Returns the number of inputs of a matrix. */
function inputsOf(
  { architecture, checkpoint }: Engine,
  name: string,
  outputs: number,
  vectors: Tensor,
): number {
  const shape = checkpoint.tensors.get(name)?.shape;
  if (shape?.length !== 2) {
    const nearest = nearestNames(name, checkpoint.tensors.keys()).join(", ");
    throw new CircuitbookError(
      `Expected a matrix of the model but found "${name}"; nearest: ${nearest}.`,
    );
  }
  const [out, input] = architecture.linearLayout === "out-in" ? shape : [shape[1], shape[0]];
  if (out === outputs && vectors.shape.length === 2) return input;
  throw new CircuitbookError(
    `Expected vectors [example, ${out}], the outputs of "${name}", but found ${vectors.describe()}.`,
  );
}
