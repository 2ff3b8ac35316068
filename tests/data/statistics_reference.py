"""Intervals by scipy and statsmodels: BCa bootstrap intervals, and intervals of differences of two shares.

Run in an environment with scipy 1.16 or newer and statsmodels 0.14 or newer.
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

random = np.random.default_rng(11)

# A skewed sample, whose mean has a bias and an acceleration that are not zero.
sample = np.round(random.exponential(size=14), 3)


def log_mean_square(values, axis=-1):
    return np.log(np.mean(np.square(values), axis=axis))


drawn = stats.bootstrap(
    (sample,), log_mean_square, n_resamples=599, method="BCa", rng=random
)
sure = stats.bootstrap(
    (sample,), log_mean_square, n_resamples=200_000, method="BCa", rng=random
)

shares = []
for own, n, control, m in [(0, 30, 26, 30), (40, 40, 36, 40), (56, 70, 48, 80), (0, 20, 20, 20)]:
    low, high = confint_proportions_2indep(
        own, n, control, m, method="newcomb", compare="diff", correction=False
    )
    shares.append({"own": [own, n], "control": [control, m], "low": low, "high": high})

reference = {
    "sample": sample.tolist(),
    "draws": np.round(np.sort(drawn.bootstrap_distribution), 6).tolist(),
    "fromDraws": list(drawn.confidence_interval),
    "fromMany": list(sure.confidence_interval),
    "shares": shares,
}
Path(__file__).with_name("statistics_reference.json").write_text(json.dumps(reference) + "\n")
