//! The parser: what must parse, what must not and why, and how deep and long a text may be.

use libtest_mimic::{Failed, Trial};
use skep::config::Dialect;
use skep::sql::ast::{Expression, ExpressionKind, Literal};
use skep::sql::{ParseOptions, parse, parse_expression, query_relation_names, relation_names};

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("units/sql_parse/accepted", accepted),
        Trial::test("units/sql_parse/refused", refused),
        Trial::test("units/sql_parse/precedence", precedence),
        Trial::test("units/sql_parse/strings", strings),
        Trial::test("units/sql_parse/double_quotes", double_quotes),
        Trial::test("units/sql_parse/relations", relations),
        Trial::test("units/sql_parse/nested_too_deeply", nested_too_deeply),
        Trial::test("units/sql_parse/long_chains", long_chains),
    ]
}

/// One statement a paragraph.
const ACCEPTED: &str = include_str!("sql_parse.sql");

fn accepted() -> Result<(), Failed> {
    let mut count = 0;
    for statement in skep::sql::split(ACCEPTED, Dialect::Spark) {
        parse(statement.text, &ParseOptions::default())
            .map_err(|error| format!("line {}: {}\n{error:?}", statement.line, statement.text))?;
        count += 1;
    }
    if count > 150 { Ok(()) } else { Err(format!("only {count} statements").into()) }
}

fn refused() -> Result<(), Failed> {
    for (text, condition, message) in [
        ("", "PARSE_EMPTY_STATEMENT", "unexpected empty statement"),
        ("-- nothing", "PARSE_EMPTY_STATEMENT", ""),
        ("SELCT 1", "PARSE_SYNTAX_ERROR", "at or near 'SELCT'"),
        ("SELECT (1", "PARSE_SYNTAX_ERROR", "end of input: missing ')'"),
        ("SELECT 1 one two", "PARSE_SYNTAX_ERROR", "at or near 'two': extra input 'two'"),
        ("SELECT a b c d", "PARSE_SYNTAX_ERROR", "at or near 'c'"),
        ("SELECT 1 +", "PARSE_SYNTAX_ERROR", "end of input"),
        ("SELECT 'abc", "PARSE_SYNTAX_ERROR", "at or near '''"),
        ("SELECT 1 /* x", "UNCLOSED_BRACKETED_COMMENT", "unclosed bracketed comment"),
        ("SELECT * FROM t LIMIT 1 LIMIT 2", "PARSE_SYNTAX_ERROR", "'LIMIT'"),
        ("SELECT * FROM my-table", "INVALID_IDENTIFIER", "`my-table`"),
        ("SELECT 1 AS größe", "INVALID_IDENTIFIER", "`größe`"),
        ("SELECT foo '1'", "UNSUPPORTED_TYPED_LITERAL", "\"FOO\""),
        ("SELECT X'1G'", "INVALID_TYPED_LITERAL", "'1G'"),
        ("SELECT CAST(1 AS foo)", "UNSUPPORTED_DATATYPE", "\"FOO\""),
        ("SELECT CAST(1 AS array)", "INCOMPLETE_TYPE_DEFINITION.ARRAY", "ARRAY<INT>"),
        ("SELECT CAST(1 AS char)", "DATATYPE_MISSING_SIZE", "length parameter"),
        ("SELECT CAST(1 AS decimal(39, 1))", "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "39"),
        ("WITH a AS (SELECT 1), A AS (SELECT 2) SELECT 1", "DUPLICATED_CTE_NAMES", "`A`"),
        ("SELECT DATEADD('DAY', 1, d)", "INVALID_PARAMETER_VALUE.DATETIME_UNIT", "'DAY'"),
        ("SELECT * FROM LATERAL t", "INVALID_SQL_SYNTAX.LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC", "LATERAL"),
        ("CREATE TABLE t (a INT) COMMENT 'a' COMMENT 'b'", "DUPLICATE_CLAUSES", "COMMENT"),
        ("SET a b", "INVALID_SET_SYNTAX", "SET key=value"),
        ("SELECT TRANSFORM(ALL a) USING 'cat' FROM t", "UNSUPPORTED_FEATURE.TRANSFORM_DISTINCT_ALL", "TRANSFORM"),
    ] {
        match parse(text, &ParseOptions::default()) {
            Ok(statement) => return Err(format!("{text} parses: {statement:?}").into()),
            Err(error) if error.condition() == condition && error.message().contains(message) => {}
            Err(error) => return Err(format!("{text}: {error:?}").into()),
        }
    }
    for (text, hint) in [("SELCT 1", "SELECT"), ("DROP TABEL x", "TABLE"), ("SHOW TABLS", "TABLES")] {
        let error = parse(text, &ParseOptions::default()).err().ok_or("must not parse")?;
        if !error.help().unwrap_or_default().contains(&format!("did you mean {hint}?")) {
            return Err(format!("{text}: {error:?}").into());
        }
    }
    Ok(())
}

/// The expression with every operator in parentheses.
fn grouped(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Binary { left, operator, right } => {
            format!("({} {} {})", grouped(left), operator.symbol(), grouped(right))
        }
        ExpressionKind::Unary { operator, operand } => format!("({operator:?} {})", grouped(operand)),
        ExpressionKind::Is { operand, .. } => format!("({} IS)", grouped(operand)),
        ExpressionKind::Between { operand, low, high, .. } => {
            format!("({} BETWEEN {} AND {})", grouped(operand), grouped(low), grouped(high))
        }
        ExpressionKind::Cast { operand, data_type, .. } => format!("({}::{data_type})", grouped(operand)),
        ExpressionKind::Column(parts) => parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join("."),
        ExpressionKind::Literal(Literal::Integer(digits)) => digits.clone(),
        other => format!("{other:?}"),
    }
}

fn precedence() -> Result<(), Failed> {
    for (text, expected) in [
        ("a OR b AND NOT c = d", "(a OR (b AND (Not (c = d))))"),
        ("1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"),
        ("a || b + c", "((a || b) + c)"),
        ("1 - -1", "(1 - -1)"),
        ("- -5", "(Minus -5)"),
        ("-(5)", "(Minus 5)"),
        ("-a.b * c", "((Minus a.b) * c)"),
        ("-5::STRING", "(-5::STRING)"),
        ("1 < 2 = c", "((1 < 2) = c)"),
        ("a & b | c ^ d << 1 + 2", "((a & b) | (c ^ (d << (1 + 2))))"),
        ("a = b IS NULL", "((a = b) IS)"),
        ("NOT a IS NULL", "(Not (a IS))"),
        ("a BETWEEN 1 AND 2 AND b", "((a BETWEEN 1 AND 2) AND b)"),
        ("a DIV b % c", "((a div b) % c)"),
        ("a == b", "(a = b)"),
        ("a !> b", "(a <= b)"),
    ] {
        let found = grouped(&parse_expression(text, &ParseOptions::default())?);
        if found != expected {
            return Err(format!("{text}: expected {expected}, got {found}").into());
        }
    }
    Ok(())
}

fn strings() -> Result<(), Failed> {
    for (text, expected) in [
        (r"'a\n\t\\\'\0'", "a\n\t\\'\0"),
        (r"'\u00e9\101\7\%\_\q'", "éA7\\%\\_q"),
        (r"'\U0001F600\uD83D\uDE00'", "😀😀"),
        ("'it''s'", "it's"),
        ("\"a\"\"b\"", "a\"b"),
        (r"r'\n'", "\\n"),
        ("'a' 'b'\n\"c\"", "abc"),
    ] {
        match parse_expression(text, &ParseOptions::default())?.kind {
            ExpressionKind::Literal(Literal::String(found)) if found == expected => {}
            other => return Err(format!("{text}: {other:?}").into()),
        }
    }
    Ok(())
}

fn double_quotes() -> Result<(), Failed> {
    let options = ParseOptions { double_quoted_identifiers: true, ..ParseOptions::default() };
    match parse_expression("\"a b\"", &options)?.kind {
        ExpressionKind::Column(parts) if parts.len() == 1 && parts[0].value == "a b" => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

fn relations() -> Result<(), Failed> {
    let text = "WITH w AS (TABLE a) SELECT (SELECT max(x) FROM b), c IN (SELECT 1 FROM c) FROM d JOIN (SELECT * FROM e) \
                ON EXISTS (SELECT 1 FROM f) WHERE x = ANY_VALUE(1) ORDER BY (SELECT 1 FROM g)";
    let names = |names: Vec<skep::sql::ast::ObjectName>| {
        let mut names: Vec<String> = names.iter().map(skep::sql::ast::ObjectName::text).collect();
        names.sort();
        names.concat()
    };
    let found = names(query_relation_names(&skep::sql::parse_query(text, &ParseOptions::default())?));
    let inserted = names(relation_names(&parse("INSERT INTO t SELECT * FROM u", &ParseOptions::default())?));
    if (found.as_str(), inserted.as_str()) == ("abcdefg", "u") {
        Ok(())
    } else {
        Err(format!("{found} {inserted}").into())
    }
}

/// Runs on a thread with as little stack as any has.
fn on_small_stack(check: impl FnOnce() -> Result<(), String> + Send + 'static) -> Result<(), Failed> {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(check).map_err(|error| error.to_string())?;
    Ok(thread.join().map_err(|_| "the thread died")??)
}

fn nested_too_deeply() -> Result<(), Failed> {
    on_small_stack(|| {
        for (open, middle, close) in [
            ("(", "1", ")"),
            ("f(", "1", ")"),
            ("CASE WHEN a THEN ", "1", " END"),
            ("NOT ", "a", ""),
            ("- ", "a", ""),
            ("CAST(", "1", " AS INT)"),
            ("(SELECT ", "1", ")"),
            ("a[", "1", "]"),
            ("x -> ", "1", ""),
            ("a IN (", "1", ")"),
            ("CAST(1 AS ARRAY<", "INT", ">)"),
        ] {
            let deep = |levels: usize| format!("SELECT {}{middle}{}", open.repeat(levels), close.repeat(levels));
            if let Err(error) = parse(&deep(200), &ParseOptions::default())
                && open != "CAST(1 AS ARRAY<"
            {
                return Err(format!("200 x {open}: {error:?}"));
            }
            if parse(&deep(10_000), &ParseOptions::default()).is_ok() {
                return Err(format!("10,000 x {open} parses"));
            }
        }
        Ok(())
    })
}

fn long_chains() -> Result<(), Failed> {
    on_small_stack(|| {
        for (link, count) in [
            (" + 1", 5_000),
            (" || 'b'", 5_000),
            ("[1]", 5_000),
            (" AND b = 1", 100_000),
            (" OR b = 1", 100_000),
            (" UNION ALL SELECT 1", 5_000),
            (", 123", 100_000),
        ] {
            let text = format!("SELECT a{}", link.repeat(count));
            let statement = parse(&text, &ParseOptions::default()).map_err(|error| format!("{link}: {error:?}"))?;
            relation_names(&statement);
        }
        Ok(())
    })
}
