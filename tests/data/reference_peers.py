"""The implementations that the oracle is held to: transformers, TransformerBridge, and PyTorch's own attention."""

from pathlib import Path

import torch
import transformers
from torch import Tensor
from transformers import AutoModelForCausalLM

from reference_checkpoints import ATTENTION_ONLY
from reference_decoder import edited, matches


def load(folder: Path):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


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

        tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
        self.model = TransformerBridge.boot_transformers(
            str(folder), device="cpu", dtype=torch.float32, tokenizer=tokenizer
        )
        self.model.set_use_attn_result(True)

    def points(self, tokens: Tensor) -> dict[str, Tensor]:
        logits, cache = self.model.run_with_cache(tokens)
        return {name: minus_infinity(value) for name, value in cache.items()} | {"logits": logits}

    def edited_logits(self, tokens: Tensor, edits: list[dict], names: list[str]) -> Tensor:
        def hook_for(name: str, edit: dict):
            return lambda x, hook: edited(name, minus_infinity(x), edit)

        hooks = [(name, hook_for(name, edit)) for edit in edits for name in names if matches(name, edit)]
        return self.model.run_with_hooks(tokens, fwd_hooks=hooks)


def minus_infinity(x: Tensor) -> Tensor:
    """The bridge's lowest f32 in masked attention scores, as the -inf it stands for."""
    return x.masked_fill(x <= torch.finfo(torch.float32).min / 2, float("-inf")) if x.is_floating_point() else x


def hf_greedy(model, tokens: list[int], count: int) -> list[int]:
    """The same from transformers' generate, which uses its cache; no token ends the text."""
    model.generation_config.eos_token_id = None
    ids = torch.tensor([tokens])
    mask = torch.ones_like(ids)
    out = model.generate(
        ids, attention_mask=mask, do_sample=False, max_new_tokens=count, min_new_tokens=count, pad_token_id=0
    )
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
        if hasattr(model, "gpt_neox"):
            return model.gpt_neox.layers[layer].attention.dense
        blocks = model.transformer.h if hasattr(model, "transformer") else model.model.layers
        return blocks[layer].attn.c_proj if hasattr(blocks[layer], "attn") else blocks[layer].self_attn.o_proj

    return [projection(layer).register_forward_pre_hook(hook_for(head)) for layer, head in heads]
