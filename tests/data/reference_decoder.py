"""A small decoder in plain PyTorch with an edit at every hook point: the oracle behind the reference data.

It is written from the definitions of the model families, shares no code with Circuitbook, and is held to the logits of
transformers by make_references.py before anything it computes is stored.
"""

import fnmatch
import math

import torch
from torch import Tensor
from torch.nn import functional as F

AXES = {
    "hook_embed": "batch position d_model",
    "hook_pos_embed": "batch position d_model",
    "hook_resid_pre": "batch position d_model",
    "hook_resid_mid": "batch position d_model",
    "hook_resid_post": "batch position d_model",
    "hook_scale": "batch position scale",
    "hook_normalized": "batch position d_model",
    "hook_q": "batch position head d_head",
    "hook_k": "batch position kv_head d_head",
    "hook_v": "batch position kv_head d_head",
    "hook_rot_q": "batch position head d_head",
    "hook_rot_k": "batch position kv_head d_head",
    "hook_attn_scores": "batch head query key",
    "hook_pattern": "batch head query key",
    "hook_z": "batch position head d_head",
    "hook_result": "batch position head d_model",
    "hook_attn_out": "batch position d_model",
    "hook_mlp_out": "batch position d_model",
    "hook_pre": "batch position d_mlp",
    "hook_pre_linear": "batch position d_mlp",
    "hook_post": "batch position d_mlp",
    "logits": "batch position vocab",
}

SELECTORS = {  # key of an edit -> the axes that it selects on
    "heads": ("head", "kv_head"),
    "neurons": ("d_mlp",),
    "positions": ("position", "query"),
    "keys": ("key",),
    "rows": ("batch",),
}


def axes_of(name: str) -> list[str]:
    """The axes of a hook point, by the last part of its name."""
    return AXES[name.split(".")[-1]].split()


def matches(name: str, edit: dict) -> bool:
    return fnmatch.fnmatchcase(name, edit["at"])


def selected(selection: list[int] | dict, size: int) -> Tensor:
    """Which of `size` indices a selection names: a list (negative from the end) or {"from": first}."""
    chosen = torch.zeros(size, dtype=torch.bool)
    if isinstance(selection, dict):
        chosen[selection["from"] :] = True
    else:
        chosen[selection] = True
    return chosen


def edited(name: str, x: Tensor, edit: dict) -> Tensor:
    """`x` after one edit: x * scale + shift where the edit selects, or without the span of its directions."""
    axes = axes_of(name)
    mask = torch.isfinite(x)  # a masked attention score stays -inf
    for key, candidates in SELECTORS.items():
        if key in edit:
            axis = next(i for i, a in enumerate(axes) if a in candidates)
            shape = [-1 if i == axis else 1 for i in range(x.ndim)]
            mask = mask & selected(edit[key], x.shape[axis]).view(shape)
    if "projectOut" in edit:
        basis, _ = torch.linalg.qr(torch.tensor(edit["projectOut"], dtype=x.dtype).T)
        changed = x - x @ basis @ basis.T
    else:
        changed = x * edit.get("scale", 1.0) + torch.tensor(edit.get("shift", 0.0), dtype=x.dtype)
    return torch.where(mask, changed, x)


class Decoder:
    """Circuitbook's hook points over the weights of a Hugging Face checkpoint; `config` is its config.json."""

    def __init__(self, config: dict, weights: dict[str, Tensor]):
        gpt2 = config["model_type"] == "gpt2"
        self.family = config["model_type"]
        self.weights = weights
        self.layers = config["n_layer" if gpt2 else "num_hidden_layers"]
        self.d_model = config["n_embd" if gpt2 else "hidden_size"]
        self.heads = config["n_head" if gpt2 else "num_attention_heads"]
        self.kv_heads = config.get("num_key_value_heads") or self.heads
        self.head_size = config.get("head_dim") or self.d_model // self.heads
        self.eps = config.get("layer_norm_epsilon", config.get("rms_norm_eps"))
        self.rope = config.get("rope_parameters")

    # The run: names of points are given once, here.

    def __call__(self, tokens: Tensor, edits: list[dict] = (), cache: dict[str, Tensor] | None = None) -> Tensor:
        """Logits [batch, position, vocab]; every hook point, after its edits, goes into `cache`."""

        def point(name: str, x: Tensor) -> Tensor:
            for edit in edits:
                if matches(name, edit):
                    x = edited(name, x, edit)
            if cache is not None:
                cache[name] = x
            return x

        x = point(
            "hook_embed",
            F.embedding(tokens, self.find("embed.weight", "model.embed_tokens.weight", "transformer.wte.weight")),
        )
        positions = self.find("positions.weight", "transformer.wpe.weight", default=None)
        if positions is not None:
            x = x + point("hook_pos_embed", positions[: tokens.shape[1]].expand_as(x))
        for layer in range(self.layers):
            at = f"blocks.{layer}."
            x = point(at + "hook_resid_pre", x)
            normed = self.norm(at + "ln1", self.layer_name(layer, "ln1"), x, point)
            x = x + point(at + "hook_attn_out", self.attention(layer, normed, point))
            if self.family != "attention_only":
                x = point(at + "hook_resid_mid", x)
                normed = self.norm(at + "ln2", self.layer_name(layer, "ln2"), x, point)
                x = x + point(at + "hook_mlp_out", self.mlp(layer, normed, point))
            x = point(at + "hook_resid_post", x)
        x = self.norm("ln_final", "transformer.ln_f" if self.family == "gpt2" else "model.norm", x, point)
        unembed = self.find("unembed.weight", "lm_head.weight", "model.embed_tokens.weight", "transformer.wte.weight")
        return point("logits", x @ unembed.T)

    def attention(self, layer: int, x: Tensor, point) -> Tensor:
        at = f"blocks.{layer}.attn."
        q, k, v = self.project(layer, x)
        q, k, v = point(at + "hook_q", q), point(at + "hook_k", k), point(at + "hook_v", v)
        if self.family == "qwen3":
            q = self.rms(q) * self.weights[f"model.layers.{layer}.self_attn.q_norm.weight"]
            k = self.rms(k) * self.weights[f"model.layers.{layer}.self_attn.k_norm.weight"]
        if self.rope:
            q, k = point(at + "hook_rot_q", self.rotated(q)), point(at + "hook_rot_k", self.rotated(k))
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, 2), v.repeat_interleave(group, 2)
        scores = torch.einsum("bqhe,bkhe->bhqk", q, k) / math.sqrt(self.head_size)
        length = x.shape[1]
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        scores = point(at + "hook_attn_scores", scores.masked_fill(future, -math.inf))
        pattern = point(at + "hook_pattern", scores.softmax(-1))
        z = point(at + "hook_z", torch.einsum("bhqk,bkhe->bqhe", pattern, v))
        weight, bias = self.linear(layer, "o")
        per_head = weight.T.reshape(self.heads, self.head_size, self.d_model)
        result = point(at + "hook_result", torch.einsum("bqhe,hed->bqhd", z, per_head))
        return result.sum(2) + (0 if bias is None else bias)

    def mlp(self, layer: int, x: Tensor, point) -> Tensor:
        at = f"blocks.{layer}.mlp."
        if self.family == "gpt2":
            pre = point(at + "hook_pre", F.linear(x, *self.linear(layer, "c_fc")))
            post = point(at + "hook_post", F.gelu(pre, approximate="tanh"))
            return F.linear(post, *self.linear(layer, "c_proj"))
        pre = point(at + "hook_pre", F.linear(x, *self.linear(layer, "gate_proj")))
        linear = point(at + "hook_pre_linear", F.linear(x, *self.linear(layer, "up_proj")))
        post = point(at + "hook_post", F.silu(pre) * linear)
        return F.linear(post, *self.linear(layer, "down_proj"))

    def norm(self, at: str, name: str, x: Tensor, point) -> Tensor:
        """scale = sqrt(mean square + eps); normalized = (centred) x / scale, before the gain and the bias."""
        if self.family == "attention_only":
            return x
        if self.family == "gpt2":
            x = x - x.mean(-1, keepdim=True)
        scale = point(at + ".hook_scale", (x.pow(2).mean(-1, keepdim=True) + self.eps).sqrt())
        normalized = point(at + ".hook_normalized", x / scale)
        return normalized * self.weights[name + ".weight"] + self.weights.get(name + ".bias", 0)

    def rms(self, x: Tensor) -> Tensor:
        return x / (x.pow(2).mean(-1, keepdim=True) + self.eps).sqrt()

    def rotated(self, x: Tensor) -> Tensor:
        """Rotary embedding of x [batch, position, head, d_head]; pairs are (i, i + d_head / 2)."""
        frequencies = rope_frequencies(self.rope, self.head_size)
        angles = torch.arange(x.shape[1]).float()[:, None] * frequencies
        cos, sin = angles.cos()[:, None], angles.sin()[:, None]
        first, second = x.chunk(2, -1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)

    # Where weights stand in a checkpoint.

    def find(self, *names: str, default=...) -> Tensor:
        for name in names:
            if name in self.weights:
                return self.weights[name]
        if default is ...:
            raise KeyError(names)
        return default

    def layer_name(self, layer: int, part: str) -> str:
        if self.family == "gpt2":
            return {
                "ln1": f"transformer.h.{layer}.ln_1",
                "ln2": f"transformer.h.{layer}.ln_2",
                "o": f"transformer.h.{layer}.attn.c_proj",
                "c_attn": f"transformer.h.{layer}.attn.c_attn",
            }.get(part, f"transformer.h.{layer}.mlp.{part}")
        if self.family == "attention_only":
            return f"blocks.{layer}.attn.{part}"
        return f"model.layers.{layer}." + {
            "ln1": "input_layernorm",
            "ln2": "post_attention_layernorm",
            **{p: f"self_attn.{p}_proj" for p in "qkvo"},
        }.get(part, f"mlp.{part}")

    def linear(self, layer: int, part: str) -> tuple[Tensor, Tensor | None]:
        """Weight [out, in] and bias of a linear map; GPT-2 stores [in, out]."""
        name = self.layer_name(layer, part)
        weight = self.weights[name + ".weight"]
        return weight.T if self.family == "gpt2" else weight, self.weights.get(name + ".bias")

    def project(self, layer: int, x: Tensor) -> list[Tensor]:
        """Queries, keys and values [batch, position, head, d_head], biases included."""
        if self.family == "gpt2":
            parts = F.linear(x, *self.linear(layer, "c_attn")).chunk(3, -1)
        else:
            parts = [F.linear(x, *self.linear(layer, part)) for part in "qkv"]
        return [p.unflatten(-1, (-1, self.head_size)) for p in parts]


def rope_frequencies(rope: dict, head_size: int) -> Tensor:
    """Angle per position of each rotated pair; `llama3` slows the long waves down and blends the ones between."""
    frequencies = rope["rope_theta"] ** (-torch.arange(0, head_size, 2).float() / head_size)
    if rope["rope_type"] == "default":
        return frequencies
    assert rope["rope_type"] == "llama3"
    turns = rope["original_max_position_embeddings"] * frequencies / (2 * math.pi)
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    kept = ((turns - low) / (high - low)).clamp(0, 1)
    return frequencies * (kept + (1 - kept) / rope["factor"])
