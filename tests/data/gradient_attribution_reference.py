"""Attribution patching and integrated gradients by PyTorch's autograd, for the tests: writes gradient_attribution_reference.json beside it.

usage: python tests/data/gradient_attribution_reference.py

The decoder is the independent one of reference_decoder.py; pairs and metric are those of patching_reference.py.
"""

import json
from pathlib import Path

import torch
from torch import Tensor

import reference_decoder
from reference_checkpoints import read_weights, seeded
from reference_decoder import Decoder

HERE = Path(__file__).parent
CASES = "qwen2_grouped qwen3_grouped llama_single gpt2_full attention_only".split()
STEPS = 6


class Case:
    def __init__(self, name: str):
        folder = HERE / "checkpoints" / name
        self.decoder = Decoder(json.loads((folder / "config.json").read_text()), read_weights(folder))
        clean = json.loads((folder / "reference.json").read_text())["rows"]["A"]
        drawn = torch.randint(96, (len(clean),), generator=seeded("corrupted")).tolist()
        self.rows = dict(clean=clean, corrupted=clean[:3] + [(a + 1) % 96 if a == b else a for a, b in zip(drawn, clean)][3:])
        self.clean, self.corrupted = {}, {}
        self.values = {"clean": float(self.metric("clean", self.clean)), "corrupted": float(self.metric("corrupted", self.corrupted))}

    def metric(self, kind: str, cache: dict | None = None, edits: list[dict] = ()) -> Tensor:
        logits = self.decoder(torch.tensor([self.rows[kind]]), list(edits), cache)[0, -1]
        return logits[7] - logits[11]

    def slopes(self) -> dict[str, Tensor]:
        """The gradient of the corrupted run by every hook point."""
        cache: dict[str, Tensor] = {}
        for weight in self.decoder.weights.values():
            weight.requires_grad_()
        value = self.metric("corrupted", cache)
        found = torch.autograd.grad(value, list(cache.values()), allow_unused=True)
        for weight in self.decoder.weights.values():
            weight.requires_grad_(False)
        return {name: slope for name, slope in zip(cache, found) if slope is not None}

    def estimates(self) -> dict:
        slopes, layers = self.slopes(), range(self.decoder.layers)

        def products(point: str, kept: str) -> list:
            axes = "".join("bthe"[i] for i in range(self.clean[point].ndim))
            change = self.clean[point] - self.corrupted[point]
            return torch.einsum(f"{axes},{axes}->{kept}", change, slopes[point]).tolist()

        def by_layer(point: str, kept: str) -> list:
            return [products(f"blocks.{layer}.{point}", kept) for layer in layers]

        has_mlp = self.decoder.family != "attention_only"
        return dict(
            heads=by_layer("attn.hook_z", "h"),
            heads_by_position=by_layer("attn.hook_z", "ht"),
            values=by_layer("attn.hook_v", "h"),
            results=by_layer("attn.hook_result", "h"),
            patterns=[torch.einsum("bhqk,bhqk->h", self.clean[p] - self.corrupted[p], slopes[p]).tolist() for p in (f"blocks.{layer}.attn.hook_pattern" for layer in layers)],
            positions=by_layer("hook_resid_pre", "t"),
            mlps=by_layer("hook_mlp_out", "") if has_mlp else [],
            neurons=by_layer("mlp.hook_post", "h") if has_mlp else [],
        )

    def integrated(self, point: str, zero: bool) -> list:
        """Contributions of each position along the path, from zeros or from the corrupted run."""
        end = self.clean[point]
        start = torch.zeros_like(end) if zero else self.corrupted[point]
        total = torch.zeros_like(end)
        for step in range(STEPS):
            x = (start + (step + 0.5) / STEPS * (end - start)).requires_grad_()
            total += torch.autograd.grad(self.from_point(point, x), x)[0] / STEPS
        return ((end - start) * total).sum((0, 2)).tolist()

    def from_point(self, point: str, x: Tensor) -> Tensor:
        """The clean run with x in the place of an activation."""
        plain = reference_decoder.edited
        reference_decoder.edited = lambda name, old, edit: x
        try:
            return self.metric("clean", None, [dict(at=point)])
        finally:
            reference_decoder.edited = plain


def main() -> None:
    reference = {}
    for name in CASES:
        case = Case(name)
        paths = dict(embed=case.integrated("hook_embed", True), pre=case.integrated("blocks.1.hook_resid_pre", False))
        reference[name] = dict(rows=case.rows, **case.values, estimates=case.estimates(), steps=STEPS, integrated=paths)
    (HERE / "gradient_attribution_reference.json").write_text(json.dumps(reference) + "\n")


main()
