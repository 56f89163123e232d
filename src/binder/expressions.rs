//! Expressions: from the tree to typed DataFusion expressions.
//!
//! This file says which kind of expression goes where, and does the small ones; operators, casts, literals and calls
//! have files of their own. It knows the scope, not the plan.

use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::InList;
use datafusion::scalar::ScalarValue;

use crate::error::{
    Error, FIELD_NOT_FOUND, INVALID_EXTRACT_BASE_FIELD_TYPE, INVALID_LAMBDA_FUNCTION_CALL,
    INVALID_USAGE_OF_STAR_OR_REGEX, Result, Span, UNBOUND_SQL_PARAMETER, UNRESOLVED_COLUMN,
};
use crate::functions::fallible::choose;
use crate::functions::mismatch::mismatch;
use crate::functions::once::once;
use crate::functions::{Typed, collations, floats};
use crate::sql::ast::{Expression, ExpressionKind, FunctionCall, Identifier, Literal, Test, TrimSide, UnaryOperator};
use crate::types::coercion::common_structure;
use crate::types::{Collation, DataType};

use super::column_names::{is_negative_literal, row_field, text_in};
use super::operation::Operation;
use super::scope::ExpressionScope;
use super::{
    Binder, aggregates, calls, casts, char_padding, coercion, comparisons, like, literals, negation, operators, parts,
    stars, subqueries,
};

/// Functions that may be called without parentheses.
pub(super) const BARE_FUNCTIONS: &[&str] = &[
    "current_date",
    "current_timestamp",
    "localtimestamp",
    "current_time",
    "current_user",
    "user",
    "session_user",
    "current_catalog",
    "current_database",
    "current_schema",
];

fn unbound(parameter: Option<&str>) -> Error {
    Error::new(
        &UNBOUND_SQL_PARAMETER,
        format!(
            "Found the unbound parameter: {}. Please, fix `args` and provide a mapping of the parameter to either a SQL \
             literal or collection constructor functions such as `map()`, `array()`, `struct()`",
            parameter.unwrap_or("?")
        ),
    )
}

/// Binds an expression: names resolved, types found, casts added.
pub fn bind(binder: &Binder<'_>, expression: &Expression, scope: &mut ExpressionScope<'_>) -> Result<Typed> {
    let span = expression.span;
    let _here = binder.environment.context.here.stand_at(span);
    match &expression.kind {
        ExpressionKind::Literal(value) => literal(binder, value, false, span),
        ExpressionKind::Column(parts) => column(binder, parts, span, scope),
        ExpressionKind::Star { .. } => {
            Err(Error::new(&INVALID_USAGE_OF_STAR_OR_REGEX, "Invalid usage of '*' in an expression").at(span))
        }
        ExpressionKind::Parameter(name) => {
            let name = name.as_ref().map(|name| name.value.as_str());
            binder.environment.context.parameters.marker(name, span).ok_or_else(|| unbound(name).at(span))
        }
        ExpressionKind::Unary { operator, operand } => {
            if is_negative_literal(*operator, operand)
                && let ExpressionKind::Literal(value) = &operand.kind
            {
                return literal(binder, value, true, span);
            }
            if *operator == UnaryOperator::Not
                && let Some(inside) = negation::inside(operand)
            {
                return bind(binder, &inside, scope);
            }
            let typed = bind(binder, operand, scope)?;
            operators::unary(Operation { binder, whole: expression, scope }, *operator, typed)
        }
        ExpressionKind::Binary { .. } => operators::chain(binder, expression, scope),
        ExpressionKind::Is { operand, test, negated } => {
            let typed = bind(binder, operand, scope)?;
            is(binder, typed, *test, *negated, span)
        }
        ExpressionKind::IsDistinctFrom { left, right, negated } => {
            let (left, right) = (bind(binder, left, scope)?, bind(binder, right, scope)?);
            let same = comparisons::null_safe_equal(Operation { binder, whole: expression, scope }, left, right)?;
            Ok(if *negated { same } else { operators::not(same) })
        }
        ExpressionKind::Between { operand, low, high, negated } => {
            let operand = bind(binder, operand, scope)?;
            let (low, high) = (bind(binder, low, scope)?, bind(binder, high, scope)?);
            operators::between(Operation { binder, whole: expression, scope }, operand, low, high, *negated)
        }
        ExpressionKind::InList { operand, list, negated } => {
            in_list(binder, operand, list, *negated, expression, scope)
        }
        ExpressionKind::InSubquery { operand, query, negated } => {
            let operands = match &operand.kind {
                ExpressionKind::Row(items) => {
                    items.iter().map(|item| bind(binder, item, scope)).collect::<Result<Vec<_>>>()?
                }
                ExpressionKind::Function(call) if is_row(call) => {
                    call.arguments.iter().map(|item| bind(binder, &item.value, scope)).collect::<Result<Vec<_>>>()?
                }
                _ => vec![bind(binder, operand, scope)?],
            };
            subqueries::in_subquery(binder, &operands, query, *negated, span, scope)
        }
        ExpressionKind::Exists(query) => subqueries::exists(binder, query, span, scope),
        ExpressionKind::Subquery(query) => subqueries::scalar(binder, query, span, scope),
        ExpressionKind::Like { operand, operator, patterns, quantifier, escape, negated } => {
            let operand = bind(binder, operand, scope)?;
            let patterns = patterns.iter().map(|pattern| bind(binder, pattern, scope)).collect::<Result<Vec<_>>>()?;
            let escape = match escape {
                Some(escape) => Some(like::escape_character(escape)?),
                None => None,
            };
            let like = like::Like { operator: *operator, escape, negated: *negated };
            like::like(Operation { binder, whole: expression, scope }, &operand, patterns, *quantifier, like)
        }
        ExpressionKind::Case { operand, branches, otherwise } => {
            case(binder, operand.as_deref(), branches, otherwise.as_deref(), expression, scope)
        }
        ExpressionKind::Cast { operand, data_type, style } => {
            casts::explicit(binder, expression, operand, data_type, *style, scope)
        }
        ExpressionKind::Extract { field, source } => {
            let part = Literal::String(field.value.clone());
            let part = literal(binder, &part, false, field.span)?;
            let source_typed = bind(binder, source, scope)?;
            let texts = vec![field.value.clone(), text_in(source, scope)];
            calls::scalar(binder, "date_part", &[part, source_typed], &texts, span)
        }
        ExpressionKind::Trim { side, characters, source } => {
            let name = match side {
                TrimSide::Both => "trim",
                TrimSide::Leading => "ltrim",
                TrimSide::Trailing => "rtrim",
            };
            let operands: Vec<&Expression> = characters.iter().chain([source]).map(AsRef::as_ref).collect();
            let mut texts = Vec::new();
            let mut arguments = Vec::new();
            for operand in &operands {
                texts.push(text_in(operand, scope));
                arguments.push(bind(binder, operand, scope)?);
            }
            collations::meet_arguments(name, &mut arguments).map_err(|error| error.at(span))?;
            binder.note_collations(operands.into_iter(), &arguments);
            calls::scalar(binder, name, &arguments, &texts, span)
        }
        ExpressionKind::Function(call) => calls::bind(binder, call, span, scope),
        ExpressionKind::Field { operand, field } => {
            let typed = bind(binder, operand, scope)?;
            self::field(binder, typed, field, span)
        }
        ExpressionKind::Path { operand, path, .. } => {
            let texts = [text_in(operand, scope), path.clone()];
            let operand = bind(binder, operand, scope)?;
            let path = literal(binder, &Literal::String(path.clone()), false, span)?;
            calls::scalar(binder, "variant_get", &[operand, path], &texts, span)
        }
        ExpressionKind::Index { operand, index } => {
            let (operand, index) = (bind(binder, operand, scope)?, bind(binder, index, scope)?);
            parts::index(Operation { binder, whole: expression, scope }, operand, index)
        }
        ExpressionKind::Row(items) => {
            let mut arguments = Vec::new();
            let mut texts = Vec::new();
            for (n, item) in items.iter().enumerate() {
                if let ExpressionKind::Star { qualifier, except } = &item.kind {
                    for column in stars::values(qualifier, except, scope.scope, item.span)? {
                        arguments.push(literal(binder, &Literal::String(column.name.clone()), false, item.span)?);
                        arguments.push(column.value);
                        texts.extend([column.name, column.shown]);
                    }
                    continue;
                }
                let name = row_field(item, n);
                arguments.push(literal(binder, &Literal::String(name.clone()), false, item.span)?);
                arguments.push(bind(binder, item, scope)?);
                texts.extend([name, text_in(item, scope)]);
            }
            calls::scalar(binder, "named_struct", &arguments, &texts, span)
        }
        ExpressionKind::Lambda { .. } => Err(Error::new(
            &INVALID_LAMBDA_FUNCTION_CALL,
            "A lambda function should only be used in a higher order function",
        )
        .subcondition("NON_HIGHER_ORDER_FUNCTION")
        .at(span)),
        ExpressionKind::Collate { operand, collation } => {
            let found = Collation::named(&collation.text()).map_err(|error| error.at(collation.span))?;
            let typed = bind(binder, operand, scope)?;
            let typed = match &typed.data_type {
                DataType::Null => casts::implicit(binder, typed, &DataType::String, span)?,
                string if string.is_string() => typed,
                other => {
                    let operation = Operation { binder, whole: expression, scope };
                    return Err(operation.unexpected_type(0, "\"STRING\"", other));
                }
            };
            Ok(collations::collate(typed, found, binder.environment.context))
        }
    }
}

fn literal(binder: &Binder<'_>, value: &Literal, negative: bool, span: Span) -> Result<Typed> {
    literals::bind(value, negative, span, binder.environment.context)
}

fn column(binder: &Binder<'_>, parts: &[Identifier], span: Span, scope: &ExpressionScope<'_>) -> Result<Typed> {
    let variable = parts.first().and_then(|first| scope.variables.iter().rev().find(|(name, _)| name == first));
    let (value, fields) = match variable {
        Some((_, value)) => (value.clone(), &parts[1..]),
        None => match scope.resolve(parts, span) {
            Ok(resolved) => (resolved.value, resolved.fields),
            Err(error) => {
                if let [name] = parts
                    && error.is(&UNRESOLVED_COLUMN)
                    && name.is("grouping__id")
                    && scope.collected.grouping.is_some()
                {
                    return aggregates::all_grouping_bits(scope, span);
                }
                if let [name] = parts
                    && error.is(&UNRESOLVED_COLUMN)
                    && BARE_FUNCTIONS.contains(&name.value.to_lowercase().as_str())
                {
                    return calls::scalar(binder, &name.value, &[], &[], span);
                }
                if error.is(&UNRESOLVED_COLUMN)
                    && let Some((value, fields)) =
                        binder.environment.names.variables().value(parts).map_err(|error| error.at(span))?
                {
                    return fields.iter().try_fold(value, |value, name| field(binder, value, name, span));
                }
                return Err(error);
            }
        },
    };
    fields.iter().try_fold(value, |value, name| field(binder, value, name, span))
}

/// `operand.name`: a field of a struct, that field of every struct of an array, or a key of a map.
pub fn field(binder: &Binder<'_>, operand: Typed, name: &Identifier, span: Span) -> Result<Typed> {
    let fields = match &operand.data_type {
        DataType::Struct(fields) => fields,
        DataType::Array { element, .. } if matches!(**element, DataType::Struct(_)) => {
            let DataType::Struct(fields) = element.as_ref() else { return Err(Error::internal("not a struct")) };
            let found = find_field(fields, name, span)?;
            let fields = fields.clone();
            return Ok(parts::field_of_elements(binder, operand, &fields, found));
        }
        DataType::Map { .. } => {
            let key = literal(binder, &Literal::String(name.value.clone()), false, name.span)?;
            return parts::map_value(binder, operand, key, span);
        }
        other => {
            return Err(Error::new(
                &INVALID_EXTRACT_BASE_FIELD_TYPE,
                format!(
                    "Can't extract a value from \"{}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{other}\"",
                    name.value
                ),
            )
            .at(span));
        }
    };
    let found = find_field(fields, name, span)?;
    let field = &fields[found];
    let data_type = field.data_type.clone();
    let nullable = operand.nullable || field.nullable;
    let name = field.name.clone();
    let repeated = fields.iter().filter(|other| other.name == name).count() > 1;
    if repeated {
        return Ok(parts::field_by_position(binder, operand, found, data_type, nullable));
    }
    let expr = datafusion::functions::core::expr_fn::get_field(operand.expr, name);
    Ok(Typed { expr, data_type, nullable })
}

fn find_field(fields: &[crate::types::StructField], name: &Identifier, span: Span) -> Result<usize> {
    let mut found = fields.iter().enumerate().filter(|(_, field)| name.is(&field.name));
    match (found.next(), found.next()) {
        (Some((position, _)), None) => Ok(position),
        (Some(_), Some(_)) => Err(Error::new(
            &crate::error::AMBIGUOUS_REFERENCE_TO_FIELDS,
            format!(
                "Ambiguous reference to the field `{}`. It appears {} times in the schema",
                name.value,
                fields.iter().filter(|field| name.is(&field.name)).count()
            ),
        )
        .at(span)),
        (None, _) => {
            let names = fields.iter().map(|field| crate::types::quote(&field.name)).collect::<Vec<_>>().join(", ");
            Err(Error::new(&FIELD_NOT_FOUND, format!("No such struct field `{}` in {names}", name.value))
                .suggest(&name.value, fields.iter().map(|field| &field.name))
                .at(span))
        }
    }
}

fn is(binder: &Binder<'_>, operand: Typed, test: Test, negated: bool, span: Span) -> Result<Typed> {
    let operand = match test {
        Test::Null => operand,
        Test::True | Test::False | Test::Unknown => casts::implicit(binder, operand, &DataType::Boolean, span)?,
    };
    let inner = Box::new(operand.expr);
    let expr = match (test, negated) {
        (Test::Null | Test::Unknown, false) => Expr::IsNull(inner),
        (Test::Null | Test::Unknown, true) => Expr::IsNotNull(inner),
        (Test::True, false) => Expr::IsTrue(inner),
        (Test::True, true) => Expr::IsNotTrue(inner),
        (Test::False, false) => Expr::IsFalse(inner),
        (Test::False, true) => Expr::IsNotFalse(inner),
    };
    Ok(Typed { expr, data_type: DataType::Boolean, nullable: false })
}

/// Whether a call is `struct(a, b)`, which before IN with a subquery is the row `(a, b)`.
fn is_row(call: &FunctionCall) -> bool {
    matches!(call.name.parts.as_slice(), [name] if name.is("struct")) && call.over.is_none() && !call.distinct
}

fn in_list(
    binder: &Binder<'_>,
    operand: &Expression,
    list: &[Expression],
    negated: bool,
    expression: &Expression,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let mut operands = vec![bind(binder, operand, scope)?];
    for item in list {
        match &item.kind {
            ExpressionKind::Star { qualifier, except } => {
                let columns = stars::values(qualifier, except, scope.scope, item.span)?;
                operands.extend(columns.into_iter().map(|column| column.value));
            }
            _ => operands.push(bind(binder, item, scope)?),
        }
    }
    char_padding::pad_list(binder, &mut operands, expression.span)?;
    let types = operands.iter().map(|operand| format!("\"{}\"", operand.data_type)).collect::<Vec<_>>();
    // Rows are compared by position, whatever their fields are called.
    let first = operands[0].data_type.clone();
    let same = operands[1..].iter().try_fold(first, |common, other| common_structure(&common, &other.data_type));
    if let Some(same) = same.filter(|same| !same.is_atomic()) {
        for other in &mut operands {
            *other = casts::implicit(binder, other.clone(), &same, expression.span)?;
        }
    }
    let Some((mut operands, common)) = coercion::common(binder, operands, expression.span)? else {
        let text = text_in(expression, scope);
        let why = format!("Input to `in` should all be the same type, but it's [{}]", types.join(", "));
        return Err(mismatch("DATA_DIFF_TYPES", &text, &why, expression.span));
    };
    binder.note_collations(std::iter::once(operand).chain(list), &operands);
    let nullable = operands.iter().any(|operand| operand.nullable);
    if common.collations().any(Collation::is_indeterminate) {
        return Err(coercion::indeterminate(&text_in(expression, scope), expression.span));
    }
    let context = binder.environment.context;
    let common = collations::key_type(&common)?;
    operands = operands.into_iter().map(|item| collations::key(item, context)).collect::<Result<_>>()?;
    let operand = operands.remove(0);
    if common == DataType::Null {
        return Ok(operators::unknown());
    }
    if !common.is_orderable() {
        let why = format!("The `in` does not support ordering on type \"{common}\"");
        return Err(mismatch("INVALID_ORDERING_TYPE", &text_in(expression, scope), &why, expression.span));
    }
    if !common.is_atomic() {
        // DataFusion's IN has no structs and arrays.
        let operand = floats::without_zero_signs(operand);
        let operands = operands.into_iter().map(floats::without_zero_signs);
        let equalities = operands.map(|item| operand.expr.clone().eq(item.expr));
        let any = equalities.reduce(Expr::or).unwrap_or(Expr::Literal(ScalarValue::Boolean(Some(false)), None));
        let typed = Typed { expr: any, data_type: DataType::Boolean, nullable };
        return Ok(if negated { operators::not(typed) } else { typed });
    }
    let may_be_zero = operands.iter().any(|item| comparisons::may_be_zero(&item.expr));
    let unsigned = |item| if may_be_zero { floats::without_zero_signs(item) } else { item };
    let operand = unsigned(operand);
    let list = operands.into_iter().map(|item| unsigned(item).expr).collect();
    let expr = Expr::InList(InList::new(Box::new(operand.expr), list, negated));
    Ok(Typed { expr, data_type: DataType::Boolean, nullable })
}

fn case(
    binder: &Binder<'_>,
    operand: Option<&Expression>,
    branches: &[(Expression, Expression)],
    otherwise: Option<&Expression>,
    expression: &Expression,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let operand = operand.map(|operand| bind(binder, operand, scope)).transpose()?;
    let mut conditions = Vec::with_capacity(branches.len());
    let mut compared = Vec::new();
    let mut values = Vec::with_capacity(branches.len() + 1);
    for (condition, value) in branches {
        let span = condition.span;
        let bound = bind(binder, condition, scope)?;
        if operand.is_some() {
            compared.push(bound.clone());
        }
        let condition = match &operand {
            Some(operand) => {
                comparisons::equal(Operation { binder, whole: expression, scope }, operand.clone(), bound)?
            }
            None if bound.data_type == DataType::Boolean || bound.data_type == DataType::Null => {
                casts::implicit(binder, bound, &DataType::Boolean, span)?
            }
            None => {
                let why = format!(
                    "WHEN expressions in CaseWhen should all be boolean type, but the {} when expression's type is \
                     \"{}\"",
                    conditions.len() + 1,
                    bound.data_type
                );
                return Err(mismatch("UNEXPECTED_INPUT_TYPE", &text_in(expression, scope), &why, span));
            }
        };
        conditions.push(condition);
        values.push(bind(binder, value, scope)?);
    }
    let has_otherwise = otherwise.is_some();
    if let Some(otherwise) = otherwise {
        values.push(bind(binder, otherwise, scope)?);
    }
    let types = values.iter().map(|value| format!("\"{}\"", value.data_type)).collect::<Vec<_>>();
    let Some((mut values, data_type)) = coercion::common(binder, values, expression.span)? else {
        let why = format!("Input to `casewhen` should all be the same type, but it's [{}]", types.join(", "));
        return Err(mismatch("DATA_DIFF_TYPES", &text_in(expression, scope), &why, expression.span));
    };
    binder.note_collations(branches.iter().map(|(_, value)| value).chain(otherwise), &values);
    let nullable = !has_otherwise || values.iter().any(|value| value.nullable);
    let otherwise = if has_otherwise { values.pop().map(|value| Box::new(value.expr)) } else { None };
    let boolean = data_type == DataType::Boolean;
    let case = |conditions: Vec<Typed>| {
        let pairs = conditions
            .into_iter()
            .zip(&values)
            .map(|(condition, value)| (Box::new(condition.expr), Box::new(value.expr.clone())))
            .collect();
        Typed { expr: choose(pairs, otherwise.clone(), boolean), data_type: data_type.clone(), nullable }
    };
    let Some(operand) = operand else { return Ok(case(conditions)) };
    let results = values.iter().map(|value| &value.expr).chain(otherwise.as_deref());
    let others: Vec<_> = compared.iter().map(|compared| &compared.expr).chain(results).collect();
    once(operand, &others, |operand| {
        let equal = |to: &Typed| {
            comparisons::equal(Operation { binder, whole: expression, scope }, operand.clone(), to.clone())
        };
        Ok(case(compared.iter().map(equal).collect::<Result<_>>()?))
    })
}
