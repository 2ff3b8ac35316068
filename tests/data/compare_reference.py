"""Writes compare_reference.json: how far the weights of the embedded pair moved, by PyTorch in double precision.

usage: python tests/data/compare_reference.py
"""

import json
from pathlib import Path

import safetensors.torch
import torch

HERE = Path(__file__).parent
MODELS = HERE.parents[1] / "data" / "models"
LAYERS, HEADS, KV_HEADS, HEAD_SIZE = 8, 6, 2, 32
EVERY = 37  # of the value vectors, one in so many is kept


def weights(name: str) -> dict[str, torch.Tensor]:
    tensors = safetensors.torch.load_file(MODELS / name / "model.safetensors")
    return {name: tensor.double() for name, tensor in tensors.items()}


def measures(a: torch.Tensor, b: torch.Tensor) -> list[float]:
    a, b = a.flatten(), b.flatten()
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=0, eps=0)
    values = [cosine, a.norm(), b.norm(), (b - a).norm() / a.norm(), (a == b).double().mean()]
    return [float(value) for value in values]


def stretches(matrix: torch.Tensor, component: str) -> list[torch.Tensor]:
    if component == "O":
        return list(matrix.view(matrix.shape[0], HEADS, HEAD_SIZE).transpose(0, 1))
    return list(matrix.view(-1, HEAD_SIZE, matrix.shape[1]))


before, after = weights("countdown-base"), weights("countdown-r1")
rows: dict[str, dict[str, list[float]]] = {"matrices": {}, "heads": {}, "valueVectors": {}}
for name in before:
    rows["matrices"][name] = measures(before[name], after[name])
for layer in range(LAYERS):
    for component in "QKVO":
        name = f"model.layers.{layer}.self_attn.{component.lower()}_proj.weight"
        pair = zip(stretches(before[name], component), stretches(after[name], component))
        for index, (a, b) in enumerate(pair):
            rows["heads"][f"{layer} {component} {index}"] = measures(a, b)
    name = f"model.layers.{layer}.mlp.down_proj.weight"
    for index in range(layer, before[name].shape[1], EVERY):
        rows["valueVectors"][f"{layer} {index}"] = measures(before[name][:, index], after[name][:, index])
with open(HERE / "compare_reference.json", "w") as file:
    json.dump({"columns": ["cosine", "normBefore", "normAfter", "distance", "unchanged"], **rows}, file)
