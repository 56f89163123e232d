"""Other engines read what Skep wrote, and Skep reads what Spark wrote: check.py SKEP

Every answer is compared between the engines; the last line says which took part. Spark takes part if pyspark is there.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import spark as engine

# A table by Skep: several files, partition values with characters that folders cannot have, NULLs, every type that
# all three engines have.
WRITE = """
SET TIME ZONE 'America/Los_Angeles';
CREATE TABLE sales (
  id BIGINT, Customer STRING, amount DECIMAL(12, 2), rate DOUBLE, at TIMESTAMP, fine BOOLEAN, kind STRING, day DATE
) USING parquet PARTITIONED BY (kind, day);
INSERT INTO sales
SELECT
  id,
  concat('c', CAST(id % 7 AS STRING)),
  CAST(id * 1.25 AS DECIMAL(12, 2)),
  id / 3,
  TIMESTAMP '2024-03-10 00:00:00' + make_dt_interval(0, 0, CAST(id AS INT)),
  id % 5 = 0,
  CASE id % 4 WHEN 0 THEN 'a/b' WHEN 1 THEN 'x=y:z' WHEN 2 THEN 'per cent %' END,
  date_add(DATE '2024-02-27', CAST(id % 4 AS INT))
FROM range(1000);
INSERT OVERWRITE sales PARTITION (kind = 'a/b', day = DATE '2024-02-27')
SELECT id, Customer, amount + 1, rate, at, fine FROM sales WHERE kind = 'a/b' AND day = DATE '2024-02-27';
"""

# Understood by all; rows come back as text.
TOTALS = """
SELECT kind, CAST(day AS STRING), count(*), sum(id), CAST(sum(amount) AS STRING), count(DISTINCT Customer),
  CAST(max(fine) AS STRING)
FROM {table} GROUP BY kind, day ORDER BY kind NULLS FIRST, day
"""

READ = """
SELECT ID, CAST(amount AS STRING), CAST(at AS STRING), try_element_at(tags, 1), place.city, kind, CAST(day AS STRING)
FROM {table} ORDER BY id
"""


def main(skep: str) -> str:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        warehouse = folder / "warehouse"
        run_skep(skep, warehouse, WRITE)
        files = written_files(warehouse)
        ours = run_skep(skep, warehouse, TOTALS.format(table="sales"))
        duck = duckdb.sql(
            TOTALS.format(table=f"read_parquet('{common_folder(files)}/**/*.parquet', hive_partitioning=true, hive_types={{'kind': VARCHAR, 'day': DATE}})")
        ).fetchall()
        same("DuckDB reads Skep's table", [[text(cell) for cell in row] for row in duck], ours)
        try:
            import pyspark
        except ImportError:
            return f"DuckDB {duckdb.__version__} agrees; Spark was skipped (no Java 17)"

        spark = engine.start(folder)
        table_folder = str(common_folder(files))
        spark.read.option("mergeSchema", "true").parquet(table_folder).createOrReplaceTempView("sales")
        theirs = [[text(cell) for cell in row] for row in spark.sql(TOTALS.format(table="sales")).collect()]
        same("Spark reads Skep's table", theirs, ours)

        engine.write_events(spark, folder / "events")
        spark.read.parquet(str(folder / "events")).createOrReplaceTempView("events")
        query = READ.format(table="events")
        theirs = [[text(cell) for cell in row] for row in spark.sql(query).collect()]
        ours = run_skep(skep, warehouse, f"""
            SET TIME ZONE 'America/Los_Angeles';
            CREATE TABLE events (
              Id INT, Amount DECIMAL(10, 2), At TIMESTAMP, Tags ARRAY<STRING>, Place STRUCT<City: STRING, Zip: INT>,
              Kind STRING, Day DATE
            ) USING parquet PARTITIONED BY (Kind, Day) LOCATION '{folder}/events';
            MSCK REPAIR TABLE events;
            {query}""", skip=1)
        same("Skep reads Spark's table", theirs, ours)
        return f"DuckDB {duckdb.__version__} and Spark {pyspark.__version__} agree"


def run_skep(skep: str, warehouse: Path, script: str, skip: int = 0) -> list[list[str]]:
    """Runs the script; gives the rows without the first `skip`."""
    command = [skep, "--warehouse", str(warehouse), "--format", "tsv", "-f", "-"]
    result = subprocess.run(command, input=script, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"skep failed:\n{result.stderr}")
    return [line.split("\t") for line in result.stdout.splitlines()[skip:]]


def written_files(warehouse: Path) -> list[str]:
    """What a reader without a metastore finds: data files only, nothing staged."""
    files = sorted(str(path) for path in warehouse.rglob("*.parquet"))
    strays = [name for name in files if any(part.startswith(("_", ".")) for part in Path(name).relative_to(warehouse).parts)]
    if strays or not files:
        sys.exit(f"stray files: {strays}, of {len(files)}")
    return files


def common_folder(files: list[str]) -> Path:
    """The table's folder: the one above the partitions."""
    return next(parent for parent in Path(files[0]).parents if "=" not in str(parent))


def text(value) -> str:
    """A cell as Skep prints it."""
    return "NULL" if value is None else str(value)


def same(what: str, expected: list[list[str]], actual: list[list[str]]) -> None:
    if expected != actual:
        rows = [f"  {e}\n  {a}" for e, a in zip(expected, actual) if e != a][:5]
        sys.exit(f"{what}: {len(expected)} and {len(actual)} rows; they differ:\n" + "\n".join(rows))
    print(f"{what}: {len(actual)} rows agree")


if __name__ == "__main__":
    print(main(sys.argv[1]))
