//! `coalesce` of something and columns or constants of a fixed width, which takes no branch per row. Where another than
//! the first operand has to be computed it must not be for rows that have a value already: that is a CASE, and not here.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, downcast_primitive_array,
};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::logical_expr::{ColumnarValue, Expr};

use super::{Arguments, Kernel};
use crate::error::{Error, Result};
use crate::types::DataType;

pub(super) static FIRST_NOT_NULL: Kernel = Kernel::new("coalesce", run);

pub static KERNELS: &[&Kernel] = &[&FIRST_NOT_NULL];

/// Whether the kernel may be called with these operands.
pub(super) fn is_for(operands: &[Expr], data_type: &DataType) -> bool {
    data_type.to_arrow().is_primitive()
        && operands.iter().skip(1).all(|operand| matches!(operand, Expr::Column(_) | Expr::Literal(..)))
}

fn run(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let mut operands = arguments.values.iter();
    let mut first = match operands.next() {
        Some(operand) => operand.to_array(arguments.rows)?,
        None => return arguments.nulls(),
    };
    for operand in operands {
        if first.null_count() == 0 {
            break;
        }
        let next = match operand {
            ColumnarValue::Array(array) => Arc::clone(array),
            ColumnarValue::Scalar(value) => value.to_array()?,
        };
        first = filled(&first, &next)?;
    }
    Ok(ColumnarValue::Array(first))
}

/// Values in the place of NULLs; `next` has one for each row, or one for all.
fn filled(first: &ArrayRef, next: &ArrayRef) -> Result<ArrayRef> {
    let first: &dyn Array = first;
    downcast_primitive_array!(
        first => Ok(Arc::new(fill(first, next.as_primitive()))),
        other => Err(Error::internal(format!("coalesce of {other}")))
    )
}

fn fill<T: ArrowPrimitiveType>(first: &PrimitiveArray<T>, next: &PrimitiveArray<T>) -> PrimitiveArray<T> {
    let Some(valid) = first.nulls() else { return first.clone() };
    let is_one = next.len() == 1;
    if is_one && next.is_null(0) {
        return first.clone();
    }
    let values = if is_one {
        let constant = next.value(0);
        choose(valid.inner(), first.values(), std::iter::repeat(constant))
    } else {
        choose(valid.inner(), first.values(), next.values().iter().copied())
    };
    let nulls = match next.nulls() {
        Some(others) if !is_one => Some(NullBuffer::new(valid.inner() | others.inner())),
        _ => None,
    };
    PrimitiveArray::new(values.into(), nulls).with_data_type(first.data_type().clone())
}

/// The first where its bit is set, else the second; 64 rows at a time, without a branch.
fn choose<T: Copy>(valid: &BooleanBuffer, first: &[T], mut second: impl Iterator<Item = T>) -> Vec<T> {
    let mut chosen = Vec::with_capacity(first.len());
    for (bits, first) in valid.bit_chunks().iter_padded().zip(first.chunks(64)) {
        let rows = first.iter().zip(second.by_ref()).enumerate();
        chosen.extend(rows.map(|(row, (first, second))| if bits >> row & 1 == 1 { *first } else { second }));
    }
    chosen
}
