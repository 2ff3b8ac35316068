import { CircuitbookError, steering, Tensor } from "circuitbook";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

const context = { point: "p", rows: [0], positions: [[0, 1]] };
const tensor = (data: number[]) =>
  new Tensor(new Float32Array(data), { batch: 1, position: 2, head: 2, d_head: 2 });
// Head 0: (3, 4) and (0, 1), of length 5 and 1; head 1: (2, 0) and (0, 2).
const reference = tensor([3, 4, 2, 0, 0, 1, 0, 2]);

Deno.test("equal lengths are the mean of the head's, and directions stay", async () => {
  const { data } = await steering.equalLengths("p", reference).apply(
    tensor([0, -9, 1, 1, 8, 6, 0, 0]),
    context,
  );
  const expected = [0, -3, Math.SQRT2, Math.SQRT2, 2.4, 1.8, 0, 0];
  expected.forEach((value, i) => assertAlmostEquals(data[i], value, 1e-6));
});

Deno.test("other shapes than the reference has are refused", () => {
  const narrow = new Tensor(new Float32Array(2), { batch: 1, position: 1, head: 1, d_head: 2 });
  assertThrows(
    () => steering.equalLengths("p", reference).apply(narrow, context),
    CircuitbookError,
    "shape of the reference",
  );
  assertThrows(
    () => steering.equalLengths("p", narrow.slice({ batch: 0 })),
    CircuitbookError,
    "[batch, position",
  );
  assertEquals(steering.equalLengths("p", reference).at, "p");
});
