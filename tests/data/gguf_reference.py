"""Writes small GGUF files to tests/data/gguf/ and what other programs read in them.

types.gguf and types.safetensors: a tensor of each type, and its values by the gguf package of PyPI.
llama.gguf, qwen2.gguf, qwen3.gguf, gpt2.gguf and references.json: random models, the logits of transformers
(gguf_file), and the tokens of sentencepiece (llama) and of tokenizers (the others).

Needs torch 2.13.0, transformers 5.23.0, gguf 0.19.0 and sentencepiece 0.2.3:
    python tests/data/gguf_reference.py
"""

import io
import json
import os
import pathlib

import gguf
import numpy as np
import sentencepiece
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM

OUT = pathlib.Path(__file__).parent / "gguf"
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(7)

TEXTS = [
    "The model adds 12 and 345, and it's right (this works).",
    "Hello,  world!\n\n  Two spaces, a tab\tand 2026.",
    "Größe, naïve café, 数字 42, 🙂!",
    "<|end|>He'll say THAT'S 7's<|end|> end ",
]
CORPUS = [
    "the model adds numbers and says whether the result is right or wrong (this works) (not 12)",
    "hello world, this is a tab and these are two spaces; it's what they'll say, that's all",
    "Größe und naïve Zahlen: 0 1 2 3 4 5 6 7 8 9 10 11 12 345 2026",
] * 20

GPT2_SPLIT = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN2_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def types():
    """Random blocks of each type: any bytes are valid, except scales that are not finite."""
    writer = gguf.GGUFWriter(OUT / "types.gguf", "llama")
    values = {}
    for kind in [Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1,
                 Type.Q4_K, Type.Q5_K, Type.Q6_K]:
        numbers, size = gguf.GGML_QUANT_SIZES[kind]
        columns = 512 if kind.name.endswith("_K") else 64
        if kind == Type.F32:
            data = rng.standard_normal((3, columns)).astype(np.float32)
        elif kind == Type.F16:
            data = rng.standard_normal((3, columns)).astype(np.float16)
        elif kind == Type.BF16:
            data = gguf.quants.quantize(rng.standard_normal((3, columns)).astype(np.float32), kind)
        else:
            blocks = rng.integers(0, 256, (3 * columns // numbers, size), dtype=np.uint8)
            places = {"Q4_1": [0, 2], "Q5_1": [0, 2], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
            for at in places.get(kind.name, [0]):
                scales = (rng.standard_normal(len(blocks)) * 0.01).astype(np.float16)
                blocks[:, at:at + 2] = scales.view(np.uint8).reshape(-1, 2)
            data = blocks.reshape(3, columns // numbers * size)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        values[kind.name] = gguf.quants.dequantize(data, kind).reshape(3, columns).copy()
    finish(writer)
    save_file(values, OUT / "types.safetensors")


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def byte_pairs(split):
    """A small byte-level BPE vocabulary, trained with the split of a model."""
    tokenizer = Tokenizer(models.BPE())
    parts = [pre_tokenizers.Split(Regex(one), "isolated") for one in split]
    parts.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(parts)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<|end|>", "<|pad|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def add_byte_pairs(writer, tokenizer, pre):
    content = json.loads(tokenizer.to_str())
    tokens = sorted(content["model"]["vocab"], key=content["model"]["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in content["model"]["merges"]])
    writer.add_eos_token_id(0)
    writer.add_pad_token_id(1)
    writer.add_add_bos_token(False)
    return len(tokens)


def sentence_pieces():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=420, model_type="bpe",
        byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
        hard_vocab_limit=False, minloglevel=2, user_defined_symbols=["<|end|>"])
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def add_sentence_pieces(writer, pieces):
    count = pieces.get_piece_size()
    kinds = []
    for index in range(count):
        if pieces.is_unknown(index):
            kinds.append(2)
        elif pieces.is_control(index):
            kinds.append(3)
        elif pieces.is_byte(index):
            kinds.append(6)
        else:
            kinds.append(4 if pieces.id_to_piece(index) == "<|end|>" else 1)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([pieces.id_to_piece(index) for index in range(count)])
    writer.add_token_scores([pieces.get_score(index) for index in range(count)])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(pieces.bos_id())
    writer.add_eos_token_id(pieces.eos_id())
    writer.add_unk_token_id(pieces.unk_id())
    return count


def random(*shape):
    return (rng.standard_normal(shape) * 0.3).astype(np.float32)


def add_matrix(writer, name, values, kind):
    writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)


def rotary(architecture, kinds, add_tokens):
    """A random model of a family with rotary embeddings, 2 layers, half as many heads for keys and values."""
    width, hidden, heads, kv_heads, size = 64, 96, 4, 2, 16
    if architecture == "qwen3":
        # transformers reads no head size from GGUF files, and takes its default.
        heads, kv_heads, size = 2, 1, 128
    writer = gguf.GGUFWriter(OUT / f"{architecture}.gguf", architecture)
    writer.add_block_count(2)
    writer.add_context_length(128)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(20_000.0)
    if architecture == "qwen3":
        writer.add_key_length(size)
        writer.add_value_length(size)
    if architecture == "llama":
        writer.add_rope_dimension_count(size)
    vocab = add_tokens(writer)
    writer.add_vocab_size(vocab)
    add_matrix(writer, "token_embd.weight", random(vocab, width), kinds[0])
    for layer in range(2):
        name = f"blk.{layer}."
        writer.add_tensor(name + "attn_norm.weight", 1 + random(width))
        writer.add_tensor(name + "ffn_norm.weight", 1 + random(width))
        # Any rows can be the paired rows of a llama.cpp file: the readers undo the pairing.
        add_matrix(writer, name + "attn_q.weight", random(heads * size, width), kinds[1])
        add_matrix(writer, name + "attn_k.weight", random(kv_heads * size, width), kinds[2])
        add_matrix(writer, name + "attn_v.weight", random(kv_heads * size, width), kinds[0])
        add_matrix(writer, name + "attn_output.weight", random(width, heads * size), kinds[1])
        add_matrix(writer, name + "ffn_gate.weight", random(hidden, width), kinds[2])
        add_matrix(writer, name + "ffn_up.weight", random(hidden, width), kinds[0])
        add_matrix(writer, name + "ffn_down.weight", random(width, hidden), kinds[1])
        if architecture == "qwen2":
            for part, count in [("q", heads), ("k", kv_heads), ("v", kv_heads)]:
                writer.add_tensor(f"{name}attn_{part}.bias", random(count * size))
        if architecture == "qwen3":
            writer.add_tensor(name + "attn_q_norm.weight", 1 + random(size))
            writer.add_tensor(name + "attn_k_norm.weight", 1 + random(size))
    writer.add_tensor("output_norm.weight", 1 + random(width))
    if architecture == "llama":
        add_matrix(writer, "output.weight", random(vocab, width), kinds[2])
    finish(writer)


def gpt2(kinds, add_tokens):
    # transformers reads neither the size of the MLP nor the context from GPT-2 files: these are its defaults.
    width, hidden, heads = 64, 256, 4
    writer = gguf.GGUFWriter(OUT / "gpt2.gguf", "gpt2")
    writer.add_block_count(2)
    writer.add_context_length(1024)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_layer_norm_eps(1e-5)
    vocab = add_tokens(writer)
    writer.add_vocab_size(vocab)
    add_matrix(writer, "token_embd.weight", random(vocab, width), kinds[0])
    add_matrix(writer, "position_embd.weight", random(1024, width), Type.F16)
    for layer in range(2):
        name = f"blk.{layer}."
        for norm in ["attn_norm", "ffn_norm"]:
            writer.add_tensor(f"{name}{norm}.weight", 1 + random(width))
            writer.add_tensor(f"{name}{norm}.bias", random(width))
        shapes = {"attn_qkv": (3 * width, width), "attn_output": (width, width),
                  "ffn_up": (hidden, width), "ffn_down": (width, hidden)}
        for (part, shape), kind in zip(shapes.items(), [*kinds, kinds[0]]):
            add_matrix(writer, f"{name}{part}.weight", random(*shape), kind)
            writer.add_tensor(f"{name}{part}.bias", random(shape[0]))
    writer.add_tensor("output_norm.weight", 1 + random(width))
    writer.add_tensor("output_norm.bias", random(width))
    finish(writer)


def logits(name):
    os.environ["HF_HUB_OFFLINE"] = "1"
    model = AutoModelForCausalLM.from_pretrained(OUT, gguf_file=f"{name}.gguf", dtype=torch.float32)
    tokens = [5, 9, 300, 41, 17, 260, 8, 8, 33, 100, 2, 77]
    with torch.no_grad():
        found = model.eval()(torch.tensor([tokens])).logits[0]
    return {"tokens": tokens, "logits": [[round(value, 6) for value in row] for row in found[-2:].tolist()]}


types()
references = {}
pieces = sentence_pieces()
rotary("llama", [Type.Q8_0, Type.F16, Type.Q4_1], lambda writer: add_sentence_pieces(writer, pieces))
references["llama"] = logits("llama")
# llama.cpp and Hugging Face put a space behind each special token of a text, sentencepiece does not.
references["llama"]["texts"] = {text: [pieces.bos_id(), *pieces.encode(text)] for text in TEXTS[:3]}
for name, pre, split, kinds in [
    ("qwen2", "qwen2", [QWEN2_SPLIT], [Type.Q5_0, Type.BF16, Type.Q8_0]),
    ("qwen3", "smollm", [r"\p{N}", GPT2_SPLIT], [Type.Q5_1, Type.F32, Type.Q4_0]),
    ("gpt2", "gpt-2", [GPT2_SPLIT], [Type.Q8_0, Type.F16, Type.Q4_0]),
]:
    tokenizer = byte_pairs(split)
    add_tokens = lambda writer: add_byte_pairs(writer, tokenizer, pre)
    gpt2(kinds, add_tokens) if name == "gpt2" else rotary(name, kinds, add_tokens)
    references[name] = logits(name)
    references[name]["texts"] = {text: tokenizer.encode(text).ids for text in TEXTS}
(OUT / "references.json").write_text(json.dumps(references, ensure_ascii=False))
