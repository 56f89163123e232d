"""psycopg2: the simple protocol, named cursors, copy_expert."""

import io

import psycopg2

connection = psycopg2.connect("options='-c skep.dialect=spark'")
cursor = connection.cursor()
cursor.execute("SELECT 1, 'x'")
assert cursor.fetchall() == [(1, "x")]
named = connection.cursor("named")
named.execute("SELECT * FROM range(5000)")
assert sum(1 for _ in named) == 5000
connection.commit()
cursor.execute("CREATE TABLE t (a int, b string)")
cursor.copy_expert("COPY t FROM STDIN WITH CSV", io.StringIO("1,one\n2,two\n"))
assert cursor.rowcount == 2
out = io.StringIO()
cursor.copy_expert("COPY (SELECT * FROM t ORDER BY a) TO STDOUT WITH CSV HEADER", out)
assert out.getvalue() == "a,b\n1,one\n2,two\n", out.getvalue()
connection.commit()
