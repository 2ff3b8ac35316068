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
        if self.family == "gpt_neox":
            self.eps = config["layer_norm_eps"]
        self.gemma = self.family.startswith("gemma")
        self.parallel = config.get("use_parallel_residual", False)
        self.context = config.get("max_position_embeddings")
        self.window = config.get("sliding_window")
        self.layer_types = config.get("layer_types")
        self.score_scale = config.get("query_pre_attn_scalar", self.head_size) ** -0.5
        self.score_cap = config.get("attn_logit_softcapping")
        self.logit_cap = config.get("final_logit_softcapping")
        self.post_norms = self.gemma or self.family == "olmo2"

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

        table = self.find(
            "embed.weight", "model.embed_tokens.weight", "transformer.wte.weight", "gpt_neox.embed_in.weight"
        )
        x = point("hook_embed", F.embedding(tokens, table) * (self.d_model**0.5 if self.gemma else 1.0))
        positions = self.find("positions.weight", "transformer.wpe.weight", default=None)
        if positions is not None:
            x = x + point("hook_pos_embed", positions[: tokens.shape[1]].expand_as(x))
        for layer in range(self.layers):
            at = f"blocks.{layer}."
            x = point(at + "hook_resid_pre", x)
            before = x
            out = self.attention(layer, self.pre_norm(at, layer, "ln1", x, point), point)
            x = x + point(at + "hook_attn_out", self.post_norm(at, layer, "ln1_post", out, point))
            if self.family != "attention_only":
                x = x if self.parallel else point(at + "hook_resid_mid", x)
                read = before if self.parallel else x
                out = self.mlp(layer, self.pre_norm(at, layer, "ln2", read, point), point)
                x = x + point(at + "hook_mlp_out", self.post_norm(at, layer, "ln2_post", out, point))
            x = point(at + "hook_resid_post", x)
        final = {"gpt2": "transformer.ln_f", "gpt_neox": "gpt_neox.final_layer_norm"}.get(self.family, "model.norm")
        x = self.norm("ln_final", final, x, point)
        unembed = self.find(
            "unembed.weight",
            "lm_head.weight",
            "embed_out.weight",
            "model.embed_tokens.weight",
            "transformer.wte.weight",
        )
        return point("logits", capped(x @ unembed.T, self.logit_cap))

    def pre_norm(self, at: str, layer: int, part: str, x: Tensor, point) -> Tensor:
        return x if self.family == "olmo2" else self.norm(at + part, self.layer_name(layer, part), x, point)

    def post_norm(self, at: str, layer: int, part: str, x: Tensor, point) -> Tensor:
        """The norm of what attention or MLP writes, in families that have one."""
        return self.norm(at + part, self.layer_name(layer, part), x, point) if self.post_norms else x

    def attention(self, layer: int, x: Tensor, point) -> Tensor:
        at = f"blocks.{layer}.attn."
        q, k, v = self.project(layer, x)
        q, k, v = point(at + "hook_q", q), point(at + "hook_k", k), point(at + "hook_v", v)
        gain = 1.0 if self.gemma else 0.0
        if self.family in ("qwen3", "gemma3_text"):
            q = self.rms(q) * (gain + self.weights[f"model.layers.{layer}.self_attn.q_norm.weight"])
            k = self.rms(k) * (gain + self.weights[f"model.layers.{layer}.self_attn.k_norm.weight"])
        if self.family == "olmo2":
            q, k = (
                (self.rms(x.flatten(2)) * self.weights[f"model.layers.{layer}.self_attn.{name}_norm.weight"]).view_as(x)
                for name, x in (("q", q), ("k", k))
            )
        kind = self.layer_types[layer] if self.layer_types else "full_attention"
        if self.rope:
            rope = self.rope.get(kind, self.rope)
            q = point(at + "hook_rot_q", self.rotated(q, rope))
            k = point(at + "hook_rot_k", self.rotated(k, rope))
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, 2), v.repeat_interleave(group, 2)
        scores = capped(torch.einsum("bqhe,bkhe->bhqk", q, k) * self.score_scale, self.score_cap)
        length = x.shape[1]
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        if self.window and (kind == "sliding_attention" or self.family == "phi3"):
            future |= torch.ones(length, length, dtype=torch.bool).tril(-self.window)
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
        if self.family == "gpt_neox":
            pre = point(at + "hook_pre", F.linear(x, *self.linear(layer, "dense_h_to_4h")))
            return F.linear(point(at + "hook_post", F.gelu(pre)), *self.linear(layer, "dense_4h_to_h"))
        if self.family == "phi3":
            gate, up = F.linear(x, *self.linear(layer, "gate_up_proj")).chunk(2, -1)
        else:
            gate, up = F.linear(x, *self.linear(layer, "gate_proj")), F.linear(x, *self.linear(layer, "up_proj"))
        pre = point(at + "hook_pre", gate)
        linear = point(at + "hook_pre_linear", up)
        act = F.gelu(pre, approximate="tanh") if self.gemma else F.silu(pre)
        post = point(at + "hook_post", act * linear)
        return F.linear(post, *self.linear(layer, "down_proj"))

    def norm(self, at: str, name: str, x: Tensor, point) -> Tensor:
        """scale = sqrt(mean square + eps); normalized = (centred) x / scale, before the gain and the bias."""
        if self.family == "attention_only":
            return x
        if self.family in ("gpt2", "gpt_neox"):
            x = x - x.mean(-1, keepdim=True)
        scale = point(at + ".hook_scale", (x.pow(2).mean(-1, keepdim=True) + self.eps).sqrt())
        normalized = point(at + ".hook_normalized", x / scale)
        gain = self.weights[name + ".weight"] + (1.0 if self.gemma else 0.0)
        return normalized * gain + self.weights.get(name + ".bias", 0)

    def rms(self, x: Tensor) -> Tensor:
        return x / (x.pow(2).mean(-1, keepdim=True) + self.eps).sqrt()

    def rotated(self, x: Tensor, rope: dict) -> Tensor:
        """Rotary embedding of the first dims of x [batch, position, head, d_head]; pairs are (i, i + dims / 2)."""
        dims = int(self.head_size * rope.get("partial_rotary_factor", 1.0))
        frequencies, size = rope_frequencies(rope, dims, self.context)
        angles = torch.arange(x.shape[1]).float()[:, None] * frequencies
        cos, sin = angles.cos()[:, None] * size, angles.sin()[:, None] * size
        first, second = x[..., :dims].chunk(2, -1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin, x[..., dims:]], -1)

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
        if self.family == "gpt_neox":
            return f"gpt_neox.layers.{layer}." + {
                "ln1": "input_layernorm",
                "ln2": "post_attention_layernorm",
                "o": "attention.dense",
                "qkv": "attention.query_key_value",
            }.get(part, f"mlp.{part}")
        if self.post_norms:
            part = {
                "ln1_post": "post_attention_layernorm",
                "ln2": "pre_feedforward_layernorm",
                "ln2_post": "post_feedforward_layernorm",
            }.get(part, part)
        return f"model.layers.{layer}." + {
            "ln1": "input_layernorm",
            "ln2": "post_attention_layernorm",
            **{p: f"self_attn.{p}_proj" for p in ("q", "k", "v", "o", "qkv")},
        }.get(part, part if part.endswith("layernorm") else f"mlp.{part}")

    def linear(self, layer: int, part: str) -> tuple[Tensor, Tensor | None]:
        """Weight [out, in] and bias of a linear map; GPT-2 stores [in, out]."""
        name = self.layer_name(layer, part)
        weight = self.weights[name + ".weight"]
        return weight.T if self.family == "gpt2" else weight, self.weights.get(name + ".bias")

    def project(self, layer: int, x: Tensor) -> list[Tensor]:
        """Queries, keys and values [batch, position, head, d_head], biases included."""
        if self.family == "gpt2":
            parts = F.linear(x, *self.linear(layer, "c_attn")).chunk(3, -1)
        elif self.family == "gpt_neox":
            whole = F.linear(x, *self.linear(layer, "qkv")).unflatten(-1, (self.heads, 3, self.head_size))
            return list(whole.unbind(-2))
        elif self.family == "phi3":
            width = self.heads * self.head_size, *[self.kv_heads * self.head_size] * 2
            parts = F.linear(x, *self.linear(layer, "qkv")).split(width, -1)
        else:
            parts = [F.linear(x, *self.linear(layer, part)) for part in "qkv"]
        return [p.unflatten(-1, (-1, self.head_size)) for p in parts]


def capped(x: Tensor, cap: float | None) -> Tensor:
    return x if cap is None else cap * (x / cap).tanh()


def rope_frequencies(rope: dict, dims: int, context: int) -> tuple[Tensor, float]:
    """Angle per position of each rotated pair, and the factor of all cosines and sines."""
    frequencies = rope["rope_theta"] ** (-torch.arange(0, dims, 2).float() / dims)
    kind, factor = rope["rope_type"], rope.get("factor")
    original = rope.get("original_max_position_embeddings", context)
    if kind == "default":
        return frequencies, 1.0
    if kind == "linear":
        return frequencies / factor, 1.0
    if kind == "longrope":  # texts here are shorter than the original context
        stretch = context / original
        size = math.sqrt(1 + math.log(stretch) / math.log(original)) if stretch > 1 else 1.0
        return frequencies / torch.tensor(rope["short_factor"]), size
    turns = original * frequencies / (2 * math.pi)
    if kind == "yarn":  # the blend is linear in the index of the pair
        pairs = [dims * math.log(original / (rope[b] * 2 * math.pi)) / (2 * math.log(rope["rope_theta"])) for b in ("beta_fast", "beta_slow")]
        low, high = max(math.floor(pairs[0]), 0), min(math.ceil(pairs[1]), dims - 1)
        slow = ((torch.arange(dims // 2) - low) / (high - low)).clamp(0, 1)
        return frequencies * (slow / factor + 1 - slow), 0.1 * math.log(factor) + 1
    assert kind == "llama3"
    # The long waves are slowed down, and those between long and short are blended.
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    kept = ((turns - low) / (high - low)).clamp(0, 1)
    return frequencies * (kept + (1 - kept) / factor), 1.0
