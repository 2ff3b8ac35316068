import { z } from "zod";
import { CircuitbookError, messageOf } from "../base/errors.ts";

/** Notebook files hold a text as one string or as a list of lines. */
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

/** A Jupyter notebook of nbformat 4. Texts that the file holds as lists of lines are joined. */
export type Notebook = z.infer<typeof notebook>;

/** One cell of a notebook: markdown, code or raw. */
export type Cell = Notebook["cells"][number];

/** One output of a code cell. */
export type CellOutput = z.infer<typeof output>;

/**
 * Returns the notebook in a file.
 *
 * @param path the `.ipynb` file.
 * @throws CircuitbookError if the file is not a notebook of nbformat 4.
 */
export async function readNotebook(path: string): Promise<Notebook> {
  return parseNotebook(await Deno.readTextFile(path), path);
}

/**
 * Returns the notebook in the text of an `.ipynb` file.
 *
 * @param json the text.
 * @param name the file's name, for the error message.
 * @throws CircuitbookError if the text is not a notebook of nbformat 4.
 */
export function parseNotebook(json: string, name: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new CircuitbookError(
      `Expected a notebook in ${name} but found text that is not JSON: ${messageOf(error)}`,
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
