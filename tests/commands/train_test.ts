import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import pl from "nodejs-polars";
import {
  checkpoints,
  CircuitbookError,
  InterruptedError,
  loadModel,
  type Model,
  recipes,
  training,
} from "circuitbook";
import { parseTrainArguments } from "../../lib/commands/train/arguments.ts";
import { trainToFolder } from "../../lib/commands/train/train_to_folder.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { toyRecipe } from "../train/toys.ts";
import { ended } from "./trace_process.ts";

const repository = fromFileUrl(new URL("../..", import.meta.url));

/** Trains into a folder, and returns what the command would say. */
async function trained(
  recipe: training.Recipe,
  out: string,
  { resume = false, stopAt, ...asked }: {
    resume?: boolean;
    minutes?: number;
    seed?: number;
    stopAt?: number;
  } = {},
) {
  const said: string[] = [];
  const stop = new AbortController();
  await trainToFolder(recipe, { out, resume, ...asked }, (line) => said.push(line), {
    signal: stop.signal,
    onProgress: (event) => event && event.done === stopAt && stop.abort(),
  });
  return said;
}

function names(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

/** The curves of a folder without the clock's column. */
function curvesIn(folder: string) {
  return pl.readParquet(`${folder}/curves.parquet`).drop("seconds").toRecords();
}

Deno.test("a trained folder is a model in f16 with its tokenizer, card and curves", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/model`;
  const toy = toyRecipe({
    scores: async (model) => [
      scoreOf("layers", model.architecture.layers, 3),
      scoreOf("halves", await halves(model), 0.9),
    ],
  });
  const said = await trained(toy, out);
  assertEquals(names(out), [
    "README.md",
    "config.json",
    "curves.parquet",
    "curves.svg",
    "model.safetensors",
    "run",
    "tokenizer.json",
  ]);
  const { learner, curves, tokens } = await training.train(toy);
  const checkpoint = await checkpoints.openCheckpoint(out);
  for (const [name, weights] of learner.weights) {
    assertEquals([...await checkpoint.read(name)], [...new Float16Array(weights)], name);
    assertEquals(checkpoint.tensors.get(name)?.dtype, "F16");
  }
  const model = await loadModel(out);
  assertEquals(model.tokenizer.encode("12ANS"), [1, 2, 10]);
  assertEquals(curvesIn(out), curves.drop("seconds").toRecords());
  const card = await Deno.readTextFile(`${out}/README.md`);
  const told = [
    "# toy",
    "Repeats digits.",
    "Muon on hidden matrices at a rate of 0.02, weight decay 0.05; AdamW on the rest at a rate of 0.02, betas 0.9 and 0.98, weight decay 0.1",
    `12 steps, ${tokens} predicted tokens`,
    "| seed | 3 |",
    "| layers | 2 (asked 3: fails) |",
    // What is measured is what is written.
    "| halves | 1 (asked 0.9: passes) |",
    `| means of the last 10 steps | loss ${meanOf(curves, "loss")} |`,
    `| measured last | validation ${
      Number(curves.getColumn("validation").get(11).toPrecision(3))
    } |`,
    "Made by `deno task train toy` of Circuitbook",
    "attention_only: 2 layers",
  ];
  for (const text of told) assertStringIncludes(card, text);
  assertStringIncludes(said[0], `${out}: 12 steps, ${tokens} tokens`);
  assertEquals(said[1], "layers: 2 (asked 3: fails)");
});

/** Returns a score of which some value is asked. */
function scoreOf(score: string, value: number, threshold: number): recipes.AcceptanceRow {
  return { score, value, low: value, high: value, n: 1, threshold, passes: value >= threshold };
}

/** The share of a model's weights that are halves. */
async function halves({ checkpoint }: Model): Promise<number> {
  const names = [...checkpoint.tensors.keys()];
  const all = (await Promise.all(names.map(async (name) => [...await checkpoint.read(name)])))
    .flat();
  return all.filter((value) => Math.f16round(value) === value).length / all.length;
}

/** The mean of the last ten numbers of a column, in three digits. */
function meanOf(table: pl.DataFrame, column: string): number {
  const last = table.getColumn(column).toArray().slice(-10) as number[];
  return Number((last.reduce((a, b) => a + b) / 10).toPrecision(3));
}

Deno.test("a folder with a run in it is gone on with on demand alone, by the same recipe and settings", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/model`;
  const toy = toyRecipe();
  const whole = `${folder.path}/whole`;
  const { message } = await assertRejects(() => trained(toy, out, { stopAt: 9 }), InterruptedError);
  assertStringIncludes(message, "9 of 12 steps are done; kept in");
  assertEquals(names(out), ["run"]);
  const refused = (recipe: training.Recipe, message: string, options = {}) =>
    assertRejects(
      () => trained(recipe, out, { resume: true, ...options }),
      CircuitbookError,
      message,
    );
  await refused(toy, "continue it with --resume", { resume: false });
  await refused(toyRecipe({ name: "other" }), 'there recipe "toy", not "other"');
  await refused(toy, "there seed 3, not 4, other documents; continue", { seed: 4 });
  await refused(toyRecipe({ rate: 0.5 }), "there other phases; continue");
  await refused(
    toyRecipe({ validation: { documents: () => [{ tokens: [1, 1] }], every: 4 } }),
    "there other documents",
  );
  await refused(toy, "there minutes null, not 2", { minutes: 2 });
  assertEquals((await trained(toy, out, { resume: true }))[0], "toy: continues after step 9");
  await trained(toy, whole);
  assertEquals(curvesIn(out), curvesIn(whole));
  assertEquals(
    await Deno.readFile(`${out}/model.safetensors`),
    await Deno.readFile(`${whole}/model.safetensors`),
  );
});

Deno.test("a run that starts from a model is not continued from other weights", async () => {
  await using folder = await temporaryFolder();
  const [start, other, out] = ["start", "other", "out"].map((name) => `${folder.path}/${name}`);
  await trained(toyRecipe(), start);
  await trained(toyRecipe(), other, { seed: 4 });
  const toy = toyRecipe({ start });
  await assertRejects(() => trained(toy, out, { stopAt: 3 }), InterruptedError);
  await Deno.copyFile(`${other}/model.safetensors`, `${start}/model.safetensors`);
  await assertRejects(
    () => trained(toy, out, { resume: true }),
    CircuitbookError,
    "there other startWeights; continue",
  );
});

Deno.test("a run that was begun with another seed and its minutes continues without saying them again", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/model`;
  const asked = { seed: 8, minutes: 0.01 };
  await assertRejects(() => trained(toyRecipe(), out, { ...asked, stopAt: 1 }), InterruptedError);
  await trained(toyRecipe(), out, { resume: true });
  const card = await Deno.readTextFile(`${out}/README.md`);
  assertStringIncludes(card, "| seed | 8 |");
  assertStringIncludes(card, "Made by `deno task train toy --minutes 0.01 --seed 8`");
});

Deno.test("a folder with something else in it is left alone, and so is a file", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/README.md`, "mine");
  await Deno.mkdir(`${folder.path}/run`);
  for (const resume of [false, true]) {
    await assertRejects(
      () => trained(toyRecipe(), folder.path, { resume }),
      CircuitbookError,
      `Expected a new folder as --out but found "README.md" in ${folder.path}`,
    );
  }
  await assertRejects(
    () => trained(toyRecipe(), `${folder.path}/README.md`),
    CircuitbookError,
    "Expected a new folder as --out but could not read",
  );
  assertEquals([names(folder.path), names(`${folder.path}/run`)], [["README.md", "run"], []]);
  assertEquals(await Deno.readTextFile(`${folder.path}/README.md`), "mine");
});

Deno.test("the arguments of deno task train", () => {
  const parse = (...args: string[]) => parseTrainArguments(args, "/runs");
  assertEquals(parse("toy"), {
    recipe: "toy",
    out: "/runs/toy",
    minutes: undefined,
    seed: undefined,
    resume: false,
  });
  const all = { recipe: "toy", out: "o", minutes: 1.5, seed: 4, resume: true };
  assertEquals(parse("toy", "--out", "o", "--minutes", "1.5", "--seed", "4", "--resume"), all);
  assertEquals(parse("--help"), undefined);
  assertEquals(parse("toy", "-h"), undefined);
  assertThrows(
    () => parse(),
    Error,
    "Expected the name of a recipe but found none; see deno task train --help.",
  );
  assertEquals(parse("--seed", "4", "--minutes=1.5", "--resume", "toy", "--out", "o"), all);
  assertThrows(
    () => parse("--resume", "--out", "o"),
    Error,
    "Expected the name of a recipe but found none",
  );
  assertThrows(
    () => parse("toy", "--minutes", "-1"),
    Error,
    'Expected a number of minutes above 0 after --minutes but found "-1"',
  );
  assertThrows(() => parse("toy", "other"), Error, 'Expected a flag but found "other"');
});

Deno.test("deno task train, killed and then stopped by Ctrl-C, makes the model of one that was not", async () => {
  await using folder = await temporaryFolder();
  const args = ["max-of-list", "--out", "out"];
  const run = `${folder.path}/out/run`;
  const killed = await endedOnceKept(folder.path, 1, "SIGKILL", [...args, "--minutes", "0.1"]);
  assertEquals(killed.stdout, "");
  const kept = keptStep(run);
  const { code, stderr } = await endedOnceKept(folder.path, kept + 1, "SIGINT", [
    ...args,
    "--resume",
  ]);
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, `max-of-list: continues after step ${kept}`);
  assert(
    /Interrupted: (\d+) of \d+ steps are done; kept in .*continue with --resume\./.test(stderr),
    stderr,
  );
  const again = await ended(command(folder.path, args));
  assertEquals([again.code, again.stdout], [1, ""]);
  assertStringIncludes(again.stderr, "continue it with --resume");

  const out = `${folder.path}/out`;
  await trained(recipes.maxOfList, out, { resume: true });
  const resumed = curvesIn(out) as unknown as training.CurveRow[];
  const { phases: [phase] = [], ...rest } = recipes.maxOfList;
  const whole = training.recipe({
    ...rest,
    phases: [{ ...phase, length: { steps: resumed.length } }],
  });
  await trained(whole, `${folder.path}/whole`);
  assertEquals(curvesIn(out), curvesIn(`${folder.path}/whole`));
});

/**
 * Runs the command in a folder and sends it a signal once it has kept the state after some steps.
 */
async function endedOnceKept(folder: string, step: number, signal: Deno.Signal, args: string[]) {
  using watcher = Deno.watchFs(folder);
  const process = command(folder, args);
  const end = ended(process);
  end.finally(() => watcher.close());
  for await (const _ of watcher) {
    if (keptStep(`${folder}/out/run`) < step) continue;
    process.kill(signal);
    break;
  }
  return await end;
}

/** Returns the step of the last state that a run has kept; 0 if there is none. */
function keptStep(run: string): number {
  try {
    return Math.max(
      0,
      ...names(run).flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? []).map(Number),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

function command(cwd: string, args: string[]): Deno.ChildProcess {
  const { INIT_CWD: _, ...env } = Deno.env.toObject();
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${repository}/lib/commands/train.ts`, ...args],
    cwd,
    env: { ...env, NO_COLOR: "1" },
    clearEnv: true,
    ...{ stdin: "null", stdout: "piped", stderr: "piped" } as const,
  }).spawn();
}
