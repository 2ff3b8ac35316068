/**
 * Returns the name of a test and whether it is skipped. The name of a skipped test says the reason,
 * and `deno task test` repeats it at its end.
 *
 * @param reason why the test cannot run here; undefined runs it.
 */
export function unless(
  reason: string | undefined,
  name: string,
): { readonly name: string; readonly ignore: boolean } {
  return reason === undefined
    ? { name, ignore: false }
    : { name: `${name} (skipped: ${reason})`, ignore: true };
}
