"""Writes tests/reference/grpo.json: losses, gradients, metrics and advantages as TRL's GRPOTrainer computes them.

    python tools/oracle/grpo.py [--random SEED --out FILE]

TRL's own methods run, on a trainer that was never initialised and has just the attributes they read; in the place of
the model stand given log-probabilities. README.md describes the file.
"""

import argparse
import json
import random
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import torch

from common import REFERENCE_DIR, allow_torchvision

allow_torchvision()

import trl  # noqa: E402
from accelerate import Accelerator  # noqa: E402
from trl import GRPOConfig, GRPOTrainer  # noqa: E402
from trl.rewards import get_soft_overlong_punishment  # noqa: E402

MODE = "train"
PAD, EOS, WORD = 0, 1, 2

# What a loss case is unless it says otherwise. `epsilon_high` null: as epsilon; `delta` null: no two-sided clip.
DEFAULTS = dict(
    loss_type="grpo",
    importance_sampling_level="token",
    epsilon=0.2,
    epsilon_high=None,
    delta=None,
    beta=0.0,
    kl_times_ratio=False,
    top_entropy_quantile=1.0,
    max_completion_length=9,
    items_in_batch=None,
    accumulation_steps=1,
    on_policy=False,
)

# Written down so that the tests can say where our defaults differ.
TRL_DEFAULTS = (
    "loss_type",
    "importance_sampling_level",
    "epsilon",
    "epsilon_high",
    "beta",
    "scale_rewards",
    "multi_objective_aggregation",
)


def draw_batch(seed: int, lengths: list[int], spread: float) -> dict:
    """Log-probabilities (B, longest) float64 of rows of these lengths. spread: of new and reference around old."""
    generator = torch.Generator().manual_seed(seed)
    shape = (len(lengths), max(lengths))

    def draw(scale):
        return (scale * torch.randn(shape, generator=generator, dtype=torch.float64)).round(decimals=4)

    old = -draw(1.0).abs() - 0.5
    mask = torch.arange(shape[1])[None] < torch.tensor(lengths)[:, None]
    batch = dict(old=old, new=(old + draw(spread)).clamp(max=-0.01), ref=(old + draw(spread)).clamp(max=-0.01))
    batch["entropies"] = draw(1.0).abs() + 0.1
    batch = {name: torch.where(mask, value, 0.0).round(decimals=4) for name, value in batch.items()}
    advantages = torch.randn(len(lengths), generator=generator, dtype=torch.float64).round(decimals=3)
    return dict(batch, mask=mask.int(), advantages=advantages)


BATCHES = {
    # Two groups of four.
    "ragged": draw_batch(seed=1, lengths=[7, 3, 5, 1, 6, 7, 2, 4], spread=0.35),
    # The last row has no token that counts: a truncated completion, masked.
    "with_empty_row": draw_batch(seed=2, lengths=[4, 6, 5, 0], spread=0.35),
}


def loss_cases():
    """(name, batch, what is not as in DEFAULTS)"""
    for loss_type in ("grpo", "bnpo", "dr_grpo", "dapo"):
        for level in ("token", "sequence"):
            for beta in (0.0, 0.04):
                yield f"{loss_type} {level} beta {beta}", "ragged", dict(
                    loss_type=loss_type, importance_sampling_level=level, beta=beta
                )
        yield f"{loss_type} with an empty row", "with_empty_row", dict(loss_type=loss_type, beta=0.04)
        yield f"{loss_type} in two accumulated parts", "ragged", dict(
            loss_type=loss_type, beta=0.04, accumulation_steps=2, items_in_batch=61
        )
    for level in ("token", "sequence"):
        narrow = dict(importance_sampling_level=level, epsilon=0.05, epsilon_high=0.15)
        yield f"clip higher {level}", "ragged", narrow
        yield f"clip higher {level} dapo with KL", "ragged", dict(narrow, loss_type="dapo", beta=0.04)
        yield f"two-sided clip {level}", "ragged", dict(narrow, delta=1.3)
    yield "on policy", "ragged", dict(on_policy=True, beta=0.04)
    yield "on policy, per sequence", "ragged", dict(on_policy=True, importance_sampling_level="sequence")
    yield "KL times ratio", "ragged", dict(beta=0.1, kl_times_ratio=True)
    yield "KL times ratio, per sequence", "ragged", dict(
        beta=0.1, kl_times_ratio=True, importance_sampling_level="sequence"
    )
    for quantile in (0.2, 0.5):
        yield f"top entropy quantile {quantile}", "ragged", dict(
            top_entropy_quantile=quantile, loss_type="dapo", beta=0.04
        )


def random_batches(seed: int) -> dict:
    r = random.Random(seed)
    lengths = [r.randint(1, 7) for _ in range(8)]
    return {
        "ragged": draw_batch(r.randrange(2**31), lengths, r.uniform(0.1, 0.8)),
        "with_empty_row": draw_batch(r.randrange(2**31), [r.randint(1, 7) for _ in range(5)] + [0], r.uniform(0.1, 0.8)),
    }


def random_loss_cases(seed: int, count: int = 60):
    """Options drawn independently of each other, where loss_cases changes few at a time."""
    r = random.Random(seed)
    for i in range(count):
        level = r.choice(["token", "sequence"])
        epsilon, epsilon_high = r.uniform(0, 0.3), r.choice([None, r.uniform(0, 0.5)])
        options = dict(
            loss_type=r.choice(["grpo", "bnpo", "dr_grpo", "dapo"]),
            importance_sampling_level=level,
            epsilon=epsilon,
            epsilon_high=epsilon_high,
            delta=r.choice([None, 1 + (epsilon_high or epsilon) + r.uniform(0.01, 1)]),
            beta=r.choice([0.0, r.uniform(0.001, 0.5)]),
            kl_times_ratio=r.random() < 0.3,
            accumulation_steps=r.randint(1, 4),
            on_policy=r.random() < 0.2,
            max_completion_length=r.randint(7, 40),
            items_in_batch=r.randint(56, 200),
        )
        # At level "sequence" TRL's metrics count an empty row.
        yield f"random {i}", "ragged" if level == "sequence" else r.choice(["ragged", "with_empty_row"]), options


def random_advantages(seed: int, count: int = 20):
    r = random.Random(seed)
    for i in range(count):
        group, functions = r.randint(2, 8), r.randint(1, 4)
        scores = [None, 0, 0.25, 0.5, 1, -1] if r.random() < 0.5 else [0, 0.125, 0.75, 1]
        rewards = [[r.choice(scores) for _ in range(functions)] for _ in range(group * r.randint(1, 4))]
        # Eighths: in float32, in which TRL computes, sums that should be equal are.
        yield f"random {i}", group, rewards, dict(weights=[r.randint(-4, 16) / 8 for _ in range(functions)])


def bare_trainer(options: dict) -> GRPOTrainer:
    """A GRPOTrainer with what `_compute_loss` reads, in training mode."""
    trainer = object.__new__(GRPOTrainer)
    trainer.args = SimpleNamespace(
        delta=options["delta"],
        use_bias_correction_kl=options["kl_times_ratio"],
        steps_per_generation=options["accumulation_steps"],
    )
    trainer.accelerator = Accelerator(cpu=True)
    trainer.model = torch.nn.Identity().train()
    trainer.model.is_gradient_checkpointing = False
    trainer._metrics = {MODE: defaultdict(list)}
    trainer.beta = options["beta"]
    trainer.loss_type = options["loss_type"]
    trainer.importance_sampling_level = options["importance_sampling_level"]
    trainer.epsilon_low = options["epsilon"]
    trainer.epsilon_high = options["epsilon"] if options["epsilon_high"] is None else options["epsilon_high"]
    trainer.max_completion_length = options["max_completion_length"]
    trainer.top_entropy_quantile = options["top_entropy_quantile"]
    trainer.current_gradient_accumulation_steps = options["accumulation_steps"]
    trainer.off_policy_mask_threshold = None
    trainer.aux_loss_enabled = False
    trainer.use_vllm = False
    trainer._entropy_bonus_enabled = False
    return trainer


def loss_case(batches: dict, name: str, batch_name: str, changed: dict) -> dict:
    options = DEFAULTS | changed
    batch = batches[batch_name]
    if options["items_in_batch"] is None:
        options["items_in_batch"] = int(batch["mask"].sum())
    new = batch["new"].clone().requires_grad_(True)
    trainer = bare_trainer(options)
    trainer._get_per_token_logps_and_entropies = lambda *_, **__: (new, batch["entropies"], None)
    rows = new.shape[0]
    inputs = dict(
        prompt_ids=torch.zeros(rows, 1, dtype=torch.long),
        prompt_mask=torch.ones(rows, 1, dtype=torch.long),
        completion_ids=torch.zeros(new.shape, dtype=torch.long),
        completion_mask=batch["mask"],
        advantages=batch["advantages"],
        num_items_in_batch=torch.tensor(options["items_in_batch"]),
    )
    if not options["on_policy"]:
        inputs["old_per_token_logps"] = batch["old"]
    if options["beta"]:
        inputs["ref_per_token_logps"] = batch["ref"]
    loss = trainer._compute_loss(trainer.model, inputs)
    loss.backward()
    return dict(
        name=name,
        batch=batch_name,
        options=options,
        loss=loss.item(),
        gradient=new.grad.tolist(),
        metrics={key: values[0] for key, values in trainer._metrics[MODE].items()},
    )


# name, members of a group, one row of scores per completion (None: the reward function abstained), options
ADVANTAGES = [
    ("one reward", 4, [[1.0], [0.5], [0.0], [0.25], [0.75], [0.75], [0.5], [1.0]], {}),
    (
        "weighted",
        4,
        [[1, 0.5], [0, 0.25], [1, -0.25], [0.5, 1], [0, 0], [0, 0.5], [1, 1], [0.5, 0]],
        dict(weights=[1.0, 0.3]),
    ),
    ("equal group", 4, [[0.5], [0.5], [0.5], [0.5], [1], [0], [0], [0]], {}),
    ("abstentions", 4, [[1, None], [0, 0.5], [None, None], [1, 1], [None, 0], [0.5, 1], [1, 1], [0, None]], {}),
    ("groups of two", 2, [[1, 0], [0, 0], [0.5, 1], [0.5, 0.25]], dict(weights=[2.0, 0.5])),
]


def advantage_case(name, group, rewards, options, scale, aggregation) -> dict:
    options = dict(
        num_generations=group,
        weights=options.get("weights", [1.0] * len(rewards[0])),
        scale_rewards=scale,
        aggregation=aggregation,
    )
    output, metrics = score(options, rewards, [[WORD, EOS]] * len(rewards))
    scored = [any(value is not None for value in row) for row in rewards]
    if any(sum(scored[i : i + group]) < 2 for i in range(0, len(scored), group)):
        # TRL does not count a group without a standard deviation as one whose members are equal.
        metrics["frac_reward_zero_std"] = None
    return dict(name=name, options=options, rewards=rewards, advantages=output["advantages"].tolist(), metrics=metrics)


def score(options: dict, rewards, completions, mask_truncated=False):
    """Runs `_generate_and_score_completions` on given completions (lists of ids) and rewards (rows, functions)."""
    trainer = bare_trainer(DEFAULTS)
    trainer.args = SimpleNamespace(
        per_device_train_batch_size=len(rewards),
        steps_per_generation=1,
        gradient_accumulation_steps=1,
        gradient_checkpointing_kwargs=None,
        report_to=[],
    )
    trainer.num_iterations = 1
    trainer.num_generations = options["num_generations"]
    trainer.reward_weights = torch.tensor(options["weights"], dtype=torch.float32)
    trainer.scale_rewards = options["scale_rewards"]
    trainer.multi_objective_aggregation = options["aggregation"]
    trainer.mask_truncated_completions = mask_truncated
    columns = list(zip(*rewards, strict=True))
    trainer.reward_funcs = [lambda column=column, **_: list(column) for column in columns]
    trainer.reward_func_names = [f"reward_{i}" for i in range(len(columns))]
    trainer.reward_processing_classes = [None] * len(columns)
    trainer.state = SimpleNamespace(global_step=0)
    trainer.environments = trainer.environment_factories = None
    trainer.tools = []
    trainer.pad_to_multiple_of = None
    trainer._tokenizer = SimpleNamespace(pad_token_id=PAD, eos_token_id=EOS)
    trainer.processing_class = SimpleNamespace(batch_decode=lambda ids, **_: [""] * len(ids))
    trainer._logs = defaultdict(list, rewards=defaultdict(list), extra=defaultdict(list))
    trainer._pending_extra_logs, trainer._pending_metrics = defaultdict(list), defaultdict(list)
    count = len(rewards)
    trainer._generate = lambda prompts: (
        [[WORD]] * count, completions, None, [""] * count, None, {}, None, [None] * count
    )  # fmt: skip
    output = trainer._generate_and_score_completions([dict(prompt="") for _ in range(count)])
    return output, {key: values[0] for key, values in trainer._metrics[MODE].items()}


def truncation_case() -> dict:
    completions = [[WORD, WORD, EOS], [WORD] * 4, [EOS], [WORD, EOS, WORD, WORD]]
    options = dict(num_generations=4, weights=[1.0], scale_rewards="group", aggregation="sum_then_normalize")
    rewards = [[1.0], [0.0], [0.5], [0.0]]
    output, _ = score(options, rewards, completions, mask_truncated=True)
    return dict(
        eos_token_id=EOS,
        pad_token_id=PAD,
        completions=completions,
        rewards=rewards,
        mask=output["completion_mask"].tolist(),
        items_in_batch=output["num_items_in_batch"].item(),
        advantages=output["advantages"].tolist(),
    )


def overlong_case() -> dict:
    longest, cache = 20, 8
    lengths = list(range(0, 24))
    punish = get_soft_overlong_punishment(max_completion_len=longest, soft_punish_cache=cache)
    return dict(
        max_completion_length=longest,
        soft_cache=cache,
        lengths=lengths,
        scores=punish(prompts=None, completions=None, completion_ids=[[WORD] * n for n in lengths]),
    )


def without_nan(value):
    """JSON has no NaN: null."""
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, dict):
        return {key: without_nan(v) for key, v in value.items()}
    return [without_nan(v) for v in value] if isinstance(value, list) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, metavar="SEED", help="random batches and more options; needs --out")
    parser.add_argument("--out", type=Path, default=REFERENCE_DIR / "grpo.json")
    arguments = parser.parse_args()
    path, seed = arguments.out, arguments.random
    if seed is not None and path == REFERENCE_DIR / "grpo.json":
        parser.error("--random needs --out: only the fixed batches are committed")
    batches = BATCHES if seed is None else random_batches(seed)
    chosen_losses, chosen_advantages = [*loss_cases()], [*ADVANTAGES]
    if seed is not None:
        chosen_losses += random_loss_cases(seed)
        chosen_advantages += random_advantages(seed)
    defaults = GRPOConfig(output_dir="unused", report_to=[], use_cpu=True, bf16=False)
    losses = [loss_case(batches, *case) for case in chosen_losses]
    kinds = [("group", "sum_then_normalize"), ("batch", "sum_then_normalize"), ("none", "sum_then_normalize")]
    kinds.append(("group", "normalize_then_sum"))
    advantages = [advantage_case(*case, *kind) for case in chosen_advantages for kind in kinds]
    result = dict(
        made_with=dict(trl=trl.__version__, torch=torch.__version__.split("+")[0]),
        trl_defaults={name: getattr(defaults, name) for name in TRL_DEFAULTS},
        batches={n: {k: v.tolist() for k, v in batch.items()} for n, batch in batches.items()},
        losses=losses,
        advantages=advantages,
        truncation=truncation_case(),
        overlong=overlong_case(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        out.write("{\n")
        for i, (key, value) in enumerate(without_nan(result).items()):
            # A case a line: a change shows where it is.
            text = json.dumps(value) if isinstance(value, dict) else "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
            out.write(f"{',' if i else ''}{json.dumps(key)}: {text}\n")
        out.write("}\n")
    clipped = sum(case["metrics"].get("clip_ratio/region_mean", 0) > 0 for case in losses)
    size = path.stat().st_size
    print(f"{path.name}: {size} bytes, {len(losses)} losses ({clipped} clip), {len(advantages)} advantages")


if __name__ == "__main__":
    main()
