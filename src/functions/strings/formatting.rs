//! Values as text by a format: `format_number` and Java's `printf`.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType as Arrow, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use datafusion::logical_expr::ColumnarValue;

use crate::error::{Error, INVALID_PARAMETER_VALUE, Result};
use crate::functions::Arguments;
use crate::types::text::{write_double, write_float};

/// A number on its way to text.
#[derive(Debug, Clone, Copy)]
enum Number {
    Integer(i128),
    Decimal(i128, u32),
    Double(f64),
}

impl Number {
    fn at(array: &ArrayRef, row: usize) -> Option<Number> {
        if array.is_null(row) {
            return None;
        }
        Some(match array.data_type() {
            Arrow::Int8 => Number::Integer(array.as_primitive::<Int8Type>().value(row).into()),
            Arrow::Int16 => Number::Integer(array.as_primitive::<Int16Type>().value(row).into()),
            Arrow::Int32 => Number::Integer(array.as_primitive::<Int32Type>().value(row).into()),
            Arrow::Int64 => Number::Integer(array.as_primitive::<Int64Type>().value(row).into()),
            Arrow::Float32 => Number::Double(array.as_primitive::<Float32Type>().value(row).into()),
            Arrow::Float64 => Number::Double(array.as_primitive::<Float64Type>().value(row)),
            Arrow::Decimal128(_, scale) => {
                Number::Decimal(array.as_primitive::<Decimal128Type>().value(row), u32::try_from(*scale).unwrap_or(0))
            }
            _ => return None,
        })
    }

    fn is_negative(self) -> bool {
        match self {
            Number::Integer(value) | Number::Decimal(value, _) => value < 0,
            Number::Double(value) => value.is_sign_negative(),
        }
    }

    /// The digits of the magnitude with so many decimal places.
    fn digits(self, places: usize, half_even: bool) -> String {
        match self {
            Number::Integer(value) => fixed(value.unsigned_abs(), 0, places, half_even),
            Number::Decimal(value, scale) => fixed(value.unsigned_abs(), scale, places, half_even),
            Number::Double(value) => format!("{:.places$}", value.abs()),
        }
    }
}

/// A scaled number with another number of decimal places, rounded.
fn fixed(value: u128, scale: u32, places: usize, half_even: bool) -> String {
    let places_kept = (places as u32).min(scale);
    let divisor = 10_u128.pow(scale - places_kept);
    let (mut kept, rest) = (value / divisor, value % divisor);
    let twice = rest * 2;
    if twice > divisor || (twice == divisor && (!half_even || kept % 2 == 1)) {
        kept += 1;
    }
    let mut digits = format!("{kept:0>width$}", width = places_kept as usize + 1);
    if places > 0 {
        digits.insert(digits.len() - places_kept as usize, '.');
        digits.extend(std::iter::repeat_n('0', places - places_kept as usize));
    }
    digits
}

/// Commas between groups of digits of the whole part.
fn group(digits: &str, size: usize) -> String {
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && size > 0 && (whole.len() - n).is_multiple_of(size) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

/// `format_number(number, places)`
pub(super) fn format_number(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (numbers, constant) = arguments.column(0)?;
    let places = arguments.values_of::<Int32Type>(1)?;
    arguments.write_strings(|row, out| {
        let number = Number::at(&numbers, if constant { 0 } else { row })?;
        let places = usize::try_from(places.get(row)?).ok()?;
        push_number(out, number, 3, |number| number.digits(places, true));
        Some(())
    })
}

fn push_number(out: &mut String, number: Number, grouping: usize, digits: impl Fn(Number) -> String) {
    if let Number::Double(value) = number
        && !value.is_finite()
    {
        out.push_str(if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "∞"
        } else {
            "-∞"
        });
        return;
    }
    if number.is_negative() {
        out.push('-');
    }
    out.push_str(&group(&digits(number), grouping));
}

/// `format_number(number, pattern)`, a pattern of Java's DecimalFormat.
pub(super) fn format_number_by_pattern(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (numbers, constant) = arguments.column(0)?;
    let patterns = arguments.strings(1)?;
    arguments.write_strings(|row, out| {
        let number = Number::at(&numbers, if constant { 0 } else { row })?;
        let pattern = patterns.get(row)?;
        let pattern = if pattern.is_empty() { "#,###,###,###,###,###,##0" } else { pattern };
        let (prefix, pattern) = pattern.split_at(pattern.find(['#', '0', '.', ',']).unwrap_or(pattern.len()));
        let (pattern, suffix) =
            pattern.split_at(pattern.rfind(['#', '0', '.', ',']).map_or(pattern.len(), |last| last + 1));
        let (whole, fraction) = pattern.split_once('.').unwrap_or((pattern, ""));
        let grouping = whole.rfind(',').map_or(0, |at| whole.len() - at - 1);
        let least_whole = whole.matches('0').count();
        let least_fraction = fraction.matches('0').count();
        out.push_str(prefix);
        push_number(out, number, grouping, |number| {
            let digits = number.digits(fraction.len(), true);
            let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
            let whole = whole.trim_start_matches('0');
            let fraction = &fraction[..fraction.trim_end_matches('0').len().max(least_fraction).min(fraction.len())];
            let whole = format!("{whole:0>least_whole$}");
            if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
        });
        out.push_str(suffix);
        Some(())
    })
}

/// `format_string(format, …)`: Java's `String.format`.
pub(super) fn format_string(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let format = arguments.strings(0)?;
    let columns = (1..arguments.len()).map(|n| arguments.column(n)).collect::<Result<Vec<_>>>()?;
    arguments.try_write_strings(|row, out| {
        let Some(format) = format.get(row) else { return Ok(None) };
        let mut next = 0;
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            let (directive, after) = Directive::parse(&rest[at + 1..]).ok_or_else(|| wrong_format(format))?;
            rest = after;
            match directive.conversion {
                '%' => directive.pad(out, "%"),
                'n' => out.push('\n'),
                _ => {
                    let n = directive.argument.unwrap_or_else(|| {
                        next += 1;
                        next - 1
                    });
                    let Some((array, constant)) = columns.get(n) else { return Err(wrong_format(format)) };
                    directive.write(out, array, if *constant { 0 } else { row }).ok_or_else(|| wrong_format(format))?;
                }
            }
        }
        out.push_str(rest);
        Ok(Some(()))
    })
}

fn wrong_format(format: &str) -> Error {
    Error::new(&INVALID_PARAMETER_VALUE, format!("The format '{format}' does not suit the arguments"))
        .subcondition("FORMAT_STRING")
}

/// `%[argument$][flags][width][.precision]conversion`
#[derive(Debug)]
struct Directive {
    /// From 0.
    argument: Option<usize>,
    flags: String,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

impl Directive {
    fn parse(text: &str) -> Option<(Directive, &str)> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut rest = text;
        let mut argument = None;
        let count = digits(rest);
        if count > 0 && rest[count..].starts_with('$') {
            argument = Some(rest[..count].parse::<usize>().ok()?.checked_sub(1)?);
            rest = &rest[count + 1..];
        }
        let flags = rest.chars().take_while(|c| "-#+ 0,(".contains(*c)).collect::<String>();
        rest = &rest[flags.len()..];
        let count = digits(rest);
        let width = if count > 0 { rest[..count].parse().ok()? } else { 0 };
        rest = &rest[count..];
        let mut precision = None;
        if let Some(after) = rest.strip_prefix('.') {
            let count = digits(after);
            precision = Some(after[..count].parse().ok()?);
            rest = &after[count..];
        }
        let conversion = rest.chars().next()?;
        Some((Directive { argument, flags, width, precision, conversion }, &rest[conversion.len_utf8()..]))
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn pad(&self, out: &mut String, text: &str) {
        let missing = self.width.saturating_sub(text.chars().count());
        if !self.has('-') {
            out.extend(std::iter::repeat_n(' ', missing));
        }
        out.push_str(text);
        if self.has('-') {
            out.extend(std::iter::repeat_n(' ', missing));
        }
    }

    /// `None` if the conversion does not suit the value.
    fn write(&self, out: &mut String, array: &ArrayRef, row: usize) -> Option<()> {
        let upper = self.conversion.is_ascii_uppercase();
        let mut text = match self.conversion.to_ascii_lowercase() {
            's' => {
                let mut text = plain(array, row)?;
                if let Some(precision) = self.precision {
                    text = text.chars().take(precision).collect();
                }
                text
            }
            'b' => match array.data_type() {
                Arrow::Boolean if !array.is_null(row) => array.as_boolean().value(row).to_string(),
                _ => (!array.is_null(row)).to_string(),
            },
            _ if array.is_null(row) => "null".to_owned(),
            'c' => match Number::at(array, row) {
                Some(Number::Integer(code)) => char::from_u32(u32::try_from(code).ok()?)?.to_string(),
                _ => return None,
            },
            'd' => match Number::at(array, row)? {
                Number::Integer(value) => self.signed(value < 0, value.unsigned_abs().to_string()),
                _ => return None,
            },
            'x' | 'o' => {
                let Number::Integer(value) = Number::at(array, row)? else { return None };
                let bits = match array.data_type() {
                    Arrow::Int8 => u64::from(value as u8),
                    Arrow::Int16 => u64::from(value as u16),
                    Arrow::Int32 => u64::from(value as u32),
                    _ => value as u64,
                };
                let digits = match self.conversion.to_ascii_lowercase() {
                    'x' if self.has('#') => format!("0x{bits:x}"),
                    'x' => format!("{bits:x}"),
                    _ => format!("{bits:o}"),
                };
                self.zeros(digits)
            }
            'f' => match Number::at(array, row)? {
                Number::Integer(_) => return None,
                Number::Double(value) if !value.is_finite() => value.to_string().replace("inf", "Infinity"),
                number => self.signed(number.is_negative(), number.digits(self.precision.unwrap_or(6), false)),
            },
            'e' => {
                let value = match Number::at(array, row)? {
                    Number::Double(value) => value,
                    Number::Decimal(value, scale) => value as f64 / 10_f64.powi(scale as i32),
                    Number::Integer(_) => return None,
                };
                let text = format!("{:.*e}", self.precision.unwrap_or(6), value.abs());
                let (mantissa, exponent) = text.split_once('e')?;
                let exponent: i32 = exponent.parse().ok()?;
                let sign = if exponent < 0 { '-' } else { '+' };
                self.signed(value < 0.0, format!("{mantissa}e{sign}{:02}", exponent.abs()))
            }
            _ => return None,
        };
        if upper {
            text = text.to_uppercase();
        }
        self.pad(out, &text);
        Some(())
    }

    fn zeros(&self, digits: String) -> String {
        if self.has('0') { format!("{digits:0>width$}", width = self.width) } else { digits }
    }

    fn signed(&self, negative: bool, digits: String) -> String {
        let mut digits = if self.has(',') { group(&digits, 3) } else { digits };
        let (before, after) = match negative {
            true if self.has('(') => ("(", ")"),
            true => ("-", ""),
            false if self.has('+') => ("+", ""),
            false if self.has(' ') => (" ", ""),
            false => ("", ""),
        };
        if self.has('0') {
            let width = self.width.saturating_sub(before.len() + after.len());
            digits = format!("{digits:0>width$}");
        }
        format!("{before}{digits}{after}")
    }
}

/// A value as Java's `toString` shows it.
fn plain(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) {
        return Some("null".to_owned());
    }
    Some(match array.data_type() {
        Arrow::Utf8View => array.as_string_view().value(row).to_owned(),
        Arrow::Boolean => array.as_boolean().value(row).to_string(),
        Arrow::Float32 => {
            let mut text = String::new();
            write_float(&mut text, array.as_primitive::<Float32Type>().value(row));
            text
        }
        Arrow::Float64 => {
            let mut text = String::new();
            write_double(&mut text, array.as_primitive::<Float64Type>().value(row));
            text
        }
        _ => match Number::at(array, row)? {
            Number::Integer(value) => value.to_string(),
            number @ Number::Decimal(_, scale) => {
                let digits = number.digits(scale as usize, false);
                if number.is_negative() { format!("-{digits}") } else { digits }
            }
            Number::Double(_) => return None,
        },
    })
}
