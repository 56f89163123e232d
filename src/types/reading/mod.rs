//! Texts of values as Spark reads them in casts and literals. Nothing here knows columns or errors: what cannot be read
//! is `None`, and the caller says what that means.

mod binary;
mod datetimes;
mod intervals;
mod numbers;

pub use binary::from_base64;
pub use datetimes::{
    date, days_from_civil, has_zone, special_date, special_timestamp, special_timestamp_ntz, time, timestamp,
    timestamp_ntz,
};
pub use intervals::{
    CalendarParts, IntervalFault, calendar_interval, day_time_interval, interval_unit, is_day_time, year_month_fault,
    year_month_interval,
};
pub use numbers::{boolean, decimal, double, float, integer, integer_of_decimal, rescale_half_up};

/// Without the blanks and control characters at both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ' || c == '\u{7f}')
}
