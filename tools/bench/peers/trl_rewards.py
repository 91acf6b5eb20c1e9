"""Peer: the three rewards of the paper as plain Python functions, called as TRL's GRPO trainer calls reward functions.

usage: python trl_rewards.py --request FILE.json

Request: {"rollouts": [{"task", "completion", "tokens": {"total", "firstRound"}, "truth"}], "batch", "rounds"}. Prints one
JSON object: {"peer", "seconds": [of each round over all rollouts], "scores": {name: [of each rollout, null where it
abstains]}}. Standard library only: a reward function needs nothing else. Nothing here is part of the product.
"""

import argparse
import json
import math
import platform
import re
import time
from pathlib import Path

ANSWER = r"<answer>(.*?)</answer>"
GLUE = r"(?:\s*<glue>(.*?)</glue>)?"
FORMAT = re.compile(
    rf"\s*<think>(.+?)</think>\s*{ANSWER}{GLUE}\s*<(reflection|reflect)>(.+?)</\4>\s*<think>(.+?)</think>\s*{ANSWER}{GLUE}\s*",
    re.DOTALL,
)
ANSWERS = re.compile(ANSWER + GLUE, re.DOTALL)
REFLECTIONS = re.compile(r"<(reflection|reflect)>(.*?)</\1>", re.DOTALL)
OPTION = re.compile(r"\(?([A-Z])(?:[.):]|\)|$)")
SPAN = re.compile(r"\[\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*\]")


def answers_of(completion):
    """(text, span text) of the first and of the last answer; None where there are not two."""
    found = ANSWERS.findall(completion)
    return (found[0] if found else None), (found[-1] if len(found) > 1 else None)


def has_reflection(completion):
    """One reflection that is not empty, between the first and the last answer."""
    reflections = list(REFLECTIONS.finditer(completion))
    if len(reflections) != 1 or not reflections[0].group(2).strip():
        return False
    return -1 < completion.find("</answer>") < reflections[0].start() < completion.rfind("<answer>")


def is_right(task, answer, truth):
    """None where the truth does not tell."""
    if task == "qa":
        if "label" not in truth:
            return None
        match = OPTION.match(answer[0].strip()) if answer else None
        return match is not None and match.group(1) == truth["label"]
    if "normal" not in truth:
        return None
    if answer is None:
        return False
    return (answer[0].strip().lower() == "normal") == truth["normal"]


def task_reward(prompts, completions, completion_ids, task, truth, **_):
    scores = []
    for completion, t, known in zip(completions, task, truth):
        first, _last = answers_of(completion)
        right = is_right(t, first, known)
        if right is None:
            scores.append(None)
            continue
        scores.append((0.5 if FORMAT.fullmatch(completion) else 0.0) + (0.5 if right else 0.0))
    return scores


def reflection_reward(prompts, completions, completion_ids, task, truth, tokens, **_):
    scores = []
    for completion, t, known, count in zip(completions, task, truth, tokens):
        first, last = answers_of(completion)
        before, after = is_right(t, first, known), is_right(t, last, known)
        if before is None or after is None:
            scores.append(None)
            continue
        effect = 0.0
        if first and last:
            effect = (0.25 if after else -0.25) if before else (0.5 if after else 0.0)
        reflection = 0.25 if has_reflection(completion) else 0.0
        target, most = 2 * count["firstRound"], 2.5 * count["firstRound"]
        length = math.exp(-abs(count["total"] - target) / (most - target)) if most > target else 0.0
        scores.append(effect + reflection + 0.1 * length)
    return scores


def temporal_iou_reward(prompts, completions, completion_ids, task, truth, **_):
    scores = []
    for completion, t, known in zip(completions, task, truth):
        if t != "tag" or (not known["normal"] and "spanSec" not in known):
            scores.append(None)
            continue
        _first, last = answers_of(completion)
        normal = last is not None and last[0].strip().lower() == "normal"
        if known["normal"]:
            scores.append(1.0 if normal else 0.0)
            continue
        match = SPAN.fullmatch(last[1].strip()) if last and not normal else None
        if match is None:
            scores.append(0.0)
            continue
        (a, b), (c, d) = map(float, match.groups()), known["spanSec"]
        overlap = min(b, d) - max(a, c)
        scores.append(overlap / (max(b, d) - min(a, c)) if b > a and overlap > 0 else 0.0)
    return scores


FUNCTIONS = {"task": task_reward, "reflection": reflection_reward, "temporal-iou": temporal_iou_reward}


def call_as_trl(inputs):
    """What GRPOTrainer._calculate_rewards does with functions, short of making a tensor of the result."""
    prompts = [row["prompt"] for row in inputs]
    completions = [row["completion"] for row in inputs]
    keys = [key for key in inputs[0] if key not in ("prompt", "completion", "completion_ids")]
    columns = {key: [row[key] for row in inputs] for key in keys}
    rewards = {}
    for name, function in FUNCTIONS.items():
        output = function(prompts=prompts, completions=completions, completion_ids=None, **columns)
        rewards[name] = [math.nan if reward is None else reward for reward in output]
    return rewards


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--request", required=True, type=Path, metavar="FILE.json")
    request = json.loads(parser.parse_args().request.read_text(encoding="utf-8"))
    inputs = [dict(row, prompt="") for row in request["rollouts"]]
    batches = [inputs[i : i + request["batch"]] for i in range(0, len(inputs), request["batch"])]
    seconds = []
    for _ in range(request["rounds"]):
        start = time.perf_counter()
        results = [call_as_trl(batch) for batch in batches]
        seconds.append(time.perf_counter() - start)
    scores = {
        name: [None if math.isnan(value) else value for result in results for value in result[name]]
        for name in FUNCTIONS
    }
    print(json.dumps({"peer": f"Python {platform.python_version()}", "seconds": seconds, "scores": scores}))


if __name__ == "__main__":
    main()
