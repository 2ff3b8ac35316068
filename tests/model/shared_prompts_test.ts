import { assertEquals } from "@std/assert";
import { type AffineEdit, type Edit, loadModel, steering, Tensor } from "circuitbook";
import { Engine } from "../../lib/model/engine/engine.ts";
import { Generating } from "../../lib/model/generate.ts";
import type { GenerateOptions } from "../../lib/model/generation/generation.ts";
import { sharedPrompts } from "../../lib/model/generation/shared_prompts.ts";

const model = await loadModel("countdown-r1", { device: "cpu" });
const problems = ["40, 7, 30, 12 to reach 65", "3, 11, 25 to reach 39", "96, 2, 5, 81 to reach 10"];
const prompts = problems.map((problem) => model.tokens(`Numbers ${problem}. 40 - 30 = 10 (not`)[0]);
/** Twelve rows of three prompts, which have different lengths. */
const rows = Array.from({ length: 12 }, (_, row) => prompts[row % 3]);
const at = "blocks.3.hook_resid_post";
const pattern = "blocks.2.attn.hook_pattern";
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
  "a token before the last": ofAll({ positions: [-4] }),
  "the last tokens and all new ones": ofAll({ positions: { from: -5 } }),
  "while writing": ofAll({ when: steering.whileWriting }),
  "new tokens": ofAll({ when: "generated" }),
  "the prompt": ofAll({ when: "prompt" }),
  "two rows": {
    together: [1, 4].map((row) => ({ at, rows: [row], shift: shifts[row], positions: [-3] })),
    alone: (row) => row === 1 || row === 4 ? [{ at, shift: shifts[row], positions: [-3] }] : [],
  },
  "one row of many": {
    together: [{
      at,
      shift: shifts[0],
      when: ({ row, tokens }) => row === 5 && tokens.length > 33,
    }],
    alone: (row) =>
      row === 5 ? [{ at, shift: shifts[0], when: ({ tokens }) => tokens.length > 33 }] : [],
  },
  "what the last token attends to": {
    together: [{ at: pattern, positions: [-1], keys: [-3], scale: 0 }],
    alone: () => [{ at: pattern, positions: [-1], keys: [-3], scale: 0 }],
  },
  "a function": { together: [{ at, apply: halved }], alone: () => [{ at, apply: halved }] },
};

function ofAll(where: Pick<AffineEdit, "positions" | "when">) {
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

Deno.test("a short prompt may be nothing but padding in the part that is read once", async () => {
  const [long, short] = [prompts[0], model.tokens("11 + 5 =")[0]];
  const mixed = [long, long, long, long, short, short, short];
  const edit = { at, rows: [0], positions: [20], shift: shifts[0] };
  const options = { maxNewTokens: 6, stopAtEnd: false };
  const { texts } = await model.generate(mixed, { ...options, edit, batchSize: mixed.length });
  const alone = (await model.generate([long, short], { ...options, batchSize: 1 })).texts;
  const edited = (await model.generate([long], { ...options, edit })).texts;
  assertEquals(texts, [...edited, ...Array(3).fill(alone[0]), ...Array(3).fill(alone[1])]);
});

/** Returns the texts of all rows, and how many rows and columns each pass computed. */
async function passesOf(options: GenerateOptions) {
  const engine = new Engine(model.architecture, model.checkpoint, "cpu");
  const forward = engine.forwardKeeping.bind(engine);
  const passes: [rows: number, columns: number][] = [];
  engine.forwardKeeping = (plan, view, feeds) => {
    passes.push([view.batch, view.columns]);
    return forward(plan, view, feeds);
  };
  const { texts } = await new Generating(engine, model.tokenizer, rows, options);
  await engine.dispose();
  return { texts, passes };
}

Deno.test("a prompt is read once, up to the first edited column, and its rows then apart", async () => {
  const options = { maxNewTokens: 3, stopAtEnd: false };
  const passes = async (edit: Edit[]) => (await passesOf({ ...options, edit })).passes;
  const step = [12, 1];
  assertEquals(await passes([]), [[3, columns - 1], step, step, step]);
  assertEquals(await passes(edits["a token before the last"].together), [
    [3, columns - 4],
    [12, 4],
    step,
    step,
  ]);
  assertEquals(await passes(edits["the prompt"].together), [[12, columns], step, step]);
});

Deno.test("in several batches, rows with one prompt come together; each row has its own random numbers", async () => {
  const options = { maxNewTokens: 12, stopAtEnd: false, temperature: 1.5, seed: 3 };
  const apart = await passesOf({ ...options, batchSize: 1 });
  const together = await passesOf({ ...options, batchSize: 8 });
  assertEquals(together.texts, apart.texts);
  assertEquals(new Set(together.texts).size, rows.length);
  // Four rows of each prompt: eight rows have two prompts, the last four have one.
  const read = together.passes.filter(([, columns]) => columns > 1);
  assertEquals(read, [[2, columns - 1], [1, prompts[2].length - 1]]);
});

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
  assertEquals(shared({ at, shift: 1, when: ({ tokens }) => tokens.length > 20 }), 20);
  assertEquals(shared({ at, shift: 1 }), undefined);
  assertEquals(shared({ at, apply: halved }), undefined);
  assertEquals(sharedPrompts([], { ...view, batch: 3, tokens: prompts }), undefined);
});
