//! Window functions: the window they look through, and where they stand in the plan.

use datafusion::common::Column;
use datafusion::logical_expr::expr::{NullTreatment, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, Projection, SortExpr, WindowFrame as PlanFrame, WindowFrameBound,
    WindowFrameUnits,
};
use datafusion::scalar::ScalarValue;
use std::sync::Arc;

use crate::error::{
    _LEGACY_ERROR_TEMP_1035, _LEGACY_ERROR_TEMP_1036, DATATYPE_MISMATCH, DISTINCT_WINDOW_FUNCTION_UNSUPPORTED, Error,
    INVALID_SQL_SYNTAX, INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC, MISSING_WINDOW_SPECIFICATION, Result, Span,
    WINDOW_FUNCTION_AND_FRAME_MISMATCH,
};
use crate::functions::cast::{CastMode, cast};
use crate::functions::constant::evaluate;
use crate::functions::{Typed, Window, collations, floats};
use crate::sql::ast::{
    Expression, FrameBound, FrameUnit, Identifier, WindowFrame, WindowReference, WindowSpecification,
};
use crate::types::{DataType, DayTimeField};

use super::rows::{Rows, condition_of};
use super::scope::{CollectedCall, ExpressionScope};
use super::{Binder, aggregates, column_names, expressions, ordering};

/// What stands between a window function's arguments and OVER.
#[derive(Debug, Clone, Copy, Default)]
pub struct WindowOptions<'a> {
    pub distinct: bool,
    pub filter: Option<&'a Expression>,
    /// `IGNORE NULLS` is true, `RESPECT NULLS` is false.
    pub ignore_nulls: Option<bool>,
    /// The call, if its window may have neither an order nor a frame.
    pub whole_partition: Option<&'a str>,
}

/// A window with its base and its default frame filled in, not bound.
struct Specification<'a> {
    partition_by: &'a [Expression],
    order_by: &'a [crate::sql::ast::SortItem],
    frame: Option<&'a WindowFrame>,
}

/// Functions that number rows: they need an order, and no frame.
const NUMBERING: &[&str] = &["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"];

/// Binds OVER and leaves the call to be computed below. The caller has asked `scope.check_window` and bound the
/// arguments with `scope.inside_window`; an aggregate is a window function whose definition is the aggregate's.
pub fn call(
    binder: &Binder<'_>,
    function: Window,
    over: &WindowReference,
    options: WindowOptions<'_>,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    let name = function.function.name().to_owned();
    if options.distinct {
        return Err(Error::new(
            &DISTINCT_WINDOW_FUNCTION_UNSUPPORTED,
            format!("Distinct window functions are not supported: \"{name}\""),
        )
        .at(span));
    }
    let specification = match over {
        WindowReference::Named(name) => specification(named(scope, name)?, scope, 0)?,
        WindowReference::Inline(inline) => specification(inline, scope, 0)?,
    };
    if let Some(text) = options.whole_partition
        && (!specification.order_by.is_empty() || specification.frame.is_some())
    {
        return Err(Error::new(
            &INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC,
            format!("Cannot specify ORDER BY or a window frame for \"{text}\""),
        )
        .at(span));
    }
    let (partition_by, keys) = scope.inside_window(|scope| {
        let partition_by = specification
            .partition_by
            .iter()
            .map(|expression| {
                let value = expressions::bind(binder, expression, scope)?;
                ordering::partitioned(&value.data_type, &column_names::text_of(expression), expression.span)?;
                Ok(floats::without_zero_signs(collations::key(value, binder.environment.context)?).expr)
            })
            .collect::<Result<Vec<_>>>()?;
        let keys = specification
            .order_by
            .iter()
            .map(|item| {
                let value = expressions::bind(binder, &item.expression, scope)?;
                ordering::sorted(&value.data_type, &column_names::sort_item(item), item.expression.span)?;
                Ok(floats::without_zero_signs(collations::key(value, binder.environment.context)?))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok::<_, Error>((partition_by, keys))
    })?;
    let numbers = NUMBERING.contains(&name.as_str());
    if numbers && keys.is_empty() {
        return Err(Error::new(
            &WINDOW_FUNCTION_AND_FRAME_MISMATCH,
            format!(
                "Window function {name}() requires window to be ordered, please add ORDER BY clause. For example SELECT \
                 {name}()(value_expr) OVER (PARTITION BY window_partition ORDER BY window_ordering) from table"
            ),
        )
        .at(span));
    }
    let frame = match specification.frame {
        Some(frame) => {
            let bound = frame_of(binder, frame, &keys, scope)?;
            check_own_frame(&name, &function, frame, &bound)?;
            bound
        }
        // DataFusion's defaults are Spark's.
        None => PlanFrame::new((!keys.is_empty()).then_some(false)),
    };
    let frame = match own_frame(&name) {
        Some(own) => own,
        None => by_peers(frame, &keys),
    };
    let order_by = specification
        .order_by
        .iter()
        .zip(&keys)
        .map(|(item, key)| {
            let ascending = !item.descending;
            SortExpr::new(key.expr.clone(), ascending, item.nulls_first.unwrap_or(ascending))
        })
        .collect();
    let filter = match options.filter {
        Some(filter) => {
            let bound = scope.inside_window(|scope| expressions::bind(binder, filter, scope))?;
            Some(Box::new(condition_of(binder, bound, &column_names::text_of(filter), filter.span)?))
        }
        None => None,
    };
    let null_treatment = options.ignore_nulls.map(|ignore| match ignore {
        true => NullTreatment::IgnoreNulls,
        false => NullTreatment::RespectNulls,
    });
    let expr = Expr::WindowFunction(Box::new(WindowFunction {
        fun: function.function,
        params: WindowFunctionParams {
            args: function.arguments,
            partition_by,
            order_by,
            window_frame: frame,
            filter,
            null_treatment,
            distinct: false,
        },
    }));
    let nullable = function.nullable;
    Ok(scope.window(Typed { expr, data_type: function.data_type, nullable }, span))
}

/// The frame that a function looks through whatever is written: what only numbers rows needs no values of the order.
fn own_frame(name: &str) -> Option<PlanFrame> {
    NUMBERING.contains(&name).then(|| {
        let start = WindowFrameBound::Preceding(ScalarValue::UInt64(None));
        PlanFrame::new_bounds(WindowFrameUnits::Rows, start, WindowFrameBound::CurrentRow)
    })
}

/// Fails if a function that has a frame of its own was given another.
fn check_own_frame(name: &str, function: &Window, written: &WindowFrame, bound: &PlanFrame) -> Result<()> {
    if !NUMBERING.contains(&name) {
        return Ok(());
    }
    if matches!(name, "lag" | "lead") {
        let offset = match function.arguments.get(1) {
            Some(Expr::Literal(ScalarValue::Int64(Some(offset)), _)) => u64::try_from(*offset).ok(),
            _ => None,
        };
        let ahead = WindowFrameBound::Following(ScalarValue::UInt64(offset));
        let own = bound.units == WindowFrameUnits::Rows && bound.start_bound == ahead && bound.end_bound == ahead;
        if name == "lead" && offset.is_some() && own {
            return Ok(());
        }
        let text = format!("Cannot specify window frame for {name} function");
        return Err(Error::new(&_LEGACY_ERROR_TEMP_1035, text).at(written.span));
    }
    let (units, word) = match name {
        "cume_dist" => (WindowFrameUnits::Range, "RANGE"),
        _ => (WindowFrameUnits::Rows, "ROWS"),
    };
    let is_own = bound.units == units
        && matches!(&bound.start_bound, WindowFrameBound::Preceding(start) if start.is_null())
        && bound.end_bound == WindowFrameBound::CurrentRow;
    if is_own {
        return Ok(());
    }
    Err(Error::new(
        &_LEGACY_ERROR_TEMP_1036,
        format!(
            "Window Frame {bound} must match the required frame {word} BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        ),
    )
    .hint(format!("leave the frame of {name}() out"))
    .at(written.span))
}

/// A frame of RANGE without distances as one of GROUPS, which is the same, where DataFusion cannot search for values of the
/// order: structs, arrays and binaries.
fn by_peers(frame: PlanFrame, keys: &[Typed]) -> PlanFrame {
    let has_distance = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(distance) | WindowFrameBound::Following(distance) => !distance.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    let can_search = |key: &Typed| key.data_type.is_atomic() && key.data_type != DataType::Binary;
    let by_values = frame.units != WindowFrameUnits::Range
        || keys.iter().all(can_search)
        || has_distance(&frame.start_bound)
        || has_distance(&frame.end_bound);
    match by_values {
        true => frame,
        false => PlanFrame::new_bounds(WindowFrameUnits::Groups, frame.start_bound, frame.end_bound),
    }
}

fn named<'s>(scope: &ExpressionScope<'s>, name: &Identifier) -> Result<&'s WindowSpecification> {
    let mut found = scope.scope.windows.iter().filter(|window| window.name == *name);
    match (found.next(), found.next()) {
        (Some(window), None) => Ok(&window.specification),
        (Some(_), Some(_)) => Err(Error::new(
            &INVALID_SQL_SYNTAX,
            format!("The definition of window `{}` is repetitive", name.value),
        )
        .subcondition("REPETITIVE_WINDOW_DEFINITION")
        .at(name.span)),
        (None, _) => Err(Error::new(
            &MISSING_WINDOW_SPECIFICATION,
            format!(
                "Window specification is not defined in the WINDOW clause for {}. For more information about WINDOW clauses, \
                 please refer to 'https://spark.apache.org/docs/latest/sql-ref-syntax-qry-select-window.html'",
                name.value
            ),
        )
        .suggest(&name.value, scope.scope.windows.iter().map(|window| &window.name.value))
        .at(name.span)),
    }
}

/// Takes what a window leaves out from the window it is based on.
fn specification<'s>(
    window: &'s WindowSpecification,
    scope: &ExpressionScope<'s>,
    depth: usize,
) -> Result<Specification<'s>> {
    let own =
        Specification { partition_by: &window.partition_by, order_by: &window.order_by, frame: window.frame.as_ref() };
    let Some(base) = &window.base else { return Ok(own) };
    if depth > scope.scope.windows.len() {
        return Err(Error::syntax(format!("window `{}` is defined by itself", base.value), base.span));
    }
    let base = specification(named(scope, base)?, scope, depth + 1)?;
    Ok(Specification {
        partition_by: if own.partition_by.is_empty() { base.partition_by } else { own.partition_by },
        order_by: if own.order_by.is_empty() { base.order_by } else { own.order_by },
        frame: own.frame.or(base.frame),
    })
}

/// The window that a name stands for, with its base filled in; `None` if there is no such window.
pub(super) fn written_out(name: &Identifier, scope: &ExpressionScope<'_>) -> Option<WindowSpecification> {
    let window = named(scope, name).ok()?;
    let whole = specification(window, scope, 0).ok()?;
    Some(WindowSpecification {
        base: None,
        partition_by: whole.partition_by.to_vec(),
        order_by: whole.order_by.to_vec(),
        frame: whole.frame.cloned(),
        span: window.span,
    })
}

/// Binds a frame that was written.
fn frame_of(
    binder: &Binder<'_>,
    frame: &WindowFrame,
    keys: &[Typed],
    scope: &mut ExpressionScope<'_>,
) -> Result<PlanFrame> {
    let end = frame.end.as_ref().unwrap_or(&FrameBound::CurrentRow);
    let has_values =
        [&frame.start, end].iter().any(|bound| matches!(bound, FrameBound::Preceding(_) | FrameBound::Following(_)));
    let mismatch =
        |sub: &'static str, message: String| Error::new(&DATATYPE_MISMATCH, message).subcondition(sub).at(frame.span);
    if frame.unit == FrameUnit::Range {
        if keys.is_empty() {
            return Err(mismatch(
                "RANGE_FRAME_WITHOUT_ORDER",
                "A range window frame cannot be used in an unordered window specification".to_owned(),
            ));
        }
        if has_values && keys.len() > 1 {
            return Err(mismatch(
                "RANGE_FRAME_MULTI_ORDER",
                "A range window frame with value boundaries cannot be used in a window specification with multiple order by \
                 expressions"
                    .to_owned(),
            ));
        }
    }
    if matches!(frame.start, FrameBound::UnboundedFollowing) || matches!(end, FrameBound::UnboundedPreceding) {
        return Err(mismatch(
            "SPECIFIED_WINDOW_FRAME_INVALID_BOUND",
            "Window frame upper bound does not follow the lower bound".to_owned(),
        ));
    }
    let units = match frame.unit {
        FrameUnit::Rows => WindowFrameUnits::Rows,
        FrameUnit::Range => WindowFrameUnits::Range,
    };
    let key = (frame.unit == FrameUnit::Range).then(|| keys.first()).flatten();
    let start_bound = bound_of(binder, &frame.start, key, scope)?;
    let end_bound = bound_of(binder, end, key, scope)?;
    if is_after(&start_bound, &end_bound) {
        return Err(mismatch(
            "SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
            "The lower bound of a window frame must be less than or equal to the upper bound".to_owned(),
        ));
    }
    Ok(PlanFrame::new_bounds(units, start_bound, end_bound))
}

/// Whether a frame would end before it starts.
fn is_after(start: &WindowFrameBound, end: &WindowFrameBound) -> bool {
    match (start, end) {
        (WindowFrameBound::Preceding(start), WindowFrameBound::Preceding(end)) => {
            !start.is_null() && start.partial_cmp(end) == Some(std::cmp::Ordering::Less)
        }
        (WindowFrameBound::Following(start), WindowFrameBound::Following(end)) => {
            !end.is_null() && start.partial_cmp(end) == Some(std::cmp::Ordering::Greater)
        }
        (WindowFrameBound::Following(_), WindowFrameBound::Preceding(_) | WindowFrameBound::CurrentRow)
        | (WindowFrameBound::CurrentRow, WindowFrameBound::Preceding(_)) => true,
        (WindowFrameBound::Preceding(_), WindowFrameBound::CurrentRow | WindowFrameBound::Following(_))
        | (WindowFrameBound::CurrentRow, WindowFrameBound::CurrentRow | WindowFrameBound::Following(_)) => false,
    }
}

fn bound_of(
    binder: &Binder<'_>,
    bound: &FrameBound,
    key: Option<&Typed>,
    scope: &mut ExpressionScope<'_>,
) -> Result<WindowFrameBound> {
    Ok(match bound {
        FrameBound::UnboundedPreceding => WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
        FrameBound::UnboundedFollowing => WindowFrameBound::Following(ScalarValue::UInt64(None)),
        FrameBound::CurrentRow => WindowFrameBound::CurrentRow,
        // A negative distance goes the other way.
        FrameBound::Preceding(distance) => match self::distance(binder, distance, key, scope)? {
            (value, false) => WindowFrameBound::Preceding(value),
            (value, true) => WindowFrameBound::Following(value),
        },
        FrameBound::Following(distance) => match self::distance(binder, distance, key, scope)? {
            (value, false) => WindowFrameBound::Following(value),
            (value, true) => WindowFrameBound::Preceding(value),
        },
    })
}

/// How far a bound is, in rows or as a difference of the order's values, and whether it was negative.
fn distance(
    binder: &Binder<'_>,
    expression: &Expression,
    key: Option<&Typed>,
    scope: &mut ExpressionScope<'_>,
) -> Result<(ScalarValue, bool)> {
    let bound = scope.inside_window(|scope| expressions::bind(binder, expression, scope))?;
    let text = column_names::text_of(expression);
    let fail = |sub: &'static str, message: String| {
        Error::new(&DATATYPE_MISMATCH, message).subcondition(sub).at(expression.span)
    };
    let given = bound.data_type.clone();
    let unaccepted = |expected: &str| {
        fail(
            "SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
            format!("The data type of the bound \"{text}\" is \"{given}\", but {expected} is needed"),
        )
    };
    let context = binder.environment.context;
    let mode = CastMode::implicit(context);
    let value = match key {
        None => {
            if !matches!(bound.data_type, DataType::Byte | DataType::Short | DataType::Int) {
                return Err(unaccepted("\"INT\""));
            }
            cast(bound, &DataType::Long, mode, context)?
        }
        Some(key) if key.data_type.is_numeric() && (bound.data_type.is_numeric() || bound.data_type.is_string()) => {
            cast(bound, &key.data_type, mode, context)?
        }
        Some(key) => match (&key.data_type, &bound.data_type) {
            (DataType::Date, DataType::Byte | DataType::Short | DataType::Int) => {
                cast(bound, &DataType::Int, mode, context)?
            }
            (
                DataType::Date,
                DataType::YearMonthInterval(..) | DataType::DayTimeInterval(DayTimeField::Day, DayTimeField::Day),
            )
            | (
                DataType::Timestamp | DataType::TimestampNtz,
                DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) | DataType::CalendarInterval,
            ) => bound,
            _ => {
                return Err(fail(
                    "RANGE_FRAME_INVALID_TYPE",
                    format!(
                        "The data type \"{}\" used in the order specification does not support the data type \"{given}\" \
                         which is used in the range frame",
                        key.data_type
                    ),
                ));
            }
        },
    };
    let Some(value) = evaluate(&value.expr)? else {
        return Err(fail(
            "SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE",
            format!("Window frame bound \"{text}\" is not foldable"),
        ));
    };
    if value.is_null() {
        return Err(
            Error::unsupported(format!("the window frame bound \"{text}\""), "write a distance").at(expression.span)
        );
    }
    let zero = ScalarValue::new_zero(&value.data_type())?;
    let negative = value.partial_cmp(&zero).is_some_and(std::cmp::Ordering::is_lt);
    let value = if negative { value.arithmetic_negate()? } else { value };
    Ok((plan_distance(value, key), negative))
}

/// The value as DataFusion wants it: rows unsigned, differences of times as intervals.
fn plan_distance(value: ScalarValue, key: Option<&Typed>) -> ScalarValue {
    use datafusion::arrow::datatypes::IntervalMonthDayNano;
    let interval = |months: i32, days: i32, nanoseconds: i64| {
        ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(months, days, nanoseconds)))
    };
    match (value, key) {
        (ScalarValue::Int64(Some(rows)), None) if rows >= 0 => ScalarValue::UInt64(Some(rows.unsigned_abs())),
        (ScalarValue::Int32(Some(days)), Some(key)) if key.data_type == DataType::Date => interval(0, days, 0),
        (ScalarValue::IntervalYearMonth(Some(months)), _) => interval(months, 0, 0),
        (ScalarValue::DurationMicrosecond(Some(microseconds)), _) => {
            let day = 86_400_000_000;
            interval(0, (microseconds / day) as i32, microseconds % day * 1000)
        }
        (other, _) => other,
    }
}

/// Plans the window functions; each then is a column of the name that stands for it.
pub(super) fn build(binder: &Binder<'_>, mut input: LogicalPlan, mut calls: Vec<CollectedCall>) -> Result<LogicalPlan> {
    // DataFusion takes no subqueries in windows: they are computed below.
    let mut below = Rows::pass_through(&input);
    let width = below.len();
    for call in &mut calls {
        call.call = aggregates::hoist_subqueries(binder, std::mem::take(&mut call.call), &mut below)?;
    }
    if below.len() > width {
        input = LogicalPlan::Projection(Projection::try_new(below, Arc::new(input))?);
    }
    let calls = calls.as_slice();
    let mut outputs = Rows::pass_through(&input);
    let plan = LogicalPlanBuilder::window_plan(input, calls.iter().map(|call| call.call.clone()))?;
    for call in calls {
        let computed = Column::from_name(call.call.schema_name().to_string());
        outputs.push(Expr::Column(computed).alias(call.column.name.clone()));
    }
    Ok(LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plan))?))
}
