"""Two GRPO steps of TRL with a model of some thousand weights and the reward functions of the documentation.

usage: train_with_trl.py    with the snippets on PYTHONPATH; the last line is TRL's log of the steps, as JSON
"""

import json
import sys
import tempfile
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools" / "oracle"))
from common import allow_torchvision  # noqa: E402

allow_torchvision()

from datasets import Dataset  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM  # noqa: E402
from trl import GRPOConfig, GRPOTrainer  # noqa: E402
from trl_rewards import reward_funcs  # noqa: E402

RIGHT = "<think>a</think><answer>B</answer>"
WORDS = ["<pad>", "<eos>", "question", RIGHT, "<reflection>r</reflection>", "noise"]
QA = {"task": "qa", "truth": {"label": "B"}}
TAG = {"task": "tag", "truth": {"normal": True}}


def main():
    torch.manual_seed(0)
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<pad>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<eos>", pad_token="<pad>")
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(WORDS),
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=64,
            eos_token_id=1,
            pad_token_id=0,
        )
    )
    with tempfile.TemporaryDirectory() as directory:
        arguments = GRPOConfig(
            output_dir=directory,
            use_cpu=True,
            bf16=False,
            per_device_train_batch_size=8,
            gradient_accumulation_steps=1,
            num_generations=4,
            max_completion_length=6,
            max_steps=2,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            seed=0,
        )
        data = Dataset.from_dict({"prompt": ["question"] * 4, "label": [json.dumps(QA), json.dumps(TAG)] * 2})
        trainer = GRPOTrainer(
            model=model, args=arguments, processing_class=tokenizer, reward_funcs=reward_funcs, train_dataset=data
        )
        trainer.train()
        steps = [log for log in trainer.state.log_history if "reward" in log]
        print("\n" + json.dumps([{k: v for k, v in log.items() if "reward" in k} for log in steps]))


if __name__ == "__main__":
    main()
