import { assertEquals } from "@std/assert";
import { assertClose, openCase, referenceCases, toleranceOf } from "./reference_cases.ts";

for (const name of referenceCases) {
  Deno.test(`${name}: every hook point and the logits are the reference's`, async () => {
    const { model, reference, tensors } = await openCase(name);
    assertEquals(
      model.hookPoints.map((point) => point.name).sort(),
      [...Object.keys(reference.points)].sort(),
    );
    const cache = await model.run(reference.rows.A, { tap: "**" });
    for (const [point, { axes }] of Object.entries(reference.points)) {
      assertEquals(cache.get(point).axes, axes, point);
      assertClose(
        cache.get(point),
        tensors.get(point)!,
        toleranceOf(point, tensors.get(point)!),
        point,
      );
    }
    await model.dispose();
  });

  Deno.test(`${name}: each hook point tapped alone is the reference's`, async () => {
    const { model, reference, tensors } = await openCase(name);
    for (const point of Object.keys(reference.points)) {
      const cache = await model.run(reference.rows.A, { tap: point });
      assertClose(
        cache.get(point),
        tensors.get(point)!,
        toleranceOf(point, tensors.get(point)!),
        point,
      );
    }
    await model.dispose();
  });

  Deno.test(`${name}: edited logits are the reference's`, async () => {
    const { model, reference, tensors } = await openCase(name);
    for (const [edit, edits] of Object.entries(reference.edits)) {
      const { logits } = await model.run(reference.rows.A, { edit: edits });
      assertClose(logits, tensors.get(`edited.${edit}.logits`)!, 1e-4, edit);
    }
    await model.dispose();
  });

  Deno.test(`${name}: rows of unequal length equal the rows alone, under edits too`, async () => {
    const { model, reference, tensors } = await openCase(name);
    const { A, B } = reference.rows;
    const batch = await model.run([A, B]);
    assertClose(batch.row(0).logits, tensors.get("logits")!, 1e-4, "row A");
    assertClose(batch.row(1).logits, tensors.get("rows.B.logits")!, 1e-4, "row B");
    for (const [label, edit] of Object.entries(reference.edits)) {
      const positions = edit.some((e) =>
        "positions" in e && Array.isArray(e.positions) && e.positions.some((p) => p >= B.length)
      );
      if (positions) continue;
      const together = await model.run([A, B], { edit });
      const alone = await model.run(B, { edit });
      assertClose(together.row(0).logits, tensors.get(`edited.${label}.logits`)!, 1e-4, label);
      assertClose(together.row(1).logits, alone.logits.data, 1e-5, label);
    }
    await model.dispose();
  });

  Deno.test(`${name}: greedy text is the reference's, with and without an edit, alone and in a batch`, async () => {
    const { model, reference } = await openCase(name);
    const { rows: { A, B }, greedy, edits } = reference;
    const options = { maxNewTokens: 20, stopAtEnd: false };
    const alone = await model.generate(A, options);
    assertEquals(alone.rows[0].tokens, greedy.A);
    const batch = await model.generate([A, B], options);
    assertEquals(batch.rows.map(({ tokens }) => tokens), [greedy.A, greedy.B]);
    const edited = await model.generate([A, B], { ...options, edit: edits.z_head });
    assertEquals(edited.rows.map(({ tokens }) => tokens), [greedy.A_z_head, greedy.B_z_head]);
    await model.dispose();
  });
}
