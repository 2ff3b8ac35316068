/** Memory that the thread of orders and the main thread share. */
export interface SharedMemory {
  /**
   * At {@link PRESSES} the presses of Stop so far, at {@link ANSWER} the bytes of an answer, plus
   * one; 0 while there is none.
   */
  numbers: Int32Array<SharedArrayBuffer>;
  /** The answer of a user to a question, as UTF-8. */
  answer: Uint8Array<SharedArrayBuffer>;
}

/** The index of the presses of Stop. */
export const PRESSES = 0;

/** The index of the length of an answer. */
export const ANSWER = 1;

/** The value at {@link ANSWER} after Stop. */
export const NO_ANSWER = -1;

/** Bytes that an answer may have. */
const LONGEST_ANSWER = 1 << 16;

/** Returns new shared memory. */
export function sharedMemory(): SharedMemory {
  return {
    numbers: new Int32Array(new SharedArrayBuffer(8)),
    answer: new Uint8Array(new SharedArrayBuffer(LONGEST_ANSWER)),
  };
}
