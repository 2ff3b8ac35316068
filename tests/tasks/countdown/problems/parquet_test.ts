import { assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { CircuitbookError, countdown } from "circuitbook";
import pl from "nodejs-polars";

/** Writes columns to a Parquet file and hands its path to the test. */
function withParquet(columns: Record<string, unknown>, test: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    const path = join(folder, "problems.parquet");
    pl.DataFrame(columns).writeParquet(path);
    test(path);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a file that TinyZero's preprocessing wrote is read whole", () => {
  // tests/data/tinyzero_parquet.py wrote it.
  const problems = countdown.readParquet(
    fromFileUrl(new URL("../../../data/tinyzero.parquet", import.meta.url)),
  );
  assertEquals(problems.length, 4);
  assertEquals(problems[0], {
    id: "19,35,44=98",
    numbers: [44, 19, 35],
    target: 98,
    prompt: "Using the numbers [44, 19, 35], create an equation that equals 98.",
  });
});

Deno.test("nums and target are enough", () => {
  withParquet({ target: [98, 64], nums: [[44, 19, 35], [63, 95, 96]] }, (path) => {
    assertEquals(countdown.readParquet(path).map(({ numbers, target }) => [numbers, target]), [
      [[44, 19, 35], 98],
      [[63, 95, 96], 64],
    ]);
    assertEquals(countdown.readParquet(path, { n: 1 }).length, 1);
  });
});

Deno.test("a row without numbers is named", () => {
  withParquet({ target: [98, null], nums: [[44, 19], [63, 95]] }, (path) => {
    assertThrows(() => countdown.readParquet(path), CircuitbookError, "in row 1");
  });
  withParquet({ target: [1.5], nums: [[44, 19]] }, (path) => {
    assertThrows(() => countdown.readParquet(path), CircuitbookError, "1.5 in row 0");
  });
});

Deno.test("other files are refused with what was found", () => {
  withParquet({ question: ["why?"] }, (path) => {
    assertThrows(() => countdown.readParquet(path), CircuitbookError, "found question");
  });
  assertThrows(() => countdown.readParquet("nowhere.parquet"), CircuitbookError, "nowhere.parquet");
});
