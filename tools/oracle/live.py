"""Holds `srvau model init|logprobs|generate` against transformers on random models and inputs; nothing is stored.


Prints a line for each case and the worst errors; ends with 1 where one is out of bounds. README.md says what is compared.
"""

import argparse
import json
import math
import random
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from common import MROPE_457, MROPE_518
from configurations import draw_sequences
from random_configurations import SRVAU, draw_cases

HERE = Path(__file__).resolve().parent
NEW_TOKENS = 32
SAMPLES = 3

# Largest |ours - theirs| / largest |theirs| over the tokens of a case.
FLOAT32_BOUND = 1e-5
# Root mean square of our bfloat16 errors / that of transformers' own.
BFLOAT16_BOUND = 2.0
# Where the best token leads the second by less, nats, rounding may decide between them.
TIE = 1e-4


class Srvau:
    """The command under test."""

    def __init__(self, command: str):
        self.command = shlex.split(command)

    def __call__(self, *arguments) -> None:
        line = [*self.command, "model", *map(str, arguments)]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{shlex.join(line)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def write_requests(case, directory: Path) -> list[dict]:
    """Each sequence of the case as a request of srvau. `prompt` is how many of its ids are to be completed."""
    from safetensors.torch import save_file

    configuration = case.configuration
    generator = torch.Generator().manual_seed(configuration.seed + 1)
    sequences, pixels = draw_sequences(configuration, generator)
    blocks = iter([] if pixels is None else pixels.float().split([patches(s) for of in sequences for s in of["vision"]]))
    r = random.Random(configuration.seed)
    requests = []
    for i, sequence in enumerate(sequences):
        length = next(at for at, weight in enumerate(sequence["weights"]) if weight > 0)
        request = dict(
            input_ids=sequence["ids"],
            prompt=length,
            mrope=configuration.mrope,
            max_new_tokens=NEW_TOKENS,
            # So many that some completions end early.
            stop=r.sample(range(configuration.text["vocab_size"]), configuration.text["vocab_size"] // 40),
            seed=r.randrange(2**40),
        )
        if sequence["vision"]:
            request["vision"] = f"vision-{i}.safetensors"
            save_file(vision_file(sequence["vision"], blocks), directory / request["vision"])
        requests.append(request)
    (directory / "requests.json").write_text(json.dumps(requests))
    return requests


def patches(span: dict) -> int:
    return math.prod(span["grid"])


def vision_file(spans, blocks) -> dict:
    """The tensors that srvau reads, which are also named as the arguments of transformers."""
    pixels = {"image": [], "video": []}
    for span in spans:
        pixels[span["kind"]].append((span, next(blocks)))
    tensors = {}
    for kind, key in (("image", "pixel_values"), ("video", "pixel_values_videos")):
        if pixels[kind]:
            tensors[key] = torch.cat([block for _, block in pixels[kind]])
            tensors[f"{kind}_grid_thw"] = torch.tensor([span["grid"] for span, _ in pixels[kind]])
    if pixels["video"]:
        tensors["second_per_grid_ts"] = torch.tensor([span["second_per_grid"] for span, _ in pixels["video"]])
    return tensors


def run_srvau(srvau: Srvau, case, directory: Path) -> None:
    checkpoint = directory / "checkpoint"
    if case.made_by == SRVAU:
        dtype = str(case.configuration.dtype).removeprefix("torch.")
        seed = case.configuration.seed
        srvau("init", "--config", directory / "config.json", "--seed", seed, "--dtype", dtype, "--out", checkpoint)
    answers = []
    for request in write_requests(case, directory):
        ids, length = request["input_ids"], request["prompt"]
        fields = {name: request[name] for name in ("vision", "mrope", "max_new_tokens", "seed") if name in request}
        prompt = dict(fields, input_ids=ids[:length], stop_token_ids=request["stop"])

        def run(command, body, *options):
            # Beside requests.json: `vision` is relative to it.
            (directory / "request.json").write_text(json.dumps(body))
            files = ("--model", checkpoint, "--request", directory / "request.json", "--out", directory / "out.json")
            srvau(command, *files, *options)
            return json.loads((directory / "out.json").read_text())

        whole = dict(fields, input_ids=ids)
        scored = run("logprobs", whole)
        if scored["tokens"] != ids or scored["logprobs"][0] is not None:
            raise SystemExit(f"{directory}: srvau model logprobs gave other tokens than it was given")
        answers.append(
            dict(
                logprobs=scored["logprobs"][1:],
                bfloat16=run("logprobs", whole, "--dtype", "bfloat16")["logprobs"][1:],
                greedy=run("generate", prompt, "--greedy")["completions"][0],
                sampled=run("generate", prompt, "--temperature", 1, "--n", SAMPLES)["completions"],
            )
        )
    (directory / "ours.json").write_text(json.dumps(answers))


def run_peers(do: str, arguments, root: Path) -> None:
    for release, package in ((MROPE_518, None), (MROPE_457, arguments.transformers_457)):
        line = [sys.executable, HERE / "live_peer.py", do, "--release", release, "--root", root]
        line += ["--seed", arguments.seed, "--count", arguments.count]
        line += [] if package is None else ["--package", package]
        done = subprocess.run([*map(str, line)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{release} could not {do}:\n{done.stdout}{done.stderr}")


def relative(ours, theirs) -> float:
    """Largest difference / largest value; infinite where the lengths differ or a value is not finite."""
    if len(ours) != len(theirs) or not all(map(math.isfinite, [*ours, *theirs])):
        return math.inf
    return max(abs(a - b) for a, b in zip(ours, theirs)) / max(map(abs, theirs)) if theirs else 0.0


def root_mean_square(ours, theirs) -> float:
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(ours, theirs, strict=True)) / len(theirs))


def flat(rows) -> list[float]:
    return [value for row in rows for value in row]


def greedy_verdict(ours: list[int], theirs: list[int], leads: list[float]) -> tuple[int, str | None]:
    """(how many tokens are equal, what is wrong; "tie" where rounding may have decided, None where all are equal)."""
    if ours == theirs:
        return len(ours), None
    first = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    if first < len(leads) and leads[first] < TIE:
        return first, "tie"
    return first, f"token {first}: {ours[first:][:1]} is not {theirs[first:][:1]}"


def compare(case, directory: Path) -> dict:
    """The numbers of a case, and under `problems` what is out of bounds."""
    ours, theirs = (json.loads((directory / name).read_text()) for name in ("ours.json", "theirs.json"))

    def both(field, of=None):
        return flat(a[field] for a in ours), flat(b[of or field] for b in theirs)

    mine, exact = both("logprobs")
    half, their_half = both("bfloat16")
    sampled = flat(drawn["logprobs"] for a in ours for drawn in a["sampled"])
    row = dict(
        tokens=len(exact),
        float32=relative(mine, exact),
        noise=relative(flat(b["other"] for b in theirs), exact),
        # At least bfloat16's own resolution of a logit, where few tokens happen to be exact.
        bfloat16=root_mean_square(half, exact) / max(root_mean_square(their_half, exact), 2.0**-9),
        sampled=relative(sampled, flat(flat(b["sampled"]) for b in theirs)),
        greedy=0,
        ties=0,
        problems=[],
    )
    for name, bound in (("float32", FLOAT32_BOUND), ("sampled", FLOAT32_BOUND), ("bfloat16", BFLOAT16_BOUND)):
        if not row[name] <= bound:
            row["problems"].append(f"{name} {row[name]:.1e} is above {bound:.0e}")
    for a, b in zip(ours, theirs, strict=True):
        equal, problem = greedy_verdict(a["greedy"]["tokens"], b["tokens"], b["leads"])
        row["greedy"] += equal
        row["ties"] += problem == "tie"
        row["problems"] += [f"greedy {problem}"] if problem not in (None, "tie") else []
    return row


def describe(case, row: dict) -> str:
    c = case.configuration
    checkpoint = f"{case.made_by.removeprefix('transformers-')} {str(c.dtype).removeprefix('torch.')}"
    checkpoint += "" if case.made_by == SRVAU or case.shard_bytes is None else " shards"
    text = c.text
    model = f"{'tied' if c.tied else 'own head'} gqa{text['num_attention_heads'] // text['num_key_value_heads']}"
    window = f"window {c.vision['window_size'] // c.vision['patch_size'] // c.merge} merge {c.merge}"
    greedy = f"{row['greedy']}{' tie' * row['ties']}"
    return (
        f"{c.name:>8} | {checkpoint:20} | {c.mrope[-4:]} | {model:13} | {window:17} | {case.layout:29} | {row['tokens']:5} "
        f"| {row['float32']:.1e} | {row['noise']:.1e} | {row['sampled']:.1e} | {row['bfloat16']:5.2f} | {greedy:>8} | "
        + ("ok" if not row["problems"] else "; ".join(row["problems"]))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transformers-4.57", dest="transformers_457", required=True, metavar="DIR")
    parser.add_argument("--count", type=int, default=36)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where checkpoints, requests and answers are to stay")
    command = shlex.join(["node", str(HERE.parents[1] / "apps/cli/bin/srvau.mjs")])
    parser.add_argument("--srvau", default=command, metavar="COMMAND", help="default: that of this tree")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    srvau = Srvau(arguments.srvau)
    with tempfile.TemporaryDirectory() as temporary:
        root = arguments.keep or Path(temporary)
        root.mkdir(parents=True, exist_ok=True)
        cases = draw_cases(arguments.seed, arguments.count)
        run_peers("write", arguments, root)
        for case in cases:
            run_srvau(srvau, case, root / case.configuration.name)
        run_peers("answer", arguments, root)
        rows = []
        print(f"--seed {arguments.seed} --count {arguments.count}")
        print("case | checkpoint | rope | model | tower | input | tokens | float32 | noise | sampled | bfloat16 | greedy |")
        for case in cases:
            rows.append(compare(case, root / case.configuration.name))
            print(describe(case, rows[-1]))
    failed = sum(bool(row["problems"]) for row in rows)
    worst = {name: max(row[name] for row in rows) for name in ("float32", "noise", "sampled", "bfloat16")}
    print(
        f"{len(rows)} cases, {failed} out of bounds; {sum(row['tokens'] for row in rows)} tokens scored: float32 within "
        f"{worst['float32']:.1e} (transformers from itself: {worst['noise']:.1e}), sampled within {worst['sampled']:.1e}, "
        f"bfloat16 at most {worst['bfloat16']:.2f} of transformers' error; "
        f"{sum(row['greedy'] for row in rows)} greedy tokens equal, {sum(row['ties'] for row in rows)} ties"
    )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
