import { printsAsText } from "../../base/one_line.ts";
import { Template } from "@huggingface/jinja";
import type { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { fromByteLevel, toByteLevel } from "./byte_tokens.ts";
import { render } from "./chat_template.ts";
import type { TokenizerConfig } from "./special_tokens.ts";
import type { ChatMessage, Tokenizer } from "./tokenizer.ts";
import { counted, countText } from "../../base/formats.ts";

/**
 * The longest text that is encoded. 960,000 characters took 1.0 s of arithmetic and 5.7 s of one
 * repeated letter with SmolLM2's tokenizer on a busy machine of two cores; the time can be three
 * times as long under more load.
 */
const MOST_CHARACTERS = 1_000_000;

/** The most tokens that a message quotes. */
const MOST_PIECES = 12;

/** The tokenizer of a `tokenizer.json`. */
export class FileTokenizer implements Tokenizer {
  readonly present = true;
  readonly vocabSize: number;
  readonly #byteLevel: boolean;
  readonly #decoder: unknown;
  readonly #added: ReadonlySet<number>;
  readonly #pieces: Record<number, string> = {};
  #template?: Template;

  constructor(
    readonly tokenizer: HubTokenizer,
    json: unknown,
    readonly config: TokenizerConfig,
    readonly chatTemplate: string | undefined,
    readonly folder: string,
  ) {
    this.vocabSize = tokenizer.get_vocab().size;
    this.#decoder = (json as { decoder?: unknown }).decoder ?? null;
    this.#byteLevel = /"type":"ByteLevel"/.test(JSON.stringify(this.#decoder));
    this.#added = new Set(tokenizer.get_added_tokens_decoder().keys());
  }

  /** Returns this tokenizer with another chat template. */
  withChatTemplate(template: string): FileTokenizer {
    const { tokenizer, config, folder } = this;
    return new FileTokenizer(tokenizer, { decoder: this.#decoder }, config, template, folder);
  }

  encode(text: string): number[] {
    checkArguments("encode", { text: [text, is.text] });
    refuseLong(text);
    const { ids } = this.tokenizer.encode(text);
    const { bos_token: begin } = this.config;
    // A chat prompt already starts with the begin token, and the tokenizer would add a second one.
    const beginsTwice = begin && text.startsWith(begin) && ids.length > 1 && ids[0] === ids[1] &&
      this.tokenizer.id_to_token(ids[0]) === begin;
    return beginsTwice ? ids.slice(1) : ids;
  }

  decode(ids: readonly number[]): string {
    checkArguments("decode", { ids: [ids, is.numbers] });
    const known = ids.map((id) => this.tokenizer.id_to_token(id) !== undefined);
    let text = "";
    for (let from = 0, to = 0; from < ids.length; from = to) {
      while (to < ids.length && known[to] === known[from]) to++;
      // The tokenizer library takes arrays only, and callers also give typed arrays.
      const run = Array.from(ids.slice(from, to));
      // Llama 3's configuration asks for a clean-up that drops spaces before punctuation; the
      // decoded text would then differ from the encoded text.
      text += known[from]
        ? this.tokenizer.decode(run, { clean_up_tokenization_spaces: false })
        : run.map(placeholder).join("");
    }
    return text;
  }

  pieces(ids: readonly number[]): string[] {
    checkArguments("pieces", { ids: [ids, is.numbers] });
    return ids.map((id) => this.#pieces[id] ??= this.#piece(id));
  }

  idOf(text: string): number {
    checkArguments("idOf", { text: [text, is.text] });
    refuseLong(text);
    const stored = this.#byteLevel ? toByteLevel(text) : text.replaceAll(" ", "▁");
    const id = [...text ? [text, stored] : []].map((token) => this.tokenizer.token_to_id(token))
      .find((id) => id !== undefined && this.pieces([id])[0] === text);
    if (id !== undefined) return id;
    const { ids } = this.tokenizer.encode(text, { add_special_tokens: false });
    const quoted = this.pieces(ids.slice(0, MOST_PIECES)).map((piece) => JSON.stringify(piece));
    throw new CircuitbookError(
      `Expected the text of one token but found ${shown(text)}, which is ${ids.length} tokens: ` +
        `${quoted.join(" ")}${
          ids.length > MOST_PIECES ? " …" : ""
        }; mind the space in front of words.`,
    );
  }

  chat(
    messages: readonly ChatMessage[],
    variables: Readonly<Record<string, unknown>> = {},
  ): string {
    if (this.chatTemplate === undefined) {
      throw new CircuitbookError(
        `Expected a chat template in ${this.folder} but found none; write the prompt as text.`,
      );
    }
    const { chat_template: _, ...config } = this.config;
    try {
      this.#template ??= new Template(this.chatTemplate);
      return render(this.#template, {
        ...config,
        messages,
        add_generation_prompt: true,
        ...variables,
      });
    } catch (error) {
      const reason = messageOf(error);
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

  toString(): string {
    return `Tokenizer of ${counted(this.vocabSize, "token")}`;
  }
}

printsAsText(FileTokenizer);

/**
 * Returns a tokenizer with another chat template. The placeholder of a missing tokenizer is
 * returned unchanged.
 */
export function withChatTemplate(tokenizer: Tokenizer, template: string): Tokenizer {
  return tokenizer instanceof FileTokenizer ? tokenizer.withChatTemplate(template) : tokenizer;
}

/** Refuses a text that would take long to encode. */
function refuseLong(text: string): void {
  if (text.length <= MOST_CHARACTERS) return;
  throw new CircuitbookError(
    `Expected a text of at most ${countText(MOST_CHARACTERS)} characters but found ${
      countText(text.length)
    }; split the text.`,
  );
}

/** Returns the text for an id beyond the vocabulary. */
function placeholder(id: number): string {
  return `<${id}>`;
}
