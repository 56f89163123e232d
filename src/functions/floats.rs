//! One float for each value: Arrow tells 0.0 from -0.0 and one NaN from another, SQL does not.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Float32Type, Float64Type};
use datafusion::logical_expr::{ColumnarValue, Expr};
use datafusion::scalar::ScalarValue;

use super::kernel::{Arguments, Kernel, Parameters};
use super::{Origin, Typed};
use crate::error::Result;
use crate::types::DataType;

/// Kernels that plans refer to by name.
pub static KERNELS: &[&Kernel] = &[&POSITIVE_ZERO];

static POSITIVE_ZERO: Kernel = Kernel::new("positive_zero", run_positive_zero);

/// Whether values of the type are or hold floats.
pub fn has_floats(data_type: &DataType) -> bool {
    match data_type {
        DataType::Float | DataType::Double => true,
        DataType::Array { element, .. } => has_floats(element),
        DataType::Struct(fields) => fields.iter().any(|field| has_floats(&field.data_type)),
        DataType::Map { key, value, .. } => has_floats(key) || has_floats(value),
        _ => false,
    }
}

/// The value with 0.0 for -0.0 and the same NaN for any, inside of arrays and structs too. Constants are changed at once.
pub fn positive_zero(expr: Expr, data_type: &DataType) -> Expr {
    match expr {
        Expr::Literal(ScalarValue::Float64(value), metadata) => {
            Expr::Literal(ScalarValue::Float64(value.map(double)), metadata)
        }
        Expr::Literal(ScalarValue::Float32(value), metadata) => {
            Expr::Literal(ScalarValue::Float32(value.map(float)), metadata)
        }
        expr => {
            let parameters = Parameters {
                arguments: vec![data_type.clone()],
                returns: data_type.clone(),
                nullable: true,
                complete: false,
                ansi: false,
                time_zone: "UTC".into(),
                options: Vec::new(),
                origin: Origin::default(),
            };
            POSITIVE_ZERO.function(parameters).call(vec![expr])
        }
    }
}

/// As [`positive_zero`]; what holds no floats is left as it is.
pub fn without_zero_signs(value: Typed) -> Typed {
    if !has_floats(&value.data_type) {
        return value;
    }
    Typed { expr: positive_zero(value.expr, &value.data_type), ..value }
}

fn run_positive_zero(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    Ok(ColumnarValue::Array(positive_zeros(&arguments.array(0)?)?))
}

/// Infinity minus infinity is a NaN whose sign is set, which would come before all numbers.
fn float(value: f32) -> f32 {
    if value.is_nan() { f32::NAN } else { value + 0.0 }
}

fn double(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value + 0.0 }
}

/// As [`positive_zero`], for an array.
pub fn positive_zeros(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        Arrow::Float32 => Arc::new(array.as_primitive::<Float32Type>().unary::<_, Float32Type>(float)),
        Arrow::Float64 => Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(double)),
        Arrow::List(field) => {
            let lists = array.as_list::<i32>();
            let values = positive_zeros(lists.values())?;
            let nulls = lists.nulls().cloned();
            Arc::new(ListArray::try_new(Arc::clone(field), lists.offsets().clone(), values, nulls)?)
        }
        Arrow::Struct(fields) => {
            let structs = array.as_struct();
            let columns = structs.columns().iter().map(positive_zeros).collect::<Result<_>>()?;
            let nulls = structs.nulls().cloned();
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, structs.len())?)
        }
        _ => Arc::clone(array),
    })
}
