"""Writes tests/data/adapter_gradients/: LoRA adapters, a weighted next-token loss and its gradients by PEFT.

The base models are tiny random checkpoints of tests/data/checkpoints. Each folder has the adapter in PEFT's
format and gradients.safetensors: the loss, the logits, and the gradient of each matrix.
Needs torch, transformers, peft and safetensors. Run in the repository: python tests/data/adapter_gradients_reference.py
"""

import json
import pathlib

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

DATA = pathlib.Path("tests/data")
CASES = {
    "llama_single": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    "gpt2_full": ["c_attn", "c_fc"],
}
ROWS = [[3, 9, 4, 11, 5, 7], [8, 2, 6, 10, 12, 1]]
WEIGHTS = [[0.5, 0.0, 1.0, 0.25, 1.0], [1.0, 1.0, 0.0, -0.5, 2.0]]


def write(name: str, targets: list[str]) -> None:
    torch.manual_seed(1)
    base = AutoModelForCausalLM.from_pretrained(DATA / "checkpoints" / name, dtype=torch.float32)
    base.config._attn_implementation = "eager"
    # Conv1D, the layer of GPT-2, keeps its matrices [in, out].
    config = LoraConfig(r=3, lora_alpha=6, target_modules=targets, task_type="CAUSAL_LM", fan_in_fan_out="gpt2" in name)
    model = get_peft_model(base, config)
    parameters = {n: p for n, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for n, parameter in parameters.items():
            parameter.copy_((0.3 * torch.randn_like(parameter)).half().float())
    rows = torch.tensor(ROWS)
    logits = model(rows).logits
    log = torch.log_softmax(logits[:, :-1], -1).gather(2, rows[:, 1:, None])[..., 0]
    loss = -(torch.tensor(WEIGHTS) * log).sum()
    loss.backward()
    folder = DATA / "adapter_gradients" / name
    folder.mkdir(parents=True, exist_ok=True)
    plain = lambda n: n.replace(".default", "")
    save_file({plain(n): p.detach().half().contiguous() for n, p in parameters.items()}, folder / "adapter_model.safetensors")
    gradients = {plain(n): p.grad.contiguous() for n, p in parameters.items()}
    save_file({**gradients, "loss": loss.detach()[None], "logits": logits.detach()}, folder / "gradients.safetensors")
    written = {
        "peft_type": "LORA",
        "base_model_name_or_path": f"tests/data/checkpoints/{name}",
        "r": 3,
        "lora_alpha": 6,
        "target_modules": targets,
    }
    (folder / "adapter_config.json").write_text(json.dumps(written, indent=2) + "\n")
    print(name, float(loss), len(parameters))


for case, names in CASES.items():
    write(case, names)
