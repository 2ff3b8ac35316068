/**
 * The functions of a module that runs in the page. A function may call only the other functions of
 * its script.
 */
export type PageCode = Readonly<Record<string, (...values: never[]) => unknown>>;

/**
 * Returns a script for a page: the source texts of functions in a scope of their own, and a call of
 * one of them.
 *
 * @param code the modules of the functions, as `import * as …`.
 * @param call the call, as JavaScript.
 */
export function pageScript(code: readonly PageCode[], call: string): string {
  const functions = Object.assign({}, ...code) as PageCode;
  const source = Object.values(functions).map(String).join("\n");
  return `(()=>{"use strict";\n${source}\n${call};\n})()`;
}
