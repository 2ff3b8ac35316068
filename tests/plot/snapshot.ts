import { assertEquals } from "@std/assert";
import { plot } from "circuitbook";

const FOLDER = new URL("./snapshots/", import.meta.url);

/**
 * Compares a picture with the one kept under its name; `deno test -A tests/plot -- --update` keeps
 * the new one instead, to be looked at in review.
 */
export function assertSnapshot(name: string, drawing: plot.Drawing): void {
  const [extension, content] = drawing instanceof plot.Figure
    ? ["svg", drawing.svg]
    : ["html", drawing.html];
  const file = new URL(`${name}.${extension}`, FOLDER);
  if (Deno.args.includes("--update")) {
    Deno.mkdirSync(FOLDER, { recursive: true });
    Deno.writeTextFileSync(file, content + "\n");
  }
  assertEquals(
    content + "\n",
    Deno.readTextFileSync(file),
    `${name}.${extension} looks different now: update and look at it`,
  );
}
