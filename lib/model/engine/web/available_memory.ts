/**
 * Returns Infinity, because a page cannot know how much memory is available. Replaces
 * `../available_memory.ts` in pages.
 */
export function availableMemory(): number {
  return Infinity;
}
