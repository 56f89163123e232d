//! The functions that only make sense with OVER: DataFusion's, with results in Spark's types.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::{SortOptions, cast};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::functions_window as df;
use datafusion::logical_expr::function::{ExpressionArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, WindowFunctionDefinition, WindowUDF, WindowUDFImpl, lit,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::scalar::ScalarValue;

use super::{Call, Function, Window};
use crate::error::Result;
use crate::types::DataType;

pub static FUNCTIONS: &[Function] = &[
    Function::window(
        "row_number",
        |call| number(call, df::row_number::row_number_udwf()),
        "row_number() - Assigns a unique, sequential number to each row, starting with one, according to the ordering of rows within the window partition.",
        &[
            "SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), ('A2', 3), ('A1', 1) tab(a, b)",
        ],
    ),
    Function::window(
        "rank",
        |call| number(call, df::rank::rank_udwf()),
        "rank() - Computes the rank of a value in a group of values. The result is one plus the number of rows preceding or equal to the current row in the ordering of the partition. The values will produce gaps in the sequence.",
        &[
            "SELECT a, b, rank(b) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), ('A2', 3), ('A1', 1) tab(a, b)",
        ],
    ),
    Function::window(
        "dense_rank",
        |call| number(call, df::rank::dense_rank_udwf()),
        "dense_rank() - Computes the rank of a value in a group of values. The result is one plus the previously assigned rank value. Unlike the function rank, dense_rank will not produce gaps in the ranking sequence.",
        &[
            "SELECT a, b, dense_rank(b) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), ('A2', 3), ('A1', 1) tab(a, b)",
        ],
    ),
    Function::window(
        "percent_rank",
        |call| share(call, df::rank::percent_rank_udwf()),
        "percent_rank() - Computes the percentage ranking of a value in a group of values.",
        &[
            "SELECT a, b, percent_rank(b) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), ('A2', 3), ('A1', 1) tab(a, b)",
        ],
    ),
    Function::window(
        "cume_dist",
        |call| share(call, df::cume_dist::cume_dist_udwf()),
        "cume_dist() - Computes the position of a value relative to all values in the partition.",
        &[
            "SELECT a, b, cume_dist() OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), ('A2', 3), ('A1', 1) tab(a, b)",
        ],
    ),
    Function::window(
        "ntile",
        ntile,
        "ntile(n) - Divides the rows for each window partition into `n` buckets ranging from 1 to at most `n`.",
        &[
            "SELECT a, b, ntile(2) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), ('A2', 3), ('A1', 1) tab(a, b)",
        ],
    ),
    Function::window(
        "lag",
        |call| shift(call, df::lead_lag::lag_udwf()),
        "lag(input[, offset[, default]]) - Returns the value of `input` at the `offset`th row before the current row in the window. The default value of `offset` is 1 and the default value of `default` is null. If the value of `input` at the `offset`th row is null, null is returned.",
        &[
            "SELECT a, b, lag(b) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), ('A2', 3), ('A1', 1) tab(a, b)",
        ],
    ),
    Function::window(
        "lead",
        |call| shift(call, df::lead_lag::lead_udwf()),
        "lead(input[, offset[, default]]) - Returns the value of `input` at the `offset`th row after the current row in the window. The default value of `offset` is 1 and the default value of `default` is null. If the value of `input` at the `offset`th row is null, null is returned.",
        &[
            "SELECT a, b, lead(b) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), ('A2', 3), ('A1', 1) tab(a, b)",
        ],
    ),
    Function::window(
        "nth_value",
        nth_value,
        "nth_value(input[, offset]) - Returns the value of `input` at the row that is the `offset`th row from beginning of the window frame. Offset starts at 1. If ignoreNulls=true, we will skip nulls when finding the `offset`th row. Otherwise, every row counts for the `offset`.",
        &[
            "SELECT a, b, nth_value(b, 2) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2), ('A1', 1), ('A2', 3), ('A1', 1) tab(a, b)",
        ],
    ),
];

/// `row_number` and the ranks: INT here, unsigned longs there.
fn number(call: &Call<'_>, function: Arc<WindowUDF>) -> Result<Window> {
    // Spark lets ranks be given arguments, and ignores them.
    if call.name.eq_ignore_ascii_case("row_number") {
        call.count(0..=0)?;
    }
    // PostgreSQL counts in BIGINT.
    let data_type = if call.context.settings.dialect.is_postgres() { DataType::Long } else { DataType::Int };
    Ok(Window {
        function: Converted::definition(function, data_type.to_arrow()),
        arguments: Vec::new(),
        data_type,
        nullable: false,
    })
}

fn share(call: &Call<'_>, function: Arc<WindowUDF>) -> Result<Window> {
    if call.name.eq_ignore_ascii_case("cume_dist") {
        call.count(0..=0)?;
    }
    Ok(Window {
        function: WindowFunctionDefinition::WindowUDF(function),
        arguments: Vec::new(),
        data_type: DataType::Double,
        nullable: false,
    })
}

/// `ntile([buckets])`
fn ntile(call: &Call<'_>) -> Result<Window> {
    call.count(0..=1)?;
    let buckets = match call.arguments.len() {
        0 => 1,
        _ => call.literal_int(0, "buckets")?.unwrap_or(0),
    };
    if buckets <= 0 {
        return Err(call.mismatch(
            "VALUE_OUT_OF_RANGE",
            &format!("The `buckets` must be between (0, 2147483647] (current value = {buckets})"),
        ));
    }
    Ok(Window {
        function: Converted::definition(df::ntile::ntile_udwf(), Arrow::Int32),
        arguments: vec![lit(i64::from(buckets))],
        data_type: DataType::Int,
        nullable: false,
    })
}

/// `lead(value[, offset[, default]])`
fn shift(call: &Call<'_>, function: Arc<WindowUDF>) -> Result<Window> {
    call.count(1..=3)?;
    let value = call.argument(0).clone();
    let offset = match call.arguments.len() {
        1 => Some(1),
        _ => call.literal_int(1, "offset")?,
    };
    let mut arguments = vec![value.expr.clone(), lit(ScalarValue::Int64(offset.map(i64::from)))];
    let mut nullable = true;
    if call.arguments.len() == 3 {
        match call.constant(2, "default", &value.data_type)? {
            Some(default) => {
                arguments.push(lit(default));
                nullable = value.nullable;
            }
            None => arguments.push(lit(ScalarValue::Null)),
        }
    }
    Ok(Window {
        function: WindowFunctionDefinition::WindowUDF(function),
        arguments,
        data_type: value.data_type,
        nullable,
    })
}

fn nth_value(call: &Call<'_>) -> Result<Window> {
    call.count(2..=2)?;
    let value = call.argument(0).clone();
    let offset = call.literal_int(1, "offset")?.unwrap_or(0);
    if offset <= 0 {
        return Err(call.mismatch(
            "VALUE_OUT_OF_RANGE",
            &format!("The `offset` must be between (0, 9223372036854775807] (current value = {offset}L)"),
        ));
    }
    Ok(Window {
        function: WindowFunctionDefinition::WindowUDF(df::nth_value::nth_value_udwf()),
        arguments: vec![value.expr, lit(i64::from(offset))],
        data_type: value.data_type,
        nullable: true,
    })
}

/// A window function whose result is cast.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Converted {
    inner: Arc<WindowUDF>,
    returns: Arrow,
}

impl Converted {
    fn definition(inner: Arc<WindowUDF>, returns: Arrow) -> WindowFunctionDefinition {
        WindowFunctionDefinition::WindowUDF(Arc::new(WindowUDF::new_from_impl(Converted { inner, returns })))
    }
}

impl WindowUDFImpl for Converted {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn expressions(&self, args: ExpressionArgs<'_>) -> Vec<Arc<dyn PhysicalExpr>> {
        self.inner.expressions(args)
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs<'_>) -> DataFusionResult<Box<dyn PartitionEvaluator>> {
        let inner = self.inner.partition_evaluator_factory(args)?;
        Ok(Box::new(ConvertedEvaluator { inner, returns: self.returns.clone() }))
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> DataFusionResult<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), self.returns.clone(), false)))
    }

    fn sort_options(&self) -> Option<SortOptions> {
        self.inner.sort_options()
    }

    fn limit_effect(&self, args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        self.inner.inner().limit_effect(args)
    }
}

#[derive(Debug)]
struct ConvertedEvaluator {
    inner: Box<dyn PartitionEvaluator>,
    returns: Arrow,
}

impl PartitionEvaluator for ConvertedEvaluator {
    fn memoize(&mut self, state: &mut datafusion::logical_expr::window_state::WindowAggState) -> DataFusionResult<()> {
        self.inner.memoize(state)
    }

    fn get_range(&self, row: usize, rows: usize) -> DataFusionResult<Range<usize>> {
        self.inner.get_range(row, rows)
    }

    fn is_causal(&self) -> bool {
        self.inner.is_causal()
    }

    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> DataFusionResult<ArrayRef> {
        Ok(cast(&self.inner.evaluate_all(values, rows)?, &self.returns)?)
    }

    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> DataFusionResult<ScalarValue> {
        self.inner.evaluate(values, range)?.cast_to(&self.returns)
    }

    fn evaluate_all_with_rank(&self, rows: usize, ranks: &[Range<usize>]) -> DataFusionResult<ArrayRef> {
        Ok(cast(&self.inner.evaluate_all_with_rank(rows, ranks)?, &self.returns)?)
    }

    fn supports_bounded_execution(&self) -> bool {
        self.inner.supports_bounded_execution()
    }

    fn uses_window_frame(&self) -> bool {
        self.inner.uses_window_frame()
    }

    fn include_rank(&self) -> bool {
        self.inner.include_rank()
    }
}
