"""Makes the small random checkpoints and the reference activations that the tests compare with; see README.md here.

usage: python tests/data/make_references.py [NAME ...]      (no names: all cases and the trained model)
"""

import json
import os
import shutil
import sys
import zlib
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import safetensors
import safetensors.torch
import torch
import transformers
from reference_decoder import Decoder, axes_of, edited, matches
from torch import Tensor
from transformers import AutoModelForCausalLM

HERE = Path(__file__).parent
CHECKPOINTS = HERE / "checkpoints"
TRAINED = HERE.parents[1] / "data" / "models" / "countdown-r1"
NEW_TOKENS = 20
TOLERANCE = 1e-5  # transformers, TransformerBridge and the oracle agree to this before anything is stored
MARGIN = 1e-3  # a greedy token leads the second one by more, so that rounding cannot change the text

SIZES = dict(
    vocab_size=96,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=48,
    max_position_embeddings=64,
    bos_token_id=None,
    eos_token_id=None,
)
LLAMA3_ROPE = dict(
    rope_type="llama3",
    rope_theta=100.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=32,
)


def rope(theta: float) -> dict:
    return dict(rope_type="default", rope_theta=theta)


# Unusual eps and theta show up in the numbers when a loader ignores them.
QWEN2_GROUPED = (
    transformers.Qwen2Config,
    dict(SIZES, num_key_value_heads=2, tie_word_embeddings=True, rms_norm_eps=1e-6, rope_parameters=rope(10_000.0)),
)
CASES = {  # name -> config class, its settings
    "qwen2_grouped": QWEN2_GROUPED,
    "qwen2_grouped_f16": QWEN2_GROUPED,
    "qwen2_grouped_bf16": QWEN2_GROUPED,
    "qwen2_grouped_shards": QWEN2_GROUPED,
    "qwen2_full": (
        transformers.Qwen2Config,
        dict(SIZES, num_key_value_heads=4, tie_word_embeddings=False, rms_norm_eps=1e-5, rope_parameters=rope(500.0)),
    ),
    "qwen3_grouped": (
        transformers.Qwen3Config,
        dict(SIZES, num_key_value_heads=2, head_dim=16, tie_word_embeddings=True, rms_norm_eps=1e-3, rope_parameters=rope(1e6)),
    ),
    "llama_single": (
        transformers.LlamaConfig,
        dict(SIZES, num_key_value_heads=1, tie_word_embeddings=False, rms_norm_eps=1e-5, rope_parameters=rope(10_000.0)),
    ),
    "llama_llama3_rope": (
        transformers.LlamaConfig,
        dict(SIZES, num_key_value_heads=2, tie_word_embeddings=True, rms_norm_eps=1e-5, rope_parameters=LLAMA3_ROPE),
    ),
    "mistral_grouped": (
        transformers.MistralConfig,
        dict(
            SIZES,
            num_key_value_heads=2,
            head_dim=16,
            tie_word_embeddings=False,
            sliding_window=None,
            rms_norm_eps=1e-2,
            rope_parameters=rope(1000.0),
        ),
    ),
    "gpt2_full": (
        transformers.GPT2Config,
        dict(vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=None, eos_token_id=None),
    ),
    "attention_only": (None, None),
}
STORED_AS = {"qwen2_grouped_f16": torch.float16, "qwen2_grouped_bf16": torch.bfloat16}

ATTENTION_ONLY = dict(
    model_type="attention_only",
    vocab_size=96,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    head_dim=8,
    max_position_embeddings=64,
    positions="learned",
    norm="none",
    tie_word_embeddings=False,
)

NOTES = {
    "ln.hook_scale": "sqrt(mean(x^2) + eps), x centred first for LayerNorm; a denominator, [batch, position, 1]",
    "ln.hook_normalized": "x / hook_scale (x centred first for LayerNorm), before the gain and the bias. An edited "
    "hook_scale is divided by; an edited hook_normalized then goes through gain and bias.",
    "attn.hook_q, hook_k, hook_v": "after the projection and its bias; before the rotation, and in Qwen3 before the "
    "q and k norms (TransformerBridge names the normed ones hook_q_normed, hook_k_normed)",
    "attn.hook_attn_scores": "after scaling by 1/sqrt(d_head) and after the mask; masked entries are -inf here "
    "(TransformerBridge has the lowest f32 instead) and stay so under an edit",
    "attn.hook_result": "z of each head through its rows of W_O, without the output bias, which hook_attn_out has",
    "mlp.hook_pre, hook_pre_linear, hook_post": "gate projection before the activation, up projection, their product",
    "hook_resid_mid": "absent from attention-only models",
    "projectOut": "x less its projection on the span of the directions, which are neither unit nor orthogonal",
}


def seeded(name: str) -> torch.Generator:
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


# Checkpoints.


def randomize(state: dict[str, Tensor], generator: torch.Generator) -> None:
    """Fills every tensor: gains around 1, everything else around 0, wide enough that no part is trivial."""
    for name, tensor in state.items():
        noise = torch.randn(tensor.shape, generator=generator)
        gain = tensor.ndim == 1 and name.endswith("weight")
        tensor.copy_(1 + 0.3 * noise if gain else 0.25 * noise)


def write_checkpoint(name: str, folder: Path) -> None:
    """Writes the case's checkpoint as transformers does."""
    config_class, settings = CASES[name]
    generator = seeded(name.replace("_f16", "").replace("_bf16", "").replace("_shards", ""))
    if config_class is None:
        write_attention_only(folder, generator)
        return
    model = AutoModelForCausalLM.from_config(config_class(**settings))
    randomize(dict(model.named_parameters()), generator)
    model.to(STORED_AS.get(name, torch.float32))
    shard_size = "60KB" if name.endswith("_shards") else "1GB"
    model.save_pretrained(folder, max_shard_size=shard_size)


def write_attention_only(folder: Path, generator: torch.Generator) -> None:
    """Circuitbook's own attention-only layout, which transformers has no class for."""
    c = ATTENTION_ONLY
    d, inner = c["hidden_size"], c["num_attention_heads"] * c["head_dim"]
    shapes = {"embed.weight": (c["vocab_size"], d), "positions.weight": (c["max_position_embeddings"], d)}
    for layer in range(c["num_hidden_layers"]):
        shapes |= {f"blocks.{layer}.attn.{part}.weight": (inner, d) for part in "qkv"}
        shapes[f"blocks.{layer}.attn.o.weight"] = (d, inner)
    shapes["unembed.weight"] = (c["vocab_size"], d)
    state = {name: torch.empty(shape) for name, shape in shapes.items()}
    randomize(state, generator)
    folder.mkdir(parents=True)
    safetensors.torch.save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", c)


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a checkpoint, widened to f32."""
    weights: dict[str, Tensor] = {}
    for file in sorted(folder.glob("model*.safetensors")):
        weights |= safetensors.torch.load_file(file)
    return {name: tensor.float() for name, tensor in weights.items()}


# The other implementations that the oracle is held to.


def plain_attention_only(weights: dict[str, Tensor], tokens: Tensor) -> Tensor:
    """The attention-only forward in its shortest form, with PyTorch's own attention."""
    x = weights["embed.weight"][tokens] + weights["positions.weight"][: tokens.shape[1]]
    for layer in range(ATTENTION_ONLY["num_hidden_layers"]):
        w = {part: weights[f"blocks.{layer}.attn.{part}.weight"] for part in "qkvo"}
        q, k, v = ((x @ w[p].T).unflatten(-1, (-1, ATTENTION_ONLY["head_dim"])).transpose(1, 2) for p in "qkv")
        z = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + z.transpose(1, 2).flatten(2) @ w["o"].T
    return x @ weights["unembed.weight"].T


class Bridge:
    """TransformerLens's TransformerBridge on a checkpoint folder, with Circuitbook's names."""

    def __init__(self, folder: Path):
        from transformer_lens.model_bridge import TransformerBridge

        self.model = TransformerBridge.boot_transformers(str(folder), device="cpu", dtype=torch.float32)
        self.model.set_use_attn_result(True)

    def points(self, tokens: Tensor) -> dict[str, Tensor]:
        logits, cache = self.model.run_with_cache(tokens)
        return {name: minus_infinity(value) for name, value in cache.items()} | {"logits": logits}

    def edited_logits(self, tokens: Tensor, edits: list[dict], names: list[str]) -> Tensor:
        def hook_for(edit: dict):
            return lambda x, hook, name: minus_infinity_kept(edited(name, minus_infinity(x), edit))

        hooks = []
        for edit in edits:
            for name in names:
                if matches(name, edit):
                    hooks.append((name, lambda x, hook, name=name, run=hook_for(edit): run(x, hook, name)))
        return self.model.run_with_hooks(tokens, fwd_hooks=hooks)


def minus_infinity(x: Tensor) -> Tensor:
    """The bridge's lowest f32 in masked attention scores, as the -inf it stands for."""
    return x.masked_fill(x <= torch.finfo(torch.float32).min / 2, float("-inf")) if x.is_floating_point() else x


def minus_infinity_kept(x: Tensor) -> Tensor:
    return x.clamp(min=torch.finfo(torch.float32).min)


def difference(a: Tensor, b: Tensor) -> float:
    """The greatest absolute difference; infinities must stand in the same places."""
    assert a.shape == b.shape, (a.shape, b.shape)
    finite = torch.isfinite(a)
    assert torch.equal(finite, torch.isfinite(b))
    return (a[finite] - b[finite]).abs().max().item()


def agree(what: str, a: Tensor, b: Tensor, tolerance: float = TOLERANCE) -> float:
    """The difference of two tensors relative to the size of the first, held to the tolerance."""
    found = difference(a, b)
    size = a[torch.isfinite(a)].abs().max().item()
    if found > tolerance * max(1.0, size):
        raise AssertionError(f"Expected {what} within {tolerance} of each other but found {found} (size {size:.3g})")
    return found


# Edits.


def edit_cases(decoder: Decoder, generator: torch.Generator) -> dict[str, list[dict]]:
    """The edited runs of a case: name -> edits, in Circuitbook's JSON form."""

    def vector(size: int, std: float = 1.0) -> list[float]:
        return [round(v, 3) for v in (std * torch.randn(size, generator=generator)).tolist()]

    d, e = decoder.d_model, decoder.head_size
    cases = {
        "z_head": [{"at": "blocks.1.attn.hook_z", "heads": [1], "scale": 0}],
        "resid_shift": [{"at": "blocks.*.hook_resid_post", "positions": {"from": 5}, "shift": vector(d)}],
        "neurons": [{"at": "blocks.0.mlp.hook_post", "neurons": [3, 5], "scale": 0}],
        "scores_head": [{"at": "blocks.0.attn.hook_attn_scores", "heads": [0], "scale": 0.5}],
        "scores_pairs": [
            {
                "at": "blocks.1.attn.hook_attn_scores",
                "heads": [1, 3],
                "positions": [6, -1],
                "keys": [0, 2],
                "scale": 0,
                "shift": 1.5,
            }
        ],
        "pattern_queries": [{"at": "blocks.1.attn.hook_pattern", "heads": [2], "positions": {"from": 4}, "scale": 0}],
        "composed": [
            {"at": "blocks.0.hook_resid_post", "scale": 2},
            {"at": "blocks.0.hook_resid_post", "shift": vector(d)},
        ],
        "project_out": [{"at": "blocks.0.hook_resid_post", "projectOut": [vector(d), vector(d)]}],
        "kv_head": [
            {"at": "blocks.1.attn.hook_k", "heads": [0], "scale": 0.5},
            {"at": "blocks.1.attn.hook_v", "heads": [0], "scale": 0.25, "shift": vector(e)},
        ],
        "query": [{"at": "blocks.*.attn.hook_q", "heads": [1, 2], "positions": [-1, 3], "scale": -1, "shift": vector(e)}],
        "rotated": [
            {"at": "blocks.0.attn.hook_rot_q", "heads": [0, 2], "scale": 1.5},
            {"at": "blocks.1.attn.hook_rot_k", "heads": [0], "shift": vector(e)},
        ],
        "ln_normalized": [{"at": "blocks.0.ln1.hook_normalized", "scale": 1.3}],
        "ln_scale": [{"at": "blocks.1.ln1.hook_scale", "scale": 0.5}],
        "ln_both": [
            {"at": "blocks.0.ln2.hook_scale", "positions": [2, -1], "scale": 3, "shift": 0.25},
            {"at": "blocks.0.ln2.hook_normalized", "positions": {"from": 3}, "shift": vector(d)},
            {"at": "ln_final.hook_scale", "scale": 2},
        ],
        "embed": [{"at": "hook_embed", "positions": [0], "shift": vector(d)}],
        "pos_embed": [{"at": "hook_pos_embed", "positions": {"from": 6}, "scale": -1}],
        "outputs": [
            {"at": "blocks.*.hook_attn_out", "scale": 0.5},
            {"at": "blocks.*.hook_mlp_out", "scale": 0.5},
        ],
        "result_head": [{"at": "blocks.0.attn.hook_result", "heads": [3], "scale": 1.7}],
    }
    if decoder.family == "attention_only":
        cases["outputs"] = cases["outputs"][:1]
    names = point_names(decoder)
    return {case: edits for case, edits in cases.items() if all(any(matches(n, e) for n in names) for e in edits)}


def point_names(decoder: Decoder) -> list[str]:
    cache: dict[str, Tensor] = {}
    decoder(torch.zeros(1, 1, dtype=torch.long), cache=cache)
    return list(cache)


# Text.


def greedy(decoder: Decoder, tokens: list[int], count: int, edits: list[dict] = ()) -> tuple[list[int], float]:
    """New tokens, one full forward each, and the smallest lead of a chosen token over the next best."""
    text, margin = list(tokens), float("inf")
    for _ in range(count):
        best = decoder(torch.tensor([text]), edits)[0, -1].topk(2)
        margin = min(margin, (best.values[0] - best.values[1]).item())
        text.append(best.indices[0].item())
    return text[len(tokens) :], margin


def hf_greedy(model, tokens: list[int], count: int) -> list[int]:
    """The same from transformers' generate, which uses its cache; no token ends the text."""
    model.generation_config.eos_token_id = None
    ids = torch.tensor([tokens])
    mask = torch.ones_like(ids)
    out = model.generate(ids, attention_mask=mask, do_sample=False, max_new_tokens=count, min_new_tokens=count, pad_token_id=0)
    return out[0, len(tokens) :].tolist()


def silence(model, heads: list[tuple[int, int]], head_size: int) -> list:
    """Hooks on transformers' modules that zero the output of heads before W_O; call remove() on each to undo."""

    def hook_for(head: int):
        def hook(_module, args):
            z = args[0].clone()
            z[..., head * head_size : (head + 1) * head_size] = 0
            return (z,)

        return hook

    def projection(layer: int):
        blocks = model.transformer.h if hasattr(model, "transformer") else model.model.layers
        return blocks[layer].attn.c_proj if hasattr(blocks[layer], "attn") else blocks[layer].self_attn.o_proj

    return [projection(layer).register_forward_pre_hook(hook_for(head)) for layer, head in heads]


def greedy_texts(decoder: Decoder, model, rows: dict[str, list[int]], edits: list[dict]) -> dict[str, list[int]]:
    """Greedy text after each row, with and without the edit of one head, from two implementations that must agree."""
    texts = {}
    for row, tokens in rows.items():
        for suffix, active in {"": [], "_z_head": edits}.items():
            text, margin = greedy(decoder, tokens, NEW_TOKENS, active)
            assert margin > MARGIN, f"Expected a lead above {MARGIN} but found {margin}; change the seed"
            if model is not None:
                hooks = silence(model, [(1, 1)], decoder.head_size) if active else []
                assert hf_greedy(model, tokens, NEW_TOKENS) == text
                for hook in hooks:
                    hook.remove()
            texts[row + suffix] = text
    return texts


# A case.


def make_case(name: str) -> None:
    folder = CHECKPOINTS / name
    shutil.rmtree(folder, ignore_errors=True)
    write_checkpoint(name, folder)
    config, weights = json.loads((folder / "config.json").read_text()), read_weights(folder)
    decoder = Decoder(config, weights)
    hugging_face = config["model_type"] != "attention_only"
    model = load(folder) if hugging_face else None
    bridge = Bridge(folder) if hugging_face else None

    generator = seeded("tokens")
    rows = {row: torch.randint(96, (size,), generator=generator).tolist() for row, size in {"A": 12, "B": 7}.items()}
    row_a, row_b = torch.tensor([rows["A"]]), torch.tensor([rows["B"]])
    checks = {}
    for row in (row_a, row_b):
        expected = model(row).logits if model else plain_attention_only(weights, row)
        checks["logits"] = max(checks.get("logits", 0), agree("logits", expected, decoder(row)))

    points: dict[str, Tensor] = {}
    decoder(row_a, cache=points)
    sources = dict.fromkeys(points, "reference_decoder")
    if bridge:
        for point, value in bridge.points(row_a).items():
            if point in points:
                checks["points"] = max(checks.get("points", 0), agree(point, value, points[point]))
                points[point], sources[point] = value, "TransformerBridge"
    tensors = points | {"rows.B.logits": decoder(row_b)}

    edits = edit_cases(decoder, generator)
    for edit, steps in edits.items():
        logits = decoder(row_a, steps)
        change = difference(logits, points["logits"])
        assert change > 1e-3, f"Expected the edit {edit} of {name} to change the logits but found {change}"
        if bridge:
            found = agree(f"{name} {edit}", logits, bridge.edited_logits(row_a, steps, list(points)))
            checks["edited logits"] = max(checks.get("edited logits", 0), found)
        tensors[f"edited.{edit}.logits"] = logits

    reference = {
        "model": name,
        "rows": rows,
        "greedy": greedy_texts(decoder, model, rows, edits["z_head"]),
        "edits": edits,
        "points": {p: {"axes": axes_of(p), "source": sources[p]} for p in points},
        "largestDifferenceBetweenSources": checks,
        "notes": NOTES,
        "versions": versions(),
    }
    stored = {k: v.detach().float().contiguous().clone() for k, v in tensors.items()}
    safetensors.torch.save_file(stored, folder / "reference.safetensors")
    write_json(folder / "reference.json", reference)
    print(f"{name}: {sum(f.stat().st_size for f in folder.iterdir()) // 1024} KB, {len(edits)} edits, {checks}")


def load(folder: Path):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


# The trained model.


def make_trained() -> None:
    """Logits and greedy text of the embedded trained model, whole and with two heads silenced."""
    from tokenizers import Tokenizer

    prompt = (
        "User: Using the numbers [11, 5, 68], create an equation that equals 62.\n"
        "Assistant: Let me solve this step by step.\n<think>"
    )
    heads = [(1, 3), (1, 5)]
    tokenizer = Tokenizer.from_file(str(TRAINED / "tokenizer.json"))
    tokens = tokenizer.encode(prompt).ids
    model = load(TRAINED)
    head_size = model.config.hidden_size // model.config.num_attention_heads
    decoder = Decoder(model.config.to_dict(), read_weights(TRAINED))
    edits = [{"at": "blocks.1.attn.hook_z", "heads": [3, 5], "scale": 0}]

    def measure(active: list[dict]) -> dict:
        logits = model(torch.tensor([tokens])).logits[0, -1]
        agree("logits of the trained model", logits, decoder(torch.tensor([tokens]), active)[0, -1], 1e-4)
        new_tokens, margin = greedy(decoder, tokens, 100, active)
        assert hf_greedy(model, tokens, 100) == new_tokens
        return {
            "lastLogits": [round(v, 6) for v in logits.tolist()],
            "newTokens": new_tokens,
            "text": tokenizer.decode(new_tokens, skip_special_tokens=False),
            "smallestLead": margin,
        }

    whole = measure([])
    hooks = silence(model, heads, head_size)
    silenced = measure(edits)
    for hook in hooks:
        hook.remove()
    reference = {
        "model": "countdown-r1",
        "prompt": prompt,
        "tokens": tokens,
        "whole": whole,
        "edits": edits,
        "silenced": silenced,
        "notes": "f32 on the stored f16 weights; greedy, 100 tokens, the end token does not end the text",
        "versions": versions(),
    }
    write_json(HERE / "countdown_r1.json", reference)
    print(f"countdown_r1.json: leads {whole['smallestLead']:.3g}, {silenced['smallestLead']:.3g}\n{whole['text']}\n---\n{silenced['text']}")


def versions() -> dict[str, str]:
    from importlib.metadata import version

    return {package: version(package) for package in ("torch", "transformers", "transformer-lens", "safetensors")}


def write_json(path: Path, value: dict) -> None:
    """Two levels indented, deeper ones on a line each."""
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            body = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in inner.items())
            lines.append(f"  {json.dumps(key)}: {{\n{body}\n  }}")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(inner)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main(names: list[str]) -> None:
    torch.set_grad_enabled(False)
    for name in names or [*CASES, "countdown-r1"]:
        make_trained() if name == "countdown-r1" else make_case(name)


main(sys.argv[1:])
