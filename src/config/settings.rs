//! Every setting that Skep honours, and those of Spark's it refuses because ignoring them would change answers.

use crate::types::text::BinaryStyle;

/// One setting, with all that `SET -v` and the documentation tell of it.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    pub default: &'static str,
    pub kind: Kind,
    /// One sentence or more.
    pub meaning: &'static str,
    /// Version of Skep, or for Spark's settings of Spark, that had it first.
    pub since: &'static str,
    /// Whether SET may change it while Skep runs.
    pub at_run_time: bool,
}

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Flag,
    Number {
        min: u64,
    },
    /// A number, or `auto`.
    Auto,
    /// A size in bytes with a unit, or `auto`.
    Bytes,
    OneOf(&'static [&'static str]),
    TimeZone,
    Text,
}

const fn setting(
    name: &'static str,
    default: &'static str,
    kind: Kind,
    since: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { name, default, kind, meaning, since, at_run_time: true }
}

const fn at_start(
    name: &'static str,
    default: &'static str,
    kind: Kind,
    since: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { name, default, kind, meaning, since, at_run_time: false }
}

/// By name.
pub static SETTINGS: &[Setting] = &[
    setting(
        "hive.exec.dynamic.partition",
        "true",
        Kind::Flag,
        "0.1.0",
        "Whether INSERT may find partitions from the rows.",
    ),
    setting(
        "hive.exec.dynamic.partition.mode",
        "nonstrict",
        Kind::OneOf(&["strict", "nonstrict"]),
        "0.1.0",
        "In strict mode an INSERT must name the value of at least one partition column.",
    ),
    at_start(
        "skep.audit.log",
        "auto",
        Kind::Text,
        "0.1.0",
        "The file to which a line of JSON is appended for each login and statement, or `off`; `auto` is \
         `.audit/audit.jsonl` in the warehouse, for what comes in through a server.",
    ),
    setting(
        "skep.batch_size",
        "8192",
        Kind::Number { min: 1 },
        "0.1.0",
        "Rows that operators pass to one another at a time.",
    ),
    setting(
        "skep.cache.limit",
        "1g",
        Kind::Bytes,
        "0.1.0",
        "Memory that rows of CACHE TABLE and of scripts may take, of all sessions together; the rest is kept on disk. \
         They count towards `skep.memory.limit` too.",
    ),
    setting(
        "skep.dialect",
        "spark",
        Kind::OneOf(&["spark", "postgres"]),
        "0.1.0",
        "The SQL that the session speaks: that of Spark, or that of PostgreSQL.",
    ),
    at_start(
        "skep.memory.limit",
        "auto",
        Kind::Bytes,
        "0.1.0",
        "Memory that statements may use before they spill to disk or fail; `auto` is three quarters of what the machine \
         or the control group has.",
    ),
    setting(
        "skep.optimizer.disabled",
        "",
        Kind::Text,
        "0.1.0",
        "Optimizer rules that are not run, by name, with commas between.",
    ),
    setting(
        "skep.parquet.compression",
        "zstd",
        Kind::OneOf(&["zstd", "snappy", "lz4", "gzip", "brotli", "uncompressed"]),
        "0.1.0",
        "How the pages of new Parquet files are compressed.",
    ),
    at_start(
        "skep.queries.kept",
        "1000",
        Kind::Number { min: 0 },
        "0.1.0",
        "How many statements that ended a process remembers.",
    ),
    at_start(
        "skep.queries.running",
        "auto",
        Kind::Auto,
        "0.1.0",
        "How many queries of all sessions may run at the same time; the others wait, users in turn. `auto` is no limit in \
         the shell, and 8 for each core in a server.",
    ),
    at_start(
        "skep.server.connections",
        "500",
        Kind::Number { min: 1 },
        "0.1.0",
        "How many connections a server keeps open; the next one is refused.",
    ),
    at_start(
        "skep.server.grace",
        "30",
        Kind::Number { min: 0 },
        "0.1.0",
        "Seconds that queries may still run when the server is told to stop; they are cancelled then.",
    ),
    at_start(
        "skep.server.http",
        "127.0.0.1:8090",
        Kind::Text,
        "0.1.0",
        "Address and port on which `skep server` speaks HTTP, or `off`; as --http.",
    ),
    at_start(
        "skep.server.insecure",
        "false",
        Kind::Flag,
        "0.1.0",
        "Whether a server lets clients in without a password, and listens on any address without TLS; as --insecure.",
    ),
    at_start(
        "skep.server.postgres",
        "127.0.0.1:5433",
        Kind::Text,
        "0.1.0",
        "Address and port on which `skep server` speaks the PostgreSQL protocol, or `off`; as --postgres.",
    ),
    at_start(
        "skep.server.tls.certificate",
        "",
        Kind::Text,
        "0.1.0",
        "File with the certificates (PEM) that a server shows; as --tls-cert.",
    ),
    at_start(
        "skep.server.tls.key",
        "",
        Kind::Text,
        "0.1.0",
        "File with the private key (PEM) of the first certificate; as --tls-key.",
    ),
    at_start(
        "skep.spill.directory",
        "",
        Kind::Text,
        "0.1.0",
        "Where operators put what does not fit in memory; a folder of the system's for temporary files if empty.",
    ),
    at_start("skep.spill.limit", "100g", Kind::Bytes, "0.1.0", "Disk space that operators may use for spilling."),
    setting(
        "skep.threads",
        "auto",
        Kind::Auto,
        "0.1.0",
        "Partitions that a statement works on at the same time; `auto` is one for each core.",
    ),
    at_start(
        "skep.transform.enabled",
        "true",
        Kind::Flag,
        "0.1.0",
        "Whether SELECT TRANSFORM may run commands of the operating system, as the user that Skep runs as.",
    ),
    setting(
        "spark.sql.ansi.doubleQuotedIdentifiers",
        "false",
        Kind::Flag,
        "3.4.0",
        "Whether, in ANSI mode, text in double quotes is a name and not a string.",
    ),
    setting(
        "spark.sql.ansi.enabled",
        "true",
        Kind::Flag,
        "3.0.0",
        "Whether overflows, bad casts and the like are errors rather than NULL.",
    ),
    setting(
        "spark.sql.ansi.enforceReservedKeywords",
        "false",
        Kind::Flag,
        "3.3.0",
        "Whether, in ANSI mode, reserved words cannot be names.",
    ),
    setting(
        "spark.sql.binaryOutputStyle",
        "UTF-8",
        Kind::OneOf(BinaryStyle::NAMES),
        "4.0.0",
        "How results show BINARY values: as text, `[69, -1]`, Base64, `45FF` or `[45 FF]`. As text they are Base64 in JSON.",
    ),
    setting(
        "spark.sql.caseSensitive",
        "false",
        Kind::OneOf(&["false"]),
        "1.4.0",
        "Names are compared without regard to case; Skep knows nothing else.",
    ),
    setting(
        "spark.sql.crossJoin.enabled",
        "true",
        Kind::Flag,
        "2.0.0",
        "Whether a join may have no condition without being called CROSS JOIN.",
    ),
    setting(
        "spark.sql.cteRecursionLevelLimit",
        "100",
        Kind::Number { min: 0 },
        "4.1.0",
        "How often a recursive common table may refer to itself, unless it says so with MAX RECURSION LEVEL.",
    ),
    setting(
        "spark.sql.cteRecursionRowLimit",
        "1000000",
        Kind::Number { min: 0 },
        "4.1.0",
        "How many rows a recursive common table may make.",
    ),
    setting(
        "spark.sql.decimalOperations.allowPrecisionLoss",
        "true",
        Kind::Flag,
        "2.3.1",
        "Whether results of decimal arithmetic that need more than 38 digits lose some of their fraction, rather than \
         being NULL or an error where the digits before it do not fit.",
    ),
    setting(
        "spark.sql.function.concatBinaryAsString",
        "false",
        Kind::Flag,
        "2.3.0",
        "Whether `concat` and `||` make a string of binaries.",
    ),
    setting(
        "spark.sql.function.eltOutputAsString",
        "false",
        Kind::Flag,
        "2.3.0",
        "Whether `elt` makes a string of binaries.",
    ),
    setting(
        "spark.sql.groupByAliases",
        "true",
        Kind::Flag,
        "2.2.0",
        "Whether GROUP BY may name columns of the SELECT list.",
    ),
    setting(
        "spark.sql.groupByOrdinal",
        "true",
        Kind::Flag,
        "2.0.0",
        "Whether a number in GROUP BY is a place in the SELECT list.",
    ),
    setting(
        "spark.sql.legacy.allowParameterlessCount",
        "false",
        Kind::Flag,
        "3.1.1",
        "Whether `count()` may be written; it is 0.",
    ),
    setting(
        "spark.sql.legacy.allowStarWithSingleTableIdentifierInCount",
        "false",
        Kind::Flag,
        "3.2.0",
        "Whether `count(t.*)` may be written: it counts the rows in which no column of the table is NULL.",
    ),
    setting(
        "spark.sql.legacy.consecutiveStringLiterals.enabled",
        "false",
        Kind::Flag,
        "4.0.0",
        "Whether the quotes in `'a''b'` end one string and begin another, rather than stand for a quote.",
    ),
    setting(
        "spark.sql.legacy.ctePrecedencePolicy",
        "CORRECTED",
        Kind::OneOf(&["EXCEPTION", "LEGACY", "CORRECTED"]),
        "3.0.0",
        "Which of two common tables of one name counts: the inner one (CORRECTED), mostly the outer one (LEGACY), or \
         neither (EXCEPTION).",
    ),
    setting(
        "spark.sql.legacy.exponentLiteralAsDecimal.enabled",
        "false",
        Kind::Flag,
        "3.0.0",
        "Whether numbers with an exponent are decimals rather than doubles.",
    ),
    setting(
        "spark.sql.legacy.identifierClause",
        "false",
        Kind::Flag,
        "4.1.0",
        "Whether IDENTIFIER(…) is refused for aliases, fields and other names of one part.",
    ),
    setting(
        "spark.sql.legacy.interval.enabled",
        "false",
        Kind::Flag,
        "3.2.0",
        "Whether interval literals, and differences of dates and of timestamps, are calendar intervals (months, days and \
         microseconds) rather than year-month or day-time intervals.",
    ),
    setting(
        "spark.sql.legacy.setopsPrecedence.enabled",
        "false",
        Kind::Flag,
        "2.4.0",
        "Whether INTERSECT binds no tighter than UNION and EXCEPT.",
    ),
    setting(
        "spark.sql.legacy.viewSchemaBindingMode",
        "true",
        Kind::Flag,
        "4.0.0",
        "Whether views have a mode, WITH SCHEMA …, that says what becomes of them when their tables change.",
    ),
    setting(
        "spark.sql.legacy.viewSchemaCompensation",
        "true",
        Kind::Flag,
        "4.0.0",
        "Whether views that say nothing are made WITH SCHEMA COMPENSATION rather than BINDING.",
    ),
    setting(
        "spark.sql.legacy.timeParserPolicy",
        "CORRECTED",
        Kind::OneOf(&["EXCEPTION", "LEGACY", "CORRECTED"]),
        "3.0.0",
        "Patterns of dates and times are those of Java's `DateTimeFormatter` (CORRECTED), those of `SimpleDateFormat` \
         (LEGACY), or the former, with an error where the latter would read a text that they do not (EXCEPTION).",
    ),
    setting(
        "spark.sql.orderByOrdinal",
        "true",
        Kind::Flag,
        "2.0.0",
        "Whether a number in ORDER BY is a place in the SELECT list.",
    ),
    setting(
        "spark.sql.parser.escapedStringLiterals",
        "false",
        Kind::Flag,
        "2.2.1",
        "Whether a backslash in a string is a backslash rather than the start of an escape.",
    ),
    setting("spark.sql.scripting.enabled", "true", Kind::Flag, "4.0.0", "Whether BEGIN … END runs as a script."),
    setting(
        "spark.sql.parser.quotedRegexColumnNames",
        "false",
        Kind::Flag,
        "2.3.0",
        "Whether a name in backquotes in a SELECT list is a regular expression for names of columns.",
    ),
    setting(
        "spark.sql.session.timeZone",
        "UTC",
        Kind::TimeZone,
        "2.2.0",
        "The time zone in which timestamps are read and shown.",
    ),
    setting(
        "spark.sql.shuffle.partitions",
        "200",
        Kind::Number { min: 1 },
        "1.1.0",
        "Accepted for scripts that set it; on one machine `skep.threads` decides.",
    ),
    setting(
        "spark.sql.sources.partitionOverwriteMode",
        "STATIC",
        Kind::OneOf(&["STATIC", "DYNAMIC"]),
        "2.3.0",
        "Whether INSERT OVERWRITE removes all partitions that match its PARTITION clause (STATIC), or only those it \
         writes (DYNAMIC).",
    ),
    setting(
        "spark.sql.storeAssignmentPolicy",
        "ANSI",
        Kind::OneOf(&["ANSI", "LEGACY", "STRICT"]),
        "3.0.0",
        "How values are cast to the types of columns when they are inserted.",
    ),
    setting(
        "spark.sql.timestampType",
        "TIMESTAMP_LTZ",
        Kind::OneOf(&["TIMESTAMP_LTZ", "TIMESTAMP_NTZ"]),
        "3.4.0",
        "What TIMESTAMP means: with the session's time zone, or of no zone.",
    ),
    at_start(
        "spark.sql.warehouse.dir",
        "",
        Kind::Text,
        "2.0.0",
        "The folder of the warehouse, as --warehouse or SKEP_WAREHOUSE gave it: `${spark.sql.warehouse.dir}` stands for it.",
    ),
];

/// A setting of Spark's that Skep knows with some values only: others would change answers.
#[derive(Debug)]
pub struct Fixed {
    pub name: &'static str,
    /// Values that say what Skep does anyway.
    pub allowed: &'static [&'static str],
    /// What to do instead.
    pub instead: &'static str,
}

/// By name.
pub static FIXED: &[Fixed] = &[
    Fixed {
        name: "spark.sql.mapKeyDedupPolicy",
        allowed: &["EXCEPTION"],
        instead: "remove the duplicates before making the map",
    },
    Fixed {
        name: "spark.sql.preserveCharVarcharTypeInfo",
        allowed: &["false"],
        instead: "what is read of CHAR and VARCHAR columns are strings",
    },
    Fixed { name: "spark.sql.sources.default", allowed: &["parquet"], instead: "name the format with USING" },
    Fixed {
        name: "spark.sql.parquet.int96RebaseModeInRead",
        allowed: &["CORRECTED", "EXCEPTION"],
        instead: "dates before 1582 are not rebased",
    },
    Fixed {
        name: "spark.sql.parquet.datetimeRebaseModeInRead",
        allowed: &["CORRECTED", "EXCEPTION"],
        instead: "dates before 1582 are not rebased",
    },
];

/// Settings that start so make Spark behave as it did before; those that are not in the list are refused unless off.
pub const LEGACY_PREFIX: &str = "spark.sql.legacy.";
