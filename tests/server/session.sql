SET skep.dialect = spark;
-- Types in text.
SELECT true AS b, CAST(1 AS tinyint) AS t, CAST(1e20 AS double) AS f, CAST('nan' AS double) AS n, CAST(1.5 AS float) AS r;
SELECT CAST(99999999999999999999.123456789012345678 AS decimal(38, 18)) AS d, CAST(-0.001 AS decimal(10, 3)) AS small;
SELECT array(1, 2, NULL) AS a, array('a b', 'NULL', '') AS q, map('a', 1) AS m, named_struct('x', 1, 'y', array('z')) AS s;
SELECT CAST(NULL AS interval day) AS i;
SHOW server_version;
SELECT 1 AS one; SELECT 2 AS two;

-- A block that fails stays failed until it ends.
BEGIN;
SELECT 1/0;
SELECT 1;
SAVEPOINT s;
ROLLBACK;
BEGIN;
SAVEPOINT s;
SELECT nothing;
ROLLBACK TO s;
SELECT 3 AS three;
COMMIT;
COMMIT;
ROLLBACK TO s;

-- Cursors.
DECLARE c CURSOR FOR SELECT * FROM range(10);
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM range(10);
DECLARE c CURSOR FOR SELECT 1;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM range(10);
FETCH 2 FROM c;
MOVE 3 IN c;
FETCH ABSOLUTE 8 FROM c;
FETCH BACKWARD 1 FROM c;
COMMIT;
DECLARE h CURSOR WITH HOLD FOR SELECT * FROM range(3);
FETCH ALL FROM h;
FETCH ALL FROM h;
CLOSE h;
CLOSE h;

-- Parameters of the session.
SET TIME ZONE 'America/New_York';
SHOW TimeZone;
SELECT CAST('2026-07-01T12:00:00Z' AS timestamp) AS zoned;
RESET TimeZone;
SET extra_float_digits = 3;
SET client_encoding TO latin1;
SET nonsense = 1;
SHOW nonsense;
SET statement_timeout = '2s';
SHOW statement_timeout;
DISCARD ALL;
SHOW statement_timeout;
LISTEN changes;
UNLISTEN *;

-- Writing, and COPY both ways.
CREATE TABLE t (a int, b decimal(10, 2), c string);
INSERT INTO t VALUES (1, 2.5, 'x'), (2, 3.5, NULL);
COPY t FROM STDIN;
3	4.25	tab\there
4	\N	\N
\.
COPY t (a, c) FROM STDIN WITH (FORMAT csv, HEADER);
a,c
5,"quoted, ""text"""
6,
\.
COPY t FROM STDIN;
7	8
\.
COPY t FROM STDIN;
8	1.5	fine
nine	1.5	not a number
\.
COPY (SELECT * FROM t ORDER BY a) TO STDOUT;
COPY (SELECT * FROM t ORDER BY a) TO STDOUT WITH (FORMAT csv, HEADER, NULL 'null');
COPY t TO '/tmp/file';
CREATE TABLE copied AS SELECT * FROM t;
DROP TABLE t;
SELECT * FROM t;
BEGIN READ ONLY;
INSERT INTO copied VALUES (9, 9.5, 'never');
ROLLBACK;
SET default_transaction_read_only TO on;
DROP TABLE copied;
BEGIN READ WRITE;
TRUNCATE TABLE copied;
COMMIT;
COPY copied FROM STDIN;
SET default_transaction_read_only TO off;
SELECT count(*) FROM copied;
