import { assertEquals } from "@std/assert";
import { examples } from "./examples.ts";
import { assertSnapshot } from "./snapshot.ts";

for (const [name, drawing] of Object.entries(examples)) {
  Deno.test(`${name} looks as kept`, () => assertSnapshot(name, drawing));
}

Deno.test("every kept picture is of an example", () => {
  const kept = [...Deno.readDirSync(new URL("./snapshots/", import.meta.url))].map(({ name }) =>
    name.replace(/\.\w+$/, "")
  );
  assertEquals(kept.sort(), Object.keys(examples).sort());
});
