import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { PYTHON } from "../../lib/commands/repository.ts";

const repository = join(import.meta.dirname!, "../..");

/** What a bare copy of the repository has besides setup's own files. */
interface Copy {
  /** The text of `deno.json`. */
  config?: string;
  /** The text of `requirements.txt`; the repository's own by default. */
  requirements?: string;
  /** Variables of the environment. */
  variables?: Record<string, string>;
}

/**
 * Returns what setup prints in a bare copy of the repository, in a folder with a space, if PATH has
 * `programs` only.
 */
async function setUp(
  programs: Record<string, string>,
  { config = "{}", requirements, variables = {} }: Copy = {},
) {
  const folder = await Deno.makeTempDir({ prefix: "circuit book-" });
  try {
    const bin = join(folder, "bin");
    for (const path of [bin, join(folder, "lib/base"), join(folder, "lib/commands/setup")]) {
      await Deno.mkdir(path, { recursive: true });
    }
    for (
      const name of [
        "base/shortened",
        "commands/allocation",
        "commands/error_line",
        "commands/setup",
        "commands/repository",
        "commands/setup/kernel",
        "commands/setup/packages",
        "commands/setup/pip",
        "commands/setup/process",
        "commands/setup/python",
      ]
    ) {
      await Deno.copyFile(
        join(repository, `lib/${name}.ts`),
        join(folder, `lib/${name}.ts`),
      );
    }
    await Deno.writeTextFile(
      join(folder, "requirements.txt"),
      requirements ?? await locked("requirements"),
    );
    await Deno.writeTextFile(join(folder, "deno.json"), config);
    for (const [name, text] of Object.entries(programs)) await writeProgram(join(bin, name), text);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "lib/commands/setup.ts"],
      cwd: folder,
      env: { ...variables, PATH: bin, NO_COLOR: "1" },
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

/** The text of a file of requirements. */
function locked(name: string): Promise<string> {
  return Deno.readTextFile(join(repository, `${name}.txt`));
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
  const { code, complaint } = await setUp(pythonWithPip("exit 0"), { config });
  assertEquals(code, 1);
  assertStringIncludes(complaint, "Expected deno.lock to fit deno.json");
});

Deno.test("a Python package whose file is not the locked one is refused by its name", async () => {
  const wheels = await Deno.makeTempDir();
  try {
    await writeWheel(wheels, "widget");
    const requirements = `widget==1.0 --hash=sha256:${"0".repeat(64)}\n`;
    const variables = {
      PIP_CONFIG_FILE: "/dev/null",
      PIP_DRY_RUN: "1",
      PIP_FIND_LINKS: wheels,
      PIP_NO_INDEX: "1",
    };
    const realPip = pythonWithPip(`exec "${PYTHON}" "$@"`);
    const { code, complaint } = await setUp(realPip, { requirements, variables });
    assertEquals(code, 1);
    assertStringIncludes(
      complaint,
      "Expected the files whose hashes are in requirements.txt but the package index gave another file for widget==1.0",
    );
  } finally {
    await Deno.remove(wheels, { recursive: true });
  }
});

/** Writes a wheel of an empty package, version 1.0. */
async function writeWheel(folder: string, name: string): Promise<void> {
  const code = `import sys, zipfile
folder, name = sys.argv[1:]
with zipfile.ZipFile(f"{folder}/{name}-1.0-py3-none-any.whl", "w") as wheel:
    about = f"{name}-1.0.dist-info"
    wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
    wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{about}/RECORD", "")`;
  const { success } = await new Deno.Command(PYTHON, { args: ["-c", code, folder, name] }).output();
  assert(success);
}

Deno.test("the locked requirements have the hash of each file, and what some systems need is marked", async () => {
  for (const name of ["requirements", "requirements-ray", "requirements-test"]) {
    const packages = (await locked(name)).replace(/^#.*\n/gm, "").split(/\n(?=\S)/);
    for (const lines of packages) {
      assert(/^[\w.-]+==\S+( ; .+)?( \\\n {4}--hash=sha256:[0-9a-f]{64})+\n?$/.test(lines), lines);
    }
    const asked = await Deno.readTextFile(join(repository, `${name}.in`));
    for (const pinned of asked.match(/^[^#\n]+/gm)!) {
      assert(packages.some((lines) => lines.startsWith(`${pinned} `)), pinned);
    }
  }
  const markers = new Map(
    [...(await locked("requirements")).matchAll(/^([\w-]+)==\S+ ; (.*?) \\$/gm)]
      .map(([, name, marker]) => [name, marker]),
  );
  assertEquals(markers.get("pexpect"), "sys_platform != 'win32'");
  assertEquals(markers.get("pywinpty"), "sys_platform == 'win32'");
  assertEquals(markers.get("appnope"), "sys_platform == 'darwin'");
});
