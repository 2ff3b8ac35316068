/** Returns Infinity: a page is not told how much memory is left. Takes the place of `../available_memory.ts` in pages. */
export function availableMemory(): number {
  return Infinity;
}
