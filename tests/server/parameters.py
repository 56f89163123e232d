"""Values for parameters, of every type against every type of column, in text and in bytes; types that are inferred."""

import asyncio
import datetime
import decimal

import asyncpg
import psycopg

connection = psycopg.connect(autocommit=True)
connection.execute("SET skep.dialect = spark")
connection.execute("CREATE TABLE t (i int, n decimal(12, 2), d date, s string, f double, p timestamp, y tinyint, b binary)")
DAY = datetime.date(2026, 1, 31)
MOMENT = datetime.datetime(2026, 1, 31, 12, 30, tzinfo=datetime.timezone.utc)
ROW = (1, decimal.Decimal("2.50"), DAY, "it's", 1.5, MOMENT, 7, b"\x00\xff")
for _ in range(2):
    connection.execute("INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s, %b)", ROW)
connection.execute("INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", (2,) + (None,) * 7)
connection.execute("SET TIME ZONE 'UTC'")

for binary in (False, True):
    cursor = connection.cursor(binary=binary)
    assert cursor.execute("SELECT * FROM t WHERE i = %s LIMIT 1", (1,)).fetchone() == ROW
    for column, values in {
        "i": [1, decimal.Decimal("1.0"), 1.0, "1"],
        "n": [decimal.Decimal("2.5"), 2.5, "2.50"],
        "d": [DAY, "2026-01-31"],
        "s": ["it's"],
        "f": [1.5, decimal.Decimal("1.5"), "1.5"],
        "p": [MOMENT, "2026-01-31 12:30:00+00"],
        "y": [7, "7"],
        "b": [b"\x00\xff"],
    }.items():
        for value in values:
            count = cursor.execute(f"SELECT count(*) FROM t WHERE {column} = %s", (value,)).fetchone()
            assert count == (2,), (column, value, count)
    assert cursor.execute("SELECT i FROM t WHERE n > %s AND i IN (%s, %s)", (2, 1, 2)).fetchall() == [(1,), (1,)]
    assert cursor.execute("SELECT %s + i FROM t LIMIT %s", (5, 1)).fetchone() == (6,)
    assert cursor.execute("SELECT %s", (None,)).fetchone() == (None,)
    assert cursor.execute("SELECT %s", ("text",)).fetchone() == ("text",)

# A statement that is prepared runs many times.
for n in range(12):
    assert connection.execute("SELECT count(*) FROM t WHERE i < %s", (n,), prepare=True).fetchone() == (min(max(n - 1, 0), 1) * 2 + (n > 2),)

# A pipeline: an error stops what follows up to its end.
with connection.pipeline():
    results = [connection.execute("SELECT %s", (n,)) for n in range(50)]
    assert [result.fetchone()[0] for result in results] == list(range(50))

try:
    connection.execute("SELECT i FROM t WHERE i = %s", ("no number",))
except psycopg.errors.InvalidTextRepresentation:
    pass
else:
    raise AssertionError("that is no number")

# So many that a Bind message can just count them.
values = list(range(64000))
found = connection.execute("SELECT count(*) FROM t WHERE i IN (" + ", ".join(["%s"] * len(values)) + ")", values).fetchone()
assert found == (3,), found


async def inferred():
    connection = await asyncpg.connect()
    statement = await connection.prepare("SELECT i FROM t WHERE n = $1 AND d = $2 AND s = $3 AND f = $4 LIMIT $5")
    names = [parameter.name for parameter in statement.get_parameters()]
    assert names == ["numeric", "date", "text", "float8", "int4"], names
    assert [row["i"] for row in await statement.fetch(decimal.Decimal("2.50"), DAY, "it's", 1.5, 9)] == [1, 1]
    await connection.execute("INSERT INTO t (i, n, d) VALUES ($1, $2, $3)", 3, decimal.Decimal("9.99"), DAY)
    assert await connection.fetchval("SELECT n FROM t WHERE i = $1", 3) == decimal.Decimal("9.99")
    assert await connection.fetchval("SELECT $1::int + 1", 4) == 5
    await connection.close()


asyncio.run(inferred())
