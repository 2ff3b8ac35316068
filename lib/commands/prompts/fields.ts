import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { OpenedModel } from "../../model/load.ts";
import { tokenRows } from "../../model/plan/batch.ts";
import { checkTokenIds } from "../../model/plan/token_ids.ts";

const oneToken = z.union([z.string(), z.int()], "to be the text of one token, or its id");
const TOKEN_IDS = "to be a list of token ids";

/** The name of a prompt in the table. */
export const idField = z.union(
  [z.string().min(1), z.int()],
  "to be a text or a whole number",
);

/** A prompt as token ids. */
export const tokensField = z.array(z.int(TOKEN_IDS), TOKEN_IDS);

/** The two tokens whose logits are compared, as fields of a line. */
export const answerFields = { answer: oneToken, against: oneToken };

/** The two tokens whose logits are compared: the metric is logit(answer) − logit(against). */
export interface ComparedTokens {
  readonly answer: number;
  readonly against: number;
}

/** A prompt as its text or as its token ids: one of the two fields of a line. */
export const promptFields = {
  text: z.string("to be a text").nullish(),
  tokens: tokensField.nullish(),
};

/**
 * Returns the tokens of a line with {@link promptFields}.
 *
 * @throws CircuitbookError if the line has neither field or both, or the prompt does not fit the
 * model.
 */
export function promptTokens(
  { text, tokens }: z.output<z.ZodObject<typeof promptFields>>,
  model: OpenedModel,
): readonly number[] {
  const given = [text, tokens].filter((prompt) => prompt !== undefined && prompt !== null);
  if (given.length === 1) return tokensOf(given[0], model);
  throw new CircuitbookError(
    `Expected either "text" or "tokens" but found ${given.length ? "both" : "neither"}.`,
  );
}

/**
 * Returns the tokens of one prompt.
 *
 * @param prompt its text, or its token ids.
 * @param key the field that holds the prompt, for the message.
 * @throws CircuitbookError if the prompt is empty, too long or holds unknown token ids.
 */
export function tokensOf(
  prompt: string | readonly number[],
  { tokenizer, architecture }: OpenedModel,
  key?: string,
): readonly number[] {
  return inLine(() => tokenRows([prompt as string], tokenizer, architecture)[0], key);
}

/**
 * Returns the ids of the two tokens that a line compares.
 *
 * @throws CircuitbookError if one of them is not a single token, or if both are the same token.
 */
export function comparedTokens(
  compared: z.output<z.ZodObject<typeof answerFields>>,
  { tokenizer, architecture }: OpenedModel,
): ComparedTokens {
  const [answer, against] = (["answer", "against"] as const).map((key) => {
    const token = compared[key];
    if (typeof token === "string") return inLine(() => tokenizer.idOf(token), key);
    checkTokenIds([token], architecture.vocab, `as "${key}"`);
    return token;
  });
  if (answer === against) {
    throw new CircuitbookError(
      `Expected "answer" and "against" to differ but found token ${answer} as both.`,
    );
  }
  return { answer, against };
}

/**
 * Calls `read`, and rewrites its error about row 0 of a batch as an error about a field of the
 * line.
 */
function inLine<T>(read: () => T, key?: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CircuitbookError)) throw error;
    const message = error.message.replace(" in row 0", "");
    throw new CircuitbookError(key ? `${message.replace(/\.$/, "")} (as "${key}").` : message, {
      cause: error,
    });
  }
}
