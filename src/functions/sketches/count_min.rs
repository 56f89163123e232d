//! `count_min_sketch`: how often values come, in the bytes of Spark's `CountMinSketch`.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Int64Type};
use datafusion::scalar::ScalarValue;

use super::{Summarize, Summary, aggregate, binary, exactly, present, state_type};
use crate::error::{Error, Result};
use crate::functions::aggregates::folds::Definition;
use crate::functions::hashes::murmur3;
use crate::functions::{Aggregate, Call, Expected, Function, Parameters};
use crate::types::DataType;

pub static FUNCTIONS: &[Function] = &[Function::aggregate(
    "count_min_sketch",
    bind,
    "count_min_sketch(column, epsilon, confidence, seed) - Returns a count-min sketch of a column with the given esp, confidence and seed. The result is an array of bytes, which can be deserialized to a `CountMinSketch` before usage. Count-min sketch is a probabilistic data structure used for cardinality estimation using sub-linear space.",
    &["SELECT hex(count_min_sketch(col, 0.5d, 0.5d, 1)) FROM VALUES (1), (2), (1) AS tab(col)"],
)];

static SKETCH: Definition = Definition {
    name: "count_min_sketch",
    state: state_type,
    accumulator: |parameters, _| Box::new(Summarize(CountMin::new(parameters))),
};

/// The numbers of the options must be there, and make sense.
fn bind(call: &Call<'_>) -> Result<Aggregate> {
    call.count(4..=4)?;
    let value = call.expect(
        0,
        &Expected::OneOf(&[Expected::Integral, Expected::Type(DataType::String), Expected::Type(DataType::Binary)]),
    )?;
    let value = crate::functions::collations::key(value, call.context)?;
    let value = if value.data_type.is_integral() { call.to(value, &DataType::Long)? } else { value };
    let null = |name: &str| call.mismatch("UNEXPECTED_NULL", &format!("The `{name}` must not be null"));
    let mut options = Vec::with_capacity(3);
    for (n, name, data_type) in
        [(1, "epsilon", DataType::Double), (2, "confidence", DataType::Double), (3, "seed", DataType::Int)]
    {
        exactly(call, n, std::slice::from_ref(&data_type))?;
        let constant = call.constant(n, name, &data_type)?.ok_or_else(|| null(name))?;
        let wrong = match constant {
            ScalarValue::Float64(Some(given)) if n == 1 => given.is_nan() || given <= 0.0,
            ScalarValue::Float64(Some(given)) => !(given > 0.0 && given < 1.0),
            _ => false,
        };
        if wrong {
            let range = if n == 1 { "(0.0, 1.7976931348623157E308]" } else { "(0.0, 1.0)" };
            let why = format!("The `{name}` must be between {range} (current value = {constant})");
            return Err(call.mismatch("VALUE_OUT_OF_RANGE", &why));
        }
        options.push(constant.to_string());
    }
    Ok(aggregate(call, &SKETCH, vec![value], options, DataType::Binary, false))
}

#[derive(Debug)]
struct CountMin {
    total: i64,
    width: usize,
    multipliers: Vec<i64>,
    /// A row of counts for each multiplier.
    counts: Vec<i64>,
}

impl CountMin {
    fn new(parameters: &Parameters) -> Self {
        let number = |n: usize| parameters.options.get(n).and_then(|option| option.parse::<f64>().ok()).unwrap_or(0.5);
        let seed = parameters.options.get(2).and_then(|option| option.parse().ok()).unwrap_or(0);
        let width = ((2.0 / number(0)).ceil() as usize).max(1);
        let depth = ((-(1.0 - number(1)).ln() / 2.0_f64.ln()).ceil() as usize).max(1);
        let mut random = JavaRandom::new(seed);
        let multipliers = (0..depth).map(|_| random.below(i32::MAX)).collect();
        Self { total: 0, width, multipliers, counts: vec![0; width * depth] }
    }

    fn add_long(&mut self, value: i64) {
        for (row, multiplier) in self.multipliers.iter().enumerate() {
            let hash = multiplier.wrapping_mul(value);
            let hash = hash.wrapping_add(hash >> 32) & 0x7FFF_FFFF;
            self.counts[row * self.width + hash as usize % self.width] += 1;
        }
        self.total += 1;
    }

    fn add_bytes(&mut self, bytes: &[u8]) {
        let first = murmur3(bytes, 0).cast_signed();
        let second = murmur3(bytes, first.cast_unsigned()).cast_signed();
        for row in 0..self.multipliers.len() {
            let hash = first.wrapping_add((row as i32).wrapping_mul(second));
            let place = (i64::from(hash) % self.width as i64).unsigned_abs() as usize;
            self.counts[row * self.width + place] += 1;
        }
        self.total += 1;
    }
}

impl Summary for CountMin {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        let column = &values[0];
        if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
            numbers.iter().flatten().for_each(|value| self.add_long(value));
        } else {
            let bytes = datafusion::arrow::compute::cast(column, &Arrow::BinaryView)?;
            present(&bytes).for_each(|bytes| self.add_bytes(bytes));
        }
        Ok(())
    }

    /// Behind the head, which is the same, stand the counts.
    fn merge(&mut self, state: &[u8]) -> Result<()> {
        let longs =
            |bytes: &[u8]| bytes.as_chunks::<8>().0.iter().map(|long| i64::from_be_bytes(*long)).collect::<Vec<_>>();
        let head = 20 + 8 * self.multipliers.len();
        if state.len() != head + 8 * self.counts.len() {
            return Err(Error::internal("sketches of different sizes"));
        }
        self.total += longs(&state[4..12])[0];
        for (count, other) in self.counts.iter_mut().zip(longs(&state[head..])) {
            *count += other;
        }
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        let mut bytes = 1_i32.to_be_bytes().to_vec();
        bytes.extend(self.total.to_be_bytes());
        bytes.extend((self.multipliers.len() as i32).to_be_bytes());
        bytes.extend((self.width as i32).to_be_bytes());
        bytes.extend(self.multipliers.iter().chain(&self.counts).flat_map(|long| long.to_be_bytes()));
        bytes
    }

    fn result(&self) -> Result<ScalarValue> {
        Ok(binary(self.state()))
    }

    fn size(&self) -> usize {
        8 * (self.multipliers.len() + self.counts.len())
    }
}

/// `java.util.Random`
#[derive(Debug)]
pub(super) struct JavaRandom(u64);

impl JavaRandom {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    pub(super) fn new(seed: i64) -> Self {
        Self((seed.cast_unsigned() ^ Self::MULTIPLIER) & Self::MASK)
    }

    fn next(&mut self, bits: u32) -> i32 {
        self.0 = self.0.wrapping_mul(Self::MULTIPLIER).wrapping_add(0xB) & Self::MASK;
        (self.0 >> (48 - bits)) as i32
    }

    /// From 0 to below 1.
    pub(super) fn next_double(&mut self) -> f64 {
        let high = i64::from(self.next(26)) << 27;
        (high + i64::from(self.next(27))) as f64 / (1_i64 << 53) as f64
    }

    /// From 0 to below a bound that is no power of two.
    fn below(&mut self, bound: i32) -> i64 {
        loop {
            let bits = self.next(31);
            let value = bits % bound;
            if bits.checked_sub(value).and_then(|start| start.checked_add(bound - 1)).is_some() {
                return i64::from(value);
            }
        }
    }
}
