import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";

const text = z.union([z.string(), z.array(z.string())]).transform((value) =>
  typeof value === "string" ? value : value.join("")
);

const bundle = z.record(z.string(), z.unknown());

const output = z.discriminatedUnion("output_type", [
  z.looseObject({ output_type: z.literal("stream"), name: z.string(), text }),
  z.looseObject({ output_type: z.literal("display_data"), data: bundle }),
  z.looseObject({ output_type: z.literal("execute_result"), data: bundle }),
  z.looseObject({
    output_type: z.literal("error"),
    ename: z.string(),
    evalue: z.string(),
    traceback: z.array(z.string()),
  }),
]);

const cell = z.discriminatedUnion("cell_type", [
  z.looseObject({
    cell_type: z.literal("markdown"),
    source: text,
    attachments: z.record(z.string(), z.record(z.string(), text)).optional(),
  }),
  z.looseObject({ cell_type: z.literal("code"), source: text, outputs: z.array(output) }),
  z.looseObject({ cell_type: z.literal("raw"), source: text }),
]);

const notebook = z.looseObject({ nbformat: z.literal(4), cells: z.array(cell) });

/** A Jupyter notebook, nbformat 4, with every multi-line text joined. */
export type Notebook = z.infer<typeof notebook>;

/** One cell of a notebook: markdown, code or raw. */
export type Cell = Notebook["cells"][number];

/** One output of a code cell. */
export type CellOutput = z.infer<typeof output>;

/** The values of one output by MIME type. */
export type MimeBundle = Record<string, unknown>;

/**
 * The notebook in a file.
 *
 * @throws CircuitbookError when the file is no notebook of nbformat 4.
 */
export async function readNotebook(path: string): Promise<Notebook> {
  return parseNotebook(await Deno.readTextFile(path), path);
}

/**
 * The notebook in the text of an `.ipynb` file; `name` stands in the error.
 *
 * @throws CircuitbookError when the text is no notebook of nbformat 4.
 */
export function parseNotebook(json: string, name: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new CircuitbookError(
      `Expected a notebook in ${name} but found no JSON: ${(error as Error).message}`,
    );
  }
  const { data, error } = notebook.safeParse(value);
  if (error) {
    throw new CircuitbookError(
      `Expected a notebook of format 4 in ${name} but found: ${z.prettifyError(error)}`,
    );
  }
  return data;
}
