//! Calls of functions: which function is meant, whether it may stand here, and what stands around its arguments.

use std::sync::Arc;

use datafusion::functions_window::nth_value::{first_value_udwf, last_value_udwf};
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, Sort};
use datafusion::logical_expr::{Expr, WindowFunctionDefinition, lit, when};
use datafusion::scalar::ScalarValue;

use crate::error::{
    Error, INVALID_SQL_SYNTAX, INVALID_USAGE_OF_STAR_OR_REGEX, INVALID_WITHIN_GROUP_EXPRESSION, Result, Span,
    UNRESOLVED_ROUTINE, UNSUPPORTED_EXPR_FOR_WINDOW, UNSUPPORTED_GENERATOR, WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE,
    WRONG_NUM_ARGS,
};
use crate::functions::cast::{CastMode, cast};
use crate::functions::{self, Aggregate, Body, Call, Function, Typed, Window, collations, constant, floats};
use crate::sql::ast::{
    Argument, Expression, ExpressionKind, FunctionCall, Identifier, LikeOperator, Literal, ObjectName, SortItem,
    WindowReference,
};
use crate::types::{DataType, quote};

use super::column_names::{CAST_FUNCTIONS, row_field, text_in, text_of};
use super::expressions::bind as bind_expression;
use super::named_arguments::positional;
use super::scope::{ExpressionScope, Place};
use super::windows::{self, WindowOptions};
use super::{
    Binder, aggregates, casts, foreign_functions, generators, lambda, regex_columns, stars, time_windows,
    user_functions,
};

/// Binds a call of any kind of function that may stand in an expression.
pub fn bind(binder: &Binder<'_>, call: &FunctionCall, span: Span, scope: &mut ExpressionScope<'_>) -> Result<Typed> {
    let typed_name = call.name.last().value.as_str();
    let name = typed_name.to_lowercase();
    if call.name.parts.len() == 1
        && !binder.is_postgres()
        && let Some((_, data_type)) = CAST_FUNCTIONS.iter().find(|(cast, _)| *cast == name)
    {
        return cast_function(binder, call, data_type, span, scope);
    }
    let Some(function) = find(binder, &call.name) else {
        return match user_functions::find(binder, &call.name)? {
            Some(function) => {
                only_for_aggregates(call, &function.quoted(), span)?;
                user_functions::call(binder, &function, call, span, scope)
            }
            None => Err(foreign_functions::refused(typed_name, span)
                .filter(|_| call.name.parts.len() == 1)
                .unwrap_or_else(|| unresolved(binder, &call.name))),
        };
    };
    match function.name {
        "grouping" if call.arguments.len() == 1 => {
            return aggregates::grouping(binder, &call.arguments[0].value, span, scope);
        }
        // The operators by their names.
        "like" | "ilike" if matches!(call.arguments.len(), 2 | 3) => {
            only_for_aggregates(call, &quote(typed_name), span)?;
            let value = |n: usize| call.arguments.get(n).map(|argument| Box::new(argument.value.clone()));
            let (Some(operand), Some(pattern)) = (value(0), value(1)) else {
                return Err(Error::internal("two arguments were counted").at(span));
            };
            let operator = if function.name == "like" { LikeOperator::Like } else { LikeOperator::ILike };
            let (patterns, escape) = (vec![*pattern], value(2));
            let kind = ExpressionKind::Like { operand, operator, patterns, quantifier: None, escape, negated: false };
            return bind_expression(binder, &Expression { kind, span }, scope);
        }
        "window" | "session_window" if time_windows::is_time_window(call) => {
            return time_windows::of_call(binder, call, span);
        }
        "grouping_id" => {
            let arguments = call.arguments.iter().map(|argument| argument.value.clone()).collect::<Vec<_>>();
            return aggregates::grouping_id(binder, &arguments, span, scope);
        }
        _ => {}
    }
    match &function.body {
        Body::Aggregate(bind) => aggregate(binder, function, *bind, call, span, scope),
        Body::Window(bind) => window(binder, function, *bind, call, span, scope),
        Body::Kernel(_) | Body::Scalar(_) => {
            only_for_aggregates(call, &quote(typed_name), span)?;
            if call.over.is_some() {
                return Err(Error::new(
                    &UNSUPPORTED_EXPR_FOR_WINDOW,
                    format!("Expression \"{}\" not supported within a window function", plain_text(call, scope)),
                )
                .at(span));
            }
            if lambda::is_lambda_call(call) || function.name == "array_sort" && call.arguments.len() == 2 {
                return lambda::bind(binder, function, call, span, scope);
            }
            let (mut arguments, texts) = arguments(binder, function, call, scope)?;
            collations::meet_arguments(function.name, &mut arguments).map_err(|error| error.at(span))?;
            // The names of functions that are written as others show what was typed.
            if !matches!(function.name, "btrim" | "nullif" | "nvl" | "ifnull" | "nvl2" | "equal_null") {
                binder.note_collations(call.arguments.iter().map(|argument| &argument.value), &arguments);
            }
            // The names are arguments by now.
            let function = match function.name {
                "struct" => functions::lookup("named_struct").unwrap_or(function),
                _ => function,
            };
            let context = binder.environment.context;
            evaluate(&Call {
                function,
                name: typed_name,
                arguments: &arguments,
                texts: &texts,
                span,
                context,
                descending: None,
            })
        }
        Body::Binder => {
            only_for_aggregates(call, &quote(typed_name), span)?;
            lambda::bind(binder, function, call, span, scope)
        }
        Body::TableGenerator(_) => Err(unresolved(binder, &call.name)),
        Body::Generator(_) if binder.is_postgres() && scope.place == Place::Select => {
            generators::in_expression(binder, &call.name, &call.arguments, span, scope)
        }
        Body::Generator(_)
            if !matches!(
                scope.place,
                Place::Select | Place::AggregateArgument | Place::GeneratorArgument | Place::Window
            ) =>
        {
            Err(Error::new(
                &UNSUPPORTED_GENERATOR,
                format!(
                    "The generator is not supported: outside the SELECT clause, found: \"{}\"",
                    plain_text(call, scope)
                ),
            )
            .subcondition("OUTSIDE_SELECT")
            .hint("let it stand alone in the SELECT list, or use LATERAL VIEW")
            .at(span))
        }
        Body::Generator(_) => Err(Error::new(
            &UNSUPPORTED_GENERATOR,
            format!("The generator is not supported: nested in expressions \"{}\"", plain_text(call, scope)),
        )
        .subcondition("NESTED_IN_EXPRESSIONS")
        .hint("let it stand alone in the SELECT list, or use LATERAL VIEW")
        .at(span)),
        Body::Table(_) => {
            Err(unresolved(binder, &call.name).hint(format!("`{typed_name}` makes a table: write it in FROM")))
        }
    }
}

/// A call of a scalar function that the grammar has another form for; its arguments are bound already.
pub fn scalar(binder: &Binder<'_>, name: &str, arguments: &[Typed], texts: &[String], span: Span) -> Result<Typed> {
    let Some(function) = functions::lookup(name) else {
        return Err(Error::unsupported(format!("the function `{name}`"), "see SHOW FUNCTIONS").at(span));
    };
    let context = binder.environment.context;
    evaluate(&Call { function, name, arguments, texts, span, context, descending: None })
}

/// A call of that function; its arguments are bound already.
pub(super) fn of_function(
    binder: &Binder<'_>,
    function: &'static Function,
    arguments: &[Typed],
    texts: &[String],
    span: Span,
) -> Result<Typed> {
    let context = binder.environment.context;
    evaluate(&Call { function, name: function.name, arguments, texts, span, context, descending: None })
}

fn evaluate(call: &Call<'_>) -> Result<Typed> {
    functions::ordering::check(call)?;
    if call.arguments.iter().any(|argument| argument.data_type.is_collated()) {
        return collations::bind(call, &plain);
    }
    plain(call)
}

/// As if there were no collations.
fn plain(call: &Call<'_>) -> Result<Typed> {
    match &call.function.body {
        Body::Kernel(simple) => call.simple(simple),
        Body::Scalar(bind) => bind(call).map_err(|error| error.at(call.span)),
        Body::Aggregate(_)
        | Body::Window(_)
        | Body::Generator(_)
        | Body::TableGenerator(_)
        | Body::Table(_)
        | Body::Binder => Err(Error::internal(format!("`{}` is not a scalar function", call.name)).at(call.span)),
    }
}

/// Whether a name of one part means a built-in function, whatever users have made.
pub fn is_builtin(name: &str) -> bool {
    functions::lookup(name).is_some() || CAST_FUNCTIONS.iter().any(|(cast, _)| name.eq_ignore_ascii_case(cast))
}

/// The function that a name means: a built-in one, with or without `system.builtin` before it.
fn find(binder: &Binder<'_>, name: &ObjectName) -> Option<&'static Function> {
    let qualifier = &name.parts[..name.parts.len() - 1];
    let builtin = match qualifier {
        [] => true,
        [schema] => schema.is("builtin"),
        [catalog, schema] => catalog.is("system") && schema.is("builtin"),
        _ => false,
    };
    if builtin { binder.lookup(&name.last().value) } else { None }
}

fn unresolved(binder: &Binder<'_>, name: &ObjectName) -> Error {
    let shown = name.parts.iter().map(|part| quote(&part.value)).collect::<Vec<_>>().join(".");
    let database = quote(&binder.environment.context.current_database);
    // One of that name makes rows in FROM only.
    let typed = &name.last().value;
    let known = functions::all().flat_map(Function::names).filter(|known| !typed.eq_ignore_ascii_case(known));
    Error::new(
        &UNRESOLVED_ROUTINE,
        format!(
            "Cannot resolve routine {shown} on search path [`system`.`builtin`, `system`.`session`, \
             `spark_catalog`.{database}]"
        ),
    )
    .suggest(&name.last().value, known)
    .at(name.span)
}

/// `int('1')`
fn cast_function(
    binder: &Binder<'_>,
    call: &FunctionCall,
    data_type: &DataType,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    only_for_aggregates(call, &quote(&call.name.last().value), span)?;
    let [argument] = call.arguments.as_slice() else {
        return Err(Error::new(
            &WRONG_NUM_ARGS,
            format!(
                "The `{}` requires 1 parameters but the actual number is {}. Please, refer to \
                 'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix",
                call.name.last().value.to_lowercase(),
                call.arguments.len()
            ),
        )
        .subcondition("WITHOUT_SUGGESTION")
        .at(span));
    };
    let operand = bind_expression(binder, &argument.value, scope)?;
    let context = binder.environment.context;
    cast(operand, data_type, CastMode::implicit(context), context).map_err(|error| error.at(span))
}

/// DISTINCT and its like mean nothing for a scalar function.
fn only_for_aggregates(call: &FunctionCall, name: &str, span: Span) -> Result<()> {
    let what = if call.distinct {
        "DISTINCT"
    } else if call.filter.is_some() {
        "FILTER CLAUSE"
    } else if call.ignore_nulls.is_some() {
        "IGNORE NULLS"
    } else if !call.within_group.is_empty() {
        "WITHIN GROUP (ORDER BY ...)"
    } else {
        return Ok(());
    };
    Err(syntax_error(name, what, span))
}

fn unsupported_syntax(call: &FunctionCall, what: &str, span: Span) -> Error {
    syntax_error(&quote(&call.name.last().value), what, span)
}

fn syntax_error(name: &str, what: &str, span: Span) -> Error {
    Error::new(&INVALID_SQL_SYNTAX, format!("Invalid SQL syntax: The function {name} does not support {what}"))
        .subcondition("FUNCTION_WITH_UNSUPPORTED_SYNTAX")
        .at(span)
}

/// The call without what stands behind its parentheses, for messages.
fn plain_text(call: &FunctionCall, scope: &ExpressionScope<'_>) -> String {
    let plain = FunctionCall { over: None, ..call.clone() };
    let span = call.name.span;
    text_in(&Expression { kind: ExpressionKind::Function(Box::new(plain)), span }, scope)
}

/// The arguments bound, `*` replaced by the columns it stands for, named ones in their places.
fn arguments(
    binder: &Binder<'_>,
    function: &'static Function,
    call: &FunctionCall,
    scope: &mut ExpressionScope<'_>,
) -> Result<(Vec<Typed>, Vec<String>)> {
    let mut bound = Vec::with_capacity(call.arguments.len());
    let mut texts = Vec::with_capacity(call.arguments.len());
    for argument in positional(function.name, &call.arguments)? {
        if matches!(scope.place, Place::Select | Place::AggregateArgument)
            && let Some(columns) =
                regex_columns::regex_columns(scope.collected.regex_columns, &argument.value, scope.scope)?
        {
            for column in columns {
                push_named(binder, function, &column.name, &mut bound, &mut texts)?;
                bound.push(column.typed());
                texts.push(column.name);
            }
            continue;
        }
        match &argument.value.kind {
            ExpressionKind::Star { qualifier, except } => {
                for column in stars::values(qualifier, except, scope.scope, argument.value.span)? {
                    push_named(binder, function, &column.name, &mut bound, &mut texts)?;
                    bound.push(column.value);
                    texts.push(column.shown);
                }
            }
            _ => {
                let name = row_field(&argument.value, bound.len());
                let name = argument.name.as_ref().map_or(name, |name| name.value.clone());
                let name = if argument.name.is_none() && function.name == "struct" {
                    row_field(&argument.value, bound.len() / 2)
                } else {
                    name
                };
                push_named(binder, function, &name, &mut bound, &mut texts)?;
                bound.push(bind_expression(binder, &argument.value, scope)?);
                texts.push(text_in(&argument.value, scope));
            }
        }
    }
    Ok((bound, texts))
}

/// `struct(a, b)` gets names for its fields: its arguments are those of `named_struct`.
fn push_named(
    binder: &Binder<'_>,
    function: &'static Function,
    name: &str,
    bound: &mut Vec<Typed>,
    texts: &mut Vec<String>,
) -> Result<()> {
    if function.name == "struct" {
        let context = binder.environment.context;
        bound.push(super::literals::bind(&Literal::String(name.to_owned()), false, Span::default(), context)?);
        texts.push(name.to_owned());
    }
    Ok(())
}

fn aggregate(
    binder: &Binder<'_>,
    function: &'static Function,
    bind: fn(&Call<'_>) -> Result<Aggregate>,
    call: &FunctionCall,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let name = call.name.last().value.as_str();
    let text = plain_text(call, scope);
    let context = binder.environment.context;
    let stars = count_star(function, call);
    if function.name == "mode" && call.arguments.is_empty() && call.within_group.is_empty() {
        return Err(without_values(function, span));
    }
    let resolve = |arguments: &[Typed], texts: &[String], descending: Option<bool>| {
        let bound = Call { function, name, arguments, texts, span, context, descending };
        functions::ordering::check(&bound).map_err(|error| error.at(span))?;
        let collated = arguments.iter().any(|argument| argument.data_type.is_collated());
        let bound = match collated && !keeps_distinct(function, call) {
            true => functions::aggregates::collated(&bound, call.distinct, bind),
            false => bind(&bound).map(|aggregate| (aggregate, false)),
        };
        bound.map_err(|error| error.at(span))
    };
    if call.over.is_some() && !call.order_by.is_empty() {
        return Err(unsupported_syntax(call, "ORDER BY among its arguments together with OVER", span));
    }
    if let Some(over) = &call.over {
        scope.check_window(&text, span)?;
        let (bound, texts, order) = scope.inside_window(|scope| {
            let (bound, texts) = aggregate_arguments(binder, function, call, stars, scope)?;
            let order = call.within_group.iter().map(|item| sort(binder, item, scope)).collect::<Result<Vec<_>>>()?;
            Ok::<_, Error>((bound, texts, order))
        })?;
        if call.distinct && takes_the_key(function) && (function.name == "mode" || !order.is_empty()) {
            return Err(distinct_inverse(function, span));
        }
        let keyed = takes_the_key(function) && !order.is_empty();
        if !order.is_empty() && !keyed {
            return Err(unsupported_syntax(call, "WITHIN GROUP (ORDER BY ...) together with OVER", span));
        }
        let (arguments, texts, descending, _) = with_key_first(function, call, (bound, texts, order), span)?;
        let (aggregate, _) = resolve(&arguments, &texts, descending)?;
        // The window functions of that name can slide.
        let definition = match function.name {
            "first" | "any_value" => WindowFunctionDefinition::WindowUDF(first_value_udwf()),
            "last" => WindowFunctionDefinition::WindowUDF(last_value_udwf()),
            _ => WindowFunctionDefinition::AggregateUDF(aggregate.function),
        };
        let skips_nulls = matches!(function.name, "first" | "any_value" | "last")
            && matches!(arguments.get(1), Some(second) if constant::evaluate(&second.expr)? == Some(ScalarValue::Boolean(Some(true))));
        let window = Window {
            function: definition,
            arguments: aggregate.arguments,
            data_type: aggregate.data_type,
            nullable: aggregate.nullable,
        };
        let ignore_nulls = if skips_nulls { Some(true) } else { call.ignore_nulls };
        let whole_partition = keyed || WHOLE_PARTITION.contains(&function.name);
        let options = WindowOptions {
            distinct: call.distinct,
            filter: call.filter.as_ref(),
            ignore_nulls,
            whole_partition: whole_partition.then_some(text.as_str()),
        };
        return windows::call(binder, window, over, options, span, scope);
    }
    let misplaced = scope.check_aggregate(&text, span).err();
    if let Some(misplaced) = &misplaced
        && scope.scope.parent.is_none_or(|around| around.outer_calls.is_none())
    {
        return Err(misplaced.clone());
    }
    let (bound, texts, filter, order, sorted) = scope.inside_aggregate(|scope| {
        let (bound, texts) = aggregate_arguments(binder, function, call, stars, scope)?;
        let filter = match &call.filter {
            Some(filter) => {
                let typed = scope.inside_filter(|scope| bind_expression(binder, filter, scope))?;
                Some(Box::new(casts::implicit(binder, typed, &DataType::Boolean, filter.span)?.expr))
            }
            None => None,
        };
        let order = call.within_group.iter().map(|item| sort(binder, item, scope)).collect::<Result<Vec<_>>>()?;
        let sorted = call.order_by.iter().map(|item| sort(binder, item, scope)).collect::<Result<Vec<_>>>()?;
        Ok((bound, texts, filter, order, sorted))
    })?;
    if !order.is_empty() && !takes_the_key(function) && !matches!(function.name, "listagg" | "string_agg") {
        return Err(unsupported_syntax(call, "WITHIN GROUP (ORDER BY ...)", span));
    }
    if call.distinct && takes_the_key(function) && (function.name == "mode" || !order.is_empty()) {
        return Err(distinct_inverse(function, span));
    }
    let (bound, texts, descending, order) = with_key_first(function, call, (bound, texts, order), span)?;
    // Others do not depend on the order of what they are made of.
    let order = match matches!(function.name, "array_agg" | "string_agg" | "listagg" | "collect_list") {
        true if order.is_empty() => sorted,
        _ => order,
    };
    if function.name == "listagg" && call.distinct {
        let is_input = |key: &Typed| bound.first().is_some_and(|value| value.expr == key.expr);
        if order.len() > 1 || order.iter().any(|(_, key)| !is_input(key)) {
            return Err(not_the_distinct_input(&texts, &call.within_group, span));
        }
    }
    let bound = if call.distinct { bound.into_iter().map(floats::without_zero_signs).collect() } else { bound };
    let (aggregate, makes_distinct) = resolve(&bound, &texts, descending)?;
    let after = keeps_distinct(function, call) && bound.iter().any(|argument| argument.data_type.is_collated());
    let null_treatment = call.ignore_nulls.map(|ignore| {
        use datafusion::logical_expr::expr::NullTreatment;
        if ignore { NullTreatment::IgnoreNulls } else { NullTreatment::RespectNulls }
    });
    let distinct = call.distinct && !makes_distinct && !after;
    // The optimizer groups by what a DISTINCT aggregate takes, if all have but that one argument and no filter.
    let filter = match aggregate.arguments.as_slice() {
        [first, others @ ..] if distinct && !others.is_empty() && others.iter().all(|other| other == first) => {
            filter.or_else(|| Some(Box::new(lit(true))))
        }
        _ => filter,
    };
    let expr = Expr::AggregateFunction(AggregateFunction {
        func: Arc::clone(&aggregate.function),
        params: AggregateFunctionParams {
            args: aggregate.arguments,
            distinct,
            filter,
            order_by: order.into_iter().map(|(sort, _)| sort).collect(),
            null_treatment,
        },
    });
    let call = Typed { expr, data_type: aggregate.data_type, nullable: aggregate.nullable };
    let call = match misplaced {
        Some(misplaced) => scope.outer_aggregate(&call, span)?.ok_or(misplaced)?,
        None => scope.aggregate(call, span),
    };
    if after { scalar(binder, "array_distinct", &[call], &[text], span) } else { Ok(call) }
}

/// Aggregates that see all rows of a window's partition, in no order of the window's.
const WHOLE_PARTITION: &[&str] = &["median", "percentile_cont", "percentile_disc"];

/// The value of `percentile_cont(0.5) WITHIN GROUP (ORDER BY a)` is `a`.
fn takes_the_key(function: &Function) -> bool {
    matches!(function.name, "percentile_cont" | "percentile_disc" | "mode")
}

/// `mode()`, whose values only WITHIN GROUP could give.
fn without_values(function: &Function, span: Span) -> Error {
    let name = quote(function.name);
    let text = format!("Invalid function {name} with WITHIN GROUP. WITHIN GROUP is required for the function");
    Error::new(&INVALID_WITHIN_GROUP_EXPRESSION, text).subcondition("WITHIN_GROUP_MISSING").at(span)
}

fn distinct_inverse(function: &Function, span: Span) -> Error {
    Error::new(
        &INVALID_WITHIN_GROUP_EXPRESSION,
        format!(
            "Invalid function {} with WITHIN GROUP. The function does not support DISTINCT with WITHIN GROUP",
            quote(function.name)
        ),
    )
    .subcondition("DISTINCT_UNSUPPORTED")
    .at(span)
}

/// Arguments, their texts and the keys of WITHIN GROUP.
type Bound = (Vec<Typed>, Vec<String>, Vec<(Sort, Typed)>);

/// The key of WITHIN GROUP as the first argument, and whether it descends, of a function that takes it so.
#[expect(clippy::type_complexity, reason = "the parts of a call, named where they are taken apart")]
fn with_key_first(
    function: &Function,
    call: &FunctionCall,
    (bound, texts, order): Bound,
    span: Span,
) -> Result<(Vec<Typed>, Vec<String>, Option<bool>, Vec<(Sort, Typed)>)> {
    if order.is_empty() || !takes_the_key(function) {
        return Ok((bound, texts, None, order));
    }
    if order.len() > 1 {
        return Err(Error::new(
            &INVALID_WITHIN_GROUP_EXPRESSION,
            format!(
                "Invalid function {} with WITHIN GROUP. The function requires 1 orderings in WITHIN GROUP but got {}",
                quote(function.name),
                order.len()
            ),
        )
        .subcondition("WRONG_NUM_ORDERINGS")
        .at(span));
    }
    let (mut values, mut value_texts, mut descending) = (Vec::new(), Vec::new(), None);
    for ((_, typed), item) in order.into_iter().zip(&call.within_group) {
        descending = Some(item.descending);
        values.push(typed);
        value_texts.push(text_of(&item.expression));
    }
    values.extend(bound);
    value_texts.extend(texts);
    Ok((values, value_texts, descending, Vec::new()))
}

/// Lists of collated strings lose their duplicates once they are lists.
fn keeps_distinct(function: &Function, call: &FunctionCall) -> bool {
    function.name == "collect_list" && call.distinct
}

fn not_the_distinct_input(texts: &[String], order: &[SortItem], span: Span) -> Error {
    let keys = order.iter().map(|item| format!("\"{}\"", text_of(&item.expression))).collect::<Vec<_>>();
    Error::new(
        &INVALID_WITHIN_GROUP_EXPRESSION,
        format!(
            "Invalid function `listagg` with WITHIN GROUP. The function is invoked with DISTINCT and WITHIN GROUP but \
             expressions \"{}\" and [{}] do not match. The WITHIN GROUP ordering expression must be picked from the \
             function inputs",
            texts.first().map_or("", String::as_str),
            keys.join(", ")
        ),
    )
    .subcondition("MISMATCH_WITH_DISTINCT_INPUT")
    .at(span)
}

/// `count(*)`: it counts rows, whatever is in them.
fn count_star(function: &'static Function, call: &FunctionCall) -> bool {
    function.name == "count"
        && !call.distinct
        && matches!(
            call.arguments.as_slice(),
            [Argument { value: Expression { kind: ExpressionKind::Star { qualifier, except }, .. }, .. }]
                if qualifier.is_empty() && except.is_empty()
        )
}

fn aggregate_arguments(
    binder: &Binder<'_>,
    function: &'static Function,
    call: &FunctionCall,
    stars: bool,
    scope: &mut ExpressionScope<'_>,
) -> Result<(Vec<Typed>, Vec<String>)> {
    if function.name == "count" && call.arguments.is_empty() {
        if binder.environment.settings.count_of_nothing {
            // Spark counts rows in which none of no arguments is NULL, and finds none.
            let null = super::literals::bind(&Literal::Null, false, call.name.span, binder.environment.context)?;
            return Ok((vec![null], Vec::new()));
        }
        return Err(Error::new(
            &WRONG_NUM_ARGS,
            "The `count` requires >= 1 parameters but the actual number is 0. Please, refer to \
             'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix",
        )
        .subcondition("WITH_SUGGESTION")
        .hint("count(*) counts rows")
        .at(call.name.span));
    }
    if function.name == "count"
        && let [Argument { value: Expression { kind: ExpressionKind::Star { qualifier, .. }, span }, .. }] =
            call.arguments.as_slice()
        && !binder.environment.settings.count_of_table
        && matches!(qualifier.as_slice(), [table] if is_table(table, scope))
    {
        let name = qualifier.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".");
        return Err(Error::new(
            &INVALID_USAGE_OF_STAR_OR_REGEX,
            format!(
                "count({name}.*) is not allowed. Please use count(*) or expand the columns manually, e.g. count(col1, col2)"
            ),
        )
        .at(*span));
    }
    if stars {
        let one = Literal::Integer("1".to_owned());
        let one = super::literals::bind(&one, false, call.name.span, binder.environment.context)?;
        return Ok((vec![one], vec!["1".to_owned()]));
    }
    arguments(binder, function, call, scope)
}

/// Whether `name.*` is a table's, not a struct's.
fn is_table(name: &Identifier, scope: &ExpressionScope<'_>) -> bool {
    scope.scope.star(std::slice::from_ref(name), name.span).is_ok_and(|columns| !columns.is_empty())
}

fn sort(binder: &Binder<'_>, item: &SortItem, scope: &mut ExpressionScope<'_>) -> Result<(Sort, Typed)> {
    let typed = bind_expression(binder, &item.expression, scope)?;
    let nulls_first = item.nulls_first.unwrap_or(!item.descending);
    let key = collations::key(typed.clone(), binder.environment.context)?;
    Ok((Sort::new(key.expr, !item.descending, nulls_first), typed))
}

fn window(
    binder: &Binder<'_>,
    function: &'static Function,
    bind: fn(&Call<'_>) -> Result<Window>,
    call: &FunctionCall,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let text = plain_text(call, scope);
    let over: &WindowReference = match &call.over {
        Some(over) => over,
        None => {
            return Err(Error::new(
                &WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE,
                format!("Window function \"{text}\" requires an OVER clause"),
            )
            .at(span));
        }
    };
    if call.distinct {
        return Err(unsupported_syntax(call, "DISTINCT", span));
    }
    if call.filter.is_some() {
        return Err(unsupported_syntax(call, "FILTER CLAUSE", span));
    }
    scope.check_window(&text, span)?;
    let (mut arguments, texts) = scope.inside_window(|scope| arguments(binder, function, call, scope))?;
    collations::meet_arguments(function.name, &mut arguments).map_err(|error| error.at(span))?;
    binder.note_collations(call.arguments.iter().map(|argument| &argument.value), &arguments);
    let name = call.name.last().value.as_str();
    let context = binder.environment.context;
    let options = WindowOptions { ignore_nulls: call.ignore_nulls, ..WindowOptions::default() };
    let through = |arguments: &[Typed], scope: &mut ExpressionScope<'_>| {
        let call = Call { function, name, arguments, texts: &texts, span, context, descending: None };
        windows::call(binder, bind(&call).map_err(|error| error.at(span))?, over, options, span, scope)
    };
    let [value, offset, default] = arguments.as_slice() else { return through(&arguments, scope) };
    if !matches!(function.name, "lag" | "lead") || constant::is_constant(&default.expr)? {
        return through(&arguments, scope);
    }
    // DataFusion knows constants as defaults only: whether there is a row that far is asked beside its value.
    let default = casts::implicit(binder, default.clone(), &value.data_type, span)?;
    let shifted = through(&[value.clone(), offset.clone()], scope)?;
    let nullable = value.nullable || default.nullable;
    let expr = if call.ignore_nulls == Some(true) {
        datafusion::functions::core::expr_fn::coalesce(vec![shifted.expr, default.expr])
    } else {
        let there = Typed { expr: lit(true), data_type: DataType::Boolean, nullable: false };
        let there = through(&[there, offset.clone()], scope)?;
        when(there.expr.is_null(), default.expr).otherwise(shifted.expr)?
    };
    Ok(Typed { expr, data_type: shifted.data_type, nullable })
}
