//! The cast of every type to every type.
//!
//! Where Arrow's cast gives exactly Spark's answer and cannot fail, a plan has DataFusion's `Cast`, which its optimizer
//! sees through; everything else is the kernel `cast`.

mod errors;
mod from_string;
mod intervals;
mod nested;
mod numbers;
pub mod objects;
mod rules;
mod times;
mod to_string;
mod variant;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use datafusion::arrow::array::{Array, ArrayRef, new_null_array};
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::{Cast, ColumnarValue, Expr};
use datafusion::scalar::ScalarValue;

use super::kernel::{Arguments, Kernel, Parameters, conform};
use super::{Context, Typed};
use crate::error::{DATATYPE_MISMATCH, Error, Result};
use crate::types::coercion::{may_become_null, same_shape};
use crate::types::time_zone::Zone;
use crate::types::{DataType, reading};

pub use rules::{cast_allowed, to_variant as becomes_variant};
pub use to_string::{ValueWriter, value_writer};
pub use variant::{cast_variants, malformed as malformed_variant, to_variant};

/// Also listed in the table of kernels, so that plans can name it.
pub static CAST: Kernel = Kernel::new("cast", run).fallible();

/// [`CAST`] where no value can fail.
pub static CAST_TOTAL: Kernel = Kernel::new("cast_or_null", run);

/// What happens to a value that the target type does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CastMode {
    /// An error.
    Ansi,
    /// NULL, or what bits are left of a number.
    Legacy,
    /// NULL.
    Try,
    /// An error that names no column: numbers that an INSERT stores in a narrower column.
    Store,
}

impl CastMode {
    /// The mode of CAST and of casts that nobody wrote.
    pub fn implicit(context: &Context) -> Self {
        if context.ansi { CastMode::Ansi } else { CastMode::Legacy }
    }

    fn name(self) -> &'static str {
        match self {
            CastMode::Ansi => "ansi",
            CastMode::Legacy => "legacy",
            CastMode::Try => "try",
            CastMode::Store => "store",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "legacy" => CastMode::Legacy,
            "try" => CastMode::Try,
            "store" => CastMode::Store,
            _ => CastMode::Ansi,
        }
    }

    /// Whether a value that cannot be cast is an error.
    pub(super) fn fails(self) -> bool {
        matches!(self, CastMode::Ansi | CastMode::Store)
    }
}

/// `operand` as `to`.
///
/// # Errors
/// `DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION` where there is no such cast.
pub fn cast(operand: Typed, to: &DataType, mode: CastMode, context: &Context) -> Result<Typed> {
    if operand.data_type == *to {
        return Ok(operand);
    }
    if operand.data_type.is_collated() || to.is_collated() {
        // A collation says how strings compare, not what they are.
        let plain = Typed { data_type: operand.data_type.without_collations(), ..operand };
        return Ok(Typed { data_type: to.clone(), ..cast(plain, &to.without_collations(), mode, context)? });
    }
    if let Some(cast) = objects::cast(&operand, to, mode, context)? {
        return Ok(cast);
    }
    if !cast_allowed(&operand.data_type, to, mode) {
        return Err(Error::new(&DATATYPE_MISMATCH, format!("cannot cast \"{}\" to \"{to}\"", operand.data_type))
            .subcondition("CAST_WITHOUT_SUGGESTION"));
    }
    // A call may fail instead of being NULL: `raise_error`.
    let calls = operand.expr.exists(|node| Ok(matches!(node, Expr::ScalarFunction(_))))?;
    if operand.data_type == DataType::Null && !calls {
        context.parameters.found(&operand.expr, to);
        let null = ScalarValue::try_from(to.to_arrow())?;
        return Ok(Typed { expr: Expr::Literal(null, None), data_type: to.clone(), nullable: true });
    }
    if let Some(value) = special(&operand, to, context)? {
        return Ok(Typed { expr: Expr::Literal(value, None), data_type: to.clone(), nullable: false });
    }
    // Only the promise about what may be NULL inside changes, or only the length of a string that is not checked.
    let unchecked_string = operand.data_type.is_string() && *to == DataType::String;
    let spatial = matches!((&operand.data_type, to), (DataType::Spatial(_), DataType::Spatial(_)));
    if unchecked_string
        || spatial
        || operand.data_type.to_arrow() == to.to_arrow() && same_shape(&operand.data_type, to)
    {
        return Ok(Typed { data_type: to.clone(), ..operand });
    }
    if exact_in_arrow(&operand.data_type, to) {
        let expr = match operand.expr {
            Expr::Literal(value, metadata) => Expr::Literal(value.cast_to(&to.to_arrow())?, metadata),
            expr => Expr::Cast(Cast::new(Box::new(expr), to.to_arrow())),
        };
        return Ok(Typed { expr, data_type: to.clone(), nullable: operand.nullable });
    }
    let loses = may_become_null(&operand.data_type, to) || !operand.data_type.is_atomic();
    let nullable = operand.nullable || (!mode.fails() && (mode == CastMode::Try || loses));
    let mut parameters = Parameters::of(std::slice::from_ref(&operand), to.clone(), nullable, context);
    // What is no interval is an error in every mode but the tolerant.
    let interval = (parameters.arguments[0].is_interval() || to.is_interval()) && mode != CastMode::Try;
    parameters.ansi = mode.fails() || interval;
    parameters = parameters.option(mode.name());
    let kernel = if mode.fails() || interval { &CAST } else { &CAST_TOTAL };
    Ok(Typed { expr: kernel.function(parameters).call(vec![operand.expr]), data_type: to.clone(), nullable })
}

/// The value of a constant such as `'today'` that becomes a date or a timestamp.
fn special(operand: &Typed, to: &DataType, context: &Context) -> Result<Option<ScalarValue>> {
    let Expr::Literal(value, _) = &operand.expr else { return Ok(None) };
    let (true, true, Some(text)) = (to.is_datetime(), operand.data_type.is_string(), value.try_as_str().flatten())
    else {
        return Ok(None);
    };
    let (zone, now) = (Zone::parse(&context.time_zone)?, context.now);
    Ok(match to {
        DataType::Date => reading::special_date(text, &zone, now).map(|days| ScalarValue::Date32(Some(days))),
        DataType::TimestampNtz => reading::special_timestamp_ntz(text, &zone, now)
            .map(|micros| ScalarValue::TimestampMicrosecond(Some(micros), None)),
        _ => reading::special_timestamp(text, &zone, now)
            .map(|micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()))),
    })
}

/// Whether Arrow's cast is Spark's, for every value.
fn exact_in_arrow(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::Byte, DataType::Short | DataType::Int | DataType::Long)
        | (DataType::Short, DataType::Int | DataType::Long)
        | (DataType::Int, DataType::Long)
        | (DataType::Float, DataType::Double)
        | (DataType::Date, DataType::TimestampNtz)
        | (DataType::Boolean, DataType::Byte | DataType::Short | DataType::Int | DataType::Long)
        | (DataType::Boolean | DataType::Byte | DataType::Short | DataType::Int | DataType::Long, DataType::String)
        | (DataType::String, DataType::Binary) => true,
        (from, DataType::Float | DataType::Double) if from.is_integral() => true,
        (from, DataType::Decimal { precision, scale }) if from.is_integral() => {
            from.as_decimal().is_some_and(|(digits, _)| i16::from(*precision) - i16::from(*scale) >= i16::from(digits))
        }
        (
            DataType::Decimal { precision: from_precision, scale: from_scale },
            DataType::Decimal { precision, scale },
        ) => {
            scale >= from_scale
                && i16::from(*precision) - i16::from(*scale) >= i16::from(*from_precision) - i16::from(*from_scale)
        }
        // Fifteen digits and their power of ten are exact as doubles, so the quotient is rounded once, as Java does.
        (DataType::Decimal { precision, scale }, DataType::Double) => *precision <= 15 && (0..=22).contains(scale),
        _ => false,
    }
}

/// What a running cast knows.
pub struct CastContext {
    pub mode: CastMode,
    pub zone: Zone,
    /// For times without a date.
    pub now: i64,
}

fn run(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let parameters = arguments.parameters;
    let context = CastContext {
        mode: CastMode::named(parameters.options.first().map_or("ansi", String::as_str)),
        zone: Zone::parse(&parameters.time_zone)?,
        now: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_micros()).ok())
            .unwrap_or(0),
    };
    let array = arguments.array(0)?;
    Ok(ColumnarValue::Array(cast_array(&array, &parameters.arguments[0], &parameters.returns, &context)?))
}

/// The array of type `from` as an array of type `to`.
///
/// # Errors
/// A value that `to` does not have, if the mode does not make it NULL.
pub fn cast_array(array: &ArrayRef, from: &DataType, to: &DataType, context: &CastContext) -> Result<ArrayRef> {
    if from == to {
        return Ok(Arc::clone(array));
    }
    let layout = to.to_arrow();
    if array.null_count() == array.len() || *from == DataType::Null {
        return Ok(new_null_array(&layout, array.len()));
    }
    if exact_in_arrow(from, to) {
        return Ok(datafusion::arrow::compute::cast(array, &layout)?);
    }
    match (from, to) {
        (DataType::Spatial(_), DataType::Spatial(_)) => Ok(Arc::clone(array)),
        (_, DataType::Variant) => variant::to_variant(array, from),
        (DataType::Variant, DataType::Char(_) | DataType::Varchar(_)) => {
            let text = variant::from_variant(array, &DataType::String, context)?;
            to_string::limit_length(&text, to)
        }
        (DataType::Variant, _) => variant::from_variant(array, to, context),
        (DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_), _) if !to.is_string() => {
            nested::cast(array, from, to, context)
        }
        (from, DataType::Char(_) | DataType::Varchar(_)) => {
            let text = cast_array(array, from, &DataType::String, context)?;
            to_string::limit_length(&text, to)
        }
        (from, DataType::String) if from.is_string() => conform(Arc::clone(array), &layout),
        (from, DataType::String) => to_string::cast(array, from, context),
        (from, to) if from.is_string() => from_string::cast(array, to, context),
        (from, to) if from.is_interval() || to.is_interval() => intervals::cast(array, from, to, context),
        (from, to) if is_time(from) || is_time(to) => times::cast(array, from, to, context),
        (from, to) => numbers::cast(array, from, to, context),
    }
}

fn is_time(data_type: &DataType) -> bool {
    data_type.is_datetime() || matches!(data_type, DataType::Time(_))
}
