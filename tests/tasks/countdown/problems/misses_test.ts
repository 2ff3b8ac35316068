import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, countdown, seededRandom } from "circuitbook";

Deno.test("each way to miss is told by hand", () => {
  const cases: [result: number, target: number, misses: countdown.Miss[]][] = [
    [46, 46, []],
    [47, 46, ["1", "last digit"]],
    [45, 46, ["1", "last digit"]],
    [48, 46, ["2", "last digit"]],
    [55, 46, ["9"]],
    [36, 46, ["10", "first digit"]],
    [57, 46, ["11"]],
    [64, 46, ["swapped digits"]],
    [86, 46, ["first digit"]],
    [41, 46, ["last digit"]],
    [-46, 46, ["sign"]],
    [9, 10, ["1"]],
    [3, 30, []],
    [-36, 46, []],
    [12, 21, ["9", "swapped digits"]],
    [146, 46, []],
  ];
  for (const [result, target, expected] of cases) {
    const found = countdown.MISSES.filter((miss) => countdown.misses(result, target, miss));
    assertEquals(found, expected, `${result} for ${target}`);
  }
});

for (const miss of countdown.MISSES) {
  Deno.test(`a problem missed by ${miss}: the solution reaches the target, the attempt misses it so`, () => {
    const random = seededRandom(4);
    for (let i = 0; i < 20; i++) {
      const { problem, attempt } = countdown.missedProblem(random, miss, countdown.heldOut);
      const { numbers, target, solution } = problem;
      assert(countdown.heldOut(numbers));
      assertEquals(Function(`return ${solution}`)(), target);
      assert(target >= 1 && target <= 99);
      assertEquals(Function(`return ${attempt.expression}`)(), attempt.result);
      assert(countdown.misses(attempt.result, target, miss));
      const used = attempt.expression.match(/\d+/g)!.map(Number);
      assertEquals(used.toSorted((a, b) => a - b), numbers.toSorted((a, b) => a - b));
    }
  });
}

Deno.test("numbers that allow no such miss are given up with a message", () => {
  const accepts = (numbers: readonly number[]) => numbers.length === 3 && Math.max(...numbers) < 3;
  assertThrows(
    () => countdown.missedProblem(seededRandom(1), "swapped digits", accepts),
    CircuitbookError,
    "misses by swapped digits",
  );
});
