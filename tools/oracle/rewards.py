"""Writes tests/reference/rewards/*.json: what Eqs. 3 to 6 give for generated completions, and checks the golden.json
of the three reward plugins.

Everything is worked out here from the paper's equations and the transcript's definition, with regular expressions and
Python's own arithmetic; nothing is taken from the TypeScript. Only the standard library is needed.
"""

import json
import math
import pathlib
import random
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUGINS = ("task", "reflection", "temporal-iou")
TOLERANCE = 1e-9

# ---- reading a transcript ------------------------------------------------------------------------------------------

TAG = r"</?(?:think|answer|reflection|reflect|glue)>"
TEXT = rf"((?:(?!{TAG})[\s\S])*)"


def pair(name):
    return rf"<{name}>{TEXT}</{name}>"


REFLECTION = rf"(?:{pair('reflection')}|{pair('reflect')})"
ORDERS = {
    "reflective": ["think", "answer", "reflection", "think", "answer"],
    "two-step": ["think", "answer", "think", "answer"],
    "single": ["think", "answer"],
    "direct": ["answer"],
}


def well_formed(text, grammar, task):
    parts = []
    for kind in ORDERS[grammar]:
        parts.append(REFLECTION if kind == "reflection" else pair(kind))
        if kind == "answer" and task == "tag":
            parts.append(pair("glue"))
    found = re.fullmatch(r"\s*" + r"\s*".join(parts) + r"\s*", text)
    return found is not None and all(inner is None or inner.strip() != "" for inner in found.groups())


# Outermost pairs, from left to right. A pair ends at the next closing tag of its own name.
SEGMENT = re.compile(r"<(think|answer|reflection|reflect|glue)>([\s\S]*?)</\1>")

OPTION = re.compile(r"\s*(?:([A-Z])[.:)]?|\(([A-Z])\)[.:]?)\s*|\s*(?:([A-Z])[.:)]|\(([A-Z])\)[.:]?)\s+\S[\s\S]*")
CLASSES = {"robbery", "fighting", "explosion", "shoplifting"}
TIME = r"\s*(-?\d+(?:\.\d+)?|\d+:\d\d(?:\.\d+)?)\s*"


def option_of(text):
    found = OPTION.fullmatch(text)
    return next((group for group in found.groups() if group), None) if found else None


def verdict_of(text):
    word = text.strip().lower()
    if word == "normal":
        return "normal"
    return "anomaly" if word == "anomaly" or word in CLASSES else None


def seconds(text):
    if ":" in text:
        minutes, rest = text.split(":")
        return 60 * int(minutes) + float(rest)
    return float(text)


def span_of(text):
    found = re.fullmatch(rf"\s*\[{TIME},{TIME}\]\s*", text)
    return tuple(seconds(time) for time in found.groups()) if found else None


class Transcript:
    def __init__(self, text, grammar, task):
        self.grammar = grammar
        self.well_formed = well_formed(text, grammar, task)
        found = [(m.group(1), m.group(2), m.start(), m.end()) for m in SEGMENT.finditer(text)]
        answers = [i for i, segment in enumerate(found) if segment[0] == "answer"]
        rounds = []
        for n, i in enumerate(answers):
            until = answers[n + 1] if n + 1 < len(answers) else len(found)
            glue = next((s for s in found[i + 1 : until] if s[0] == "glue"), None)
            rounds.append({"text": found[i][1], "span": span_of(glue[1]) if glue else None,
                           "start": found[i][2], "end": glue[3] if glue else found[i][3]})
        self.first = rounds[0] if rounds else None
        two_rounds = grammar in ("reflective", "two-step")
        self.final = None if not rounds or (two_rounds and len(rounds) == 1) else rounds[-1]
        tags = re.findall(r"</?(?:reflection|reflect)>", text)
        reflections = [s for s in found if s[0].startswith("reflect")]
        self.has_reflection = (
            len(tags) == 2 and len(reflections) == 1 and reflections[0][1].strip() != "" and len(rounds) > 1
            and rounds[0]["start"] < reflections[0][2] < rounds[-1]["start"])
        self.first_words = len(text[: self.first["end"]].split()) if self.first else 0


# ---- the equations -------------------------------------------------------------------------------------------------


def scored(value, **parts):
    return {"kind": "scored", "value": value, "parts": parts}


def abstained(because):
    return {"kind": "abstained", "because": because}


def true_verdict(truth):
    if "normal" in truth:
        return "normal" if truth["normal"] else "anomaly"
    return "anomaly" if "spanSec" in truth else None


def correct(row, answer):
    """None where the truth does not tell."""
    if row["task"] == "qa":
        if "label" not in row["truth"]:
            return None
        return answer is not None and option_of(answer["text"]) == row["truth"]["label"]
    verdict = true_verdict(row["truth"])
    if verdict is None:
        return None
    return answer is not None and verdict_of(answer["text"]) == verdict


def unknown(row):
    return abstained("no label" if row["task"] == "qa" else "no verdict in the truth")


def task_reward(row, t, options):
    """Eq. 3"""
    right = correct(row, t.first if options.get("answer", "first") == "first" else t.final)
    if right is None:
        return unknown(row)
    r_format = options.get("formatScore", 0.5) if t.well_formed else 0.0
    r_accuracy = options.get("accuracyScore", 0.5) if right else 0.0
    return scored(r_format + r_accuracy, format=r_format, accuracy=r_accuracy)


def lengths(row, t):
    """Length of the response, of its first round, and what was counted."""
    words = len(row["completion"].split())
    tokens = row.get("tokens")
    if tokens is None:
        return words, t.first_words, "words"
    if isinstance(tokens, dict):
        return tokens["total"], tokens["firstRound"], "tokens"
    share = tokens * t.first_words / words if words else 0
    return tokens, math.floor(share + 0.5), "tokens"


def reflection_reward(row, t, options):
    """Eqs. 4 and 5"""
    if t.grammar in ("single", "direct"):
        return abstained("the grammar has one round")
    before, after = correct(row, t.first), correct(row, t.final)
    if before is None:
        return unknown(row)
    i_eff = 0.0
    if t.first is not None and t.final is not None:
        i_eff = {
            (True, True): options.get("rightToRightScore", 0.25),
            (False, True): options.get("wrongToRightScore", 0.5),
            (False, False): options.get("wrongToWrongScore", 0.0),
            (True, False): options.get("rightToWrongScore", -0.25),
        }[before, after]
    i_ref = options.get("reflectionScore", 0.25) if t.has_reflection else 0.0
    alpha = options.get("lengthWeight", 0.1)
    f_len = 0.0
    if alpha > 0 and (t.has_reflection or not options.get("lengthNeedsReflection", False)):
        length, first, unit = lengths(row, t)
        if "targetTokens" in options:
            if unit == "words":
                return abstained("lengths are in words, targetTokens in tokens")
            target, maximum = options["targetTokens"], options["maxTokens"]
        else:
            target, maximum = options.get("targetRatio", 2) * first, options.get("maxRatio", 2.5) * first
        if maximum > target:
            f_len = math.exp(-math.pow(abs(length - target) / (maximum - target), options.get("lengthExponent", 1)))
    return scored(i_eff + i_ref + alpha * f_len, effectiveness=i_eff, reflection=i_ref, length=alpha * f_len)


def iou(a, b):
    inner = min(a[1], b[1]) - max(a[0], b[0])
    if a[1] <= a[0] or b[1] <= b[0] or inner <= 0:
        return 0.0
    return inner / ((a[1] - a[0]) + (b[1] - b[0]) - inner)


def temporal_iou_reward(row, t, options):
    """Eq. 6"""
    if row["task"] != "tag":
        return abstained("not a grounding task")
    truth = row["truth"]
    verdict = true_verdict(truth)
    if verdict is None:
        return abstained("no temporal truth")
    answer = t.final if options.get("answer", "final") == "final" else t.first
    right = answer is not None and verdict_of(answer["text"]) == verdict
    if verdict == "normal":
        return scored(options.get("normalScore", 1) if right else 0.0, verdict=int(right))
    if "spanSec" not in truth:
        return abstained("no annotated span")
    if truth["spanSec"][1] <= truth["spanSec"][0]:
        return abstained("the annotated span is empty")
    value = 0.0
    if right and answer["span"] is not None:
        start, end = answer["span"]
        if options.get("clipToVideo", False) and "durationSec" in row:
            start, end = max(start, 0), min(end, row["durationSec"])
        value = iou((start, end), truth["spanSec"])
    return scored(value, verdict=int(right), iou=value)


REWARDS = {"task": task_reward, "reflection": reflection_reward, "temporal-iou": temporal_iou_reward}


def score(plugin, row, grammar, options):
    return REWARDS[plugin](row, Transcript(row["completion"], grammar, row["task"]), options)


# ---- golden.json ---------------------------------------------------------------------------------------------------


def agrees(expected, computed):
    if expected["kind"] != computed["kind"]:
        return False
    if expected["kind"] == "abstained":
        return expected.get("because", computed["because"]) == computed["because"]
    parts = [(value, computed["parts"].get(name, math.nan)) for name, value in expected.get("parts", {}).items()]
    return all(abs(a - b) <= TOLERANCE for a, b in [(expected["value"], computed["value"]), *parts])


def check_golden(plugin):
    file = ROOT / "plugins" / f"{plugin}-reward" / "golden.json"
    checked = 0
    for case in json.loads(file.read_text())["cases"]:
        for row, expected in zip(case["rollouts"], case["scores"], strict=True):
            computed = score(plugin, row, case.get("grammar", "reflective"), case.get("options", {}))
            if not agrees(expected, computed):
                raise SystemExit(f"{file}: {case['name']}, {row['id']}: golden {expected}, computed {computed}")
            checked += 1
    return checked


# ---- generated cases -----------------------------------------------------------------------------------------------

WORDS = "a man walks past the door then two people push him and run while smoke rises near the car".split()
QA_ANSWERS = ["A", "B", "C", "D", "B.", "(B)", "C) Fighting", "A or B", "none of them", "B. A man falls.", ""]
TAG_ANSWERS = ["Normal", "Anomaly", "anomaly", "NORMAL", "Robbery", "Normal or Anomaly", ""]

OPTIONS = {
    "task": [{}, {"formatScore": 0.1, "accuracyScore": 0.9}, {"answer": "final"}],
    "reflection": [
        {}, {"lengthExponent": 2}, {"targetTokens": 60, "maxTokens": 90}, {"targetRatio": 1.5, "maxRatio": 3.5},
        {"lengthWeight": 0}, {"lengthNeedsReflection": True, "lengthWeight": 0.4},
        {"rightToRightScore": 0.1, "wrongToRightScore": 1, "wrongToWrongScore": -0.1, "rightToWrongScore": -1,
         "reflectionScore": 0.05},
    ],
    "temporal-iou": [{}, {"answer": "first"}, {"normalScore": 0.5}, {"clipToVideo": True}],
}


def some_words(rng):
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 14)))


def some_time(rng):
    number = rng.choice([rng.randint(-3, 40), round(rng.uniform(-2, 40), 1), round(rng.uniform(0, 40), 3)])
    return f"{int(number) // 60}:{int(number) % 60:02}" if number >= 0 and rng.random() < 0.1 else str(number)


def some_answer(rng, task):
    if task == "qa":
        return f"<answer>{rng.choice(QA_ANSWERS)}</answer>"
    glue = rng.choices([f"[{some_time(rng)}, {some_time(rng)}]", "[-1.0, -1.0]", "[1.2.3, 4]", "[5]", "soon"],
                       [12, 3, 1, 1, 1])[0]
    answer = f"<answer>{rng.choice(TAG_ANSWERS)}</answer>"
    return answer if rng.random() < 0.1 else f"{answer}{rng.choice(['', ' '])}<glue>{glue}</glue>"


def some_completion(rng, task, grammar):
    """Mostly well formed; otherwise with a segment missing, twice, empty or elsewhere, or with text around."""
    tag = rng.choice(["reflection", "reflection", "reflect"])
    segments = []
    for kind in ORDERS[grammar]:
        if kind == "answer":
            segments.append(some_answer(rng, task))
        else:
            name = tag if kind == "reflection" else kind
            segments.append(f"<{name}>{some_words(rng)}</{name}>")
    fault = rng.choice([None] * 6 + ["missing", "twice", "empty", "moved", "before", "after"])
    at = rng.randrange(len(segments))
    if fault == "missing":
        del segments[at]
    elif fault == "twice":
        segments.insert(at, segments[at])
    elif fault == "empty":
        segments[at] = re.sub(r">[^<]*<", "> <", segments[at], count=1)
    elif fault == "moved":
        segments.insert(rng.randrange(len(segments)), segments.pop(at))
    text = rng.choice(["", " ", "\n"]).join(segments)
    if fault == "before":
        return f"{some_words(rng)} {text}"
    return f"{text} {some_words(rng)}" if fault == "after" else text


def some_truth(rng, task):
    if task == "qa":
        return {"label": rng.choice("ABC")} if rng.random() < 0.93 else {}
    start = round(rng.uniform(0, 30), 1)
    span = [start, round(start + rng.choice([rng.uniform(0.1, 20), 0, -2]), 1)]
    return rng.choices([{"normal": True}, {"normal": False, "spanSec": span}, {"spanSec": span}, {"normal": False}, {}],
                       [4, 8, 2, 1, 1])[0]


def some_row(rng, number, grammar):
    task = rng.choice(["qa", "tag", "tag"])
    row = {"id": f"r{number}", "groupId": f"g{number // 4}", "task": task,
           "completion": some_completion(rng, task, grammar)}
    words = max(1, len(row["completion"].split()))
    kind = rng.random()
    if kind < 0.4:
        row["tokens"] = {"total": (total := rng.randint(words, 3 * words)), "firstRound": rng.randint(0, total)}
    elif kind < 0.75:
        row["tokens"] = rng.randint(words, 3 * words)
    row["truth"] = some_truth(rng, task)
    if rng.random() < 0.7:
        row["durationSec"] = round(rng.uniform(5, 45), 1)
    return row


def write_reference(plugin, rng, rows_a_case=24):
    lines = []
    rows = 0
    for n, options in enumerate(OPTIONS[plugin]):
        for grammar in ORDERS if n == 0 else ["reflective"]:
            batch = [some_row(rng, i, grammar) for i in range(rows_a_case * (3 if grammar == "reflective" else 1))]
            case = {"name": f"{grammar} {json.dumps(options)}", "options": options, "grammar": grammar,
                    "rollouts": batch, "scores": [score(plugin, row, grammar, options) for row in batch]}
            lines.append(json.dumps(case, ensure_ascii=False))
            rows += len(batch)
    folder = ROOT / "tests" / "reference" / "rewards"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{plugin}.json").write_text('{"scoreVersion": 1, "cases": [\n' + "\n,".join(lines) + "\n]}\n")
    return rows


if __name__ == "__main__":
    for seed, plugin in enumerate(PLUGINS):
        checked = check_golden(plugin)
        rows = write_reference(plugin, random.Random(seed))
        print(f"{plugin}: {checked} golden scores agree, {rows} reference scores written")
