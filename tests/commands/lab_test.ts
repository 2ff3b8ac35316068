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

Deno.test("the value of a short option of JupyterLab or its server is no folder", () => {
  // `aliases` of jupyterlab.labapp and jupyter_server.serverapp.
  const names =
    "app-dir browser certfile client-ca config gateway-url ip keyfile log-level notebook-dir port " +
    "port-retries preferred-dir pylab sock sock-mode transport";
  for (const name of names.split(" ")) {
    const options = [`--${name}`, "/a/value"];
    assertEquals(labArguments([...options, "/my/folder"]), { folder: "/my/folder", options });
  }
});

Deno.test("two folders are refused", () => {
  assertThrows(() => labArguments(["a", "b"]), CommandError, "Expected one folder but found 2");
});
