import type { GraphTensor } from "../onnx/feeds.ts";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { firstNotFinite, Tensor, type TensorData } from "../base/tensor.ts";
import type { Architecture } from "./plan/architecture.ts";
import { checkTokenIds } from "./plan/token_ids.ts";
import type { Engine } from "./engine/engine.ts";
import { capped } from "./decoder/cap.ts";
import { fusedNorm } from "./decoder/norm.ts";
import { anything, checkOptions, yesOrNo } from "../base/options.ts";
import type { Session } from "./engine/session.ts";
import { unembedded, type UnembeddingWriter } from "./decoder/unembedded.ts";

/** How vectors of the residual stream are read through the unembedding. */
export interface UnembedOptions {
  /** How many of the highest scores to return for each vector. Default 10. */
  readonly k?: number;
  /**
   * Whether to apply the final norm first, and a cap of logits after, as the model does. Default
   * true.
   */
  readonly norm?: boolean;
  /** Tokens whose scores are returned in `asked`, whatever their rank. */
  readonly tokens?: readonly number[];
  /** The kind of the scores. Default "log-probability", in nats. */
  readonly score?: "log-probability" | "logit";
  /**
   * The matrix that vectors are compared with: a token's unembedding or its embedding. Default
   * "unembedding".
   */
  readonly by?: "unembedding" | "embedding";
}

/** Vectors of the residual stream, read through the unembedding. */
export interface Unembedded {
  /** The tokens with the highest scores, highest first: int32 [example, rank]. */
  readonly tokens: Tensor<Int32Array>;
  /** Their scores [example, rank]. */
  readonly scores: Tensor;
  /** The scores of the tokens that were asked for [example, token]. */
  readonly asked: Tensor;
}

const unembedSchema = z.strictObject({
  k: anything,
  tokens: anything,
  norm: yesOrNo.optional(),
  score: z.enum(["log-probability", "logit"], 'to be "log-probability" or "logit"').optional(),
  by: z.enum(["unembedding", "embedding"], 'to be "unembedding" or "embedding"').optional(),
});

const FLOAT_BYTES = 4;

/** The most bytes of logits that are computed at once. */
const CHUNK_BYTES = 128e6;

/**
 * Reads vectors through the unembedding. The graph computes the logits, their normaliser and the
 * top tokens, so that the logits of a large vocabulary are never copied to JavaScript.
 *
 * @param vectors [example, d_model].
 * @throws CircuitbookError if the vectors have another size or are not finite, if k or a token is
 * out of range, or if the results do not fit into memory.
 */
export async function unembed(
  engine: Engine,
  vectors: Tensor,
  options: UnembedOptions = {},
): Promise<Unembedded> {
  checkOptions(options, unembedSchema, "unembed");
  const { k = 10, norm = true, tokens = [], score = "log-probability", by = "unembedding" } =
    options;
  const { vocab, dModel } = engine.architecture;
  check(vectors, engine.architecture, k, tokens);
  const count = vectors.shape[0];
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (FLOAT_BYTES * vocab)));
  await engine.verifyFits([
    {
      // Each number is held twice while the parts are joined.
      bytes: 2 * FLOAT_BYTES * count * (2 * k + tokens.length),
      purpose: "the scores of all vectors",
      advice: "give fewer vectors at a time, a smaller k, or fewer tokens",
      returned: true,
    },
    {
      // The logits of a part, and their log-probabilities.
      bytes: 2 * FLOAT_BYTES * Math.min(step, count) * vocab,
      purpose: "logits",
      advice: "give fewer vectors at a time",
    },
  ]);
  const parts: Record<string, GraphTensor>[] = [];
  await engine.withSession(
    `unembed ${norm} ${score} ${by}`,
    (parts) => unembedGraph({ ...parts, architecture: engine.architecture }, { norm, score, by }),
    async (session) => {
      for (let start = 0; start < count; start += step) {
        const rows = Math.min(step, count - start);
        const data = vectors.data.subarray(start * dModel, (start + rows) * dModel);
        parts.push(await runPart(engine, session, { data, dims: [rows, dModel] }, k, tokens));
      }
    },
  );
  const join = <Data extends TensorData>(name: string, axis: string, size: number) =>
    Tensor.concat(
      parts.map((part) =>
        new Tensor(part[name].data as Data, { example: part[name].dims[0], [axis]: size })
      ),
      "example",
    );
  return {
    tokens: join<Int32Array>("indices", "rank", k),
    scores: join<Float32Array>("scores", "rank", k),
    asked: join<Float32Array>("asked", "token", tokens.length),
  };
}

async function runPart(
  engine: Engine,
  session: Session,
  x: GraphTensor,
  k: number,
  tokens: readonly number[],
) {
  return await session.run({
    x,
    k: { data: BigInt64Array.of(BigInt(k)), dims: [1] },
    wanted: { data: BigInt64Array.from(tokens, BigInt), dims: [tokens.length] },
    ...await engine.fedWeightsOf(session.inputs),
  });
}

function unembedGraph(
  writer: UnembeddingWriter,
  { norm, score, by }: Required<Pick<UnembedOptions, "norm" | "score" | "by">>,
): void {
  const { graph, weights, architecture } = writer;
  const x = graph.input("x", "float32", ["example", architecture.dModel]);
  const { finalNorm, embed } = architecture.weights;
  const normalized = norm && finalNorm && architecture.norm.kind !== "none"
    ? fusedNorm({ graph, weights }, x, finalNorm, architecture.norm)
    : x;
  const products = by === "embedding"
    ? graph.node("Gemm", [normalized, weights.get(embed)], { transB: 1 })
    : unembedded(writer, normalized);
  const logits = norm ? capped({ graph }, products, architecture.logitCap) : products;
  const scores = score === "logit" ? logits : graph.node("LogSoftmax", [logits], { axis: -1 });
  const k = graph.input("k", "int64", [1]);
  const [values, indices] = graph.nodeWithOutputs("TopK", [scores, k], ["float32", "int64"], {
    axis: -1,
  });
  graph.output("scores", values);
  // ONNX TensorProto.DataType.INT32 is 6.
  graph.output("indices", graph.node("Cast", [indices], { to: 6 }, { type: "int32" }));
  graph.output(
    "asked",
    graph.node("Gather", [scores, graph.input("wanted", "int64", ["wanted"])], { axis: 1 }),
  );
}

function check(
  vectors: Tensor,
  { dModel, vocab }: Architecture,
  k: number,
  tokens: readonly number[],
): void {
  if (vectors.shape.length !== 2 || vectors.shape[1] !== dModel) {
    throw new CircuitbookError(
      `Expected vectors [example, d_model ${dModel}] but found ${vectors.describe()}.`,
    );
  }
  const bad = firstNotFinite(vectors.data);
  if (bad >= 0) {
    throw new CircuitbookError(
      `Expected finite vectors but found ${vectors.data[bad]} in vector ${
        Math.floor(bad / dModel)
      }.`,
    );
  }
  if (!Number.isInteger(k) || k < 1 || k > vocab) {
    throw new CircuitbookError(`Expected k from 1 to ${vocab} but found ${k}.`);
  }
  checkTokenIds(tokens, vocab, "in the list of tokens");
}
