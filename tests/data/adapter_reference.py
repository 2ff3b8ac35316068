"""Writes small LoRA adapters to tests/data/adapters/ and what PEFT's merge_and_unload makes of them.

Each folder holds an adapter in PEFT's format, and merged.safetensors with the merged weights that the adapter
changed. The base models are those of tests/data/checkpoints/. Needs torch 2.13.0, transformers 5.23.0, peft 0.21.2:
    python tests/data/adapter_reference.py
"""

import pathlib

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

HERE = pathlib.Path(__file__).parent
torch.manual_seed(3)

CASES = {
    "patterns": ("llama_single", dict(
        r=4, lora_alpha=6, target_modules=["q_proj", "k_proj", "o_proj", "down_proj"], use_rslora=True,
        rank_pattern={"q_proj": 2, "layers.1.self_attn.o_proj": 3}, alpha_pattern={"down_proj": 5},
        modules_to_save=["lm_head"])),
    "gpt2": ("gpt2_full", dict(
        r=3, lora_alpha=9, target_modules=["c_attn", "c_proj", "wte"], fan_in_fan_out=True,
        layers_to_transform=None)),
}

for name, (base, options) in CASES.items():
    model = AutoModelForCausalLM.from_pretrained(HERE / "checkpoints" / base, dtype=torch.float32)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    peft = get_peft_model(model, LoraConfig(init_lora_weights=False, **options))
    with torch.no_grad():
        for key, value in peft.named_parameters():
            if value.requires_grad:
                value += 0.1 * torch.randn_like(value)
    peft.peft_config["default"].base_model_name_or_path = base
    folder = HERE / "adapters" / name
    peft.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    merged = peft.merge_and_unload().state_dict()
    changed = {key: value.clone().contiguous() for key, value in merged.items()
               if not torch.equal(value, before[key])}
    save_file(changed, folder / "merged.safetensors")
    print(name, sorted(changed))
