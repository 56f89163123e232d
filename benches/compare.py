#!/usr/bin/env python3
"""Skep beside DuckDB and DataFusion on the same files in the same run; medians; answers compared.

    python3 benches/compare.py [--scale 1] [--rounds 3] [--only tpch,start,write,partitions] [--output FOLDER] [--chart FILE]

Builds Skep in release mode, makes the TPC-H data once, installs the peers' wheels from PyPI in a virtual environment; all of
it is kept in ~/.cache/skep. Prints a table in Markdown and writes it, with all numbers as JSON, to FOLDER (target/compare); --chart draws the queries as bars in an SVG.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chart import grouped_bars
from peers import CACHE, ROOT, build, in_virtual_environment

WHEELS = ["duckdb==2.0.0", "datafusion==55.0.0"]
TABLES = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"]
QUERIES = [f"q{number:02}" for number in range(1, 23)]

# Limits that Skep is held to, beside the peers.
START_LIMIT_MS = 60
PARTITION_QUERY_LIMIT_MS = 100
SHOW_PARTITIONS_LIMIT_MS = 300
WRITE_MEMORY_LIMIT_MB = 1500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="start,tpch,write,partitions")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--chart", type=Path)
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        return run_peer(*arguments.peer)

    in_virtual_environment("compare", WHEELS)
    target = build()
    skep = target / "release/skep"
    data = tpch_data(arguments.scale)
    output = arguments.output or target / "compare"
    output.mkdir(parents=True, exist_ok=True)

    results: dict = {"machine": machine(), "scale": arguments.scale, "rounds": arguments.rounds}
    sections = arguments.only.split(",")
    lines = [f"On {results['machine']}, medians of {arguments.rounds} rounds.", ""]
    with tempfile.TemporaryDirectory(prefix="skep-compare-") as folder:
        home = Path(folder)
        if "start" in sections:
            results["start"] = start(skep, home)
            lines += start_lines(results["start"])
        if "tpch" in sections:
            results["tpch"] = tpch(skep, data, home, arguments.rounds)
            lines += tpch_lines(results["tpch"], arguments.scale)
            if arguments.chart:
                arguments.chart.write_text(tpch_chart(results["tpch"], arguments.scale, results["machine"]))
        if "write" in sections:
            results["write"] = write(skep, data, home, arguments.rounds)
            lines += write_lines(results["write"])
        if "partitions" in sections:
            results["partitions"] = partitions(skep, home)
            lines += partitions_lines(results["partitions"])
    text = "\n".join(lines) + "\n"
    (output / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    (output / "results.md").write_text(text)
    print(text)
    if results.get("tpch", {}).get("differences"):
        sys.exit("answers differ: " + "; ".join(results["tpch"]["differences"]))


# What is measured


def start(skep: Path, home: Path) -> dict:
    """The whole process for SELECT 1, on a warehouse that is there."""
    warehouse = home / "start"
    command = [skep, "--warehouse", warehouse, "-e"]
    subprocess.run([*command, "CREATE TABLE t AS SELECT 1 AS a"], check=True)
    times = [timed([*command, "SELECT 1"])["seconds"] * 1000 for _ in range(21)]
    return {"skep_ms": statistics.median(times)}


def tpch(skep: Path, data: Path, home: Path, rounds: int) -> dict:
    """Every query twice in a new process for each engine and round; the second time counts."""
    times: dict = {engine: {query: [] for query in QUERIES} for engine in ("skep", "duckdb", "datafusion")}
    answers: dict = {}
    for number in range(rounds):
        for engine in times:
            if engine == "skep":
                answer = skep_queries(skep, data, home / f"tpch-{number}")
            else:
                command = [sys.executable, __file__, "--peer", engine, data]
                answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for query in QUERIES:
                times[engine][query].append(answer[query]["ms"])
            answers[engine] = {query: answer[query]["rows"] for query in QUERIES}
    medians = {engine: {q: statistics.median(ms) for q, ms in each.items()} for engine, each in times.items()}
    differences = [
        f"{query}: skep and {peer}"
        for peer in ("duckdb", "datafusion")
        for query in QUERIES
        if not same_rows(answers["skep"][query], answers[peer][query])
    ]
    totals = {engine: sum(each.values()) for engine, each in medians.items()}
    return {"ms": medians, "total_ms": totals, "differences": differences}


def skep_queries(skep: Path, data: Path, warehouse: Path) -> dict:
    """One session; `--format outcome` says how long each statement took."""
    queries = [ROOT / "sql/tpch" / f"{query}.sql" for query in QUERIES]
    command = [skep, "--warehouse", warehouse, "--define", f"data={data}", "--format", "outcome"]
    command += ["-f", ROOT / "sql/tpch/schema.sql", *queries, *queries]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"skep failed:\n{result.stdout[-600:]}\n{result.stderr}")
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    return {query: outcome for query, outcome in zip(QUERIES, outcomes[-len(QUERIES):])}


def write(skep: Path, data: Path, home: Path, rounds: int) -> dict:
    """lineitem, partitioned by the month of l_shipdate."""
    measured: dict = {"skep": [], "duckdb": []}
    for number in range(rounds):
        warehouse = home / f"write-{number}"
        table = (
            "CREATE TABLE lineitem_by_month USING parquet PARTITIONED BY (month) AS "
            f"SELECT *, date_format(l_shipdate, 'yyyy-MM') AS month FROM parquet.`{data}/lineitem`"
        )
        measured["skep"].append(timed([skep, "--warehouse", warehouse, "-e", table]))
        target = home / f"duckdb-{number}"
        measured["duckdb"].append(timed([sys.executable, __file__, "--peer", "duckdb-write", f"{data}|{target}"]))
    folders = [len(list(folder.glob("**/month=*"))) for folder in (home / "write-0", home / "duckdb-0")]
    if folders[0] != folders[1]:
        sys.exit(f"skep wrote {folders[0]} partitions, DuckDB {folders[1]}")
    result: dict = {"partitions": folders[0]}
    for engine, runs in measured.items():
        result[engine] = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    return result


def partitions(skep: Path, home: Path) -> dict:
    """A table of 10,000 partitions, asked for one of them and for the list, in a session that has seen it."""
    command = [skep, "--warehouse", home / "partitions", "--format", "outcome", "-e"]
    create = "CREATE TABLE t USING parquet PARTITIONED BY (p) AS SELECT id, id % 10000 AS p FROM range(20000)"
    created = timed([*command, create])
    statements = ["SELECT sum(id) FROM t WHERE p = 4711", "SHOW PARTITIONS t"]
    result = subprocess.run([*command, "; ".join(statements * 6)], check=True, capture_output=True, text=True)
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    if outcomes[0]["rows"] != [["19422"]] or len(outcomes[1]["rows"]) != 10000:
        sys.exit(f"wrong answer: {outcomes[0]['rows']}, {len(outcomes[1]['rows'])} partitions")
    median = lambda first: statistics.median(outcome["ms"] for outcome in outcomes[first + 2 :: 2])
    return {"create_seconds": created["seconds"], "query_ms": median(0), "show_partitions_ms": median(1)}


# The peers, each in a process of its own


def run_peer(engine: str, argument: str) -> None:
    if engine == "duckdb-write":
        data, target = argument.split("|")
        return duckdb_write(data, target)
    run = duckdb_runner(argument) if engine == "duckdb" else datafusion_runner(argument)
    answer = {}
    for _ in range(2):
        for query in QUERIES:
            sql = (ROOT / "sql/tpch" / f"{query}.sql").read_text().rstrip().rstrip(";")
            started = time.perf_counter()
            rows = run(sql)
            milliseconds = (time.perf_counter() - started) * 1000
            answer[query] = {"ms": milliseconds, "rows": [[None if c is None else str(c) for c in row] for row in rows()]}
    print(json.dumps(answer))


def duckdb_runner(data: str):
    import duckdb

    connection = duckdb.connect()
    for table in TABLES:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{data}/{table}/*.parquet'")

    def run(sql: str):
        table = connection.execute(sql).fetchall()
        return lambda: table

    return run


def datafusion_runner(data: str):
    from datafusion import SessionContext

    context = SessionContext()
    for table in TABLES:
        context.register_parquet(table, f"{data}/{table}")

    def run(sql: str):
        batches = context.sql(sql).collect()
        return lambda: [row.values() for batch in batches for row in batch.to_pylist()]

    return run


def duckdb_write(data: str, target: str) -> None:
    import duckdb

    duckdb.execute(
        f"COPY (SELECT *, strftime(l_shipdate, '%Y-%m') AS month FROM '{data}/lineitem/*.parquet') TO '{target}' "
        "(FORMAT parquet, PARTITION_BY (month), COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    )


# Comparing


def same_rows(ours: list, theirs: list) -> bool:
    """The same rows in the same order, numbers as far as both have digits: DuckDB gives doubles, DataFusion cuts off digits."""
    return len(ours) == len(theirs) and all(
        len(a) == len(b) and all(same_cell(x, y) for x, y in zip(a, b)) for a, b in zip(ours, theirs)
    )


def same_cell(ours: str | None, theirs: str | None) -> bool:
    if ours == theirs or ours is None or theirs is None:
        return ours == theirs
    try:
        x, y = float(ours), float(theirs)
    except ValueError:
        return False
    digits = min(len(text.partition(".")[2]) for text in (ours, theirs))
    return abs(x - y) <= 1.001 * 10.0**-digits + abs(x) * 1e-12


# The tables


def start_lines(result: dict) -> list[str]:
    return [
        "| | Skep | limit |",
        "|---|---:|---:|",
        f"| `skep -e \"SELECT 1\"`, whole process | {result['skep_ms']:.0f} ms | {START_LIMIT_MS} ms |",
        "",
    ]


def tpch_lines(result: dict, scale: str) -> list[str]:
    engines = list(result["ms"])
    lines = [f"| TPC-H scale {scale}, ms | " + " | ".join(engines) + " |", "|---|" + "---:|" * len(engines)]
    for query in QUERIES:
        lines.append(f"| {query} | " + " | ".join(f"{result['ms'][engine][query]:.0f}" for engine in engines) + " |")
    lines.append("| **all** | " + " | ".join(f"**{result['total_ms'][engine]:.0f}**" for engine in engines) + " |")
    answers = "; ".join(result["differences"]) or "all 22 are the same"
    return [*lines, "", f"Answers: {answers}.", ""]


def tpch_chart(result: dict, scale: str, machine: str) -> str:
    names = {"skep": "Skep", "duckdb": "DuckDB 2.0", "datafusion": "DataFusion 55"}
    series = {names[engine]: [times[query] for query in QUERIES] for engine, times in result["ms"].items()}
    return grouped_bars(f"TPC-H scale {scale}, time of each query ({machine})", QUERIES, series, "ms")


def write_lines(result: dict) -> list[str]:
    lines = [
        f"| lineitem into {result['partitions']} partitions | seconds | cores busy | peak memory, MB |",
        "|---|---:|---:|---:|",
    ]
    for engine in ("skep", "duckdb"):
        run = result[engine]
        lines.append(f"| {engine} | {run['seconds']:.1f} | {run['cores']:.1f} | {run['peak_mb']:.0f} |")
    ratio = result["skep"]["seconds"] / result["duckdb"]["seconds"]
    return [*lines, "", f"Skep takes {ratio:.2f} times DuckDB's time; its memory limit is {WRITE_MEMORY_LIMIT_MB} MB.", ""]


def partitions_lines(result: dict) -> list[str]:
    return [
        "| a table of 10,000 partitions | Skep | limit |",
        "|---|---:|---:|",
        f"| a query on one of them | {result['query_ms']:.0f} ms | {PARTITION_QUERY_LIMIT_MS} ms |",
        f"| SHOW PARTITIONS | {result['show_partitions_ms']:.0f} ms | {SHOW_PARTITIONS_LIMIT_MS} ms |",
        f"| creating it | {result['create_seconds']:.1f} s | |",
        "",
    ]


# What has to be there first


def tpch_data(scale: str) -> Path:
    folder = CACHE / f"tpch-{scale}"
    if not folder.exists():
        half = CACHE / f"tpch-{scale}.tmp"
        subprocess.run(["cargo", "bench", "--bench", "tpch_data", "--", half, scale], cwd=ROOT, check=True)
        half.rename(folder)
    return folder


def timed(command: list) -> dict:
    """Runs a process: its wall time, how many cores it kept busy, and its largest resident set."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"failed: {command}")
    cores = (usage.ru_utime + usage.ru_stime) / seconds
    # macOS counts bytes, Linux kilobytes.
    peak = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return {"seconds": seconds, "cores": cores, "peak_mb": peak}


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}"


if __name__ == "__main__":
    main()
