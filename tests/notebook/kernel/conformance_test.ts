import { assert, assertEquals } from "@std/assert";
import { jupyterVariables, PYTHON } from "../../../lib/commands/repository.ts";
import { unless } from "../../skipped.ts";

const found = await new Deno.Command(PYTHON, { args: ["-c", "import jupyter_kernel_test"] })
  .output();

Deno.test({
  ...unless(
    found.success ? undefined : "jupyter_kernel_test could not be installed",
    "the kernel passes Jupyter's conformance tests of everything but a pager, which it has not",
  ),
  fn: async () => {
    const { success, stderr } = await new Deno.Command(PYTHON, {
      args: [`${import.meta.dirname}/jupyter_kernel_test.py`],
      env: { ...jupyterVariables(), NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert(success, said);
    const skipped = [...said.matchAll(/^(\w+) .* skipped /gm)].map(([, name]) => name);
    assertEquals(skipped, ["test_pager"], said);
    const [, count] = /Ran (\d+) tests/.exec(said)!;
    assert(Number(count) > 10, said);
  },
});
