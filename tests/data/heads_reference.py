"""Scores of heads by TransformerLens and plain PyTorch, for the tests: writes heads_reference.json beside it.

usage: python tests/data/heads_reference.py

For some of the small checkpoints, over the activations of the independent decoder (reference_decoder.py):
- detected: TransformerLens's head detector (its patterns and its "mul" measure) on texts with repeated tokens, with the number of
  queries that have a place to look at, of all
- composition: ratios of Frobenius norms of whole d_model x d_model products, norms folded into what a head reads
- driven: the same for OV matrices and keys of single neurons; what each head's output adds to what the neurons' keys read, at
  the second position less the first; and by how much the whole of it differs (hook_pre, hook_pre_linear)
- singular: singular values of OV, and for the first three directions the tokens with the largest dot products
"""

import json
from pathlib import Path

import torch
from transformer_lens import head_detector as detector

from reference_checkpoints import read_weights
from reference_decoder import Decoder

HERE = Path(__file__).parent
CASES = "qwen2_grouped qwen3_grouped llama_single gpt2_full attention_only".split()
TEXTS = [[5, 9, 3, 7, 5, 9, 3, 7, 5, 2], [11, 4, 11, 8, 4, 11]]
NEURONS = [[0, 3], [1, 5], [1, 9]]
POSITIONS = [3, 6]
NAMES = {"previous token": "previous_token", "duplicate token": "duplicate_token", "induction": "induction"}


def detected(decoder: Decoder) -> list:
    found = []
    for tokens in TEXTS:
        row, cache = torch.tensor([tokens]), {}
        decoder(row, cache=cache)
        for kind, name in NAMES.items():
            pattern = getattr(detector, f"get_{name}_head_detection_pattern")(row)
            scores = [
                [
                    detector.compute_head_attention_similarity_score(
                        head, pattern, exclude_bos=False, exclude_current_token=False, error_measure="mul"
                    )
                    for head in cache[f"blocks.{layer}.attn.hook_pattern"][0]
                ]
                for layer in range(decoder.layers)
            ]
            queries = int((pattern.sum(1) > 0).sum())
            found.append({"kind": kind, "tokens": tokens, "queries": queries, "all": len(tokens), "scores": scores})
    return found


class Heads:
    """Whole matrices of single heads [d_model, d_model], the norm before attention folded in."""

    def __init__(self, decoder: Decoder):
        self.decoder, self.weights = decoder, decoder.weights
        self.qk, self.ov = {}, {}
        size, group = decoder.head_size, decoder.heads // decoder.kv_heads
        for layer in range(decoder.layers):
            q, k, v, o = self.matrices(layer)
            q, k, v = (self.folded(m, decoder.layer_name(layer, "ln1")) for m in (q, k, v))
            for head in range(decoder.heads):
                own = slice(head * size, (head + 1) * size)
                shared = slice(head // group * size, (head // group + 1) * size)
                self.qk[layer, head] = q[own].T @ k[shared]
                self.ov[layer, head] = o[:, own] @ v[shared]

    def matrices(self, layer: int) -> list:
        """Q, K, V and O as [out, in]."""
        if self.decoder.family == "gpt2":
            qkv = self.weights[f"transformer.h.{layer}.attn.c_attn.weight"].T
            return [*qkv.chunk(3), self.weights[f"transformer.h.{layer}.attn.c_proj.weight"].T]
        if self.decoder.family == "attention_only":
            return [self.weights[f"blocks.{layer}.attn.{part}.weight"] for part in "qkvo"]
        return [self.weights[f"model.layers.{layer}.self_attn.{part}_proj.weight"] for part in "qkvo"]

    def folded(self, matrix: torch.Tensor, norm: str) -> torch.Tensor:
        if self.decoder.family == "attention_only":
            return matrix
        matrix = matrix * self.weights[norm + ".weight"]
        return matrix - matrix.mean(1, keepdim=True) if self.decoder.family == "gpt2" else matrix

    def composition(self) -> list:
        found = []
        for (from_layer, from_head), ov in self.ov.items():
            for (to_layer, to_head), qk in self.qk.items():
                if from_layer < to_layer:
                    for kind, reader in {"Q": qk.T, "K": qk, "V": self.ov[to_layer, to_head]}.items():
                        score = (reader @ ov).norm() / (reader.norm() * ov.norm())
                        found.append([kind, from_layer, from_head, to_layer, to_head, score.item()])
        return found

    def keys(self) -> list:
        """[layer, neuron, name, key], the norm before the MLP folded in."""
        found = []
        for layer, neuron in NEURONS:
            norm = self.decoder.layer_name(layer, "ln2")
            if self.decoder.family == "gpt2":
                matrices = {"input": self.weights[f"transformer.h.{layer}.mlp.c_fc.weight"].T}
            else:
                at = f"model.layers.{layer}.mlp."
                matrices = {name: self.weights[f"{at}{name}_proj.weight"] for name in ("gate", "up")}
            found += [[layer, neuron, name, self.folded(m[[neuron]], norm)[0]] for name, m in matrices.items()]
        return found

    def driven(self) -> list:
        cache = {}
        self.decoder(torch.tensor([TEXTS[0]]), cache=cache)
        found = []
        for layer, neuron, name, key in self.keys():
            at, pre = f"blocks.{layer}.", "mlp.hook_pre_linear" if name == "up" else "mlp.hook_pre"
            total = between(cache[at + pre][0, :, neuron])
            for (from_layer, head), ov in self.ov.items():
                if from_layer <= layer:
                    score = (key @ ov).norm() / (key.norm() * ov.norm())
                    result = cache[f"blocks.{from_layer}.attn.hook_result"][0, :, head]
                    added = between(result @ key / cache[at + "ln2.hook_scale"][0, :, 0])
                    found.append([layer, neuron, name, from_layer, head, score.item(), added, total])
        return found

    def singular(self) -> list:
        found = []
        final = "transformer.ln_f" if self.decoder.family == "gpt2" else "model.norm"
        embed = self.decoder.find("embed.weight", "model.embed_tokens.weight", "transformer.wte.weight")
        unembed = self.decoder.find("unembed.weight", "lm_head.weight", "model.embed_tokens.weight", "transformer.wte.weight")
        for (layer, head), ov in self.ov.items():
            u, s, vt = torch.linalg.svd(ov.double())
            found.append({
                "layer": layer,
                "head": head,
                "values": s[: self.decoder.head_size].tolist(),
                "shares": (s.square() / s.square().sum())[:3].tolist(),
                # Of each direction and of its opposite: which of the two is which depends on the sign.
                "reads": [sides(embed.double() @ vt[i]) for i in range(3)],
                "writes": [sides(self.folded(unembed, final).double() @ u[:, i]) for i in range(3)],
            })
        return found


def between(values: torch.Tensor) -> float:
    first, second = POSITIONS
    return (values[second] - values[first]).item()


def sides(scores: torch.Tensor) -> list:
    return [side.topk(4).indices.tolist() for side in (scores, -scores)]


def case(name: str) -> dict:
    folder = HERE / "checkpoints" / name
    decoder = Decoder(json.loads((folder / "config.json").read_text()), read_weights(folder))
    heads = Heads(decoder)
    return {
        "detected": detected(decoder),
        "composition": heads.composition(),
        "driven": [] if name == "attention_only" else heads.driven(),
        "singular": heads.singular(),
    }


torch.set_grad_enabled(False)
shared = {"neurons": NEURONS, "positions": POSITIONS, "text": TEXTS[0]}
rounded = json.loads(json.dumps({name: case(name) for name in CASES}), parse_float=lambda text: round(float(text), 7))
lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in {**shared, **rounded}.items()]
(HERE / "heads_reference.json").write_text("{\n  " + ",\n  ".join(lines) + "\n}\n")
