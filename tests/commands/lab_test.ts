import { assertEquals, assertThrows } from "@std/assert";
import { labArguments } from "../../lib/commands/lab/arguments.ts";
import { CommandError } from "../../lib/commands/repository.ts";

Deno.test("a folder is told from JupyterLab's options and their values, wherever it stands", () => {
  const options = ["--port", "9000", "--no-browser", "--ServerApp.token", "a", "--ip=0.0.0.0"];
  for (let i = 0; i <= options.length; i++) {
    if (i === 1 || i === 4) continue; // between an option and its value
    assertEquals(labArguments(options.toSpliced(i, 0, "/my/folder")), {
      folder: "/my/folder",
      options,
    });
  }
  assertEquals(labArguments(options), { folder: undefined, options });
  assertEquals(labArguments([]), { folder: undefined, options: [] });
});

Deno.test("two folders are refused", () => {
  assertThrows(() => labArguments(["a", "b"]), CommandError, "Expected one folder but found 2");
});
