// A long prompt is read some columns at a time: 1,400 tokens are read as 1,280 and 120.
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type Edit, InterruptedError, loadModel, type ProgressEvent } from "circuitbook";
import { temporaryFolder } from "../checkpoint/files.ts";
import { assertSame } from "./models.ts";

const LONG = Array.from({ length: 1400 }, (_, i) => (7 * i + Math.floor(i / 13)) % 96);
const SHORT = LONG.slice(0, 20);

/** A small checkpoint whose configuration allows long texts. */
async function longModel(name: string) {
  const source = `tests/data/checkpoints/${name}`;
  const folder = await temporaryFolder();
  const config = JSON.parse(await Deno.readTextFile(`${source}/config.json`));
  const longer = { ...config, max_position_embeddings: 4096 };
  await Deno.writeTextFile(`${folder.path}/config.json`, JSON.stringify(longer));
  await Deno.copyFile(`${source}/model.safetensors`, `${folder.path}/model.safetensors`);
  const model = await loadModel(folder.path, { device: "cpu" });
  const dispose = async () => {
    await model.dispose();
    await folder[Symbol.asyncDispose]();
  };
  return { model, [Symbol.asyncDispose]: dispose };
}

const TAP = [
  "blocks.1.hook_resid_post",
  { at: "blocks.1.attn.hook_pattern", heads: [1] },
];

const EDIT: Edit[] = [
  { at: "blocks.0.attn.hook_z", heads: [1], positions: [3, 1290, -1], scale: 0 },
  { at: "blocks.1.hook_resid_pre", scale: 1.1, when: "prompt" },
];

for (const name of ["qwen2_grouped", "gemma2_windows"]) {
  Deno.test(`${name}: a long prompt read in parts gives what one forward over the text gives`, async () => {
    await using long = await longModel(name);
    const { model } = long;
    const events: ProgressEvent[] = [];
    const { rows, cache } = await model.generate([LONG], {
      maxNewTokens: 3,
      stopAtEnd: false,
      tap: TAP,
      edit: EDIT,
      onProgress: (event) => event?.label === "read prompts" && events.push(event),
    });
    assertEquals(events.map(({ done, total, unit }) => [done, total, unit]), [
      [0, 1400, "tokens"],
      [1280, 1400, "tokens"],
      [1400, 1400, "tokens"],
    ]);
    const text = [...LONG, ...rows[0].tokens];
    const positions = Array.from(LONG, (_, i) => i);
    // The edits of the prompt, by their positions in the whole text.
    const edit: Edit[] = [
      { ...EDIT[0], positions: [3, 1290, 1399] } as Edit,
      { at: "blocks.1.hook_resid_pre", scale: 1.1, positions },
    ];
    const whole = await model.run(text, { tap: TAP, edit, logits: [-4, -3, -2] });
    for (const point of cache.names) {
      assertSame(cache.row(0).get(point), whole.get(point), 1e-4, point);
    }
    const { vocab } = model.architecture;
    rows[0].tokens.forEach((token, i) => {
      const logits = whole.logits.data.subarray(i * vocab, (i + 1) * vocab);
      assertEquals(logits.indexOf(Math.max(...logits)), token);
    });
  });
}

Deno.test("rows of unequal length and sampled tokens are as if the prompts were read whole", async () => {
  await using long = await longModel("qwen2_grouped");
  const { model } = long;
  const options = { maxNewTokens: 6, stopAtEnd: false, temperature: 1, seed: 5 };
  const parts = await model.generate([SHORT, LONG], options);
  // A function as an edit sees whole prompts, so that they are not read in parts.
  const edit: Edit = { at: "blocks.0.hook_resid_post", apply: (activation) => activation };
  const whole = await model.generate([SHORT, LONG], { ...options, edit });
  assertEquals(parts.rows.map(({ tokens }) => tokens), whole.rows.map(({ tokens }) => tokens));
  const other = await model.generate([SHORT, LONG], { ...options, seed: 6 });
  assertNotEquals(parts.rows[0].tokens, other.rows[0].tokens);
});

Deno.test("reading a long prompt can be stopped", async () => {
  await using long = await longModel("qwen2_grouped");
  const stop = new AbortController();
  const done: number[] = [];
  await assertRejects(
    async () =>
      await long.model.generate([LONG], {
        maxNewTokens: 3,
        signal: stop.signal,
        onProgress: (event) => {
          if (event) done.push(event.done);
          if (event?.done === 1280) stop.abort();
        },
      }),
    InterruptedError,
  );
  assert(done.includes(1280) && !done.includes(1400), done.join());
});
