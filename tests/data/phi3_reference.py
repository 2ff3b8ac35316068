"""Makes phi3_longrope/: a small random Phi-3 and the last logits that transformers computes on it.

usage: python tests/data/phi3_reference.py
"""

import json
import shutil
from pathlib import Path

import torch

from reference_checkpoints import write_checkpoint
from reference_peers import load

FOLDER = Path(__file__).parent / "phi3_longrope"
TOKENS = [(i + 1) * 3 % 96 for i in range(24)]

shutil.rmtree(FOLDER, ignore_errors=True)
write_checkpoint("phi3_longrope", FOLDER)
with torch.no_grad():
    logits = load(FOLDER)(torch.tensor([TOKENS])).logits[0, -1, :8]
(FOLDER / "reference.json").write_text(json.dumps({"tokens": TOKENS, "lastLogits": logits.tolist()}) + "\n")
