"""Writes tests/fixtures/spark/events anew, the Spark table that tests/sql/spark_files.slt reads: fixture.py

It needs pyspark==4.1.4 and Java 17. The files are committed; nothing runs this but a developer who changes the rows.
"""

import tempfile
from pathlib import Path

import spark as engine

if __name__ == "__main__":
    folder = Path(__file__).resolve().parent.parent / "fixtures/spark/events"
    with tempfile.TemporaryDirectory() as home:
        engine.write_events(engine.start(Path(home)), folder)
