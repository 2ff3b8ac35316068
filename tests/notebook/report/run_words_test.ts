import { assert, assertEquals } from "@std/assert";
import { firstDigits, runInWords, shortHash } from "../../../lib/notebook/report/run_words.ts";
import { entry } from "./entries.ts";

Deno.test("a hash and a commit have eight digits, and the whole is under the pointer", () => {
  const hash = "0123456789abcdef".repeat(4);
  assertEquals(shortHash(hash), `<code title="${hash}">01234567</code>`);
  assertEquals(firstDigits(`${hash.slice(0, 40)}-dirty`), "01234567-dirty");
  assertEquals(firstDigits("version 0.2.0"), "version 0.2.0");
});

Deno.test("a run says which attributes of config.json it ignored, of the model and of its base", () => {
  assert(!runInWords(entry()).includes("config.json"));
  const base = { name: "b", hash: "1".repeat(64), ignored: ["dropout"] };
  const words = runInWords(entry({ ignored: ["logit_scale", "a<b"], base })).split(" · ");
  const without = words.filter((part) => part.includes("config.json"));
  assertEquals(without, [
    "<code>config.json</code> without logit_scale, a&lt;b",
    "<code>config.json</code> without dropout",
  ]);
  assertEquals(words.indexOf(without[1]), words.findIndex((part) => part.startsWith("base b")) + 1);
});
