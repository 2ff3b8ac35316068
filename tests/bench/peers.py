"""Times PyTorch with hooks, TransformerLens and nnsight on the jobs of jobs.ts, where they are installed.

usage: python peers.py CHECKPOINT [--jobs forward,lens] [--peers torch,bridge,nnsight]
(names of jobs, or beginnings of names)
Prints one JSON line for each job and peer: {"job", "peer", "ms"} (median).
"""
import argparse, copy, json, os, statistics, time

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import AutoModelForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("checkpoint")
parser.add_argument("--jobs", default="")
parser.add_argument("--peers", default="torch,bridge,nnsight")
parser.add_argument("--repeats", type=int, default=7)
options = parser.parse_args()

torch.set_num_threads(2)
torch.set_grad_enabled(False)
folder, file = os.path.split(options.checkpoint)
# transformers opens a folder, or a GGUF file within a folder (with the package gguf).
place = {"gguf_file": file} if file.endswith(".gguf") else {}
source = folder if place else options.checkpoint
hf = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, attn_implementation="eager", **place).eval()
config = hf.config
layers, heads = config.num_hidden_layers, config.num_attention_heads
d_head = getattr(config, "head_dim", None) or config.hidden_size // heads
prompts = torch.randint(5, config.vocab_size, (8, 160), generator=torch.Generator().manual_seed(0))
many = torch.randint(5, config.vocab_size, (100, 160), generator=torch.Generator().manual_seed(1))
answers, others = torch.randint(0, config.vocab_size, (2, 100), generator=torch.Generator().manual_seed(2))
one, starts = prompts[:1], prompts[:, :32]
layer = layers // 8 + 1
wanted = [name for name in options.jobs.split(",") if name]
silenced = [(layer, min(5, heads - 1)), (layer, min(3, heads - 1))]
every_head = [(l, h) for l in range(layers) for h in range(heads)]


def silence(head):
    def before_output(module, inputs):
        z = inputs[0].clone()
        z[..., head * d_head:(head + 1) * d_head] = 0
        return (z,)
    return before_output


class silent:
    """Silences (layer, head) pairs of the PyTorch model while it is open."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __enter__(self):
        self.handles = [hf.model.layers[l].self_attn.o_proj.register_forward_pre_hook(silence(h)) for l, h in self.pairs]

    def __exit__(self, *_):
        for handle in self.handles:
            handle.remove()


def torch_generate(tokens):
    with silent(silenced):
        mask = torch.ones_like(tokens)
        hf.generate(tokens, attention_mask=mask, max_new_tokens=64, min_new_tokens=64, do_sample=False, pad_token_id=0)


def torch_sweep():
    for pair in every_head:
        with silent([pair]):
            hf(prompts, use_cache=False).logits[:, -1]


def torch_lens():
    for state in hf(one, use_cache=False, output_hidden_states=True).hidden_states[1:]:
        hf.lm_head(hf.model.norm(state)).softmax(-1).topk(10, -1)


class Trainee:
    """A copy of the model with torch's own Muon on hidden matrices and AdamW on the rest, as training_bench.ts has it."""

    def __init__(self):
        self.model = copy.deepcopy(hf).train().requires_grad_(True)
        named = list(self.model.named_parameters())
        hidden = [p for name, p in named if p.dim() == 2 and "embed" not in name]
        rest = [p for name, p in named if p.dim() != 2 or "embed" in name]
        self.optimizers = [torch.optim.Muon(hidden, lr=0.02, weight_decay=0.05),
                           torch.optim.AdamW(rest, lr=3e-3, betas=(0.9, 0.98), weight_decay=0)]
        self.rows = torch.randint(5, config.vocab_size, (21, 195), generator=torch.Generator().manual_seed(3))

    @torch.enable_grad()
    def gradients(self):
        logits = self.model(self.rows, use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), self.rows[:, 1:].flatten())
        loss.backward()

    def update(self):
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()

    def step(self):
        self.gradients()
        self.update()
        for optimizer in self.optimizers:
            optimizer.zero_grad()


def torch_jobs():
    return {
        "forward": lambda: hf(one, use_cache=False),
        "resid": lambda: hf(one, use_cache=False, output_hidden_states=True),
        "decode1x64_2heads": lambda: torch_generate(starts[:1]),
        "gen8x64_2heads": lambda: torch_generate(starts),
        f"sweep{len(every_head)}x8": torch_sweep,
        "lens": torch_lens,
        **training_jobs(),
    }


def training_jobs():
    if wanted:
        return {}
    trainee, updated = Trainee(), Trainee()
    updated.gradients()
    return {"train21x195": trainee.step, "optimizer": updated.update}


def bridge_jobs():
    from transformer_lens import patching
    from transformer_lens.model_bridge import TransformerBridge
    model = TransformerBridge.boot_transformers(options.checkpoint, device="cpu", dtype=torch.float32)
    residual = lambda name: name.endswith("hook_resid_post")

    def zero(head):
        def hook(z, hook):
            z[:, :, head] = 0
            return z
        return hook

    def hooks(pairs):
        return [(f"blocks.{l}.attn.hook_z", zero(h)) for l, h in pairs]

    def generate(tokens):
        with model.hooks(fwd_hooks=hooks(silenced)):
            model.generate(tokens, max_new_tokens=64, stop_at_eos=False, do_sample=False, verbose=False)

    def sweep():
        for pair in every_head:
            model.run_with_hooks(prompts, fwd_hooks=hooks([pair]))[:, -1]

    def lens():
        _, cache = model.run_with_cache(one, names_filter=residual)
        for l in range(layers):
            model.unembed(model.ln_final(cache[f"blocks.{l}.hook_resid_post"])).softmax(-1).topk(10, -1)

    def attributed(name):
        return name in ("hook_embed", "ln_final.hook_scale") or name.endswith(("attn.hook_z", "mlp.hook_post"))

    def dla():
        for tokens, right, wrong in zip(many.split(10), answers.split(10), others.split(10)):
            _, cache = model.run_with_cache(tokens, names_filter=attributed)
            for stack in (cache.stack_head_results, cache.stack_neuron_results):
                cache.logit_attrs(stack(layer=-1, pos_slice=-1), tokens=right, incorrect_tokens=wrong, pos_slice=-1)

    def sweep_many():
        for pair in every_head:
            for tokens in many.split(10):
                model.run_with_hooks(tokens, fwd_hooks=hooks([pair]))[:, -1]

    def patched(by):
        _, clean = model.run_with_cache(one)
        by(model, prompts[1:2], clean, lambda logits: logits[0, -1, 0])

    return {
        "forward": lambda: model(one),
        "resid": lambda: model.run_with_cache(one, names_filter=residual),
        "full": lambda: model.run_with_cache(one),
        "onepos": lambda: model.run_with_cache(one, names_filter=residual, pos_slice=-1),
        "decode1x64_2heads": lambda: generate(starts[:1]),
        "gen8x64_2heads": lambda: generate(starts),
        f"sweep{len(every_head)}x8": sweep,
        "lens": lens,
        "dla100": dla,
        f"patch{layers}x160": lambda: patched(patching.get_act_patch_resid_pre),
        f"patch{len(every_head)}heads": lambda: patched(patching.get_act_patch_attn_head_out_all_pos),
        f"sweep{len(every_head)}x100": sweep_many,
    }


def nnsight_jobs():
    from nnsight import NNsight
    model = NNsight(hf)

    def forward():
        with model.trace(one):
            logits = model.output.logits.save()
        return logits

    def resid():
        with model.trace(one):
            saved = list().save()
            for l in range(layers):
                saved.append(model.model.layers[l].output)
        return saved

    return {"forward": forward, "resid": resid}


def median_ms(job, repeats):
    if repeats > 1:
        job()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


makers = {"torch": torch_jobs, "bridge": bridge_jobs, "nnsight": nnsight_jobs}
for peer in options.peers.split(","):
    try:
        jobs = makers[peer]()
    except ImportError as error:
        print(json.dumps({"peer": peer, "error": str(error)}), flush=True)
        continue
    for name, job in jobs.items():
        if wanted and not name.startswith(tuple(wanted)):
            continue
        slow = name.startswith(("sweep", "decode", "gen", "dla", "patch"))
        repeats = 1 if name.endswith(("x100", "x160")) else 2 if slow else options.repeats
        print(json.dumps({"job": name, "peer": peer, "ms": median_ms(job, repeats)}), flush=True)
