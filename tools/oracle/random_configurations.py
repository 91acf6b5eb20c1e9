"""Random models and batches for comparisons that are made live instead of being committed."""

import random
from dataclasses import dataclass, replace

import torch

from common import MROPE_457, MROPE_518
from configurations import Configuration, Text, Vision, text_model, vision_tower

SRVAU = "srvau"

# What a sequence is made of; each kind puts its vision elsewhere.
LAYOUTS = ("text", "long text", "video", "image", "videos and images", "vision first, nothing between")


@dataclass(frozen=True)
class Case:
    configuration: Configuration
    layout: str
    made_by: str  # MROPE_457 or MROPE_518, the release that writes the checkpoint; or SRVAU
    shard_bytes: int | None  # None: one file


def draw_cases(seed: int, count: int, steps: int = 0) -> list[Case]:
    """The cases of a seed. What matters most is dealt out, so that a few dozen cases have all of it.

    steps: AdamW steps that are to be compared (Configuration.steps). Then angles turn faster, as explained there, and
    nothing is long.
    """
    dealer = random.Random(f"deal {seed}")

    def deal(*values):
        cards = (list(values) * (count // len(values) + 1))[:count]
        dealer.shuffle(cards)
        return iter(cards)

    queries_a_key = deal(1, 2, 4)
    tied = deal(True, False)
    mrope = deal(MROPE_457, MROPE_518)
    dtype = deal(torch.float32, torch.bfloat16, torch.float32, torch.float16)
    made_by = deal(MROPE_518, MROPE_457, SRVAU)
    layout = deal(*(kind for kind in LAYOUTS if steps == 0 or kind != "long text"))
    window = deal("smaller", "larger")
    shards = deal(20_000, None)
    merge = deal(2, 2, 2, 1, 3)
    cases = []
    for i in range(count):
        maker = next(made_by)
        kind = next(layout)
        # `srvau model init` writes no float16.
        stored = next(dtype)
        stored = torch.float32 if maker == SRVAU and stored == torch.float16 else stored
        configuration = draw_configuration(
            random.Random(f"{seed}/{i}"),
            name=f"{seed}-{i:02d}",
            queries_a_key=next(queries_a_key),
            tied=next(tied),
            mrope=next(mrope),
            dtype=stored,
            layout=kind,
            window=next(window),
            merge=next(merge),
            steps=steps,
        )
        if maker == MROPE_518 and configuration.mrope == MROPE_457:
            # The older release reads no `rope_parameters`; both read the layout of the published checkpoints.
            configuration = replace(configuration, flat=True)
        cases.append(Case(configuration, kind, maker, next(shards)))
    return cases


def draw_configuration(r, name, queries_a_key, tied, mrope, dtype, layout, window, merge, steps) -> Configuration:
    kv_heads = r.randint(1, 12 // queries_a_key // 2)
    head_dim = r.choice([8, 12, 16, 24, 32])
    vocab = r.choice([r.randint(80, 400), r.randint(80, 400), 3000])
    vision_heads = r.randint(1, 4)
    depth = r.randint(2, 4) if r.random() < 0.8 else 1
    patch = r.choice([2, 4, 6, 14])
    sequences = [draw_sequence(r, layout, merge) for _ in range(r.randint(1, 3))]
    sides = [side for parts in sequences for p in parts if isinstance(p, Vision) for side in p.grid[1:]]
    tokens = max(sides, default=merge) // merge
    window_tokens = r.randint(1, max(1, tokens - 1)) if window == "smaller" else tokens + r.randint(1, 4)
    tower = vision_tower(
        depth=depth,
        hidden=vision_heads * r.choice([8, 12, 16, 20]),
        intermediate=r.randint(8, 60),
        heads=vision_heads,
        patch=patch,
        window=patch * merge * window_tokens,
        full=sorted(r.sample(range(depth), r.randint(1, max(1, depth - 1)))),
        tokens_per_second=r.choice([1, 2, 4, 25]),
    )
    model = text_model(
        vocab=vocab,
        hidden=kv_heads * queries_a_key * head_dim,
        intermediate=r.randint(16, 160),
        layers=r.randint(1, 4),
        heads=kv_heads * queries_a_key,
        kv_heads=kv_heads,
        eps=r.choice([1e-6, 1e-5]),
    )
    return Configuration(
        name=name,
        seed=r.randrange(2**31),
        mrope=mrope,
        tied=tied,
        # For the weights that `srvau model init` draws: with the published 0.02 all logits were near zero, and with much
        # more than this float32 itself is off by 1e-5.
        text=dict(model, initializer_range=round(model["hidden_size"] ** -0.5, 3)),
        mrope_section=split(r, head_dim // 2, 3),
        rope_theta=r.choice([1e3, 1e4] if steps else [1e4, 5e5, 1e6]),
        vision=dict(tower, spatial_merge_size=merge),
        dtype=dtype,
        flat=r.random() < 0.3,
        first_special=r.randint(2, vocab - 4),
        forbid_pads=r.random() < 0.7,
        sequences=sequences,
        steps=steps,
    )


def split(r: random.Random, total: int, parts: int) -> tuple[int, ...]:
    """`parts` positive numbers that add up to `total`."""
    cuts = [0, *sorted(r.sample(range(1, total), parts - 1)), total]
    return tuple(b - a for a, b in zip(cuts, cuts[1:]))


def draw_sequence(r: random.Random, layout: str, merge: int) -> list:
    """A prompt, then an answer whose parts count differently in the loss."""

    def text(low, high):
        return Text(r.randint(low, high))

    def image():
        return Vision("image", (1, merge * r.randint(1, 7), merge * r.randint(1, 7)))

    def video():
        seconds = r.choice([0.4, 0.5, 1.0, 2.0, 3.7, round(r.uniform(0.1, 5), 3)])
        return Vision("video", (r.randint(1, 4), merge * r.randint(1, 5), merge * r.randint(1, 5)), seconds)

    prompt = {
        "text": lambda: [text(1, 40)],
        "long text": lambda: [text(600, 1200)],
        "video": lambda: [text(1, 6), video(), text(1, 8)],
        "image": lambda: [text(1, 6), image(), text(1, 8)],
        "videos and images": lambda: [
            part for _ in range(r.randint(2, 4)) for part in (text(1, 4), r.choice([image, video])())
        ] + [text(1, 9)],
        # The answer comes right after vision_end.
        "vision first, nothing between": lambda: [r.choice([image, video])() for _ in range(r.randint(2, 4))],
    }[layout]()
    answer = [Text(r.randint(4, 16), 1.0)] + [Text(r.randint(1, 8), r.choice([0.25, 0.5, 3.0]))] * r.randint(0, 1)
    return [*prompt, *answer]
