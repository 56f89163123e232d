//! Texts of intervals: bare, as results show them, and as literals, as casts to STRING and column names show them.

use crate::types::{DayTimeField, YearMonthField};

use super::{push_fraction, push_padded, write_long};

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `1-2`, `-0-3`: in results, whatever fields the type has.
pub fn write_year_month(out: &mut String, months: i32) {
    push_sign(out, months < 0);
    push_year_month(out, months.unsigned_abs());
}

/// `INTERVAL '1-2' YEAR TO MONTH`, `INTERVAL '-14' MONTH`.
pub fn write_year_month_literal(out: &mut String, months: i32, start: YearMonthField, end: YearMonthField) {
    out.push_str("INTERVAL '");
    push_sign(out, months < 0);
    let months = months.unsigned_abs();
    match (start, end) {
        (YearMonthField::Year, YearMonthField::Year) => write_long(out, i64::from(months / 12)),
        (YearMonthField::Year, YearMonthField::Month) => push_year_month(out, months),
        (YearMonthField::Month, _) => write_long(out, months.into()),
    }
    push_fields(out, start.name(), end.name());
}

/// `1 02:03:04.500000000`: in results, whatever fields the type has.
pub fn write_day_time(out: &mut String, microseconds: i64) {
    push_sign(out, microseconds < 0);
    let rest = microseconds.unsigned_abs();
    push_padded(out, rest / DAY, 1);
    out.push(' ');
    push_padded(out, rest / HOUR % 24, 2);
    out.push(':');
    push_padded(out, rest / MINUTE % 60, 2);
    out.push(':');
    push_padded(out, rest / SECOND % 60, 2);
    out.push('.');
    push_padded(out, rest % SECOND * 1000, 9);
}

/// `INTERVAL '1 02:03:04.5' DAY TO SECOND`, `INTERVAL '25' HOUR`.
pub fn write_day_time_literal(out: &mut String, microseconds: i64, start: DayTimeField, end: DayTimeField) {
    out.push_str("INTERVAL '");
    push_sign(out, microseconds < 0);
    let mut rest = microseconds.unsigned_abs();
    // The first field holds all that there is; a later one is two digits wide.
    let fields = [
        (DayTimeField::Day, DAY, "", 1),
        (DayTimeField::Hour, HOUR, " ", 2),
        (DayTimeField::Minute, MINUTE, ":", 2),
        (DayTimeField::Second, SECOND, ":", 2),
    ];
    for (field, unit, separator, width) in fields {
        if start <= field && field <= end {
            if start < field {
                out.push_str(separator);
            }
            push_padded(out, rest / unit, width);
            rest %= unit;
        }
    }
    if end == DayTimeField::Second {
        push_fraction(out, rest);
    }
    push_fields(out, start.name(), end.name());
}

/// `1 years 2 months 3 days 4 hours 5 minutes 6.5 seconds`, without the parts that are 0.
pub fn write_calendar_interval(out: &mut String, months: i32, days: i32, microseconds: i64) {
    if months == 0 && days == 0 && microseconds == 0 {
        out.push_str("0 seconds");
        return;
    }
    let before = out.len();
    let mut part = |number: i64, unit: &str| {
        if number != 0 {
            write_long(out, number);
            out.push_str(unit);
        }
    };
    part((months / 12).into(), " years ");
    part((months % 12).into(), " months ");
    part(days.into(), " days ");
    let negative = microseconds < 0;
    let rest = microseconds.unsigned_abs();
    let mut part = |number: u64, unit: &str| {
        if number != 0 {
            push_sign(out, negative);
            push_padded(out, number, 1);
            out.push_str(unit);
        }
    };
    part(rest / HOUR, " hours ");
    part(rest / MINUTE % 60, " minutes ");
    if !rest.is_multiple_of(MINUTE) {
        push_sign(out, negative);
        push_padded(out, rest % MINUTE / SECOND, 1);
        push_fraction(out, rest % SECOND);
        out.push_str(" seconds ");
    }
    out.truncate(out.len().max(before + 1) - 1);
}

fn push_sign(out: &mut String, negative: bool) {
    if negative {
        out.push('-');
    }
}

fn push_year_month(out: &mut String, months: u32) {
    push_padded(out, (months / 12).into(), 1);
    out.push('-');
    push_padded(out, (months % 12).into(), 1);
}

fn push_fields(out: &mut String, start: &str, end: &str) {
    out.push_str("' ");
    out.extend(start.chars().map(|c| c.to_ascii_uppercase()));
    if start != end {
        out.push_str(" TO ");
        out.extend(end.chars().map(|c| c.to_ascii_uppercase()));
    }
}
