#!/usr/bin/env python3
"""The thirty most used functions over ten million rows: Skep's time beside DuckDB's, in the same run, on the same file.

    python3 benches/functions.py [--rows 10000000] [--rounds 3] [--only upper,substring] [--skep PATH] [--output FOLDER]

Each is measured as the whole statement `SELECT count(call), max(call)`, and for the call alone the same with the bare columns it
reads is taken off (below 20 ms it counts as 20); both engines use all cores. Without --skep the release binary is
built. Prints a table in Markdown and writes it, with all numbers as JSON, to FOLDER.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers import CACHE, build, in_virtual_environment

WHEELS = ["duckdb==2.0.0"]
LIMIT = 2.0
# Below this many milliseconds a difference is noise: both count as this much.
FLOOR_MS = 20.0

# Name, Skep's expression, DuckDB's (None: the same), the columns it reads.
EXPRESSIONS = [
    ("upper", "upper(s)", None, "s"),
    ("lower", "lower(s)", None, "s"),
    ("length", "length(s)", None, "s"),
    ("substring", "substring(s, 3, 5)", None, "s"),
    ("concat", "concat(s, '-', t)", None, "s, t"),
    ("concat_ws", "concat_ws('/', s, t)", None, "s, t"),
    ("trim", "trim(t)", None, "t"),
    ("replace", "replace(s, 'a', 'xy')", None, "s"),
    ("lpad", "lpad(s, 20, '.')", None, "s"),
    ("instr", "instr(s, '7')", None, "s"),
    ("like", "s LIKE '%a7%'", None, "s"),
    ("rlike", "s RLIKE '[a-f]+7'", "regexp_matches(s, '[a-f]+7')", "s"),
    ("regexp_replace", "regexp_replace(s, '[0-9]+', '#')", "regexp_replace(s, '[0-9]+', '#', 'g')", "s"),
    ("regexp_extract", "regexp_extract(s, '([a-f]+)', 1)", None, "s"),
    ("split", "split(s, 'a')[0]", "string_split(s, 'a')[1]", "s"),
    ("md5", "md5(s)", None, "s"),
    ("coalesce", "coalesce(n, i)", None, "n, i"),
    ("case", "CASE WHEN i % 3 = 0 THEN 'fizz' WHEN i % 5 = 0 THEN 'buzz' ELSE s END", None, "i, s"),
    ("abs", "abs(i - 5000)", None, "i"),
    ("round", "round(x, 2)", None, "x"),
    ("floor", "floor(x)", None, "x"),
    ("division", "x / y", None, "x, y"),
    ("modulo", "i % 7", None, "i"),
    ("decimal product", "p * (1 - q)", None, "p, q"),
    ("year", "year(d)", None, "d"),
    ("month", "month(ts)", None, "ts"),
    ("date_trunc", "date_trunc('month', ts)", None, "ts"),
    ("date_add", "date_add(d, 30)", "d + 30", "d"),
    ("datediff", "datediff(d, DATE '2020-01-01')", "date_diff('day', DATE '2020-01-01', d)", "d"),
    ("date_format", "date_format(ts, 'yyyy-MM-dd HH')", "strftime(ts, '%Y-%m-%d %H')", "ts"),
    ("to_date", "to_date(ds)", "CAST(ds AS DATE)", "ds"),
    ("cast to string", "CAST(i AS STRING)", "CAST(i AS VARCHAR)", "i"),
    ("cast to int", "CAST(t AS INT)", "CAST(trim(t) AS INT)", "t"),
    ("get_json_object", "get_json_object(j, '$.a')", "json_extract_string(j, '$.a')", "j"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only")
    parser.add_argument("--skep", type=Path)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    in_virtual_environment("compare", WHEELS)
    skep = (arguments.skep or build() / "release/skep").resolve()
    file = data(arguments.rows)
    chosen = [e for e in EXPRESSIONS if not arguments.only or e[0] in arguments.only.split(",")]
    results = measure(skep, file, chosen, arguments.rounds)
    lines = table(results, arguments.rows)
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / "functions.json").write_text(json.dumps(results, indent=2) + "\n")
        (arguments.output / "functions.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def measure(skep: Path, file: Path, expressions: list, rounds: int) -> dict:
    import duckdb

    peer = duckdb.connect()
    peer.execute(f"CREATE VIEW rows AS FROM '{file}'")

    def duckdb_ms(sql: str) -> float:
        started = time.perf_counter()
        peer.execute(sql).fetchall()
        return (time.perf_counter() - started) * 1000

    # Per function and engine: the whole statement, and the same with the bare columns.
    times: dict = {name: {engine: {"whole": [], "columns": []} for engine in ("skep", "duckdb")} for name, *_ in expressions}
    with tempfile.TemporaryDirectory(prefix="skep-functions-") as folder:
        warehouse = Path(folder) / "warehouse"
        create = f"CREATE TABLE rows USING parquet LOCATION '{file}'"
        subprocess.run([skep, "--warehouse", warehouse, "-e", create], check=True)
        for _ in range(rounds):
            statements = [text for e in expressions for text in (of_columns(e[3]), of_call(e[1]))]
            script = Path(folder) / "functions.sql"
            script.write_text(";\n".join(statements) + ";\n")
            command = [skep, "--warehouse", warehouse, "--format", "outcome", "--keep-going", "-f", script]
            run = subprocess.run(command, capture_output=True, text=True)
            outcomes = [json.loads(line) for line in run.stdout.splitlines()]
            for number, (name, call, theirs, columns) in enumerate(expressions):
                bare, whole = outcomes[2 * number : 2 * number + 2]
                if "error" in whole:
                    sys.exit(f"{name}: {whole['error']['message']}")
                times[name]["skep"]["columns"].append(bare["ms"])
                times[name]["skep"]["whole"].append(whole["ms"])
                times[name]["duckdb"]["columns"].append(duckdb_ms(of_columns(columns)))
                times[name]["duckdb"]["whole"].append(duckdb_ms(of_call(theirs or call)))
    return {name: {engine: medians(ms) for engine, ms in of.items()} for name, of in times.items()}


def medians(ms: dict) -> dict:
    whole, columns = (statistics.median(ms[which]) for which in ("whole", "columns"))
    return {"whole": whole, "call": max(FLOOR_MS, whole - columns)}


# The condition holds for every row, and keeps both engines from answering from the statistics of the file.
def of_columns(columns: str) -> str:
    return "SELECT " + ", ".join(f"count({c}), max({c})" for c in columns.split(", ")) + " FROM rows WHERE i <> -1"


def of_call(call: str) -> str:
    """Needs every value, and costs both engines alike."""
    return f"SELECT count({call}), max({call}) FROM rows WHERE i <> -1"


def table(results: dict, rows: int) -> list[str]:
    lines = [f"| {rows:,} rows | Skep, ms | DuckDB, ms | ratio | of the call alone |", "|---|---:|---:|---:|---:|"]
    ratios = {
        name: [times["skep"][which] / times["duckdb"][which] for which in ("whole", "call")] for name, times in results.items()
    }
    for name, times in results.items():
        skep, duckdb = (times[engine]["whole"] for engine in ("skep", "duckdb"))
        lines.append(f"| {name} | {skep:.0f} | {duckdb:.0f} | {ratios[name][0]:.2f} | {ratios[name][1]:.2f} |")
    whole, call = (statistics.geometric_mean(ratio[which] for ratio in ratios.values()) for which in (0, 1))
    lines.append(f"| geometric mean | | | {whole:.2f} | {call:.2f} |")
    above = [name for name, ratio in ratios.items() if max(ratio) > LIMIT]
    return [*lines, "", f"Above {LIMIT:.0f} times DuckDB's time: {', '.join(above) or 'none'}."]


def data(rows: int) -> Path:
    import duckdb

    file = CACHE / f"functions-{rows}.parquet"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".tmp")
        duckdb.execute(
            f"""COPY (
              SELECT CAST(i AS INTEGER) AS i, CASE WHEN i % 10 = 0 THEN NULL ELSE CAST(i % 1000 AS INTEGER) END AS n,
                substr(md5(CAST(i AS VARCHAR)), 1, 12) AS s, ' ' || CAST(i % 100000 AS VARCHAR) || ' ' AS t,
                i / 7.0::DOUBLE AS x, (i % 977 + 1)::DOUBLE AS y,
                CAST(i % 100000 AS DECIMAL(12, 2)) AS p, CAST((i % 10) / 100.0 AS DECIMAL(12, 2)) AS q,
                DATE '2020-01-01' + CAST(i % 3000 AS INTEGER) AS d, strftime(DATE '2020-01-01' + CAST(i % 3000 AS INTEGER), '%Y-%m-%d') AS ds,
                TIMESTAMP '2020-01-01' + to_seconds(i * 7) AS ts,
                '{{"a":"' || CAST(i % 1000 AS VARCHAR) || '","b":[1,2,3],"c":{{"d":' || CAST(i AS VARCHAR) || '}}}}' AS j
              FROM range({rows}) AS r(i)
            ) TO '{half}' (FORMAT parquet, COMPRESSION zstd)"""
        )
        half.rename(file)
    return file


if __name__ == "__main__":
    main()
