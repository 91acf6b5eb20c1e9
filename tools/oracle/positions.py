"""Reference for M-RoPE positions, attention windows and the 2-D rotary positions of the vision tower.

    python tools/oracle/positions.py --transformers-4.57 DIR

DIR is the package folder of an installed or unpacked transformers 4.57.6 (it holds `models/`). Writes
tests/reference/positions.json; its layout is in README.md.
"""

import argparse
import json
import random
from types import SimpleNamespace

import torch
from common import MROPE_457, MROPE_518, REFERENCE_DIR, allow_torchvision, positions_of, rope_index_457

allow_torchvision()
from transformers.vision_utils import (  # noqa: E402
    get_vision_cu_seqlens,
    get_vision_position_ids,
    get_vision_window_index,
)

IDS = dict(vision_start_token_id=90, vision_end_token_id=91, image_token_id=92, video_token_id=93)


def image(h, w, t=1):
    return dict(kind="image", grid=[t, h, w], second_per_grid=0.0)


def video(t, h, w, second_per_grid=2.0):
    return dict(kind="video", grid=[t, h, w], second_per_grid=second_per_grid)


def sequence(name, parts, merge=2, tokens_per_second=2):
    """parts: lengths of text and spans, in order; a span stands between the vision start and end tokens."""
    draw = random.Random(name)
    ids, spans = [], []
    for part in parts:
        if isinstance(part, int):
            ids += [draw.randrange(90) for _ in range(part)]
            continue
        t, h, w = part["grid"]
        pad = IDS["video_token_id"] if part["kind"] == "video" else IDS["image_token_id"]
        ids += [IDS["vision_start_token_id"], *[pad] * (t * h * w // merge**2), IDS["vision_end_token_id"]]
        spans.append(part)
    return dict(name=name, merge=merge, tokens_per_second=tokens_per_second, ids=ids, spans=spans)


def random_sequence(seed):
    draw = random.Random(seed)
    merge = draw.choice([1, 2, 2, 3])
    parts = []
    for _ in range(draw.randrange(1, 4)):
        if draw.random() < 0.8:
            parts.append(draw.randrange(1, 9))
        h, w = merge * draw.randrange(1, 5), merge * draw.randrange(1, 5)
        if draw.random() < 0.5:
            parts.append(image(h, w))
        else:
            parts.append(video(draw.randrange(1, 5), h, w, draw.choice([0.0, 0.08, 0.5, 1.0, 1.9, 2.0, 2 / 3, 3.7])))
    if draw.random() < 0.8:
        parts.append(draw.randrange(1, 9))
    return sequence(f"random_{seed}", parts, merge, draw.choice([1, 2, 2, 4, 25, 2.5]))


SEQUENCES = [
    sequence("text_only", [7]),
    sequence("one_token", [1]),
    sequence("starts_with_video", [video(2, 4, 4), 5]),
    sequence("ends_with_video", [3, video(3, 4, 6)]),
    sequence("video_between_text", [4, video(4, 4, 6), 6]),
    sequence("one_frame_pair", [2, video(1, 2, 2), 2]),
    sequence("wide_video", [2, video(2, 2, 20), 3]),
    sequence("tall_video", [2, video(2, 20, 2), 3]),
    sequence("temporal_exceeds_space", [2, video(6, 2, 4), 3], tokens_per_second=25),
    sequence("fractions_of_a_second", [2, video(5, 4, 4, 0.08), 3, video(3, 2, 2, 1.9), 1]),
    sequence("no_time_between", [2, video(3, 4, 4, 0.0), 2]),
    sequence("fractional_tokens_per_second", [1, video(4, 2, 4, 1.5), 2], tokens_per_second=2.5),
    sequence("image", [3, image(6, 4), 4]),
    sequence("deep_image", [3, image(4, 4, t=3), 4]),
    sequence("images_and_videos", [2, image(4, 6), 1, video(2, 4, 4), 3, image(2, 8), video(3, 2, 4), 2]),
    sequence("videos_back_to_back", [video(2, 4, 4), video(2, 2, 6), video(1, 4, 2)]),
    sequence("merge_of_three", [2, video(2, 6, 9), 2], merge=3),
    sequence("no_merge", [2, image(3, 2), 2], merge=1),
    *[random_sequence(seed) for seed in range(12)],
]

# name, grids, patch size, merge size, window size in pixels
WINDOWS = [
    ("window_larger_than_frame", [[2, 4, 6]], 14, 2, 112),
    ("window_of_one_token", [[1, 4, 6]], 14, 2, 28),
    ("window_equals_frame", [[2, 8, 8]], 14, 2, 112),
    ("windows_fit_exactly", [[1, 8, 16]], 14, 2, 112),
    ("windows_with_remainders", [[2, 10, 14]], 14, 2, 112),
    ("odd_window", [[1, 10, 14]], 14, 2, 84),
    ("wide", [[1, 2, 30]], 14, 2, 112),
    ("tall", [[1, 30, 2]], 14, 2, 112),
    ("several_grids", [[1, 6, 4], [3, 4, 10], [1, 2, 2], [2, 10, 10]], 14, 2, 112),
    ("merge_of_three", [[2, 9, 12], [1, 3, 3]], 4, 3, 24),
    ("no_merge", [[1, 5, 7]], 8, 1, 24),
]


def expected_positions(case, variant, rope_457):
    config = SimpleNamespace(
        **IDS,
        vision_config=SimpleNamespace(spatial_merge_size=case["merge"], tokens_per_second=case["tokens_per_second"]),
    )
    ids = torch.tensor(case["ids"])
    positions, delta = positions_of(config, ids, case["spans"], variant, rope_457)
    return dict(positions=positions[:, 0].tolist(), next=len(ids) + delta)


def windows_case(name, grids, patch_size, merge, window_size):
    grid_thw = torch.tensor(grids)
    window_index, cu_window_seqlens = get_vision_window_index(grid_thw, merge, window_size, patch_size)
    return dict(
        name=name,
        grids=grids,
        patch_size=patch_size,
        merge=merge,
        window_size=window_size,
        window_index=window_index.tolist(),
        reverse_index=torch.argsort(window_index).tolist(),
        window_cu_seqlens=cu_window_seqlens.tolist(),
        frame_cu_seqlens=get_vision_cu_seqlens(grid_thw).tolist(),
        rope_positions=get_vision_position_ids(grid_thw, merge).tolist(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transformers-4.57", dest="transformers_457", required=True, metavar="DIR")
    rope_457 = rope_index_457(parser.parse_args().transformers_457)

    cases = [
        {**case, "expected": {name: expected_positions(case, name, rope_457) for name in (MROPE_457, MROPE_518)}}
        for case in SEQUENCES
    ]
    path = REFERENCE_DIR / "positions.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        # A case a line: compact, and a change shows where it is.
        out.write('{\n"token_ids": ' + json.dumps(IDS) + ",\n")
        for key, values in (("positions", cases), ("windows", [windows_case(*case) for case in WINDOWS])):
            lines = ",\n".join(json.dumps(value, separators=(",", ":")) for value in values)
            out.write(f'"{key}": [\n{lines}\n]' + (",\n" if key == "positions" else "\n}\n"))
    print(f"{path.name}: {path.stat().st_size} bytes, {len(cases)} sequences, {len(WINDOWS)} window plans")


if __name__ == "__main__":
    main()
