//! How kernels read their arguments row by row and write their result, without an allocation per row.
//!
//! A constant argument is read as one value, whatever the number of rows.

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewArray, BinaryViewBuilder, BooleanArray, NullBufferBuilder,
    PrimitiveArray, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::compute::kernels::arity;
use datafusion::logical_expr::ColumnarValue;
use datafusion::scalar::ScalarValue;
use std::sync::Arc;

use super::Arguments;
use crate::error::{Error, Result};

/// A string argument.
pub struct Strings {
    array: StringViewArray,
    constant: bool,
}

/// A binary argument.
pub struct Binaries {
    array: BinaryViewArray,
    constant: bool,
}

/// A boolean argument.
pub struct Booleans {
    array: BooleanArray,
    constant: bool,
}

/// An argument of numbers, dates, timestamps or intervals.
pub struct Values<T: ArrowPrimitiveType> {
    array: PrimitiveArray<T>,
    constant: bool,
}

macro_rules! get {
    ($column:ty, $value:ty $(, $generic:ident)?) => {
        impl $(<$generic: ArrowPrimitiveType>)? $column {
            /// The value of a row, `None` for NULL.
            #[inline]
            pub fn get(&self, row: usize) -> Option<$value> {
                let row = if self.constant { 0 } else { row };
                (!self.array.is_null(row)).then(|| self.array.value(row))
            }

            /// The only value there is, if the argument is a constant that is not NULL.
            pub fn constant(&self) -> Option<$value> {
                if self.constant { self.get(0) } else { None }
            }
        }
    };
}

get!(Strings, &str);
get!(Binaries, &[u8]);
get!(Booleans, bool);
get!(Values<T>, T::Native, T);

impl Arguments<'_> {
    /// Argument `n`, and whether it is one value for all rows.
    pub fn column(&self, n: usize) -> Result<(ArrayRef, bool)> {
        Ok(match &self.values[n] {
            ColumnarValue::Array(array) => (Arc::clone(array), false),
            ColumnarValue::Scalar(scalar) => (scalar.to_array()?, true),
        })
    }

    pub fn strings(&self, n: usize) -> Result<Strings> {
        let (array, constant) = self.column(n)?;
        let array = array.as_string_view_opt().ok_or_else(|| layout(n, &array))?.clone();
        Ok(Strings { array, constant })
    }

    pub fn binaries(&self, n: usize) -> Result<Binaries> {
        let (array, constant) = self.column(n)?;
        let array = array.as_binary_view_opt().ok_or_else(|| layout(n, &array))?.clone();
        Ok(Binaries { array, constant })
    }

    pub fn booleans(&self, n: usize) -> Result<Booleans> {
        let (array, constant) = self.column(n)?;
        let array = array.as_boolean_opt().ok_or_else(|| layout(n, &array))?.clone();
        Ok(Booleans { array, constant })
    }

    pub fn values_of<T: ArrowPrimitiveType>(&self, n: usize) -> Result<Values<T>> {
        let (array, constant) = self.column(n)?;
        let array = array.as_primitive_opt::<T>().ok_or_else(|| layout(n, &array))?.clone();
        Ok(Values { array, constant })
    }

    /// The number of arguments.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A string for each row: `write` appends it, or gives `None` for NULL.
    pub fn write_strings(&self, mut write: impl FnMut(usize, &mut String) -> Option<()>) -> Result<ColumnarValue> {
        self.try_write_strings(|row, out| Ok(write(row, out)))
    }

    /// As [`Arguments::write_strings`]; any row may fail.
    pub fn try_write_strings(
        &self,
        mut write: impl FnMut(usize, &mut String) -> Result<Option<()>>,
    ) -> Result<ColumnarValue> {
        let mut builder = StringViewBuilder::with_capacity(self.rows);
        let mut out = String::new();
        for row in 0..self.rows {
            out.clear();
            match write(row, &mut out)? {
                Some(()) => builder.append_value(&out),
                None => builder.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }

    /// A string for each row that is there already, in an argument or among constants.
    pub fn pick_strings<'a>(&self, mut pick: impl FnMut(usize) -> Option<&'a str>) -> Result<ColumnarValue> {
        let mut builder = StringViewBuilder::with_capacity(self.rows).with_deduplicate_strings();
        for row in 0..self.rows {
            builder.append_option(pick(row));
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }

    /// Bytes for each row.
    pub fn write_binaries(
        &self,
        mut write: impl FnMut(usize, &mut Vec<u8>) -> Result<Option<()>>,
    ) -> Result<ColumnarValue> {
        let mut builder = BinaryViewBuilder::with_capacity(self.rows);
        let mut out = Vec::new();
        for row in 0..self.rows {
            out.clear();
            match write(row, &mut out)? {
                Some(()) => builder.append_value(&out),
                None => builder.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }

    /// A number, date, timestamp or interval for each row, in the layout of the function's type.
    pub fn compute<T: ArrowPrimitiveType>(
        &self,
        mut compute: impl FnMut(usize) -> Option<T::Native>,
    ) -> Result<ColumnarValue> {
        // Lays no mask out before the first NULL, as collecting options would.
        let mut nulls = NullBufferBuilder::new(self.rows);
        let values: Vec<T::Native> = (0..self.rows)
            .map(|row| {
                let value = compute(row);
                nulls.append(value.is_some());
                value.unwrap_or_default()
            })
            .collect();
        let array = PrimitiveArray::<T>::new(values.into(), nulls.finish());
        Ok(ColumnarValue::Array(Arc::new(array.with_data_type(self.parameters.returns.to_arrow()))))
    }

    /// As [`Arguments::compute`]; any row may fail.
    pub fn try_compute<T: ArrowPrimitiveType>(
        &self,
        compute: impl FnMut(usize) -> Result<Option<T::Native>>,
    ) -> Result<ColumnarValue> {
        let array: PrimitiveArray<T> = (0..self.rows).map(compute).collect::<Result<_>>()?;
        Ok(ColumnarValue::Array(Arc::new(array.with_data_type(self.parameters.returns.to_arrow()))))
    }

    /// What an operator makes of two arguments, NULL if either is: no row is looked at on its own, so that the operator must
    /// take whatever stands behind a NULL.
    pub fn combine<A, B, O>(&self, operator: impl Fn(A::Native, B::Native) -> O::Native) -> Result<ColumnarValue>
    where
        A: ArrowPrimitiveType,
        B: ArrowPrimitiveType,
        O: ArrowPrimitiveType,
    {
        let (left, right) = (self.values_of::<A>(0)?, self.values_of::<B>(1)?);
        let combined: PrimitiveArray<O> = match (left.constant, right.constant) {
            (false, false) | (true, true) => arity::binary(&left.array, &right.array, operator)?,
            (false, true) => match right.get(0) {
                Some(right) => left.array.unary(|left| operator(left, right)),
                None => return self.nulls(),
            },
            (true, false) => match left.get(0) {
                Some(left) => right.array.unary(|right| operator(left, right)),
                None => return self.nulls(),
            },
        };
        let combined = Arc::new(combined.with_data_type(self.parameters.returns.to_arrow()));
        if left.constant && right.constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(combined.as_ref(), 0)?));
        }
        Ok(ColumnarValue::Array(combined))
    }

    /// True, false or NULL for each row.
    pub fn decide(&self, decide: impl FnMut(usize) -> Option<bool>) -> Result<ColumnarValue> {
        let array: BooleanArray = (0..self.rows).map(decide).collect();
        Ok(ColumnarValue::Array(Arc::new(array)))
    }
}

fn layout(n: usize, array: &ArrayRef) -> Error {
    Error::internal(format!("argument {n} came as {}", array.data_type()))
}
