"""The small random checkpoints: their settings, and how they are written in the Hugging Face layout."""

import json
import zlib
from pathlib import Path

import safetensors.torch
import tokenizers
import torch
import transformers
from torch import Tensor
from transformers import AutoModelForCausalLM

SIZES = dict(
    vocab_size=96,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=48,
    max_position_embeddings=64,
    bos_token_id=None,
    eos_token_id=None,
)
LLAMA3_ROPE = dict(
    rope_type="llama3",
    rope_theta=100.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=32,
)


def rope(theta: float) -> dict:
    return dict(rope_type="default", rope_theta=theta)


# Unusual eps and theta show up in the numbers when a loader ignores them.
QWEN2_GROUPED = (
    transformers.Qwen2Config,
    dict(SIZES, num_key_value_heads=2, tie_word_embeddings=True, rms_norm_eps=1e-6, rope_parameters=rope(10_000.0)),
)
CASES = {  # name -> config class, its settings
    "qwen2_grouped": QWEN2_GROUPED,
    "qwen2_grouped_f16": QWEN2_GROUPED,
    "qwen2_grouped_bf16": QWEN2_GROUPED,
    "qwen2_grouped_shards": QWEN2_GROUPED,
    "qwen2_full": (
        transformers.Qwen2Config,
        dict(SIZES, num_key_value_heads=4, tie_word_embeddings=False, rms_norm_eps=1e-5, rope_parameters=rope(500.0)),
    ),
    "qwen3_grouped": (
        transformers.Qwen3Config,
        dict(
            SIZES,
            num_key_value_heads=2,
            head_dim=16,
            tie_word_embeddings=True,
            rms_norm_eps=1e-3,
            rope_parameters=rope(1e6),
        ),
    ),
    "llama_single": (
        transformers.LlamaConfig,
        dict(
            SIZES, num_key_value_heads=1, tie_word_embeddings=False, rms_norm_eps=1e-5, rope_parameters=rope(10_000.0)
        ),
    ),
    "llama_llama3_rope": (
        transformers.LlamaConfig,
        dict(SIZES, num_key_value_heads=2, tie_word_embeddings=True, rms_norm_eps=1e-5, rope_parameters=LLAMA3_ROPE),
    ),
    "mistral_grouped": (
        transformers.MistralConfig,
        dict(
            SIZES,
            num_key_value_heads=2,
            head_dim=16,
            tie_word_embeddings=False,
            sliding_window=None,
            rms_norm_eps=1e-2,
            rope_parameters=rope(1000.0),
        ),
    ),
    "gpt2_full": (
        transformers.GPT2Config,
        dict(vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=None, eos_token_id=None),
    ),
    "llama_linear_rope": (
        transformers.LlamaConfig,
        dict(
            SIZES,
            num_key_value_heads=2,
            tie_word_embeddings=True,
            rms_norm_eps=1e-5,
            rope_parameters=dict(rope_type="linear", rope_theta=100.0, factor=3.0),
        ),
    ),
    "llama_yarn_rope": (
        transformers.LlamaConfig,
        dict(
            SIZES,
            num_key_value_heads=2,
            head_dim=16,
            tie_word_embeddings=True,
            rms_norm_eps=1e-5,
            rope_parameters=dict(
                rope_type="yarn",
                rope_theta=100.0,
                factor=4.0,
                original_max_position_embeddings=16,
                beta_fast=2.0,
                beta_slow=0.25,
            ),
        ),
    ),
    "gemma2_windows": (
        transformers.Gemma2Config,
        dict(
            SIZES,
            num_key_value_heads=2,
            head_dim=16,
            rms_norm_eps=1e-3,
            sliding_window=5,
            query_pre_attn_scalar=24,
            attn_logit_softcapping=2.0,
            final_logit_softcapping=3.0,
            rope_parameters=rope(1000.0),
        ),
    ),
    "gemma3_two_ropes": (
        transformers.Gemma3TextConfig,
        dict(
            SIZES,
            num_key_value_heads=1,
            head_dim=16,
            rms_norm_eps=1e-3,
            sliding_window=5,
            query_pre_attn_scalar=24,
            layer_types=["sliding_attention", "full_attention"],
            rope_parameters=dict(
                full_attention=dict(rope_type="linear", rope_theta=5000.0, factor=2.0),
                sliding_attention=rope(50.0),
            ),
        ),
    ),
    "neox_parallel": (
        transformers.GPTNeoXConfig,
        dict(
            SIZES,
            hidden_act="gelu",
            layer_norm_eps=1e-3,
            rope_parameters=dict(rope_type="default", rope_theta=50.0, partial_rotary_factor=0.5),
        ),
    ),
    "olmo2_post_norms": (
        transformers.Olmo2Config,
        dict(
            SIZES,
            num_key_value_heads=2,
            pad_token_id=None,
            rms_norm_eps=1e-3,
            tie_word_embeddings=False,
            rope_parameters=rope(500.0),
        ),
    ),
    "phi3_longrope": (
        transformers.Phi3Config,
        dict(
            SIZES,
            num_key_value_heads=2,
            pad_token_id=None,
            rms_norm_eps=1e-3,
            tie_word_embeddings=False,
            sliding_window=5,
            original_max_position_embeddings=32,
            partial_rotary_factor=0.75,
            rope_parameters=dict(
                rope_type="longrope",
                rope_theta=100.0,
                partial_rotary_factor=0.75,
                original_max_position_embeddings=32,
                short_factor=[1.0, 1.5, 2.5],
                long_factor=[1.0, 3.0, 6.0],
            ),
        ),
    ),
    "attention_only": (None, None),
}
# Where the case's name, the usual seed, gives two tokens nearly equal logits, or a text of two tokens.
SEEDS = {"mistral_grouped": "mistral_grouped 2", "qwen3_grouped": "qwen3_grouped 4"}
STORED_AS = {"qwen2_grouped_f16": torch.float16, "qwen2_grouped_bf16": torch.bfloat16}

ATTENTION_ONLY = dict(
    model_type="attention_only",
    vocab_size=96,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    head_dim=8,
    max_position_embeddings=64,
    positions="learned",
    norm="none",
    tie_word_embeddings=False,
)


def seeded(name: str) -> torch.Generator:
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


def randomize(state: dict[str, Tensor], generator: torch.Generator) -> None:
    """Fills every tensor: gains around 1, everything else around 0, wide enough that no part is trivial."""
    for name, tensor in state.items():
        noise = torch.randn(tensor.shape, generator=generator)
        gain = tensor.ndim == 1 and name.endswith("weight")
        tensor.copy_(1 + 0.3 * noise if gain else 0.25 * noise)


def write_checkpoint(name: str, folder: Path) -> None:
    """Writes the case's checkpoint as transformers does."""
    config_class, settings = CASES[name]
    variant_of = "qwen2_grouped" if name.startswith("qwen2_grouped") else name
    generator = seeded(SEEDS.get(name, variant_of))
    folder.mkdir(parents=True)
    write_tokenizer(folder)
    if config_class is None:
        write_attention_only(folder, generator)
        return
    model = AutoModelForCausalLM.from_config(config_class(**settings))
    randomize(dict(model.named_parameters()), generator)
    model.to(STORED_AS.get(name, torch.float32))
    shard_size = "60KB" if name.endswith("_shards") else "1GB"
    model.save_pretrained(folder, max_shard_size=shard_size)


def write_attention_only(folder: Path, generator: torch.Generator) -> None:
    """Circuitbook's own attention-only layout, which transformers has no class for."""
    c = ATTENTION_ONLY
    d, inner = c["hidden_size"], c["num_attention_heads"] * c["head_dim"]
    shapes = {"embed.weight": (c["vocab_size"], d), "positions.weight": (c["max_position_embeddings"], d)}
    for layer in range(c["num_hidden_layers"]):
        shapes |= {f"blocks.{layer}.attn.{part}.weight": (inner, d) for part in "qkv"}
        shapes[f"blocks.{layer}.attn.o.weight"] = (d, inner)
    shapes["unembed.weight"] = (c["vocab_size"], d)
    state = {name: torch.empty(shape) for name, shape in shapes.items()}
    randomize(state, generator)
    safetensors.torch.save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", c)


def write_tokenizer(folder: Path) -> None:
    """A token for each printable ASCII character (token 0 is the space) and for the line break (95)."""
    letters = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    characters = [letters.pre_tokenize_str(chr(code))[0][0] for code in [*range(32, 127), 10]]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE({c: i for i, c in enumerate(characters)}, []))
    tokenizer.pre_tokenizer = letters
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.save(str(folder / "tokenizer.json"))


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a checkpoint, widened to f32."""
    weights: dict[str, Tensor] = {}
    for file in sorted(folder.glob("model*.safetensors")):
        weights |= safetensors.torch.load_file(file)
    return {name: tensor.float() for name, tensor in weights.items()}


def write_json(path: Path, value: dict) -> None:
    """Two levels indented, deeper ones on a line each."""
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            body = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in inner.items())
            lines.append(f"  {json.dumps(key)}: {{\n{body}\n  }}")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(inner)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
