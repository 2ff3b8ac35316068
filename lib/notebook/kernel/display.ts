import { checkArguments, is, type Kind } from "../../base/arguments.ts";
import { Abilities } from "../../base/abilities.ts";
import { Tensor } from "../../base/tensor.ts";
import { Generation } from "../../model/generation/generation.ts";
import { Model } from "../../model/model.ts";
import { Cache } from "../../model/plan/cache.ts";
import { Drawing, jupyterDisplay, type MediaBundle, tensorHeatmap } from "../../plot/mod.ts";
import { Probes } from "../../probe/mod.ts";
import { Pace, PACE_TYPE } from "../pace.ts";
import { abilitiesView } from "../views/abilities_view.ts";
import { cacheView } from "../views/cache_view.ts";
import { foldedView } from "../views/folded_view.ts";
import { frameIn, frameView } from "../views/frame_view.ts";
import { generationView } from "../views/generation_view.ts";
import { modelCard } from "../views/model_card.ts";
import { probesView } from "../views/probes_view.ts";

/**
 * Makes the objects of a class draw themselves in a notebook. A second registration of a class
 * replaces the first.
 *
 * @param type the class.
 * @param draw returns the drawing of an object.
 *
 * @example
 * ```ts
 * import { notebook, plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * class Dice {
 *   constructor(readonly value: number) {}
 * }
 * notebook.registerDisplay(
 *   Dice,
 *   ({ value }) => new plot.Drawing(`<b>${value}</b>`, String(value)),
 * );
 * assertEquals(Object.getOwnPropertySymbols(Dice.prototype), [plot.jupyterDisplay]);
 * ```
 */
export function registerDisplay<T extends object>(
  type: { readonly prototype: T },
  draw: (value: T) => Drawing,
): void {
  checkArguments("registerDisplay", {
    type: [type, aClass],
    draw: [draw, is.callable],
  });

  Object.defineProperty(type.prototype, jupyterDisplay, {
    configurable: true,
    value(this: T): MediaBundle {
      return draw(this)[jupyterDisplay]();
    },
  });
}

/**
 * Registers the drawings of tensors, caches, models, generations, probes, abilities and paces. The
 * classes themselves know nothing of figures.
 *
 * @example
 * ```ts
 * import { notebook, plot, Tensor } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * notebook.installDisplays();
 * assert(plot.jupyterDisplay in Tensor.prototype);
 * ```
 */
export function installDisplays(): void {
  registerDisplay(Tensor, (tensor) => tensorHeatmap(tensor));
  registerDisplay(Cache, cacheView);
  registerDisplay(Model, modelCard);
  registerDisplay(Generation, (generation) => generationView(generation));
  registerDisplay(Probes, probesView);
  registerDisplay(Abilities, abilitiesView);
  registerDisplay(
    Pace,
    ({ sentence }) => new Drawing(`<p>${sentence}</p>`, sentence, { [PACE_TYPE]: sentence }),
  );
}

/**
 * Returns the display of a cell's value: a drawn table for a polars frame or series, a folded
 * drawing for an array, a Map or an object of any class whose values draw themselves, and any other
 * value unchanged. Polars' own display does not round, and leaves out rows without a note; a
 * frame has no class that {@link registerDisplay} could change.
 *
 * @param value the value of the cell.
 * @returns a drawing or the value.
 *
 * @example
 * ```ts
 * import { notebook, plot } from "circuitbook";
 * import { assert, assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * assert(notebook.cellValue(pl.DataFrame({ share: [1 / 3] })) instanceof plot.Drawing);
 * assertEquals(notebook.cellValue(1 / 3), 1 / 3);
 * ```
 */
export function cellValue(value: unknown): unknown {
  const frame = frameIn(value);
  return frame ? frameView(frame) : foldedView(value) ?? value;
}

/** The kind of an argument that is a class. */
const aClass: Kind = {
  noun: "a class",
  accepts: (value) => typeof value === "function" && typeof value.prototype === "object",
};
