"""What the peers share: arguments, requests, timing, and the one line of JSON they answer with.

A peer is a Python program that does a piece of work with the libraries others would use, for `npm run bench -- native`
to stand beside our own. It is called as

    $SRVAU_PEER_PYTHON tools/bench/peers/NAME.py --checkpoint DIR --request FILE.json --json

and prints one JSON object: {"peer", "versions", "threads", "did", "runs": [{"name", "seconds": {"min", "median",
"all"}, ..}], "peak_rss_bytes"}. Nothing here is part of the product.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from pathlib import Path

import torch


def allow_torchvision() -> None:
    """Lets `import torchvision` pass where its compiled operators do not fit the installed torch; see tools/oracle."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "oracle"))
    import common

    common.allow_torchvision()


def request_of(description: str, checkpoint: bool = True) -> tuple[str | None, dict]:
    """(checkpoint directory, request) from the command line; sets the number of threads the request asks for."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--checkpoint", required=checkpoint, metavar="DIR", help="Hugging Face layout")
    parser.add_argument("--request", required=True, type=Path, metavar="FILE.json")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of indented text")
    arguments = parser.parse_args()
    request = json.loads(arguments.request.read_text(encoding="utf-8"))
    request["json"] = arguments.json
    if "pixels" in request:
        request["pixels"] = arguments.request.parent / request["pixels"]
    request["device"] = torch.device(request.get("device", "cpu"))
    torch.set_num_threads(request.get("threads", torch.get_num_threads()))
    torch.manual_seed(request.get("seed", 0))
    return arguments.checkpoint, request


def timed(work, request) -> dict:
    """Seconds of work(), which is run `warmup` times before and `repeats` times for the record."""
    for _ in range(request.get("warmup", 1)):
        work()
    seconds = []
    for _ in range(request.get("repeats", 3)):
        wait(request)
        start = time.perf_counter()
        work()
        wait(request)
        seconds.append(time.perf_counter() - start)
    return summary(seconds)


def wait(request) -> None:
    """Until a GPU has done what it was given."""
    if request["device"].type == "cuda":
        torch.cuda.synchronize(request["device"])


def summary(seconds: list[float]) -> dict:
    return dict(min=min(seconds), median=statistics.median(seconds), all=seconds)


def peak_rss_bytes() -> int:
    """Highest resident memory of this process so far. Linux reports kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def report(request, peer: str, did: str, runs: list[dict], modules) -> None:
    versions = {module.__name__: module.__version__ for module in (torch, *modules)}
    answer = dict(
        peer=peer,
        versions=versions,
        threads=torch.get_num_threads(),
        did=did,
        runs=runs,
        peak_rss_bytes=peak_rss_bytes(),
    )
    print(json.dumps(answer, indent=None if request["json"] else 2))


def pixels_of(request) -> list[torch.Tensor]:
    """float32 patches (patches, patch_dim), one tensor per vision span of the request, in order."""
    rows = request.get("prompts") or request.get("sequences")
    sizes = [torch.tensor(span["grid"]).prod().item() for row in rows for span in row.get("vision", [])]
    if not sizes:
        return []
    from safetensors.torch import load_file

    return list(torch.split(load_file(request["pixels"])["pixel_values"].float(), sizes))


def batch_of(rows: list[dict], pixels: list[torch.Tensor], config, side: str, device) -> dict:
    """Model inputs of rows {ids, vision} padded on `side` to the longest. pixels: as pixels_of."""
    longest = max(len(row["ids"]) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        count = len(row["ids"])
        place = slice(longest - count, None) if side == "left" else slice(count)
        ids[i, place] = torch.tensor(row["ids"])
        mask[i, place] = 1
    kinds = (ids == config.image_token_id).int() + 2 * (ids == config.video_token_id).int()
    inputs = dict(input_ids=ids, attention_mask=mask)
    spans = [span for row in rows for span in row.get("vision", [])]
    for kind, values, grids in (
        ("image", "pixel_values", "image_grid_thw"),
        ("video", "pixel_values_videos", "video_grid_thw"),
    ):
        chosen = [i for i, span in enumerate(spans) if span["kind"] == kind]
        if chosen:
            inputs[values] = torch.cat([pixels[i] for i in chosen])
            inputs[grids] = torch.tensor([spans[i]["grid"] for i in chosen])
    seconds = [span["second_per_grid"] for span in spans if span["kind"] == "video"]
    if seconds:
        inputs["second_per_grid_ts"] = torch.tensor(seconds)
    if spans:
        # Without it transformers 5 falls back to one-dimensional positions, silently.
        inputs["mm_token_type_ids"] = kinds
    return {name: value.to(device) for name, value in inputs.items()}


def load_model(checkpoint: str, device, dtype=torch.float32):
    from transformers import Qwen2_5_VLForConditionalGeneration

    return Qwen2_5_VLForConditionalGeneration.from_pretrained(
        checkpoint, dtype=dtype, attn_implementation="sdpa"
    ).to(device)
