import { assertEquals } from "@std/assert";
import { shortened, shortHash } from "../../../lib/notebook/report/run_words.ts";

Deno.test("a hash and a commit have eight digits, and the whole is under the pointer", () => {
  const hash = "0123456789abcdef".repeat(4);
  assertEquals(shortHash(hash), `<code title="${hash}">01234567</code>`);
  assertEquals(shortened(`${hash.slice(0, 40)}-dirty`), "01234567-dirty");
  assertEquals(shortened("version 0.2.0"), "version 0.2.0");
});
