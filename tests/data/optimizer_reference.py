"""Writes optimizer_reference.json: weights after steps of torch.optim.AdamW and torch.optim.Muon (its iteration in f32).

usage: python tests/data/optimizer_reference.py (torch 2.9 or newer)
"""
import json, os
import torch
from torch.optim import _muon

torch.manual_seed(0)
torch.set_num_threads(1)
STEPS, CLIP, FACTORS = 4, 1.0, [0.5, 1.0, 0.75, 0.25]
ADAM = dict(rate=0.01, betas=(0.9, 0.98), eps=1e-8, decay=0.1)
MUON = dict(rate=0.02, momentum=0.95, decay=0.05)
# Square, wide (twice and more), long, slightly wide, a turned one ([inputs, outputs]), and what AdamW updates.
SHAPES = {"square": [8, 8], "square too": [8, 8], "wide": [6, 16], "long": [12, 5], "nearly": [8, 10],
          "turned": [5, 12], "embedding": [7, 4], "norm": [8], "bias": [3]}
HIDDEN = ["square", "square too", "wide", "long", "nearly", "turned"]
TURNED = ["turned"]


def in_f32(grad, coefficients, steps, eps):
    """torch's _zeropower_via_newtonschulz, but for its cast to bfloat16."""
    a, b, c = coefficients
    x = grad.T if grad.size(0) > grad.size(1) else grad
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if grad.size(0) > grad.size(1) else x


_muon._zeropower_via_newtonschulz = in_f32


def run(hidden):
    torch.manual_seed(1)
    weights = {name: torch.nn.Parameter(torch.randn(shape)) for name, shape in SHAPES.items()}
    start = {name: weight.detach().clone() for name, weight in weights.items()}
    # torch's Muon knows [outputs, inputs] only.
    turned = {name: torch.nn.Parameter(weights[name].detach().T.clone()) for name in hidden if name in TURNED}
    muon = torch.optim.Muon([turned.get(name, weights[name]) for name in hidden], lr=MUON["rate"],
                            momentum=MUON["momentum"], weight_decay=MUON["decay"]) if hidden else None
    adam = torch.optim.AdamW([weight for name, weight in weights.items() if name not in hidden], lr=ADAM["rate"],
                             betas=ADAM["betas"], eps=ADAM["eps"], weight_decay=ADAM["decay"])
    gradients, norms = [], []
    for factor in FACTORS:
        step = {name: torch.randn(shape) * (0.02 if factor == 0.75 else 1) for name, shape in SHAPES.items()}
        # One of low rank, as gradients are: many singular values near zero.
        step["wide"] = torch.outer(torch.randn(6), torch.randn(16)) + 1e-6 * step["wide"]
        if factor == 0.75:
            step["wide"] *= 0.02
        gradients.append({name: gradient.flatten().tolist() for name, gradient in step.items()})
        for name, gradient in step.items():
            weights[name].grad = gradient.clone()
        norms.append(torch.nn.utils.clip_grad_norm_(list(weights.values()), CLIP).item())
        for name, weight in turned.items():
            weight.grad = weights[name].grad.T.clone()
        for optimizer, rate in ((adam, ADAM["rate"]), (muon, MUON["rate"])):
            if optimizer:
                optimizer.param_groups[0]["lr"] = rate * factor
                optimizer.step()
        for name, weight in turned.items():
            weights[name].data = weight.detach().T.clone()
    end = {name: weight.detach().flatten().tolist() for name, weight in weights.items()}
    return dict(start={name: weight.flatten().tolist() for name, weight in start.items()}, gradients=gradients,
                norms=norms, end=end)


reference = dict(shapes=SHAPES, hidden=HIDDEN, turned=TURNED, factors=FACTORS, clip=CLIP, adam=ADAM, muon=MUON,
                 adamOnly=run([]), withMuon=run(HIDDEN))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "optimizer_reference.json"), "w") as file:
    json.dump(reference, file)
