"""Gradients by PyTorch's autograd, for the tests: writes gradients_reference.safetensors beside it.

usage: python tests/data/gradients_reference.py

The decoder is the independent one of reference_decoder.py. For each small checkpoint: the gradient of logit(7) - logit(11) at the
end of six tokens by every hook point (`NAME/point/…`), and of the mean next-token loss of two rows, unequally long, by every
weight (`NAME/weight/…`); `NAME/loss` is that loss.
"""

import json
from pathlib import Path

import safetensors.torch
import torch
from torch.nn import functional as F

from reference_checkpoints import read_weights
from reference_decoder import Decoder

HERE = Path(__file__).parent
CASES = "qwen2_grouped qwen2_full qwen3_grouped llama_single llama_llama3_rope mistral_grouped gpt2_full attention_only".split()


def by_points(decoder: Decoder, tokens: list[int]) -> dict[str, torch.Tensor]:
    for weight in decoder.weights.values():
        weight.requires_grad_(True)
    cache = {}
    logits = decoder(torch.tensor([tokens]), cache=cache)[0, -1]
    slopes = torch.autograd.grad(logits[7] - logits[11], list(cache.values()), allow_unused=True)
    return {f"point/{name}": slope for name, slope in zip(cache, slopes) if slope is not None}


def by_weights(decoder: Decoder, rows: list[list[int]]) -> dict[str, torch.Tensor]:
    losses = [F.cross_entropy(decoder(torch.tensor([row]))[0, :-1], torch.tensor(row[1:]), reduction="sum") for row in rows]
    loss = sum(losses) / sum(len(row) - 1 for row in rows)
    names = [name for name, weight in decoder.weights.items() if weight.is_floating_point()]
    slopes = torch.autograd.grad(loss, [decoder.weights[name] for name in names], allow_unused=True)
    return {"loss": loss.detach()[None], **{f"weight/{name}": slope for name, slope in zip(names, slopes) if slope is not None}}


def main() -> None:
    reference = {}
    for name in CASES:
        folder = HERE / "checkpoints" / name
        rows = json.loads((folder / "reference.json").read_text())["rows"]
        decoder = Decoder(json.loads((folder / "config.json").read_text()), read_weights(folder))
        slopes = by_points(decoder, rows["A"][:6]) | by_weights(decoder, [rows["A"][:6], rows["B"][:4]])
        reference |= {f"{name}/{key}": slope.clone(memory_format=torch.contiguous_format) for key, slope in slopes.items()}
    safetensors.torch.save_file(reference, HERE / "gradients_reference.safetensors")


main()
