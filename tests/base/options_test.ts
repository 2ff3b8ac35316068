import { assertThrows } from "@std/assert";
import { z } from "zod";
import { CircuitbookError } from "circuitbook";
import { checkOptions } from "../../lib/base/options.ts";

const schema = z.strictObject({
  stages: z.array(z.strictObject({ stage: z.string(), at: z.string() })).optional(),
  size: z.strictObject({ width: z.number() }).prefault({ width: 1 }),
});

function refused(options: unknown, message: string): void {
  assertThrows(() => checkOptions(options, schema, "compare"), CircuitbookError, message);
}

Deno.test("a misspelt option, and a misspelt key inside an option, are refused with the nearest name", () => {
  checkOptions({ stages: [{ stage: "middle", at: "hook_embed" }] }, schema, "compare");
  refused({ stage: [] }, 'Expected an option of compare but found "stage"; nearest: "stages".');
  refused(
    { stages: [{ stage: "middle", at: "hook_embed", stag: "" }] },
    'Expected a key of "stages[0]" of compare but found "stag"; nearest: "stage".',
  );
  refused(
    { size: { width: 2, widht: 3 } },
    'Expected a key of "size" of compare but found "widht"; nearest: "width".',
  );
});
