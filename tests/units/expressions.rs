//! Expressions without a table: their names, types and values, compared with what Spark 4.1 answers.
//!
//! A line of the list is an expression, its column's name, type and value as the session in Los Angeles prints it; or
//! the word `error` and the error's condition.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use skep::binder::scope::{Collected, ExpressionScope, Place, Scope};
use skep::binder::{Binder, Environment, Names, Relation, Settings, column_names, expressions};
use skep::error::Result;
use skep::functions::cast::value_writer;
use skep::functions::{Context, constant};
use skep::sql::ast::ObjectName;
use skep::sql::{ParseOptions, parse_expression};
use skep::types::DataType;
use skep::types::text;
use skep::types::time_zone::Zone;

const CASES: &str = include_str!("expressions.tsv");
const TIME_ZONE: &str = "America/Los_Angeles";

pub fn trials() -> Vec<Trial> {
    CASES
        .lines()
        .map(|line| {
            let expression = line.split('\t').next().unwrap_or_default();
            Trial::test(format!("units/expressions/{expression}"), move || check(line))
        })
        .collect()
}

fn check(line: &str) -> Result<(), Failed> {
    let (expression, expected) = line.split_once('\t').ok_or("a line has several fields")?;
    let answer = answer(expression).unwrap_or_else(|error| format!("error\t{}\t", error.condition()));
    if answer == expected { Ok(()) } else { Err(format!("expected {expected:?}, got {answer:?}").into()) }
}

struct NoNames;

impl Names for NoNames {
    fn relation(&self, _: &ObjectName) -> Result<Option<Relation>> {
        Ok(None)
    }

    fn candidates(&self) -> Vec<String> {
        Vec::new()
    }
}

fn answer(text: &str) -> Result<String> {
    let expression = parse_expression(text, &ParseOptions::default())?;
    let context = Context {
        ansi: true,
        time_zone: Arc::from(TIME_ZONE),
        now: 0,
        current_database: Arc::from("default"),
        user: Arc::from("tester"),
        settings: skep::functions::Settings::default(),
        parameters: Arc::default(),
        here: Arc::default(),
        objects: Default::default(),
    };
    let settings = Settings {
        order_by_ordinal: true,
        group_by_ordinal: true,
        group_by_aliases: true,
        cross_join: true,
        common_tables: skep::binder::CommonTables::Inner,
        recursion: skep::execution::recursion::RecursionLimits { levels: 100, rows: 1_000_000 },
        regex_columns: false,
        count_of_nothing: false,
        count_of_table: false,
        reserved_keywords: false,
        scripts: true,
    };
    let environment = Environment { names: &NoNames, context: &context, settings: &settings };
    let binder = Binder::new(&environment);
    let scope = Scope::empty();
    let mut collected = Collected::new(&binder);
    let mut scope = ExpressionScope::new(&scope, Place::Select, &mut collected);
    let typed = expressions::bind(&binder, &expression, &mut scope)?;
    let name = column_names::name_in(&expression, &scope);
    let value = constant::evaluate(&typed.expr)?.ok_or_else(|| skep::error::Error::internal("not a constant"))?;
    let mut shown = String::new();
    if value.is_null() {
        shown.push_str("NULL");
    } else {
        let array = value.to_array()?;
        let array = skep::functions::kernel::conform(array, &typed.data_type.to_arrow())?;
        let zone = Zone::parse(TIME_ZONE)?;
        match &typed.data_type {
            DataType::YearMonthInterval(..) => {
                let value = datafusion::arrow::array::AsArray::as_primitive::<
                    datafusion::arrow::datatypes::IntervalYearMonthType,
                >(&array)
                .value(0);
                text::write_year_month(&mut shown, value);
            }
            DataType::DayTimeInterval(..) => {
                let value = datafusion::arrow::array::AsArray::as_primitive::<
                    datafusion::arrow::datatypes::DurationMicrosecondType,
                >(&array)
                .value(0);
                text::write_day_time(&mut shown, value);
            }
            data_type => value_writer(&array, data_type, &zone)?(0, &mut shown),
        }
    }
    Ok(format!("{name}\t{}\t{shown}", typed.data_type.catalog_string()))
}
