#!/usr/bin/env python3
"""Compares Skep's scores in Spark's golden tests with those kept here: check.py SKEP [--update]

The golden tests are not part of this repository. They are looked for in the folder that SKEP_CONFORMANCE names, or else in
../shared/conformance beside the clone; without them nothing is checked. A file that scores less than in scores.tsv makes the
command fail; --update writes the scores of this run.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCORES = HERE / "scores.tsv"
CORPORA = ["goldens", "functions"]
SECONDS_FOR_A_FILE = 300


def main() -> None:
    skep, update = Path(sys.argv[1]).resolve(), "--update" in sys.argv[2:]
    folder = Path(os.environ.get("SKEP_CONFORMANCE", HERE.parents[2] / "shared/conformance"))
    if not (folder / "run.py").exists():
        print(f"skipped: no golden tests in {folder.name}")
        return
    scores = {}
    for corpus in CORPORA:
        for name, (right, all_of_them) in run(folder, corpus, skep).items():
            scores[f"{corpus}/{name}"] = (right, all_of_them)
    if update:
        lines = [f"{name}\t{right}\t{all_of_them}\n" for name, (right, all_of_them) in sorted(scores.items())]
        SCORES.write_text("file\tright\tstatements\n" + "".join(lines))
    fallen = []
    for line in SCORES.read_text().splitlines()[1:]:
        name, before, _ = line.split("\t")
        now = scores.get(name, (0, 0))[0]
        if now < int(before):
            fallen.append(f"{name}: {now} right, {before} before")
    print("".join(f"fallen: {line}\n" for line in fallen), end="")
    totals = []
    for corpus in CORPORA:
        of_corpus = [score for name, score in scores.items() if name.startswith(corpus + "/")]
        totals.append(f"{sum(right for right, _ in of_corpus)} of {sum(all_of_them for _, all_of_them in of_corpus)} {corpus}")
    print(f"{', '.join(totals)}; {len(fallen)} files fell")
    sys.exit(1 if fallen else 0)


def run(folder: Path, corpus: str, skep: Path) -> dict:
    """How many statements of each file are right, and how many there are."""
    environment = {**os.environ, "RUST_BACKTRACE": "0"}
    with tempfile.TemporaryDirectory(prefix="skep-conformance-") as home:
        command = [sys.executable, folder / "run.py", "--engine", "skep", "--bin", skep, "--corpus", folder / corpus]
        command += ["--jobs", str(os.cpu_count() or 1), "--timeout", str(SECONDS_FOR_A_FILE)]
        result = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr[-2000:])
    scores = {}
    # On standard error the runner prints `file.sql: RIGHT/STATEMENTS in N s` as each file ends.
    for line in result.stderr.splitlines():
        name, _, rest = line.partition(": ")
        if name.endswith(".sql") and "/" in rest:
            right, all_of_them = rest.split(" ")[0].split("/")
            scores[name] = (int(right), int(all_of_them))
    return scores


if __name__ == "__main__":
    main()
