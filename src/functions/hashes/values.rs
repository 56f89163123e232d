//! `hash` and `xxhash64`: each value is hashed with the hash so far as its seed.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int32Array, Int64Array};
use datafusion::arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, IntervalYearMonthType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion::logical_expr::ColumnarValue;
use twox_hash::XxHash64;

use super::hashable;
use crate::error::{Error, Result};
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;

static HASH: Kernel = Kernel::new("hash", |arguments| {
    let hashes = hashes::<Murmur3>(arguments, 42)?.into_iter().map(u32::cast_signed);
    Ok(ColumnarValue::Array(Arc::new(Int32Array::from_iter_values(hashes))))
});
static XXHASH64: Kernel = Kernel::new("xxhash64", |arguments| {
    let hashes = hashes::<Xx>(arguments, 42)?.into_iter().map(u64::cast_signed);
    Ok(ColumnarValue::Array(Arc::new(Int64Array::from_iter_values(hashes))))
});

pub static KERNELS: &[&Kernel] = &[&HASH, &XXHASH64];

pub(super) fn bind_hash(call: &Call<'_>) -> Result<Typed> {
    hashable(call)?;
    Ok(call.kernel(&HASH, call.arguments.to_vec(), DataType::Int, false))
}

pub(super) fn bind_xxhash64(call: &Call<'_>) -> Result<Typed> {
    hashable(call)?;
    Ok(call.kernel(&XXHASH64, call.arguments.to_vec(), DataType::Long, false))
}

fn hashes<A: Algorithm>(arguments: &Arguments<'_>, seed: A::Hash) -> Result<Vec<A::Hash>> {
    let mut hashes = vec![seed; arguments.rows];
    for (n, data_type) in arguments.parameters.arguments.iter().enumerate() {
        let array = arguments.array(n)?;
        let hash = hasher::<A>(array.as_ref(), data_type)?;
        for (row, seed) in hashes.iter_mut().enumerate() {
            *seed = hash(row, *seed);
        }
    }
    Ok(hashes)
}

/// How one value is hashed, given a seed.
trait Algorithm: 'static {
    type Hash: Copy + 'static;
    fn int(value: i32, seed: Self::Hash) -> Self::Hash;
    fn long(value: i64, seed: Self::Hash) -> Self::Hash;
    fn bytes(bytes: &[u8], seed: Self::Hash) -> Self::Hash;
}

struct Xx;

impl Algorithm for Xx {
    type Hash = u64;

    fn int(value: i32, seed: u64) -> u64 {
        XxHash64::oneshot(seed, &value.to_le_bytes())
    }

    fn long(value: i64, seed: u64) -> u64 {
        XxHash64::oneshot(seed, &value.to_le_bytes())
    }

    fn bytes(bytes: &[u8], seed: u64) -> u64 {
        XxHash64::oneshot(seed, bytes)
    }
}

/// Murmur3 as Spark has it.
struct Murmur3;

impl Algorithm for Murmur3 {
    type Hash = u32;

    fn int(value: i32, seed: u32) -> u32 {
        finish(mix(seed, value.cast_unsigned()), 4)
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
}

/// The hash of bytes that `hash` gives, with another seed.
pub fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    Murmur3::bytes(bytes, seed)
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

/// The hash of a row's value, given the seed; NULL gives the seed back.
type RowHasher<'a, H> = Box<dyn Fn(usize, H) -> H + 'a>;

fn hasher<'a, A: Algorithm>(array: &'a dyn Array, data_type: &'a DataType) -> Result<RowHasher<'a, A::Hash>> {
    macro_rules! values {
        ($type:ty, |$value:ident, $seed:ident| $hash:expr) => {{
            let values = array.as_primitive::<$type>();
            let hash = move |$value: <$type as datafusion::arrow::datatypes::ArrowPrimitiveType>::Native,
                             $seed: A::Hash| $hash;
            present(array, move |row, seed| hash(values.value(row), seed))
        }};
    }
    Ok(match data_type {
        DataType::Null => Box::new(|_, seed| seed),
        DataType::Variant => return Err(Error::internal("a variant has no hash")),
        DataType::Spatial(_) => return Err(Error::unsupported("the hash of a shape", "hash `st_asbinary` of it")),
        DataType::Boolean => {
            let values = array.as_boolean();
            present(array, |row, seed| A::int(i32::from(values.value(row)), seed))
        }
        DataType::Byte => values!(Int8Type, |value, seed| A::int(i32::from(value), seed)),
        DataType::Short => values!(Int16Type, |value, seed| A::int(i32::from(value), seed)),
        DataType::Int => values!(Int32Type, |value, seed| A::int(value, seed)),
        DataType::Date => values!(Date32Type, |value, seed| A::int(value, seed)),
        DataType::YearMonthInterval(..) => {
            values!(IntervalYearMonthType, |value, seed| A::int(value, seed))
        }
        DataType::Long | DataType::Object(_) => values!(Int64Type, |value, seed| A::long(value, seed)),
        DataType::Timestamp | DataType::TimestampNtz => {
            values!(TimestampMicrosecondType, |value, seed| A::long(value, seed))
        }
        DataType::Time(_) => values!(Time64MicrosecondType, |value, seed| A::long(value * 1000, seed)),
        DataType::DayTimeInterval(..) => values!(DurationMicrosecondType, |value, seed| A::long(value, seed)),
        // The two zeros are equal.
        DataType::Float => values!(Float32Type, |value, seed| A::int((value + 0.0).to_bits().cast_signed(), seed)),
        DataType::Double => values!(Float64Type, |value, seed| A::long((value + 0.0).to_bits().cast_signed(), seed)),
        DataType::Decimal { precision, .. } if *precision <= 18 => {
            values!(Decimal128Type, |value, seed| A::long(value as i64, seed))
        }
        DataType::Decimal { .. } => values!(Decimal128Type, |value, seed| {
            // As few bytes as the number needs, the first of which has the sign.
            let all = value.to_be_bytes();
            let unneeded = all
                .windows(2)
                .take_while(|pair| (pair[0] == 0 && pair[1] < 0x80) || (pair[0] == 0xFF && pair[1] >= 0x80));
            A::bytes(&all[unneeded.count()..], seed)
        }),
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) => {
            let values = array.as_string_view();
            present(array, |row, seed| A::bytes(values.value(row).as_bytes(), seed))
        }
        DataType::Binary => {
            let values = array.as_binary_view();
            present(array, |row, seed| A::bytes(values.value(row), seed))
        }
        DataType::CalendarInterval => values!(IntervalMonthDayNanoType, |value, seed| {
            let seed = A::long(value.nanoseconds / 1000, seed);
            A::int(value.months, A::int(value.days, seed))
        }),
        DataType::Array { element, .. } => {
            let list = array.as_list::<i32>();
            let elements = hasher::<A>(list.values().as_ref(), element)?;
            let offsets = list.value_offsets();
            present(array, move |row, seed| {
                (offsets[row] as usize..offsets[row + 1] as usize).fold(seed, |seed, place| elements(place, seed))
            })
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().zip(fields);
            let columns = columns
                .map(|(column, field)| hasher::<A>(column.as_ref(), &field.data_type))
                .collect::<Result<Vec<_>>>()?;
            present(array, move |row, seed| columns.iter().fold(seed, |seed, column| column(row, seed)))
        }
        DataType::Map { .. } => return Err(Error::internal("maps are not hashed")),
    })
}

fn present<'a, H: 'a>(array: &'a dyn Array, hash: impl Fn(usize, H) -> H + 'a) -> RowHasher<'a, H> {
    match array.null_count() {
        0 => Box::new(hash),
        _ => Box::new(move |row, seed| if array.is_null(row) { seed } else { hash(row, seed) }),
    }
}
