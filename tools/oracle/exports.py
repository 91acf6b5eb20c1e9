"""Hands exports of `srvau dataset export` to the loaders that they are made for, and says what these read.

Nothing is written: this is a proof to run after a change of `libs/reflection-data/src/export`. `datasets` and TRL come
from requirements.txt. LLaMA-Factory and ms-swift want packages that this machine need not have, so their own readers are
run from a checkout of their sources (`--llama-factory-source`, `--ms-swift-source`); without one that part is left out,
and said so.
"""

import argparse
import importlib
import json
import logging
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace

from common import allow_torchvision


def rows_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def load(path: Path):
    """With the loader that all three trainers use; an export that mixes types in a column does not pass it."""
    from datasets import load_dataset

    with tempfile.TemporaryDirectory() as cache:
        dataset = load_dataset("json", data_files=str(path), split="train", cache_dir=cache, keep_in_memory=True)
    rows = rows_of(path)
    assert len(dataset) == len(rows), f"{path}: {len(rows)} lines, {len(dataset)} rows"
    for read, written in zip(dataset, rows):
        assert {name: value for name, value in read.items() if value is not None} == {
            name: value for name, value in written.items() if value is not None
        }, f"{path}: {written.get('id')} is read as something else"
    print(f"datasets  {path}: {len(rows)} rows, columns {', '.join(dataset.column_names)}")
    return dataset


def check_parquet(dataset: Path) -> None:
    """`records.parquet` by Arrow's own reader, beside `records.jsonl`."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(dataset / "records.parquet").to_pylist()
    records = rows_of(dataset / "records.jsonl")
    assert len(table) == len(records), f"{len(records)} lines, {len(table)} rows"
    for row, record in zip(table, records):
        for name in ("id", "task", "sample", "video", "durationSec", "question", "reflection", "transcript"):
            assert row[name] == record[name], f"{record['id']}: {name} is {row[name]!r}"
        assert json.loads(row["options"] or "null") == record["options"]
        truth = record["truth"]
        span = None if row["truthStartSec"] is None else [row["truthStartSec"], row["truthEndSec"]]
        assert (row["truthLabel"], row["truthNormal"], span) == tuple(
            truth.get(name) for name in ("label", "normal", "spanSec")
        )
        teacher = record["provenance"]["teacher"]
        assert row["teacherAttempts"] == (None if teacher is None else teacher["attempts"])
    print(f"pyarrow   {dataset / 'records.parquet'}: {len(table)} rows, the same as in records.jsonl")


def check_trl(export: Path, tokenizer_dir: Path) -> None:
    """One step of SFT and one of GRPO of a tiny text model, which sees the turns and the columns but no video."""
    allow_torchvision()
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
    from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer
    from trl.data_utils import is_conversational

    settings = json.loads((tokenizer_dir / "tokenizer_config.json").read_text(encoding="utf-8"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer_dir / "tokenizer.json"), eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.chat_template = settings["chat_template"]

    def tiny() -> Qwen2ForCausalLM:
        return Qwen2ForCausalLM(
            Qwen2Config(
                vocab_size=len(tokenizer),
                hidden_size=16,
                intermediate_size=32,
                num_hidden_layers=1,
                num_attention_heads=2,
                num_key_value_heads=1,
                max_position_embeddings=4096,
            )
        )

    common = {"report_to": [], "use_cpu": True, "bf16": False, "max_steps": 1, "save_strategy": "no"}
    sft = load(export / "sft" / "train.jsonl")
    assert all(is_conversational(row) for row in sft)
    text_only = sft.select(range(min(8, len(sft)))).remove_columns(
        [name for name in sft.column_names if name in ("videos", "images")]
    )
    with tempfile.TemporaryDirectory() as out:
        trainer = SFTTrainer(
            model=tiny(),
            args=SFTConfig(output_dir=out, per_device_train_batch_size=2, completion_only_loss=True, **common),
            train_dataset=text_only,
            processing_class=tokenizer,
        )
        batch = next(iter(trainer.get_train_dataloader()))
        learned = tokenizer.decode([token for token in batch["labels"][0].tolist() if token >= 0])
        transcripts = [row["completion"][0]["content"] for row in text_only]
        assert any(learned.startswith(text) for text in transcripts), f"learns {learned[:200]!r}"
        loss = trainer.train().training_loss
    print(f"TRL SFT   one step, loss {loss:.3f}; the loss is over the transcript alone")

    grpo = load(export / "grpo" / "train.jsonl")
    seen: list[dict] = []

    def reward(prompts, completions, **columns):
        seen.append({name: values for name, values in columns.items() if isinstance(values, list)})
        return [float(len(completion[0]["content"])) for completion in completions]

    with tempfile.TemporaryDirectory() as out:
        trainer = GRPOTrainer(
            model=tiny(),
            reward_funcs=reward,
            args=GRPOConfig(
                output_dir=out, per_device_train_batch_size=2, num_generations=2, max_completion_length=8, **common
            ),
            train_dataset=grpo.remove_columns([name for name in grpo.column_names if name in ("videos", "images")]),
            processing_class=tokenizer,
        )
        trainer.train()
    columns = {"id", "task", "solution", "truth_label", "truth_normal", "truth_start_sec", "truth_end_sec", "duration_sec"}
    assert columns <= set(seen[0]), f"the reward function gets {sorted(seen[0])}"
    print(f"TRL GRPO  one step; the reward function gets {', '.join(sorted(columns))}")


def without_init(root: Path, *names: str) -> None:
    """Packages whose `__init__`, which would import trainers, is not run; their modules are there to be imported."""
    for name in names:
        stand_in(name).__path__ = [str(root / Path(*name.split(".")))]


def stand_in(name: str, **values: object) -> ModuleType:
    """A module of which the readers import these names and nothing else."""
    module = ModuleType(name)
    vars(module).update(values)
    sys.modules[name] = module
    return module


def check_llama_factory(export: Path, source: Path) -> None:
    """`dataset_info.json` through its parser, rows through its converter, turns through its count of placeholders."""
    without_init(source / "src", "llamafactory", "llamafactory.data", "llamafactory.extras")
    stand_in("llamafactory.extras.misc", use_modelscope=lambda: False, use_openmind=lambda: False)
    stand_in("llamafactory.extras.constants", DATA_CONFIG="dataset_info.json", RUNNING_LOG="running.log")
    parser = importlib.import_module("llamafactory.data.parser")
    converter = importlib.import_module("llamafactory.data.converter")
    names = list(json.loads((export / "dataset_info.json").read_text(encoding="utf-8")))
    for attributes in parser.get_dataset_list(names, str(export)):
        dataset = load(export / attributes.dataset_name)
        arguments = SimpleNamespace(media_dir=str(export), dataset_dir=str(export))
        convert = converter.get_dataset_converter(attributes.formatting, attributes, arguments)
        for row in dataset:
            read = convert(row)
            assert [turn["role"] for turn in read["_prompt"]] == ["user"], read["_prompt"]
            assert [turn["role"] for turn in read["_response"]] == ["assistant"], read["_response"]
            assert read["_system"], "no system turn"
            text = "".join(turn["content"] for turn in read["_prompt"] + read["_response"])
            assert text.count("<video>") == len(read["_videos"]) == 1, "places and videos differ"
            assert text.count("<image>") + text.count("<audio>") == 0
        print(f"LLaMA-Factory  {attributes.dataset_name}: {len(dataset)} rows through its own parser and converter")


def check_ms_swift(export: Path, source: Path) -> None:
    """Rows through the preprocessor that ms-swift chooses for them."""
    without_init(source, "swift", "swift.dataset", "swift.dataset.preprocessor", "swift.template")
    quiet = {"is_dist": lambda: False, "is_master": lambda: True, "safe_ddp_context": lambda *_: nullcontext()}
    stand_in("swift.utils", get_logger=lambda *_: logging.getLogger("swift"), **quiet)
    for name in ("modelscope", "modelscope.hub", "modelscope.hub.utils"):
        stand_in(name)
    cache = tempfile.TemporaryDirectory()
    (Path(cache.name) / "datasets" / "map_cache").mkdir(parents=True)
    stand_in("modelscope.hub.utils.utils", get_cache_dir=lambda: cache.name)
    utils = importlib.import_module("swift.template.utils")
    sys.modules["swift.template"].history_to_messages = utils.history_to_messages
    sys.modules["swift.template"].MaxLengthError = type("MaxLengthError", (ValueError,), {})
    stand_in("swift.dataset.utils", sample_dataset=lambda dataset, *_: dataset)
    preprocessor = importlib.import_module("swift.dataset.preprocessor.core")
    for path in sorted(export.glob("*/*.jsonl")):
        dataset = load(path)
        read = preprocessor.AutoPreprocessor()(dataset, num_proc=1, load_from_cache_file=False, strict=True)
        assert len(read) == len(dataset), f"{path}: {len(dataset)} rows, {len(read)} left"
        for row in read:
            roles = [turn["role"] for turn in row["messages"]]
            assert roles[:2] == ["system", "user"], roles
            places = sum(turn["content"].count("<video>") for turn in row["messages"])
            assert places == len(row["videos"]) == 1, "places and videos differ"
        print(f"ms-swift  {path}: {len(read)} rows through its AutoPreprocessor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, help="directory of srvau dataset build or import")
    parser.add_argument("--trl", type=Path, help="export for TRL")
    parser.add_argument("--tokenizer", type=Path, help="folder of tokenizer.json and tokenizer_config.json, for --trl")
    parser.add_argument("--llama-factory", type=Path, help="export for LLaMA-Factory")
    parser.add_argument("--llama-factory-source", type=Path, help="checkout of LLaMA-Factory")
    parser.add_argument("--ms-swift", type=Path, help="export for ms-swift")
    parser.add_argument("--ms-swift-source", type=Path, help="checkout of ms-swift")
    arguments = parser.parse_args()
    if arguments.dataset is not None:
        check_parquet(arguments.dataset)
    if arguments.llama_factory is not None:
        if arguments.llama_factory_source is None:
            sys.exit("--llama-factory-source: expected a checkout of LLaMA-Factory, received nothing")
        check_llama_factory(arguments.llama_factory, arguments.llama_factory_source)
    if arguments.ms_swift is not None:
        if arguments.ms_swift_source is None:
            sys.exit("--ms-swift-source: expected a checkout of ms-swift, received nothing")
        check_ms_swift(arguments.ms_swift, arguments.ms_swift_source)
    if arguments.trl is not None:
        if arguments.tokenizer is None:
            sys.exit("--tokenizer: expected a folder with tokenizer.json, received nothing")
        check_trl(arguments.trl, arguments.tokenizer)


if __name__ == "__main__":
    main()
