import { Template } from "@huggingface/jinja";
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { join } from "deno-std/path/mod.js";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { fromByteLevel, toByteLevel } from "./byte_tokens.ts";
import { readJson, readText } from "../files.ts";

/** A message of a conversation, for chat templates. */
export interface ChatMessage {
  role: string;
  content: string;
}

/** Between text and token ids. */
export interface Tokenizer {
  /** False where the model folder has no `tokenizer.json`: such a model runs on token ids only. */
  readonly present: boolean;
  /** The number of tokens; the model's embedding may be padded to more. */
  readonly vocabSize: number;
  /**
   * The token ids of a text, with what the model puts around a text (such as a begin token, once).
   *
   * @throws CircuitbookError when there is no tokenizer.
   */
  encode(text: string): number[];
  /** The text of token ids, special tokens included; without a tokenizer, the ids themselves. */
  decode(ids: readonly number[]): string;
  /** The text of each token for display: a lone part of a character reads `<0xE6>`, a padding id `<17>`. */
  pieces(ids: readonly number[]): string[];
  /** The id of the one token whose text this is. @throws CircuitbookError when the text is not exactly one token. */
  idOf(text: string): number;
  /**
   * The prompt for a conversation by the model's chat template, with the start of the answer.
   *
   * @throws CircuitbookError when there is no chat template.
   */
  chat(messages: readonly ChatMessage[], variables?: Readonly<Record<string, unknown>>): string;
}

/**
 * The tokenizer of a model folder: `tokenizer.json`, with `tokenizer_config.json` and the chat template where present.
 * Without a `tokenizer.json` the result throws when text is used.
 *
 * @throws CircuitbookError when a file is no JSON, or the tokenizer is of a kind that is not supported.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const tokenizer = await checkpoints.loadTokenizer("data/models/countdown-r1");
 * assertEquals(tokenizer.pieces(tokenizer.encode("62 (this")), ["6", "2", " (", "this"]);
 * ```
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const path = join(folder, "tokenizer.json");
  const json = await readJson(path);
  if (json === undefined) return noTokenizer(folder);
  const config = configSchema.safeParse(
    await readJson(join(folder, "tokenizer_config.json")) ?? {},
  );
  if (!config.success) {
    throw new CircuitbookError(
      `Expected another "${config.error.issues[0].path.join(".")}" in ${
        join(folder, "tokenizer_config.json")
      }: ` +
        `${config.error.issues[0].message}.`,
    );
  }
  const template = await readText(join(folder, "chat_template.jinja")) ??
    defaultTemplate(config.data.chat_template);
  return new FileTokenizer(build(json, config.data, path), json, config.data, template, folder);
}

/**
 * The tokenizer of the content of a `tokenizer.json`, for models that are in memory only.
 *
 * @throws CircuitbookError when the tokenizer is of a kind that is not supported.
 *
 * @example
 * ```ts
 * import { checkpoints, maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(checkpoints.tokenizerOf(maxOfList.tokenizerFile()).encode("90210ANS"), [9, 0, 2, 1, 0, 10]);
 * ```
 */
export function tokenizerOf(json: unknown): Tokenizer {
  const where = "a tokenizer.json in memory";
  return new FileTokenizer(build(json, {}, where), json, {}, undefined, where);
}

const tokenText = z.union([
  z.string(),
  z.looseObject({ content: z.string() }).transform(({ content }) => content),
])
  .nullish();

const configSchema = z.looseObject({
  chat_template: z.union([
    z.string(),
    z.array(z.object({ name: z.string(), template: z.string() })),
  ]).nullish(),
  bos_token: tokenText,
  eos_token: tokenText,
  unk_token: tokenText,
  pad_token: tokenText,
});

type TokenizerConfig = z.output<typeof configSchema>;

function build(json: unknown, config: TokenizerConfig, path: string): HubTokenizer {
  try {
    return new HubTokenizer(z.record(z.string(), z.unknown()).parse(json), config);
  } catch (error) {
    const reason = error instanceof z.ZodError
      ? "it is no JSON object"
      : error instanceof Error
      ? error.message
      : error;
    throw new CircuitbookError(`Expected a supported tokenizer in ${path} but found: ${reason}`, {
      cause: error,
    });
  }
}

class FileTokenizer implements Tokenizer {
  readonly present = true;
  readonly vocabSize: number;
  readonly #byteLevel: boolean;
  readonly #added: ReadonlySet<number>;
  readonly #pieces: Record<number, string> = {};
  #template?: Template;

  constructor(
    readonly tokenizer: HubTokenizer,
    json: unknown,
    readonly config: TokenizerConfig,
    readonly templateText: string | undefined,
    readonly folder: string,
  ) {
    this.vocabSize = tokenizer.get_vocab().size;
    this.#byteLevel = /"type":"ByteLevel"/.test(
      JSON.stringify((json as { decoder?: unknown }).decoder ?? null),
    );
    this.#added = new Set(tokenizer.get_added_tokens_decoder().keys());
  }

  encode(text: string): number[] {
    const { ids } = this.tokenizer.encode(text);
    const { bos_token: begin } = this.config;
    // A chat prompt starts with the begin token, and the tokenizer puts one in front.
    const twice = begin && text.startsWith(begin) && ids.length > 1 && ids[0] === ids[1] &&
      this.tokenizer.id_to_token(ids[0]) === begin;
    return twice ? ids.slice(1) : ids;
  }

  decode(ids: readonly number[]): string {
    const known = ids.map((id) => this.tokenizer.id_to_token(id) !== undefined);
    let text = "";
    for (let from = 0, to = 0; from < ids.length; from = to) {
      while (to < ids.length && known[to] === known[from]) to++;
      const run = ids.slice(from, to);
      // Llama 3's configuration asks for a clean-up that would drop spaces before punctuation.
      text += known[from]
        ? this.tokenizer.decode(run, { clean_up_tokenization_spaces: false })
        : run.map(placeholder).join("");
    }
    return text;
  }

  pieces(ids: readonly number[]): string[] {
    return ids.map((id) => this.#pieces[id] ??= this.#piece(id));
  }

  idOf(text: string): number {
    const stored = this.#byteLevel ? toByteLevel(text) : text.replaceAll(" ", "▁");
    const id = [...text ? [text, stored] : []].map((token) => this.tokenizer.token_to_id(token))
      .find((id) => id !== undefined && this.pieces([id])[0] === text);
    if (id !== undefined) return id;
    const pieces = this.pieces(this.tokenizer.encode(text, { add_special_tokens: false }).ids);
    throw new CircuitbookError(
      `Expected the text of one token but found ${
        JSON.stringify(text)
      }, which is ${pieces.length} tokens: ` +
        `${
          pieces.map((piece) => JSON.stringify(piece)).join(" ")
        }; mind the space in front of words.`,
    );
  }

  chat(
    messages: readonly ChatMessage[],
    variables: Readonly<Record<string, unknown>> = {},
  ): string {
    if (this.templateText === undefined) {
      throw new CircuitbookError(
        `Expected a chat template in ${this.folder} but found none; write the prompt as text.`,
      );
    }
    const { chat_template: _, ...config } = this.config;
    try {
      this.#template ??= new Template(this.templateText);
      return this.#template.render({
        ...config,
        messages,
        add_generation_prompt: true,
        ...variables,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : error;
      throw new CircuitbookError(
        `Expected the chat template of ${this.folder} to render but found: ${reason}`,
        {
          cause: error,
        },
      );
    }
  }

  #piece(id: number): string {
    const token = this.tokenizer.id_to_token(id);
    if (token === undefined) return placeholder(id);
    if (this.#added.has(id)) return token;
    if (this.#byteLevel) return fromByteLevel(token);
    const byte = /^<0x([0-7][0-9A-F])>$/.exec(token);
    return byte ? String.fromCharCode(parseInt(byte[1], 16)) : token.replaceAll("▁", " ");
  }
}

function defaultTemplate(template: TokenizerConfig["chat_template"]): string | undefined {
  if (!Array.isArray(template)) return template ?? undefined;
  return (template.find(({ name }) => name === "default") ?? template[0])?.template;
}

function noTokenizer(folder: string): Tokenizer {
  const refuse = (): never => {
    throw new CircuitbookError(
      `Expected a tokenizer.json in ${folder} but found none; give token ids instead of text.`,
    );
  };
  return {
    present: false,
    vocabSize: 0,
    encode: refuse,
    idOf: refuse,
    chat: refuse,
    decode: (ids) => ids.join(" "),
    pieces: (ids) => ids.map(String),
  };
}

function placeholder(id: number): string {
  return `<${id}>`;
}
