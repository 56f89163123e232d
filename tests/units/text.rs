//! Texts of values, compared with what Spark 4.1 prints.

use libtest_mimic::{Failed, Trial};
use skep::types::text::*;
use skep::types::{DayTimeField, YearMonthField};

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("units/text/doubles", doubles),
        Trial::test("units/text/decimals", decimals),
        Trial::test("units/text/datetimes", datetimes),
        Trial::test("units/text/intervals", intervals),
        Trial::test("units/text/binary", binary),
    ]
}

/// Compares what `write` appends with what it should.
fn check<T>(cases: impl IntoIterator<Item = (T, &'static str)>, write: impl Fn(&mut String, T)) -> Result<(), Failed> {
    for (value, expected) in cases {
        let mut text = String::from("before ");
        write(&mut text, value);
        if text.strip_prefix("before ") != Some(expected) {
            return Err(format!("expected {expected:?}, got {text:?}").into());
        }
    }
    Ok(())
}

fn doubles() -> Result<(), Failed> {
    check(
        [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (100.25, "100.25"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (1_234_567.5, "1234567.5"),
            (123_456_789.125, "1.23456789125E8"),
            (0.001, "0.001"),
            (0.00123, "0.00123"),
            (0.0001, "1.0E-4"),
            (1e21, "1.0E21"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157E308"),
            (f64::from_bits(1), "4.9E-324"),
            // Not the shortest text, but what Java 17 prints.
            (2_289_498_920_223_158_300.0, "2.28949892022315827E18"),
            (9_223_372_036_854_775_807.0, "9.223372036854776E18"),
            // In the middle between two texts of 16 digits.
            (1_856_012_426_592_515.2, "1.8560124265925152E15"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ],
        write_double,
    )?;
    check(
        [
            (0.1, "0.1"),
            (1e10, "1.0E10"),
            (3.402_823_5e38, "3.4028235E38"),
            (16_777_216.0, "1.6777216E7"),
            (2_486_009.2, "2486009.2"),
            (3.3e-44, "3.4E-44"),
            (f32::from_bits(1), "1.4E-45"),
            (-0.0, "-0.0"),
        ],
        write_float,
    )
}

fn decimals() -> Result<(), Failed> {
    check(
        [
            ((0, 0), "0"),
            ((0, 18), "0.000000000000000000"),
            ((150, 2), "1.50"),
            ((-1, 8), "-0.00000001"),
            ((12, 2), "0.12"),
            ((-123, 0), "-123"),
            ((12, -2), "1200"),
            ((99_999_999_999_999_999_999_999_999_999_999_999_999, 0), "99999999999999999999999999999999999999"),
            ((-99_999_999_999_999_999_999_999_999_999_999_999_999, 38), "-0.99999999999999999999999999999999999999"),
        ],
        |out, (unscaled, scale)| write_decimal(out, unscaled, scale),
    )
}

fn datetimes() -> Result<(), Failed> {
    check(
        [
            (0, "1970-01-01"),
            (19_782, "2024-02-29"),
            (-1, "1969-12-31"),
            (2_932_897, "+10000-01-01"),
            (-719_528, "0000-01-01"),
            (-719_893, "-0001-01-01"),
        ],
        write_date,
    )?;
    check(
        [
            (0, "1970-01-01 00:00:00"),
            (-1, "1969-12-31 23:59:59.999999"),
            (1_704_067_200_120_000, "2024-01-01 00:00:00.12"),
            (i64::MAX, "+294247-01-10 04:00:54.775807"),
            (i64::MIN, "-290308-12-21 19:59:05.224192"),
        ],
        write_timestamp_ntz,
    )?;
    check([(0, "00:00:00"), (45_001_120_000, "12:30:01.12")], write_time)
}

fn intervals() -> Result<(), Failed> {
    check([(14, "1-2"), (-14, "-1-2"), (3, "0-3"), (0, "0-0"), (i32::MIN, "-178956970-8")], write_year_month)?;
    use YearMonthField::{Month, Year};
    check(
        [
            ((14, Year, Month), "INTERVAL '1-2' YEAR TO MONTH"),
            ((-14, Month, Month), "INTERVAL '-14' MONTH"),
            ((-36, Year, Year), "INTERVAL '-3' YEAR"),
        ],
        |out, (months, start, end)| write_year_month_literal(out, months, start, end),
    )?;
    check(
        [
            (93_784_500_000, "1 02:03:04.500000000"),
            (-100_000, "-0 00:00:00.100000000"),
            (90_000_000_000, "1 01:00:00.000000000"),
            (i64::MIN, "-106751991 04:00:54.775808000"),
        ],
        write_day_time,
    )?;
    use DayTimeField::{Day, Hour, Minute, Second};
    check(
        [
            ((93_784_500_000, Day, Second), "INTERVAL '1 02:03:04.5' DAY TO SECOND"),
            ((90_000_000_000, Hour, Hour), "INTERVAL '25' HOUR"),
            ((86_400_000_000, Day, Day), "INTERVAL '1' DAY"),
            ((93_600_000_000, Day, Hour), "INTERVAL '1 02' DAY TO HOUR"),
            ((3_720_000_000, Hour, Minute), "INTERVAL '01:02' HOUR TO MINUTE"),
            ((61_001_000, Second, Second), "INTERVAL '61.001' SECOND"),
            ((7_500_000_000, Minute, Minute), "INTERVAL '125' MINUTE"),
            ((-100_000, Second, Second), "INTERVAL '-00.1' SECOND"),
            ((3_661_000_000, Minute, Second), "INTERVAL '61:01' MINUTE TO SECOND"),
        ],
        |out, (microseconds, start, end)| write_day_time_literal(out, microseconds, start, end),
    )?;
    check(
        [
            ((14, 25, 18_367_008_009), "1 years 2 months 25 days 5 hours 6 minutes 7.008009 seconds"),
            ((0, 0, 0), "0 seconds"),
            ((0, 0, -100_000), "-0.1 seconds"),
            ((-14, -4, -18_367_500_000), "-1 years -2 months -4 days -5 hours -6 minutes -7.5 seconds"),
            ((13, 0, 90_000_000_000), "1 years 1 months 25 hours"),
        ],
        |out, (months, days, microseconds)| write_calendar_interval(out, months, days, microseconds),
    )
}

fn binary() -> Result<(), Failed> {
    check([(&b"abc"[..], "abc"), (&b"\xFFa"[..], "\u{FFFD}a")], write_binary)?;
    check([(&b"\x01\xFE"[..], "01FE")], write_hex)
}
