import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { ablation, CircuitbookError, loadModel } from "circuitbook";

const model = await loadModel("countdown-r1");

Deno.test("random sets of heads are as large as the chosen one, without any of its heads or one twice", () => {
  const like = [[1, 3], [1, 5], [4, 0]] as const;
  const sets = ablation.randomHeadSets(model, like, { sets: 200, seed: 1 });
  const names = sets.map((set) => set.map(String));
  assertEquals(sets.length, 200);
  for (const set of names) {
    assertEquals(new Set(set).size, 3);
    assert(!set.some((head) => like.map(String).includes(head)));
  }
  assertEquals(new Set(names.flat()).size, 45);
  assertEquals(ablation.randomHeadSets(model, like, { sets: 200, seed: 1 }), sets);
  assertNotEquals(ablation.randomHeadSets(model, like, { sets: 200, seed: 2 }), sets);
});

Deno.test("heads counted from the end are left out as well, and one that is not there is refused", () => {
  const sets = ablation.randomHeadSets(model, [[-1, -1], [0, -6]], { sets: 200 }).flat().map(
    String,
  );
  assert(!sets.includes("7,5") && !sets.includes("0,0"));
  assertEquals(new Set(sets).size, 46);
  assertThrows(
    () => ablation.randomHeadSets(model, [[8, 0]], { sets: 1 }),
    CircuitbookError,
    "layer from 0 to 7",
  );
});

Deno.test("a set that leaves too few others is refused", () => {
  const most = ablation.allHeads(model).slice(0, 30);
  assertThrows(
    () => ablation.randomHeadSets(model, most, { sets: 1 }),
    CircuitbookError,
    "at least 30 other heads but found 18",
  );
});
