//! Random numbers: Spark's XORShift generator, so that a seed gives the same numbers as there.

use datafusion::arrow::datatypes::Float64Type;
use datafusion::logical_expr::ColumnarValue;
use datafusion::scalar::ScalarValue;

use crate::error::Result;
use crate::functions::{Arguments, Call, Kernel, Typed};
use crate::types::DataType;

pub(super) static RAND: Kernel = Kernel::new("rand", uniform).volatile();
pub(super) static RANDN: Kernel = Kernel::new("randn", normal).volatile();

/// `rand([seed])`; without a seed each call has one of its own.
pub(super) fn bind(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(0..=1)?;
    let seed = match call.arguments.len() {
        0 => rand::random::<i64>(),
        _ => match call.constant(0, "seed", &DataType::Long)? {
            Some(ScalarValue::Int64(Some(seed))) => seed,
            _ => 0,
        },
    };
    Ok(call.kernel_with(kernel, Vec::new(), vec![seed.to_string()], DataType::Double, false))
}

/// The numbers in [0, 1) that a seed gives.
pub fn random_numbers(seed: i64) -> impl FnMut() -> f64 + Send {
    let mut generator = XorShift::new(seed);
    move || generator.next_double()
}

struct XorShift(i64);

impl XorShift {
    /// Spark hashes the seed with murmur3, twice.
    fn new(seed: i64) -> Self {
        let bytes = seed.to_be_bytes();
        let low = murmur3(&bytes, 0x3C07_4A61_u32);
        let high = murmur3(&bytes, low);
        XorShift(i64::from(high as i32) << 32 | i64::from(low))
    }

    fn next(&mut self, bits: u32) -> i32 {
        let mut next = self.0 ^ (self.0 << 21);
        next ^= (next as u64 >> 35) as i64;
        next ^= next << 4;
        self.0 = next;
        (next & ((1_i64 << bits) - 1)) as i32
    }

    fn next_double(&mut self) -> f64 {
        let high = i64::from(self.next(26)) << 27;
        (high + i64::from(self.next(27))) as f64 * (1.0 / (1_i64 << 53) as f64)
    }
}

/// Scala's `MurmurHash3.bytesHash`.
fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    let mut hash = seed;
    for chunk in bytes.chunks_exact(4) {
        let word = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
        let word = word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        hash = (hash ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

fn generator(arguments: &Arguments<'_>) -> XorShift {
    XorShift::new(arguments.parameters.options[0].parse().unwrap_or(0))
}

fn uniform(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let mut generator = generator(arguments);
    arguments.compute::<Float64Type>(|_| Some(generator.next_double()))
}

/// Java's polar method, two numbers at a time.
fn normal(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let mut generator = generator(arguments);
    let mut second = None;
    arguments.compute::<Float64Type>(|_| {
        if let Some(second) = second.take() {
            return Some(second);
        }
        loop {
            let x = 2.0 * generator.next_double() - 1.0;
            let y = 2.0 * generator.next_double() - 1.0;
            let square = x * x + y * y;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                second = Some(y * factor);
                return Some(x * factor);
            }
        }
    })
}
