import { checkArguments, is } from "../../base/arguments.ts";
import { aJudgedPair } from "./kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Model } from "../../model/model.ts";
import { patch } from "../../patching/patch.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { verdictMargin } from "../../tasks/countdown/scoring/verdict_margin.ts";
import type { JudgedPair } from "./judged_pair.ts";
import { pointAt } from "../../model/plan/hook_points.ts";

/** What the residual stream at one place of a text restores of the verdict. */
export interface PatchedPlace {
  /** The layer before which the stream is patched. */
  readonly layer: number;
  /** The place: "target" (in the prompt), "copies" (in earlier verdicts), "result" or "(". */
  readonly place: string;
  /** The pair. */
  readonly pair: number;
  /**
   * The share of the margin that the place restores: 0 nothing, 1 all. All tokens of the place are
   * patched together.
   */
  readonly restored: number;
}

/**
 * Returns, for each place at which the target or the result stands, how much of the verdict the
 * residual stream there restores when it is put from the right text into the wrong one, layer by
 * layer.
 *
 * @param model the model.
 * @param pairs pairs of a right and a wrong result. Places that no pair has are left out.
 * @returns a row for each layer, place and pair.
 * @throws CircuitbookError if the tokenizer has no single tokens for ` this` and ` not`, or if a
 * pair differs in its number of tokens.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { pairs } = countdown.matchedPairs(model.tokenizer, { n: 1, seed: 1 });
 * const table = await verificationStudy.patchedByPlace(model, pairs);
 * assertEquals(new Set(table.getColumn("layer").toArray()).size, model.architecture.layers);
 * ```
 */
export async function patchedByPlace(
  model: Model,
  pairs: readonly JudgedPair[],
): Promise<TableOf<PatchedPlace>> {
  checkArguments("patchedByPlace", {
    model: [model, aModel],
    pairs: [pairs, is.listOf(aJudgedPair)],
  });

  const metric = verdictMargin(model.tokenizer);
  const found: PatchedPlace[] = [];
  for (
    const [pair, { correct, wrong, positions: parts }] of pairs.entries()
  ) {
    const { target = [], copies = [], digits, open } = parts;
    const places = [
      { place: "target", at: target },
      { place: "copies", at: copies.flat() },
      { place: "result", at: digits },
      { place: "(", at: [open] },
    ];
    const named = places.filter(({ at }) => at.length > 0);
    const layers = Array.from({ length: model.architecture.layers }, (_, layer) => layer);
    const patches = layers.flatMap((layer) =>
      named.map(({ place, at }) => ({
        names: { layer, place },
        targets: [{ at: pointAt.residPre(layer), positions: at }],
      }))
    );
    const table = rowsOf(
      await patch(model, { clean: [correct], corrupted: [wrong] }, patches, { metric }),
    );
    found.push(...table.map(({ layer, place, restored }) => ({ layer, place, pair, restored })));
  }
  return tableOf(found);
}
