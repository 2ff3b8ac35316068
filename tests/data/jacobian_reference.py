"""Averaged Jacobians by PyTorch's autograd, for the tests: writes jacobian_reference.safetensors beside it.

usage: python tests/data/jacobian_reference.py

For each small checkpoint (`NAME`, [output, input]): the whole Jacobian of the last residual stream at all positions by the stream
after layer 0 at all positions; of that, as the definition says, the sum over later positions, averaged over earlier ones and over
rows A and B. The decoder is the independent one of reference_decoder.py. Rows are cut to MOST tokens; positions are those from SKIP
to the last but one.
"""

import json
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from reference_checkpoints import read_weights
from reference_decoder import Decoder

HERE = Path(__file__).parent
CASES = "qwen2_grouped qwen3_grouped llama_single gpt2_full attention_only".split()
SKIP, MOST = 2, 10


def same(name: str, x: Tensor) -> Tensor:
    return x


def after_first(decoder: Decoder, stream: Tensor) -> Tensor:
    """The last residual stream [position, d_model] from that after layer 0."""
    x = stream[None]
    for layer in range(1, decoder.layers):
        x = x + decoder.attention(layer, decoder.norm("", decoder.layer_name(layer, "ln1"), x, same), same)
        if decoder.family != "attention_only":
            x = x + decoder.mlp(layer, decoder.norm("", decoder.layer_name(layer, "ln2"), x, same), same)
    return x[0]


def of_text(decoder: Decoder, tokens: list[int]) -> Tensor:
    cache = {}
    decoder(torch.tensor([tokens]), cache=cache)
    first, last = (cache[f"blocks.{layer}.hook_resid_post"][0] for layer in (0, decoder.layers - 1))
    torch.testing.assert_close(after_first(decoder, first), last)
    whole = torch.autograd.functional.jacobian(lambda stream: after_first(decoder, stream), first)
    counted = range(SKIP, len(tokens) - 1)
    sums = [sum(whole[later, :, source, :] for later in counted if later >= source) for source in counted]
    return torch.stack(sums).mean(0)


def main() -> None:
    reference = {}
    for name in CASES:
        folder = HERE / "checkpoints" / name
        rows = json.loads((folder / "reference.json").read_text())["rows"]
        decoder = Decoder(json.loads((folder / "config.json").read_text()), read_weights(folder))
        assert decoder.layers == 2
        reference[name] = torch.stack([of_text(decoder, rows[row][:MOST]) for row in "AB"]).mean(0).contiguous()
    safetensors.torch.save_file(reference, HERE / "jacobian_reference.safetensors")


main()
