"""Writes small LoRA adapters to tests/data/adapters/ and what PEFT's merge_and_unload makes of them.

Each folder holds an adapter in PEFT's format, and merged.safetensors with the merged weights that the adapter
changed. The base models are those of tests/data/checkpoints/, or lie in the folder's own base/. A case without
merged.safetensors is refused. Needs torch 2.13.0, transformers 5.23.0, peft 0.21.2:
    python tests/data/adapter_reference.py            # all of them
    python tests/data/adapter_reference.py embed_lora # one
"""

import pathlib
import shutil
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, GPT2Config

HERE = pathlib.Path(__file__).parent

# The base, and the options of LoraConfig.
CASES = {
    "patterns": ("llama_single", dict(
        r=4, lora_alpha=6, target_modules=["q_proj", "k_proj", "o_proj", "down_proj"], use_rslora=True,
        rank_pattern={"q_proj": 2, "layers.1.self_attn.o_proj": 3}, alpha_pattern={"down_proj": 5},
        modules_to_save=["lm_head"])),
    "gpt2": ("gpt2_full", dict(
        r=3, lora_alpha=9, target_modules=["c_attn", "c_proj", "wte"], fan_in_fan_out=True,
        layers_to_transform=None)),
    # PEFT saves the embedding beside its product, as base_layer.
    "embed_lora": ("llama_single", dict(r=2, lora_alpha=4, target_modules=["q_proj", "embed_tokens"])),
    "embed_lora_tied": ("qwen2_grouped", dict(r=2, lora_alpha=4, target_modules=["embed_tokens"])),
    "head_lora": ("llama_single", dict(r=2, lora_alpha=4, target_modules=["lm_head"])),
    "neox_head": ("neox_parallel", dict(r=2, lora_alpha=4, target_modules=["lm_head"])),
    "gpt2_head": ("gpt2_head/base", dict(r=2, lora_alpha=4, target_modules=["lm_head", "c_attn"])),
    # Whole embeddings without modules_to_save.
    "whole_embeddings": ("llama_single", dict(r=2, lora_alpha=4, target_modules=["q_proj"])),
    "expressions": ("llama_single", dict(
        r=3, lora_alpha=6, target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
        rank_pattern={"(q|k)_proj": 2, "^model.layers.0.self_attn.o_proj": 1},
        alpha_pattern={"v_proj": 0, r".*\.1\..*o_proj": -2.5})),
    # Modules whose names end with "norm".
    "norms": ("llama_single", dict(r=2, lora_alpha=4, target_modules=["q_proj"], modules_to_save=["norm"])),
    "tied_copies": ("qwen2_grouped", dict(
        r=2, lora_alpha=4, target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"])),
    "resized": ("llama_single", dict(r=2, lora_alpha=4, target_modules=["q_proj"])),
}


def change(peft, name):
    """Gives everything that is trained, and the saved copies of embeddings, other numbers."""
    saved = {"embed_lora": "embed_tokens.base_layer", "embed_lora_tied": "embed_tokens.base_layer",
             "whole_embeddings": "lm_head|embed_tokens"}.get(name, "")
    for key, value in peft.named_parameters():
        if value.requires_grad or any(part and part in key for part in saved.split("|")):
            value += 0.1 * torch.randn_like(value)
    if name == "tied_copies":
        modules = peft.base_model.model
        modules.lm_head.modules_to_save["default"].weight.copy_(
            modules.model.embed_tokens.modules_to_save["default"].weight)


def write(name, index):
    base, options = CASES[name]
    torch.manual_seed(3 + index)
    folder = HERE / "adapters" / name
    shutil.rmtree(folder, ignore_errors=True)
    source = HERE / "adapters" / base if "/" in base else HERE / "checkpoints" / base
    if "/" in base:
        config = GPT2Config(vocab_size=40, n_embd=16, n_layer=1, n_head=2, n_positions=16, tie_word_embeddings=False,
                            bos_token_id=None, eos_token_id=None)
        AutoModelForCausalLM.from_config(config).save_pretrained(source)
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
    if name == "resized":
        model.resize_token_embeddings(100)
    peft = get_peft_model(model, LoraConfig(init_lora_weights=False, **options))
    with torch.no_grad():
        change(peft, name)
    peft.peft_config["default"].base_model_name_or_path = base
    whole = {"save_embedding_layers": True} if name in ("whole_embeddings", "resized") else {}
    peft.save_pretrained(folder, **whole)
    (folder / "README.md").unlink(missing_ok=True)
    if name == "resized":
        return
    fresh = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
    before = {key: value.clone() for key, value in fresh.state_dict().items()}
    merged = PeftModel.from_pretrained(fresh, folder).merge_and_unload().state_dict()
    changed = {key: value.clone().contiguous() for key, value in merged.items() if not torch.equal(value, before[key])}
    save_file(changed, folder / "merged.safetensors")
    print(name, sorted(changed))


for index, name in enumerate(CASES):
    if name in (sys.argv[1:] or CASES):
        write(name, index)
