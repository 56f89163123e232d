//! Texts of dates, timestamps and times.

use super::{push_digits, push_fraction, push_padded};

pub(super) const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
pub(super) const MICROSECONDS_PER_DAY: i64 = 86_400 * MICROSECONDS_PER_SECOND;

/// `2024-02-29`, `-0044-03-15`, `+10000-01-01`, from days since 1970-01-01.
pub fn write_date(out: &mut String, days: i32) {
    write_day(out, days.into());
}

/// `2024-02-29 12:30:00.5`, from microseconds since 1970-01-01 00:00:00 of no zone. For a TIMESTAMP, give the local time
/// that the session's zone makes of it.
pub fn write_timestamp_ntz(out: &mut String, microseconds: i64) {
    write_day(out, microseconds.div_euclid(MICROSECONDS_PER_DAY));
    out.push(' ');
    write_time(out, microseconds.rem_euclid(MICROSECONDS_PER_DAY));
}

/// `12:30:00.5`, from microseconds since midnight.
pub fn write_time(out: &mut String, microseconds: i64) {
    let microseconds = microseconds.unsigned_abs();
    let seconds = microseconds / 1_000_000;
    let mut text = *b"00:00:00";
    put_two(&mut text, 0, seconds / 3600);
    put_two(&mut text, 3, seconds / 60 % 60);
    put_two(&mut text, 6, seconds % 60);
    push_digits(out, &text);
    push_fraction(out, microseconds % 1_000_000);
}

fn write_day(out: &mut String, days: i64) {
    let (year, month, day) = civil(days);
    let mut text = *b"0000-00-00";
    put_two(&mut text, 5, month);
    put_two(&mut text, 8, day);
    match u64::try_from(year) {
        Ok(year @ ..=9999) => {
            put_two(&mut text, 0, year / 100);
            put_two(&mut text, 2, year % 100);
            push_digits(out, &text);
        }
        _ => {
            out.push(if year < 0 { '-' } else { '+' });
            push_padded(out, year.unsigned_abs(), 4);
            push_digits(out, &text[4..]);
        }
    }
}

/// Two digits of a number below 100.
fn put_two(text: &mut [u8], at: usize, number: u64) {
    text[at] = b'0' + (number / 10) as u8;
    text[at + 1] = b'0' + (number % 10) as u8;
}

/// Year, month and day of the proleptic Gregorian calendar; see
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn civil(days: i64) -> (i64, u64, u64) {
    // Days since 0000-03-01, so that leap days stand at the end of a year.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month.unsigned_abs(), day.unsigned_abs())
}
