import {
  ablation,
  attribution,
  heads as attentionHeads,
  integer,
  knockOut,
  loadModel,
  type Model,
  patching,
  seededRandom,
} from "circuitbook";

/** A job that is timed: the same under the same name in peers.py. */
export interface Job {
  readonly name: string;
  readonly run: () => PromiseLike<unknown>;
}

/** Every job, on a model. Token ids are random: no job reads what they mean. */
export function jobs(model: Model): Job[] {
  const { layers, heads, vocab } = model.architecture;
  const random = seededRandom(0);
  const prompts = Array.from(
    { length: 8 },
    () => Array.from({ length: 160 }, () => integer(random, 5, vocab - 1)),
  );
  const many = Array.from(
    { length: 100 },
    () => Array.from({ length: 160 }, () => integer(random, 5, vocab - 1)),
  );
  const [answer, against] = [0, 1].map(() => many.map(() => integer(random, 0, vocab - 1)));
  const [one] = prompts;
  const starts = prompts.map((prompt) => prompt.slice(0, 32));
  const layer = Math.floor(layers / 8) + 1;
  const edit = knockOut([[layer, Math.min(5, heads - 1)], [layer, Math.min(3, heads - 1)]]);
  const writing = { maxNewTokens: 64, stopAtEnd: false, edit };
  const pair = { clean: [one], corrupted: [prompts[1]] };
  const metric = (logits: Float32Array) => logits[0];
  const all = model.hookPoints.map(({ name }) => name).filter((name) =>
    !name.endsWith("hook_result")
  );
  return [
    { name: "forward", run: () => model.run(one) },
    { name: "resid", run: () => model.run(one, { tap: "blocks.*.hook_resid_post", logits: true }) },
    { name: "full", run: () => model.run(one, { tap: all }) },
    {
      name: "onepos",
      run: () => model.run(one, { tap: "blocks.*.hook_resid_post", positions: [-1] }),
    },
    { name: "decode1x64_2heads", run: () => model.generate(starts[0], writing) },
    { name: "gen8x64_2heads", run: () => model.generate(starts, writing) },
    {
      name: `sweep${layers * heads}x8`,
      run: () => ablation.sweepHeads(model, prompts, { metric }),
    },
    {
      name: `sweep${layers * heads}x100`,
      run: () => ablation.sweepHeads(model, many, { metric }),
    },
    {
      name: `patch${layers}x160`,
      run: () => patching.positions(model, pair, { metric }),
    },
    { name: `patch${layers * heads}heads`, run: () => patching.heads(model, pair, { metric }) },
    { name: "lens", run: () => lens(model, one) },
    { name: "detect", run: () => attentionHeads.detect(model) },
    { name: "load", run: () => firstResult(model.name) },
    { name: "dla100", run: () => attribution.direct(model, many, { answer, against }) },
  ];
}

/** The ten most probable tokens at every layer and position. */
async function lens(model: Model, tokens: readonly number[]) {
  const residual = (await model.run(tokens, { tap: "blocks.*.hook_resid_post" })).layers(
    "blocks.*.hook_resid_post",
  );
  const d_model = residual.size("d_model");
  return await model.unembed(
    residual.reshape({ example: residual.data.length / d_model, d_model }),
    { k: 10 },
  );
}

/** Loads a model and runs a few tokens. */
async function firstResult(name: string) {
  const model = await loadModel(name, { device: "cpu" });
  try {
    return await model.run([[5, 6, 7, 8]], { logits: [-1] });
  } finally {
    await model.dispose();
  }
}
