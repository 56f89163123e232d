//! Intervals as PostgreSQL reads them: `1 day 02:00:00`, `1 mon -3 days`, `P1Y2M`, `@ 1 hour ago`, `1-2`.

use crate::types::reading::CalendarParts;

const SECOND: f64 = 1e6;
const DAY_SECONDS: f64 = 86_400.0;
const MONTH_DAYS: f64 = 30.0;

/// Fractions of greater units are carried to the lesser ones.
#[derive(Debug, Default)]
struct Sum {
    months: f64,
    days: f64,
    microseconds: f64,
}

impl Sum {
    fn add(&mut self, value: f64, unit: &str) -> Option<()> {
        match unit {
            "microsecond" | "us" | "usec" | "usecond" | "microsec" => self.microseconds += value,
            "millisecond" | "ms" | "msec" | "msecond" | "millisec" => self.microseconds += value * 1e3,
            "second" | "s" | "sec" => self.microseconds += value * SECOND,
            "minute" | "m" | "min" => self.microseconds += value * 60.0 * SECOND,
            "hour" | "h" | "hr" => self.microseconds += value * 3600.0 * SECOND,
            "day" | "d" => self.add_days(value),
            "week" | "w" => self.add_days(value * 7.0),
            "month" | "mon" => self.add_months(value),
            "quarter" | "qtr" => self.add_months(value * 3.0),
            "year" | "y" | "yr" => self.add_whole_months(value * 12.0),
            "decade" | "dec" => self.add_whole_months(value * 120.0),
            "century" | "centurie" | "c" | "cent" => self.add_whole_months(value * 1_200.0),
            "millennium" | "millennia" | "mil" | "mill" => self.add_whole_months(value * 12_000.0),
            _ => return None,
        }
        Some(())
    }

    fn add_days(&mut self, value: f64) {
        self.days += value.trunc();
        self.microseconds += (value.fract() * DAY_SECONDS * SECOND).round();
    }

    fn add_months(&mut self, value: f64) {
        self.months += value.trunc();
        self.add_days(round(value.fract() * MONTH_DAYS));
    }

    /// A fraction of a year has whole months.
    fn add_whole_months(&mut self, value: f64) {
        self.months += value.round();
    }

    fn parts(&self) -> Option<CalendarParts> {
        #[expect(clippy::cast_possible_truncation, reason = "what is out of range is refused")]
        let whole = |value: f64, limit: f64| (value.abs() <= limit).then_some(value.round() as i64);
        Some(CalendarParts {
            months: i32::try_from(whole(self.months, f64::from(i32::MAX))?).ok()?,
            days: i32::try_from(whole(self.days, f64::from(i32::MAX))?).ok()?,
            microseconds: whole(self.microseconds, 9.2e18)?,
        })
    }
}

/// Without the noise that decimal fractions have as doubles.
fn round(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// The interval that a text is; `None` if it is none.
pub fn interval(text: &str) -> Option<CalendarParts> {
    let text = text.trim().to_lowercase();
    if let Some(iso) = text.strip_prefix('p') {
        return iso_interval(iso);
    }
    let (text, ago) = match text.strip_suffix("ago") {
        Some(before) => (before.trim_end(), true),
        None => (text.as_str(), false),
    };
    let mut sum = Sum::default();
    let mut rest = text.trim_start_matches('@').trim_start();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let length = rest.find(|c: char| !(c.is_ascii_digit() || "+-.:e".contains(c))).unwrap_or(rest.len());
        let number = rest[..length].trim_end_matches('e');
        let behind = rest[number.len()..].trim_start();
        if number.is_empty() {
            return None;
        }
        if number.contains(':') {
            sum.microseconds += clock(number)?;
            rest = behind;
            continue;
        }
        if let Some((years, months)) = number[1..].split_once('-') {
            let years = format!("{}{years}", &number[..1]);
            let sign = if years.starts_with('-') { -1.0 } else { 1.0 };
            sum.months += years.parse::<f64>().ok()? * 12.0 + sign * months.parse::<f64>().ok()?;
            rest = behind;
            continue;
        }
        let value: f64 = number.parse().ok()?;
        let length = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let unit = &behind[..length];
        // A number alone is seconds.
        let unit = match unit {
            "" | "s" => "second",
            "ms" | "us" => unit,
            unit => unit.strip_suffix('s').unwrap_or(unit),
        };
        sum.add(value, unit)?;
        rest = behind[length..].trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }
    if ago {
        (sum.months, sum.days, sum.microseconds) = (-sum.months, -sum.days, -sum.microseconds);
    }
    sum.parts()
}

/// `[-]hours:minutes[:seconds]` in microseconds.
fn clock(text: &str) -> Option<f64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let parts: Vec<&str> = text.split(':').collect();
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| *number >= 0.0);
    let (hours, minutes, seconds) = match parts.as_slice() {
        // `1:02.5` is minutes and seconds.
        [minutes, seconds] if seconds.contains('.') => (0.0, number(minutes)?, number(seconds)?),
        [hours, minutes] => (number(hours)?, number(minutes)?, 0.0),
        [hours, minutes, seconds] => (number(hours)?, number(minutes)?, number(seconds)?),
        _ => return None,
    };
    if minutes >= 60.0 || seconds >= 60.0 {
        return None;
    }
    Some(sign * ((hours * 3600.0 + minutes * 60.0) * SECOND + (seconds * SECOND).round()))
}

/// Behind the P: `1Y2M3DT4H5M6S`, `1W`.
fn iso_interval(text: &str) -> Option<CalendarParts> {
    let mut sum = Sum::default();
    let mut in_time = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == 't' {
            in_time = true;
            rest = &rest[1..];
            continue;
        }
        let length = rest.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)))?;
        let value: f64 = rest[..length].parse().ok()?;
        let unit = match (&rest[length..=length], in_time) {
            ("y", false) => "year",
            ("m", false) => "month",
            ("w", false) => "week",
            ("d", false) => "day",
            ("h", true) => "hour",
            ("m", true) => "minute",
            ("s", true) => "second",
            _ => return None,
        };
        sum.add(value, unit)?;
        rest = &rest[length + 1..];
    }
    sum.parts()
}
