//! `window(…)` and `session_window(…)`: each row is put beside the windows of time that it lies in, below all clauses that
//! mention them. Sessions that touch become one when rows are grouped.

use std::sync::Arc;

use datafusion::common::{Column, ExprSchema};
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::expr::{Sort, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    AggregateUDF, Expr, Filter, LogicalPlan, LogicalPlanBuilder, Projection, WindowFrame, WindowFrameBound,
    WindowFrameUnits, WindowFunctionDefinition, lit, when,
};
use datafusion::scalar::ScalarValue;

use crate::error::{_LEGACY_ERROR_TEMP_1039, Error, Result, Span};
use crate::functions::dates::windows::{bind_session, bind_window, of_moments};
use crate::functions::{Call, Generator, Typed, lookup};
use crate::sql::ast::{Expression, ExpressionKind, FunctionCall, Query, Select, SelectItem};
use crate::sql::visit::{self, Visitor};
use crate::types::DataType;

use super::grouping::GroupedBy;
use super::named_arguments::positional;
use super::query::Tail;
use super::rows::Rows;
use super::scope::{Collected, ExpressionScope, Place, Scope, ScopeColumn};
use super::{Binder, column_names, expressions, generators};

/// Rows with their windows, and what the window is.
pub(super) struct Windowed {
    pub rows: Rows,
    /// Not part of `*`.
    pub column: Option<ScopeColumn>,
    session: Option<Session>,
}

/// Columns of the plan that a session's window is made of.
struct Session {
    start: Typed,
    end: Typed,
    window: Column,
}

/// Whether a call asks for a window of time.
pub(super) fn is_time_window(call: &FunctionCall) -> bool {
    let [name] = call.name.parts.as_slice() else { return false };
    call.over.is_none() && (name.is("window") || name.is("session_window"))
}

/// Calls of a query itself, not of subqueries in it.
#[derive(Default)]
pub(super) struct Calls(Vec<(FunctionCall, Span)>);

impl Visitor for Calls {
    fn query(&mut self, _: &Query) {}

    fn expression(&mut self, expression: &Expression) {
        // A chain of operators is walked in a loop, from its end.
        let mut first = expression;
        while let ExpressionKind::Binary { left, .. } = &first.kind {
            first = left;
        }
        if let ExpressionKind::Function(call) = &first.kind
            && is_time_window(call)
        {
            self.0.push((call.as_ref().clone(), first.span));
        }
        visit::walk_expression(self, expression);
    }
}

impl Calls {
    /// Those of a SELECT behind FROM and WHERE.
    pub fn of_select(select: &Select, tail: &Tail<'_>) -> Self {
        let mut calls = Self::of_items(&select.items);
        if let Some(group_by) = &select.group_by {
            visit::walk_group_by(&mut calls, group_by);
        }
        for expression in select.having.iter().chain(&select.qualify).chain(tail.distribute_by).chain(tail.cluster_by) {
            calls.expression(expression);
        }
        for item in tail.order_by.iter().chain(tail.sort_by) {
            calls.expression(&item.expression);
        }
        for window in tail.windows {
            visit::walk_window(&mut calls, &window.specification);
        }
        calls
    }

    pub fn of_items<'q>(items: impl IntoIterator<Item = &'q SelectItem>) -> Self {
        let mut calls = Self::default();
        items.into_iter().for_each(|item| calls.expression(&item.expression));
        calls
    }

    pub fn of_condition(condition: &Expression) -> Self {
        let mut calls = Self::default();
        calls.expression(condition);
        calls
    }
}

/// Puts rows beside the windows of time they lie in, if the calls ask for some. A row without a time lies in none.
pub(super) fn add(binder: &Binder<'_>, rows: Rows, calls: &Calls, parent: Option<&Scope<'_>>) -> Result<Windowed> {
    let mut asked: Option<Asked> = None;
    for (call, span) in &calls.0 {
        let now = bind(binder, call, *span, &rows, parent)?;
        if asked.as_ref().is_some_and(|asked| !asked.is(&now)) {
            return Err(Error::new(
                &_LEGACY_ERROR_TEMP_1039,
                "Multiple time/session window expressions would result in a cartesian product of rows, therefore they are \
                 currently not supported",
            )
            .at(*span));
        }
        asked = Some(now);
    }
    let windowed = match asked {
        None => return Ok(Windowed { rows, column: None, session: None }),
        Some(Asked::Windows { windows, moment }) => windows_of(binder, rows, windows, moment)?,
        Some(Asked::Session { start, end }) => sessions_of(binder, rows, start, end)?,
    };
    if let Some(column) = &windowed.column {
        let mut known = binder.time_windows.borrow_mut();
        known.extend(calls.0.iter().map(|(_, span)| (*span, column.typed())));
    }
    Ok(windowed)
}

/// What stands for the call.
pub(super) fn of_call(binder: &Binder<'_>, call: &FunctionCall, span: Span) -> Result<Typed> {
    let known = binder.time_windows.borrow();
    match known.iter().rev().find(|(place, _)| *place == span) {
        Some((_, window)) => Ok(window.clone()),
        None => Err(Error::unsupported(
            format!("`{}` here", call.name.last().value.to_lowercase()),
            "compute it in the SELECT list of a subquery",
        )
        .at(span)),
    }
}

/// What a call asks for, over the rows.
enum Asked {
    Windows { windows: Typed, moment: Typed },
    Session { start: Typed, end: Typed },
}

impl Asked {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Asked::Windows { windows, .. }, Asked::Windows { windows: other, .. }) => windows.expr == other.expr,
            (Asked::Session { start, end }, Asked::Session { start: other_start, end: other_end }) => {
                start.expr == other_start.expr && end.expr == other_end.expr
            }
            _ => false,
        }
    }
}

fn bind(
    binder: &Binder<'_>,
    call: &FunctionCall,
    span: Span,
    rows: &Rows,
    parent: Option<&Scope<'_>>,
) -> Result<Asked> {
    let name = call.name.last().value.as_str();
    let function = lookup(name).ok_or_else(|| Error::internal("windows of time are functions").at(span))?;
    let scope = Scope::new(rows.columns.clone(), parent);
    let mut collected = Collected::new(binder);
    let mut scope = ExpressionScope::new(&scope, Place::GroupBy, &mut collected);
    let (mut arguments, mut texts) = (Vec::new(), Vec::new());
    for argument in positional(function.name, &call.arguments)? {
        arguments.push(expressions::bind(binder, &argument.value, &mut scope)?);
        texts.push(column_names::text_of(&argument.value));
    }
    let context = binder.environment.context;
    let bound = Call { function, name, arguments: &arguments, texts: &texts, span, context, descending: None };
    let asked = match function.name {
        "window" => bind_window(&bound).map(|(windows, moment)| Asked::Windows { windows, moment }),
        _ => bind_session(&bound).map(|(start, end)| Asked::Session { start, end }),
    };
    asked.map_err(|error| error.at(span))
}

fn windows_of(binder: &Binder<'_>, rows: Rows, windows: Typed, moment: Typed) -> Result<Windowed> {
    let timed = LogicalPlan::Filter(Filter::try_new(moment.expr.is_not_null(), Arc::new(rows.plan))?);
    let unique = binder.unique("window");
    let one = match &windows.data_type {
        DataType::Array { element, .. } => {
            let data_type = element.as_ref().clone();
            let generator = Generator { columns: vec![("window".to_owned(), windows)], outer: false };
            let plan = generators::unnest(binder, timed, &generator, std::slice::from_ref(&unique))?;
            (plan, data_type)
        }
        data_type => {
            let data_type = data_type.clone();
            let mut outputs = Rows::pass_through(&timed);
            outputs.push(windows.expr.alias(unique.clone()));
            (LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(timed))?), data_type)
        }
    };
    let column = scope_column(&one.0, "window", unique, one.1)?;
    Ok(Windowed { rows: Rows::new(one.0, rows.columns)?, column: Some(column), session: None })
}

fn sessions_of(binder: &Binder<'_>, rows: Rows, start: Typed, end: Typed) -> Result<Windowed> {
    let [starts, ends, unique] = ["start", "end", "session_window"].map(|name| binder.unique(name));
    let mut outputs = Rows::pass_through(&rows.plan);
    outputs.push(start.expr.clone().alias(starts.clone()));
    outputs.push(end.expr.clone().alias(ends.clone()));
    let plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(rows.plan))?);
    let start = Typed { expr: Expr::Column(Column::new_unqualified(starts)), nullable: false, ..start };
    let end = Typed { expr: Expr::Column(Column::new_unqualified(ends)), nullable: false, ..end };
    // Nor does a row lie in a session that ends before it begins.
    let lasts = end.expr.clone().gt(start.expr.clone());
    let plan = LogicalPlan::Filter(Filter::try_new(lasts, Arc::new(plan))?);
    let window = of_moments(start.clone(), end.clone(), binder.environment.context);
    let data_type = window.data_type.clone();
    let mut outputs = Rows::pass_through(&plan);
    outputs.push(window.expr.alias(unique.clone()));
    let plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plan))?);
    let column = scope_column(&plan, "session_window", unique, data_type)?;
    let session = Session { start, end, window: column.column.clone() };
    Ok(Windowed { rows: Rows::new(plan, rows.columns)?, column: Some(column), session: Some(session) })
}

fn scope_column(plan: &LogicalPlan, name: &str, unique: String, data_type: DataType) -> Result<ScopeColumn> {
    let column = Column::new_unqualified(unique);
    let field = Arc::clone(plan.schema().field_from_column(&column)?);
    Ok(ScopeColumn {
        qualifier: Vec::new(),
        name: name.to_owned(),
        column,
        field,
        data_type,
        nullable: false,
        position: 0,
        hidden: false,
    })
}

impl Windowed {
    /// The window as a column of its own, which comes after those of `*`.
    pub fn in_sight(mut self) -> Self {
        self.rows.columns.extend(self.column.clone());
        self
    }

    /// Sessions that touch are one, if rows are grouped by them: those with the same other groups.
    pub fn merged(self, binder: &Binder<'_>, grouped_by: Option<&GroupedBy>) -> Result<Rows> {
        let (Some(session), Some(grouped_by)) = (&self.session, grouped_by) else { return Ok(self.rows) };
        let is_window = |group: &Typed| group.expr == Expr::Column(session.window.clone());
        if !grouped_by.expressions.iter().any(is_window) {
            return Ok(self.rows);
        }
        if grouped_by.sets.is_some() {
            return Err(Error::unsupported("`session_window` in grouping sets", "group in several queries"));
        }
        let others: Vec<Expr> =
            grouped_by.expressions.iter().filter(|group| !is_window(group)).map(|group| group.expr.clone()).collect();
        let columns = self.rows.columns.clone();
        Rows::new(merge(binder, self.rows.plan, session, others)?, columns)
    }
}

fn merge(binder: &Binder<'_>, plan: LogicalPlan, session: &Session, others: Vec<Expr>) -> Result<LogicalPlan> {
    let all: Vec<Column> = plan.schema().columns();
    let [before, begins, number, first, last] =
        ["before", "begins", "session", "first", "last"].map(|name| binder.unique(name));
    let column = |name: &String| Expr::Column(Column::new_unqualified(name.clone()));
    let in_order = || vec![Sort::new(session.start.expr.clone(), true, true)];
    let unbounded = || WindowFrameBound::Preceding(ScalarValue::Null);
    let one_before = WindowFrameBound::Preceding(ScalarValue::UInt64(Some(1)));
    let earlier = WindowFrame::new_bounds(
        WindowFrameUnits::Rows,
        WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
        one_before,
    );
    // Rows of one moment belong together, in whatever order they come.
    let so_far = WindowFrame::new_bounds(WindowFrameUnits::Range, unbounded(), WindowFrameBound::CurrentRow);

    let furthest = over(max_udaf(), session.end.expr.clone(), others.clone(), in_order(), earlier);
    let plan = with_columns(plan, vec![(furthest, before.clone())])?;
    let is_first = column(&before).is_null().or(session.start.expr.clone().gt(column(&before)));
    let mut outputs = Rows::pass_through(&plan);
    outputs.push(when(is_first, lit(1_i64)).otherwise(lit(0_i64))?.alias(begins.clone()));
    let plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plan))?);
    let numbered = over(sum_udaf(), column(&begins), others.clone(), in_order(), so_far);
    let plan = with_columns(plan, vec![(numbered, number.clone())])?;
    let mut of_session = others;
    of_session.push(column(&number));
    let whole = || WindowFrame::new(None);
    let start = over(min_udaf(), session.start.expr.clone(), of_session.clone(), Vec::new(), whole());
    let end = over(max_udaf(), session.end.expr.clone(), of_session, Vec::new(), whole());
    let plan = with_columns(plan, vec![(start, first.clone()), (end, last.clone())])?;
    let moment = |name: &String, like: &Typed| Typed { expr: column(name), ..like.clone() };
    let window = of_moments(moment(&first, &session.start), moment(&last, &session.end), binder.environment.context);
    let outputs = all
        .into_iter()
        .map(|kept| match kept == session.window {
            true => window.expr.clone().alias(kept.name),
            false => Expr::Column(kept),
        })
        .collect();
    Ok(LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plan))?))
}

fn over(
    function: Arc<AggregateUDF>,
    argument: Expr,
    partition_by: Vec<Expr>,
    order_by: Vec<Sort>,
    window_frame: WindowFrame,
) -> Expr {
    Expr::from(WindowFunction {
        fun: WindowFunctionDefinition::AggregateUDF(function),
        params: WindowFunctionParams {
            args: vec![argument],
            partition_by,
            order_by,
            window_frame,
            filter: None,
            null_treatment: None,
            distinct: false,
        },
    })
}

/// The rows with window functions beside them, under the names given.
fn with_columns(plan: LogicalPlan, calls: Vec<(Expr, String)>) -> Result<LogicalPlan> {
    let mut outputs = Rows::pass_through(&plan);
    for (call, name) in &calls {
        outputs.push(Expr::Column(Column::from_name(call.schema_name().to_string())).alias(name.clone()));
    }
    let plan = LogicalPlanBuilder::window_plan(plan, calls.into_iter().map(|(call, _)| call))?;
    Ok(LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plan))?))
}
