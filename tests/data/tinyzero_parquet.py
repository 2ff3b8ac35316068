"""Writes tinyzero.parquet the way TinyZero's preprocessing does: with `datasets`, through `map` and `to_parquet`."""

from datasets import Dataset

rows = [([44, 19, 35], 98), ([63, 95, 96], 64), ([95, 11, 56], 28), ([19, 74, 45], 48)]


def example(row, index):
    numbers, target = row["nums"], row["target"]
    question = f"Using the numbers {numbers}, create an equation that equals {target}."
    return {
        "data_source": "countdown",
        "prompt": [{"role": "user", "content": question}],
        "ability": "math",
        "reward_model": {"style": "rule", "ground_truth": {"target": target, "numbers": numbers}},
        "extra_info": {"split": "train", "index": index},
    }


table = Dataset.from_dict({"target": [target for _, target in rows], "nums": [numbers for numbers, _ in rows]})
table.map(example, with_indices=True).to_parquet("tinyzero.parquet")
