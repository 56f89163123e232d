//! Scalar functions of our own: a kernel on whole arrays becomes a DataFusion function.
//!
//! A kernel sees its arguments in exactly the layout of [`DataType::to_arrow`] (strings are Utf8View, binary BinaryView,
//! timestamps microseconds) and gives back the layout of its return type. A call of constants is one row.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;
use itertools::Itertools;
use serde::{Deserialize, Serialize};

use super::{Context, Origin, Typed};
use crate::error::Result;
use crate::types::DataType;

/// What runs when the function is called.
pub type Run = fn(&Arguments<'_>) -> Result<ColumnarValue>;

/// A named kernel. Plans refer to kernels by name, so a name stands for one kernel only.
pub struct Kernel {
    pub name: &'static str,
    pub run: Run,
    pub volatility: Volatility,
    /// May fail on a row (overflow, bad input): it must not run on rows that a condition has ruled out.
    pub fallible: bool,
}

impl Kernel {
    pub const fn new(name: &'static str, run: Run) -> Self {
        Self { name, run, volatility: Volatility::Immutable, fallible: false }
    }

    /// The kernel gives different values each time (`rand`, `uuid`): never folded, never moved.
    #[must_use]
    pub const fn volatile(mut self) -> Self {
        self.volatility = Volatility::Volatile;
        self
    }

    /// See [`Kernel::fallible`].
    #[must_use]
    pub const fn fallible(mut self) -> Self {
        self.fallible = true;
        self
    }

    /// The DataFusion function that runs this kernel.
    pub fn function(&'static self, parameters: Parameters) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::new_from_impl(KernelFunction::new(self, parameters)))
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What was settled when the call was bound; with the kernel's name it says all about a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parameters {
    /// Spark's types of the arguments.
    pub arguments: Vec<DataType>,
    pub returns: DataType,
    pub nullable: bool,
    /// No argument may be NULL. Where the optimizer puts one that may in its place, the result may be NULL as well.
    pub complete: bool,
    pub ansi: bool,
    /// The session's time zone.
    pub time_zone: Arc<str>,
    /// Whatever else the kernel wants to know: a name for a message, a mode.
    pub options: Vec<String>,
    /// Where errors are shown.
    pub origin: Origin,
}

impl Parameters {
    pub fn new(arguments: Vec<DataType>, returns: DataType, nullable: bool, context: &Context) -> Self {
        Self {
            arguments,
            returns,
            nullable,
            complete: false,
            ansi: context.ansi,
            time_zone: Arc::clone(&context.time_zone),
            options: Vec::new(),
            origin: context.here.origin(),
        }
    }

    /// As [`Parameters::new`], of arguments that are known.
    pub fn of(arguments: &[Typed], returns: DataType, nullable: bool, context: &Context) -> Self {
        let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
        let complete = arguments.iter().all(|argument| !argument.nullable);
        Self { complete, ..Self::new(types, returns, nullable, context) }
    }

    #[must_use]
    pub fn option(mut self, option: impl Into<String>) -> Self {
        self.options.push(option.into());
        self
    }
}

/// One call of a kernel.
pub struct Arguments<'a> {
    pub values: &'a [ColumnarValue],
    pub rows: usize,
    pub parameters: &'a Parameters,
}

impl Arguments<'_> {
    /// Argument `n` with a value for each row, constants repeated.
    pub fn array(&self, n: usize) -> Result<ArrayRef> {
        Ok(self.values[n].to_array(self.rows)?)
    }

    /// Argument `n` if it is the same for every row.
    pub fn constant(&self, n: usize) -> Option<&ScalarValue> {
        match &self.values[n] {
            ColumnarValue::Scalar(value) => Some(value),
            ColumnarValue::Array(_) => None,
        }
    }

    /// Argument `n` if it is a constant string that is not NULL.
    pub fn constant_string(&self, n: usize) -> Option<&str> {
        self.constant(n).and_then(|value| value.try_as_str().flatten())
    }

    /// A result of NULLs.
    pub fn nulls(&self) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::try_from(self.parameters.returns.to_arrow())?))
    }
}

/// A kernel with its parameters, as DataFusion sees it.
#[derive(Debug)]
pub struct KernelFunction {
    kernel: &'static Kernel,
    parameters: Parameters,
    /// The layouts the kernel wants.
    layouts: Vec<Arrow>,
    returns: Arrow,
    signature: Signature,
    /// Made of the kernel and its parameters: plans hash and compare their functions very often.
    digest: u64,
}

impl KernelFunction {
    fn new(kernel: &'static Kernel, parameters: Parameters) -> Self {
        let mut hasher = DefaultHasher::new();
        (kernel.name, &parameters).hash(&mut hasher);
        Self {
            digest: hasher.finish(),
            layouts: parameters.arguments.iter().map(DataType::to_arrow).collect(),
            returns: parameters.returns.to_arrow(),
            signature: Signature::user_defined(kernel.volatility),
            kernel,
            parameters,
        }
    }

    pub fn kernel(&self) -> &'static Kernel {
        self.kernel
    }

    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }
}

impl PartialEq for KernelFunction {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.digest == other.digest
                && self.kernel.name == other.kernel.name
                && self.parameters == other.parameters)
    }
}

impl Eq for KernelFunction {}

impl Hash for KernelFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl ScalarUDFImpl for KernelFunction {
    fn name(&self) -> &str {
        self.kernel.name
    }

    /// Columns of plans are told apart by such names, so it says all that makes a difference.
    fn schema_name(&self, arguments: &[Expr]) -> DataFusionResult<String> {
        let arguments = arguments.iter().map(name_of).join(",");
        let options = self.parameters.options.join(",");
        let returns = &self.parameters.returns;
        Ok(match self.parameters.arguments.first() == Some(returns) && options.is_empty() {
            true => format!("{}({arguments})", self.kernel.name),
            false => format!("{}[{returns};{options}]({arguments})", self.kernel.name),
        })
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> DataFusionResult<Arrow> {
        Ok(self.returns.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DataFusionResult<FieldRef> {
        let lost = self.parameters.complete && args.arg_fields.iter().any(|argument| argument.is_nullable());
        Ok(Arc::new(Field::new(self.kernel.name, self.returns.clone(), self.parameters.nullable || lost)))
    }

    /// Marks have said what they had to say when the call was bound.
    fn simplify(&self, mut arguments: Vec<Expr>, _: &SimplifyContext) -> DataFusionResult<ExprSimplifyResult> {
        match (arguments.len(), super::collations::is_mark(self.kernel)) {
            (1, true) => Ok(ExprSimplifyResult::Simplified(arguments.remove(0))),
            _ => Ok(ExprSimplifyResult::Original(arguments)),
        }
    }

    /// The binder has cast everything already, and the layout is seen to when the kernel runs.
    fn coerce_types(&self, types: &[Arrow]) -> DataFusionResult<Vec<Arrow>> {
        Ok(types.to_vec())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let mut values = args.args;
        for (value, layout) in values.iter_mut().zip(&self.layouts) {
            if value.data_type() != *layout {
                *value = match value {
                    ColumnarValue::Array(array) => ColumnarValue::Array(conform(Arc::clone(array), layout)?),
                    ColumnarValue::Scalar(scalar) => ColumnarValue::Scalar(conform_scalar(scalar, layout)?),
                };
            }
        }
        // Volatile functions have a value for each row even where nothing varies.
        let constant = self.kernel.volatility != Volatility::Volatile
            && values.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let result = (self.kernel.run)(&Arguments { values: &values, rows, parameters: &self.parameters })
            .map_err(|error| self.parameters.origin.mark(error))?;
        Ok(match result {
            ColumnarValue::Array(array) => {
                let array = conform(array, &self.returns)?;
                if constant {
                    ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)
                } else {
                    ColumnarValue::Array(array)
                }
            }
            ColumnarValue::Scalar(scalar) if scalar.data_type() != self.returns => {
                ColumnarValue::Scalar(conform_scalar(&scalar, &self.returns)?)
            }
            scalar => scalar,
        })
    }
}

/// The argument in the name of a call. Plans ask for the names of deep expressions again at each level of them, so those of
/// many parts are a number made of the parts, not of their texts.
fn name_of(argument: &Expr) -> String {
    let mut parts = 0;
    let counted = argument.apply(|_| {
        parts += 1;
        Ok(if parts > MOST_NAMED_PARTS { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    if counted.is_ok() && parts <= MOST_NAMED_PARTS {
        return argument.schema_name().to_string();
    }
    let mut hasher = DefaultHasher::new();
    argument.hash(&mut hasher);
    format!("…{:016x}", hasher.finish())
}

const MOST_NAMED_PARTS: usize = 24;

/// The array in another layout of the same Spark type: Utf8 for Utf8View, other names of list items, fields that are
/// declared to have no NULLs and have none.
pub fn conform(array: ArrayRef, to: &Arrow) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(array);
    }
    Ok(match (array.data_type(), to) {
        (Arrow::List(_), Arrow::List(item)) => {
            let list = array.as_list::<i32>();
            let values = conform(Arc::clone(list.values()), item.data_type())?;
            Arc::new(ListArray::try_new(Arc::clone(item), list.offsets().clone(), values, list.nulls().cloned())?)
        }
        (Arrow::Struct(from), Arrow::Struct(fields)) if from.len() == fields.len() => {
            let structs = array.as_struct();
            let columns = structs.columns().iter().zip(fields);
            let columns = columns
                .map(|(column, field)| conform(Arc::clone(column), field.data_type()))
                .collect::<Result<Vec<_>>>()?;
            if columns.is_empty() {
                return Ok(array);
            }
            Arc::new(StructArray::try_new(fields.clone(), columns, structs.nulls().cloned())?)
        }
        (Arrow::Map(..), Arrow::Map(field, sorted)) => {
            let map = array.as_map();
            let entries = conform(Arc::new(map.entries().clone()), field.data_type())?;
            let entries = entries.as_struct().clone();
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, nulls, *sorted)?)
        }
        _ => cast(&array, to)?,
    })
}

fn conform_scalar(scalar: &ScalarValue, to: &Arrow) -> Result<ScalarValue> {
    if to.is_nested() && !scalar.is_null() {
        return Ok(ScalarValue::try_from_array(&conform(scalar.to_array()?, to)?, 0)?);
    }
    Ok(scalar.cast_to(to)?)
}
