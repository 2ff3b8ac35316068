import { checkArguments } from "../../base/arguments.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { Abilities } from "../../base/abilities.ts";
import type { Model } from "../../model/model.ts";
import { isToken } from "../text/tokenizer.ts";
import { ANS } from "./lists.ts";

/** The number of heads in the one layer of the models that the notes are about. */
const HEADS = 4;

/**
 * Returns the abilities of a model that the experiments on lists of digits need.
 *
 * - `digits`: the vocabulary has the ten digits and `ANS` with the ids of the lists, 0 to 10.
 * - `one layer`: the model is one layer of four heads without an MLP.
 *
 * @param model the model.
 * @returns the abilities, with what was found for each.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const abilities = maxOfList.abilities(await loadModel("max-of-list"));
 * assertEquals(abilities.missing("digits", "one layer"), undefined);
 * ```
 */
export function abilities(model: Model): Abilities {
  checkArguments("abilities", { model: [model, aModel] });
  const { tokenizer, architecture } = model;

  const words = [..."0123456789", "ANS"];
  const there = words.filter((word, id) => isToken(tokenizer, word) && tokenizer.idOf(word) === id);
  const { layers, heads, dMlp } = architecture;
  return new Abilities()
    .note("digits", {
      what: `the ten digits and “ANS” as the tokens 0 to ${ANS}`,
      there: there.length === words.length,
      found: `${there.length} of ${words.length}`,
    })
    .note("one layer", {
      what: `one layer of ${HEADS} heads without an MLP`,
      there: layers === 1 && heads === HEADS && !dMlp,
      found: `${layers} layers of ${heads} heads${dMlp ? " with MLPs" : ""}`,
    });
}
