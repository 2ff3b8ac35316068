import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { toFileUrl } from "@std/path";
import { type Edit, loadModel, vectors } from "circuitbook";
import { type LiveFacts, LiveModel, type Numbers } from "../../lib/live/live_model.ts";
import { frameOf } from "../../lib/live/frame.ts";
import { writeLivePage } from "../../lib/live/page_file.ts";
import { fragmentOf, type LiveState } from "../../lib/live/state.ts";
import { findBrowser } from "../../lib/notebook/report/pdf.ts";
import { unless } from "../skipped.ts";
import {
  findFirefox,
  hasSoftwareGpu,
  openInChromium,
  openInFirefox,
  type OpenPage,
} from "./browser.ts";

/** How far a number of the page may be from the number of the native runtime. */
const TOLERANCE = 1e-4;

/** The size of the largest page, in bytes. */
const MOST_BYTES = 30e6;

/** Heads and vectors that differ from each other; which ones they are does not matter here. */
const DIRECTIONS = vectors.randomDirections({ n: 3, size: 192, seed: 4 });
const FACTS: LiveFacts = {
  verifiers: [[1, 0], [5, 3]],
  window: "at the parenthesis",
  steering: {
    layers: [5, 6, 7],
    directions: [0, 1, 2].map((example) => Array.from(DIRECTIONS.slice({ example }).data)),
    length: 200,
  },
  properties: false,
};

const PLAIN: LiveState = {
  numbers: [3, 38, 87],
  target: 46,
  silenced: [],
  always: false,
  coefficient: 0,
  position: null,
};

const STATES: Readonly<Record<string, LiveState>> = {
  "unchanged": PLAIN,
  "two heads silenced while the model judges": { ...PLAIN, silenced: [[1, 0], [5, 3]] },
  "a head silenced at every token": { ...PLAIN, silenced: [[2, 1]], always: true },
  "steered": { ...PLAIN, coefficient: 0.7 },
};

/** Waits until a page has set a mark so many times. */
async function marked(page: OpenPage, name: string, count: number): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    let seen = 0;
    new PerformanceObserver((list) => {
      seen += list.getEntriesByName("${name}").length;
      if (seen >= ${count}) resolve();
    }).observe({ type: "mark", buffered: true });
  })`);
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  assertEquals(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

const missing = await findBrowser() === undefined
  ? "there is no Chromium or Chrome on the path"
  : undefined;

/** A problem that the page opens with if its link names none. */
const ASKED = { numbers: [3, 38, 87], target: 52 };

/** The facts of a model that has no verification heads and no direction. */
const NO_FACTS: LiveFacts = { ...FACTS, verifiers: [], steering: null };

const folder = await Deno.makeTempDir();
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

const model = await loadModel("countdown-r1", { device: "cpu" });

/** The page with all facts, which the tests share: writing one takes seconds. */
const path = `${folder}/live.html`;
await writeLivePage(model, FACTS, path);

/** The same model on the native runtime. */
const native = new LiveModel(model, FACTS);

/** Clicks "Copy link" with a clipboard of the test, and returns the link. */
const COPIED = `new Promise((writeText) => {
  Object.defineProperty(navigator, "clipboard", { value: { writeText } });
  document.querySelector(".link button").click();
})`;

Deno.test({
  ...unless(
    missing,
    "the live page writes and computes what the native runtime does, from one file",
  ),
  fn: comparePage,
});

Deno.test("a live page that would be the same is not written again", async () => {
  const copy = `${folder}/copy.html`;
  const written = async (facts: LiveFacts) => {
    await writeLivePage(model, facts, copy);
    return (await Deno.stat(copy)).ino;
  };
  // A page is written aside and renamed: a new page is a new file.
  await Deno.copyFile(path, copy);
  const { ino } = await Deno.stat(copy);
  assertEquals(await written(FACTS), ino);
  assertNotEquals(await written({ ...FACTS, verifiers: [[1, 0]] }), ino);
});

async function comparePage(t: Deno.TestContext): Promise<void> {
  const { size } = await Deno.stat(path);
  assert(size < MOST_BYTES, `the page has ${size} bytes`);

  await using page = await openInChromium(`${toFileUrl(path)}?_xsrf=secret#off=L9H9`);
  const told = () => page.evaluate<string>("document.querySelector('.trouble').textContent");

  await t.step("a link that no page writes stays told while the model writes", async () => {
    await marked(page, "look", 1);
    assertEquals(await told(), 'Expected heads like L1H3 in the link but found "L9H9".');
    await page.evaluate(`location.hash = "${fragmentOf(PLAIN)}"`);
    await marked(page, "look", 2);
    assertEquals(await told(), "");
  });

  const { tokens, pieces, attempts } = await native.write(PLAIN);

  await t.step("the text", async () => {
    const shown = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.chain .token')].map(({ textContent }) => textContent)",
    );
    assertEquals(shown, pieces);
  });

  // Up to the parenthesis, where the verdict is predicted, heads are silenced and the vector is
  // added.
  const cut = tokens.slice(0, attempts.at(-1)!.open! + 1);
  const plain = await native.numbers(PLAIN, cut);
  for (const [name, state] of Object.entries(STATES)) {
    await t.step(`the numbers, ${name}`, async () => {
      const own = await native.numbers(state, cut);
      const change = largestDifference(own.logits, plain.logits);
      assert(state === PLAIN ? change === 0 : change > 0.01, `the state changes ${change}`);
      const found = await page.evaluate<Numbers>(
        `live.numbers(${JSON.stringify(state)}, ${JSON.stringify(cut)})`,
      );
      for (const kind of ["logits", "attention", "lens"] as const) {
        const difference = largestDifference(found[kind], own[kind]);
        assert(difference < TOLERANCE, `${kind} differ by ${difference}`);
      }
    });
  }

  await t.step(
    "a click on a head writes again without the head, and stands in the address",
    async () => {
      await page.evaluate("document.querySelector('[aria-label^=\"silence L5H3\"]').click()");
      await marked(page, "look", 3);
      const silenced: LiveState = { ...PLAIN, silenced: [[5, 3]] };
      const { pieces: without } = await native.write(silenced);
      assertNotEquals(without, pieces);
      assertEquals(
        await page.evaluate("document.querySelector('.chain').textContent"),
        without.join(""),
      );
      assertEquals(await page.evaluate("location.hash"), `#${fragmentOf(silenced)}`);
    },
  );

  const both: LiveState = { ...PLAIN, silenced: [[5, 3]], coefficient: 0.7 };
  const { pieces: steered } = await native.write(both);

  await t.step("the slider steers, and the link has head and coefficient", async () => {
    await page.evaluate(`(() => {
      const slider = document.querySelector("#steering");
      slider.value = "0.7";
      slider.dispatchEvent(new Event("change"));
    })()`);
    await marked(page, "look", 4);
    assertEquals(
      await page.evaluate("document.querySelector('.chain').textContent"),
      steered.join(""),
    );
    assertEquals(await page.evaluate(COPIED), `${toFileUrl(path)}#${fragmentOf(both)}`);
  });

  await t.step("a problem that is none is told, and changes nothing", async () => {
    await page.evaluate(`(() => {
      document.querySelector("[name=numbers]").value = "5, x";
      document.querySelector(".problem button").click();
    })()`);
    assertEquals(await told(), 'Expected whole numbers from 1 to 9999 but found "x".');
  });

  await t.step(
    "nothing is fetched, and nothing is refused by the policy of the page",
    async () => {
      const fetched = await page.evaluate<string[]>(
        "performance.getEntriesByType('resource').map(({ name }) => name)",
      );
      assertEquals(fetched.filter((name) => !name.startsWith("blob:")), []);
      // Chromium notes that the machine has no graphics processor.
      assertEquals(page.messages.filter((text) => text !== "No available adapters."), []);
    },
  );

  await t.step("where no graphics processor is there, the processor writes", async () => {
    await page.evaluate("live.run('webgpu')");
    assertStringIncludes(await told(), "The graphics processor cannot run the model");
    assertEquals(await page.evaluate("document.querySelector('.device select').value"), "cpu");
    assertEquals(
      await page.evaluate("document.querySelector('.chain:not([aria-busy])').textContent"),
      steered.join(""),
    );
  });

  await t.step("without verification heads the page silences heads at every token", async () => {
    const bare = `${folder}/bare.html`;
    await writeLivePage(model, NO_FACTS, bare);
    await page.goTo(toFileUrl(bare).href);
    await marked(page, "look", 1);
    assertEquals(await page.evaluate("document.querySelectorAll('.settings select').length"), 0);
    await page.evaluate("document.querySelector('[aria-label=\"silence L2H1\"]').click()");
    await marked(page, "look", 2);
    const state: LiveState = { ...PLAIN, ...ASKED, silenced: [[2, 1]], always: true };
    assertEquals(await page.evaluate("location.hash"), `#${fragmentOf(state)}`);
    assertEquals(
      await page.evaluate("document.querySelector('.chain').textContent"),
      (await new LiveModel(model, NO_FACTS).write(state)).pieces.join(""),
    );
  });

  await t.step("a page in a frame is as dark as JupyterLab's theme", async () => {
    await Deno.writeTextFile(
      `${folder}/inner.html`,
      "<script>parent.postMessage(matchMedia('(prefers-color-scheme: dark)').matches, '*')</script>",
    );
    const outer = `${folder}/outer.html`;
    const frame = frameOf("m", { path: outer, href: "inner.html", inReport: false });
    const isDark = async (isLight: boolean): Promise<boolean> => {
      await Deno.writeTextFile(
        outer,
        "<script>onmessage = ({ data }) => { told = data; performance.mark('told'); }</script>" +
          `<body data-jp-theme-light="${isLight}">${frame}`,
      );
      await page.goTo(`${toFileUrl(outer)}`);
      await marked(page, "told", 1);
      return await page.evaluate("told");
    };
    assertEquals([await isDark(true), await isDark(false)], [false, true]);
  });
}

Deno.test({
  ...unless(
    missing ?? (await hasSoftwareGpu() ? undefined : "Chromium has no software GPU"),
    "the live page writes on WebGPU what the native runtime does",
  ),
  async fn() {
    await using page = await openInChromium(`${toFileUrl(path)}#${fragmentOf(PLAIN)}`, {
      gpu: true,
    });
    await marked(page, "look", 1);
    await page.evaluate("live.run('webgpu')");
    assertEquals(await page.evaluate("document.querySelector('.trouble').textContent"), "");
    assertEquals(await page.evaluate("document.querySelector('.device select').value"), "webgpu");
    const { pieces } = await native.write(PLAIN);
    assertEquals(
      await page.evaluate("document.querySelector('.chain:not([aria-busy])').textContent"),
      pieces.join(""),
    );
  },
});

const firefox = await findFirefox();

Deno.test({
  ...unless(
    firefox === undefined ? "there is no Firefox on the path" : undefined,
    "the live page writes what the native runtime does in Firefox",
  ),
  async fn() {
    const state: LiveState = { ...PLAIN, silenced: [[5, 3]], coefficient: 0.4 };
    await using page = await openInFirefox(
      firefox!,
      `${toFileUrl(path)}#${fragmentOf(state)}`,
    );
    await marked(page, "look", 1);
    const { pieces } = await native.write(state);
    assertEquals(
      await page.evaluate("document.querySelector('.chain').textContent"),
      pieces.join(""),
    );
    assertEquals(page.messages, []);
  },
});

/** A problem that the model solves with its second attempt. */
const TRIED_TWICE = { numbers: [12, 40, 7], target: 35 };

Deno.test("silencing and steering are the edits that one would write by hand", async () => {
  const { tokens, attempts } = await native.write({ ...PLAIN, ...TRIED_TWICE });
  const positions = attempts.flatMap(({ open }) => open === undefined ? [] : [open]);
  assert(positions.length > 1, "the text has one attempt, and shows no earlier parenthesis");
  const cut = tokens.slice(0, positions.at(-1)! + 1);
  const { layers, directions, length } = FACTS.steering!;
  const edits: Readonly<Record<string, Edit[]>> = {
    "two heads silenced while the model judges": FACTS.verifiers.map(([layer, head]) => (
      { at: `blocks.${layer}.attn.hook_z`, heads: [head], positions, scale: 0 }
    )),
    "a head silenced at every token": [{ at: "blocks.2.attn.hook_z", heads: [1], scale: 0 }],
    "steered": layers.map((layer, i) => {
      const factor = 0.7 * length / Math.hypot(...directions[i]);
      const shift = directions[i].map((value) => value * factor);
      return { at: `blocks.${layer}.hook_resid_post`, positions, shift };
    }),
  };
  for (const [name, edit] of Object.entries(edits)) {
    const { logits } = await model.run([cut], { edit, logits: [-1] });
    const own = await native.numbers({ ...STATES[name], ...TRIED_TWICE }, cut);
    const difference = largestDifference(own.logits, Array.from(logits.data));
    assert(difference < TOLERANCE, `${name}: logits differ by ${difference}`);
  }
});
