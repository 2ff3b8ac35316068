/** The attention viewer in the page: patterns as pictures. @module */
import { type AttentionState, headLevels, isNanRow, type PageData } from "./attention_state.ts";
import { make, strength } from "./page.ts";

/**
 * Returns the size of a drawn pattern, at most `most` pixels wide. If there are few queries, their
 * rows are drawn higher.
 */
export function pictureSize({ shape }: PageData, most: number): { width: number; height: number } {
  const { keys, positions } = shape;
  const cell = Math.min(14, most / keys);
  return {
    width: Math.round(keys * cell),
    height: Math.round(
      positions.length * Math.max(cell, Math.min(14, most / 8 / positions.length)),
    ),
  };
}

/**
 * Returns an empty canvas for a pattern: one pixel for each cell, or the drawn size for a
 * thumbnail.
 */
export function pictureOf(data: PageData, most: number, thumbnail: boolean): HTMLCanvasElement {
  const { width, height } = pictureSize(data, most);
  const { keys, positions } = data.shape;
  const fine = thumbnail ? { width, height } : { width: keys, height: positions.length };
  return make("canvas", {
    ...fine,
    style: `width:${width}px;height:${height}px`,
    "aria-hidden": "true",
  });
}

/** Returns the level that stands for NaN, above the levels of all numbers. */
export function nanLevel(): number {
  return 255;
}

/** Draws the pattern of a head. If several cells share a pixel, the strongest cell is drawn. */
export function drawHead(state: AttentionState, head: number, canvas: HTMLCanvasElement): void {
  const context = canvas.getContext?.("2d");
  if (!context) return;
  const { keys, positions, values, causal } = state.data.shape;
  const levels = headLevels(state, head);
  const { width, height } = canvas;
  const strongest = new Uint8Array(width * height);
  for (let query = 0; query < positions.length; query++) {
    const top = Math.floor(query * height / positions.length);
    const end = (query + 1) * height / positions.length;
    if (isNanRow(state, head, query)) {
      const right = causal ? (positions[query] + 1) * width / keys : width;
      fillBlock(strongest, width, { top, end, left: 0, right }, nanLevel());
      continue;
    }
    for (let key = 0, at = query * keys; key < keys; key++, at++) {
      if (levels[at]) {
        fillBlock(
          strongest,
          width,
          { top, end, left: Math.floor(key * width / keys), right: (key + 1) * width / keys },
          levels[at],
        );
      }
    }
  }
  const picture = context.createImageData(width, height);
  const { blue, magenta } = state.data;
  strongest.forEach((level, i) => {
    if (level === nanLevel()) picture.data.set([...magenta, 255], 4 * i);
    else if (level) {
      picture.data.set([...blue, Math.round(255 * strength(values[level]))], 4 * i);
    }
  });
  context.putImageData(picture, 0, 0);
}

/** Raises the pixels of a block to at least `level`. */
export function fillBlock(
  pixels: Uint8Array,
  width: number,
  { top, end, left, right }: { top: number; end: number; left: number; right: number },
  level: number,
): void {
  for (let y = top; y < Math.max(end, top + 1); y++) {
    for (let x = left; x < Math.max(right, left + 1); x++) {
      const at = y * width + x;
      if (pixels[at] < level) pixels[at] = level;
    }
  }
}
