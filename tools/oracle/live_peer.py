"""The part of live.py that runs in a release of transformers: checkpoints written, requests answered.

    python tools/oracle/live_peer.py write|answer --release RELEASE --seed N --count N --root DIR [--package DIR]

Each case is a folder <name> of --root: `checkpoint`, `requests.json` and `ours.json` (as live.py makes them) are read,
`theirs.json` is written.
"""

import argparse
import itertools
import json
import shutil
from pathlib import Path

import torch

from common import allow_torchvision, import_from, special_ids, token_type_arguments
from random_configurations import SRVAU, draw_cases


def write(case, directory: Path) -> None:
    """A checkpoint with random weights; for SRVAU only the configuration, in the layout the case asks for."""
    from configurations import config_of, flat_config
    from model import write_checkpoint

    configuration = case.configuration
    if case.made_by == SRVAU:
        config = flat_config(configuration) if configuration.flat else config_of(configuration).to_dict()
        directory.mkdir(parents=True)
        (directory / "config.json").write_text(json.dumps(config, indent=2))
        return
    generator = torch.Generator().manual_seed(configuration.seed)
    shards = {} if case.shard_bytes is None else dict(max_shard_size=case.shard_bytes)
    write_checkpoint(configuration, generator, directory / "checkpoint", **shards)


def arguments_of(model, request: dict, directory: Path, ids: list[int]) -> dict:
    """What the release's processor would give: it finds the positions itself."""
    from safetensors.torch import load_file

    row = torch.tensor([ids])
    vision = load_file(directory / request["vision"]) if "vision" in request else {}
    return dict(
        vision, input_ids=row, attention_mask=torch.ones_like(row), **token_type_arguments(row, model.config)
    )


@torch.no_grad()
def logprobs(model, request, directory, ids, suppress=()) -> list[float]:
    """Of each token but the first given those before it, without `suppress`."""
    from train import token_logprobs

    # 4.57 looks at the token after each vision_start, which a sample may end with.
    text = next(i for i in itertools.count() if i not in special_ids(model.config))
    logits = model(**arguments_of(model, request, directory, [*ids, text]), use_cache=False).logits[0, :-1].float()
    return token_logprobs(logits, torch.tensor(ids), suppress)[1:].tolist()


def answer(directory: Path) -> list[dict]:
    from generate import generate
    from model import load

    checkpoint = directory / "checkpoint"
    # Loading fails on any missing, unexpected or ill-shaped tensor.
    model, other, half = load(checkpoint), load(checkpoint, "sdpa"), load(checkpoint, dtype=torch.bfloat16)
    suppress = [model.config.image_token_id, model.config.video_token_id]
    ours = json.loads((directory / "ours.json").read_text())
    answers = []
    for request, mine in zip(json.loads((directory / "requests.json").read_text()), ours, strict=True):
        ids, prompt = request["input_ids"], request["input_ids"][: request["prompt"]]
        inputs = arguments_of(model, request, directory, prompt)
        # `generate` of the references takes its own.
        for name in ("attention_mask", "mm_token_type_ids"):
            inputs.pop(name, None)
        tokens, _, leads = generate(model, inputs, suppress, request["stop"], request["max_new_tokens"])
        answers.append(
            dict(
                logprobs=logprobs(model, request, directory, ids),
                other=logprobs(other, request, directory, ids),
                bfloat16=logprobs(half, request, directory, ids),
                tokens=tokens,
                leads=leads,
                # Of the completions that srvau drew.
                sampled=[
                    logprobs(model, request, directory, prompt + drawn["tokens"], suppress)[len(prompt) - 1 :]
                    for drawn in mine["sampled"]
                ],
            )
        )
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=("write", "answer"))
    parser.add_argument("--release", required=True, help="do the cases of this one")
    parser.add_argument("--package", help="folder of the release, where it is not the installed one")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--root", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.package is not None:
        import_from(arguments.package)
    allow_torchvision()
    import transformers

    version = ".".join(transformers.__version__.split(".")[:2])
    if arguments.release != f"transformers-{version}":
        raise SystemExit(f"{transformers.__file__}: expected {arguments.release}, received {transformers.__version__}")
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for case in draw_cases(arguments.seed, arguments.count):
        directory = arguments.root / case.configuration.name
        if arguments.do == "write" and arguments.release == (
            case.configuration.mrope if case.made_by == SRVAU else case.made_by
        ):
            shutil.rmtree(directory, ignore_errors=True)
            write(case, directory)
        if arguments.do == "answer" and arguments.release == case.configuration.mrope:
            (directory / "theirs.json").write_text(json.dumps(answer(directory)))


if __name__ == "__main__":
    main()
