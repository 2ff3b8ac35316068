"""The edited runs of the reference data, in Circuitbook's JSON form."""

import torch
from torch import Tensor

from reference_decoder import Decoder, matches


def edit_cases(decoder: Decoder, generator: torch.Generator) -> dict[str, list[dict]]:
    """The edited runs of a case: name -> edits, in Circuitbook's JSON form."""

    def vector(size: int, std: float = 1.0) -> list[float]:
        return [round(v, 3) for v in (std * torch.randn(size, generator=generator)).tolist()]

    d, e = decoder.d_model, decoder.head_size
    cases = {
        "z_head": [{"at": "blocks.1.attn.hook_z", "heads": [1], "scale": 0}],
        "resid_shift": [{"at": "blocks.*.hook_resid_post", "positions": {"from": 5}, "shift": vector(d)}],
        "neurons": [{"at": "blocks.0.mlp.hook_post", "neurons": [3, 5], "scale": 0}],
        "scores_head": [{"at": "blocks.0.attn.hook_attn_scores", "heads": [0], "scale": 0.5}],
        "scores_pairs": [
            {
                "at": "blocks.1.attn.hook_attn_scores",
                "heads": [1, 3],
                "positions": [6, -1],
                "keys": [0, 2],
                "scale": 0,
                "shift": 1.5,
            }
        ],
        "pattern_queries": [{"at": "blocks.1.attn.hook_pattern", "heads": [2], "positions": {"from": 4}, "scale": 0}],
        "composed": [
            {"at": "blocks.0.hook_resid_post", "scale": 2},
            {"at": "blocks.0.hook_resid_post", "shift": vector(d)},
        ],
        "project_out": [{"at": "blocks.0.hook_resid_post", "projectOut": [vector(d), vector(d)]}],
        "kv_head": [
            {"at": "blocks.1.attn.hook_k", "heads": [0], "scale": 0.5},
            {"at": "blocks.1.attn.hook_v", "heads": [0], "scale": 0.25, "shift": vector(e)},
        ],
        "query": [
            {"at": "blocks.*.attn.hook_q", "heads": [1, 2], "positions": [-1, 3], "scale": -1, "shift": vector(e)}
        ],
        "rotated": [
            {"at": "blocks.0.attn.hook_rot_q", "heads": [0, 2], "scale": 1.5},
            {"at": "blocks.1.attn.hook_rot_k", "heads": [0], "shift": vector(e)},
        ],
        "ln_normalized": [{"at": "blocks.0.ln1.hook_normalized", "scale": 1.3}],
        "ln_scale": [{"at": "blocks.1.ln1.hook_scale", "scale": 0.5}],
        "ln_both": [
            {"at": "blocks.0.ln2.hook_scale", "positions": [2, -1], "scale": 3, "shift": 0.25},
            {"at": "blocks.0.ln2.hook_normalized", "positions": {"from": 3}, "shift": vector(d)},
            {"at": "ln_final.hook_scale", "scale": 2},
        ],
        "embed": [{"at": "hook_embed", "positions": [0], "shift": vector(d)}],
        "pos_embed": [{"at": "hook_pos_embed", "positions": {"from": 6}, "scale": -1}],
        "outputs": [
            {"at": "blocks.*.hook_attn_out", "scale": 0.5},
            {"at": "blocks.*.hook_mlp_out", "scale": 0.5},
        ],
        "result_head": [{"at": "blocks.0.attn.hook_result", "heads": [3], "scale": 1.7}],
    }
    if decoder.family == "attention_only":
        cases["outputs"] = cases["outputs"][:1]
    names = point_names(decoder)
    return {case: edits for case, edits in cases.items() if all(any(matches(n, e) for n in names) for e in edits)}


def point_names(decoder: Decoder) -> list[str]:
    cache: dict[str, Tensor] = {}
    decoder(torch.zeros(1, 1, dtype=torch.long), cache=cache)
    return list(cache)
