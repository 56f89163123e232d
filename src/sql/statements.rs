//! The statements there are, by name and form: one list for the shell's help and the documentation.
//!
//! It does not parse; `sql::parse` is the grammar.

/// Statements by their first words, and their forms.
pub static STATEMENTS: &[(&str, &str)] = &[
    ("ALTER DATABASE", "ALTER DATABASE name SET DBPROPERTIES (key = value, …) | SET LOCATION 'path'"),
    (
        "ALTER TABLE",
        "ALTER TABLE name RENAME TO new_name\n\
         ALTER TABLE name ADD COLUMNS (column type [COMMENT 'text'] [FIRST | AFTER column], …)\n\
         ALTER TABLE name DROP COLUMN[S] [IF EXISTS] (column, …)\n\
         ALTER TABLE name RENAME COLUMN column TO new_name\n\
         ALTER TABLE name ALTER COLUMN column TYPE type | COMMENT 'text' | FIRST | AFTER column\n\
         ALTER TABLE name SET TBLPROPERTIES (key = value, …) | UNSET TBLPROPERTIES [IF EXISTS] (key, …)\n\
         ALTER TABLE name [PARTITION (…)] SET LOCATION 'path'\n\
         ALTER TABLE name ADD [IF NOT EXISTS] PARTITION (column = value, …) [LOCATION 'path'] …\n\
         ALTER TABLE name DROP [IF EXISTS] PARTITION (column = value, …), … [PURGE]\n\
         ALTER TABLE name PARTITION (…) RENAME TO PARTITION (…)\n\
         ALTER TABLE name RECOVER PARTITIONS",
    ),
    ("ALTER VIEW", "ALTER VIEW name AS query | RENAME TO new_name | SET TBLPROPERTIES (key = value, …)"),
    (
        "CREATE DATABASE",
        "CREATE DATABASE [IF NOT EXISTS] name [COMMENT 'text'] [LOCATION 'path']\n  [WITH DBPROPERTIES (key = value, …)]",
    ),
    (
        "CREATE TABLE",
        "CREATE [EXTERNAL] TABLE [IF NOT EXISTS] name [(column type [NOT NULL] [DEFAULT value] [COMMENT 'text'], …)]\n  \
         [USING parquet | csv | json] [OPTIONS (key = value, …)] [PARTITIONED BY (column [type], …)]\n  \
         [STORED AS PARQUET] [LOCATION 'path'] [COMMENT 'text'] [TBLPROPERTIES (key = value, …)]\n  \
         [AS query]\n\
         CREATE TABLE [IF NOT EXISTS] name LIKE other",
    ),
    (
        "CREATE VIEW",
        "CREATE [OR REPLACE] [TEMPORARY] VIEW [IF NOT EXISTS] name [(column [COMMENT 'text'], …)]\n  \
         [COMMENT 'text'] [TBLPROPERTIES (key = value, …)] AS query",
    ),
    (
        "DESCRIBE",
        "DESCRIBE [TABLE] [EXTENDED | FORMATTED] name [PARTITION (…)] [column]\n\
         DESCRIBE DATABASE [EXTENDED] name\n\
         DESCRIBE FUNCTION [EXTENDED] name\n\
         DESCRIBE [QUERY] query",
    ),
    ("DROP DATABASE", "DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]"),
    ("DROP TABLE", "DROP TABLE [IF EXISTS] name [PURGE]"),
    ("DROP VIEW", "DROP VIEW [IF EXISTS] name"),
    ("EXPLAIN", "EXPLAIN [EXTENDED | FORMATTED | COST | ANALYZE] statement"),
    (
        "INSERT",
        "INSERT INTO [TABLE] name [PARTITION (column [= value], …)] [(column, …) | BY NAME] query\n\
         INSERT OVERWRITE [TABLE] name [PARTITION (column [= value], …)] [(column, …) | BY NAME] query",
    ),
    ("MSCK REPAIR TABLE", "MSCK REPAIR TABLE name [ADD | DROP | SYNC PARTITIONS]"),
    ("REFRESH", "REFRESH [TABLE] name"),
    ("RESET", "RESET [key]"),
    (
        "SELECT",
        "[WITH name AS (query), …]\n\
         SELECT [DISTINCT] expression [[AS] alias], … \n  \
         FROM table | (query) | VALUES (…), … [[AS] alias] [[INNER | CROSS | LEFT | RIGHT | FULL | SEMI | ANTI] JOIN … ON …]\n  \
         [LATERAL VIEW [OUTER] generator(…) alias AS column, …]\n  \
         [WHERE condition] [GROUP BY expression, … | ALL | ROLLUP (…) | CUBE (…) | GROUPING SETS (…)]\n  \
         [HAVING condition] [QUALIFY condition]\n\
         [UNION | EXCEPT | INTERSECT [ALL | DISTINCT] query]\n\
         [ORDER BY expression [ASC | DESC] [NULLS FIRST | LAST], …] [LIMIT n] [OFFSET n]",
    ),
    ("SET", "SET [-v] [key [= value]]\nSET TIME ZONE 'zone' | LOCAL"),
    (
        "SHOW",
        "SHOW DATABASES [LIKE 'pattern']\n\
         SHOW TABLES [EXTENDED] [IN database] [LIKE 'pattern']\n\
         SHOW VIEWS [IN database] [LIKE 'pattern']\n\
         SHOW COLUMNS IN table\n\
         SHOW PARTITIONS table [PARTITION (…)]\n\
         SHOW CREATE TABLE table\n\
         SHOW TBLPROPERTIES table [(key)]\n\
         SHOW FUNCTIONS [LIKE 'pattern']",
    ),
    ("TRUNCATE TABLE", "TRUNCATE TABLE name [PARTITION (…)]"),
    ("USE", "USE [DATABASE] name"),
    ("VALUES", "VALUES (expression, …), … [AS alias (column, …)]"),
];
