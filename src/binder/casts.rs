//! Casts that are written, and those that the binder adds.

use datafusion::logical_expr::{Cast, Expr};

use crate::error::{Error, Result, Span};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast, cast_allowed};
use crate::functions::collations;
use crate::functions::mismatch::mismatch;
use crate::sql::ast::{CastStyle, Expression};
use crate::types::DataType;

use super::Binder;
use super::column_names::text_in;
use super::expressions::bind;
use super::scope::ExpressionScope;

/// `CAST(operand AS data_type)` and its other spellings.
pub(super) fn explicit(
    binder: &Binder<'_>,
    expression: &Expression,
    operand: &Expression,
    data_type: &DataType,
    style: CastStyle,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let context = binder.environment.context;
    let typed = bind(binder, operand, scope)?;
    if binder.is_postgres() {
        return super::postgres::cast(binder, operand, typed, data_type, expression.span).map(no_literal);
    }
    let mode = match style {
        CastStyle::Cast | CastStyle::DoubleColon => CastMode::implicit(context),
        CastStyle::TryCast => CastMode::Try,
    };
    let to = without_lengths(data_type);
    if !cast_allowed(&typed.data_type, &to, mode) {
        let text = text_in(expression, scope);
        return Err(not_allowed(&text, &typed.data_type, &to, mode, expression.span));
    }
    let was_string = typed.data_type.is_string();
    let typed = cast(typed, &to, mode, context).map_err(|error| error.at(expression.span))?;
    if was_string && to.is_collated() {
        return Ok(collations::mark_cast(typed, context));
    }
    Ok(no_literal(typed))
}

/// Beside a decimal, a literal integer has just its own digits, and a cast one as many as its type: they must not be
/// taken for one another.
fn no_literal(typed: Typed) -> Typed {
    match typed.expr {
        Expr::Literal(..) if typed.data_type.is_integral() => {
            let layout = typed.data_type.to_arrow();
            Typed { expr: Expr::Cast(Cast::new(Box::new(typed.expr), layout)), ..typed }
        }
        expr => Typed { expr, ..typed },
    }
}

/// `operand`, shown as `text`, as `to`, with the errors of a cast that is written.
pub(super) fn as_written(binder: &Binder<'_>, operand: Typed, to: &DataType, text: &str, span: Span) -> Result<Typed> {
    let context = binder.environment.context;
    let mode = CastMode::implicit(context);
    if !cast_allowed(&operand.data_type, to, mode) {
        return Err(not_allowed(text, &operand.data_type, to, mode, span));
    }
    cast(operand, to, mode, context).map_err(|error| error.at(span))
}

/// Lengths of strings mean something in tables only.
fn without_lengths(data_type: &DataType) -> DataType {
    data_type.map_strings(&|string| match string {
        DataType::Collated(collation) => DataType::Collated(*collation),
        _ => DataType::String,
    })
}

/// A cast of the expression with that text that there is not.
fn not_allowed(text: &str, from: &DataType, to: &DataType, mode: CastMode, span: Span) -> Error {
    let start = format!("cannot cast \"{from}\" to \"{to}\"");
    let instead = match (from, to) {
        (DataType::Date, to) if to.is_numeric() => Some("UNIX_DATE"),
        (from, DataType::Date) if from.is_numeric() => Some("DATE_FROM_UNIX_DATE"),
        _ => None,
    };
    let (subcondition, why) = match (mode, instead) {
        (CastMode::Ansi, Some(function)) => {
            let advice = format!("you can use the functions `{function}` instead");
            let why = format!("{start}. To convert values from \"{from}\" to \"{to}\", {advice}");
            ("CAST_WITH_FUNC_SUGGESTION", why)
        }
        (CastMode::Ansi, None) if cast_allowed(from, to, CastMode::Legacy) => {
            let advice = "you can set \"spark.sql.ansi.enabled\" as 'false'";
            let why = format!("{start} with ANSI mode on. If you have to cast \"{from}\" to \"{to}\", {advice}");
            ("CAST_WITH_CONF_SUGGESTION", why)
        }
        _ => ("CAST_WITHOUT_SUGGESTION", start),
    };
    mismatch(subcondition, text, &why, span)
}

/// `operand` as `to`, as Spark casts it without being asked.
///
/// # Errors
/// `DATATYPE_MISMATCH` where there is no such cast.
pub fn implicit(binder: &Binder<'_>, operand: Typed, to: &DataType, span: Span) -> Result<Typed> {
    let context = binder.environment.context;
    cast(operand, to, CastMode::implicit(context), context).map_err(|error| error.at(span))
}
