"""Writes tests/reference/native/<configuration>/: a tiny random checkpoint, a batch, and what transformers makes of it.

    python tools/oracle/model.py --transformers-4.57 DIR [--only NAME] [--out DIR] [--random COUNT --seed N]

DIR is the package folder of transformers 4.57 (for its M-RoPE positions). README.md describes the files.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch

from common import REFERENCE_DIR, allow_torchvision, canonical_name, positions_of, rope_index_457, vision_grids

allow_torchvision()

import transformers  # noqa: E402
from configurations import CONFIGURATIONS, config_of, draw_sequences, flat_config, randomise  # noqa: E402
from random_configurations import draw_cases  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from train import OPTIMIZER, gradients, token_logprobs, train, weighted_loss  # noqa: E402
from transformers import Qwen2_5_VLForConditionalGeneration  # noqa: E402

# How far the reference may be from itself when it rounds otherwise (another attention implementation, another order of
# the sequences): a test's tolerance has to be well above that. Relative to the largest value of each tensor. Adam
# divides a gradient by its own size, so one element that is nearly zero by chance is enough to fail `steps`: the seeds
# in configurations.py were chosen for not having one.
NOISE_LIMITS = dict(forward=2e-6, gradient=4e-6, steps=2e-5)


# Of random configurations.
TRAINING_STEPS = 5


class IllConditioned(SystemExit):
    """transformers differs from itself by too much."""


def relative_error(a: torch.Tensor, b: torch.Tensor) -> float:
    return ((a - b).abs().max() / b.abs().max().clamp(min=1e-30)).item()


def distance(a: dict, b: dict) -> float:
    """Norm of the difference of all tensors / norm of b."""
    return (sum((a[n] - b[n]).square().sum() for n in b) / sum(x.square().sum() for x in b.values())).sqrt().item()


def made_with() -> dict:
    versions = dict(transformers=transformers.__version__, torch=torch.__version__.split("+")[0])
    return dict(versions, attention="eager", dtype="float32")


def write_checkpoint(configuration, generator, directory: Path, **how) -> None:
    """how: arguments of save_pretrained."""
    model = Qwen2_5_VLForConditionalGeneration(config_of(configuration))
    randomise(model, generator)
    model.to(configuration.dtype).save_pretrained(directory, **how)
    (directory / "generation_config.json").unlink()
    if configuration.flat:
        (directory / "config.json").write_text(json.dumps(flat_config(configuration), indent=2) + "\n")


def load(directory: Path, attention="eager", dtype=torch.float32):
    model, report = Qwen2_5_VLForConditionalGeneration.from_pretrained(
        directory, dtype=dtype, attn_implementation=attention, output_loading_info=True
    )
    problems = {what: names for what, names in report.items() if names}
    if problems:
        raise SystemExit(f"{directory}: transformers does not load it cleanly: {problems}")
    return model.eval()


def split_pixels(sequences, pixels):
    """For each sequence its pixels in float32, a list with one (patches, patch_dim) per span."""
    sizes = [[torch.tensor(span["grid"]).prod().item() for span in s["vision"]] for s in sequences]
    blocks = iter(torch.split(pixels.float(), [n for row in sizes for n in row]) if pixels is not None else [])
    return [[next(blocks) for _ in row] for row in sizes]


def model_inputs(sequence, blocks, positions) -> dict:
    """Arguments of the model for one sequence alone. blocks: its pixels, one per span; positions: (3, 1, T)."""
    inputs = dict(input_ids=torch.tensor([sequence["ids"]]), position_ids=positions, **vision_grids(sequence["vision"]))
    for kind, key in (("image", "pixel_values"), ("video", "pixel_values_videos")):
        chosen = [b for span, b in zip(sequence["vision"], blocks, strict=True) if span["kind"] == kind]
        if chosen:
            inputs[key] = torch.cat(chosen)
    return inputs


def vision_features(model, sequence, blocks):
    """(tokens, hidden): what replaces the pads, spans in order of appearance, each run alone."""
    run = {"image": model.get_image_features, "video": model.get_video_features}
    features = [
        run[span["kind"]](block, torch.tensor([span["grid"]])).pooler_output[0]
        for span, block in zip(sequence["vision"], blocks, strict=True)
    ]
    return torch.cat(features)


def reference(directory: Path, configuration, sequences, pixels, rope_457, chosen: bool):
    """The expected tensors, and the noise of the reference itself.

    chosen: the seed is one whose steps are well conditioned, too. Few are: of every ten, nine have an element or two
    whose gradient is zero but for rounding, and Adam makes a whole step of it. Otherwise the noise of the steps is
    stored, and the test allows for it.
    """
    model = load(directory)
    blocks = split_pixels(sequences, pixels)
    positions = [
        positions_of(model.config, torch.tensor(s["ids"]), s["vision"], configuration.mrope, rope_457)[0]
        for s in sequences
    ]
    inputs = [model_inputs(*of) for of in zip(sequences, blocks, positions, strict=True)]
    forbidden = configuration.forbidden_tokens

    def forward(of):
        return [of(**row, use_cache=False).logits[0] for row in inputs]

    expected = {}
    with torch.no_grad():
        for i, sequence in enumerate(sequences):
            output = model(**inputs[i], use_cache=False, output_hidden_states=True)
            ids = torch.tensor(sequence["ids"])
            expected[f"positions.{i}"] = positions[i][:, 0].contiguous()
            expected[f"hidden.{i}"] = output.hidden_states[-1][0]
            expected[f"logits.{i}"] = output.logits[0]
            expected[f"logprobs.{i}"] = token_logprobs(output.logits[0], ids)
            expected[f"loss_logprobs.{i}"] = token_logprobs(output.logits[0], ids, forbidden)
            if sequence["vision"]:
                expected[f"vision.{i}"] = vision_features(model, sequence, blocks[i])

    def first_gradients(of, run=forward):
        of.zero_grad(set_to_none=True)
        weighted_loss(run(of), sequences, forbidden).backward()
        return gradients(of)

    wanted = first_gradients(model)
    expected |= {f"grad.{name}": value for name, value in wanted.items()}

    steps = max(configuration.steps, 1)
    expected["losses"], expected["grad_norms"] = train(model, forward, sequences, forbidden, steps)
    after = {canonical_name(n): p.detach().clone() for n, p in model.named_parameters()}
    if configuration.steps:
        # What never got a gradient is as the checkpoint has it.
        expected |= {f"after.{name}": value for name, value in after.items() if name in wanted}

    noise = dict(forward=0.0, gradient=0.0, steps=0.0)
    course = torch.zeros(3, dtype=torch.float64)  # of all parameters together, of the losses, of the norms
    for attention, order in (("sdpa", 1), ("eager", -1)):
        other = load(directory, attention)

        def forward_other(of, order=order):
            return [of(**row, use_cache=False).logits[0] for row in inputs[::order]][::order]

        with torch.no_grad():
            errors = [relative_error(l, expected[f"logits.{i}"]) for i, l in enumerate(forward_other(other))]
        noise["forward"] = max(noise["forward"], *errors)
        errors = [relative_error(g, wanted[name]) for name, g in first_gradients(other, forward_other).items()]
        noise["gradient"] = max(noise["gradient"], *errors)
        if configuration.steps:
            losses, norms = train(other, forward_other, sequences, forbidden, steps)
            others = {canonical_name(n): p.detach() for n, p in other.named_parameters()}
            noise["steps"] = max(noise["steps"], *(relative_error(others[n], value) for n, value in after.items()))
            moved = [distance(others, after)]
            moved += [relative_error(losses, expected["losses"]), relative_error(norms, expected["grad_norms"])]
            course = course.maximum(torch.tensor(moved, dtype=torch.float64))

    half = load(directory, dtype=torch.bfloat16)
    half_logits = [l.float() for l in forward(half)]
    error = max(relative_error(l.detach(), expected[f"logits.{i}"]) for i, l in enumerate(half_logits))
    half_gradients = first_gradients(half, lambda of: [l.float() for l in forward(of)])
    difference = sum((half_gradients[n].float() - g).square().sum() for n, g in wanted.items()).sqrt()
    expected["bf16_logits_error"] = torch.tensor(error, dtype=torch.float64)
    expected["bf16_gradient_error"] = (difference / expected["grad_norms"][0]).double()

    if not chosen:
        expected["steps_noise"] = torch.cat([torch.tensor([noise["steps"]], dtype=torch.float64), course])
    for what, value in noise.items():
        if value > NOISE_LIMITS[what] and (chosen or what != "steps"):
            raise IllConditioned(f"{configuration.name}: {what} is ill-conditioned ({value:.1e}); choose another seed")
    return expected, noise


def write_reference(directory: Path, configuration, rope_457, chosen: bool) -> None:
    generator = torch.Generator().manual_seed(configuration.seed)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    write_checkpoint(configuration, generator, directory)
    sequences, pixels = draw_sequences(configuration, generator)
    expected, noise = reference(directory, configuration, sequences, pixels, rope_457, chosen)
    inputs = dict(
        made_with=made_with(),
        mrope=configuration.mrope,
        forbidden_tokens=configuration.forbidden_tokens,
        optimizer=dict(OPTIMIZER, steps=configuration.steps),
        sequences=sequences,
    )
    (directory / "inputs.json").write_text(json.dumps(inputs) + "\n")
    if pixels is not None:
        save_file({"pixel_values": pixels}, directory / "inputs.safetensors")
    tensors = {name: value.detach().contiguous() for name, value in expected.items()}
    save_file(tensors, directory / "expected.safetensors")
    size = sum(path.stat().st_size for path in directory.iterdir())
    spread = expected["logits.0"].std().item()
    print(
        f"{configuration.name}: {size / 1024:.0f} KiB, {sum(len(s['ids']) for s in sequences)} tokens, "
        f"logits std {spread:.2f}, losses {[round(x, 3) for x in expected['losses'].tolist()]}, "
        f"norms {[round(x, 2) for x in expected['grad_norms'].tolist()]}, "
        f"noise { {k: f'{v:.1e}' for k, v in noise.items()} }, "
        f"bf16 {expected['bf16_logits_error']:.1e} {expected['bf16_gradient_error']:.1e}"
    )


def write_random(out: Path, seed: int, count: int, rope_457) -> None:
    """References of the first `count` random configurations that are well conditioned; says what was left out."""
    written = 0
    for case in draw_cases(seed, 2 * count, TRAINING_STEPS):
        if written == count:
            return
        directory = out / case.configuration.name
        try:
            write_reference(directory, case.configuration, rope_457, chosen=False)
            written += 1
        except IllConditioned as error:
            shutil.rmtree(directory)
            print(f"left out: {error}")
    if written < count:
        raise SystemExit(f"only {written} of {count} configurations are well conditioned; choose another seed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transformers-4.57", dest="transformers_457", required=True, metavar="DIR")
    parser.add_argument("--only", help="name of one configuration")
    parser.add_argument("--out", type=Path, default=REFERENCE_DIR / "native")
    parser.add_argument("--random", type=int, metavar="COUNT", help="so many random configurations; needs --out")
    parser.add_argument("--seed", type=int, default=0, help="of the random configurations")
    arguments = parser.parse_args()
    if arguments.random is not None and arguments.out == REFERENCE_DIR / "native":
        parser.error("--random needs --out: only the named configurations are committed")
    rope_457 = rope_index_457(arguments.transformers_457)
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    if arguments.random is not None:
        write_random(arguments.out, arguments.seed, arguments.random, rope_457)
        return
    for configuration in CONFIGURATIONS:
        if arguments.only in (None, configuration.name):
            write_reference(arguments.out / configuration.name, configuration, rope_457, chosen=True)


if __name__ == "__main__":
    main()
