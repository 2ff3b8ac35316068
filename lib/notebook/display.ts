import { Tensor } from "../base/tensor.ts";
import { Cache } from "../model/plan/cache.ts";
import { Generation } from "../model/generation/generation.ts";
import { Model } from "../model/model.ts";
import {
  type Drawing,
  jupyterDisplay,
  type MediaBundle,
  type Row,
  table,
  tensorHeatmap,
} from "../plot/mod.ts";
import { Probes } from "../probe/mod.ts";
import { cacheView } from "./views/cache_view.ts";
import { generationView } from "./views/generation_view.ts";
import { modelCard } from "./views/model_card.ts";
import { probesView } from "./views/probes_view.ts";

/**
 * Teaches a class to draw itself in a notebook; a class that already could draws as told last.
 *
 * @example
 * ```ts
 * import { notebook, plot } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * class Dice {
 *   constructor(readonly value: number) {}
 * }
 * notebook.registerDisplay(Dice, ({ value }) => new plot.Drawing(`<b>${value}</b>`, String(value)));
 * assertEquals(Object.getOwnPropertySymbols(Dice.prototype), [plot.jupyterDisplay]);
 * ```
 */
export function registerDisplay<T extends object>(
  type: { readonly prototype: T },
  draw: (value: T) => Drawing,
): void {
  Object.defineProperty(type.prototype, jupyterDisplay, {
    configurable: true,
    value(this: T): MediaBundle {
      return draw(this)[jupyterDisplay]();
    },
  });
}

/**
 * Gives tensors, caches, models, generations and probes their pictures, so that the layers below know nothing of plots.
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
}

/**
 * What a cell shows of its value: a table in place of a polars frame, which has a display of its own, unrounded and cut off
 * without a word, and no class that could be taught another; anything else as it is.
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
  return isFrame(value) && value.height > 0 ? table(value) : value;
}

/** A polars frame is a proxy without a class: it is known by what it does. */
function isFrame(value: unknown): value is { height: number; toRecords(): Row[] } {
  const frame = value as { toRecords?: unknown; height?: unknown } | null;
  return typeof frame === "object" && typeof frame?.toRecords === "function" &&
    typeof frame.height === "number";
}
