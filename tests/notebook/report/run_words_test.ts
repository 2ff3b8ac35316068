import { assertEquals } from "@std/assert";
import { measuredTime } from "../../../lib/base/time_words.ts";
import { shortened, shortHash } from "../../../lib/notebook/report/run_words.ts";

Deno.test("a hash and a commit have eight digits, and the whole is under the pointer", () => {
  const hash = "0123456789abcdef".repeat(4);
  assertEquals(shortHash(hash), `<code title="${hash}">01234567</code>`);
  assertEquals(shortened(`${hash.slice(0, 40)}-dirty`), "01234567-dirty");
  assertEquals(shortened("version 0.2.0"), "version 0.2.0");
});

Deno.test("durations are read at a glance", () => {
  assertEquals([0.25, 8.34, 41.4, 59.6, 60, 200].map(measuredTime), [
    "0.25 s",
    "8.3 s",
    "41 s",
    "1 min",
    "1 min",
    "3 min 20 s",
  ]);
});
