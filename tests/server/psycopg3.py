"""psycopg 3: binary and text, server-side cursors, COPY, pipelines, cancelling."""

import datetime
import decimal
import os
import threading
import time

import psycopg

QUERY = """SELECT CAST(1 AS tinyint), CAST(-3 AS smallint), 7, CAST(8 AS bigint), CAST(1.5 AS float), CAST(2.5 AS double),
    CAST(123456789012345678901234567890.12345678 AS decimal(38, 8)), CAST(-0.00012 AS decimal(20, 10)),
    CAST(99999999999999999999999999999999999999 AS decimal(38, 0)), 'text', X'00FF', DATE'2026-01-31',
    CAST('2026-01-31T10:00:00.5Z' AS timestamp), CAST('2026-01-31 10:00:00' AS timestamp_ntz), true,
    array(1, 2, NULL), array('a', 'b c'), map('a', 1), named_struct('x', 1), INTERVAL '1' DAY, CAST(NULL AS int),
    CAST(NULL AS interval day), CAST('inf' AS double)"""

EXPECTED = (
    1, -3, 7, 8, 1.5, 2.5,
    decimal.Decimal("123456789012345678901234567890.12345678"), decimal.Decimal("-0.0001200000"),
    decimal.Decimal("9" * 38), "text", b"\x00\xff", datetime.date(2026, 1, 31),
    datetime.datetime(2026, 1, 31, 10, 0, 0, 500000, tzinfo=datetime.timezone.utc),
    datetime.datetime(2026, 1, 31, 10, 0), True,
    [1, 2, None], ["a", "b c"], {"a": 1}, {"x": 1}, datetime.timedelta(days=1), None,
    None, float("inf"),
)

connection = psycopg.connect(autocommit=True)
connection.execute("SET skep.dialect = spark")
connection.execute("SET TIME ZONE 'UTC'")
for binary in (False, True):
    row = connection.cursor(binary=binary).execute(QUERY).fetchone()
    assert row == EXPECTED, (binary, row)

# The sizes of decimals and strings are told.
description = connection.execute("SELECT CAST(1 AS decimal(12, 3)) AS d").description
assert (description[0].precision, description[0].scale) == (12, 3), description

# Two sessions do not share settings.
other = psycopg.connect(autocommit=True)
other.execute("SET skep.dialect = spark")
connection.execute("SET TIME ZONE 'Asia/Tokyo'")
assert other.execute("SHOW TimeZone").fetchone() == ("UTC",)
assert connection.execute("SHOW TimeZone").fetchone() == ("Asia/Tokyo",)

# Rows in portions.
with other.transaction():
    with other.cursor(name="portions") as cursor:
        cursor.execute("SELECT * FROM range(100000)")
        assert len(cursor.fetchmany(10)) == 10
        assert sum(1 for _ in cursor) == 99990

# COPY both ways, in text and bytes.
connection.execute("CREATE TABLE copied (a int, b string, c decimal(10, 2), d date)")
rows = [(1, "one", decimal.Decimal("1.50"), datetime.date(2026, 1, 1)), (2, None, None, None)]
with connection.cursor() as cursor:
    with cursor.copy("COPY copied FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    assert cursor.rowcount == 2, cursor.rowcount
    with cursor.copy("COPY copied FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "text", "numeric", "date"])
        for row in rows:
            copy.write_row(row)
    with cursor.copy("COPY (SELECT * FROM copied ORDER BY a) TO STDOUT (FORMAT binary)") as copy:
        copy.set_types(["int4", "text", "numeric", "date"])
        assert list(copy.rows()) == [rows[0], rows[0], rows[1], rows[1]]
    try:
        with cursor.copy("COPY copied FROM STDIN") as copy:
            copy.write("9\tnine\t9.99\t2026-01-01\n")
            raise RuntimeError("the client changes its mind")
    except RuntimeError:
        pass
    assert cursor.execute("SELECT count(*) FROM copied").fetchone() == (4,)


def stops(start, sqlstate, within):
    began = time.time()
    try:
        start()
    except psycopg.Error as error:
        assert error.sqlstate == sqlstate, error
        assert time.time() - began < within, time.time() - began
    else:
        raise AssertionError("it was not stopped")


# Cancelling a query that works, and one whose rows flow.
LONG = "SELECT count(*) FROM range(100000000000) WHERE id % 7 = 3"
FLOWING = "SELECT id, id FROM range(100000000000)"
for query in (LONG, FLOWING):
    threading.Timer(1, connection.cancel).start()
    stops(lambda: connection.execute(query), "57014", 10)
    connection.execute("SET statement_timeout = '500ms'")
    stops(lambda: connection.execute(query), "57014", 10)
    connection.execute("SET statement_timeout = 0")
assert connection.execute("SELECT 1").fetchone() == (1,)

# SQLSTATEs.
for query, sqlstate in [
    ("SELEC 1", "42601"), ("SELECT * FROM nowhere", "42P01"), ("SELECT nothing", "42703"), ("SELECT nothing(1)", "42883"),
    ("SELECT 1/0", "22012"), ("SELECT CAST('x' AS int)", "22P02"), ("SELECT CAST(300 AS tinyint)", "22003"),
    ("CREATE TABLE copied (a int)", "42P07"), ("SELECT * FROM nowhere.t", "42P01"), ("CREATE DATABASE default", "42P06"),
]:
    try:
        connection.execute(query)
    except psycopg.Error as error:
        assert error.sqlstate == sqlstate, (query, error.sqlstate, error)
    else:
        raise AssertionError(query)
