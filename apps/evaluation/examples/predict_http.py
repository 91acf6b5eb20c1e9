"""Asks a model about one video, over HTTP, and shows what it writes while it writes; standard library only.

usage: python predict_http.py http://127.0.0.1:7104 VIDEO [QUESTION OPTION OPTION …]

VIDEO is a URI that the service can read: file:///…, s3://…. Without a question: whether and when something anomalous
happens. The transcript goes to stderr as it comes, the whole reply as JSON to stdout.
"""

import json
import sys
import time
import urllib.error
import urllib.request

DEADLINE_SEC = 300


class ServiceError(Exception):
    pass


def ask(url: str, body: dict):
    """Opens the stream; what is busy now is asked again when it says that it has a place."""
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    deadline = time.monotonic() + DEADLINE_SEC
    while True:
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        try:
            return urllib.request.urlopen(request, timeout=deadline - time.monotonic())
        except urllib.error.HTTPError as refusal:
            error = error_of(refusal)
            pause = float(refusal.headers.get("Retry-After", 1))
            if error["code"] not in ("BUSY", "UNAVAILABLE") or time.monotonic() + pause >= deadline:
                raise ServiceError(json.dumps(error, indent=2)) from refusal
            time.sleep(pause)
        except urllib.error.URLError as failure:
            raise ServiceError(f"no answer of {url}: {failure.reason}") from failure


def error_of(refusal: urllib.error.HTTPError) -> dict:
    """`code` is for programs, `message` for people, `details` name the fields."""
    text = refusal.read().decode(errors="replace")
    try:
        return json.loads(text)["error"]
    except (ValueError, KeyError):  # Not the service's: a gateway's.
        return {"code": str(refusal.code), "message": text}


def events(stream):
    """(name, data) of each server-sent event. Lines that begin with a colon only keep the connection alive."""
    name = data = None
    for line in stream:
        key, _, value = line.decode().rstrip("\r\n").partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            data = value
        elif key == "" and value == "" and data is not None:
            yield name, json.loads(data)
            name = data = None


def predict(url: str, body: dict) -> dict:
    with ask(url, body) as stream:
        for name, data in events(stream):
            if name == "token":
                print(data["text"], end="", flush=True, file=sys.stderr)
            elif name == "restart":
                print("\n--- asked again ---", file=sys.stderr)
            elif name == "error":
                raise ServiceError(json.dumps(data["error"], indent=2))
            elif name == "result":
                print(file=sys.stderr)
                return data
    raise ServiceError("the stream ended before the result")


def main(base: str, video: str, *question_and_options: str) -> None:
    question, *options = question_and_options or (None,)
    asked = {"question": question, "options": options} if question is not None else {}
    body = {"video": video, "deadlineMs": DEADLINE_SEC * 1000, **asked}
    print(json.dumps(predict(f"{base}/v1/predict", body), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except ServiceError as error:
        sys.exit(str(error))
