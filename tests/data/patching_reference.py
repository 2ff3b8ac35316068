"""Activation and path patching by plain PyTorch, for the tests: writes patching_reference.json beside it.

usage: python tests/data/patching_reference.py

The decoder is the independent one of reference_decoder.py. Clean is row A; corrupted differs from it in every token from the
fourth on; the metric is logit(7) - logit(11) at the last position. Every patch is a whole run.
"""

import json
from pathlib import Path

import torch

from reference_checkpoints import read_weights, seeded
from reference_decoder import Decoder

HERE = Path(__file__).parent
CASES = "qwen2_grouped qwen3_grouped llama_single gpt2_full".split()
NEURONS = [[0, 3], [1, 5]]
SENDERS = [[0, 1], [0, 2]]
RECEIVERS = [("head", 1, 2, "q"), ("kv_head", 1, 0, "k"), ("kv_head", 1, 0, "v"), ("neuron", 1, 5, None), ("neuron", 0, 7, None)]


class Case:
    def __init__(self, name: str):
        folder = HERE / "checkpoints" / name
        self.decoder = Decoder(json.loads((folder / "config.json").read_text()), read_weights(folder))
        self.clean = json.loads((folder / "reference.json").read_text())["rows"]["A"]
        drawn = torch.randint(96, (len(self.clean),), generator=seeded("corrupted")).tolist()
        self.corrupted = self.clean[:3] + [(a + 1) % 96 if a == b else a for a, b in zip(drawn, self.clean)][3:]
        self.from_cache, self.base = {}, {}
        self.values = {"clean": self.run(self.clean, cache=self.from_cache), "corrupted": self.run(self.corrupted, cache=self.base)}

    def run(self, tokens: list[int], edits: list[dict] = (), cache: dict | None = None) -> float:
        logits = self.decoder(torch.tensor([tokens]), list(edits), cache)[0, -1]
        return float(logits[7] - logits[11])

    def patched(self, point: str, **target) -> float:
        """The metric with the clean activation at a target."""
        return self.run(self.corrupted, [dict(at=point, scale=0, shift=self.from_cache[point].tolist(), **target)])

    def activations(self) -> dict:
        layers, length = range(self.decoder.layers), range(len(self.clean))
        heads, kv_heads = range(self.decoder.heads), range(self.decoder.kv_heads)
        return {
            "positions": [[self.patched(f"blocks.{l}.hook_resid_pre", positions=[t]) for t in length] for l in layers],
            "heads": [[self.patched(f"blocks.{l}.attn.hook_z", heads=[h]) for h in heads] for l in layers],
            "values": [[self.patched(f"blocks.{l}.attn.hook_v", heads=[h], positions=[4, 5]) for h in kv_heads] for l in layers],
            "patterns": [[self.patched(f"blocks.{l}.attn.hook_pattern", heads=[h]) for h in heads] for l in layers],
            "neurons": [self.patched(f"blocks.{l}.mlp.hook_post", neurons=[n]) for l, n in NEURONS],
        }

    def change(self, layer: int, head: int) -> list:
        """What a head's clean output adds to the corrupted residual stream."""
        point = f"blocks.{layer}.attn.hook_result"
        return (self.from_cache[point] - self.base[point])[:, :, head].tolist()

    def path(self, sender: list[int], kind: str, layer: int, member: int, input: str | None) -> float:
        """The receiver alone gets the sender's clean output."""
        entry = f"blocks.{layer}.hook_resid_{'mid' if kind == 'neuron' else 'pre'}"
        point = f"blocks.{layer}.mlp.hook_post" if kind == "neuron" else f"blocks.{layer}.attn.hook_{input}"
        cache = {}
        self.run(self.corrupted, [dict(at=entry, shift=self.change(*sender))], cache)
        target = {"neurons" if kind == "neuron" else "heads": [member]}
        return self.run(self.corrupted, [dict(at=point, scale=0, shift=cache[point].tolist(), **target)])

    def to_logits(self, sender: list[int]) -> float:
        end = f"blocks.{self.decoder.layers - 1}.hook_resid_post"
        return self.run(self.corrupted, [dict(at=end, shift=self.change(*sender))])

    def paths(self) -> list:
        return [[self.path(sender, *receiver) for receiver in RECEIVERS] + [self.to_logits(sender)] for sender in SENDERS]


def main() -> None:
    reference = {}
    for name in CASES:
        case = Case(name)
        reference[name] = dict(rows=dict(clean=case.clean, corrupted=case.corrupted), **case.values, **case.activations(), paths=case.paths())
    (HERE / "patching_reference.json").write_text(json.dumps(reference, indent=1) + "\n")


torch.set_grad_enabled(False)
main()
