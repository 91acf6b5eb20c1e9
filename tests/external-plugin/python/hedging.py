"""A reward plugin in Python: the fewer hedging words the last thought has, the better.

usage: python hedging.py nats://127.0.0.1:4222        (pip install nats-py)
"""

import asyncio
import json
import re
import sys

import nats

SUBJECT = "srvau.plugin.reward.hedging.v1"
HEDGES = re.compile(r"\b(maybe|perhaps|might|possibly|unclear)\b", re.IGNORECASE)


def score(rollout: dict, worth: float) -> dict:
    thoughts = [segment["text"] for segment in rollout["transcript"]["segments"] if segment["kind"] == "think"]
    if not thoughts:
        return {"kind": "abstained", "because": "no thought"}
    hedges = len(HEDGES.findall(thoughts[-1]))
    return {"kind": "scored", "value": max(0.0, 1.0 - worth * hedges), "parts": {"hedges": hedges}}


async def main(url: str) -> None:
    connection = await nats.connect(url)

    async def answer(message) -> None:
        try:
            request = json.loads(message.data)
            worth = request["options"].get("worth", 0.25)
            if type(worth) not in (int, float) or not worth >= 0:
                raise ValueError(f"options.worth: expected a number from 0, received {worth!r}")
            reply = {"scores": [score(rollout, worth) for rollout in request["rollouts"]]}
        except Exception as error:  # Unanswered, it would look like a plugin that hangs.
            reply = {"error": {"message": f"{type(error).__name__}: {error}"}}
        await message.respond(json.dumps(reply).encode())

    # In a queue group, so that several of these share the work.
    await connection.subscribe(SUBJECT, queue="hedging", cb=answer)
    await connection.flush()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
