//! SELECT TRANSFORM: what its command reads is made text, what it writes gets the types that the query names.
//!
//! The command itself is run by `execution::script`.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, Field};
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, Projection, lit, when};

use crate::error::{_LEGACY_ERROR_TEMP_2265, Error, Result, Span};
use crate::execution::script::{Answer, Command, Script};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast};
use crate::functions::regexes;
use crate::sql::ast::{Identifier, Transform};
use crate::types::DataType;

use super::rows::{Output, Rows};
use super::scope::Scope;
use super::{Binder, calls, query};

/// Numbers as Scala reads them: nothing around them, nothing behind them.
const WHOLE_NUMBER: &str = "^[+-]?[0-9]+$";
const DECIMAL_NUMBER: &str = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$";
const TRUTH: &str = "^(?i)(true|false)$";

pub(super) fn bind(binder: &Binder<'_>, transform: &Transform, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let span = transform.span;
    if !binder.environment.settings.scripts {
        return Err(Error::unsupported(
            "SELECT TRANSFORM, which skep.transform.enabled has switched off,",
            "compute the columns with expressions",
        )
        .at(span));
    }
    let rows = query::bind(binder, &transform.input, parent)?;
    let texts = rows.columns.iter().filter(|column| !column.hidden).map(|column| {
        let text = text_of(binder, column.typed(), &column.name, span)?;
        Ok(text.expr.alias(binder.unique(&column.name)))
    });
    let texts = texts.collect::<Result<Vec<Expr>>>()?;
    let input = LogicalPlan::Projection(Projection::try_new(texts, Arc::new(rows.plan))?);

    // Without names the command gives a key and a value, and NULL has no text.
    let unnamed = ["key", "value"].map(|name| (Identifier::new(name, span), None));
    let without_names = transform.columns.is_empty();
    let columns = if without_names { unnamed.as_slice() } else { &transform.columns };
    let fields = columns.iter().map(|(name, _)| Field::new(binder.unique(&name.value), Arrow::Utf8View, true));
    let schema = Arc::new(DFSchema::from_unqualified_fields(fields.collect(), HashMap::new())?);
    let names = schema.columns();
    let command = Command {
        text: transform.command.clone(),
        fields: transform.feed.fields.clone(),
        null: transform.feed.null.clone(),
        answer: Answer {
            // Spark takes the delimiter for a regular expression.
            pattern: delimiter(&transform.answer.fields).map_err(|error| error.at(span))?,
            null: (!without_names).then(|| transform.answer.null.clone()),
        },
    };
    let node = Script { input, command, schema };
    let plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
    let outputs = columns.iter().zip(names).map(|((name, data_type), column)| {
        let value = value_of(binder, column, data_type.as_ref().unwrap_or(&DataType::String), span)?;
        Ok(Output { name: name.value.clone(), value })
    });
    let outputs = outputs.collect::<Result<Vec<Output>>>()?;
    Rows::project(binder, plan, outputs)
}

/// What stands between values, as a pattern that needs no backtracking.
fn delimiter(fields: &str) -> Result<String> {
    match regexes::compile(fields, "split")? {
        regexes::Pattern::Regular(pattern) => Ok(pattern.to_string()),
        regexes::Pattern::Backtracking(_) => {
            Err(Error::unsupported(format!("FIELDS TERMINATED BY '{fields}'"), "use a plain delimiter"))
        }
    }
}

/// A value as the command reads it.
fn text_of(binder: &Binder<'_>, value: Typed, name: &str, span: Span) -> Result<Typed> {
    let context = binder.environment.context;
    match value.data_type {
        DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) => {
            calls::scalar(binder, "to_json", &[value], &[name.to_owned()], span)
        }
        _ => cast(value, &DataType::String, CastMode::implicit(context), context).map_err(|error| error.at(span)),
    }
}

/// What the command wrote as a value; NULL where it is none of the type.
fn value_of(binder: &Binder<'_>, column: Column, data_type: &DataType, span: Span) -> Result<Typed> {
    let context = binder.environment.context;
    let text = Typed { expr: Expr::Column(column), data_type: DataType::String, nullable: true };
    let mode = CastMode::Try;
    let guarded = |pattern: &str, mode: CastMode| {
        let pattern = Typed { expr: lit(pattern), data_type: DataType::String, nullable: false };
        let names = ["text".to_owned(), "pattern".to_owned()];
        let matches = calls::scalar(binder, "rlike", &[text.clone(), pattern], &names, span)?;
        let value = cast(text.clone(), data_type, mode, context)?;
        Ok(Typed { expr: when(matches.expr, value.expr).end()?, data_type: value.data_type, nullable: true })
    };
    match data_type {
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => Ok(text),
        DataType::Boolean => guarded(TRUTH, mode),
        DataType::Byte | DataType::Short | DataType::Int | DataType::Long => guarded(WHOLE_NUMBER, mode),
        // What has too many digits is an error even here.
        DataType::Decimal { .. } => guarded(DECIMAL_NUMBER, CastMode::implicit(context)),
        DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) => {
            let schema = Typed { expr: lit(data_type.to_string()), data_type: DataType::String, nullable: false };
            let names = ["text".to_owned(), "schema".to_owned()];
            calls::scalar(binder, "from_json", &[text, schema], &names, span)
        }
        DataType::Null | DataType::Time(_) | DataType::Variant | DataType::Spatial(_) => {
            let message = format!("TRANSFORM does not support \"{data_type}\" as output data type.");
            Err(Error::new(&_LEGACY_ERROR_TEMP_2265, message).hint("take it as STRING, and cast that").at(span))
        }
        _ => cast(text, data_type, mode, context).map_err(|error| error.at(span)),
    }
}
