//! The statements there are, by name and form: one list for the shell's help and the documentation.
//!
//! It does not parse; `sql::parse` is the grammar.

/// Statements by their first words, and their forms.
pub static STATEMENTS: &[(&str, &str)] = &[
    ("ADD FILE", "ADD FILE[S] path …"),
    (
        "ALTER DATABASE",
        "ALTER DATABASE name SET DBPROPERTIES (key = value, …) | UNSET DBPROPERTIES [IF EXISTS] (key, …)\n\
         ALTER DATABASE name SET LOCATION 'path'\n\
         ALTER DATABASE name OWNER TO user",
    ),
    (
        "ALTER TABLE",
        "ALTER TABLE name RENAME TO new_name\n\
         ALTER TABLE name ADD COLUMNS (column type [COMMENT 'text'] [FIRST | AFTER column], …)\n\
         ALTER TABLE name DROP COLUMN[S] [IF EXISTS] (column, …)\n\
         ALTER TABLE name REPLACE COLUMNS (column type [COMMENT 'text'], …)\n\
         ALTER TABLE name RENAME COLUMN column TO new_name\n\
         ALTER TABLE name ALTER COLUMN column TYPE type | COMMENT 'text' | FIRST | AFTER column\n  \
         | SET DEFAULT value | DROP DEFAULT\n\
         ALTER TABLE name CHANGE [COLUMN] column new_name type [COMMENT 'text'] [FIRST | AFTER column]\n\
         ALTER TABLE name CLUSTER BY (column, …) | CLUSTER BY NONE\n\
         ALTER TABLE name SET TBLPROPERTIES (key = value, …) | UNSET TBLPROPERTIES [IF EXISTS] (key, …)\n\
         ALTER TABLE name [PARTITION (…)] SET LOCATION 'path'\n\
         ALTER TABLE name [PARTITION (…)] SET SERDEPROPERTIES (key = value, …)\n\
         ALTER TABLE name ADD [IF NOT EXISTS] PARTITION (column = value, …) [LOCATION 'path'] …\n\
         ALTER TABLE name DROP [IF EXISTS] PARTITION (column = value, …), … [PURGE]\n\
         ALTER TABLE name PARTITION (…) RENAME TO PARTITION (…)\n\
         ALTER TABLE name RECOVER PARTITIONS\n\
         ALTER TABLE name OWNER TO user",
    ),
    (
        "ALTER USER",
        "ALTER USER | ROLE name [PASSWORD 'text' | NULL] [LOGIN | NOLOGIN] [SUPERUSER | NOSUPERUSER] …\n\
         ALTER USER | ROLE name SET key = value | RESET key | RESET ALL\n\
         ALTER USER | ROLE name RENAME TO new_name",
    ),
    (
        "ALTER VIEW",
        "ALTER VIEW name AS query | RENAME TO new_name\n\
         ALTER VIEW name SET TBLPROPERTIES (key = value, …) | UNSET TBLPROPERTIES [IF EXISTS] (key, …)\n\
         ALTER VIEW name OWNER TO user\n\
         ALTER VIEW name WITH SCHEMA BINDING | COMPENSATION | TYPE EVOLUTION | EVOLUTION",
    ),
    (
        "ANALYZE TABLE",
        "ANALYZE TABLE name [PARTITION (column [= value], …)] COMPUTE STATISTICS\n  \
         [NOSCAN | FOR COLUMNS column, … | FOR ALL COLUMNS]\n\
         ANALYZE TABLES [IN database] COMPUTE STATISTICS [NOSCAN]",
    ),
    (
        "BEGIN",
        "[label:] BEGIN\n  \
         [DECLARE variable, … type [DEFAULT expression];] …\n  \
         [DECLARE condition CONDITION [FOR SQLSTATE 'state'];] …\n  \
         [DECLARE EXIT HANDLER FOR condition, … | SQLSTATE 'state' | SQLEXCEPTION | NOT FOUND statement;] …\n  \
         [statement;] …\n\
         END\n\
         IF condition THEN statement; … [ELSEIF condition THEN statement; …] … [ELSE statement; …] END IF\n\
         CASE [expression] WHEN expression THEN statement; … [ELSE statement; …] END CASE\n\
         [label:] WHILE condition DO statement; … END WHILE [label]\n\
         [label:] REPEAT statement; … UNTIL condition END REPEAT [label]\n\
         [label:] LOOP statement; … END LOOP [label]\n\
         [label:] FOR [row AS] query DO statement; … END FOR [label]\n\
         LEAVE label | ITERATE label",
    ),
    ("CACHE TABLE", "CACHE [LAZY] TABLE name [OPTIONS (key = value, …)] [[AS] query]"),
    ("CLEAR CACHE", "CLEAR CACHE"),
    ("COMMENT ON", "COMMENT ON TABLE | DATABASE name IS 'text' | NULL"),
    (
        "CREATE DATABASE",
        "CREATE DATABASE [IF NOT EXISTS] name [COMMENT 'text'] [LOCATION 'path']\n  [WITH DBPROPERTIES (key = value, …)]",
    ),
    (
        "CREATE FUNCTION",
        "CREATE [OR REPLACE] [TEMPORARY] FUNCTION [IF NOT EXISTS] name\n  \
         ([parameter type [DEFAULT value] [COMMENT 'text'], …])\n  \
         [RETURNS type | RETURNS TABLE [(column type, …)]]\n  \
         [LANGUAGE SQL] [[NOT] DETERMINISTIC] [COMMENT 'text'] [CONTAINS SQL | READS SQL DATA]\n  \
         RETURN expression | query",
    ),
    (
        "CREATE TABLE",
        "CREATE [EXTERNAL] TABLE [IF NOT EXISTS] name [(column type [NOT NULL] [DEFAULT value] [COMMENT 'text'], …)]\n  \
         [USING parquet | csv | json] [OPTIONS (key = value, …)] [PARTITIONED BY (column [type], …)]\n  \
         [CLUSTERED BY (column, …) [SORTED BY (column, …)] INTO n BUCKETS | CLUSTER BY (column, …)]\n  \
         [STORED AS PARQUET] [LOCATION 'path'] [COMMENT 'text'] [TBLPROPERTIES (key = value, …)]\n  \
         [AS query]\n\
         CREATE OR REPLACE TABLE name …\n\
         CREATE TABLE [IF NOT EXISTS] name LIKE other",
    ),
    (
        "CREATE USER",
        "CREATE USER | ROLE [IF NOT EXISTS] name [PASSWORD 'text'] [LOGIN | NOLOGIN] [SUPERUSER] [READ ONLY | READ WRITE]\n  \
         [VALID UNTIL 'timestamp'] [CONNECTION LIMIT n] [QUERY LIMIT n] [MEMORY LIMIT 'size' | n %] [TIME LIMIT 'time']\n  \
         [ROW LIMIT n] [COMMENT 'text'] [IN ROLE name, …] [ROLE name, …] [ADMIN name, …]",
    ),
    (
        "CREATE VIEW",
        "CREATE [OR REPLACE] [TEMPORARY] VIEW [IF NOT EXISTS] name [(column [COMMENT 'text'], …)]\n  \
         [COMMENT 'text'] [TBLPROPERTIES (key = value, …)]\n  \
         [WITH SCHEMA BINDING | COMPENSATION | TYPE EVOLUTION | EVOLUTION] AS query\n\
         CREATE [OR REPLACE] TEMPORARY VIEW name [(column type, …)] USING format [OPTIONS (key = value, …)]",
    ),
    ("DECLARE", "DECLARE [OR REPLACE] [VARIABLE] name, … [type] [DEFAULT expression]"),
    (
        "DESCRIBE",
        "DESCRIBE [TABLE] [EXTENDED | FORMATTED] name [PARTITION (…)] [column]\n\
         DESCRIBE [TABLE] EXTENDED name [PARTITION (…)] AS JSON\n\
         DESCRIBE DATABASE [EXTENDED] name\n\
         DESCRIBE FUNCTION [EXTENDED] name\n\
         DESCRIBE [QUERY] query",
    ),
    ("DROP DATABASE", "DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]"),
    ("DROP FUNCTION", "DROP [TEMPORARY] FUNCTION [IF EXISTS] name"),
    ("DROP TABLE", "DROP TABLE [IF EXISTS] name [PURGE]"),
    ("DROP USER", "DROP USER | ROLE [IF EXISTS] name, … [CASCADE | RESTRICT]"),
    ("DROP VARIABLE", "DROP TEMPORARY VARIABLE [IF EXISTS] name"),
    ("DROP VIEW", "DROP VIEW [IF EXISTS] name"),
    ("EXECUTE IMMEDIATE", "EXECUTE IMMEDIATE text [INTO variable, …] [USING expression [AS name], …]"),
    ("EXPLAIN", "EXPLAIN [EXTENDED | FORMATTED | COST | CODEGEN | ANALYZE] statement"),
    (
        "GRANT",
        "GRANT privilege [(column, …)], … | ALL ON object, … TO user, … | PUBLIC [WITH GRANT OPTION]\n\
         GRANT role, … TO user, … [WITH ADMIN OPTION]\n\
         object: [TABLE | VIEW] name | DATABASE name | FUNCTION name | WAREHOUSE | PATH 'path'\n  \
         | ALL TABLES | FUNCTIONS IN DATABASE name",
    ),
    (
        "INSERT",
        "INSERT INTO [TABLE] name [PARTITION (column [= value], …)] [(column, …) | BY NAME] query\n\
         INSERT OVERWRITE [TABLE] name [PARTITION (column [= value], …) [IF NOT EXISTS]] [(column, …) | BY NAME] query\n\
         INSERT OVERWRITE [LOCAL] DIRECTORY 'path' USING format [OPTIONS (key = value, …)] query\n\
         FROM table INSERT … SELECT … [INSERT … SELECT …] …\n\
         WITH name AS (query), … INSERT …",
    ),
    ("KILL QUERY", "KILL QUERY number"),
    ("LIST FILES", "LIST FILE[S] [path …]"),
    ("LOAD DATA", "LOAD DATA [LOCAL] INPATH 'path' [OVERWRITE] INTO TABLE name [PARTITION (column = value, …)]"),
    ("MSCK REPAIR TABLE", "[MSCK] REPAIR TABLE name [ADD | DROP | SYNC PARTITIONS]"),
    ("REASSIGN OWNED", "REASSIGN OWNED BY user, … TO user"),
    ("REFRESH", "REFRESH [TABLE] name | REFRESH FUNCTION name | REFRESH 'path'"),
    ("RESET", "RESET [key]"),
    (
        "REVOKE",
        "REVOKE [GRANT OPTION FOR] privilege [(column, …)], … | ALL ON object, … FROM user, … | PUBLIC\n  \
         [CASCADE | RESTRICT]\n\
         REVOKE [ADMIN OPTION FOR] role, … FROM user, …",
    ),
    (
        "SELECT",
        "[WITH [RECURSIVE] name [(column, …)] AS (query), …]\n\
         SELECT [DISTINCT] expression [[AS] alias], … \n  \
         FROM table | (query) | VALUES (…), … [[AS] alias]\n    \
         [TABLESAMPLE (n PERCENT | n ROWS)] [PIVOT (…) | UNPIVOT (…)]\n    \
         [[INNER | CROSS | LEFT | RIGHT | FULL | SEMI | ANTI] JOIN [LATERAL] … ON … | USING (column, …)]\n  \
         [LATERAL VIEW [OUTER] generator(…) alias AS column, …]\n  \
         [WHERE condition] [GROUP BY expression, … | ALL | ROLLUP (…) | CUBE (…) | GROUPING SETS (…)]\n  \
         [HAVING condition] [WINDOW name AS (…), …] [QUALIFY condition]\n\
         [UNION | EXCEPT | INTERSECT [ALL | DISTINCT] query]\n\
         [ORDER BY expression [ASC | DESC] [NULLS FIRST | LAST], …] [LIMIT n] [OFFSET n]\n\
         SELECT TRANSFORM (expression, …) [ROW FORMAT DELIMITED …] USING 'command' [AS (column [type], …)]\n  \
         [ROW FORMAT DELIMITED …] FROM …\n\
         FROM table |> operator [|> operator] …",
    ),
    ("SET", "SET [-v] [key [= value]]\nSET TIME ZONE 'zone' | LOCAL | INTERVAL …\nSET CATALOG spark_catalog"),
    ("SET ROLE", "SET ROLE name | NONE"),
    ("SET VARIABLE", "SET VARIABLE name = expression | DEFAULT, …\nSET VARIABLE (name, …) = (query)"),
    (
        "SHOW",
        "SHOW CATALOGS [LIKE 'pattern']\n\
         SHOW DATABASES [LIKE 'pattern']\n\
         SHOW CURRENT DATABASE\n\
         SHOW TABLES [IN database] [LIKE 'pattern']\n\
         SHOW TABLE EXTENDED [IN database] LIKE 'pattern' [PARTITION (…)]\n\
         SHOW VIEWS [IN database] [LIKE 'pattern']\n\
         SHOW COLUMNS IN table [IN database]\n\
         SHOW PARTITIONS table [PARTITION (…)]\n\
         SHOW CREATE TABLE table\n\
         SHOW TBLPROPERTIES table [(key)]\n\
         SHOW [USER | SYSTEM | ALL] FUNCTIONS [IN database] [LIKE 'pattern']\n\
         SHOW USERS | ROLES | CURRENT ROLES\n\
         SHOW GRANTS [FOR user] [ON object]",
    ),
    ("TABLE", "TABLE name"),
    ("TRUNCATE TABLE", "TRUNCATE TABLE name [PARTITION (…)]"),
    ("UNCACHE TABLE", "UNCACHE TABLE [IF EXISTS] name"),
    ("USE", "USE [DATABASE] name"),
    ("VALUES", "VALUES (expression, …), … [AS alias (column, …)]"),
];
