"""Scores predictions with the evaluation service, over NATS.

usage: python score_nats.py nats://127.0.0.1:4222 REFERENCES PREDICTIONS        (pip install nats-py)

REFERENCES and PREDICTIONS are JSONL files: of at most 10,000 rows by their path, which travel in the request, or of any
length by a URI (file:///…, s3://…) that the service can read. Prints the scores as JSON.
"""

import asyncio
import json
import sys
import time

import nats
from nats.errors import NoRespondersError, NoServersError, TimeoutError

DEADLINE_SEC = 60
PASSING = ("BUSY", "UNAVAILABLE")


class ServiceError(Exception):
    """`code` is for programs, the message for people, `details` name the fields."""

    def __init__(self, error: dict) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.details = error.get("details", [])


async def call(connection, subject: str, body: dict) -> dict:
    """Asks until there is an answer, in the service's own time while it is busy, for at most DEADLINE_SEC."""
    deadline = time.monotonic() + DEADLINE_SEC
    payload = json.dumps(body).encode()
    while True:
        try:
            message = await connection.request(subject, payload, timeout=deadline - time.monotonic())
            reply = json.loads(message.data)
            if "Nats-Service-Error-Code" not in (message.headers or {}):
                return reply
            error = reply["error"]
        except NoRespondersError:
            error = {"code": "UNAVAILABLE", "message": f"nobody answers {subject}"}
        except TimeoutError:
            error = {"code": "DEADLINE_EXCEEDED", "message": f"no answer of {subject} within {DEADLINE_SEC} s"}
        pause = error.get("retryAfterMs", 500) / 1000
        if error["code"] not in PASSING or time.monotonic() + pause >= deadline:
            raise ServiceError(error)
        await asyncio.sleep(pause)


async def result_of(connection, job_id: str) -> dict:
    """Follows a job to its end; it goes on whether or not anybody does."""
    while True:
        job = await call(connection, "srvau.jobs.get", {"jobId": job_id})
        if job["state"] == "succeeded":
            return job["result"]
        if job["state"] in ("failed", "cancelled"):
            raise ServiceError(job.get("error", {"code": "CANCELLED", "message": f"job {job_id} was cancelled"}))
        print(job_id, job["state"], job.get("progress"), file=sys.stderr)
        await asyncio.sleep(1)


def field(name: str, source: str) -> dict:
    if "://" in source:
        return {f"{name}Uri": source}
    with open(source, encoding="utf-8") as lines:
        return {name: [json.loads(line) for line in lines if line.strip()]}


async def main(server: str, references: str, predictions: str) -> None:
    async def tell(error: Exception) -> None:
        print(f"{server}: {error}", file=sys.stderr)

    try:
        connection = await nats.connect(server, max_reconnect_attempts=3, error_cb=tell)
    except NoServersError as failure:
        raise ServiceError({"code": "UNAVAILABLE", "message": f"no NATS server at {server}"}) from failure
    try:
        request = {**field("references", references), **field("predictions", predictions), "protocol": "strict"}
        reply = await call(connection, "srvau.evaluation.score", request)
        scores = await result_of(connection, reply["job"]["jobId"]) if "job" in reply else reply
    finally:
        await connection.close()
    print(json.dumps(scores, indent=2))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except ServiceError as refusal:
        sys.exit("\n".join([str(refusal), *(json.dumps(detail) for detail in refusal.details)]))
