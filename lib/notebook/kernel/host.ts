/**
 * The functions that the process which evaluates cells offers to the library. They are under a
 * global symbol, because the library may be loaded from another place than the kernel.
 */
export interface KernelHost {
  /** Returns the signal that Stop aborts, for work that begins now. */
  signal(): AbortSignal;
  /** Returns the number of the run of a cell that code belongs to. */
  run(): number;
  /** Sets what a cell, and `Deno.jupyter.display`, shows of a value. */
  setCellValue(shown: (value: unknown) => unknown): void;
  /**
   * Sets the texts that `console` prints in place of values. Deno itself prints values without such
   * a text.
   */
  setPrintedText(textOf: (value: unknown) => string | undefined): void;
}

const KEY: unique symbol = Symbol.for("circuitbook.kernel");

/** Returns the host of the cells, or `undefined` outside Circuitbook's kernel. */
export function kernelHost(): KernelHost | undefined {
  return (globalThis as { [KEY]?: KernelHost })[KEY];
}

/** Makes a host known to the library. */
export function setKernelHost(host: KernelHost): void {
  Object.defineProperty(globalThis, KEY, { value: host });
}
