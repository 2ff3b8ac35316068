/**
 * Returns `Deno.jupyter`, or `undefined` outside a kernel: reading it throws outside of `deno
 * jupyter`, and other runtimes have no `Deno`.
 */
export function kernelApi(): typeof Deno.jupyter | undefined {
  try {
    return globalThis.Deno?.jupyter;
  } catch (_outsideOfKernel) {
    return undefined;
  }
}
