"""The tiny random models that the native core is held against: one Configuration each, with its batch."""

from dataclasses import dataclass, field

import torch

from common import MROPE_457, MROPE_518, is_release_4


@dataclass(frozen=True)
class Text:
    """`count` random text tokens; `weight` is what each counts in the loss."""

    count: int
    weight: float = 0.0


@dataclass(frozen=True)
class Vision:
    """One image or video between vision_start and vision_end; `grid` = (frames, rows, columns) of patches."""

    kind: str
    grid: tuple[int, int, int]
    second_per_grid: float = 0.0


def video(frames, rows, columns, second_per_grid=2.0):
    return Vision("video", (frames, rows, columns), second_per_grid)


def image(rows, columns):
    return Vision("image", (1, rows, columns))


@dataclass(frozen=True)
class Configuration:
    name: str
    seed: int
    mrope: str
    text: dict
    vision: dict
    tied: bool
    sequences: list  # of lists of Text and Vision
    mrope_section: tuple[int, int, int]
    # Where rotary angles stay near zero, the gradient of a key's bias is near zero too (a shift of all scores): with
    # the published 1e6 it would be noise, which Adam blows up to full steps. Hence less where `steps` are stored.
    rope_theta: float = 1e6
    dtype: torch.dtype = torch.float32  # of the checkpoint; everything is computed in float32
    flat: bool = False  # config.json as published checkpoints have it, instead of with `text_config`
    first_special: int = 0  # id of image_token; video, vision_start and vision_end follow
    forbid_pads: bool = True  # image and video pads are left out of the loss's softmax
    steps: int = 0  # AdamW steps whose result is stored
    special: dict = field(init=False)

    def __post_init__(self):
        names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
        object.__setattr__(self, "special", {name: self.first_special + i for i, name in enumerate(names)})

    @property
    def merge(self) -> int:
        """Patches along each side of a token."""
        return self.vision.get("spatial_merge_size", 2)

    @property
    def forbidden_tokens(self) -> list[int]:
        return [self.special["image_token_id"], self.special["video_token_id"]] if self.forbid_pads else []


def text_model(vocab, hidden, intermediate, layers, heads, kv_heads, eps=1e-6):
    return dict(
        vocab_size=vocab,
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        rms_norm_eps=eps,
        max_position_embeddings=4096,
    )


def vision_tower(depth, hidden, intermediate, heads, patch, window, full, tokens_per_second=2):
    return dict(
        depth=depth,
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_heads=heads,
        patch_size=patch,
        window_size=window,
        fullatt_block_indexes=full,
        tokens_per_second=tokens_per_second,
    )


CONFIGURATIONS = [
    # Windows of 2x2 tokens in a frame of 3x5: windows cut short on both sides.
    Configuration(
        name="tied-gqa2-small-windows",
        seed=21,
        mrope=MROPE_457,
        tied=True,
        text=text_model(vocab=160, hidden=32, intermediate=48, layers=2, heads=4, kv_heads=2),
        mrope_section=(2, 1, 1),
        rope_theta=1e4,
        vision=vision_tower(depth=3, hidden=16, intermediate=20, heads=2, patch=4, window=16, full=[1]),
        first_special=150,
        sequences=[
            [Text(4), video(2, 6, 10), Text(6), Text(10, 1.0)],
            [Text(3), video(3, 4, 6), Text(5), Text(6, 1.0), Text(7, 0.5), Text(5, 2.0)],
        ],
        steps=5,
    ),
    # Windows of 8x8 tokens, larger than every frame; images beside videos; pads stay in the softmax.
    Configuration(
        name="untied-mha-large-windows",
        seed=2,
        mrope=MROPE_518,
        tied=False,
        text=text_model(vocab=130, hidden=32, intermediate=44, layers=2, heads=4, kv_heads=4, eps=1e-5),
        mrope_section=(1, 2, 1),
        rope_theta=1e4,
        vision=vision_tower(depth=2, hidden=16, intermediate=24, heads=1, patch=4, window=64, full=[1]),
        first_special=3,
        forbid_pads=False,
        sequences=[
            [Text(2), image(6, 6), Text(5), video(2, 4, 8, 1.0), Text(4), Text(9, 1.0)],
            [Text(6), Text(5, 1.0), Text(4, 0.25)],
        ],
        steps=5,
    ),
    # Several videos and images in each sequence, one key-value head, deeper text model than the others.
    Configuration(
        name="untied-gqa4-several-videos",
        seed=13,
        mrope=MROPE_457,
        tied=False,
        text=text_model(vocab=140, hidden=32, intermediate=40, layers=3, heads=4, kv_heads=1),
        mrope_section=(2, 1, 1),
        vision=vision_tower(depth=2, hidden=16, intermediate=24, heads=2, patch=4, window=24, full=[0]),
        first_special=130,
        dtype=torch.bfloat16,
        sequences=[
            [Text(2), video(2, 4, 6), Text(3), video(1, 6, 4, 3.7), Text(2), image(4, 4), Text(4), Text(8, 1.0)],
            [image(8, 2), image(2, 10), Text(3), video(4, 2, 2, 0.4), Text(7, 1.0), Text(6, 3.0)],
        ],
        steps=0,
    ),
    # Fractional seconds a grid step: the two variants of transformers round them differently.
    Configuration(
        name="tied-gqa4-fractional-seconds",
        seed=24,
        mrope=MROPE_518,
        tied=True,
        text=text_model(vocab=100, hidden=64, intermediate=72, layers=2, heads=8, kv_heads=2),
        mrope_section=(1, 1, 2),
        vision=vision_tower(
            depth=2, hidden=16, intermediate=24, heads=2, patch=4, window=24, full=[1], tokens_per_second=4
        ),
        first_special=96,
        dtype=torch.float16,
        sequences=[
            [Text(3), video(3, 6, 4, 0.7), Text(5), Text(9, 1.0)],
            [Text(1), video(5, 2, 4, 1.37), image(4, 6), Text(4), Text(6, 1.0), Text(6, 0.5)],
        ],
        steps=0,
    ),
    # No vision in the batch: the vision tower gets no gradient.
    Configuration(
        name="text-only",
        seed=25,
        mrope=MROPE_457,
        tied=True,
        text=text_model(vocab=180, hidden=64, intermediate=40, layers=2, heads=2, kv_heads=1),
        mrope_section=(4, 6, 6),
        rope_theta=1e3,
        vision=vision_tower(depth=1, hidden=8, intermediate=8, heads=1, patch=4, window=16, full=[0]),
        first_special=170,
        sequences=[
            [Text(9), Text(16, 1.0)],
            [Text(1), Text(1, 1.0)],
            [Text(5), Text(12, 1.0), Text(10, 0.1)],
        ],
        steps=5,
    ),
    # The geometry of the published checkpoints (patches of 14 pixels, windows of 112) and their config.json.
    Configuration(
        name="published-layout",
        seed=6,
        mrope=MROPE_457,
        tied=True,
        text=text_model(vocab=120, hidden=32, intermediate=48, layers=2, heads=2, kv_heads=1),
        mrope_section=(2, 3, 3),
        vision=vision_tower(depth=2, hidden=16, intermediate=20, heads=2, patch=14, window=112, full=[1]),
        first_special=110,
        dtype=torch.bfloat16,
        flat=True,
        sequences=[
            [Text(4), video(1, 4, 10), Text(5), Text(9, 1.0)],
            [Text(3), video(2, 2, 4), Text(5), Text(6, 1.0), Text(6, 0.5)],
        ],
        steps=0,
    ),
]


def config_of(configuration: Configuration):
    """The Qwen2_5_VLConfig of a Configuration."""
    from transformers import Qwen2_5_VLConfig

    if is_release_4():
        return Qwen2_5_VLConfig(**flat_config(configuration))
    rope = dict(rope_type="default", rope_theta=configuration.rope_theta, mrope_section=[*configuration.mrope_section])
    return Qwen2_5_VLConfig(
        # No pad token: torch would keep the gradient of its embedding at zero.
        text_config=dict(
            configuration.text,
            rope_parameters=rope,
            pad_token_id=None,
            bos_token_id=0,
            eos_token_id=1,
            tie_word_embeddings=configuration.tied,
        ),
        vision_config=dict(configuration.vision, out_hidden_size=configuration.text["hidden_size"]),
        tie_word_embeddings=configuration.tied,
        **configuration.special,
    )


def flat_config(configuration: Configuration) -> dict:
    """config.json in the layout of the published checkpoints: text fields at the root, `rope_scaling`."""
    dtype = str(configuration.dtype).removeprefix("torch.")
    return dict(
        configuration.text,
        architectures=["Qwen2_5_VLForConditionalGeneration"],
        model_type="qwen2_5_vl",
        attention_dropout=0.0,
        bos_token_id=0,
        eos_token_id=1,
        hidden_act="silu",
        initializer_range=configuration.text.get("initializer_range", 0.02),
        max_window_layers=70,
        rope_theta=configuration.rope_theta,
        rope_scaling=dict(type="mrope", mrope_section=[*configuration.mrope_section]),
        sliding_window=32768,
        use_sliding_window=False,
        use_cache=True,
        tie_word_embeddings=configuration.tied,
        torch_dtype=dtype,
        transformers_version="4.41.2",
        vision_config=dict(
            configuration.vision,
            hidden_act="silu",
            in_chans=3,
            out_hidden_size=configuration.text["hidden_size"],
            spatial_merge_size=configuration.merge,
            spatial_patch_size=configuration.vision["patch_size"],
            temporal_patch_size=2,
        ),
        **configuration.special,
    )


def randomise(model, generator: torch.Generator) -> None:
    """Draws every parameter anew, biases and norm weights too, so that no term of the model is trivial.

    Matrices keep the variance of their input. A tied embedding is small: a large one, added to the residual, makes
    every token predict itself.
    """
    embedding_std = 0.12 if model.config.tie_word_embeddings else 0.3
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if parameter.ndim == 1:
                centre = 1.0 if "norm" in name or "ln_q" in name else 0.0
                drawn = centre + 0.2 * torch.randn(parameter.shape, generator=generator)
            elif "embed_tokens" in name:
                drawn = embedding_std * torch.randn(parameter.shape, generator=generator)
            else:
                fan_in = parameter[0].numel()
                drawn = (1.0 / fan_in**0.5) * torch.randn(parameter.shape, generator=generator)
            parameter.copy_(drawn)


def draw_sequences(configuration: Configuration, generator: torch.Generator):
    """The batch: (sequences as stored in inputs.json, pixels (patches, patch_dim) float16 of all spans in order).

    Pixels are multiples of 1/16 within the range of normalised pixels: exact in float16 and in bfloat16.
    """
    special = configuration.special
    first, vocab = configuration.first_special, configuration.text["vocab_size"]
    words = torch.tensor([i for i in range(2, vocab) if not first <= i < first + len(special)])
    merged = configuration.merge**2  # patches of one token
    patch_dim = 3 * 2 * configuration.vision["patch_size"] ** 2
    sequences, pixels = [], []
    for parts in configuration.sequences:
        ids, weights, vision = [], [], []
        for part in parts:
            if isinstance(part, Text):
                ids += words[torch.randint(len(words), (part.count,), generator=generator)].tolist()
                weights += [part.weight] * part.count
                continue
            frames, rows, columns = part.grid
            patches = frames * rows * columns
            pad = special["image_token_id" if part.kind == "image" else "video_token_id"]
            span = [special["vision_start_token_id"], *[pad] * (patches // merged), special["vision_end_token_id"]]
            ids += span
            weights += [0.0] * len(span)
            vision.append(dict(kind=part.kind, grid=list(part.grid), second_per_grid=part.second_per_grid))
            pixels.append(torch.randint(-28, 29, (patches, patch_dim), generator=generator) / 16)
        sequences.append(dict(ids=ids, weights=weights, vision=vision))
    return sequences, torch.cat(pixels).half() if pixels else None
