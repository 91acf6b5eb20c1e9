"""Reference for vision preprocessing: what transformers' Qwen2.5-VL processors make of frames.

    python tools/oracle/preprocess.py

Writes tests/reference/preprocess/{smart_resize,images,videos}.safetensors; their layout is in README.md.
"""

import random

import torch
from common import REFERENCE_DIR, allow_torchvision
from safetensors.torch import save_file

allow_torchvision()
from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor  # noqa: E402
from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor, smart_resize  # noqa: E402

MAX_ROWS = 8
CASE_FIELDS = [
    "frames",
    "height",
    "width",
    "patch_size",
    "merge_size",
    "temporal_patch_size",
    "min_pixels",
    "max_pixels",
    "cap_pixels_per_frame",
    "max_video_tokens",
]


def procedural_frames(frames: int, height: int, width: int) -> torch.Tensor:
    """(F, H, W, 3) uint8 from a formula that the tests compute too: smooth, with hard edges where it wraps around."""
    f = torch.arange(frames).view(-1, 1, 1, 1)
    y = torch.arange(height).view(1, -1, 1, 1)
    x = torch.arange(width).view(1, 1, -1, 1)
    c = torch.arange(3).view(1, 1, 1, -1)
    return ((x * 7 + y * 13 + f * 29 + c * 31 + ((x * y) >> 3)) & 255).to(torch.uint8)


def case(frames, height, width, **options):
    given = dict(
        frames=frames,
        height=height,
        width=width,
        patch_size=14,
        merge_size=2,
        temporal_patch_size=2,
        min_pixels=128 * 28 * 28,
        max_pixels=768 * 28 * 28,
        cap_pixels_per_frame=0,
        max_video_tokens=128000,
    )
    assert options.keys() <= given.keys(), options
    return {**given, **options}


SMALL = dict(min_pixels=28 * 28, max_pixels=84 * 84)
VIDEOS = {
    "defaults": case(2, 240, 320),
    "defaults_one_frame": case(1, 480, 270),
    "defaults_shrunk": case(3, 1080, 1920),
    "odd_sizes": case(4, 61, 47, **SMALL),
    "odd_frame_count": case(5, 50, 90, **SMALL),
    "enlarged": case(3, 17, 23, min_pixels=56 * 56, max_pixels=112 * 112),
    "tiny": case(2, 3, 5, **SMALL),
    "one_pixel": case(1, 1, 1, **SMALL),
    "wide": case(2, 9, 400, min_pixels=28 * 28, max_pixels=28 * 28 * 16),
    "tall": case(2, 400, 9, min_pixels=28 * 28, max_pixels=28 * 28 * 16),
    "width_only_changes": case(2, 56, 71, min_pixels=28 * 28, max_pixels=56 * 84),
    "height_only_changes": case(2, 71, 56, min_pixels=28 * 28, max_pixels=56 * 84),
    "unchanged_size": case(3, 56, 84, min_pixels=28 * 28, max_pixels=56 * 84),
    "half_to_even": case(2, 70, 98, min_pixels=28 * 28, max_pixels=28 * 28 * 64),
    "small_patches": case(5, 45, 70, patch_size=6, min_pixels=12 * 12, max_pixels=48 * 48),
    "merge_of_three": case(4, 80, 100, patch_size=4, merge_size=3, min_pixels=12 * 12, max_pixels=72 * 72),
    "temporal_patch_of_three": case(4, 40, 40, patch_size=8, temporal_patch_size=3, min_pixels=256, max_pixels=48 * 48),
    "no_temporal_patch": case(3, 40, 40, patch_size=8, temporal_patch_size=1, min_pixels=256, max_pixels=48 * 48),
    "capped": case(12, 120, 160, min_pixels=28 * 28, max_pixels=28 * 28 * 30, cap_pixels_per_frame=1, max_video_tokens=64),
    "capped_at_the_floor": case(
        40, 90, 60, min_pixels=28 * 28 * 4, max_pixels=28 * 28 * 30, cap_pixels_per_frame=1, max_video_tokens=16
    ),
    "cap_does_not_bind": case(2, 90, 60, cap_pixels_per_frame=1, **SMALL),
}
IMAGE_DEFAULTS = dict(min_pixels=56 * 56, max_pixels=28 * 28 * 1280)
IMAGES = {
    "defaults": case(1, 97, 131, **IMAGE_DEFAULTS),
    "defaults_shrunk": case(1, 1200, 1100, **IMAGE_DEFAULTS),
    "defaults_tiny": case(1, 4, 6, **IMAGE_DEFAULTS),
    "small_patches": case(1, 33, 65, patch_size=6, min_pixels=12 * 12, max_pixels=48 * 48),
    "temporal_patch_of_three": case(1, 40, 56, patch_size=8, temporal_patch_size=3, min_pixels=256, max_pixels=48 * 48),
}


def run(kind: str, given: dict) -> tuple[torch.Tensor, list[int]]:
    """Pixels (patches, patch_dim) float32 and grid [t, h, w]."""
    sizes = dict(
        patch_size=given["patch_size"],
        merge_size=given["merge_size"],
        temporal_patch_size=given["temporal_patch_size"],
        size={"shortest_edge": given["min_pixels"], "longest_edge": given["max_pixels"]},
    )
    frames = procedural_frames(given["frames"], given["height"], given["width"]).permute(0, 3, 1, 2).contiguous()
    if kind == "image":
        output = Qwen2VLImageProcessor(**sizes)(frames[0], input_data_format="channels_first", return_tensors="pt")
        return output["pixel_values"], output["image_grid_thw"][0].tolist()
    processor = Qwen2VLVideoProcessor(
        **sizes,
        cap_pixels_per_frame=bool(given["cap_pixels_per_frame"]),
        max_video_tokens=given["max_video_tokens"],
    )
    output = processor([frames], input_data_format="channels_first", return_tensors="pt")
    return output["pixel_values_videos"], output["video_grid_thw"][0].tolist()


def level_table() -> torch.Tensor:
    """(3, 256) float32: what rescaling and normalising make of each 8-bit level of each channel."""
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 256).expand(3, 1, 256)
    p = Qwen2VLVideoProcessor()
    return p.rescale_and_normalize(levels, True, p.rescale_factor, True, tuple(p.image_mean), tuple(p.image_std)).view(3, 256)


def levels_of(pixels: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """The 8-bit levels behind normalised pixels, without loss: a quarter of the size."""
    per_channel = pixels.view(pixels.shape[0], 3, -1)
    levels = torch.stack([torch.searchsorted(table[c].contiguous(), per_channel[:, c].contiguous()) for c in range(3)], 1)
    for c in range(3):
        assert torch.equal(table[c][levels[:, c]], per_channel[:, c]), "a pixel that is no normalised 8-bit level"
    return levels.to(torch.uint8).view(pixels.shape)


def write_cases(path, kind: str, cases: dict) -> None:
    table = level_table()
    tensors = {"level_table": table}
    for name, given in cases.items():
        pixels, grid = run(kind, given)
        patches = pixels.shape[0]
        rows = torch.linspace(0, patches - 1, min(patches, MAX_ROWS), dtype=torch.float64).round().long()
        levels = levels_of(pixels, table)
        tensors[f"{name}.case"] = torch.tensor([given[field] for field in CASE_FIELDS])
        tensors[f"{name}.grid"] = torch.tensor(grid)
        tensors[f"{name}.rows"] = rows
        tensors[f"{name}.levels"] = levels[rows].contiguous()
        # Row sums cover the rows that are not stored.
        tensors[f"{name}.row_sums"] = levels.to(torch.int32).sum(1, dtype=torch.int32)
    save_file(tensors, path)


def smart_resize_table(count: int) -> torch.Tensor:
    """(count, 7) int64: height, width, factor, min_pixels, max_pixels, resized height, resized width."""
    draw = random.Random(20)
    rows = []
    while len(rows) < count:
        factor = draw.choice([28, 28, 28, 32, 12, 8])
        exponent = draw.uniform(0, 12)
        height, width = int(2**exponent) + draw.randrange(3), int(2 ** draw.uniform(0, 12))
        if draw.random() < 0.25:  # halves, where rounding matters
            height, width = factor * draw.randrange(1, 60) + factor // 2, factor * draw.randrange(1, 60) + factor // 2
        if max(height, width) > 200 * min(height, width):
            continue
        low, high = sorted(int(2 ** draw.uniform(6, 21)) for _ in range(2))
        resized = smart_resize(height, width, factor=factor, min_pixels=low, max_pixels=high)
        rows.append([height, width, factor, low, high, *resized])
    return torch.tensor(rows)


def main() -> None:
    torch.set_num_threads(1)
    directory = REFERENCE_DIR / "preprocess"
    directory.mkdir(parents=True, exist_ok=True)
    save_file({"rows": smart_resize_table(300)}, directory / "smart_resize.safetensors")
    write_cases(directory / "images.safetensors", "image", IMAGES)
    write_cases(directory / "videos.safetensors", "video", VIDEOS)
    for path in sorted(directory.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
