//! Bitmaps of numbers, 32,768 in a bucket: distinct counts that can be stored and added up.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::logical_expr::ColumnarValue;
use datafusion::scalar::ScalarValue;

use super::{Summarize, Summary, aggregate, binary, exactly, of_sketch, present, state_type};
use crate::error::{Error, INVALID_BITMAP_POSITION, Result};
use crate::functions::aggregates::folds::Definition;
use crate::functions::{Aggregate, Arguments, Call, Expected, Family, Function, Kernel};
use crate::types::DataType;

const LONG: Expected = Expected::Type(DataType::Long);
const BYTES: usize = 4096;
const BITS: i64 = 8 * BYTES as i64;

pub static FUNCTIONS: &[Function] = &[
    Function::kernel(
        "bitmap_bit_position",
        Family::Misc,
        &[LONG],
        DataType::Long,
        bit_position,
        "bitmap_bit_position(child) - Returns the bit position for the given input child expression.",
        &["SELECT bitmap_bit_position(1)", "SELECT bitmap_bit_position(123)"],
    ),
    Function::kernel(
        "bitmap_bucket_number",
        Family::Misc,
        &[LONG],
        DataType::Long,
        bucket_number,
        "bitmap_bucket_number(child) - Returns the bucket number for the given input child expression.",
        &["SELECT bitmap_bucket_number(123)", "SELECT bitmap_bucket_number(0)"],
    ),
    Function::scalar(
        "bitmap_count",
        Family::Misc,
        |call| of_sketch(call, &COUNT),
        "bitmap_count(child) - Returns the number of set bits in the child bitmap.",
        &["SELECT bitmap_count(X '1010')", "SELECT bitmap_count(X 'FFFF')", "SELECT bitmap_count(X '0')"],
    ),
    Function::aggregate(
        "bitmap_construct_agg",
        bind_construct,
        "bitmap_construct_agg(child) - Returns a bitmap with the positions of the bits set from all the values from the child expression. The child expression will most likely be bitmap_bit_position().",
        &[
            "SELECT substring(hex(bitmap_construct_agg(bitmap_bit_position(col))), 0, 6) FROM VALUES (1), (2), (3) AS tab(col)",
        ],
    ),
    Function::aggregate(
        "bitmap_or_agg",
        |call| bind_combine(call, &OR),
        "bitmap_or_agg(child) - Returns a bitmap that is the bitwise OR of all of the bitmaps from the child expression. The input should be bitmaps created from bitmap_construct_agg().",
        &["SELECT substring(hex(bitmap_or_agg(col)), 0, 6) FROM VALUES (X '10'), (X '20'), (X '40') AS tab(col)"],
    ),
    Function::aggregate(
        "bitmap_and_agg",
        |call| bind_combine(call, &AND),
        "bitmap_and_agg(child) - Returns a bitmap that is the bitwise AND of all of the bitmaps from the child expression. The input should be bitmaps created from bitmap_construct_agg().",
        &["SELECT substring(hex(bitmap_and_agg(col)), 0, 6) FROM VALUES (X 'F0'), (X '70'), (X '30') AS tab(col)"],
    ),
];

pub static KERNELS: &[&Kernel] = &[&COUNT];

static COUNT: Kernel = Kernel::new("bitmap_count", count);
static CONSTRUCT: Definition = Definition {
    name: "bitmap_construct_agg",
    state: state_type,
    accumulator: |_, _| Box::new(Summarize(Bitmap { bytes: vec![0; BYTES], operation: Operation::Set })),
};
static OR: Definition = Definition {
    name: "bitmap_or_agg",
    state: state_type,
    accumulator: |_, _| Box::new(Summarize(Bitmap { bytes: vec![0; BYTES], operation: Operation::Or })),
};
static AND: Definition = Definition {
    name: "bitmap_and_agg",
    state: state_type,
    accumulator: |_, _| Box::new(Summarize(Bitmap { bytes: vec![0xFF; BYTES], operation: Operation::And })),
};

/// Numbers from 1 on fill the buckets from 1 on; the others count downwards.
fn bit_position(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Int64Type>(0)?;
    arguments.compute::<Int64Type>(|row| {
        let value = values.get(row)?;
        Some(if value > 0 { (value - 1) % BITS } else { value.wrapping_neg() % BITS })
    })
}

fn bucket_number(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let values = arguments.values_of::<Int64Type>(0)?;
    arguments.compute::<Int64Type>(|row| {
        let value = values.get(row)?;
        Some(if value > 0 { 1 + (value - 1) / BITS } else { value / BITS })
    })
}

fn count(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let bitmaps = arguments.binaries(0)?;
    arguments.compute::<Int64Type>(|row| Some(bitmaps.get(row)?.iter().map(|byte| i64::from(byte.count_ones())).sum()))
}

fn bind_construct(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=1)?;
    let position = call.cast(0, &DataType::Long)?;
    Ok(aggregate(call, &CONSTRUCT, vec![position], Vec::new(), DataType::Binary, false))
}

fn bind_combine(call: &Call<'_>, definition: &'static Definition) -> Result<Aggregate> {
    call.count(1..=1)?;
    let bitmap = exactly(call, 0, &[DataType::Binary])?;
    Ok(aggregate(call, definition, vec![bitmap], Vec::new(), DataType::Binary, false))
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    /// The values are positions of bits.
    Set,
    Or,
    And,
}

#[derive(Debug)]
struct Bitmap {
    bytes: Vec<u8>,
    operation: Operation,
}

impl Summary for Bitmap {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some(positions) = values[0].as_primitive_opt::<Int64Type>() else {
            return present(&values[0]).try_for_each(|bitmap| self.merge(bitmap));
        };
        for position in positions.iter().flatten() {
            let byte = usize::try_from(position).ok().and_then(|position| self.bytes.get_mut(position / 8));
            let Some(byte) = byte else {
                return Err(Error::new(
                    &INVALID_BITMAP_POSITION,
                    format!(
                        "The 0-indexed bitmap position {position} is out of bounds. The bitmap has {BITS} bits ({BYTES} bytes)"
                    ),
                ));
            };
            *byte |= 1 << (position % 8);
        }
        Ok(())
    }

    /// What a shorter bitmap lacks are zeros.
    fn merge(&mut self, state: &[u8]) -> Result<()> {
        for (n, byte) in self.bytes.iter_mut().enumerate() {
            let other = state.get(n).copied().unwrap_or(0);
            match self.operation {
                Operation::Set | Operation::Or => *byte |= other,
                Operation::And => *byte &= other,
            }
        }
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    fn result(&self) -> Result<ScalarValue> {
        Ok(binary(self.bytes.clone()))
    }

    fn size(&self) -> usize {
        self.bytes.len()
    }
}
