import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";

const repository = join(import.meta.dirname!, "../..");

/** What setup says in a bare copy of the repository, in a folder with a space, where `programs` are all that PATH has. */
async function setUp(programs: Record<string, string>, config = "{}") {
  const folder = await Deno.makeTempDir({ prefix: "circuit book-" });
  try {
    const bin = join(folder, "bin");
    for (const path of [bin, join(folder, "lib/commands/setup")]) {
      await Deno.mkdir(path, { recursive: true });
    }
    for (
      const name of [
        "setup",
        "repository",
        "setup/kernel",
        "setup/packages",
        "setup/process",
        "setup/python",
      ]
    ) {
      await Deno.copyFile(
        join(repository, `lib/commands/${name}.ts`),
        join(folder, `lib/commands/${name}.ts`),
      );
    }
    await Deno.copyFile(join(repository, "requirements.txt"), join(folder, "requirements.txt"));
    await Deno.writeTextFile(join(folder, "deno.json"), config);
    for (const [name, text] of Object.entries(programs)) await writeProgram(join(bin, name), text);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "lib/commands/setup.ts"],
      cwd: folder,
      env: { PATH: bin, NO_COLOR: "1" },
    }).output();
    return {
      code,
      said: new TextDecoder().decode(stdout),
      complaint: new TextDecoder().decode(stderr).trim(),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writeProgram(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`);
  await Deno.chmod(path, 0o755);
}

Deno.test("without Python, or with an old one, setup says in one sentence what it needs", async () => {
  assertEquals(await setUp({}), {
    code: 1,
    said: "",
    complaint:
      "Expected Python 3.11 or newer, for JupyterLab, but found no Python; install it and run this again.",
  });
  const { complaint } = await setUp({ python3: "echo 3.9" });
  assertStringIncludes(complaint, "but found Python 3.9;");
});

Deno.test("a Python without venv is told with the package to install", async () => {
  const { code, complaint } = await setUp({
    python3: "echo 3.11; exit 1",
    "python3.12": "exit 127",
  });
  assertEquals(code, 1);
  assertEquals(
    complaint,
    "Expected the Python module venv but python3 has none; install it (on Debian: apt-get install python3-venv).",
  );
});

/** Programs that stand in for a Python whose environments have the given pip. */
function pythonWithPip(pip: string): Record<string, string> {
  const python = `'#!/bin/sh' '[ "$2" = pip ] && { ${pip}; }' 'exit 0'`;
  const venv =
    `mkdir -p "$4/bin"; printf '%s\\n' ${python} > "$4/bin/python"; chmod +x "$4/bin/python"`;
  return {
    "python3.11": `if [ "$2" = venv ]; then ${venv}; else echo 3.11; fi`,
    mkdir: `exec /bin/mkdir "$@"`,
    chmod: `exec /bin/chmod "$@"`,
  };
}

Deno.test("without a network the Python packages are told in one sentence", async () => {
  const pip =
    `echo "ERROR: Could not find a version that satisfies anyio (from versions: none)" >&2; exit 1`;
  const { code, said, complaint } = await setUp(pythonWithPip(pip));
  assertEquals([code, said.split("\n")[0]], [1, "setup: Python 3.11 (python3.11) makes .venv"]);
  assertEquals(
    complaint,
    "Expected to reach the Python package index for JupyterLab but could not; connect to a network and run this again.",
  );
});

Deno.test("a lock file that does not fit is told", async () => {
  const config = `{ "nodeModulesDir": "manual", "imports": { "zod": "npm:zod@4.6.7" } }`;
  const { code, complaint } = await setUp(pythonWithPip("exit 0"), config);
  assertEquals(code, 1);
  assertStringIncludes(complaint, "Expected deno.lock to fit deno.json");
});
