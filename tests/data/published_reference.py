"""Writes published_reference.json: small checkpoints under attributes that published configurations have, and the last
logits that transformers computes.

Each case names a folder, replaces attributes of its config.json (null removes one), and keeps the weights.
Needs torch 2.13.0, transformers 5.23.0:
    python tests/data/published_reference.py
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

HERE = Path(__file__).parent
TOKENS = [(i + 1) * 3 % 96 for i in range(24)]

CASES = {
    # google/gemma-3-4b and larger, their text parts: all layers but every sixth have the window and another base.
    "gemma3 rope_scaling": ("checkpoints/gemma3_two_ropes", {
        "layer_types": None, "rope_parameters": None, "sliding_window_pattern": 2, "rope_theta": 5000.0,
        "rope_local_base_freq": 50.0, "rope_scaling": {"factor": 8.0, "rope_type": "linear"}}),
    # microsoft/Phi-3-mini-128k-instruct, as first published.
    "phi3 su": ("phi3_longrope", {
        "rope_parameters": None, "rope_theta": 100.0,
        "auto_map": {"AutoConfig": "configuration_phi3.Phi3Config",
                     "AutoModelForCausalLM": "modeling_phi3.Phi3ForCausalLM"},
        # transformers 5 wants the original context beside the factors.
        "rope_scaling": {"type": "su", "original_max_position_embeddings": 32, "short_factor": [1.0, 1.5, 2.5],
                         "long_factor": [1.0, 3.0, 6.0]}}),
    # EleutherAI/gpt-neox-20b.
    "gpt_neox gelu_fast": ("checkpoints/neox_parallel", {"hidden_act": "gelu_fast"}),
}

results = []
for name, (source, attributes) in CASES.items():
    config = json.loads((HERE / source / "config.json").read_text()) | attributes
    config = {key: value for key, value in config.items() if key not in attributes or value is not None}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / source / "model.safetensors", folder)
        (Path(folder) / "config.json").write_text(json.dumps(config))
        model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        logits = model(torch.tensor([TOKENS])).logits[0, -1]
    results.append({"name": name, "folder": source, "config": config, "tokens": TOKENS, "lastLogits": logits.tolist()})
    print(name, model.config.rope_parameters)
(HERE / "published_reference.json").write_text(json.dumps(results, indent=1) + "\n")
