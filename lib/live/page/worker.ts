/**
 * The model in a worker of the live page, so that the page answers while the model computes.
 *
 * @module
 */
// This import stands first: modules are evaluated in the order of their imports.
import "./no_eval.ts";
import * as wasm from "onnxruntime-web/wasm";
import * as webgpu from "onnxruntime-web/webgpu";
import { InterruptedError, messageOf } from "../../base/errors.ts";
import { OneAtATime } from "../../base/one_at_a_time.ts";
import { checkpointOfFiles } from "../../checkpoint/checkpoint_of_files.ts";
import { triedTokenizerOf } from "../../checkpoint/tokenizer/load.ts";
import { startRuntime } from "../../model/engine/web/runtime.ts";
import { architectureOfCheckpoint } from "../../model/families/architecture_of.ts";
import { Model } from "../../model/model.ts";
import { LiveModel } from "../live_model.ts";
import type { Answers, Asked, Question, Said } from "../messages.ts";

/** The global object of a worker; the types of workers are not loaded in this project. */
interface WorkerScope {
  onmessage: (event: MessageEvent<Asked>) => void;
  postMessage(said: Said): void;
}

const scope = self as unknown as WorkerScope;

let opened: LiveModel | undefined;
let writing = new AbortController();

/** Questions are answered in their order, since the runtime computes one thing at a time. */
const answering = new OneAtATime();

scope.onmessage = ({ data: { id, question } }) => {
  if (question.ask === "write") {
    writing.abort();
    writing = new AbortController();
  }
  const { signal } = writing;
  answering.run(() => answerTo(question, id, signal)).then(
    (answer) => scope.postMessage({ id, answer }),
    (error) => scope.postMessage({ id, failure: messageOf(error) }),
  );
};

async function answerTo(
  question: Question,
  id: number,
  signal: AbortSignal,
): Promise<Answers[keyof Answers]> {
  if (question.ask === "open") {
    startRuntime(question.device === "webgpu" ? webgpu : wasm, question.binary);
    opened = await openedModel(question);
    return null;
  }
  const model = opened!;
  switch (question.ask) {
    case "look": {
      const { state, tokens, position, head } = question;
      return await model.look(state, tokens, position, head);
    }
    case "numbers":
      return await model.numbers(question.state, question.tokens);
    case "write":
      return await written(model, question, id, signal);
  }
}

async function openedModel(
  { content, weights, device }: Extract<Question, { ask: "open" }>,
): Promise<LiveModel> {
  const { name, config, generationConfig, tokenizer, facts } = content;
  const checkpoint = await checkpointOfFiles({
    config,
    generationConfig: generationConfig ?? undefined,
    weights: new Map([["model.safetensors", weights]]),
  });
  const architecture = architectureOfCheckpoint(checkpoint);
  const model = new Model(
    name,
    checkpoint,
    architecture,
    triedTokenizerOf(tokenizer),
    device,
    "in a page",
  );
  // A graphics processor may refuse the graphs, which a first pass compiles.
  if (device !== "cpu") await model.run([[0]], { logits: [-1] });
  return new LiveModel(model, facts);
}

async function written(
  model: LiveModel,
  { state }: Extract<Question, { ask: "write" }>,
  id: number,
  signal: AbortSignal,
): Promise<Answers["write"]> {
  try {
    return await model.write(state, {
      signal,
      onToken: async (token) => {
        scope.postMessage({ id, token });
        await nextTask();
      },
    });
  } catch (error) {
    if (error instanceof InterruptedError) return null;
    throw error;
  }
}

/** Waits until the messages that have come are read: one of them may stop the writing. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
