//! Calls of functions as names show them: under the name Spark gives them, with arguments that were left out, and with
//! their windows.

use itertools::Itertools;

use crate::functions::lambdas::Kind;
use crate::sql::ast::{
    Argument, ExpressionKind, FrameBound, FrameUnit, FunctionCall, SortItem, WindowReference, WindowSpecification,
};
use crate::types::{DataType, quote_if_needed};

use super::super::named_arguments::positional;
use super::super::time_windows::is_time_window;
use super::lambdas::lambda_arguments;
use super::text_of;

/// Functions that are shown under another name than they were called by.
const SHOWN_AS: &[(&str, &str)] = &[
    ("acos", "ACOS"),
    ("acosh", "ACOSH"),
    ("array_agg", "collect_list"),
    ("asin", "ASIN"),
    ("asinh", "ASINH"),
    ("atan", "ATAN"),
    ("atan2", "ATAN2"),
    ("atanh", "ATANH"),
    ("cbrt", "CBRT"),
    ("ceil", "CEIL"),
    ("cos", "COS"),
    ("cosh", "COSH"),
    ("cot", "COT"),
    ("csc", "CSC"),
    ("current_database", "current_schema"),
    ("dateadd", "date_add"),
    ("degrees", "DEGREES"),
    ("dense_rank", "DENSE_RANK"),
    ("e", "E"),
    ("exp", "EXP"),
    ("expm1", "EXPM1"),
    ("floor", "FLOOR"),
    ("hypot", "HYPOT"),
    ("log", "LOG"),
    ("log10", "LOG10"),
    ("log1p", "LOG1P"),
    ("log2", "LOG2"),
    ("percent_rank", "PERCENT_RANK"),
    ("pi", "PI"),
    ("power", "POWER"),
    ("radians", "RADIANS"),
    ("random", "rand"),
    ("rank", "RANK"),
    ("regexp", "REGEXP"),
    ("regexp_like", "REGEXP_LIKE"),
    ("rlike", "RLIKE"),
    ("sec", "SEC"),
    ("signum", "SIGNUM"),
    ("sin", "SIN"),
    ("sinh", "SINH"),
    ("sqrt", "SQRT"),
    ("tan", "TAN"),
    ("tanh", "TANH"),
    ("to_varchar", "to_char"),
];

/// Arguments that are shown although they were left out: the function, how many are shown in all, and the last of them.
const SHOWN_ARGUMENTS: &[(&str, &[&str])] = &[
    ("approx_top_k", &["5", "10000"]),
    ("bround", &["0"]),
    ("from_unixtime", &["yyyy-MM-dd HH:mm:ss"]),
    ("hll_sketch_agg", &["12"]),
    ("hll_union", &["false"]),
    ("hll_union_agg", &["false"]),
    ("lag", &["1", "NULL"]),
    ("lead", &["1", "NULL"]),
    ("listagg", &["NULL"]),
    ("locate", &["1"]),
    ("lpad", &[" "]),
    ("make_dt_interval", &["0", "0", "0", "0.000000"]),
    ("make_interval", &["0", "0", "0", "0", "0", "0", "0.000000"]),
    ("make_ym_interval", &["0", "0"]),
    ("mask", &["X", "x", "n", "NULL"]),
    ("months_between", &["true"]),
    ("overlay", &["-1"]),
    ("percentile", &["1"]),
    ("position", &["1"]),
    ("regexp_extract", &["1"]),
    ("regexp_extract_all", &["1"]),
    ("regexp_instr", &["0"]),
    ("regexp_replace", &["1"]),
    ("replace", &[""]),
    ("round", &["0"]),
    ("rpad", &[" "]),
    ("sentences", &["", ""]),
    ("sort_array", &["true"]),
    ("split", &["-1"]),
    ("str_to_map", &[",", ":"]),
    ("string_agg", &["NULL"]),
    ("substr", &["2147483647"]),
    ("substring", &["2147483647"]),
    ("to_unix_timestamp", &["yyyy-MM-dd HH:mm:ss"]),
    ("aes_decrypt", &["GCM", "DEFAULT", ""]),
    ("aes_encrypt", &["GCM", "DEFAULT", "", ""]),
    ("approx_percentile", &["10000"]),
    ("percentile_approx", &["10000"]),
    ("theta_sketch_agg", &["12"]),
    ("theta_union", &["12"]),
    ("theta_union_agg", &["12"]),
    ("try_aes_decrypt", &["GCM", "DEFAULT", ""]),
    ("try_make_interval", &["0", "0", "0", "0", "0", "0", "0.000000"]),
    ("unix_timestamp", &["current_timestamp()", "yyyy-MM-dd HH:mm:ss"]),
];

/// How many arguments the function has when all of them are given.
fn most_arguments(name: &str) -> usize {
    match name {
        "hll_sketch_agg" | "hll_union_agg" | "theta_sketch_agg" | "theta_union_agg" | "listagg" | "string_agg"
        | "from_unixtime" | "unix_timestamp" | "to_unix_timestamp" | "round" | "bround" | "make_ym_interval"
        | "sort_array" => 2,
        "make_dt_interval" | "overlay" | "regexp_replace" => 4,
        "aes_decrypt" | "mask" | "try_aes_decrypt" => 5,
        "aes_encrypt" => 6,
        "make_interval" | "try_make_interval" => 7,
        _ => 3,
    }
}

/// Casts that are written like functions.
pub const CAST_FUNCTIONS: &[(&str, DataType)] = &[
    ("boolean", DataType::Boolean),
    ("tinyint", DataType::Byte),
    ("smallint", DataType::Short),
    ("int", DataType::Int),
    ("bigint", DataType::Long),
    ("float", DataType::Float),
    ("double", DataType::Double),
    ("decimal", DataType::DECIMAL_DEFAULT),
    ("date", DataType::Date),
    ("timestamp", DataType::Timestamp),
    ("binary", DataType::Binary),
    ("time", DataType::Time(6)),
    ("string", DataType::String),
];

/// A call with all that follows it.
pub(super) fn function(call: &FunctionCall) -> String {
    if let [catalog, database, name] = call.name.parts.as_slice()
        && !catalog.is("system")
    {
        // Somebody made it.
        let arguments = call.arguments.iter().map(argument).format(", ");
        return format!("{}.{}.{}({arguments})", catalog.value, database.value, name.value);
    }
    let typed = call.name.last().value.to_lowercase();
    if is_time_window(call) {
        return typed;
    }
    let name = SHOWN_AS.iter().find(|(name, _)| *name == typed).map_or(typed.as_str(), |(_, shown)| shown);
    // Arguments by name stand where their parameters do.
    let in_order = positional(&typed, &call.arguments).unwrap_or_default();
    let mut arguments: Vec<String> = match call.arguments.iter().any(|argument| argument.name.is_some()) {
        true => in_order.iter().map(|given| argument(given)).collect(),
        false => call.arguments.iter().map(argument).collect(),
    };
    match (typed.as_str(), arguments.as_slice()) {
        ("if", [condition, a, b]) => return format!("(IF({condition}, {a}, {b}))"),
        ("isnull", [operand]) => return format!("({operand} IS NULL)"),
        ("isnotnull", [operand]) => return format!("({operand} IS NOT NULL)"),
        ("trim", [characters, source]) => return format!("TRIM(BOTH {characters} FROM {source})"),
        ("ltrim", [characters, source]) => return format!("TRIM(LEADING {characters} FROM {source})"),
        ("rtrim", [characters, source]) => return format!("TRIM(TRAILING {characters} FROM {source})"),
        ("like", [operand, pattern]) => return format!("{operand} LIKE {pattern}"),
        ("try_to_time", _) => return format!("try_to_time(to_time({}))", arguments.join(", ")),
        ("try_make_timestamp_ntz", _) => {
            return format!("try_make_timestamp_ntz(make_timestamp_ntz({}))", arguments.join(", "));
        }
        ("current_time", []) => arguments.push("6".to_owned()),
        ("positive", [operand]) => return format!("(+ {operand})"),
        ("div", [left, right]) => return format!("({left} div {right})"),
        ("ilike", [operand, pattern, _]) => return format!("ilike({operand}, {pattern})"),
        ("like", [operand, pattern, escape]) => return format!("{operand} LIKE {pattern} ESCAPE '{escape}'"),
        ("ceil" | "ceiling", [operand, scale]) => return format!("ceil({operand}, {scale})"),
        ("floor", [operand, scale]) => return format!("floor({operand}, {scale})"),
        ("assert_true", [condition]) => arguments.push(format!("'{condition}' is not true!")),
        ("make_timestamp_ltz" | "try_make_timestamp_ltz", [_, _] | [_, _, _]) => {
            return format!("make_timestamp({})", arguments.join(", "));
        }
        ("convert_timezone", [_, _]) => arguments.insert(0, "current_timezone()".to_owned()),
        ("datepart", [field, source]) => return format!("{typed}({field} FROM {source})"),
        (name, [operand]) if CAST_FUNCTIONS.iter().any(|(cast, _)| *cast == name) => return operand.clone(),
        _ => {}
    }
    if typed == "count"
        && matches!(call.arguments.as_slice(), [Argument { value, .. }] if matches!(value.kind, ExpressionKind::Star { .. }))
    {
        arguments = vec!["1".to_owned()];
    }
    if typed == "struct" {
        arguments = call
            .arguments
            .iter()
            .map(|item| match &item.name {
                Some(name) => format!("{} AS {}", text_of(&item.value), quote_if_needed(&name.value)),
                None => text_of(&item.value),
            })
            .collect();
    }
    if let Some(kind) = Kind::named(if name == "reduce" { "aggregate" } else { name }) {
        lambda_arguments(kind, call, &mut arguments);
    } else if typed == "percentile" && arguments.len() == 2 {
        arguments.push("1".to_owned());
    } else if let Some((_, shown)) = SHOWN_ARGUMENTS.iter().find(|(name, _)| *name == typed) {
        let most = most_arguments(&typed);
        while arguments.len() < most && most - arguments.len() <= shown.len() {
            arguments.push(shown[shown.len() - (most - arguments.len())].to_owned());
        }
    }
    // The seeds of these are not shown.
    match typed.as_str() {
        "uuid" => arguments.clear(),
        "shuffle" => arguments.truncate(1),
        _ => {}
    }
    // Schemas and options are not shown.
    if DOCUMENT_FUNCTIONS.contains(&typed.as_str()) {
        // A map read from JSON is called by what it holds.
        if typed == "from_json" && arguments.get(1).is_some_and(|schema| is_map(schema)) {
            return "entries".to_owned();
        }
        arguments.truncate(1);
    }
    // Nor is the type that a part of a variant is cast to.
    if matches!(typed.as_str(), "variant_get" | "try_variant_get") {
        arguments.truncate(2);
    }
    // The base of a logarithm is shown where none is given.
    if typed == "log" && arguments.len() == 1 {
        arguments.insert(0, "E()".to_owned());
    }
    // Spark writes the values that may be any of the most frequent ones, or the last of them, in another form.
    if typed == "mode" && arguments.len() == 2 {
        let deterministic = arguments.pop().is_some_and(|flag| flag == "true");
        if deterministic && call.within_group.is_empty() {
            return format!("mode() WITHIN GROUP (ORDER BY {} DESC)", arguments.join(", "));
        }
    }
    // IGNORE NULLS of `first` is a flag that is not shown.
    if matches!(typed.as_str(), "first" | "first_value" | "last" | "last_value" | "any_value") {
        arguments.truncate(1);
    }
    // With those words before OVER the functions have lost the name they were called by.
    let name = match (call.ignore_nulls, typed.as_str()) {
        (Some(true), "first_value") => "first".to_owned(),
        (Some(true), "last_value") => "last".to_owned(),
        _ => name.to_string(),
    };
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let mut text = format!("{name}({distinct}{})", arguments.join(", "));
    if !call.within_group.is_empty() {
        let order = call.within_group.iter().map(|item| within_group(&typed, item)).format(", ");
        text.push_str(&format!(" WITHIN GROUP (ORDER BY {order})"));
    }
    if let Some(filter) = &call.filter {
        text.push_str(&format!(" FILTER (WHERE {})", text_of(filter)));
    }
    if let Some(over) = &call.over {
        text.push_str(" OVER ");
        match over {
            WindowReference::Named(name) => text.push_str(&name.value),
            WindowReference::Inline(window) => text.push_str(&over_text(window, &typed, &arguments)),
        }
    }
    text
}

/// Functions whose schema and options are not shown.
const DOCUMENT_FUNCTIONS: [&str; 9] = [
    "from_csv",
    "from_json",
    "from_xml",
    "schema_of_csv",
    "schema_of_json",
    "schema_of_xml",
    "to_csv",
    "to_json",
    "to_xml",
];

fn is_map(schema: &str) -> bool {
    let schema = schema.trim_start();
    schema.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("map")) && schema[3..].trim_start().starts_with('<')
}

fn argument(argument: &Argument) -> String {
    text_of(&argument.value)
}

/// A key of WITHIN GROUP: functions that take one as an argument show its direction only where it is theirs to turn.
fn within_group(function: &str, item: &SortItem) -> String {
    let turned = match function {
        "percentile_cont" | "percentile_disc" => item.descending,
        // The first of the most frequent values comes from the end.
        "mode" => !item.descending,
        _ => return sort_item(item),
    };
    format!("{}{}", text_of(&item.expression), if turned { " DESC" } else { "" })
}

/// A sort key as names show it: `a ASC NULLS FIRST`.
pub fn sort_item(item: &SortItem) -> String {
    let nulls_first = item.nulls_first.unwrap_or(!item.descending);
    format!(
        "{} {} NULLS {}",
        text_of(&item.expression),
        if item.descending { "DESC" } else { "ASC" },
        if nulls_first { "FIRST" } else { "LAST" }
    )
}

/// A window as names show it, the frame that is meant included.
fn over_text(window: &WindowSpecification, function: &str, arguments: &[String]) -> String {
    let mut parts = Vec::new();
    if !window.partition_by.is_empty() {
        parts.push(format!("PARTITION BY {}", window.partition_by.iter().map(text_of).format(", ")));
    }
    if !window.order_by.is_empty() {
        parts.push(format!("ORDER BY {}", window.order_by.iter().map(sort_item).format(", ")));
    }
    let to_here = "BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
    parts.push(match (&window.frame, function) {
        (Some(frame), _) => {
            let unit = match frame.unit {
                FrameUnit::Rows => "ROWS",
                FrameUnit::Range => "RANGE",
            };
            let end = frame.end.as_ref().map_or_else(|| "CURRENT ROW".to_owned(), bound);
            format!("{unit} BETWEEN {} AND {end}", bound(&frame.start))
        }
        (None, "row_number" | "rank" | "dense_rank" | "percent_rank" | "ntile") => format!("ROWS {to_here}"),
        (None, "lag" | "lead") => {
            let offset = arguments.get(1).map_or("1", String::as_str);
            let offset = match (function, offset.strip_prefix('-')) {
                ("lead", _) | (_, Some(_)) if function == "lead" => offset.to_owned(),
                (_, Some(positive)) => positive.to_owned(),
                _ => format!("-{offset}"),
            };
            format!("ROWS BETWEEN {offset} FOLLOWING AND {offset} FOLLOWING")
        }
        (None, _) if window.order_by.is_empty() => {
            "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING".to_owned()
        }
        (None, _) => format!("RANGE {to_here}"),
    });
    format!("({})", parts.join(" "))
}

fn bound(bound: &FrameBound) -> String {
    match bound {
        FrameBound::UnboundedPreceding => "UNBOUNDED PRECEDING".to_owned(),
        FrameBound::Preceding(offset) => format!("{} PRECEDING", text_of(offset)),
        FrameBound::CurrentRow => "CURRENT ROW".to_owned(),
        FrameBound::Following(offset) => format!("{} FOLLOWING", text_of(offset)),
        FrameBound::UnboundedFollowing => "UNBOUNDED FOLLOWING".to_owned(),
    }
}
