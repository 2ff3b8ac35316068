import { assertEquals } from "@std/assert";
import { type AffineEdit, type Edit, loadModel, steering, Tensor, type When } from "circuitbook";
import { sharedPrompts } from "../../lib/model/generation/shared_prompts.ts";

const model = await loadModel("countdown-r1", { device: "cpu" });
const problems = ["40, 7, 30, 12 to reach 65", "3, 11, 25 to reach 39", "96, 2, 5, 81 to reach 10"];
const prompts = problems.map((problem) => model.tokens(`Numbers ${problem}. 40 - 30 = 10 (not`)[0]);
/** Twelve rows of three prompts, which have different lengths. */
const rows = Array.from({ length: 12 }, (_, row) => prompts[row % 3]);
const at = "blocks.3.hook_resid_post";
/** A vector of its own for each row, and all of them, [row, position 1, d_model]. */
const shifts = rows.map((_, row) =>
  Float32Array.from({ length: 192 }, (_, i) => 4 * Math.sin((row * 192 + i) ** 2))
);
const shift = new Tensor(Float32Array.from(shifts.flatMap((each) => [...each])), {
  batch: rows.length,
  position: 1,
  d_model: 192,
});

/** Returns the edit as each row has it, alone in its batch: the vector of the row. */
type OfRow = (row: number) => Edit[];

/** Edits of all rows together, and of one row alone. */
const edits: Record<string, { together: Edit[]; alone: OfRow }> = {
  "no edit": { together: [], alone: () => [] },
  "the last token": ofAll({ positions: [-1] }),
  "while writing": ofAll({ when: steering.whileWriting }),
  "new tokens": ofAll({ when: "generated" }),
  "the prompt": ofAll({ when: "prompt" }),
  "a token in the middle": ofAll({ positions: [9] }),
  "two rows": {
    together: [1, 4].map((row) => ({ at, rows: [row], shift: shifts[row], when: "prompt" })),
    alone: (row) => row === 1 || row === 4 ? [{ at, shift: shifts[row], when: "prompt" }] : [],
  },
  "one row of many": {
    together: [{ at, shift: shifts[0], when: ({ row }) => row === 5 }],
    alone: (row) => row === 5 ? [{ at, shift: shifts[0] }] : [],
  },
  "a function": { together: [{ at, apply: halved }], alone: () => [{ at, apply: halved }] },
};

function ofAll(where: { positions?: number[]; when?: When }) {
  const alone = (row: number): AffineEdit[] => [{ at, shift: shifts[row], ...where }];
  return { together: [{ at, shift, ...where }], alone };
}

function halved(activation: Tensor): Tensor {
  activation.data.forEach((value, i) => activation.data[i] = value / 2);
  return activation;
}

for (const [name, { together, alone }] of Object.entries(edits)) {
  Deno.test(`rows with one prompt write what each would write alone: ${name}`, async () => {
    const options = { maxNewTokens: 12, stopAtEnd: false, batchSize: rows.length };
    const { texts } = await model.generate(rows, { ...options, edit: together });
    for (const [row, prompt] of rows.entries()) {
      const own = await model.generate([prompt], { ...options, edit: alone(row) });
      assertEquals(texts[row], own.texts[0], `row ${row}`);
    }
  });
}

/** The prompts as one pass. */
const columns = Math.max(...prompts.map(({ length }) => length));
const view = {
  batch: rows.length,
  columns,
  keyColumns: columns,
  pads: rows.map(({ length }) => columns - length),
  tokens: rows,
  promptLengths: rows.map(({ length }) => length),
  finalLengths: rows.map(({ length }) => length + 12),
  rowIds: rows.map((_, row) => row),
  rowCount: rows.length,
};

Deno.test("prompts are shared up to the first column on which an edit acts in any row", () => {
  const shared = (edit: Edit) => sharedPrompts([edit], view)?.columns;
  assertEquals(sharedPrompts([], view), {
    columns: columns - 1,
    rows: [0, 1, 2],
    places: rows.map((_, row) => row % 3),
  });
  assertEquals(shared({ at, shift: 1, positions: [-1] }), columns - 1);
  assertEquals(shared({ at, shift: 1, positions: [-4, -9], rows: [7] }), columns - 9);
  assertEquals(shared({ at, shift: 1, when: ({ tokens }) => tokens.length > 30 }), 30);
  assertEquals(shared({ at, shift: 1 }), undefined);
  assertEquals(shared({ at, apply: halved }), undefined);
  assertEquals(sharedPrompts([], { ...view, batch: 3, tokens: prompts }), undefined);
});
