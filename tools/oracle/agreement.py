"""Writes tests/reference/agreement.json: Krippendorff's alpha for interval data, and how far pairs of ratings are apart.

Alpha is worked out as Krippendorff defines it, from the matrix of coincidences of values; the TypeScript goes by deviations
from means. Needs numpy.
"""

import itertools
import json
import pathlib

import numpy

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "reference" / "agreement.json"

# Four observers, twelve units, values missing: the example of K. Krippendorff, Computing Krippendorff's Alpha-Reliability
# (2011), section D, where alpha for interval data is given as 0.849.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def alpha(units):
    """1 − (n − 1) Σ o_ck δ² / Σ n_c n_k δ² over values c, k; None where it is not defined."""
    units = [unit for unit in units if len(unit) > 1]
    values = sorted({value for unit in units for value in unit})
    if len(units) < 2 or len(values) < 2:
        return None
    place = {value: i for i, value in enumerate(values)}
    coincidences = numpy.zeros((len(values), len(values)))
    for unit in units:
        for a, b in itertools.permutations(unit, 2):
            coincidences[place[a], place[b]] += 1 / (len(unit) - 1)
    counts = coincidences.sum(axis=1)
    distance = numpy.subtract.outer(values, values) ** 2
    observed = (coincidences * distance).sum()
    expected = (numpy.outer(counts, counts) * distance).sum() / (counts.sum() - 1)
    return float(1 - observed / expected)


def case(units):
    pairs = [abs(a - b) for unit in units for a, b in itertools.combinations(unit, 2)]
    return {
        "units": units,
        "alpha": alpha(units),
        "pairs": len(pairs),
        "equal": sum(distance == 0 for distance in pairs),
        "meanAbsoluteDifference": float(numpy.mean(pairs)) if pairs else None,
    }


def drawn(seed, count, repeats, noise, missing):
    """Marks from 0 to 10 around each item's own, some of them missing."""
    rng = numpy.random.default_rng(seed)
    units = []
    for own in rng.integers(0, 11, count):
        marks = numpy.clip(own + numpy.rint(rng.normal(0, noise, repeats)), 0, 10)
        units.append([int(mark) for mark in marks[rng.random(repeats) >= missing]])
    return units


def main():
    published = [[value for value in unit if value is not None] for unit in zip(*PUBLISHED)]
    cases = [
        published,
        [],
        [[3]],
        [[3, 4]],
        [[5, 5], [5, 5, 5]],
        [[5, 5], [7, 7]],
        [[0, 10], [10, 0]],
        [[1], [2], [3, 3], [9, 8]],
        [[0.1, 0.3], [1e6, 1e6 + 0.2], [-4.5, -4.25, -5]],
        drawn(1, 40, 2, 0.6, 0),
        drawn(2, 25, 5, 1.5, 0.2),
        drawn(3, 12, 10, 3, 0.4),
        drawn(4, 30, 3, 0, 0.1),
    ]
    report = {"madeWith": {"numpy": numpy.__version__}, "publishedAlpha": 0.849, "cases": [case(units) for units in cases]}
    assert round(report["cases"][0]["alpha"], 3) == report["publishedAlpha"]
    OUT.write_text(json.dumps(report, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
