/**
 * What the process that evaluates cells offers to the library, under a global symbol, because the library may be loaded
 * from another place than the kernel.
 */
export interface KernelHost {
  /** Returns the signal that Stop aborts, for work that begins now. */
  signal(): AbortSignal;
  /** Returns the number of the run of a cell that code belongs to. */
  run(): number;
  /** Sets what a cell shows of its value. */
  setCellValue(shown: (value: unknown) => unknown): void;
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
