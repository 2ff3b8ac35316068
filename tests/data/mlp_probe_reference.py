"""Writes mlp_probe_reference.json: loss, gradient and probabilities of an MLP with one hidden layer, by PyTorch in float64."""

import json

import torch

torch.manual_seed(7)
n, width, hidden, classes, l2 = 20, 5, 4, 3, 0.2
kind = torch.float64
x = torch.randn(n, width, dtype=kind)
y = torch.randint(classes, (n,))
mlp = torch.nn.Sequential(
    torch.nn.Linear(width, hidden, dtype=kind), torch.nn.ReLU(), torch.nn.Linear(hidden, classes, dtype=kind)
)
scores = mlp(x)
penalty = sum((layer.weight**2).sum() for layer in (mlp[0], mlp[2]))
loss = torch.nn.functional.cross_entropy(scores, y) + l2 / 2 * penalty
loss.backward()


def parts(of):
    """What reads the features, each row with its bias last; then the weights and the biases of the classes."""
    read = torch.cat([of(mlp[0].weight), of(mlp[0].bias)[:, None]], 1)
    return torch.cat([read.flatten(), of(mlp[2].weight).flatten(), of(mlp[2].bias)]).tolist()


reference = {
    "x": x.tolist(),
    "y": y.tolist(),
    "l2": l2,
    "hidden": hidden,
    "parameters": parts(lambda weights: weights.detach()),
    "gradient": parts(lambda weights: weights.grad),
    "loss": loss.item(),
    "probabilities": scores.softmax(-1).tolist(),
}
json.dump(reference, open("mlp_probe_reference.json", "w"))
