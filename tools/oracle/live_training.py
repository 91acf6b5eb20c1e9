"""Holds losses, gradients, AdamW steps and the GRPO loss against transformers and TRL on random data; nothing is stored.

    python tools/oracle/live_training.py --transformers-4.57 DIR [--tests DIR] [--count 12] [--seed N] [--keep DIR]

Makes references as model.py and grpo.py do, of random configurations, and runs the core's tests on them. Ends with 1 where
one fails. DIR of --tests is a build of native/core (default: that of native/build).
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAMS = ("model_test", "trainer_sft_test", "grpo_loss_test", "advantages_test")
# What their tests have in their names that run on any references.
ON_ANY = "those_of"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transformers-4.57", dest="transformers_457", required=True, metavar="DIR")
    parser.add_argument("--tests", type=Path, default=ROOT / "native/build/core", metavar="DIR")
    parser.add_argument("--count", type=int, default=12, help="configurations")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder, where the references are to stay")
    arguments = parser.parse_args()
    missing = [str(arguments.tests / name) for name in PROGRAMS if not (arguments.tests / name).exists()]
    if missing:
        raise SystemExit(f"--tests: expected a build of native/core, there is no {missing[0]}")
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        if arguments.keep is not None:
            root = arguments.keep.resolve()
        (root / "native").mkdir(parents=True, exist_ok=True)
        seed = str(arguments.seed)
        print(f"--seed {seed} --count {arguments.count}", flush=True)
        models = ["--transformers-4.57", arguments.transformers_457, "--random", str(arguments.count), "--seed", seed]
        subprocess.run([sys.executable, HERE / "model.py", *models, "--out", root / "native"], check=True)
        subprocess.run([sys.executable, HERE / "grpo.py", "--random", seed, "--out", root / "grpo.json"], check=True)
        # Threads that wait for work must not hold up others where processors are shared.
        environment = {"OMP_WAIT_POLICY": "passive", **os.environ, "SRVAU_TEST_REFERENCES": str(root)}
        failed = [
            name
            for name in PROGRAMS
            if subprocess.run(
                [(arguments.tests / name).resolve(), ON_ANY], cwd=ROOT / "native/core", env=environment
            ).returncode
        ]
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
