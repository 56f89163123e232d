//! Functions of chance. A seed gives the numbers that Spark makes of it in one partition; each call has a generator of its
//! own, which goes on from batch to batch.

mod generators;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Float64Array, ListArray, StringViewBuilder, UInt64Array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};
use datafusion::scalar::ScalarValue;
use parking_lot::Mutex;

use self::generators::{MersenneTwister, XorShift};
use crate::error::{Error, INVALID_PARAMETER_VALUE, Result, SEED_EXPRESSION_IS_UNFOLDABLE};
use crate::functions::cast::{CastMode, cast};
use crate::functions::kernel::conform;
use crate::functions::{Call, Expected, Typed, constant};
use crate::types::DataType;

/// What is drawn for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Uniform,
    Normal,
    Text { length: usize },
    Uuid,
    Shuffle,
}

/// The numbers in [0, 1) that a seed gives.
pub fn random_numbers(seed: i64) -> impl FnMut() -> f64 + Send {
    let mut generator = XorShift::new(seed);
    move || generator.next_double()
}

/// `rand([seed])`
pub(super) fn bind_uniform(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=1)?;
    Ok(draw(Kind::Uniform, seed(call, 0)?, Vec::new(), DataType::Double, false))
}

/// `randn([seed])`
pub(super) fn bind_normal(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=1)?;
    Ok(draw(Kind::Normal, seed(call, 0)?, Vec::new(), DataType::Double, false))
}

/// `uuid([seed])`
pub(in crate::functions) fn bind_uuid(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=1)?;
    Ok(draw(Kind::Uuid, seed(call, 0)?, Vec::new(), DataType::String, false))
}

/// `shuffle(array[, seed])`
pub(in crate::functions) fn bind_shuffle(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let array = call.expect(0, &Expected::Array)?;
    let (data_type, nullable) = (array.data_type, array.nullable);
    Ok(draw(Kind::Shuffle, seed(call, 1)?, vec![array.expr], data_type, nullable))
}

/// `uniform(min, max[, seed])`: `min + (max - min) * rand(seed)` as the wider type of the two.
pub(super) fn bind_between(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    for (n, name) in ["min", "max"].into_iter().enumerate() {
        let given = call.argument(n);
        if !given.data_type.is_numeric() && given.data_type != DataType::Null {
            return Err(call.unexpected_type(n, "\"NUMERIC\""));
        }
        if !constant::is_constant(&given.expr)? {
            return Err(call.mismatch(
                "NON_FOLDABLE_INPUT",
                &format!(
                    "the input `{name}` should be a foldable \"NUMERIC\" expression; however, got \"{}\"",
                    call.texts[n]
                ),
            ));
        }
    }
    let seed = seed_of_constant(call, 2)?;
    let (low, high) = (call.argument(0).clone(), call.argument(1).clone());
    let returns = between_type(&low.data_type, &high.data_type);
    if [&low, &high].iter().any(|bound| bound.data_type == DataType::Null) {
        return call.to(null(), &DataType::Double);
    }
    let (low, high) = (call.to(low, &DataType::Double)?, call.to(high, &DataType::Double)?);
    let nullable = low.nullable || high.nullable;
    let chance = draw(Kind::Uniform, seed, Vec::new(), DataType::Double, false);
    let expr = low.expr.clone() + (high.expr - low.expr) * chance.expr;
    let value = Typed { expr, data_type: DataType::Double, nullable };
    cast(value, &returns, CastMode::implicit(call.context), call.context).map_err(|error| error.at(call.span))
}

fn null() -> Typed {
    Typed { expr: lit(ScalarValue::Null), data_type: DataType::Null, nullable: true }
}

fn between_type(low: &DataType, high: &DataType) -> DataType {
    let either = |wanted: &DataType| low == wanted || high == wanted;
    match (low, high) {
        _ if either(&DataType::Double) => DataType::Double,
        _ if either(&DataType::Float) => DataType::Float,
        (
            DataType::Decimal { precision, scale },
            DataType::Decimal { precision: other_precision, scale: other_scale },
        ) => {
            let integral = |precision: u8, scale: i8| i16::from(precision) - i16::from(scale);
            let wider =
                scale >= other_scale && integral(*precision, *scale) >= integral(*other_precision, *other_scale);
            if wider { low.clone() } else { high.clone() }
        }
        (DataType::Decimal { .. }, _) => low.clone(),
        (_, DataType::Decimal { .. }) => high.clone(),
        _ => [DataType::Long, DataType::Int, DataType::Short].into_iter().find(either).unwrap_or(DataType::Byte),
    }
}

/// `randstr(length[, seed])`
pub(super) fn bind_text(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let given = &call.argument(0).data_type;
    if !given.is_numeric() && !given.is_string() && *given != DataType::Null {
        return Err(call.unexpected_type(0, "\"INT\""));
    }
    if !constant::is_constant(&call.argument(0).expr)? {
        return Err(call.mismatch(
            "NON_FOLDABLE_INPUT",
            &format!(
                "the input `length` should be a foldable \"INT or SMALLINT\" expression; however, got \"{}\"",
                call.texts[0]
            ),
        ));
    }
    let seed = seed_of_constant(call, 1)?;
    let length = call.literal_int(0, "length")?.unwrap_or(0);
    let length = usize::try_from(length).map_err(|_| {
        Error::new(
            &INVALID_PARAMETER_VALUE,
            format!("The value of parameter(s) `length` in `randstr` is invalid: Expects `length` greater than or equal to 0, but got {length}"),
        )
        .subcondition("LENGTH")
        .at(call.span)
    })?;
    Ok(draw(Kind::Text { length }, seed, Vec::new(), DataType::String, false))
}

/// The seed, if it is given: an INT or a BIGINT; NULL is 0. Without one each call has its own.
fn seed(call: &Call<'_>, n: usize) -> Result<i64> {
    let Some(given) = call.arguments.get(n) else { return Ok(rand::random()) };
    if !matches!(given.data_type, DataType::Int | DataType::Long | DataType::Null) {
        return Err(call.unexpected_type(n, "(\"INT\" or \"BIGINT\")"));
    }
    let Some(value) = constant::evaluate(&given.expr)? else {
        return Err(Error::new(
            &SEED_EXPRESSION_IS_UNFOLDABLE,
            format!("The seed expression \"{}\" of the expression \"{}\" must be foldable", call.texts[n], call.text()),
        )
        .at(call.span));
    };
    Ok(match value {
        ScalarValue::Int32(Some(seed)) => i64::from(seed),
        ScalarValue::Int64(Some(seed)) => seed,
        _ => 0,
    })
}

fn seed_of_constant(call: &Call<'_>, n: usize) -> Result<i64> {
    match call.arguments.get(n) {
        Some(given)
            if matches!(given.data_type, DataType::Int | DataType::Long) && !constant::is_constant(&given.expr)? =>
        {
            Err(call.mismatch(
                "NON_FOLDABLE_INPUT",
                &format!(
                    "the input `seed` should be a foldable \"INT or BIGINT\" expression; however, got \"{}\"",
                    call.texts[n]
                ),
            ))
        }
        _ => seed(call, n),
    }
}

fn draw(kind: Kind, seed: i64, arguments: Vec<Expr>, data_type: DataType, nullable: bool) -> Typed {
    let generator = match kind {
        Kind::Uniform | Kind::Normal | Kind::Text { .. } => Generator::XorShift(XorShift::new(seed)),
        Kind::Uuid | Kind::Shuffle => Generator::Mersenne(Box::new(MersenneTwister::new(seed))),
    };
    let function = Draw {
        kind,
        seed,
        returns: data_type.to_arrow(),
        nullable,
        generator: Mutex::new(generator),
        signature: Signature::user_defined(Volatility::Volatile),
    };
    Typed { expr: ScalarUDF::new_from_impl(function).call(arguments), data_type, nullable }
}

#[derive(Debug)]
enum Generator {
    XorShift(XorShift),
    Mersenne(Box<MersenneTwister>),
}

/// A call with its generator.
struct Draw {
    kind: Kind,
    seed: i64,
    returns: Arrow,
    nullable: bool,
    generator: Mutex<Generator>,
    signature: Signature,
}

impl fmt::Debug for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.seed)
    }
}

/// Calls with one seed draw the same values.
impl PartialEq for Draw {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.seed, &self.returns) == (other.kind, other.seed, &other.returns)
    }
}

impl Eq for Draw {}

impl Hash for Draw {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind, self.seed).hash(state);
    }
}

impl ScalarUDFImpl for Draw {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Uniform => "rand",
            Kind::Normal => "randn",
            Kind::Text { .. } => "randstr",
            Kind::Uuid => "uuid",
            Kind::Shuffle => "shuffle",
        }
    }

    fn schema_name(&self, arguments: &[Expr]) -> DataFusionResult<String> {
        let arguments = arguments.iter().map(|argument| argument.schema_name().to_string()).collect::<Vec<_>>();
        Ok(format!("{:?}[{}]({})", self.kind, self.seed, arguments.join(",")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> DataFusionResult<Arrow> {
        Ok(self.returns.clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> DataFusionResult<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), self.returns.clone(), self.nullable)))
    }

    fn coerce_types(&self, types: &[Arrow]) -> DataFusionResult<Vec<Arrow>> {
        Ok(types.to_vec())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let rows = args.number_rows;
        let mut generator = self.generator.lock();
        let array = match (self.kind, &mut *generator) {
            (Kind::Uniform, Generator::XorShift(chance)) => {
                Arc::new(Float64Array::from_iter_values((0..rows).map(|_| chance.next_double()))) as _
            }
            (Kind::Normal, Generator::XorShift(chance)) => {
                Arc::new(Float64Array::from_iter_values((0..rows).map(|_| chance.next_normal()))) as _
            }
            (Kind::Text { length }, Generator::XorShift(chance)) => {
                let mut texts = StringViewBuilder::with_capacity(rows);
                let mut text = String::with_capacity(length);
                for _ in 0..rows {
                    text.clear();
                    text.extend((0..length).map(|_| chance.next_character()));
                    texts.append_value(&text);
                }
                Arc::new(texts.finish()) as _
            }
            (Kind::Uuid, Generator::Mersenne(chance)) => {
                let mut texts = StringViewBuilder::with_capacity(rows);
                for _ in 0..rows {
                    let high = chance.next_long() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000;
                    let low = (chance.next_long() | 0x8000_0000_0000_0000) & 0xBFFF_FFFF_FFFF_FFFF;
                    let uuid = uuid::Uuid::from_u64_pair(high, low);
                    texts.append_value(uuid.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()));
                }
                Arc::new(texts.finish()) as _
            }
            (Kind::Shuffle, Generator::Mersenne(chance)) => {
                let array = args.args[0].to_array(rows)?;
                let list = array.as_list::<i32>();
                let offsets = list.value_offsets();
                let first = offsets[0] as u64;
                let mut picks = (first..offsets[list.len()] as u64).collect::<Vec<_>>();
                for row in (0..list.len()).filter(|row| list.is_valid(*row)) {
                    let start = offsets[row] as u64 - first;
                    let row = &mut picks[start as usize..(offsets[row + 1] as u64 - first) as usize];
                    let origin = row.first().copied().unwrap_or(0);
                    for n in 0..row.len() {
                        let other = chance.below(n as u32 + 1) as usize;
                        row[n] = row[other];
                        row[other] = origin + n as u64;
                    }
                }
                let values = take(list.values(), &UInt64Array::from(picks), None)?;
                let offsets = OffsetBuffer::from_lengths(list.offsets().lengths());
                let item = Arc::new(Field::new("item", values.data_type().clone(), true));
                conform(Arc::new(ListArray::try_new(item, offsets, values, list.nulls().cloned())?), &self.returns)?
            }
            _ => return Err(Error::internal("the generator is not that of the function").into()),
        };
        Ok(ColumnarValue::Array(array))
    }
}
