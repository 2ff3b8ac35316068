import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { livePagesLine } from "../../../lib/notebook/report/live_page.ts";
import { contentSecurityPolicy } from "../../../lib/notebook/report/policy.ts";
import { writeIndex } from "../../../lib/notebook/report/write.ts";

Deno.test("the index links the live pages that lie in the folders of models", async () => {
  const reports = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${reports}/countdown-r1`);
    await Deno.mkdir(`${reports}/other`);
    await Deno.writeTextFile(`${reports}/countdown-r1/live.html`, "");
    await writeIndex([], reports);
    const index = await Deno.readTextFile(`${reports}/index.html`);
    assertStringIncludes(index, '<a href="countdown-r1/live.html">countdown-r1</a>');
    assert(!index.includes("other/live.html"));
  } finally {
    await Deno.remove(reports, { recursive: true });
  }
});

Deno.test("without live pages the index has no line on them, and names are escaped", () => {
  assertEquals(livePagesLine([]), "");
  assertStringIncludes(livePagesLine(['a"b']), 'href="a%22b/live.html">a&quot;b</a>');
});

Deno.test("only a page that runs a model may run WebAssembly and workers, and only on request frames", () => {
  const plain = contentSecurityPolicy({ scripts: ["1"] });
  assert(!/wasm|worker|frame/.test(plain), plain);
  const live = contentSecurityPolicy({ scripts: ["1"], runsModel: true });
  assert(/script-src 'sha256-[^']*' 'wasm-unsafe-eval';/.test(live), live);
  assertStringIncludes(live, "worker-src blob:");
  assert(!/ 'unsafe-eval'|http|connect-src/.test(live), live);
  assertStringIncludes(contentSecurityPolicy({ frames: true }), "frame-src 'self' file:");
});
