//! `hash`: Murmur3 as Spark has it, with seed 42. Each value is hashed with the hash so far as its seed.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int32Array};
use datafusion::arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, IntervalYearMonthType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::logical_expr::ColumnarValue;

use super::hashable;
use crate::error::{Error, Result};
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;

static HASH: Kernel = Kernel::new("hash", run);

pub static KERNELS: &[&Kernel] = &[&HASH];

const SEED: u32 = 42;

pub(super) fn bind(call: &Call<'_>) -> Result<Typed> {
    hashable(call)?;
    Ok(call.kernel(&HASH, call.arguments.to_vec(), DataType::Int, false))
}

fn run(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let mut hashes = vec![SEED; arguments.rows];
    for (n, data_type) in arguments.parameters.arguments.iter().enumerate() {
        let array = arguments.array(n)?;
        let hash = hasher(array.as_ref(), data_type)?;
        for (row, seed) in hashes.iter_mut().enumerate() {
            *seed = hash(row, *seed);
        }
    }
    let hashes = hashes.into_iter().map(u32::cast_signed);
    Ok(ColumnarValue::Array(Arc::new(Int32Array::from_iter_values(hashes))))
}

/// The hash of a row's value, given the seed; NULL gives the seed back.
type Hasher<'a> = Box<dyn Fn(usize, u32) -> u32 + 'a>;

fn hasher<'a>(array: &'a dyn Array, data_type: &'a DataType) -> Result<Hasher<'a>> {
    macro_rules! values {
        ($type:ty, |$value:ident, $seed:ident| $hash:expr) => {{
            let values = array.as_primitive::<$type>();
            let hash =
                move |$value: <$type as datafusion::arrow::datatypes::ArrowPrimitiveType>::Native, $seed: u32| $hash;
            present(array, move |row, seed| hash(values.value(row), seed))
        }};
    }
    Ok(match data_type {
        DataType::Null => Box::new(|_, seed| seed),
        DataType::Boolean => {
            let values = array.as_boolean();
            present(array, |row, seed| int(u32::from(values.value(row)), seed))
        }
        DataType::Byte => values!(Int8Type, |value, seed| int(i32::from(value).cast_unsigned(), seed)),
        DataType::Short => values!(Int16Type, |value, seed| int(i32::from(value).cast_unsigned(), seed)),
        DataType::Int => values!(Int32Type, |value, seed| int(value.cast_unsigned(), seed)),
        DataType::Date => values!(Date32Type, |value, seed| int(value.cast_unsigned(), seed)),
        DataType::YearMonthInterval(..) => {
            values!(IntervalYearMonthType, |value, seed| int(value.cast_unsigned(), seed))
        }
        DataType::Long => values!(Int64Type, |value, seed| long(value, seed)),
        DataType::Timestamp | DataType::TimestampNtz => {
            values!(TimestampMicrosecondType, |value, seed| long(value, seed))
        }
        DataType::Time(_) => values!(Time64MicrosecondType, |value, seed| long(value * 1000, seed)),
        DataType::DayTimeInterval(..) => values!(DurationMicrosecondType, |value, seed| long(value, seed)),
        // The two zeros are equal.
        DataType::Float => values!(Float32Type, |value, seed| int((value + 0.0).to_bits(), seed)),
        DataType::Double => values!(Float64Type, |value, seed| long((value + 0.0).to_bits().cast_signed(), seed)),
        DataType::Decimal { precision, .. } if *precision <= 18 => {
            values!(Decimal128Type, |value, seed| long(value as i64, seed))
        }
        DataType::Decimal { .. } => values!(Decimal128Type, |value, seed| {
            // As few bytes as the number needs, the first of which has the sign.
            let all = value.to_be_bytes();
            let unneeded = all
                .windows(2)
                .take_while(|pair| (pair[0] == 0 && pair[1] < 0x80) || (pair[0] == 0xFF && pair[1] >= 0x80));
            bytes(&all[unneeded.count()..], seed)
        }),
        DataType::String | DataType::Char(_) | DataType::Varchar(_) => {
            let values = array.as_string_view();
            present(array, |row, seed| bytes(values.value(row).as_bytes(), seed))
        }
        DataType::Binary => {
            let values = array.as_binary_view();
            present(array, |row, seed| bytes(values.value(row), seed))
        }
        DataType::CalendarInterval => values!(IntervalMonthDayNanoType, |value, seed| {
            let seed = long(value.nanoseconds / 1000, seed);
            int(value.months.cast_unsigned(), int(value.days.cast_unsigned(), seed))
        }),
        DataType::Array { element, .. } => {
            let list = array.as_list::<i32>();
            let elements = hasher(list.values().as_ref(), element)?;
            let offsets = list.value_offsets();
            present(array, move |row, seed| {
                (offsets[row] as usize..offsets[row + 1] as usize).fold(seed, |seed, place| elements(place, seed))
            })
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().zip(fields);
            let columns =
                columns.map(|(column, field)| hasher(column.as_ref(), &field.data_type)).collect::<Result<Vec<_>>>()?;
            present(array, move |row, seed| columns.iter().fold(seed, |seed, column| column(row, seed)))
        }
        DataType::Map { .. } => return Err(Error::internal("maps are not hashed")),
    })
}

fn present<'a>(array: &'a dyn Array, hash: impl Fn(usize, u32) -> u32 + 'a) -> Hasher<'a> {
    match array.null_count() {
        0 => Box::new(hash),
        _ => Box::new(move |row, seed| if array.is_null(row) { seed } else { hash(row, seed) }),
    }
}

fn mix(hash: u32, block: u32) -> u32 {
    let block = block.wrapping_mul(0xCC9E_2D51).rotate_left(15).wrapping_mul(0x1B87_3593);
    (hash ^ block).rotate_left(13).wrapping_mul(5).wrapping_add(0xE654_6B64)
}

fn finish(hash: u32, length: u32) -> u32 {
    let hash = hash ^ length;
    let hash = (hash ^ hash >> 16).wrapping_mul(0x85EB_CA6B);
    let hash = (hash ^ hash >> 13).wrapping_mul(0xC2B2_AE35);
    hash ^ hash >> 16
}

fn int(value: u32, seed: u32) -> u32 {
    finish(mix(seed, value), 4)
}

fn long(value: i64, seed: u32) -> u32 {
    let value = value.cast_unsigned();
    finish(mix(mix(seed, value as u32), (value >> 32) as u32), 8)
}

/// Bytes that do not fill a block of four are blocks of their own, with their signs.
fn bytes(bytes: &[u8], seed: u32) -> u32 {
    let (blocks, rest) = bytes.as_chunks::<4>();
    let hash = blocks.iter().fold(seed, |hash, block| mix(hash, u32::from_le_bytes(*block)));
    let hash = rest.iter().fold(hash, |hash, byte| mix(hash, i32::from(byte.cast_signed()).cast_unsigned()));
    finish(hash, bytes.len() as u32)
}
