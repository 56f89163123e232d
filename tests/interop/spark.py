"""Spark, as the checks and the fixture need it: local, quiet, in one time zone."""

from pathlib import Path


def start(folder: Path):
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(folder / "spark-warehouse"))
        .config("spark.sql.session.timeZone", "America/Los_Angeles")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    return spark


# What makes other people's tables hard to read: names in mixed case, partition values with characters that folders
# cannot have, NULL and dates as partition values, timestamps as INT96, nested columns.
EVENTS = """
SELECT Id, Amount, At, Tags, Place, Kind, Day
FROM VALUES
  (1, 10.50BD, TIMESTAMP '2024-03-09 12:00:00', array('a', NULL), struct('Oslo' AS City, 150 AS Zip), 'plain', DATE '2024-03-09'),
  (2, -0.01BD, TIMESTAMP '2024-03-10 01:59:59.999999', array(), struct('Ulm' AS City, NULL AS Zip), 'a/b=c:d', DATE '2024-03-10'),
  (3, NULL, NULL, NULL, NULL, 'per cent %', DATE '2024-03-10'),
  (4, 99999999.99BD, TIMESTAMP '1969-12-31 23:59:59', array('x', 'y'), struct('Rome' AS City, 184 AS Zip), NULL, DATE '1999-12-31'),
  (5, 0.00BD, TIMESTAMP '2024-03-11 00:00:00', array('z'), struct('Bern' AS City, 3000 AS Zip), 'it''s "é"', NULL),
  (6, 1.00BD, TIMESTAMP '2024-11-03 01:30:00', array('q'), struct(NULL AS City, 1 AS Zip), 'UPPER', DATE '2024-03-09')
  AS rows(Id, Amount, At, Tags, Place, Kind, Day)
"""


def write_events(spark, folder: Path):
    """Writes the rows as Spark does by default, one folder for each Kind and Day."""
    rows = spark.sql(EVENTS).selectExpr("Id", "CAST(Amount AS DECIMAL(10, 2)) AS Amount", "At", "Tags", "Place", "Kind", "Day")
    rows.coalesce(1).write.partitionBy("Kind", "Day").parquet(str(folder), mode="overwrite")
