"""Peer: sampling with transformers `generate`, P prompts x G samples, every sample ended at a prescribed length.

Request: {"prompts": [{"ids", "vision"}], "samples": G, "lengths": [P][G], "max_new_tokens", "pixels"?: FILE.safetensors
beside the request, "dtype"?, "device"?: "cuda:0", "caches"?: ["dynamic", "static"], "threads"?, "seed"?, "warmup"?, "repeats"?}. The lengths
are those at which a trained policy would end; transformers goes on with all rows until the longest is done.
"""

import torch

from peer import allow_torchvision, batch_of, load_model, pixels_of, report, request_of, timed

allow_torchvision()

import transformers  # noqa: E402


class PrescribedLengths(transformers.StoppingCriteria):
    """Row i is done after lengths[i] new tokens."""

    def __init__(self, prompt: int, lengths: torch.Tensor):
        self.ends = prompt + lengths

    def __call__(self, input_ids, scores, **_):
        return input_ids.shape[1] >= self.ends


def main() -> None:
    checkpoint, request = request_of(__doc__)
    model = load_model(checkpoint, request["device"], getattr(torch, request.get("dtype", "float32"))).eval()
    model.generation_config.eos_token_id = None
    inputs = batch_of(request["prompts"], pixels_of(request), model.config, "left", request["device"])
    lengths = torch.tensor(request["lengths"], device=request["device"]).flatten()
    suppress = [model.config.image_token_id, model.config.video_token_id]

    def generate(cache):
        output = model.generate(
            **inputs,
            do_sample=True,
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            num_return_sequences=request["samples"],
            max_new_tokens=request["max_new_tokens"],
            suppress_tokens=suppress,
            pad_token_id=0,
            stopping_criteria=[PrescribedLengths(inputs["input_ids"].shape[1], lengths)],
            cache_implementation=cache,
        )
        produced = output.shape[1] - inputs["input_ids"].shape[1]
        if output.shape[0] != lengths.numel() or produced != lengths.max():
            raise SystemExit(f"expected {lengths.numel()} x {lengths.max()} new tokens, got {tuple(output.shape)}")

    runs = []
    for cache in request.get("caches", ["dynamic", "static"]):
        seconds = timed(lambda cache=cache: generate(cache), request)
        tokens = lengths.sum().item()
        runs.append(dict(name=cache, seconds=seconds, tokens=tokens, tokens_per_second=tokens / seconds["median"]))
    runs.sort(key=lambda run: run["seconds"]["median"])
    did = (
        f"sampled {len(request['prompts'])} x {request['samples']} completions, {lengths.sum()} tokens that count, "
        f"longest {lengths.max()}, prompts of {inputs['input_ids'].shape[1]} tokens, sdpa; fastest cache first"
    )
    report(request, "transformers generate", did, runs, [transformers])


if __name__ == "__main__":
    main()
