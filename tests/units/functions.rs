//! Built-in functions bound to constants and evaluated, against what Spark answers.

use std::collections::HashSet;

use datafusion::logical_expr::lit;
use datafusion::scalar::ScalarValue;
use libtest_mimic::{Failed, Trial};
use skep::error::Span;
use skep::functions::{self, Body, Call, Context, Typed, constant};
use skep::types::DataType;

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("units/functions/names_are_unique", names_are_unique),
        Trial::test("units/functions/answers", answers),
        Trial::test("units/functions/date_patterns", date_patterns),
    ]
}

fn names_are_unique() -> Result<(), Failed> {
    let mut seen = HashSet::new();
    for function in functions::all() {
        for name in function.names() {
            if !seen.insert(name) {
                return Err(format!("`{name}` stands twice in the lists").into());
            }
        }
        if !function.usage.starts_with(function.name) && !function.usage.contains(" - ") {
            return Err(format!("`{}` has no usage", function.name).into());
        }
    }
    Ok(())
}

fn text(value: &str) -> Typed {
    Typed { expr: lit(value), data_type: DataType::String, nullable: false }
}

fn int(value: i32) -> Typed {
    Typed { expr: lit(value), data_type: DataType::Int, nullable: false }
}

fn double(value: f64) -> Typed {
    Typed { expr: lit(value), data_type: DataType::Double, nullable: false }
}

fn call(name: &str, arguments: &[Typed]) -> Result<ScalarValue, Failed> {
    let context = Context {
        ansi: true,
        time_zone: "America/Los_Angeles".into(),
        now: 1_700_000_000_000_000,
        current_database: "default".into(),
        parameters: Default::default(),
        user: "somebody".into(),
        settings: functions::Settings::default(),
        here: Default::default(),
        objects: Default::default(),
    };
    let function = functions::lookup(name).ok_or_else(|| format!("no function `{name}`"))?;
    let texts = vec![String::new(); arguments.len()];
    let call =
        Call { function, name, arguments, texts: &texts, span: Span::default(), context: &context, descending: None };
    let typed = match &function.body {
        Body::Scalar(bind) => bind(&call)?,
        Body::Kernel(simple) => call.simple(simple)?,
        _ => return Err(format!("`{name}` is no scalar function").into()),
    };
    let value = constant::evaluate(&typed.expr)?.ok_or("not a constant")?;
    if value.data_type() != typed.data_type.to_arrow() && !typed.data_type.is_string() {
        let (is, should) = (value.data_type(), typed.data_type.to_arrow());
        return Err(format!("`{name}` gave {is}, bound as {should}").into());
    }
    Ok(value)
}

fn expect(name: &str, arguments: &[Typed], wanted: &str) -> Result<(), Failed> {
    let value = call(name, arguments).map_err(|error| format!("{name}: {}", error.message().unwrap_or_default()))?;
    let shown = value.to_string();
    if shown == wanted { Ok(()) } else { Err(format!("{name}: expected {wanted}, got {shown}").into()) }
}

fn answers() -> Result<(), Failed> {
    expect("substring", &[text("Spark SQL"), int(-3)], "SQL")?;
    expect("substring", &[text("Spark SQL"), int(5), int(1)], "k")?;
    expect("substring", &[text("äöü"), int(-5), int(4)], "äö")?;
    expect("left", &[text("Spark"), int(3)], "Spa")?;
    expect("right", &[text("Spark"), int(0)], "")?;
    expect("substring_index", &[text("www.apache.org"), text("."), int(2)], "www.apache")?;
    expect("substring_index", &[text("www.apache.org"), text("."), int(-2)], "apache.org")?;
    expect("split_part", &[text("11.12.13"), text("."), int(-1)], "13")?;
    expect("trim", &[text("SL"), text("SSparkSQLS")], "parkSQ")?;
    expect("lpad", &[text("hi"), int(5), text("?!")], "?!?hi")?;
    expect("rpad", &[text("hi"), int(1)], "h")?;
    expect("initcap", &[text("sPark sql")], "Spark Sql")?;
    expect("soundex", &[text("Miller")], "M460")?;
    expect("translate", &[text("AaBbCc"), text("abc"), text("12")], "A1B2C")?;
    expect("locate", &[text("bar"), text("foobarbar"), int(5)], "7")?;
    expect("overlay", &[text("Spark SQL"), text("ANSI "), int(7), int(0)], "Spark ANSI SQL")?;
    expect("regexp_replace", &[text("100-200"), text(r"(\d+)"), text("<$1>")], "<100>-<200>")?;
    expect("regexp_extract", &[text("100-200"), text(r"(\d+)-(\d+)"), int(2)], "200")?;
    expect("format_number", &[double(12332.123456), int(4)], "12,332.1235")?;
    expect("format_string", &[text("%5d|%-4s|%.2f"), int(42), text("a"), double(1.005)], "   42|a   |1.00")?;
    expect("conv", &[text("100"), int(2), int(10)], "4")?;
    expect("conv", &[text("-10"), int(16), int(-10)], "-16")?;
    expect("round", &[double(2.5), int(0)], "3")?;
    expect("round", &[double(2.675), int(2)], "2.68")?;
    expect("bround", &[double(2.5), int(0)], "2")?;
    expect("ceil", &[double(-0.1)], "0")?;
    expect("log", &[int(10), int(100)], "2")?;
    expect("hex", &[int(17)], "11")?;
    expect("concat_ws", &[text(","), text("a"), text("b")], "a,b")?;
    expect("coalesce", &[text("a"), text("b")], "a")?;
    expect("datediff", &[text("2024-03-01"), text("2024-02-01")], "29")?;
    expect("add_months", &[text("2024-01-31"), int(1)], "2024-02-29")?;
    expect("last_day", &[text("2024-02-03")], "2024-02-29")?;
    expect("next_day", &[text("2015-01-14"), text("TU")], "2015-01-20")?;
    expect("weekofyear", &[text("2024-12-30")], "1")?;
    expect("dayofweek", &[text("2024-05-17")], "6")?;
    expect("months_between", &[text("1997-02-28 10:30:00"), text("1996-10-30")], "3.94959677")?;
    expect("trunc", &[text("2024-05-17"), text("week")], "2024-05-13")?;
    Ok(())
}

fn date_patterns() -> Result<(), Failed> {
    let at = "2024-03-05 07:08:09.123456";
    for (pattern, wanted) in [
        ("yyyy-MM-dd HH:mm:ss.SSS", "2024-03-05 07:08:09.123"),
        ("yy M MMM MMMM d", "24 3 Mar March 5"),
        ("E EEEE D Q QQQ", "Tue Tuesday 65 1 Q1"),
        ("h:mm a, kk KK", "7:08 AM, 07 07"),
        ("VV z zzzz", "America/Los_Angeles PST Pacific Standard Time"),
        ("XXX xx Z O", "-08:00 -0800 -0800 GMT-8"),
        ("yyyy-MM-dd'T'HH[:mm]", "2024-03-05T07:08"),
    ] {
        expect("date_format", &[text(at), text(pattern)], wanted)?;
    }
    for (value, pattern, wanted) in [
        ("17/05/24", "dd/MM/yy", "2024-05-17"),
        ("20240305", "yyyyMMdd", "2024-03-05"),
        ("5 Mar 2024", "d MMM yyyy", "2024-03-05"),
        ("2024", "yyyy", "2024-01-01"),
    ] {
        expect("to_date", &[text(value), text(pattern)], wanted)?;
    }
    for (value, pattern) in [("2024-5-7", "yyyy-MM-dd"), ("2024-02-30", "yyyy-MM-dd"), ("x", "yyyy")] {
        if call("to_date", &[text(value), text(pattern)]).is_ok() {
            return Err(format!("`{value}` should not be read by `{pattern}`").into());
        }
    }
    Ok(())
}
