"""Writes tests/data/smollm2_countdown.json: what PEFT and transformers compute for the adapters of SmolLM2.

For a chain of each adapter's prompt: the tokens, and the ten highest logits after the last one, with the mean of all
logits there. The base model is the GGUF file that `deno task model smollm2` brings. Needs torch 2.13.0, transformers
5.24.0, peft 0.21.2, gguf 0.19.0:
    python tests/data/smollm2_countdown_reference.py SmolLM2-135M-Instruct.Q4_1.gguf
"""

import json
import pathlib
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = pathlib.Path(__file__).parent
MODELS = HERE.parent.parent / "data" / "models"
TEXT = (
    "User: Using the numbers [31, 22, 8], create an equation that equals 45.\n"
    "Assistant: Let me solve this step by step.\n"
    "<think> We have the numbers 31, 22, and 8. Let's try different combinations:\n"
    "- 31 + 22 + 8 = 53 + 8 = 61 ("
)

folder, file = str(pathlib.Path(sys.argv[1]).parent), pathlib.Path(sys.argv[1]).name
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
tokens = tokenizer(TEXT, add_special_tokens=False)["input_ids"]
found = {"text": TEXT, "tokens": tokens}
for name in ["smollm2-countdown-base", "smollm2-countdown-r1", "smollm2-word-problems"]:
    if not (MODELS / name).exists():
        continue
    base = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    model = PeftModel.from_pretrained(base, MODELS / name, autocast_adapter_dtype=True).eval()
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0, -1]
    top = logits.topk(10)
    found[name] = {
        "tokens": top.indices.tolist(),
        "logits": [round(value, 5) for value in top.values.tolist()],
        "mean": round(logits.mean().item(), 5),
        "words": tokenizer.convert_ids_to_tokens(top.indices.tolist()),
    }
(HERE / "smollm2_countdown.json").write_text(json.dumps(found, indent=1) + "\n")
