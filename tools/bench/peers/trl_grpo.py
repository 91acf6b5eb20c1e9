"""Peer: full GRPO steps of TRL's GRPOTrainer (generate, score, update) with a KL term and a constant reward.

Request: {"prompts": [{"ids"}], "samples": G, "lengths": [P][G], "max_new_tokens", "beta"?: 0.04, "steps"?: recorded,
"warmup"?, "cache"?: "static", "dtype"?, "device"?: "cuda:0", "gradient_checkpointing"?, "threads"?, "seed"?}. TRL takes
no video in GRPO, so vision pads in the prompts are replaced with text: the same number of tokens, no vision tower, which
is less work than ours. A sample ends where the request says: the end token is impossible before and certain there.
"""

import contextlib
import sys
import tempfile
import time

import torch

from peer import allow_torchvision, load_model, report, request_of, summary

allow_torchvision()

import transformers  # noqa: E402
import trl  # noqa: E402
from datasets import Dataset  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from trl import GRPOConfig, GRPOTrainer  # noqa: E402

EOS, PAD = 1, 0


def word_tokenizer(vocab_size: int):
    """One word a token, `t7` is token 7: TRL wants texts where the bench has ids."""
    words = Tokenizer(models.WordLevel({f"t{i}": i for i in range(vocab_size)}, unk_token=f"t{PAD}"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=words, eos_token=f"t{EOS}", pad_token=f"t{PAD}")


class EndAt(transformers.LogitsProcessor):
    """Makes EOS impossible before, and certain at, the last token of each row; pads of vision are never possible."""

    def __init__(self, lengths: torch.Tensor, forbidden: list[int]):
        self.lengths, self.forbidden, self.step = lengths, [EOS, *forbidden], 0
        self.ends = set(lengths.tolist())

    def __call__(self, input_ids, scores):
        self.step += 1
        scores[:, self.forbidden] = float("-inf")
        if self.step in self.ends:
            rows = (self.lengths == self.step).to(scores.device)
            scores[rows] = float("-inf")
            scores[rows, EOS] = 0.0
        return scores


class Stopwatch(transformers.TrainerCallback):
    """Seconds of each whole step and of its parts; a step starts where the one before ended."""

    def __init__(self):
        self.steps, self.parts, self.current = [], [], dict(generate=0.0, score=0.0)
        self.start = None

    def on_step_begin(self, *_, **__):
        self.current = dict(generate=0.0, score=0.0)
        self.start = time.perf_counter()

    def on_step_end(self, *_, **__):
        self.steps.append(time.perf_counter() - self.start)
        self.parts.append(self.current)

    def around(self, owner, method: str, part: str) -> None:
        original = getattr(owner, method)

        def measured(*args, **kwargs):
            start = time.perf_counter()
            try:
                return original(*args, **kwargs)
            finally:
                self.current[part] += time.perf_counter() - start

        setattr(owner, method, measured)


def main() -> None:
    checkpoint, request = request_of(__doc__)
    dtype = getattr(torch, request.get("dtype", "float32"))
    model = load_model(checkpoint, request["device"], dtype)
    config = model.config
    vision = [getattr(config, f"{n}_token_id") for n in ("image", "video", "vision_start", "vision_end")]
    # A word is its id; ids that mean something are replaced with one that does not.
    special = {*vision, EOS, PAD}
    plain = next(i for i in range(config.text_config.vocab_size) if i not in special)
    prompts = [" ".join(f"t{plain if i in special else i}" for i in row["ids"]) for row in request["prompts"]]
    lengths = torch.tensor(request["lengths"]).flatten()
    warmup, steps = request.get("warmup", 1), request.get("steps", 3)

    generate = model.generate
    sampled = []

    def generate_to_length(*args, **kwargs):
        return generate(*args, **kwargs, logits_processor=[EndAt(lengths, vision[:2])])

    def constant_reward(completion_ids, **_):
        sampled.append(sum(map(len, completion_ids)))
        return [1.0] * len(completion_ids)

    with tempfile.TemporaryDirectory() as directory:
        arguments = GRPOConfig(
            output_dir=directory,
            use_cpu=request["device"].type == "cpu",
            bf16=dtype == torch.bfloat16,
            per_device_train_batch_size=lengths.numel(),
            gradient_accumulation_steps=1,
            gradient_checkpointing=request.get("gradient_checkpointing", False),
            num_generations=request["samples"],
            max_completion_length=request["max_new_tokens"],
            max_steps=warmup + steps,
            beta=request.get("beta", 0.04),
            loss_type="grpo",
            cache_implementation=request.get("cache"),
            learning_rate=2e-5,
            optim="adamw_torch_fused",
            temperature=1.0,
            shuffle_dataset=False,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            logging_steps=10**6,
            seed=request.get("seed", 0),
        )
        trainer = GRPOTrainer(
            model=model,
            args=arguments,
            processing_class=word_tokenizer(config.text_config.vocab_size),
            reward_funcs=constant_reward,
            train_dataset=Dataset.from_dict(dict(prompt=prompts)),
        )
        model.generate = generate_to_length
        watch = Stopwatch()
        trainer.add_callback(watch)
        watch.around(trainer, "_generate_single_turn", "generate")
        watch.around(trainer, "_generate_and_score_completions", "score")
        # TRL prints its log; the answer has to be all there is on the standard output.
        with contextlib.redirect_stdout(sys.stderr):
            trainer.train()
    if set(sampled) != {lengths.sum().item()}:
        raise SystemExit(f"expected {lengths.sum()} sampled tokens a step, got {sampled}")
    recorded = list(zip(watch.steps, watch.parts, strict=True))[warmup:]
    seconds = {
        "step": [step for step, _ in recorded],
        "generate": [part["generate"] for _, part in recorded],
        # Scoring is what surrounds generation: the reference's log-probabilities, rewards, advantages.
        "score": [part["score"] - part["generate"] for _, part in recorded],
        "update": [step - part["score"] for step, part in recorded],
    }
    runs = [dict(name=name, seconds=summary(values)) for name, values in seconds.items()]
    did = (
        f"GRPO steps on {len(prompts)} text prompts x {request['samples']} samples, {lengths.sum()} tokens sampled, "
        f"longest {lengths.max()}, beta {arguments.beta}, loss grpo, bf16 {arguments.bf16}, "
        f"cache {arguments.cache_implementation or 'dynamic'}; no vision, which TRL's GRPO lacks for video"
    )
    report(request, "TRL GRPO", did, runs, [transformers, trl])


if __name__ == "__main__":
    main()
