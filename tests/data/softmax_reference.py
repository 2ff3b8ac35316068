"""Writes softmax_reference.json: a penalised multinomial logistic regression solved by Newton's method."""

import json

import numpy as np

rng = np.random.default_rng(5)
n, width, classes, l2 = 60, 4, 3, 0.05
x = np.round(rng.normal(size=(n, width)) * [1, 3, 0.2, 1] + [0, 5, 0, -2], 3)
y = np.argmax(x @ rng.normal(size=(width, classes)) + rng.gumbel(size=(n, classes)) * 2, axis=1)

z = (x - x.mean(0)) / x.std(0)
z1 = np.hstack([z, np.ones((n, 1))])
targets = np.eye(classes)[y]
penalty = l2 * np.tile([1.0] * width + [0.0], classes)
theta = np.zeros(classes * (width + 1))
for _ in range(50):
    scores = z1 @ theta.reshape(classes, -1).T
    p = np.exp(scores - scores.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    gradient = ((p - targets).T @ z1 / n).ravel() + penalty * theta
    hessian = np.diag(penalty)
    for a in range(classes):
        for b in range(classes):
            weight = p[:, a] * ((a == b) - p[:, b]) / n
            block = slice(a * (width + 1), (a + 1) * (width + 1)), slice(b * (width + 1), (b + 1) * (width + 1))
            hessian[block] += (z1 * weight[:, None]).T @ z1
    theta -= np.linalg.pinv(hessian) @ gradient
assert np.abs(gradient).max() < 1e-12
loss = -np.log(p[np.arange(n), y]).mean() + (penalty * theta**2).sum() / 2
reference = {"x": x.tolist(), "y": y.tolist(), "l2": l2, "parameters": theta.reshape(classes, -1).tolist(), "loss": loss}
json.dump(reference, open("softmax_reference.json", "w"))
