"""What the reference scripts share: where references go, the two M-RoPE variants, canonical parameter names."""

import ast
import itertools
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Optional

import torch

REFERENCE_DIR = Path(__file__).resolve().parents[2] / "tests" / "reference"

MROPE_457 = "transformers-4.57"
MROPE_518 = "transformers-5.18"


def allow_torchvision() -> None:
    """Lets `import torchvision` pass where its compiled operators do not fit the installed torch.

    torchvision registers fake kernels for its operators while it is imported, which fails when the operators themselves
    could not be loaded ("operator torchvision::nms does not exist"). The reference scripts use none of them, so their
    bare schemas are enough. Call it before anything that imports torchvision (transformers' models do); where
    torchvision is whole or absent it changes nothing.
    """
    try:
        import torchvision  # noqa: F401
    except ModuleNotFoundError:
        return
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        # The library takes back what it defined when it is collected.
        allow_torchvision.library = library
        import torchvision  # noqa: F401


def import_from(package: str) -> None:
    """Makes `import transformers` import this package folder (it holds `models/`) rather than the installed release.

    An older release wants helpers of its own time (huggingface_hub, tokenizers) and checks their versions when it is
    imported. Models and checkpoints on disk use nothing of these that has changed, so the check is left out.
    """
    check = ModuleType("transformers.dependency_versions_check")
    check.dep_version_check = lambda *_: None
    sys.modules[check.__name__] = check
    sys.path.insert(0, str(Path(package).parent))


def rope_index_457(transformers_dir: str):
    """`get_rope_index` of transformers 4.57 as a plain function, without importing that release.

    `transformers_dir` is the folder of the package (it holds `models/`), e.g. of an unpacked wheel. Two releases cannot
    be imported into one process, so the method is taken out of its source text and compiled alone.
    """
    source_path = Path(transformers_dir) / "models" / "qwen2_5_vl" / "modeling_qwen2_5_vl.py"
    for node in ast.walk(ast.parse(source_path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and node.name == "Qwen2_5_VLModel":
            methods = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "get_rope_index"]
            if methods:
                namespace = {"torch": torch, "Optional": Optional}
                code = compile(ast.Module(body=methods, type_ignores=[]), str(source_path), "exec")
                exec(code, namespace)  # noqa: S102 - the source the caller pointed to
                return namespace["get_rope_index"]
    raise SystemExit(f"{source_path}: no Qwen2_5_VLModel.get_rope_index; expected the source of transformers 4.57")


def token_types(ids: torch.Tensor, config) -> torch.Tensor:
    """`mm_token_type_ids` as transformers 5 wants them: 1 at image pads, 2 at video pads, 0 at text."""
    return (ids == config.image_token_id).int() + 2 * (ids == config.video_token_id).int()


def is_release_4() -> bool:
    import transformers

    return transformers.__version__.startswith("4.")


def token_type_arguments(ids: torch.Tensor, config) -> dict:
    """token_types as arguments of a model: transformers 5 wants them, and without them takes all for text; 4 has none."""
    return {} if is_release_4() else dict(mm_token_type_ids=token_types(ids, config))


def positions_of(config, ids, spans, variant, rope_457=None):
    """M-RoPE positions of one unpadded sequence.

    ids: (T) int64; spans: dicts {kind, grid, second_per_grid} in order of appearance; variant: MROPE_457 or MROPE_518;
    rope_457: what rope_index_457 returned, needed for MROPE_457 only. Returns ((3, 1, T) int64, int delta): a generated
    token at index n has position n + delta on all three axes, the one it would have as a text token of the sequence.

    That is what `generate` of both releases does after a prompt that ends in text. The `rope_deltas` of 5.18 are
    something else: they count from the largest position, which may be that of a video further back, and are used only
    by a forward pass with a cache and without positions.
    """
    text = next(i for i in itertools.count() if i not in special_ids(config))
    row = torch.cat([ids, torch.tensor([text])]).view(1, -1)
    if not spans:
        positions = torch.arange(row.shape[1]).view(1, 1, -1).expand(3, 1, -1).clone()
    elif variant == MROPE_457:
        positions, _ = rope_457(SimpleNamespace(config=config), row, **vision_grids(spans))
    else:
        from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLModel

        # Only its configuration and its stateless method are read.
        owner = SimpleNamespace(
            config=config,
            get_vision_position_ids=lambda *a, **k: Qwen2_5_VLModel.get_vision_position_ids(None, *a, **k),
        )
        types = token_types(row, config)
        positions, _ = Qwen2_5_VLModel.get_rope_index(owner, row, mm_token_type_ids=types, **vision_grids(spans))
    return positions[..., :-1], positions[0, 0, -1].item() - len(ids)


def special_ids(config) -> set[int]:
    return {config.image_token_id, config.video_token_id, config.vision_start_token_id, config.vision_end_token_id}


def vision_grids(spans) -> dict:
    """The grid arguments of transformers for the spans of one sequence; absent kinds are left out."""
    images = [span for span in spans if span["kind"] == "image"]
    videos = [span for span in spans if span["kind"] == "video"]
    arguments = {}
    if images:
        arguments["image_grid_thw"] = torch.tensor([span["grid"] for span in images])
    if videos:
        arguments["video_grid_thw"] = torch.tensor([span["grid"] for span in videos])
        arguments["second_per_grid_ts"] = torch.tensor([span["second_per_grid"] for span in videos])
    return arguments


def canonical_name(name: str) -> str:
    """The name of a parameter in published checkpoints, from its name inside a transformers 5 model."""
    for inside, published in (("model.visual.", "visual."), ("model.language_model.", "model.")):
        if name.startswith(inside):
            return published + name[len(inside) :]
    return name
