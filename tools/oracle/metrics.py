"""Writes tests/reference/metrics.json: what SciPy, NumPy and exact fractions give for the statistics of `libs/metrics`, and
what the protocols of evaluation give for generated rows.

Everything is worked out here from the definitions; nothing is taken from the TypeScript. Needs numpy and scipy.
"""

import json
import pathlib
import random
import re
from fractions import Fraction

import numpy
import scipy
from scipy import special, stats

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "reference" / "metrics.json"
THRESHOLDS = ("0.3", "0.5", "0.7")
CLASSES = ("Fire", "Fighting", "Traffic_accident", "Normal")


def iou(a, b):
    """Intersection over union of two spans, in exact arithmetic on the decimals as they are written."""
    (a0, a1), (b0, b1) = ([Fraction(str(t)) for t in span] for span in (a, b))
    if a1 <= a0 or b1 <= b0:
        return Fraction(0)
    shared = min(a1, b1) - max(a0, b0)
    return Fraction(0) if shared <= 0 else shared / ((a1 - a0) + (b1 - b0) - shared)


def mcnemar(only_first, only_second):
    n = only_first + only_second
    exact = stats.binomtest(only_first, n, 0.5).pvalue if n else 1.0
    chi = max(0, abs(only_first - only_second) - 1) ** 2 / n if n else 0.0
    return {"counts": [only_first, only_second], "exactP": exact, "chiSquared": chi, "chiSquaredP": stats.chi2.sf(chi, 1)}


def bootstrap(values, seed):
    """Percentile interval of the mean, with enough resamples that its own noise is small; and that noise."""
    generator = numpy.random.default_rng(seed)
    data = numpy.asarray(values)
    result = stats.bootstrap((data,), numpy.mean, method="percentile", n_resamples=50_000, batch=500, rng=generator)
    low, high = result.confidence_interval
    return {"values": values, "low": low, "high": high, "standardError": float(result.standard_error)}


# ---- rows ----------------------------------------------------------------------------------------------------------


def time(rng, top=30):
    return rng.randrange(0, top * 10) / 10


def reference(rng, i):
    name = rng.choice(CLASSES)
    if rng.random() < 0.5:
        row = {"id": f"q{i}", "task": "qa", "anomalyClass": name}
        if rng.random() < 0.9:
            row["label"] = rng.choice("ABCD")
        return row
    row = {"id": f"t{i}", "task": "tag", "anomalyClass": name, "normal": name == "Normal"}
    if (name != "Normal" and rng.random() < 0.85) or (name == "Normal" and rng.random() < 0.2):
        start = time(rng)
        row["spanSec"] = [start, round(start + 0.5 + time(rng, 8), 1)]
    return row


def answer_of(rng, row):
    """A final answer and how it is written: (text, span)."""
    if row["task"] == "qa":
        letter = row.get("label", "A") if rng.random() < 0.6 else rng.choice("ABCD")
        return rng.choice([letter, f"{letter}.", f"({letter})", f"{letter}. a man runs", "A or B", "no idea"]), None
    if rng.random() < 0.25:
        return "Normal", [-1.0, -1.0]
    start, end = row.get("spanSec", [2.0, 5.0])
    shift, stretch = time(rng, 3), time(rng, 3)
    span = [round(start + shift, 1), round(end + stretch, 1)]
    if rng.random() < 0.1:
        span.reverse()
    return rng.choice(["Anomaly", "anomaly.", "Fire", "perhaps"]), span


def tagged(text, span):
    glue = "" if span is None else f"<glue>[{span[0]}, {span[1]}]</glue>"
    return f"<answer>{text}</answer>{glue}"


def prediction(rng, row):
    """One line, and what a person reads in it: first and final (text, span), or None."""
    final = answer_of(rng, row)
    kind = rng.random()
    if kind < 0.35:
        line = {"id": row["id"], "answer": final[0]}
        if final[1] is not None:
            line["spanSec"] = final[1]
        return line, None, final
    if kind < 0.9:
        first = answer_of(rng, row)
        text = f"<think>I look.</think>{tagged(*first)}<reflection>Is it so?</reflection><think>Again.</think>{tagged(*final)}"
        return {"id": row["id"], "completion": text}, first, final
    return {"id": row["id"], "completion": "I cannot tell."}, None, None


def option(answer):
    match = answer and re.fullmatch(r"\(?([A-D])[.)]?( a man runs)?", answer[0])
    return match.group(1) if match else None


def verdict(answer):
    if not answer:
        return None
    word = answer[0].rstrip(".").lower()
    return {"normal": "normal", "anomaly": "anomaly", "fire": "anomaly"}.get(word)


def protocol_scores(rows, read, protocol):
    """Figures of one protocol, from the definitions."""
    qa, tag, classes = [], [], {}
    counts = {task: {"unparsable": 0, "missing": 0, "skipped": 0} for task in ("qa", "tag")}
    for row in rows:
        task, span, normal = row["task"], row.get("spanSec"), row.get("normal")
        part = "label" in row if task == "qa" else span is not None or (protocol == "strict" and normal)
        if not part:
            counts[task]["skipped"] += 1
            continue
        if row["id"] not in read:
            counts[task]["missing"] += 1
            if task == "tag" and protocol == "vau-bench":
                continue
            score = Fraction(0)
        elif task == "qa":
            final = read[row["id"]][1]
            counts[task]["unparsable"] += option(final) is None
            score = Fraction(option(final) == row["label"])
        else:
            final = read[row["id"]][1]
            said = verdict(final)
            if protocol == "strict":
                counts[task]["unparsable"] += said is None
                score = Fraction(said == "normal") if normal else iou(final[1], span) if said == "anomaly" else Fraction(0)
            else:
                counts[task]["unparsable"] += final is None
                score = Fraction(0) if final is None else iou(final[1], span)
        (qa if task == "qa" else tag).append(score)
        classes.setdefault(row["anomalyClass"], {"qa": [], "tag": []})[task].append(score)

    def share(values, least):
        return 100 * float(numpy.mean([value >= least for value in values])) if values else None

    def grounding(values):
        mean = 100 * float(sum(values) / len(values)) if values else None
        return {"mIoU": mean, "recall": {t: share(values, Fraction(t)) for t in THRESHOLDS}, "total": len(values)}

    def answering(values):
        return {"accuracy": share(values, 1), "correct": int(sum(values)), "total": len(values)}

    return {
        "qa": {**answering(qa), **counts["qa"]},
        "tag": {**grounding(tag), **counts["tag"]},
        "classes": [
            {"anomalyClass": name, "qa": answering(of["qa"]), "tag": grounding(of["tag"])}
            for name, of in sorted(classes.items())
        ],
    }


def transitions(rows, read):
    """C→C, W→C, W→W, C→W of the rows that take part in `strict` and have two answers."""
    names = {(1, 1): "correctToCorrect", (0, 1): "wrongToCorrect", (0, 0): "wrongToWrong", (1, 0): "correctToWrong"}
    counts = {task: {**dict.fromkeys(names.values(), 0), "total": 0} for task in ("qa", "tag")}
    for row in rows:
        first, final = read.get(row["id"], (None, None))
        task = row["task"]
        part = "label" in row if task == "qa" else row["normal"] or "spanSec" in row
        if first is None or not part:
            continue
        if task == "qa":
            right = [int(option(answer) == row["label"]) for answer in (first, final)]
        else:
            right = [int(verdict(answer) == ("normal" if row["normal"] else "anomaly")) for answer in (first, final)]
        counts[task][names[tuple(right)]] += 1
        counts[task]["total"] += 1
    return counts


def scoring(seed, count):
    rng = random.Random(seed)
    rows = [reference(rng, i) for i in range(count)]
    lines, read = [], {}
    for row in rows:
        if rng.random() < 0.08:
            continue
        line, first, final = prediction(rng, row)
        lines.append(line)
        read[row["id"]] = (first, final)
    rng.shuffle(lines)
    return {
        "references": rows,
        "predictions": lines,
        "protocols": {name: protocol_scores(rows, read, name) for name in ("strict", "vau-bench")},
        "transitions": transitions(rows, read),
    }


def main():
    rng = random.Random(1)
    pairs = [(0, 0), (1, 0), (3, 3), (5, 2), (12, 30), (1, 40), (251, 212), (1000, 900), (20_000, 20_600)]
    skewed = [round(rng.random() ** 3, 3) for _ in range(400)]
    report = {
        "madeWith": {"numpy": numpy.__version__, "scipy": scipy.__version__},
        "logFactorial": [[k, float(special.gammaln(k + 1))] for k in (0, 1, 5, 20, 31, 32, 100, 1_000, 1_000_000)],
        "erfc": [[x, float(special.erfc(x))] for x in (0, 1e-9, 0.1, 0.5, 1, 1.9, 2, 2.1, 3, 5, 10, 20)],
        "mcnemar": [mcnemar(*pair) for pair in pairs],
        "bootstrap": [
            bootstrap([1] * 243 + [0] * 8, 1),
            bootstrap([1] * 30 + [0] * 170, 2),
            bootstrap(skewed, 3),
            bootstrap([0] * 100 + [1] * 50 + skewed[:150], 4),
        ],
        "scoring": [scoring(seed, count) for seed, count in ((1, 40), (2, 120))],
    }
    OUT.write_text(json.dumps(report, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
