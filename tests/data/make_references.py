"""Makes the small random checkpoints and the reference activations that the tests compare with; see README.md here.

usage: python tests/data/make_references.py [NAME ...]      (no names: all cases and the trained model)
"""

import json
import os
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import safetensors.torch
import tokenizers
import torch
from torch import Tensor

from reference_checkpoints import CASES, read_weights, seeded, write_checkpoint, write_json
from reference_decoder import Decoder, axes_of
from reference_edits import edit_cases
from reference_peers import Bridge, hf_greedy, load, plain_attention_only, silence

HERE = Path(__file__).parent
CHECKPOINTS = HERE / "checkpoints"
TRAINED = HERE.parents[1] / "data" / "models" / "countdown-r1"
NEW_TOKENS = 20
TOLERANCE = 1e-5  # transformers, TransformerBridge and the oracle agree to this before anything is stored
MARGIN = 1e-3  # a greedy token leads the second one by more, so that rounding cannot change the text

NOTES = {
    "ln.hook_scale": "sqrt(mean(x^2) + eps), x centred first for LayerNorm; a denominator, [batch, position, 1]",
    "ln.hook_normalized": "x / hook_scale (x centred first for LayerNorm), before the gain and the bias. An edited "
    "hook_scale is divided by; an edited hook_normalized then goes through gain and bias.",
    "attn.hook_q, hook_k, hook_v": "after the projection and its bias; before the rotation, and in Qwen3 before the "
    "q and k norms (TransformerBridge names the normed ones hook_q_normed, hook_k_normed)",
    "attn.hook_attn_scores": "after scaling by 1/sqrt(d_head) and after the mask; masked entries are -inf here "
    "(TransformerBridge has the lowest f32 instead) and stay so under an edit",
    "attn.hook_result": "z of each head through its rows of W_O, without the output bias, which hook_attn_out has",
    "mlp.hook_pre, hook_pre_linear, hook_post": "gate projection before the activation, up projection, their product",
    "hook_resid_mid": "absent from attention-only models",
    "projectOut": "x less its projection on the span of the directions, which are neither unit nor orthogonal",
}


def make_case(name: str) -> None:
    """Writes checkpoints/NAME: the checkpoint, reference.safetensors and reference.json."""
    folder = CHECKPOINTS / name
    shutil.rmtree(folder, ignore_errors=True)
    write_checkpoint(name, folder)
    config, weights = json.loads((folder / "config.json").read_text()), read_weights(folder)
    decoder = Decoder(config, weights)
    hugging_face = config["model_type"] != "attention_only"
    model = load(folder) if hugging_face else None
    bridge = Bridge(folder) if hugging_face else None

    generator = seeded("tokens")
    rows = {row: torch.randint(96, (size,), generator=generator).tolist() for row, size in {"A": 12, "B": 7}.items()}
    row_a, row_b = torch.tensor([rows["A"]]), torch.tensor([rows["B"]])
    checks = {}
    for row in (row_a, row_b):
        expected = model(row).logits if model else plain_attention_only(weights, row)
        checks["logits"] = max(checks.get("logits", 0), agree("logits", expected, decoder(row)))

    points: dict[str, Tensor] = {}
    decoder(row_a, cache=points)
    sources = dict.fromkeys(points, "reference_decoder")
    if bridge:
        for point, value in bridge.points(row_a).items():
            if point in points:
                checks["points"] = max(checks.get("points", 0), agree(point, value, points[point]))
                points[point], sources[point] = value, "TransformerBridge"
    tensors = points | {"rows.B.logits": decoder(row_b)}

    edits = edit_cases(decoder, generator)
    for edit, steps in edits.items():
        logits = decoder(row_a, steps)
        change = difference(logits, points["logits"])
        assert change > 1e-4, f"Expected the edit {edit} of {name} to change the logits but found {change}"
        # The edits of the bridge at rotated queries do not reach attention that rotates a part of each head.
        if bridge and not (edit == "rotated" and "partial_rotary_factor" in (decoder.rope or {})):
            found = agree(f"{name} {edit}", logits, bridge.edited_logits(row_a, steps, list(points)))
            checks["edited logits"] = max(checks.get("edited logits", 0), found)
        tensors[f"edited.{edit}.logits"] = logits

    reference = {
        "model": name,
        "rows": rows,
        "greedy": greedy_texts(decoder, model, rows, edits["z_head"]),
        "edits": edits,
        "points": {p: {"axes": axes_of(p), "source": sources[p]} for p in points},
        "largestDifferenceBetweenSources": checks,
        "notes": NOTES,
        "versions": versions(),
    }
    stored = {k: v.detach().float().contiguous().clone() for k, v in tensors.items()}
    safetensors.torch.save_file(stored, folder / "reference.safetensors")
    write_json(folder / "reference.json", reference)
    print(f"{name}: {sum(f.stat().st_size for f in folder.iterdir()) // 1024} KB, {len(edits)} edits, {checks}")


def greedy_texts(decoder: Decoder, model, rows: dict[str, list[int]], edits: list[dict]) -> dict[str, list[int]]:
    """Greedy text after each row, with and without the edit of one head, from two implementations that must agree."""
    texts = {}
    for row, tokens in rows.items():
        for suffix, active in {"": [], "_z_head": edits}.items():
            text, margin = greedy(decoder, tokens, NEW_TOKENS, active)
            assert margin > MARGIN, f"Expected a lead above {MARGIN} but found {margin}; change the seed"
            if model is not None:
                hooks = silence(model, [(1, 1)], decoder.head_size) if active else []
                assert hf_greedy(model, tokens, NEW_TOKENS) == text
                for hook in hooks:
                    hook.remove()
            texts[row + suffix] = text
    return texts


def greedy(decoder: Decoder, tokens: list[int], count: int, edits: list[dict] = ()) -> tuple[list[int], float]:
    """New tokens, one full forward each, and the smallest lead of a chosen token over the next best."""
    text, margin = list(tokens), float("inf")
    for _ in range(count):
        best = decoder(torch.tensor([text]), edits)[0, -1].topk(2)
        margin = min(margin, (best.values[0] - best.values[1]).item())
        text.append(best.indices[0].item())
    return text[len(tokens) :], margin


def difference(a: Tensor, b: Tensor) -> float:
    """The greatest absolute difference; infinities must stand in the same places."""
    assert a.shape == b.shape, (a.shape, b.shape)
    finite = torch.isfinite(a)
    assert torch.equal(finite, torch.isfinite(b))
    return (a[finite] - b[finite]).abs().max().item()


def agree(what: str, a: Tensor, b: Tensor, tolerance: float = TOLERANCE) -> float:
    """The difference of two tensors relative to the size of the first, held to the tolerance."""
    found = difference(a, b)
    size = a[torch.isfinite(a)].abs().max().item()
    if found > tolerance * max(1.0, size):
        raise AssertionError(f"Expected {what} within {tolerance} of each other but found {found} (size {size:.3g})")
    return found


def make_trained() -> None:
    """Logits and greedy text of the embedded trained model, whole and with two heads silenced."""
    prompt = (
        "User: Using the numbers [11, 5, 68], create an equation that equals 62.\n"
        "Assistant: Let me solve this step by step.\n<think>"
    )
    heads = [(1, 3), (1, 5)]
    tokenizer = tokenizers.Tokenizer.from_file(str(TRAINED / "tokenizer.json"))
    tokens = tokenizer.encode(prompt).ids
    model = load(TRAINED)
    head_size = model.config.hidden_size // model.config.num_attention_heads
    decoder = Decoder(model.config.to_dict(), read_weights(TRAINED))
    edits = [{"at": "blocks.1.attn.hook_z", "heads": [3, 5], "scale": 0}]

    def measure(active: list[dict]) -> dict:
        logits = model(torch.tensor([tokens])).logits[0, -1]
        agree("logits of the trained model", logits, decoder(torch.tensor([tokens]), active)[0, -1], 1e-4)
        new_tokens, margin = greedy(decoder, tokens, 100, active)
        assert hf_greedy(model, tokens, 100) == new_tokens
        return {
            "lastLogits": [round(v, 6) for v in logits.tolist()],
            "newTokens": new_tokens,
            "text": tokenizer.decode(new_tokens, skip_special_tokens=False),
            "smallestLead": margin,
        }

    whole = measure([])
    hooks = silence(model, heads, head_size)
    silenced = measure(edits)
    for hook in hooks:
        hook.remove()
    reference = {
        "model": "countdown-r1",
        "prompt": prompt,
        "tokens": tokens,
        "whole": whole,
        "edits": edits,
        "silenced": silenced,
        "notes": "f32 on the stored f16 weights; greedy, 100 tokens, the end token does not end the text",
        "versions": versions(),
    }
    write_json(HERE / "countdown_r1.json", reference)
    print(f"countdown_r1.json: leads {whole['smallestLead']:.3g}, {silenced['smallestLead']:.3g}")


def versions() -> dict[str, str]:
    return {
        package: version(package)
        for package in ("torch", "transformers", "transformer-lens", "safetensors", "tokenizers")
    }


def main(names: list[str]) -> None:
    torch.set_grad_enabled(False)
    for name in names or [*(n for n in CASES if n != "phi3_longrope"), "countdown-r1"]:
        make_trained() if name == "countdown-r1" else make_case(name)


main(sys.argv[1:])
