"""Direct logit attributions by TransformerLens, for the tests: writes attribution_reference.json beside it.

usage: python tests/data/attribution_reference.py

For each small checkpoint: what embeddings, heads, neurons and MLPs add to logit(7) - logit(11) at the last position of row A,
from TransformerLens's stack_head_results, stack_neuron_results, decompose_resid and logit_attrs, in its compatibility mode
(gains folded into the unembedding; value biases left where they are). MLPs and attention are with their biases, as there.
attention_only is no model of TransformerLens: its outputs by head come from the independent decoder, and there is no norm.
"""

import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import torch

from reference_checkpoints import read_weights
from reference_decoder import Decoder
from reference_peers import Bridge

HERE = Path(__file__).parent
ANSWER, AGAINST = 7, 11
CASES = (
    "qwen2_grouped qwen2_full qwen3_grouped llama_single llama_llama3_rope mistral_grouped gpt2_full attention_only"
).split()


def by_transformer_lens(folder: Path, tokens: torch.Tensor) -> dict:
    bridge = Bridge(folder).model
    bridge.set_use_attn_result(False)
    bridge.enable_compatibility_mode(disable_warnings=True, fold_value_biases=False)
    logits, cache = bridge.run_with_cache(tokens)

    def attributed(stack):
        pair = dict(tokens=torch.tensor([ANSWER]), incorrect_tokens=torch.tensor([AGAINST]))
        return cache.logit_attrs(stack, pos_slice=-1, **pair)[:, 0].tolist()

    resid, labels = cache.decompose_resid(layer=-1, pos_slice=-1, return_labels=True)
    return {
        "heads": attributed(cache.stack_head_results(layer=-1, pos_slice=-1)),
        "neurons": attributed(cache.stack_neuron_results(layer=-1, pos_slice=-1)),
        "parts": dict(zip(labels, attributed(resid))),
        "logitDifference": (logits[0, -1, ANSWER] - logits[0, -1, AGAINST]).item(),
    }


def by_decoder(folder: Path, tokens: torch.Tensor) -> dict:
    weights, cache = read_weights(folder), {}
    decoder = Decoder(json.loads((folder / "config.json").read_text()), weights)
    logits = decoder(tokens, cache=cache)[0, -1]
    direction = weights["unembed.weight"][ANSWER] - weights["unembed.weight"][AGAINST]
    results = [cache[f"blocks.{layer}.attn.hook_result"][0, -1] @ direction for layer in range(decoder.layers)]
    return {
        "heads": torch.cat(results).tolist(),
        "neurons": [],
        "parts": {
            "embed": (cache["hook_embed"][0, -1] @ direction).item(),
            "pos_embed": (cache["hook_pos_embed"][0, -1] @ direction).item(),
            **{f"{layer}_attn_out": result.sum().item() for layer, result in enumerate(results)},
        },
        "logitDifference": (logits[ANSWER] - logits[AGAINST]).item(),
    }


torch.set_grad_enabled(False)
found = {}
for name in CASES:
    folder = HERE / "checkpoints" / name
    tokens = torch.tensor([json.loads((folder / "reference.json").read_text())["rows"]["A"]])
    found[name] = (by_decoder if name == "attention_only" else by_transformer_lens)(folder, tokens)
rounded = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 7))
lines = [f"  {json.dumps(name)}: {json.dumps(case)}" for name, case in rounded.items()]
text = "{\n" + ",\n".join([f'  "answer": {ANSWER},\n  "against": {AGAINST}', *lines]) + "\n}\n"
(HERE / "attribution_reference.json").write_text(text)
