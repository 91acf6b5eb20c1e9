"""Writes tests/reference/tensorboard/: an event file as TensorBoard's own writer makes it, and what is in it.

With --read DIR instead: prints as JSON what TensorBoard's own reader finds in the event files of a directory.
"""

import argparse
import json
import pathlib

from tensorboard.backend.event_processing.event_accumulator import SCALARS as SCALAR_TAGS, TENSORS, EventAccumulator
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "reference" / "tensorboard"

# Wall time in milliseconds, step, scalars by tag. JSON has no number for what is not finite.
SCALARS = [
    {"at": 1_700_000_000_000, "step": 0, "values": {"val/loss": 2.5}},
    {"at": 1_700_000_000_250, "step": 1, "values": {"loss": 1.2345678901, "reward/task/mean": 0, "lr": 2e-05}},
    {"at": 1_700_000_001_001, "step": 127, "values": {"loss": -0.5}},
    {"at": 1_700_000_001_002, "step": 128, "values": {"loss": "NaN", "kl": "Infinity", "entropy": "-Infinity"}},
    {"at": 1_700_000_001_003, "step": 3_000_000_000, "values": {"länge/mittel": 1e-42, "loss": 3e38}},
]
TEXT = {"at": 1_700_000_000_000, "step": 0, "tag": "configuration", "markdown": "`seed` **17**, übergeordnet\n" * 9}
RESTART = {"at": 1_700_000_002_000, "step": 2}


def scalars(values):
    return summary_pb2.Summary(
        value=[summary_pb2.Summary.Value(tag=tag, simple_value=float(value)) for tag, value in values.items()]
    )


def text(tag, markdown):
    plugin = summary_pb2.SummaryMetadata.PluginData(plugin_name="text")
    tensor = tensor_pb2.TensorProto(
        dtype="DT_STRING",
        string_val=[markdown.encode()],
        tensor_shape=tensor_shape_pb2.TensorShapeProto(dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=1)]),
    )
    metadata = summary_pb2.SummaryMetadata(plugin_data=plugin)
    return summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)])


def events():
    start = SCALARS[0]["at"]
    yield event_pb2.Event(wall_time=start / 1000, file_version="brain.Event:2")
    yield event_pb2.Event(
        wall_time=TEXT["at"] / 1000, step=TEXT["step"], summary=text(TEXT["tag"], TEXT["markdown"])
    )
    for line in SCALARS:
        yield event_pb2.Event(wall_time=line["at"] / 1000, step=line["step"], summary=scalars(line["values"]))
    session = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    yield event_pb2.Event(wall_time=RESTART["at"] / 1000, step=RESTART["step"], session_log=session)


def write():
    OUT.mkdir(parents=True, exist_ok=True)
    with open(OUT / "events.bin", "wb") as file:
        writer = RecordWriter(file)
        for event in events():
            writer.write(event.SerializeToString())
    content = {"scalars": SCALARS, "text": TEXT, "restart": RESTART}
    (OUT / "events.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def spelled(value):
    value = float(value)
    return value if value - value == 0 else {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(value)]


def read(directory):
    accumulator = EventAccumulator(str(directory), size_guidance={SCALAR_TAGS: 0, TENSORS: 0})
    accumulator.Reload()
    tags = accumulator.Tags()
    scalars_by_tag = {
        tag: [[round(event.wall_time * 1000), event.step, spelled(event.value)] for event in accumulator.Scalars(tag)]
        for tag in tags[SCALAR_TAGS]
    }
    text_by_tag = {}
    for tag in tags[TENSORS]:
        plugin = accumulator.SummaryMetadata(tag).plugin_data.plugin_name
        if plugin != "text":
            raise ValueError(f"{tag}: expected the plugin text, received {plugin}")
        text_by_tag[tag] = [
            [round(event.wall_time * 1000), event.step, tensor_util.make_ndarray(event.tensor_proto).item().decode()]
            for event in accumulator.Tensors(tag)
        ]
    print(json.dumps({"scalars": scalars_by_tag, "text": text_by_tag}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--read", type=pathlib.Path, metavar="DIR")
    arguments = parser.parse_args()
    if arguments.read is None:
        write()
    else:
        read(arguments.read)
