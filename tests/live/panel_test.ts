import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Abilities, countdown, live, loadModel, type Model, property } from "circuitbook";
import { VerificationHeads } from "circuitbook/studies/verification";
import { liveFacts } from "../../lib/live/facts.ts";
import { LiveModel } from "../../lib/live/live_model.ts";
import { whyNoPage } from "../../lib/live/page_file.ts";
import { REPORTS_VARIABLE, showsLivePage } from "../../lib/notebook/report/live_page.ts";

/** Returns what a model can do, as if `countdown.abilities` had asked. */
function abilities(there: boolean): Abilities {
  return new Abilities()
    .note("words", { what: "words for a verdict", there, found: "" })
    .note("judges", { what: "verdicts", there, found: "" });
}

/** Heads that a search need not find first. */
const VERIFIERS = new VerificationHeads({
  heads: [[1, 0], [5, 3]],
  window: "at the parenthesis",
  search: [],
  validation: [{
    heads: "verifiers",
    kind: "zero",
    asked: "right result",
    window: "at the parenthesis",
    pair: 0,
    draw: 0,
    yes: false,
  }],
  n: 1,
}, "2026-11-30T00:00:00Z");

/** The cache of the tests: what a model's page needs is found once for all of them. */
const cache = await Deno.makeTempDir();
Deno.test.afterAll(() => Deno.remove(cache, { recursive: true }));

/** Calls a test with a folder, which a variable of the environment names meanwhile. */
async function withFolder(
  variable: string,
  folder: string,
  test: () => Promise<void>,
): Promise<void> {
  const before = Deno.env.get(variable);
  Deno.env.set(variable, folder);
  try {
    await test();
  } finally {
    if (before === undefined) Deno.env.delete(variable);
    else Deno.env.set(variable, before);
  }
}

Deno.test("a panel writes the page of the report and frames the page, and save writes the same page", async () => {
  await withFolder("HF_HUB_CACHE", cache, async () => {
    const reports = `${cache}/reports`;
    await Deno.mkdir(reports);
    await withFolder(REPORTS_VARIABLE, reports, async () => {
      const model = await loadModel("countdown-r1", { device: "cpu" });
      const options = { abilities: abilities(true), verifiers: VERIFIERS };
      const { html, text } = await live.panel(model, options);
      assertStringIncludes(html, '<iframe src="live.html" title="countdown-r1, live"');
      assert(showsLivePage(html), "a report knows the output as a live page");
      assertEquals(text, "Live page of countdown-r1: open live.html in a browser.");

      const path = `${reports}/saved.html`;
      await live.save(model, path, options);
      const saved = await Deno.readTextFile(path);
      assertEquals(saved, await Deno.readTextFile(`${reports}/countdown-r1/live.html`));
      assertStringIncludes(saved, '"verifiers":[[1,0],[5,3]],"window":"at the parenthesis"');
    });
  });
});

Deno.test("the direction of the page tells right from wrong results that the probe has not seen", async () => {
  await withFolder("HF_HUB_CACHE", cache, async () => {
    const model = await loadModel("countdown-r1", { device: "cpu" });
    const options = { abilities: abilities(true), verifiers: VERIFIERS };
    const { verifiers, window, steering, properties } = await liveFacts(model, options);
    assertEquals([verifiers, window, properties], [VERIFIERS.heads, VERIFIERS.window, false]);
    const { layers, directions, length } = steering!;
    assertEquals(layers, [5, 6, 7]);

    const { pairs } = countdown.matchedPairs(model.tokenizer, { n: 20, seed: 91 });
    const texts = pairs.flatMap(({ correct, wrong }) => [correct, wrong]);
    const at = "blocks.*.hook_resid_post";
    const taps = { tap: at, positions: texts.map(() => [-1]) };
    const streams = (await model.run(texts, taps)).layers(at);
    for (const [i, layer] of layers.entries()) {
      let norms = 0;
      const products = texts.map((_, example) => {
        const stream = Array.from(streams.slice({ layer, example }).data);
        norms += Math.hypot(...stream) / texts.length;
        return stream.reduce((sum, value, k) => sum + value * directions[i][k], 0);
      });
      const right = pairs.filter((_, pair) => products[2 * pair] > products[2 * pair + 1]).length;
      assert(right >= 18, `layer ${layer}: ${right} of 20 pairs`);
      assert(norms > length / 3 && norms < length * 3, `layer ${layer}: ${norms}, ${length}`);
    }
  });
});

Deno.test("the page of a model that judges properties asks for one, and reads its verdicts", async () => {
  await withFolder("HF_HUB_CACHE", cache, async () => {
    const model = await loadModel("property-r1", { device: "cpu" });
    const options = { abilities: abilities(true), verifiers: VERIFIERS };
    const facts = await liveFacts(model, options);
    assertEquals(facts.properties, true);
    await live.save(model, `${cache}/property.html`, options);
    const page = await Deno.readTextFile(`${cache}/property.html`);
    assertStringIncludes(page, '"problem":{"numbers":[35,32,46],"target":"prime"}');

    const asked = { numbers: [5, 11, 68], target: "prime" } as const;
    const state = { ...asked, silenced: [], always: false, coefficient: 0, position: null };
    const { pieces, promptLength, attempts } = await new LiveModel(model, facts).write(state);
    assertEquals(
      pieces.slice(0, promptLength).join(""),
      property.prompt({ numbers: [5, 11, 68], property: "prime" }),
    );
    assert(attempts.length > 0);
    for (const { stated, statesTarget, verdict, verdictPosition } of attempts) {
      assertEquals(statesTarget, PRIMES.includes(Number(stated)), stated);
      assertEquals(verdict, statesTarget ? "this" : "not", stated);
      assertEquals(pieces[verdictPosition!], verdict);
    }
  });
});

/** The prime numbers below 100. */
const PRIMES = "2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71 73 79 83 89 97"
  .split(" ").map(Number);

Deno.test("a model without words for a verdict has no verification heads and no direction", async () => {
  const model = await loadModel("countdown-base", { device: "cpu" });
  assertEquals(await liveFacts(model, { abilities: abilities(false) }), {
    verifiers: [],
    window: "from the last =",
    steering: null,
    properties: false,
  });
});

Deno.test("a model that a page cannot hold gets a sentence, and save refuses the model", async () => {
  const model = await loadModel("countdown-r1", { device: "cpu" });
  const { name, tokenizer, checkpoint } = model;
  assertEquals(whyNoPage(model), undefined);
  const [[first, entry], ...others] = checkpoint.tensors;
  const reasonOf = (change: Partial<Model["checkpoint"]>) =>
    whyNoPage({ name, tokenizer, checkpoint: { ...checkpoint, ...change } } as Model);
  assertEquals(
    reasonOf({ tensors: new Map([[first, { ...entry, byteLength: 16e6 }]]) }),
    "countdown-r1 has 16 MB of weights, and a page holds at most 15 MB.",
  );
  assertEquals(
    reasonOf({ tensors: new Map([[first, { ...entry, file: "second" }], ...others]) }),
    "countdown-r1 has 2 safetensors files; join them into one, which the page holds.",
  );
  assertEquals(
    reasonOf({ bytes: new Map() }),
    "countdown-r1 is not a plain model folder: its weights are in memory, changed by an adapter, or converted, " +
      "and a page holds one safetensors file unchanged.",
  );

  const digits = await loadModel("max-of-list", { device: "cpu" });
  const reason = "the tokenizer of max-of-list cannot spell the countdown problems of the page.";
  assertEquals((await live.panel(digits)).text, `There is no live page: ${reason}`);
  await assertRejects(
    () => live.save(digits, "live.html"),
    Error,
    `Expected a model that can run in a page but ${reason}`,
  );
});

Deno.test("options of the panel that are not what the library returns are refused", async () => {
  const model = await loadModel("max-of-list", { device: "cpu" });
  const refused = [
    [{ abilities: {} }, '"abilities" of panel to be what countdown.abilities returns'],
    [{ verifiers: [[1, 0]] }, '"verifiers" of panel to be what verificationHeads returns'],
  ] as const;
  for (const [options, message] of refused) {
    // @ts-expect-error -- the option is wrong on purpose
    await assertRejects(() => live.panel(model, options), Error, message);
  }
});
