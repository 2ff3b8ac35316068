import { assert, assertEquals } from "@std/assert";
import { countdown, loadModel, maxOfList } from "circuitbook";
import { root } from "../../lib/commands/repository.ts";

/** A part of the JSON of a notebook. */
interface Notebook {
  cells: { cell_type: string; id: string; source: string[] }[];
}

/** Returns the texts in quotes that a regular expression captures the surroundings of. */
function quotedIn(code: string, pattern: RegExp): string[] {
  return [...code.matchAll(pattern)].flatMap(([, part]) =>
    [...part.matchAll(/"([^"]+)"/g)].map(([, name]) => name)
  );
}

Deno.test("an ability that a cell of a notebook needs is noted in that cell, or known from the first cells", async () => {
  const looked = [
    await countdown.abilities(await loadModel("countdown-r1"), { chains: 1, maxNewTokens: 1 }),
    maxOfList.abilities(await loadModel("max-of-list")),
  ];
  const unknown: string[] = [];
  let needed = 0;
  for (const { name } of Deno.readDirSync(`${root}/notebooks`)) {
    if (!name.endsWith(".ipynb")) continue;
    const { cells }: Notebook = JSON.parse(Deno.readTextFileSync(`${root}/notebooks/${name}`));
    const known = new Set(looked.flatMap(({ list }) => list.map((ability) => ability.name)));
    for (const { cell_type, id, source } of cells) {
      if (cell_type !== "code") continue;
      const code = source.join("");
      const noted = quotedIn(code, /abilities\.note\((".*?"),/g);
      const needs = [
        ...quotedIn(code, /abilities\.require\(([^)]*)\)/g),
        ...quotedIn(code, /\.section\([^)]*?abilities,([^)]*)\)/g),
      ];
      needed += needs.length;
      unknown.push(
        ...needs.filter((need) => !known.has(need) && !noted.includes(need))
          .map((need) => `${need} in the cell ${id} of ${name}`),
      );
      quotedIn(code, /abilities\.noteLater\(([^)]*)\)/g).forEach((one) => known.add(one));
      // The first cells are in no section: they run on every model.
      if (id === "abilities") noted.forEach((one) => known.add(one));
    }
  }
  assert(needed > 20);
  assertEquals(unknown, []);
});
