/**
 * Returns Infinity, because a page cannot know the memory of a GPU. Replaces `../gpu_memory.ts` in
 * pages.
 */
export function gpuMemory(): Promise<number> {
  return Promise.resolve(Infinity);
}
