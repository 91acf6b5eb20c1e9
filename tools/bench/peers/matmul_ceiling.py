"""Peer: how fast this machine multiplies matrices, the ceiling that a share of is reported.

Request: {"shapes": [[m, k, n]], "dtypes"?: ["float32", "bfloat16"], "seconds"?: of measuring per shape, "device"?: "cuda:0",
"threads"?}.
Shapes are those of the model's own layers: rows of the batch x input x output features, as `linear` multiplies them.
"""

import time

import torch

from peer import report, request_of, summary, wait


def main() -> None:
    _, request = request_of(__doc__, checkpoint=False)
    runs = []
    for dtype in request.get("dtypes", ["float32", "bfloat16"]):
        for m, k, n in request["shapes"]:
            where = dict(device=request["device"], dtype=getattr(torch, dtype))
            a, b = torch.randn(m, k).to(**where), torch.randn(n, k).to(**where)
            out = torch.empty(m, n, **where)
            for _ in range(3):
                torch.mm(a, b.t(), out=out)
            samples, until = [], time.perf_counter() + request.get("seconds", 1.0)
            while len(samples) < 5 or time.perf_counter() < until:
                wait(request)
                start = time.perf_counter()
                torch.mm(a, b.t(), out=out)
                wait(request)
                samples.append(time.perf_counter() - start)
            seconds = summary(samples)
            del seconds["all"]
            rate = 2 * m * k * n / 1e9
            runs.append(
                dict(
                    name=f"{dtype} {m}x{k}x{n}",
                    seconds=seconds,
                    gflops_best=rate / seconds["min"],
                    gflops_median=rate / seconds["median"],
                )
            )
    report(request, "matmul", "torch.mm(a, b.t(), out=out)", runs, [])


if __name__ == "__main__":
    main()
