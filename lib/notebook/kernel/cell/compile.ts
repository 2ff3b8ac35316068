import ts from "typescript";
import { CellSyntaxError, placeOf } from "./source_error.ts";
import { asCell } from "./statements.ts";
import { asWritten, needsOlderTarget } from "./written.ts";

/** A cell as JavaScript. */
export interface CompiledCell {
  /** The JavaScript, for V8's REPL mode. */
  code: string;
  /** The source map from the JavaScript to the cell, as JSON. */
  map: string;
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  // Without imports a cell is a module as well, so that "await (…)" and "await {…}" await rather
  // than call a function.
  moduleDetection: ts.ModuleDetectionKind.Force,
  // Imports that this cell does not use stay, because the next cell may use them.
  verbatimModuleSyntax: true,
  sourceMap: true,
  removeComments: true,
};

/**
 * Returns a cell as JavaScript for V8's REPL mode: types are removed, imports become calls, what
 * the cell declares can be declared again in a later cell, and loops ask in each round whether Stop
 * was pressed.
 *
 * @param source the text of the cell, in TypeScript.
 * @param url the name of the cell in stack traces, without spaces.
 * @throws CellSyntaxError if the cell does not parse, or has a statement that only a module can
 * have.
 */
export function compileCell(source: string, url: string): CompiledCell {
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(source, {
    fileName: "cell.ts",
    reportDiagnostics: true,
    compilerOptions: needsOlderTarget(source)
      ? { ...OPTIONS, target: ts.ScriptTarget.ES2022 }
      : OPTIONS,
    transformers: { before: [asWritten(source)], after: [asCell(source)] },
  });
  const [complaint] = diagnostics ?? [];
  if (complaint) {
    const message = ts.flattenDiagnosticMessageText(complaint.messageText, "\n").replace(/\.$/, "");
    throw new CellSyntaxError(message, placeOf(source, complaint.start ?? 0));
  }
  return {
    code: outputText.replace(/^\/\/# sourceMappingURL=.*$/m, `//# sourceURL=${url}`),
    map: sourceMapText!,
  };
}

/** Whether the text of a cell could be run, needs further lines, or is wrong. */
export type Completeness = "complete" | "incomplete" | "invalid";

/**
 * Returns whether a cell that is typed line by line is complete.
 *
 * @param source the text that was typed so far, in TypeScript.
 */
export function completeness(source: string): Completeness {
  try {
    compileCell(source, "cell");
    return "complete";
  } catch (error) {
    if (!(error instanceof CellSyntaxError)) throw error;
    const { line, column } = error.place;
    const rest = source.split("\n").slice(line - 1).join("\n").slice(column - 1);
    return rest.trim() === "" || /unterminated/i.test(error.message) ? "incomplete" : "invalid";
  }
}
