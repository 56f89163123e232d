#!/usr/bin/env python3
"""The 99 queries of TPC-DS: Skep's answers and times beside DuckDB's, on the same Parquet files in the same run.

    python3 benches/tpcds.py [--scale 1] [--rounds 1] [--only q04,q72] [--skep PATH] [--output FOLDER]

DuckDB's tpcds extension makes the data and holds the queries; both come from PyPI into ~/.cache/skep, so nothing of them is
kept here. Without --skep the release binary is built. Prints a table in Markdown and writes it, with all numbers as JSON, to
FOLDER. The last line counts the queries whose answers are the same; any other makes the command fail.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers import CACHE, build, in_virtual_environment

# An extension loads only into the very version it was built for.
WHEELS = ["duckdb==1.5.5", "duckdb-extension-tpcds==1.5.5"]
SECONDS_FOR_A_QUERY = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("--skep", type=Path)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    in_virtual_environment("tpcds-peer", WHEELS)

    skep = arguments.skep or build() / "release/skep"
    data = CACHE / f"tpcds-{arguments.scale}"
    queries = data_and_queries(data, arguments.scale)
    if arguments.only:
        queries = {name: queries[name] for name in arguments.only.split(",")}
    with tempfile.TemporaryDirectory(prefix="skep-tpcds-") as folder:
        results = compare(skep.resolve(), data, Path(folder), queries, arguments.rounds)
    lines = table(results, arguments.scale)
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / "results.json").write_text(json.dumps(results, indent=2) + "\n")
        (arguments.output / "results.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    wrong = {name: result["difference"] for name, result in results.items() if result["difference"]}
    for name, difference in wrong.items():
        print(f"{name}: {difference}", file=sys.stderr)
    print(f"TPC-DS: {len(results) - len(wrong)} of {len(results)} answers are the same")
    sys.exit(1 if wrong else 0)


def compare(skep: Path, data: Path, home: Path, queries: dict, rounds: int) -> dict:
    """Engine after engine for each query; a query of Skep is a statement of one session, run twice: the second time counts."""
    import duckdb

    peer = duckdb.connect()
    tables = sorted(data.glob("*.parquet"))
    for file in tables:
        peer.execute(f"CREATE VIEW {file.stem} AS FROM '{file}'")
    warehouse = home / "warehouse"
    create = "".join(f"CREATE TABLE {file.stem} USING parquet LOCATION '{file}';\n" for file in tables)
    subprocess.run([skep, "--warehouse", warehouse, "-e", create], check=True)

    results = {}
    for name, sql in queries.items():
        script = home / f"{name}.sql"
        script.write_text(f"{sql.rstrip().rstrip(';')};\n" * 2)
        ours, theirs, difference = [], [], None
        for _ in range(rounds):
            outcome = run_skep(skep, warehouse, script)
            if "error" in outcome:
                difference = outcome["error"]["message"]
                break
            ours.append(outcome["ms"])
            peer.execute(sql).fetchall()
            started = time.perf_counter()
            answer = peer.execute(sql).fetchall()
            theirs.append((time.perf_counter() - started) * 1000)
            difference = first_difference(outcome["rows"], answer)
        median = lambda times: statistics.median(times) if times else None
        results[name] = {"skep_ms": median(ours), "duckdb_ms": median(theirs), "difference": difference}
    return results


def run_skep(skep: Path, warehouse: Path, script: Path) -> dict:
    # The queries write names in double quotes, as ANSI SQL does.
    settings = ["--conf", "spark.sql.ansi.doubleQuotedIdentifiers=true"]
    command = [skep, "--warehouse", warehouse, *settings, "--format", "outcome", "-f", script]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_FOR_A_QUERY)
    except subprocess.TimeoutExpired:
        return {"error": {"message": f"no answer in {SECONDS_FOR_A_QUERY} s"}}
    outcomes = [json.loads(line) for line in run.stdout.splitlines()]
    return outcomes[-1] if outcomes else {"error": {"message": run.stderr.strip() or f"exit status {run.returncode}"}}


def first_difference(ours: list, theirs: list) -> str | None:
    """Compares the rows whatever their order: the queries leave it open among equals."""
    if len(ours) != len(theirs):
        return f"{len(ours)} rows, DuckDB has {len(theirs)}"
    text = lambda cell: None if cell is None else str(cell).rstrip()
    pairs = zip(sorted(map(list, ours), key=order), sorted(([text(c) for c in row] for row in theirs), key=order))
    for left, right in pairs:
        if len(left) != len(right) or not all(map(same_cell, left, right)):
            return f"{left}, DuckDB has {right}"
    return None


def order(row: list) -> list:
    """Numbers by six significant digits, so that 0.5 and 0.500000 sort alike."""
    return [number if (number := rounded(cell)) is not None else (cell or "").rstrip() for cell in row]


def rounded(cell: str | None) -> str | None:
    try:
        return f"{float(cell):.6g}"
    except (TypeError, ValueError):
        return None


def same_cell(ours: str | None, theirs: str | None) -> bool:
    """Numbers as far as both have digits: DuckDB's division and avg of decimals give doubles, and a sum of quotients adds up
    what Spark's decimals round off."""
    if ours is None or theirs is None:
        return ours == theirs
    try:
        x, y = float(ours), float(theirs)
    except ValueError:
        return ours.rstrip() == theirs
    fewer, more = sorted(len(text.partition(".")[2]) for text in (ours, theirs))
    return math.isclose(x, y, rel_tol=1e-9, abs_tol=(5 if fewer < more else 0.5) * 10.0**-fewer)


def table(results: dict, scale: str) -> list[str]:
    lines = [f"| TPC-DS scale {scale} | Skep, ms | DuckDB, ms | ratio |", "|---|---:|---:|---:|"]
    ratios = []
    for name, result in results.items():
        if result["duckdb_ms"] is None:
            lines.append(f"| {name} | failed | | |")
            continue
        ratios.append(result["skep_ms"] / result["duckdb_ms"])
        lines.append(f"| {name} | {result['skep_ms']:.0f} | {result['duckdb_ms']:.0f} | {ratios[-1]:.2f} |")
    if ratios:
        lines.append(f"| geometric mean | | | {statistics.geometric_mean(ratios):.2f} |")
    return [*lines, ""]


# What has to be there first


def data_and_queries(folder: Path, scale: str) -> dict:
    """Makes the files once; gives the queries by name."""
    import duckdb
    import duckdb_extension_tpcds

    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    extensions = Path(duckdb_extension_tpcds.__file__).parent / "extensions"
    connection.load_extension(str(next(extensions.glob("*/tpcds.duckdb_extension"))))
    if not folder.exists():
        half = folder.with_suffix(".tmp")
        half.mkdir(parents=True, exist_ok=True)
        connection.execute(f"CALL dsdgen(sf = {scale})")
        for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            connection.execute(f"COPY {name} TO '{half}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
        half.rename(folder)
    return {f"q{number:02}": sql for number, sql in connection.execute("FROM tpcds_queries()").fetchall()}


if __name__ == "__main__":
    main()
