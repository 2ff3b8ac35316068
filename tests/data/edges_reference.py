"""Edges between nodes by PyTorch's autograd, for the tests: writes edges_reference.json beside it.

usage: python tests/data/edges_reference.py

Each receiver's input is summed edge by edge, each edge times a number that autograd differentiates by; nothing is shared between
receivers. Pairs and metric are those of patching_reference.py.
"""

import json
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_checkpoints import read_weights, seeded
from reference_decoder import Decoder

HERE = Path(__file__).parent
CASES = "qwen2_grouped qwen3_grouped llama_single gpt2_full attention_only".split()
STEPS = 3


def same(name: str, x: Tensor) -> Tensor:
    return x


class EdgeDecoder(Decoder):
    """Runs node by node; `read(receiver, outputs)` says what a receiver reads of what was sent before."""

    def nodes(self, embedded: Tensor, read) -> tuple[dict[str, Tensor], Tensor]:
        out = {"embed": embedded}
        for layer in range(self.layers):
            before = dict(out)
            for head in range(self.heads):
                out[f"L{layer}H{head}"] = self.head(layer, head, lambda kind, own: read(f"L{layer}H{own}.{kind}", before))
            bias = self.linear(layer, "o")[1]
            if bias is not None:
                out[f"bias {layer}"] = bias.expand_as(embedded)
            if self.family != "attention_only":
                x = self.norm("", self.layer_name(layer, "ln2"), read(f"L{layer}.mlp", dict(out)), same)
                out[f"L{layer}.mlp"] = self.mlp(layer, x, same)
        last = "transformer.ln_f" if self.family == "gpt2" else "model.norm"
        x = self.norm("", last, read("logits", dict(out)), same)
        unembed = self.find("unembed.weight", "lm_head.weight", "model.embed_tokens.weight", "transformer.wte.weight")
        logits = x[0, -1] @ unembed.T
        return out, logits[7] - logits[11]

    def head(self, layer: int, head: int, read) -> Tensor:
        """One head's output: its queries, and its key/value head's keys and values, each from an input of its own."""
        own = head // (self.heads // self.kv_heads)
        parts = []
        for i, (kind, index) in enumerate([("q", head), ("k", own), ("v", own)]):
            x = self.norm("", self.layer_name(layer, "ln1"), read(kind, index), same)
            parts.append(self.project(layer, x)[i][:, :, [index]])
        q, k, v = parts
        if self.family == "qwen3":
            q = self.rms(q) * self.weights[f"model.layers.{layer}.self_attn.q_norm.weight"]
            k = self.rms(k) * self.weights[f"model.layers.{layer}.self_attn.k_norm.weight"]
        if self.rope:
            q, k = self.rotated(q), self.rotated(k)
        scores = torch.einsum("bqhe,bkhe->bhqk", q, k) / self.head_size**0.5
        future = torch.ones(q.shape[1], q.shape[1], dtype=torch.bool).triu(1)
        z = torch.einsum("bhqk,bkhe->bqhe", scores.masked_fill(future, -torch.inf).softmax(-1), v)
        weight = self.linear(layer, "o")[0].T.reshape(self.heads, self.head_size, self.d_model)
        return z[:, :, 0] @ weight[head]

    def embedded(self, tokens: list[int]) -> Tensor:
        table = self.find("embed.weight", "model.embed_tokens.weight", "transformer.wte.weight")
        x = F.embedding(torch.tensor([tokens]), table)
        positions = self.find("positions.weight", "transformer.wpe.weight", default=None)
        return x if positions is None else x + positions[: len(tokens)]


def whole(receiver: str, sent: dict[str, Tensor]) -> Tensor:
    """The residual stream."""
    return sum(sent.values())


class Case:
    def __init__(self, name: str):
        folder = HERE / "checkpoints" / name
        self.decoder = EdgeDecoder(json.loads((folder / "config.json").read_text()), read_weights(folder))
        clean = json.loads((folder / "reference.json").read_text())["rows"]["A"]
        drawn = torch.randint(96, (len(clean),), generator=seeded("corrupted")).tolist()
        corrupted = clean[:3] + [(a + 1) % 96 if a == b else a for a, b in zip(drawn, clean)][3:]
        self.rows = dict(clean=clean, corrupted=corrupted)
        self.embedded = {kind: self.decoder.embedded(row) for kind, row in self.rows.items()}
        self.edges = []
        self.sent, self.values = {}, {}
        for kind, embedded in self.embedded.items():
            self.edges = []
            self.sent[kind], value = self.decoder.nodes(embedded, self.noting)
            self.values[kind] = float(value)

    def noting(self, receiver: str, sent: dict[str, Tensor]) -> Tensor:
        new = [(sender, receiver) for sender in sent if not sender.startswith("bias")]
        self.edges += [edge for edge in new if edge not in self.edges]
        return whole(receiver, sent)

    def circuit(self, kept: dict) -> Tensor:
        """The metric where an edge hands on `kept` of what its sender writes, and the rest of what it wrote in the corrupted run."""

        def read(receiver: str, sent: dict[str, Tensor]) -> Tensor:
            before = self.sent["corrupted"]
            changes = [kept.get((s, receiver), 0) * (x - before[s]) for s, x in sent.items() if not s.startswith("bias")]
            return sum(before[s] for s in sent) + sum(changes)

        return self.decoder.nodes(self.embedded["clean"], read)[1]

    def by_masks(self) -> list[float]:
        """The slopes by each edge's mask, where all are 1."""
        masks = {edge: torch.ones((), requires_grad=True) for edge in self.edges}
        self.circuit(masks).backward()
        return [float(mask.grad) for mask in masks.values()]

    def integrated(self) -> list[float]:
        """Change of the sender times the gradient at the receiver, averaged over interpolated embeddings."""
        changes = {s: (x - self.sent["corrupted"][s]).detach() for s, x in self.sent["clean"].items()}
        total = torch.zeros(len(self.edges))
        for step in range(1, STEPS + 1):
            added = {edge: torch.zeros((), requires_grad=True) for edge in self.edges}

            def read(receiver: str, sent: dict[str, Tensor]) -> Tensor:
                own = [added[s, receiver] * changes[s] for s in sent if not s.startswith("bias")]
                return whole(receiver, sent) + sum(own)

            a, b = self.embedded["corrupted"], self.embedded["clean"]
            self.decoder.nodes(a + step / STEPS * (b - a), read)[1].backward()
            total += torch.tensor([float(one.grad) for one in added.values()]) / STEPS
        return total.tolist()

    def circuits(self) -> list[dict]:
        drawn = [torch.rand(len(self.edges), generator=seeded(f"circuit {i}")) for i in range(4)]
        kept = [[i for i, number in enumerate(one.tolist()) if number < 0.7] for one in drawn]
        return [dict(edges=one, value=float(self.circuit({self.edges[i]: 1 for i in one}))) for one in kept]


def main() -> None:
    reference = {}
    for name in CASES:
        case = Case(name)
        edges = [f"{sender} > {receiver}" for sender, receiver in case.edges]
        reference[name] = dict(rows=case.rows, **case.values, edges=edges, scores=case.by_masks(), steps=STEPS, integrated=case.integrated(), circuits=case.circuits())
    (HERE / "edges_reference.json").write_text(json.dumps(reference) + "\n")


main()
