"""Peer: SFT steps with a transformers model and torch's fused AdamW, the whole batch padded to its longest row.

Request: {"sequences": [{"ids", "weights", "vision"}], "pixels"?: FILE.safetensors beside the request, "modes"?:
["float32", "bfloat16-autocast"], "gradient_checkpointing"?, "lr"?, "device"?: "cuda:0", "threads"?, "seed"?, "warmup"?,
"repeats"?}. Tokens of weight 0 are no targets, the others count alike, as with transformers' own `labels`.
"""

import contextlib

import torch

from peer import allow_torchvision, batch_of, load_model, pixels_of, report, request_of, timed

allow_torchvision()

import transformers  # noqa: E402


def labels_of(sequences, inputs) -> torch.Tensor:
    """-100 where a token is no target."""
    labels = torch.full_like(inputs["input_ids"], -100)
    for i, sequence in enumerate(sequences):
        for t, (token, weight) in enumerate(zip(sequence["ids"], sequence["weights"], strict=True)):
            if weight > 0:
                labels[i, t] = token
    return labels


def step_of(model, inputs, labels, autocast, lr):
    device = labels.device.type
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16) if autocast else contextlib.nullcontext():
            loss = model(**inputs, labels=labels, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    return step


def main() -> None:
    checkpoint, request = request_of(__doc__)
    runs = []
    for mode in request.get("modes", ["float32", "bfloat16-autocast"]):
        model = load_model(checkpoint, request["device"]).train()
        if request.get("gradient_checkpointing", False):
            model.gradient_checkpointing_enable()
        inputs = batch_of(request["sequences"], pixels_of(request), model.config, "right", request["device"])
        labels = labels_of(request["sequences"], inputs)
        step = step_of(model, inputs, labels, mode == "bfloat16-autocast", request.get("lr", 1e-4))
        first = step()
        seconds = timed(step, request)
        tokens = inputs["attention_mask"].sum().item()
        rate = tokens / seconds["median"]
        runs.append(dict(name=mode, seconds=seconds, tokens=tokens, tokens_per_second=rate, losses=[first, step()]))
    did = (
        f"AdamW steps on {len(request['sequences'])} sequences padded to {inputs['input_ids'].shape[1]} tokens with "
        f"{sum(len(s.get('vision', [])) for s in request['sequences'])} images and videos, sdpa, clipping"
    )
    report(request, "transformers SFT", did, runs, [transformers])


if __name__ == "__main__":
    main()
