//! Functions that take functions: `transform(numbers, x -> x + 1)`.
//!
//! The body of a lambda is an expression of the plan like any other; it runs once over the elements of all arrays of a
//! batch, with the columns it mentions repeated for each element. What the lambdas' parameters are is settled when the
//! call is bound; this module knows neither names nor scopes.

mod arrays;
mod elements;
mod fold;
mod maps;
mod once;
mod sort;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::expr::{HigherOrderFunction, Lambda as LambdaExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::kernel::conform;
use super::{Body, Family, Function, Typed};
use crate::error::{Error, Result};
use crate::types::{DataType, StructField};

const fn listed(name: &'static str, usage: &'static str, examples: &'static [&'static str]) -> Function {
    Function { name, aliases: &[], family: Family::Lambda, body: Body::Binder, usage, examples }
}

pub static FUNCTIONS: &[Function] = &[
    listed("transform", "transform(expr, func) - Transforms elements in an array using the function.", &["SELECT transform(array(1, 2, 3), x -> x + 1)", "SELECT transform(array(1, 2, 3), (x, i) -> x + i)"]),
    listed("filter", "filter(expr, func) - Filters the input array using the given lambda function.", &["SELECT filter(array(1, 2, 3), x -> x % 2 == 1)", "SELECT filter(array(0, 2, 3), (x, i) -> x > i)"]),
    listed("exists", "exists(expr, pred) - Tests whether a predicate holds for one or more elements in the array.", &["SELECT exists(array(1, 2, 3), x -> x % 2 == 0)", "SELECT exists(array(1, null, 3), x -> x % 2 == 0)"]),
    listed("forall", "forall(expr, pred) - Tests whether a predicate holds for all elements in the array.", &["SELECT forall(array(1, 2, 3), x -> x % 2 == 0)", "SELECT forall(array(2, null, 8), x -> x % 2 == 0)"]),
    listed("aggregate", "aggregate(expr, start, merge, finish) - Applies a binary operator to an initial state and all elements in the array, and reduces this to a single state. The final state is converted into the final result by applying a finish function.", &["SELECT aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x)", "SELECT aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x, acc -> acc * 10)"]).aliases(&["reduce"]),
    listed("zip_with", "zip_with(left, right, func) - Merges the two given arrays, element-wise, into a single array using function. If one array is shorter, nulls are appended at the end to match the length of the longer array, before applying function.", &["SELECT zip_with(array(1, 2, 3), array('a', 'b', 'c'), (x, y) -> (y, x))"]),
    listed("map_filter", "map_filter(expr, func) - Filters entries in a map using the function.", &["SELECT map_filter(map(1, 0, 2, 2, 3, -1), (k, v) -> k > v)"]),
    listed("map_zip_with", "map_zip_with(map1, map2, function) - Merges two given maps into a single map by applying function to the pair of values with the same key. For keys only presented in one map, NULL will be passed as the value for the missing key.", &["SELECT map_zip_with(map(1, 'a', 2, 'b'), map(1, 'x', 2, 'y'), (k, v1, v2) -> concat(v1, v2))"]),
    listed("transform_keys", "transform_keys(expr, func) - Transforms elements in a map using the function.", &["SELECT transform_keys(map_from_arrays(array(1, 2, 3), array(1, 2, 3)), (k, v) -> k + 1)"]),
    listed("transform_values", "transform_values(expr, func) - Transforms values in the map using the function.", &["SELECT transform_values(map_from_arrays(array(1, 2, 3), array(1, 2, 3)), (k, v) -> v + 1)"]),
];

/// Which function it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Transform,
    Filter,
    Exists,
    ForAll,
    Aggregate,
    ZipWith,
    MapFilter,
    MapZipWith,
    TransformKeys,
    TransformValues,
    ArraySort,
    /// No function of users: see `functions::once`.
    Once,
}

impl Kind {
    /// The function of that name, which is not an alias.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "transform" => Kind::Transform,
            "filter" => Kind::Filter,
            "exists" => Kind::Exists,
            "forall" => Kind::ForAll,
            "aggregate" => Kind::Aggregate,
            "zip_with" => Kind::ZipWith,
            "map_filter" => Kind::MapFilter,
            "map_zip_with" => Kind::MapZipWith,
            "transform_keys" => Kind::TransformKeys,
            "transform_values" => Kind::TransformValues,
            "array_sort" => Kind::ArraySort,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Transform => "transform",
            Kind::Filter => "filter",
            Kind::Exists => "exists",
            Kind::ForAll => "forall",
            Kind::Aggregate => "aggregate",
            Kind::ZipWith => "zip_with",
            Kind::MapFilter => "map_filter",
            Kind::MapZipWith => "map_zip_with",
            Kind::TransformKeys => "transform_keys",
            Kind::TransformValues => "transform_values",
            Kind::ArraySort => "array_sort",
            Kind::Once => "once",
        }
    }

    /// How many parameters the first lambda is handed at least.
    pub fn parameters(self) -> usize {
        match self {
            Kind::MapZipWith => 3,
            Kind::Aggregate
            | Kind::ZipWith
            | Kind::MapFilter
            | Kind::TransformKeys
            | Kind::TransformValues
            | Kind::ArraySort => 2,
            Kind::Transform | Kind::Filter | Kind::Exists | Kind::ForAll | Kind::Once => 1,
        }
    }

    /// How many arguments stand before the lambdas.
    pub fn values(self) -> usize {
        match self {
            Kind::Aggregate | Kind::ZipWith | Kind::MapZipWith => 2,
            Kind::Transform
            | Kind::Filter
            | Kind::Exists
            | Kind::ForAll
            | Kind::MapFilter
            | Kind::TransformKeys
            | Kind::TransformValues
            | Kind::ArraySort
            | Kind::Once => 1,
        }
    }
}

/// A lambda as it was bound. Its parameters have names that are unique in the statement; those of a body that names
/// fewer than the function passes are the first ones.
#[derive(Debug, Clone)]
pub struct Lambda {
    pub parameters: Vec<StructField>,
    pub body: Typed,
}

/// The parameter as the body refers to it.
pub fn variable(parameter: &StructField) -> Typed {
    let variable =
        datafusion::logical_expr::expr::LambdaVariable::new(parameter.name.clone(), Some(parameter.to_arrow()));
    Typed { expr: Expr::LambdaVariable(variable), data_type: parameter.data_type.clone(), nullable: parameter.nullable }
}

/// A call of the function.
pub fn call(kind: Kind, values: Vec<Typed>, lambdas: Vec<Lambda>, returns: DataType, nullable: bool) -> Typed {
    let function = LambdaFunction {
        kind,
        values: values.iter().map(|value| value.data_type.to_arrow()).collect(),
        parameters: lambdas
            .iter()
            .map(|lambda| lambda.parameters.iter().map(StructField::to_arrow).collect())
            .collect(),
        bodies: lambdas.iter().map(|lambda| lambda.body.data_type.to_arrow()).collect(),
        returns: returns.clone(),
        nullable,
        signature: HigherOrderSignature::user_defined(Volatility::Immutable),
    };
    let arguments = values.into_iter().map(|value| value.expr).chain(lambdas.into_iter().map(|lambda| {
        let names = lambda.parameters.into_iter().map(|parameter| parameter.name).collect();
        Expr::Lambda(LambdaExpr::new(names, lambda.body.expr))
    }));
    let function = Arc::new(HigherOrderUDF::new_from_impl(function));
    let expr = Expr::HigherOrderFunction(HigherOrderFunction::new(function, arguments.collect()));
    Typed { expr, data_type: returns, nullable }
}

/// One call's function, as DataFusion sees it.
#[derive(Debug)]
struct LambdaFunction {
    kind: Kind,
    /// The layouts of the arguments that are no lambdas.
    values: Vec<Arrow>,
    parameters: Vec<Vec<FieldRef>>,
    /// The layouts of what the lambdas give.
    bodies: Vec<Arrow>,
    returns: DataType,
    nullable: bool,
    signature: HigherOrderSignature,
}

impl PartialEq for LambdaFunction {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.values == other.values
            && self.parameters == other.parameters
            && self.bodies == other.bodies
            && self.returns == other.returns
            && self.nullable == other.nullable
    }
}

impl Eq for LambdaFunction {}

impl Hash for LambdaFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.returns.hash(state);
        self.bodies.hash(state);
    }
}

impl HigherOrderUDFImpl for LambdaFunction {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn lambda_parameters(
        &self,
        _: usize,
        _: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> DataFusionResult<LambdaParametersProgress> {
        Ok(LambdaParametersProgress::Complete(self.parameters.clone()))
    }

    fn return_field_from_args(&self, _: HigherOrderReturnFieldArgs<'_>) -> DataFusionResult<FieldRef> {
        Ok(Arc::new(Field::new(self.kind.name(), self.returns.to_arrow(), self.nullable)))
    }

    /// Elements under a NULL are left out here.
    fn clear_null_values(&self) -> bool {
        false
    }

    /// The binder has cast everything already.
    fn coerce_value_types(&self, types: &[Arrow]) -> DataFusionResult<Vec<Arrow>> {
        Ok(types.to_vec())
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let mut values = Vec::with_capacity(self.values.len());
        let mut lambdas = Vec::with_capacity(self.bodies.len());
        for argument in &args.args {
            match argument {
                ValueOrLambda::Value(value) => {
                    let layout =
                        self.values.get(values.len()).ok_or_else(|| Error::internal("an argument too many"))?;
                    values.push(conform(value.to_array(args.number_rows)?, layout)?);
                }
                ValueOrLambda::Lambda(lambda) => lambdas.push(lambda),
            }
        }
        let run = Running { values, lambdas, function: self };
        let array = match self.kind {
            Kind::Transform => arrays::transform(&run),
            Kind::Filter => arrays::filter(&run),
            Kind::Exists => arrays::decide(&run, true),
            Kind::ForAll => arrays::decide(&run, false),
            Kind::ZipWith => arrays::zip_with(&run),
            Kind::Aggregate => fold::aggregate(&run),
            Kind::MapFilter => maps::filter(&run),
            Kind::TransformKeys => maps::transform_keys(&run),
            Kind::TransformValues => maps::transform_values(&run),
            Kind::MapZipWith => maps::zip_with(&run),
            Kind::ArraySort => sort::sort(&run),
            Kind::Once => once::once(&run),
        }?;
        Ok(ColumnarValue::Array(conform(array, &self.returns.to_arrow())?))
    }
}

/// A call that runs: its arguments with a value for each row.
struct Running<'a> {
    values: Vec<ArrayRef>,
    lambdas: Vec<&'a LambdaArgument>,
    function: &'a LambdaFunction,
}

impl Running<'_> {
    /// What lambda `n` gives for these values of its parameters; `rows` says which row of the batch each belongs to.
    fn lambda(&self, n: usize, parameters: &[ArrayRef], rows: &UInt32Array) -> Result<ArrayRef> {
        let function = self.function;
        let fields = function.parameters[n].iter();
        let parameters = parameters
            .iter()
            .zip(fields)
            .map(|(values, field)| conform(Arc::clone(values), field.data_type()))
            .collect::<Result<Vec<_>>>()?;
        if rows.is_empty() {
            return Ok(datafusion::arrow::array::new_empty_array(&function.bodies[n]));
        }
        let values: Vec<_> = parameters.iter().map(|values| move || Ok(Arc::clone(values))).collect();
        let values: Vec<&dyn Fn() -> DataFusionResult<ArrayRef>> =
            values.iter().map(|value| value as &dyn Fn() -> DataFusionResult<ArrayRef>).collect();
        let result = self.lambdas[n].evaluate(&values, |columns| {
            columns.iter().map(|column| Ok(take(column, rows, None)?)).collect::<DataFusionResult<_>>()
        })?;
        conform(result.into_array(rows.len())?, &function.bodies[n])
    }
}
