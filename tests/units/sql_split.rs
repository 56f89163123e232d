//! The splitter, the lexer's shapes, variables and diagnostics.

use libtest_mimic::{Failed, Trial};
use skep::config::Dialect;
use skep::error::{Error, Span, TABLE_OR_VIEW_NOT_FOUND};
use skep::sql::diagnostic::{Source, locate, render};
use skep::sql::lexer::{Fault, Number};
use skep::sql::{Completeness, Fragment, TokenKind, is_complete, split, substitute, tokens};

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("units/sql_split/statements", statements),
        Trial::test("units/sql_split/positions", positions),
        Trial::test("units/sql_split/scripts", scripts),
        Trial::test("units/sql_split/completeness", completeness),
        Trial::test("units/sql_split/numbers", numbers),
        Trial::test("units/sql_split/faults", faults),
        Trial::test("units/sql_split/variables", variables),
        Trial::test("units/sql_split/diagnostics", diagnostics),
        Trial::test("units/sql_split/wide_diagnostics", wide_diagnostics),
    ]
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), Failed> {
    let (found, expected) = &(found, expected);
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {found:?}").into()) }
}

fn check_split(script: &str, expected: &[&str]) -> Result<(), Failed> {
    let found: Vec<&str> = split(script, Dialect::Spark).map(|fragment| fragment.text).collect();
    same(script, found, expected.to_vec())
}

fn statements() -> Result<(), Failed> {
    check_split("", &[])?;
    check_split(" ;; -- nothing\n /* at all */ ;", &[])?;
    check_split("SELECT 1", &["SELECT 1"])?;
    check_split("SELECT 1; SELECT 2;SELECT 3 ;", &["SELECT 1", "SELECT 2", "SELECT 3"])?;
    check_split("SELECT ';', \";\", `;`; SELECT 2", &["SELECT ';', \";\", `;`", "SELECT 2"])?;
    check_split(r"SELECT '\';', r'\'; SELECT 'it''s;'", &[r"SELECT '\';', r'\'", "SELECT 'it''s;'"])?;
    check_split("SELECT 1 -- ; no\n; SELECT 2", &["SELECT 1", "SELECT 2"])?;
    check_split("SELECT 1 -- on \\\n ; still\n + 1; SELECT 2", &["SELECT 1 -- on \\\n ; still\n + 1", "SELECT 2"])?;
    check_split("/* a /* ; */ ; */ SELECT 1 /* ; */; SELECT 2", &["SELECT 1", "SELECT 2"])?;
    check_split("SELECT /*+ BROADCAST(t) */ 1; SELECT 2", &["SELECT /*+ BROADCAST(t) */ 1", "SELECT 2"])?;
    check_split("SELECT $$ a; b $$; SELECT 2", &["SELECT $$ a; b $$", "SELECT 2"])?;
    check_split("SELECT 'open; SELECT 2", &["SELECT 'open; SELECT 2"])?;
    check_split("SELECT 1; /* open ; SELECT 2", &["SELECT 1", "/* open ; SELECT 2"])?;
    check_split("SELECT `begin` FROM t; SELECT begin FROM t", &["SELECT `begin` FROM t", "SELECT begin FROM t"])
}

fn positions() -> Result<(), Failed> {
    let script = "SELECT 1;\n\n  -- é\n\tSELECT 'ü'; SELECT 2";
    let found: Vec<Fragment<'_>> = split(script, Dialect::Spark).collect();
    let at = |n: usize| (found[n].line, found[n].column, &script[found[n].offset..][..8]);
    same("first", at(0), (1, 1, "SELECT 1"))?;
    same("second", (found[1].line, found[1].column), (4, 2))?;
    same("third", at(2), (4, 14, "SELECT 2"))
}

fn scripts() -> Result<(), Failed> {
    let block = "BEGIN\n  DECLARE x INT;\n  IF x = 1 THEN SELECT 1; ELSE SELECT 2; END IF;\nEND";
    check_split(&format!("{block}; SELECT 3"), &[block, "SELECT 3"])?;
    let nested = "BEGIN BEGIN SELECT CASE WHEN a THEN 1 END FROM t; END; l: WHILE a DO SELECT 1; END WHILE l; END";
    check_split(&format!("{nested};SELECT 1"), &[nested, "SELECT 1"])?;
    let cases =
        "BEGIN CASE x WHEN 1 THEN SELECT 1; ELSE SELECT 2; END CASE; FOR r AS SELECT 1 DO SELECT 2; END FOR; END";
    check_split(&format!("{cases};SELECT 1"), &[cases, "SELECT 1"])?;
    let loops = "BEGIN LOOP SELECT 1; END LOOP; REPEAT SELECT 1; UNTIL true END REPEAT; END";
    check_split(&format!("{loops};SELECT 1"), &[loops, "SELECT 1"])?;
    let handler = "BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN SELECT 1; END; SELECT if(a, 1, 2); END";
    check_split(&format!("{handler};SELECT 1"), &[handler, "SELECT 1"])?;
    check_split("BEGIN; SELECT 1; COMMIT", &["BEGIN", "SELECT 1", "COMMIT"])?;
    check_split("BEGIN NOT ATOMIC SELECT 1; END; SELECT 2", &["BEGIN NOT ATOMIC SELECT 1; END", "SELECT 2"])?;
    check_split("SELECT CASE WHEN a THEN 1 END; SELECT 2", &["SELECT CASE WHEN a THEN 1 END", "SELECT 2"])
}

fn completeness() -> Result<(), Failed> {
    for (text, expected) in [
        ("", Completeness::Empty),
        ("-- only a comment", Completeness::Empty),
        ("SELECT 1", Completeness::Unfinished),
        ("SELECT 1;", Completeness::Complete),
        ("SELECT 1; -- done", Completeness::Complete),
        ("SELECT 1; SELECT", Completeness::Unfinished),
        ("SELECT ';", Completeness::Unterminated),
        ("SELECT 1 /* ;", Completeness::Unterminated),
        ("SELECT `a;", Completeness::Unterminated),
        ("BEGIN SELECT 1;", Completeness::Unfinished),
        ("BEGIN SELECT 1; END;", Completeness::Complete),
    ] {
        same(text, is_complete(text, Dialect::Spark), expected)?;
    }
    Ok(())
}

fn numbers() -> Result<(), Failed> {
    use Number::*;
    for (text, expected) in [
        ("1", Some(Integer)),
        ("1.", Some(Decimal)),
        (".5", Some(Decimal)),
        ("1e5", Some(Exponent)),
        ("1.5E-3", Some(Exponent)),
        ("1L", Some(Long)),
        ("1s", Some(Short)),
        ("1Y", Some(Byte)),
        ("1.5F", Some(Float)),
        ("1D", Some(Double)),
        ("1.5bd", Some(BigDecimal)),
        ("1a", None),
        ("1e", None),
        ("1_000", None),
    ] {
        let expected = expected.map_or(TokenKind::Identifier, TokenKind::Number);
        same(text, tokens(text, Dialect::Spark).iter().map(|token| token.kind).collect(), vec![expected])?;
    }
    let spans: Vec<_> = tokens("db.1t 1.5x", Dialect::Spark).iter().map(|token| token.span).collect();
    let expected = [(0, 2), (2, 3), (3, 5), (6, 7), (7, 8), (8, 10)].map(|(start, end)| Span::new(start, end));
    same("a number does not touch a word", spans, expected.to_vec())
}

fn faults() -> Result<(), Failed> {
    for (text, fault) in [
        ("'a", Fault::UnclosedString),
        ("r'a", Fault::UnclosedString),
        ("`a", Fault::UnclosedName),
        ("/* /* */", Fault::UnclosedComment),
        ("§", Fault::Unknown),
    ] {
        same(
            text,
            tokens(text, Dialect::Spark).iter().map(|token| token.kind).collect(),
            vec![TokenKind::Error(fault)],
        )?;
    }
    Ok(())
}

fn variables() -> Result<(), Failed> {
    let lookup = |prefix: &str, name: &str| match (prefix, name) {
        ("", "a") | ("hivevar", "a") => Some("1".to_owned()),
        ("", "b") => Some("<${a}>".to_owned()),
        ("env", "HOME") => Some("/home".to_owned()),
        ("", "loop") => Some("${pool}".to_owned()),
        ("", "pool") => Some("${loop}".to_owned()),
        _ => None,
    };
    for (text, expected) in [
        ("SELECT ${a}, '${hivevar:a}', ${b}", "SELECT 1, '1', <1>"),
        ("${env:HOME}/x", "/home/x"),
        ("${unknown} ${other:a} ${} ${a b} $a ${", "${unknown} ${other:a} ${} ${a b} $a ${"),
        ("é${a}é", "é1é"),
    ] {
        same(text, substitute(text, &lookup)?, expected.to_owned())?;
    }
    match substitute("${loop}", &lookup) {
        Err(error) if error.message().contains("Circular reference") => Ok(()),
        other => Err(format!("a variable that mentions itself: {other:?}").into()),
    }
}

fn diagnostics() -> Result<(), Failed> {
    let source = Source { name: "load.sql", text: "SELECT *\nFROM sales.ordrs", line: 12, column: 5 };
    let error = Error::new(&TABLE_OR_VIEW_NOT_FOUND, "the table or view `sales`.`ordrs` cannot be found")
        .at(Span::new(14, 25))
        .hint("did you mean `sales.orders`?");
    let expected = "\
error[TABLE_OR_VIEW_NOT_FOUND]: the table or view `sales`.`ordrs` cannot be found (SQLSTATE 42P01)
  --> load.sql:13:6
   |
13 | FROM sales.ordrs
   |      ^^^^^^^^^^^
hint: did you mean `sales.orders`?";
    same("two lines", render(&error, &source, false).as_str(), expected)?;
    same("the first line begins where the statement does", locate(&source, 7), (12, 12))?;
    let end = Error::syntax("Syntax error at or near end of input", Span::new(25, 25));
    let drawn = render(&end, &source, false);
    same("behind the end", drawn.lines().last(), Some("   |                 ^"))?;
    let no_position = Error::syntax("x", Span::new(0, 1)).without_position();
    same("no position", render(&no_position, &source, false).as_str(), "error[PARSE_SYNTAX_ERROR]: x (SQLSTATE 42601)")
}

fn wide_diagnostics() -> Result<(), Failed> {
    let caret = |text: &str, span: Span| {
        let source = Source { name: "f", text, line: 1, column: 1 };
        let drawn = render(&Error::syntax("x", span), &source, false);
        drawn.lines().skip(3).map(str::to_owned).collect::<Vec<_>>()
    };
    same(
        "tabs and wide characters",
        caret("\t'漢字' x", Span::new(10, 11)),
        vec!["1 |     '漢字' x".to_owned(), "  |            ^".to_owned()],
    )?;
    same(
        "a span of two lines",
        caret("a bcd\nef", Span::new(2, 8)),
        vec!["1 | a bcd".to_owned(), "  |   ^^^".to_owned()],
    )?;
    let long = format!("SELECT {}oops{}", "a, ".repeat(100), ", b".repeat(100));
    let drawn = caret(&long, Span::new(307, 311));
    let at = drawn[1].find('^').ok_or("no caret")?;
    let shown: String = drawn[0].chars().skip(at).take(4).collect();
    same("a long line is cut around the caret", shown.as_str(), "oops")?;
    same("and short enough", drawn[0].chars().count() < 110, true)
}
