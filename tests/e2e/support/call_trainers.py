"""Calls the snippets of docs/rewards-from-other-trainers.md as their trainers do, without the trainers.

usage: call_trainers.py    with the snippets on PYTHONPATH; prints what each answers, as JSON
"""

import json
import sys
import types

RIGHT = "<think>a</think><answer>B</answer><reflection>r</reflection><think>b</think><answer>B</answer>"
WRONG = RIGHT.replace("B", "A")
LABEL = json.dumps({"task": "qa", "truth": {"label": "B"}})


def trl():
    from trl_rewards import reward_funcs

    chat = [[{"role": "assistant", "content": text}] for text in (RIGHT, WRONG)]
    columns = dict(prompts=["", ""], completion_ids=[[1], [2]], label=[LABEL, LABEL], trainer_state=None)
    return {
        function.__name__: [function(completions=texts, **columns) for texts in ([RIGHT, WRONG], chat)]
        for function in reward_funcs
    }


def verl():
    from verl_rewards import compute_score

    return compute_score(data_source="srvau", solution_str=RIGHT, ground_truth=LABEL, extra_info={"num_turns": None})


def swift():
    package, rewards = types.ModuleType("swift"), types.ModuleType("swift.rewards")
    rewards.ORM, rewards.orms = type("ORM", (), {"__init__": lambda self, args=None, **_: None}), {}
    sys.modules.update({"swift": package, "swift.rewards": rewards})
    import swift_rewards  # noqa: F401

    return rewards.orms["srvau"](args=None)([RIGHT, WRONG], label=[LABEL, LABEL], trainer_state=None)


if __name__ == "__main__":
    print(json.dumps({"trl": trl(), "verl": verl(), "swift": swift()}))
