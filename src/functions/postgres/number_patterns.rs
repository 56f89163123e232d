//! Patterns of `to_char` and `to_number` for numbers: `FM999,999.00`, `S0999`, `9.99EEEE`, `RN`.

use datafusion::arrow::datatypes::{Decimal128Type, Float64Type};
use datafusion::logical_expr::ColumnarValue;

use super::{casts, nullable, text};
use crate::error::{CAST_INVALID_INPUT, Error, Result, UNSUPPORTED_FEATURE};
use crate::functions::constant;
use crate::functions::kernel::{Arguments, Kernel};
use crate::functions::{Call, Typed};
use crate::types::DataType;

pub(super) static TO_CHAR: Kernel = Kernel::new("postgres_number_to_char", run_to_char).fallible();
pub(super) static TO_NUMBER: Kernel = Kernel::new("postgres_to_number", run_to_number).fallible();

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nine,
    Zero,
    Point,
    Comma,
    /// `S`, `SG`: always a sign. `S` stands at the number.
    Sign,
    SignHere,
    /// `MI`
    Minus,
    /// `PL`
    Plus,
    /// `PR`: negative numbers in angle brackets.
    Brackets,
    /// `L`
    Currency,
    /// `TH`, `th`
    Ordinal(bool),
    Text(char),
}

#[derive(Debug, Default)]
struct Pattern {
    places: Vec<Place>,
    /// Digits before and behind the point.
    whole: usize,
    fraction: usize,
    no_fill: bool,
    /// `V`: so many powers of ten more.
    shift: usize,
    scientific: bool,
    roman: Option<bool>,
}

fn parsed(pattern: &str) -> Result<Pattern> {
    let mut parsed = Pattern::default();
    let mut rest = pattern;
    let (mut behind_point, mut behind_shift) = (false, false);
    while let Some(first) = rest.chars().next() {
        let begins = |word: &str| rest.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
        let mut length = first.len_utf8();
        if first == '"' {
            let end = rest[1..].find('"').map_or(rest.len(), |end| end + 1);
            parsed.places.extend(rest[1..end].chars().map(Place::Text));
            rest = rest.get(end + 1..).unwrap_or("");
            continue;
        }
        let place = if begins("EEEE") {
            parsed.scientific = true;
            length = 4;
            None
        } else if begins("FM") {
            parsed.no_fill = true;
            length = 2;
            None
        } else if begins("RN") {
            parsed.roman = Some(first == 'R');
            length = 2;
            None
        } else if begins("MI") {
            length = 2;
            Some(Place::Minus)
        } else if begins("PL") {
            length = 2;
            Some(Place::Plus)
        } else if begins("PR") {
            length = 2;
            Some(Place::Brackets)
        } else if begins("SG") {
            length = 2;
            Some(Place::SignHere)
        } else if begins("TH") {
            length = 2;
            Some(Place::Ordinal(first == 'T'))
        } else {
            match first {
                '9' | '0' => {
                    if behind_shift {
                        parsed.shift += 1;
                    }
                    if behind_point {
                        parsed.fraction += 1;
                    } else {
                        parsed.whole += 1;
                    }
                    Some(if first == '9' { Place::Nine } else { Place::Zero })
                }
                '.' | 'D' | 'd' if !behind_point => {
                    behind_point = true;
                    Some(Place::Point)
                }
                ',' | 'G' | 'g' => Some(Place::Comma),
                'S' | 's' => Some(Place::Sign),
                'V' | 'v' => {
                    behind_shift = true;
                    None
                }
                'L' | 'l' => Some(Place::Currency),
                other => Some(Place::Text(other)),
            }
        };
        parsed.places.extend(place);
        rest = &rest[length..];
    }
    if parsed.scientific && parsed.whole + parsed.fraction == 0 {
        return Err(Error::new(&UNSUPPORTED_FEATURE, "\"EEEE\" must follow digits"));
    }
    Ok(parsed)
}

/// `to_char(number, pattern)`
pub(super) fn to_char(call: &Call<'_>) -> Result<Typed> {
    let value = call.argument(0).clone();
    let value = match &value.data_type {
        DataType::Float | DataType::Double => casts::cast(value, &DataType::Double, call.context)?,
        DataType::Decimal { .. } => value,
        _ => casts::cast(value, &DataType::Decimal { precision: 20, scale: 0 }, call.context)?,
    };
    let arguments = vec![value, text(call, 1)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(&TO_CHAR, arguments, DataType::String, nullable))
}

/// A number as digits: whether it is negative, what stands before the point, what behind.
struct Digits {
    negative: bool,
    whole: String,
    fraction: String,
}

fn run_to_char(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let patterns = arguments.strings(1)?;
    let mut last: Option<(String, Pattern)> = None;
    let mut with_pattern = |row: usize, write: &mut dyn FnMut(&Pattern)| -> Result<Option<()>> {
        let Some(text) = patterns.get(row) else { return Ok(None) };
        if last.as_ref().is_none_or(|(known, _)| known != text) {
            last = Some((text.to_owned(), parsed(text)?));
        }
        if let Some((_, pattern)) = &last {
            write(pattern);
        }
        Ok(Some(()))
    };
    if let DataType::Decimal { scale, .. } = arguments.parameters.arguments[0] {
        let values = arguments.values_of::<Decimal128Type>(0)?;
        return arguments.try_write_strings(|row, out| {
            let Some(value) = values.get(row) else { return Ok(None) };
            with_pattern(row, &mut |pattern| {
                let scale = usize::try_from(scale).unwrap_or(0);
                let text = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
                let (whole, fraction) = text.split_at(text.len() - scale);
                write_number(out, pattern, value < 0, whole, fraction);
            })
        });
    }
    let values = arguments.values_of::<Float64Type>(0)?;
    arguments.try_write_strings(|row, out| {
        let Some(value) = values.get(row) else { return Ok(None) };
        with_pattern(row, &mut |pattern| {
            // PostgreSQL keeps fifteen digits of a double.
            let text = format!("{:.14e}", value.abs());
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
            let point = exponent + 1;
            let (whole, fraction) = match usize::try_from(point) {
                Ok(point) if point >= digits.len() => {
                    (format!("{digits}{}", "0".repeat(point - digits.len())), String::new())
                }
                Ok(point) if point > 0 => (digits[..point].to_owned(), digits[point..].to_owned()),
                _ => ("0".to_owned(), format!("{}{digits}", "0".repeat(point.unsigned_abs() as usize))),
            };
            if value.is_finite() {
                write_number(out, pattern, value < 0.0, &whole, &fraction);
            } else {
                out.push_str(if value.is_nan() { "NaN" } else { "Infinity" });
            }
        })
    })
}

/// Rounds away from zero at so many digits.
fn rounded(negative: bool, whole: &str, fraction: &str, digits: usize) -> Digits {
    let mut all: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
    let end = whole.len() + digits;
    all.resize(all.len().max(end), 0);
    let up = all.get(end).is_some_and(|digit| *digit >= 5);
    all.truncate(end);
    if up {
        let mut carried = true;
        for digit in all.iter_mut().rev() {
            *digit += 1;
            carried = *digit == 10;
            if !carried {
                break;
            }
            *digit = 0;
        }
        if carried {
            all.insert(0, 1);
        }
    }
    let text: String = all.iter().map(|digit| char::from(b'0' + digit)).collect();
    let (whole, fraction) = text.split_at(text.len() - digits);
    let whole = whole.trim_start_matches('0').to_owned();
    let zero = whole.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    Digits { negative: negative && !zero, whole, fraction: fraction.to_owned() }
}

fn write_number(out: &mut String, pattern: &Pattern, negative: bool, whole: &str, fraction: &str) {
    if let Some(upper) = pattern.roman {
        return write_roman(out, pattern, &rounded(negative, whole, fraction, 0), upper);
    }
    if pattern.scientific {
        return write_scientific(out, pattern, negative, whole, fraction);
    }
    let shifted = if pattern.shift > 0 {
        let padded = format!("{fraction:0<width$}", width = pattern.shift);
        let (moved, rest) = padded.split_at(pattern.shift);
        (format!("{whole}{moved}"), rest.to_owned())
    } else {
        (whole.to_owned(), fraction.to_owned())
    };
    let number = rounded(negative, &shifted.0, &shifted.1, pattern.fraction);
    let overflow = number.whole.len() > pattern.whole;
    let has = |wanted: &[Place]| pattern.places.iter().any(|place| wanted.contains(place));
    let own_sign = has(&[Place::Sign, Place::SignHere, Place::Minus, Place::Plus, Place::Brackets]);
    let leading_sign = pattern.places.iter().position(|place| *place == Place::Sign).is_some_and(|at| {
        pattern.places[..at].iter().all(|place| !matches!(place, Place::Nine | Place::Zero | Place::Point))
    });
    let brackets = has(&[Place::Brackets]);
    let first_zero = pattern
        .places
        .iter()
        .filter(|place| matches!(place, Place::Nine | Place::Zero | Place::Point))
        .take_while(|place| **place != Place::Point)
        .position(|place| *place == Place::Zero)
        .unwrap_or(usize::MAX);
    // Without digits before the point one zero is shown, unless digits follow.
    let least = usize::from(pattern.fraction == 0);
    let first_digit = pattern.whole.saturating_sub(number.whole.len().max(least)).min(first_zero);
    let kept_fraction = match pattern.no_fill {
        // Only nines at the end go.
        true => {
            let kinds: Vec<Place> = pattern
                .places
                .iter()
                .skip_while(|place| **place != Place::Point)
                .filter(|place| matches!(place, Place::Nine | Place::Zero))
                .copied()
                .collect();
            let last_zero = kinds.iter().rposition(|place| *place == Place::Zero).map_or(0, |at| at + 1);
            number.fraction.trim_end_matches('0').len().max(last_zero)
        }
        false => pattern.fraction,
    };
    let mut started = false;
    let (mut position, mut in_fraction, mut fraction_position) = (0, false, 0);
    let begin = |out: &mut String, started: &mut bool| {
        if std::mem::replace(started, true) {
            return;
        }
        if brackets {
            out.push_str(if number.negative {
                "<"
            } else if pattern.no_fill {
                ""
            } else {
                " "
            });
        } else if leading_sign {
            out.push(if number.negative { '-' } else { '+' });
        } else if !own_sign {
            out.push_str(if number.negative {
                "-"
            } else if pattern.no_fill {
                ""
            } else {
                " "
            });
        }
    };
    for (n, place) in pattern.places.iter().enumerate() {
        match place {
            Place::Nine | Place::Zero if in_fraction => {
                begin(out, &mut started);
                if fraction_position < kept_fraction {
                    out.push(if overflow { '#' } else { char::from(number.fraction.as_bytes()[fraction_position]) });
                }
                fraction_position += 1;
            }
            Place::Nine | Place::Zero => {
                if overflow {
                    begin(out, &mut started);
                    out.push('#');
                } else if position >= first_digit {
                    begin(out, &mut started);
                    let from_end = pattern.whole - position;
                    let digit = number.whole.len().checked_sub(from_end).map(|at| number.whole.as_bytes()[at]);
                    out.push(digit.map_or('0', char::from));
                } else if !pattern.no_fill {
                    out.push(' ');
                }
                position += 1;
            }
            Place::Point => {
                begin(out, &mut started);
                in_fraction = true;
                out.push('.');
            }
            Place::Comma => {
                if started {
                    out.push(',');
                } else if !pattern.no_fill {
                    out.push(' ');
                }
            }
            Place::Sign if leading_sign => {}
            Place::Sign | Place::SignHere => out.push(if number.negative { '-' } else { '+' }),
            Place::Minus => out.push_str(if number.negative {
                "-"
            } else if pattern.no_fill {
                ""
            } else {
                " "
            }),
            Place::Plus => out.push_str(if !number.negative {
                "+"
            } else if pattern.no_fill {
                ""
            } else {
                " "
            }),
            Place::Brackets => out.push_str(if number.negative {
                ">"
            } else if pattern.no_fill {
                ""
            } else {
                " "
            }),
            Place::Currency => out.push_str(if pattern.no_fill { "" } else { " " }),
            Place::Ordinal(upper) => {
                if !number.negative && pattern.fraction == 0 {
                    let suffix = ordinal(&number.whole);
                    out.push_str(&if *upper { suffix.to_uppercase() } else { suffix.to_owned() });
                }
            }
            Place::Text(c) => {
                let _ = n;
                out.push(*c);
            }
        }
    }
}

fn ordinal(whole: &str) -> &'static str {
    let tens = &whole[whole.len().saturating_sub(2)..];
    match (tens, whole.chars().last()) {
        ("11" | "12" | "13", _) => "th",
        (_, Some('1')) => "st",
        (_, Some('2')) => "nd",
        (_, Some('3')) => "rd",
        _ => "th",
    }
}

fn write_scientific(out: &mut String, pattern: &Pattern, negative: bool, whole: &str, fraction: &str) {
    let all = format!("{whole}{fraction}");
    let first = all.bytes().position(|byte| byte != b'0');
    let (digits, exponent) = match first {
        Some(first) => (&all[first..], whole.len() as i64 - first as i64 - 1),
        None => ("0", 0),
    };
    let number = rounded(negative, &digits[..1], &digits[1..], pattern.fraction);
    let (whole, fraction, exponent) = match number.whole.len() {
        0 => ("0".to_owned(), number.fraction, exponent),
        1 => (number.whole, number.fraction, exponent),
        _ => ("1".to_owned(), number.fraction, exponent + 1),
    };
    out.push_str(if negative {
        "-"
    } else if pattern.no_fill {
        ""
    } else {
        " "
    });
    out.push_str(&whole);
    if pattern.fraction > 0 {
        out.push('.');
        out.push_str(&fraction);
    }
    out.push_str(&format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
}

fn write_roman(out: &mut String, pattern: &Pattern, number: &Digits, upper: bool) {
    const NUMERALS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let value: Option<u32> = number.whole.parse().ok().filter(|value| (1..4000).contains(value) && !number.negative);
    let mut text = String::new();
    match value {
        Some(mut value) => {
            for (worth, numeral) in NUMERALS {
                while value >= worth {
                    text.push_str(numeral);
                    value -= worth;
                }
            }
        }
        None => text.push_str(&"#".repeat(15)),
    }
    let text = if upper { text } else { text.to_lowercase() };
    out.push_str(&if pattern.no_fill { text } else { format!("{text:>15}") });
}

/// `to_number(text, pattern)`: it has the digits behind the point that the pattern has.
pub(super) fn to_number(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let arguments = vec![text(call, 0)?, text(call, 1)?];
    let scale = match constant::evaluate(&arguments[1].expr)? {
        Some(value) => {
            value.try_as_str().flatten().map_or(Ok(0), |text| parsed(text).map(|pattern| pattern.fraction))?
        }
        None => 10,
    };
    let returns = DataType::Decimal { precision: 38, scale: i8::try_from(scale.min(38)).unwrap_or(0) };
    let nullable = nullable(&arguments);
    Ok(call.kernel(&TO_NUMBER, arguments, returns, nullable))
}

fn run_to_number(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let scale = match &arguments.parameters.returns {
        DataType::Decimal { scale, .. } => usize::try_from(*scale).unwrap_or(0),
        _ => 0,
    };
    let (texts, patterns) = (arguments.strings(0)?, arguments.strings(1)?);
    arguments.try_compute::<Decimal128Type>(|row| {
        let (Some(text), Some(pattern)) = (texts.get(row), patterns.get(row)) else { return Ok(None) };
        let pattern = parsed(pattern)?;
        let negative = text.contains('-') || (text.contains('<') && text.contains('>'));
        let (mut whole, mut fraction) = (String::new(), String::new());
        let mut behind = false;
        for c in text.chars() {
            match c {
                '0'..='9' if behind && fraction.len() < pattern.fraction => fraction.push(c),
                '0'..='9' if !behind && whole.len() < pattern.whole => whole.push(c),
                '.' if pattern.fraction > 0 => behind = true,
                _ => {}
            }
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(Error::new(&CAST_INVALID_INPUT, format!("invalid input syntax for type numeric: \"{text}\"")));
        }
        let digits = format!("{whole}{fraction:0<scale$}");
        let value: i128 = digits[..whole.len() + scale].parse().unwrap_or(0);
        Ok(Some(if negative { -value } else { value }))
    })
}
