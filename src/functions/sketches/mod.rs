//! Sketches: small summaries of many values that can be stored and merged. Their bytes are those of Apache DataSketches,
//! so that other engines read them.

pub mod bitmaps;
pub mod count_min;
pub mod histogram;
pub mod hll;
pub mod kll;
pub mod theta;
pub mod top_k;

use std::fmt::Debug;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Int64Type};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Accumulator, ColumnarValue, Expr};
use datafusion::scalar::ScalarValue;
use itertools::Itertools;

use super::{Aggregate, Arguments, Call, Kernel, Parameters, Typed, collations, constant};
use crate::error::Result;
use crate::functions::aggregates::folds::Definition;
use crate::types::DataType;

/// What an aggregate gathers, as bytes between its stages.
pub(super) trait Summary: Debug + Send + Sync + 'static {
    /// Takes the values of some rows: the arguments, each with its column.
    fn update(&mut self, values: &[ArrayRef]) -> Result<()>;
    /// Takes what another one gathered.
    fn merge(&mut self, state: &[u8]) -> Result<()>;
    fn state(&self) -> Vec<u8>;
    fn result(&self) -> Result<ScalarValue>;
    fn size(&self) -> usize;
}

/// A [`Summary`] as DataFusion runs it.
#[derive(Debug)]
pub(super) struct Summarize<S>(pub S);

impl<S: Summary> Accumulator for Summarize<S> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        Ok(self.0.update(values)?)
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        Ok(self.0.result()?)
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.0.state()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        for state in states[0].as_binary::<i32>().iter().flatten() {
            self.0.merge(state)?;
        }
        Ok(())
    }
}

/// The state of every [`Summary`].
pub(super) fn state_type(_: &[Arrow]) -> Vec<Arrow> {
    vec![Arrow::Binary]
}

pub(super) fn binary(bytes: Vec<u8>) -> ScalarValue {
    ScalarValue::BinaryView(Some(bytes))
}

/// The values that are not NULL of a column of bytes.
pub(super) fn present(column: &ArrayRef) -> impl Iterator<Item = &[u8]> {
    column.as_binary_view().iter().flatten()
}

/// Argument `n`, which must have one of the types: nothing but NULL is cast.
pub(super) fn exactly(call: &Call<'_>, n: usize, types: &[DataType]) -> Result<Typed> {
    let given = &call.argument(n).data_type;
    let same = |wanted: &DataType| {
        crate::types::coercion::same_shape(wanted, given) || wanted.is_string() && given.is_string()
    };
    match types.iter().find(|wanted| same(wanted)) {
        // Strings that are equal by their collation are one value.
        Some(_) if given.is_collated() => collations::key(call.argument(n).clone(), call.context),
        Some(wanted) => call.to(call.argument(n).clone(), wanted),
        None if *given == DataType::Null => call.to(call.argument(n).clone(), &types[0]),
        None => {
            let names = types.iter().map(|data_type| format!("\"{data_type}\"")).join(" or ");
            Err(call.unexpected_type(n, &if types.len() == 1 { names } else { format!("({names})") }))
        }
    }
}

/// A function of one sketch.
pub(super) fn of_sketch(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(1..=1)?;
    let sketch = exactly(call, 0, &[DataType::Binary])?;
    let nullable = sketch.nullable;
    Ok(call.kernel(kernel, vec![sketch], DataType::Long, nullable))
}

/// A function that makes a sketch of two, with the type of the option that may follow them.
pub(super) fn of_two_sketches(call: &Call<'_>, kernel: &'static Kernel, option: Option<DataType>) -> Result<Typed> {
    call.count(2..=2 + option.iter().len())?;
    let types = [DataType::Binary, DataType::Binary].into_iter().chain(option).take(call.arguments.len());
    let arguments = types.enumerate().map(|(n, wanted)| exactly(call, n, &[wanted])).collect::<Result<Vec<_>>>()?;
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(kernel, arguments, DataType::Binary, nullable))
}

/// How many values each sketch stands for.
pub(super) fn estimates(arguments: &Arguments<'_>, estimate: impl Fn(&[u8]) -> Result<f64>) -> Result<ColumnarValue> {
    let sketches = arguments.binaries(0)?;
    arguments
        .try_compute::<Int64Type>(|row| sketches.get(row).map(|bytes| Ok(estimate(bytes)?.round() as i64)).transpose())
}

/// The value of a constant; `None` if it is none.
pub(super) fn foldable(expr: &Expr) -> Result<Option<ScalarValue>> {
    constant::evaluate(expr)
}

pub(super) fn aggregate(
    call: &Call<'_>,
    definition: &'static Definition,
    arguments: Vec<Typed>,
    options: Vec<String>,
    returns: DataType,
    nullable: bool,
) -> Aggregate {
    let (types, expressions) = arguments.into_iter().map(|argument| (argument.data_type, argument.expr)).unzip();
    let mut parameters = Parameters::new(types, returns.clone(), nullable, call.context);
    parameters.options = options;
    Aggregate { function: definition.function(parameters), arguments: expressions, data_type: returns, nullable }
}
