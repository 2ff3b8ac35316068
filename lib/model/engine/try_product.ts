import { encodeGraph } from "../../onnx/encode.ts";
import { Graph } from "../../onnx/graph.ts";
import { F32_PRODUCTS, Precision, type Products } from "../decoder/precision.ts";
import { createSession } from "./runtime.ts";
import type { Device } from "./session.ts";

/** The longest message of ONNX Runtime that an error repeats, in characters. */
const LONGEST = 120;

/**
 * Returns why a device does not multiply in a type, or undefined if it does. A small product is
 * computed, since a provider that starts may still fail or compute wrong numbers.
 */
export async function failureOfProduct(
  device: Device,
  products: Products = F32_PRODUCTS,
): Promise<string | undefined> {
  const graph = new Graph("try");
  const x = graph.input("x", "float32", [2, 2]);
  const precision = new Precision(graph, products);
  const operand = precision.operand(x);
  const product = precision.result(graph.node("Gemm", [operand, operand]));
  graph.output("y", product, [2, 2]);
  try {
    const session = await createSession(encodeGraph(graph), { device, folder: ".", prepack: true });
    const { [product.name]: y } = await session.run({
      x: { data: new Float32Array([1, 2, 3, 4]), dims: [2, 2] },
    });
    await session.release();
    return y.data[3] === 22 ? undefined : `a product came out wrong (${y.data})`;
  } catch (error) {
    return firstLine(
      ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message,
    );
  }
}

/** Returns the first line of ONNX Runtime's message without source paths and function names. */
function firstLine(message: string): string {
  const [line] = message.split("was false. ").at(-1)!.replace(/^Ort\w+: /, "").split("\n");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
