"""Writes tests/reference/native/<configuration>/generate.json: greedy generation by transformers.

    python tools/oracle/generate.py --transformers-4.57 DIR [--only NAME]

Run model.py first: this reads its checkpoints and batches. README.md describes the file.
"""

import argparse
import json
from pathlib import Path

import torch

from common import MROPE_457, REFERENCE_DIR, allow_torchvision, positions_of, rope_index_457, token_type_arguments

allow_torchvision()

import transformers  # noqa: E402
from model import load, made_with, model_inputs, split_pixels  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

MAX_NEW_TOKENS = 24
# By how much the best logit has to lead at every step.
SMALLEST_LEAD = 1e-3


def prompt_of(sequence) -> dict:
    """The part of a sequence that counts nothing in the loss, up to its first target."""
    length = next(i for i, weight in enumerate(sequence["weights"]) if weight > 0)
    return dict(sequence, ids=sequence["ids"][:length])


def use_rope_457(model, rope_457) -> None:
    """Makes `generate` of transformers 5 place tokens as transformers 4.57 did."""
    names = ("image_grid_thw", "video_grid_thw", "second_per_grid_ts", "attention_mask")

    def get_rope_index(input_ids, **arguments):
        return rope_457(model.model, input_ids, **{n: arguments[n] for n in names if n in arguments})

    model.model.get_rope_index = get_rope_index


def generate(model, inputs, suppress, eos, count=MAX_NEW_TOKENS):
    """(tokens, their log-probabilities, by how much each led the second best)."""
    inputs = {name: value for name, value in inputs.items() if name != "position_ids"}
    ids = inputs["input_ids"]
    output = model.generate(
        **inputs,
        **token_type_arguments(ids, model.config),
        attention_mask=torch.ones_like(ids),
        max_new_tokens=count,
        do_sample=False,
        suppress_tokens=suppress or None,
        eos_token_id=eos or None,
        pad_token_id=0,
        return_dict_in_generate=True,
        output_scores=True,
    )
    tokens = output.sequences[0, ids.shape[1] :]
    scores = torch.stack([step[0] for step in output.scores]).log_softmax(-1)  # (new tokens, vocab)
    best, second = scores.topk(2, dim=-1).values.unbind(-1)
    return tokens.tolist(), scores.gather(-1, tokens[:, None])[:, 0].tolist(), (best - second).tolist()


def generate_uncached(model, prompt, blocks, positions, delta, suppress, count) -> list[int]:
    """Greedy tokens by full forward passes. positions, delta: of the prompt, as positions_of gives them."""
    ids = list(prompt["ids"])
    with torch.no_grad():
        for _ in range(count):
            logits = model(**model_inputs(dict(prompt, ids=ids), blocks, positions), use_cache=False).logits[0, -1]
            logits[suppress] = float("-inf")
            positions = torch.cat([positions, torch.full((3, 1, 1), len(ids) + delta)], dim=-1)
            ids.append(logits.argmax().item())
    return ids[len(prompt["ids"]) :]


def reference(directory: Path, rope_457) -> dict:
    batch = json.loads((directory / "inputs.json").read_text())
    pixels_file = directory / "inputs.safetensors"
    pixels = load_file(pixels_file)["pixel_values"] if pixels_file.exists() else None
    model = load(directory)
    if batch["mrope"] == MROPE_457:
        use_rope_457(model, rope_457)
    suppress = [model.config.image_token_id, model.config.video_token_id]

    runs = []
    for sequence, blocks in zip(batch["sequences"], split_pixels(batch["sequences"], pixels), strict=True):
        prompt = prompt_of(sequence)
        ids = torch.tensor(prompt["ids"])
        positions, delta = positions_of(model.config, ids, prompt["vision"], batch["mrope"], rope_457)
        inputs = model_inputs(prompt, blocks, positions)
        tokens, _, leads = generate(model, inputs, suppress, [])
        if min(leads) < SMALLEST_LEAD:
            raise SystemExit(f"{directory.name}: the best token leads by {min(leads):.1e} only; choose another seed")
        if tokens != generate_uncached(model, prompt, blocks, positions, delta, suppress, MAX_NEW_TOKENS):
            raise SystemExit(f"{directory.name}: transformers' generate differs from greedy decoding without a cache")
        runs.append((prompt, inputs, tokens))

    # One token that ends the most varied generation about half-way, and one that is never generated.
    generated = {token for _, _, tokens in runs for token in tokens}
    varied = max((tokens for _, _, tokens in runs), key=lambda tokens: len(set(tokens)))
    if len(set(varied)) < 4:
        raise SystemExit(f"{directory.name}: generation only repeats itself; choose another seed")
    half_way = max((token for token in varied if varied.index(token) <= MAX_NEW_TOKENS // 2), key=varied.index)
    unused = max(token for token in range(model.config.text_config.vocab_size) if token not in {*generated, *suppress})
    eos = [half_way, unused]

    prompts = []
    for i, (prompt, inputs, _) in enumerate(runs):
        tokens, logprobs, _ = generate(model, inputs, suppress, eos)
        prompts.append(
            dict(
                sequence=i,
                length=len(prompt["ids"]),
                vision_spans=len(prompt["vision"]),
                tokens=tokens,
                logprobs=logprobs,
                finish="stop" if tokens[-1] in eos else "length",
            )
        )
    return dict(
        made_with=made_with(),
        max_new_tokens=MAX_NEW_TOKENS,
        eos_token_ids=eos,
        suppress_tokens=suppress,
        prompts=prompts,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transformers-4.57", dest="transformers_457", required=True, metavar="DIR")
    parser.add_argument("--only", help="name of one configuration")
    parser.add_argument("--out", type=Path, default=REFERENCE_DIR / "native", help="where model.py wrote")
    arguments = parser.parse_args()
    rope_457 = rope_index_457(arguments.transformers_457)
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    for directory in sorted(path.parent for path in arguments.out.glob("*/inputs.json")):
        if arguments.only not in (None, directory.name):
            continue
        result = reference(directory, rope_457)
        (directory / "generate.json").write_text(json.dumps(result) + "\n")
        for prompt in result["prompts"]:
            print(f"{directory.name}: {prompt['length']} + {prompt['finish']} {prompt['tokens']}")


if __name__ == "__main__":
    main()
