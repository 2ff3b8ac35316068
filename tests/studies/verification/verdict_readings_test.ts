import { probing, tables, Tensor } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";
import { assertEquals, assertNotEquals } from "@std/assert";

Deno.test("a probe that is trained on shuffled labels is tested on the real ones", async () => {
  // Activations that hold nothing: a probe can only say the more frequent class.
  const labels = Array.from({ length: 60 }, (_, i) => i % 4 === 0 ? "this" : "not");
  const activations = { 0: new Tensor(new Float32Array(60), { example: 60, feature: 1 }) };
  const shareOfNot = (of: readonly string[]) =>
    of.slice(40).filter((label) => label === "not").length / 20;
  assertNotEquals(shareOfNot(probing.shuffledLabels(labels, { seed: 1 })), 0.75);

  const table = await verificationStudy.verdictReadings(
    { activations, labels, pairs: [...labels.keys()] },
    { kinds: ["linear"], controls: true },
  );
  const rows = tables.rowsOf(table).filter(({ split }) => split === "test");
  for (const probe of ["linear", "linear, shuffled labels"]) {
    const own = rows.filter((row) => row.probe === probe);
    assertEquals(own.filter(({ right }) => right).length / own.length, 0.75, probe);
  }
});
