"""The training side of the model references: the weighted SFT loss, its gradients, AdamW steps."""

import torch

from common import canonical_name

OPTIMIZER = dict(lr=2e-3, beta1=0.9, beta2=0.95, eps=1e-8, weight_decay=0.1, max_grad_norm=1.0)


def token_logprobs(logits: torch.Tensor, ids: torch.Tensor, forbidden=()) -> torch.Tensor:
    """(T) log-probability of each token given those before it; 0 for the first.

    logits: (T, vocab); the softmax leaves `forbidden` tokens out.
    """
    logits = logits[:-1]
    if forbidden:
        mask = torch.zeros(logits.shape[-1], dtype=torch.bool)
        mask[list(forbidden)] = True
        logits = logits.masked_fill(mask, float("-inf"))
    chosen = logits.log_softmax(-1).gather(-1, ids[1:, None])[:, 0]
    return torch.cat([chosen.new_zeros(1), chosen])


def weighted_loss(logits, sequences, forbidden) -> torch.Tensor:
    """sum of weight * -logprob over all tokens of the batch / sum of weights. logits: one (T, vocab) per sequence."""
    total, norm = 0.0, 0.0
    for row, sequence in zip(logits, sequences, strict=True):
        weights = torch.tensor(sequence["weights"])
        logprobs = token_logprobs(row, torch.tensor(sequence["ids"]), forbidden)
        # Forbidden tokens have weight 0 and a log-probability of -inf: 0 * inf must not be formed.
        total = total - (weights * logprobs.masked_fill(weights == 0, 0.0)).sum()
        norm = norm + weights.sum()
    return total / norm


def gradients(model) -> dict[str, torch.Tensor]:
    return {canonical_name(n): p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def optimizer_of(model) -> torch.optim.Optimizer:
    """AdamW that decays matrices (two dimensions and more, embeddings too) and leaves biases and norms alone."""
    parameters = [p for p in model.parameters()]
    return torch.optim.AdamW(
        [
            dict(params=[p for p in parameters if p.ndim >= 2], weight_decay=OPTIMIZER["weight_decay"]),
            dict(params=[p for p in parameters if p.ndim < 2], weight_decay=0.0),
        ],
        lr=OPTIMIZER["lr"],
        betas=(OPTIMIZER["beta1"], OPTIMIZER["beta2"]),
        eps=OPTIMIZER["eps"],
        foreach=False,
    )


def train(model, forward, sequences, forbidden, steps):
    """`steps` AdamW steps on the whole batch. forward(model): one (T, vocab) per sequence.

    Returns (losses, gradient norms before clipping), each float64 (steps), taken at the parameters before each step.
    """
    optimizer = optimizer_of(model)
    losses, norms = [], []
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss = weighted_loss(forward(model), sequences, forbidden)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), OPTIMIZER["max_grad_norm"]).item())
        losses.append(loss.item())
        optimizer.step()
    return torch.tensor(losses, dtype=torch.float64), torch.tensor(norms, dtype=torch.float64)
