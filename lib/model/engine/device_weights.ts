import { OneAtATime } from "../../base/one_at_a_time.ts";
import { watched } from "../../base/progress.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { encodeGraph } from "../../onnx/encode.ts";
import { Graph } from "../../onnx/graph.ts";
import { isMatrix } from "../decoder/weights.ts";
import { F32_PRODUCTS, Precision, type Products } from "../decoder/precision.ts";
import { createSession } from "./runtime.ts";
import { type Device, free, type ResidentTensor, type Session } from "./session.ts";

/** A tensor of a checkpoint, as far as it is uploaded. */
interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The weights of a model in the memory of a GPU. Each weight is uploaded when a session first needs
 * it, by one session that passes it through and leaves it on the GPU, and is fed to the sessions of
 * all plans.
 */
export class DeviceWeights {
  readonly #tensors = new Map<string, ResidentTensor>();
  /** A session for matrices and one for all other weights, which stay in f32. */
  readonly #sessions = new Map<boolean, Promise<Session>>();
  /** Uploads run one after the other, so that two runs that begin together upload nothing twice. */
  readonly #uploading = new OneAtATime();
  /** The number of weights that were uploaded so far. */
  uploads = 0;

  readonly #checkpoint: Checkpoint;
  readonly #device: Device;
  readonly #products: Products;

  /** @param products the element type in which the matrices are kept. */
  constructor(checkpoint: Checkpoint, device: Device, products: Products) {
    this.#checkpoint = checkpoint;
    this.#device = device;
    this.#products = products;
  }

  /** Returns weights by name, and uploads those that are not on the GPU yet. */
  async of(entries: readonly Entry[]): Promise<Record<string, ResidentTensor>> {
    await this.#uploading.run(() => this.#upload(entries));
    return Object.fromEntries(entries.map(({ name }) => [name, this.#tensors.get(name)!]));
  }

  /** Frees the weights. They are uploaded again when they are needed again. */
  async dispose(): Promise<void> {
    await this.#uploading.idle();
    for (const tensor of this.#tensors.values()) free(tensor);
    this.#tensors.clear();
    for (const session of this.#sessions.values()) await (await session).release();
    this.#sessions.clear();
  }

  #sessionFor(matrix: boolean): Promise<Session> {
    const known = this.#sessions.get(matrix);
    if (known) return known;
    const session = passThrough(this.#device, matrix ? this.#products : F32_PRODUCTS);
    this.#sessions.set(matrix, session);
    return session;
  }

  async #upload(entries: readonly Entry[]): Promise<void> {
    const missing = entries.filter(({ name }) => !this.#tensors.has(name));
    for await (const { name, shape } of watched(missing, { label: "upload", unit: "weights" })) {
      const session = await this.#sessionFor(isMatrix(shape));
      const data = await this.#checkpoint.read(name);
      const { kept } = await session.runKeeping({
        flat: { data, dims: [data.length] },
        shape: { data: BigInt64Array.from(shape, BigInt), dims: [shape.length] },
      });
      const [weight] = Object.values(kept);
      this.#tensors.set(name, weight);
      this.uploads++;
    }
  }
}

/**
 * Returns a session that gives a list of f32 numbers a shape and, for products in half precision,
 * their type.
 */
function passThrough(device: Device, products: Products): Promise<Session> {
  const graph = new Graph("upload");
  // Numbers cross to the device in f32 and are cast there: Deno cannot hand f16 tensors to ONNX
  // Runtime.
  const flat = graph.input("flat", "float32", ["numbers"]);
  const shape = graph.input("shape", "int64", ["axes"]);
  const shaped = graph.node("Reshape", [flat, shape]);
  const weight = new Precision(graph, products).operand(shaped);
  graph.output("weight", weight);
  const kept = [weight.name];
  return createSession(encodeGraph(graph), { device, folder: ".", prepack: false, kept });
}
