import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import configuration from "../../deno.json" with { type: "json" };

const repository = join(import.meta.dirname!, "../..");

/** `lab` passes `--help` on to JupyterLab, and `check` takes no options. */
const WITHOUT_HELP = ["lab", "check"];

for (const [task, { command }] of Object.entries(configuration.tasks)) {
  if (WITHOUT_HELP.includes(task)) continue;
  Deno.test(`deno task ${task} --help says how the task is called`, async () => {
    const file = command.match(/lib\/commands\/\w+\.ts/)![0];
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", join(repository, file), "--help"],
      cwd: repository,
      env: { NO_COLOR: "1" },
    }).output();
    // `download` is another name of `model`.
    const name = task === "download" ? "model" : task;
    assertStringIncludes(new TextDecoder().decode(stdout), `deno task ${name}`);
    assertEquals(code, 0);
  });
}
