"""Makes small tokenizers that split texts as those of five model families do: tests/data/task_tokenizers/.

    pip install tokenizers==0.23.3
    python tests/data/task_tokenizers.py

Each is trained on chains of the countdown task, with the normalizer, the splitting and the special tokens of its
family, so that it differs from the others in what tasks have to cope with: a begin token, a space in front of the
first word, numbers of up to three digits in one token, a space in front of a number as a token of its own, `)` and
the line break in one token or in two, characters in several bytes.
"""
import json
import pathlib
import random

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent / "task_tokenizers"
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
WORDS = (
    "A conversation between User and Assistant. The user asks a question, and the Assistant solves it. Using the "
    "numbers, create an equation that equals. You can use basic arithmetic operations and each number can only be "
    "used once. Show your work in tags. Let me solve this step by step. We have the numbers. Let's try different "
    "combinations: So, the equation that equals is. The attempt gives. Therefore, the final answer is Yes No not "
    "this works. Is the attempt correct? Answer only in 'Yes' or 'No'.\n"
)


def corpus():
    draw = random.Random(1)
    texts = []
    for _ in range(400):
        a, b, c = (draw.randint(1, 99) for _ in range(3))
        result = a + b - c
        verdict = draw.choice(["this works", f"not {draw.randint(10, 99)}"])
        texts.append(f"{WORDS}Using the numbers [{a}, {b}, {c}], create an equation that equals {result}.\n"
                     f"- {a} + {b} - {c} = {a + b} - {c} = {result} ({verdict})\n"
                     f"- ({a} * {b}) / {c} = {a * b} / {c}\nTherefore, the final answer is Yes\n<think>\n</think>\n")
    # Llama 3 has a token for each number of up to three digits; here, for those of two.
    return [*texts, *(f" {number}\n" * 20 for number in range(10, 100))]


def byte_level(name, split, begin=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [*split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=name == "smollm2")])
    tokenizer.decoder = decoders.ByteLevel()
    special = [begin] if begin else []
    trainer = trainers.BpeTrainer(vocab_size=720 if name == "llama3" else 520, special_tokens=special, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(corpus(), trainer)
    save(name, tokenizer, begin)


def sentence_piece(name, begin, normalizer, decoder):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizer
    # The split keeps digits and line breaks single; the saved tokenizer has none, as theirs.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"\d|\n"), "isolated"),
        pre_tokenizers.Split(Regex("(?=▁)"), "isolated"),
        pre_tokenizers.Split(Regex(r"▁\(|[.,:)'\]>]"), "isolated"),
    ])
    trainer = trainers.BpeTrainer(vocab_size=800, special_tokens=["<unk>", begin, *BYTES], show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.pre_tokenizer = None
    tokenizer.decoder = decoder
    save(name, tokenizer, begin)


def save(name, tokenizer, begin):
    if begin:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{begin} $A", special_tokens=[(begin, tokenizer.token_to_id(begin))])
    file = json.loads(tokenizer.to_str())
    # Byte tokens belong to the vocabulary, not to the special tokens.
    file["added_tokens"] = [token for token in file["added_tokens"] if token["content"] not in BYTES]
    (HERE / name).mkdir(parents=True, exist_ok=True)
    (HERE / name / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=False, separators=(",", ":")) + "\n")
    (HERE / name / "tokenizer_config.json").write_text(json.dumps({"bos_token": begin} if begin else {}) + "\n")


def words_and(numbers):
    """The splitting of Llama 3 and Qwen, which differ in how numbers are split."""
    return [pre_tokenizers.Split(Regex(
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + numbers +
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), "isolated")]


space = normalizers.Replace(" ", "▁")
fallback = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
sentence_piece("llama2", "<s>", normalizers.Sequence([normalizers.Prepend("▁"), space]),
               decoders.Sequence([*fallback, decoders.Strip(" ", 1, 0)]))
sentence_piece("gemma", "<bos>", space, decoders.Sequence(fallback))
byte_level("llama3", words_and(r"\p{N}{1,3}"), "<|begin_of_text|>")
byte_level("qwen", words_and(r"\p{N}"))
byte_level("smollm2", [pre_tokenizers.Digits(individual_digits=True)])
