//! The functions of dates, timestamps and intervals.

mod arithmetic;
pub mod clock;
mod epochs;
mod fields;
mod formats;
mod local;
mod making;
pub mod windows;

use datafusion::logical_expr::lit;
use datafusion::scalar::ScalarValue;

use super::cast::{CastMode, cast};
use super::{Call, Expected, Family, Function, Kernel, Typed};
use crate::error::{Error, Result, SECOND_FUNCTION_ARGUMENT_NOT_INTEGER};
use crate::types::DataType;
use crate::types::time_zone::Zone;
pub use crate::types::{calendar, pattern};

const FAMILY: Family = Family::DateTime;
const DATE: Expected = Expected::Type(DataType::Date);
const INT: Expected = Expected::Type(DataType::Int);
const TEXT: Expected = Expected::Type(DataType::String);
const BOOLEAN: Expected = Expected::Type(DataType::Boolean);
const TIMESTAMP: Expected = Expected::Type(DataType::Timestamp);
const DAYS: DataType = DataType::Date;
const LTZ: DataType = DataType::Timestamp;
const NTZ: DataType = DataType::TimestampNtz;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar("current_date", FAMILY, current_date, "current_date() - Returns the current date at the start of query evaluation. All calls of current_date within the same query return the same value. current_date - Returns the current date at the start of query evaluation.", &["SELECT current_date()", "SELECT current_date"]).aliases(&["curdate"]),
    Function::scalar("current_timestamp", FAMILY, current_timestamp, "current_timestamp() - Returns the current timestamp at the start of query evaluation. All calls of current_timestamp within the same query return the same value. current_timestamp - Returns the current timestamp at the start of query evaluation.", &["SELECT current_timestamp()", "SELECT current_timestamp"]),
    Function::scalar("now", FAMILY, current_timestamp, "now() - Returns the current timestamp at the start of query evaluation.", &["SELECT now()"]),
    Function::scalar("localtimestamp", FAMILY, local_timestamp, "localtimestamp() - Returns the current timestamp without time zone at the start of query evaluation. All calls of localtimestamp within the same query return the same value. localtimestamp - Returns the current local date-time at the session time zone at the start of query evaluation.", &["SELECT localtimestamp()"]),
    Function::scalar("current_timezone", FAMILY, current_timezone, "current_timezone() - Returns the current session local timezone.", &["SELECT current_timezone()"]),
    Function::scalar("year", FAMILY, |call| fields::of_date(call, "year"), "year(date) - Returns the year component of the date/timestamp.", &["SELECT year('2016-07-30')"]),
    Function::scalar("quarter", FAMILY, |call| fields::of_date(call, "quarter"), "quarter(date) - Returns the quarter of the year for date, in the range 1 to 4.", &["SELECT quarter('2016-08-31')"]),
    Function::scalar("month", FAMILY, |call| fields::of_date(call, "month"), "month(date) - Returns the month component of the date/timestamp.", &["SELECT month('2016-07-30')"]),
    Function::scalar("dayofmonth", FAMILY, |call| fields::of_date(call, "day"), "dayofmonth(date) - Returns the day of month of the date/timestamp.", &["SELECT dayofmonth('2009-07-30')"]).aliases(&["day"]),
    Function::scalar("dayofyear", FAMILY, |call| fields::of_date(call, "doy"), "dayofyear(date) - Returns the day of year of the date/timestamp.", &["SELECT dayofyear('2016-04-09')"]),
    Function::scalar("dayofweek", FAMILY, |call| fields::of_date(call, "dayofweek"), "dayofweek(date) - Returns the day of the week for date/timestamp (1 = Sunday, 2 = Monday, ..., 7 = Saturday).", &["SELECT dayofweek('2009-07-30')"]),
    Function::scalar("weekday", FAMILY, |call| fields::of_date(call, "weekday"), "weekday(date) - Returns the day of the week for date/timestamp (0 = Monday, 1 = Tuesday, ..., 6 = Sunday).", &["SELECT weekday('2009-07-30')"]),
    Function::scalar("weekofyear", FAMILY, |call| fields::of_date(call, "week"), "weekofyear(date) - Returns the week of the year of the given date. A week is considered to start on a Monday and week 1 is the first week with >3 days.", &["SELECT weekofyear('2008-02-20')"]),
    Function::scalar("hour", FAMILY, |call| fields::of_time(call, "hour"), "hour(expr) - Returns the hour component of the given expression. If `expr` is a TIMESTAMP or a string that can be cast to timestamp, it returns the hour of that timestamp. If `expr` is a TIME type (since 4.1.0), it returns the hour of the time-of-day.", &["SELECT hour('2018-02-14 12:58:59')", "SELECT hour(TIME'13:59:59.999999')"]),
    Function::scalar("minute", FAMILY, |call| fields::of_time(call, "minute"), "minute(expr) - Returns the minute component of the given expression. If `expr` is a TIMESTAMP or a string that can be cast to timestamp, it returns the minute of that timestamp. If `expr` is a TIME type (since 4.1.0), it returns the minute of the time-of-day.", &["SELECT minute('2009-07-30 12:58:59')", "SELECT minute(TIME'23:59:59.999999')"]),
    Function::scalar("second", FAMILY, |call| fields::of_time(call, "second"), "second(expr) - Returns the second component of the given expression. If `expr` is a TIMESTAMP or a string that can be cast to timestamp, it returns the second of that timestamp. If `expr` is a TIME type (since 4.1.0), it returns the second of the time-of-day.", &["SELECT second('2018-02-14 12:58:59')", "SELECT second(TIME'13:25:59.999999')"]),
    Function::scalar("dayname", FAMILY, |call| fields::bind_name(call, "day"), "dayname(date) - Returns the three-letter abbreviated day name from the given date.", &["SELECT dayname(DATE('2008-02-20'))"]),
    Function::scalar("monthname", FAMILY, |call| fields::bind_name(call, "month"), "monthname(date) - Returns the three-letter abbreviated month name from the given date.", &["SELECT monthname('2008-02-20')"]),
    Function::scalar("date_part", FAMILY, fields::bind_part, "date_part(field, source) - Extracts a part of the date/timestamp or interval source.", &["SELECT date_part('YEAR', TIMESTAMP '2019-08-12 01:00:00.123456')", "SELECT date_part('week', timestamp'2019-08-12 01:00:00.123456')"]).aliases(&["datepart", "extract"]),
    Function::scalar("date_add", FAMILY, bind_date_add, "date_add(start_date, num_days) - Returns the date that is `num_days` after `start_date`.", &["SELECT date_add('2016-07-30', 1)"]).aliases(&["dateadd"]),
    Function::scalar("date_sub", FAMILY, |call| move_days(call, &DATE_SUB), "date_sub(start_date, num_days) - Returns the date that is `num_days` before `start_date`.", &["SELECT date_sub('2016-07-30', 1)"]),
    Function::scalar("date_diff", FAMILY, bind_date_diff, "date_diff(endDate, startDate) - Returns the number of days from `startDate` to `endDate`.", &["SELECT date_diff('2009-07-31', '2009-07-30')", "SELECT date_diff('2009-07-30', '2009-07-31')"]).aliases(&["datediff"]),
    Function::kernel("add_months", FAMILY, &[DATE, INT], DAYS, arithmetic::months_later, "add_months(start_date, num_months) - Returns the date that is `num_months` after `start_date`.", &["SELECT add_months('2016-08-31', 1)"]),
    Function::kernel("last_day", FAMILY, &[DATE], DAYS, arithmetic::last_day, "last_day(date) - Returns the last day of the month which the date belongs to.", &["SELECT last_day('2009-01-12')"]),
    Function::kernel("next_day", FAMILY, &[DATE, TEXT], DAYS, arithmetic::next_day, "next_day(start_date, day_of_week) - Returns the first date which is later than `start_date` and named as indicated. The function returns NULL if at least one of the input parameters is NULL.", &["SELECT next_day('2015-01-14', 'TU')"]).nullable().fallible(),
    Function::kernel("months_between", FAMILY, &[TIMESTAMP, TIMESTAMP, BOOLEAN], DataType::Double, arithmetic::months_between, "months_between(timestamp1, timestamp2[, roundOff]) - If `timestamp1` is later than `timestamp2`, then the result is positive. If `timestamp1` and `timestamp2` are on the same day of month, or both are the last day of month, time of day will be ignored.", &["SELECT months_between('1997-02-28 10:30:00', '1996-10-30')", "SELECT months_between('1997-02-28 10:30:00', '1996-10-30', false)"])
        .optional(1),
    Function::kernel("trunc", FAMILY, &[DATE, TEXT], DAYS, arithmetic::truncate_date, "trunc(date, fmt) - Returns `date` with the time portion of the day truncated to the unit specified by the format model `fmt`.", &["SELECT trunc('2019-08-04', 'week')", "SELECT trunc('2019-08-04', 'quarter')"]).nullable(),
    Function {
        name: "window",
        aliases: &[],
        family: FAMILY,
        body: super::Body::Binder,
        usage: "window(time_column, window_duration[, slide_duration[, start_time]]) - Bucketize rows into one or more time windows given a timestamp specifying column. Window starts are inclusive but the window ends are exclusive, e.g. 12:05 will be in the window [12:05,12:10) but not in [12:00,12:05). Windows can support microsecond precision. Windows in the order of months are not supported.",
        examples: &["SELECT a, window.start, window.end, count(*) as cnt FROM VALUES ('A1', '2021-01-01 00:00:00'), ('A1', '2021-01-01 00:04:30'), ('A1', '2021-01-01 00:06:00'), ('A2', '2021-01-01 00:01:00') AS tab(a, b) GROUP by a, window(b, '5 minutes') ORDER BY a, start"],
    },
    Function {
        name: "session_window",
        aliases: &[],
        family: FAMILY,
        body: super::Body::Binder,
        usage: "session_window(time_column, gap_duration) - Generates session window given a timestamp specifying column and gap duration.",
        examples: &["SELECT a, session_window.start, session_window.end, count(*) as cnt FROM VALUES ('A1', '2021-01-01 00:00:00'), ('A1', '2021-01-01 00:04:30'), ('A1', '2021-01-01 00:10:00'), ('A2', '2021-01-01 00:01:00') AS tab(a, b) GROUP by a, session_window(b, '5 minutes') ORDER BY a, start"],
    },
    Function::scalar("window_time", FAMILY, windows::bind_last, "window_time(window_column) - Extract the time value from time/session window column which can be used for event time value of window. The extracted time is (window.end - 1) which reflects the fact that the aggregating windows have exclusive upper bound - [start, end)", &["SELECT window_time(window) FROM (SELECT window, count(*) AS cnt FROM VALUES ('A1', '2021-01-01 00:00:00'), ('A1', '2021-01-01 00:06:00') AS tab(a, b) GROUP BY window(b, '5 minutes'))"]),
    Function::scalar("date_trunc", FAMILY, arithmetic::bind_truncate, "date_trunc(fmt, ts) - Returns timestamp `ts` truncated to the unit specified by the format model `fmt`.", &["SELECT date_trunc('YEAR', '2015-03-05T09:32:05.359')", "SELECT date_trunc('MM', '2015-03-05T09:32:05.359')"]),
    Function::scalar("timestampadd", FAMILY, arithmetic::bind_add, "timestampadd(unit, quantity, timestamp) - Adds a number of units to a timestamp.", &["SELECT timestampadd(MONTH, 1, TIMESTAMP'2024-01-31 12:00:00')"]),
    Function::scalar("timestampdiff", FAMILY, arithmetic::bind_difference, "timestampdiff(unit, start, end) - Returns how many whole units lie between two timestamps.", &["SELECT timestampdiff(DAY, TIMESTAMP'2024-01-01 00:00:00', TIMESTAMP'2024-01-31 12:00:00')"]),
    Function::scalar("date_format", FAMILY, formats::bind_format, "date_format(timestamp, fmt) - Converts `timestamp` to a value of string in the format specified by the date format `fmt`.", &["SELECT date_format('2016-04-08', 'y')"]),
    Function::scalar("to_char", Family::String, formats::bind_to_char, "to_char(expr, format) - Convert `expr` to a string based on the `format`. Throws an exception if the conversion fails. The format can consist of the following characters, case insensitive: '0' or '9': Specifies an expected digit between 0 and 9.", &["SELECT to_char(454, '999')", "SELECT to_char(454.00, '000D00')"]).aliases(&["to_varchar"]),
    Function::scalar("from_unixtime", FAMILY, formats::bind_from_unix, "from_unixtime(unix_time[, fmt]) - Returns `unix_time` in the specified `fmt`.", &["SELECT from_unixtime(0, 'yyyy-MM-dd HH:mm:ss')", "SELECT from_unixtime(0)"]),
    Function::scalar("unix_timestamp", FAMILY, formats::bind_unix, "unix_timestamp([timeExp[, fmt]]) - Returns the UNIX timestamp of current or specified time.", &["SELECT unix_timestamp()", "SELECT unix_timestamp('2016-04-08', 'yyyy-MM-dd')"]),
    Function::scalar("to_unix_timestamp", FAMILY, formats::bind_unix, "to_unix_timestamp(timeExp[, fmt]) - Returns the UNIX timestamp of the given time.", &["SELECT to_unix_timestamp('2016-04-08', 'yyyy-MM-dd')"]),
    Function::scalar("to_date", FAMILY, |call| formats::bind_read(call, &DAYS, false), "to_date(date_str[, fmt]) - Parses the `date_str` expression with the `fmt` expression to a date. Returns null with invalid input. By default, it follows casting rules to a date if the `fmt` is omitted.", &["SELECT to_date('2009-07-30 04:17:52')", "SELECT to_date('2016-12-31', 'yyyy-MM-dd')"]),
    Function::scalar("try_to_date", FAMILY, |call| formats::bind_read(call, &DAYS, true), "try_to_date(date_str[, fmt]) - Parses the `date_str` expression with the `fmt` expression to a date. The function always returns null on an invalid input with/without ANSI SQL mode enabled. By default, it follows casting rules to a date if the `fmt` is omitted.", &["SELECT try_to_date('2016-12-31')", "SELECT try_to_date('2016-12-31', 'yyyy-MM-dd')"]),
    Function::scalar("to_timestamp", FAMILY, |call| formats::bind_read(call, &default_timestamp(call), false), "to_timestamp(timestamp_str[, fmt]) - Parses the `timestamp_str` expression with the `fmt` expression to a timestamp. Returns null with invalid input. By default, it follows casting rules to a timestamp if the `fmt` is omitted. The result data type is consistent with the value of configuration `spark.sql.timestampType`.", &["SELECT to_timestamp('2016-12-31 00:12:00')", "SELECT to_timestamp('2016-12-31', 'yyyy-MM-dd')"]),
    Function::scalar("to_timestamp_ltz", FAMILY, |call| formats::bind_read(call, &LTZ, false), "to_timestamp_ltz(timestamp_str[, fmt]) - Parses the `timestamp_str` expression with the `fmt` expression to a timestamp with local time zone. Returns null with invalid input. By default, it follows casting rules to a timestamp if the `fmt` is omitted.", &["SELECT to_timestamp_ltz('2016-12-31 00:12:00')", "SELECT to_timestamp_ltz('2016-12-31', 'yyyy-MM-dd')"]),
    Function::scalar("to_timestamp_ntz", FAMILY, |call| formats::bind_read(call, &NTZ, false), "to_timestamp_ntz(timestamp_str[, fmt]) - Parses the `timestamp_str` expression with the `fmt` expression to a timestamp without time zone. Returns null with invalid input. By default, it follows casting rules to a timestamp if the `fmt` is omitted.", &["SELECT to_timestamp_ntz('2016-12-31 00:12:00')", "SELECT to_timestamp_ntz('2016-12-31', 'yyyy-MM-dd')"]),
    Function::scalar("try_to_timestamp", FAMILY, |call| formats::bind_read(call, &default_timestamp(call), true), "try_to_timestamp(timestamp_str[, fmt]) - Parses the `timestamp_str` expression with the `fmt` expression to a timestamp. The function always returns null on an invalid input with/without ANSI SQL mode enabled. By default, it follows casting rules to a timestamp if the `fmt` is omitted.", &["SELECT try_to_timestamp('2016-12-31 00:12:00')", "SELECT try_to_timestamp('2016-12-31', 'yyyy-MM-dd')"]),
    Function::scalar("timestamp_seconds", FAMILY, |call| epochs::bind_to(call, 1_000_000), "timestamp_seconds(seconds) - Creates timestamp from the number of seconds (can be fractional) since UTC epoch.", &["SELECT timestamp_seconds(1230219000)", "SELECT timestamp_seconds(1230219000.123)"]),
    Function::scalar("timestamp_millis", FAMILY, |call| epochs::bind_to(call, 1000), "timestamp_millis(milliseconds) - Creates timestamp from the number of milliseconds since UTC epoch.", &["SELECT timestamp_millis(1230219000123)"]),
    Function::scalar("timestamp_micros", FAMILY, |call| epochs::bind_to(call, 1), "timestamp_micros(microseconds) - Creates timestamp from the number of microseconds since UTC epoch.", &["SELECT timestamp_micros(1230219000123123)"]),
    Function::scalar("unix_seconds", FAMILY, |call| epochs::bind_from(call, 1_000_000), "unix_seconds(timestamp) - Returns the number of seconds since 1970-01-01 00:00:00 UTC. Truncates higher levels of precision.", &["SELECT unix_seconds(TIMESTAMP('1970-01-01 00:00:01Z'))"]),
    Function::scalar("unix_millis", FAMILY, |call| epochs::bind_from(call, 1000), "unix_millis(timestamp) - Returns the number of milliseconds since 1970-01-01 00:00:00 UTC. Truncates higher levels of precision.", &["SELECT unix_millis(TIMESTAMP('1970-01-01 00:00:01Z'))"]),
    Function::scalar("unix_micros", FAMILY, |call| epochs::bind_from(call, 1), "unix_micros(timestamp) - Returns the number of microseconds since 1970-01-01 00:00:00 UTC.", &["SELECT unix_micros(TIMESTAMP('1970-01-01 00:00:01Z'))"]),
    Function::scalar("unix_date", FAMILY, |call| reinterpret(call, &DAYS, DataType::Int), "unix_date(date) - Returns the number of days since 1970-01-01.", &["SELECT unix_date(DATE(\"1970-01-02\"))"]),
    Function::scalar("date_from_unix_date", FAMILY, |call| reinterpret(call, &DataType::Int, DAYS), "date_from_unix_date(days) - Create date from the number of days since 1970-01-01.", &["SELECT date_from_unix_date(1)"]),
    Function::kernel("make_date", FAMILY, &[INT, INT, INT], DAYS, making::make_date, "make_date(year, month, day) - Create date from year, month and day fields. If the configuration `spark.sql.ansi.enabled` is false, the function returns NULL on invalid inputs. Otherwise, it will throw an error instead.", &["SELECT make_date(2013, 7, 15)", "SELECT make_date(2019, 7, NULL)"]).nullable().fallible(),
    Function::scalar("make_timestamp", FAMILY, |call| making::bind_timestamp(call, &default_timestamp(call), false), "make_timestamp(year, month, day, hour, min, sec[, timezone]) - Create the current timestamp with local time zone from year, month, day, hour, min, sec and timezone fields. If the configuration `spark.sql.ansi.enabled` is false, the function returns NULL on invalid inputs. Otherwise, it will throw an error instead.", &["SELECT make_timestamp(2014, 12, 28, 6, 30, 45.887)", "SELECT make_timestamp(2014, 12, 28, 6, 30, 45.887, 'CET')"]),
    Function::scalar("make_timestamp_ltz", FAMILY, |call| making::bind_timestamp(call, &LTZ, false), "make_timestamp_ltz(year, month, day, hour, min, sec[, timezone]) - Create the current timestamp with local time zone from year, month, day, hour, min, sec and (optional) timezone fields. If the configuration `spark.sql.ansi.enabled` is false, the function returns NULL on invalid inputs.", &["SELECT make_timestamp_ltz(2014, 12, 28, 6, 30, 45.887)", "SELECT make_timestamp_ltz(2014, 12, 28, 6, 30, 45.887, 'CET')"]),
    Function::scalar("make_timestamp_ntz", FAMILY, |call| making::bind_timestamp(call, &NTZ, false), "make_timestamp_ntz(year, month, day, hour, min, sec) - Create local date-time from year, month, day, hour, min, sec fields. If the configuration `spark.sql.ansi.enabled` is false, the function returns NULL on invalid inputs. Otherwise, it will throw an error instead.", &["SELECT make_timestamp_ntz(2014, 12, 28, 6, 30, 45.887)", "SELECT make_timestamp_ntz(2019, 6, 30, 23, 59, 60)"]),
    Function::scalar("try_make_timestamp", FAMILY, |call| making::bind_timestamp(call, &default_timestamp(call), true), "try_make_timestamp(year, month, day, hour, min, sec[, timezone]) - Try to create a timestamp from year, month, day, hour, min, sec and timezone fields. The result data type is consistent with the value of configuration `spark.sql.timestampType`. The function returns NULL on invalid inputs.", &["SELECT try_make_timestamp(2014, 12, 28, 6, 30, 45.887)", "SELECT try_make_timestamp(2014, 12, 28, 6, 30, 45.887, 'CET')"]),
    Function::scalar("try_make_timestamp_ltz", FAMILY, |call| making::bind_timestamp(call, &LTZ, true), "try_make_timestamp_ltz(year, month, day, hour, min, sec[, timezone]) - Try to create the current timestamp with local time zone from year, month, day, hour, min, sec and (optional) timezone fields. The function returns NULL on invalid inputs.", &["SELECT try_make_timestamp_ltz(2014, 12, 28, 6, 30, 45.887)", "SELECT try_make_timestamp_ltz(2014, 12, 28, 6, 30, 45.887, 'CET')"]),
    Function::scalar("try_make_timestamp_ntz", FAMILY, |call| making::bind_timestamp(call, &NTZ, true), "try_make_timestamp_ntz(year, month, day, hour, min, sec) - Try to create local date-time from year, month, day, hour, min, sec fields. The function returns NULL on invalid inputs. try_make_timestamp_ntz(date, time) - Create a local date-time from date and time fields.", &["SELECT try_make_timestamp_ntz(2014, 12, 28, 6, 30, 45.887)", "SELECT try_make_timestamp_ntz(2019, 6, 30, 23, 59, 60)"]),
    Function::scalar("make_interval", FAMILY, |call| making::bind_interval(call, false), "make_interval([years[, months[, weeks[, days[, hours[, mins[, secs]]]]]]]) - Make interval from years, months, weeks, days, hours, mins and secs.", &["SELECT make_interval(100, 11, 1, 1, 12, 30, 01.001001)", "SELECT make_interval(100, null, 3)"]),
    Function::scalar("try_make_interval", FAMILY, |call| making::bind_interval(call, true), "try_make_interval([years[, months[, weeks[, days[, hours[, mins[, secs]]]]]]]) - This is a special version of `make_interval` that performs the same operation, but returns NULL when an overflow occurs.", &["SELECT try_make_interval(100, 11, 1, 1, 12, 30, 01.001001)", "SELECT try_make_interval(100, null, 3)"]),
    Function::scalar("make_dt_interval", FAMILY, making::bind_day_time, "make_dt_interval([days[, hours[, mins[, secs]]]]) - Make DayTimeIntervalType duration from days, hours, mins and secs.", &["SELECT make_dt_interval(1, 12, 30, 01.001001)", "SELECT make_dt_interval(2)"]),
    Function::scalar("make_ym_interval", FAMILY, making::bind_year_month, "make_ym_interval([years[, months]]) - Make year-month interval from years, months.", &["SELECT make_ym_interval(1, 2)", "SELECT make_ym_interval(1, 0)"]),
    Function::scalar("from_utc_timestamp", FAMILY, |call| epochs::bind_shift(call, false), "from_utc_timestamp(timestamp, timezone) - Given a timestamp like '2017-07-14 02:40:00.0', interprets it as a time in UTC, and renders that time as a timestamp in the given time zone. For example, 'GMT+1' would yield '2017-07-14 03:40:00.0'.", &["SELECT from_utc_timestamp('2016-08-31', 'Asia/Seoul')"]),
    Function::scalar("to_utc_timestamp", FAMILY, |call| epochs::bind_shift(call, true), "to_utc_timestamp(timestamp, timezone) - Given a timestamp like '2017-07-14 02:40:00.0', interprets it as a time in the given time zone, and renders that time as a timestamp in UTC. For example, 'GMT+1' would yield '2017-07-14 01:40:00.0'.", &["SELECT to_utc_timestamp('2016-08-31', 'Asia/Seoul')"]),
    Function::scalar("convert_timezone", FAMILY, epochs::bind_convert, "convert_timezone([sourceTz, ]targetTz, sourceTs) - Converts the timestamp without time zone `sourceTs` from the `sourceTz` time zone to `targetTz`.", &["SELECT convert_timezone('Europe/Brussels', 'America/Los_Angeles', timestamp_ntz'2021-12-06 00:00:00')", "SELECT convert_timezone('Europe/Brussels', timestamp_ntz'2021-12-05 15:00:00')"]),
];

static DATE_ADD: Kernel = Kernel::new("date_add", arithmetic::date_add);
static DATE_SUB: Kernel = Kernel::new("date_sub", arithmetic::date_sub);
static DATE_DIFF: Kernel = Kernel::new("date_diff", arithmetic::date_diff);

pub static KERNELS: &[&Kernel] = &[
    &DATE_ADD,
    &DATE_SUB,
    &DATE_DIFF,
    &arithmetic::TRUNCATE,
    &arithmetic::ADD,
    &arithmetic::DIFFERENCE,
    &fields::FIELD,
    &fields::SECONDS,
    &fields::NAME,
    &fields::MONTHS_FIELD,
    &fields::TIME_FIELD,
    &fields::TIME_SECONDS,
    &fields::CALENDAR_FIELD,
    &formats::FORMAT,
    &formats::FROM_UNIX,
    &formats::PARSE,
    &formats::PARSE_DATE,
    &formats::PARSE_SECONDS,
    &making::TIMESTAMP,
    &making::INTERVAL,
    &making::DAY_TIME,
    &making::YEAR_MONTH,
    &windows::WINDOW,
    &windows::WINDOWS,
    &windows::SPAN,
    &windows::LAST,
    &epochs::FROM_TIMESTAMP,
    &epochs::TO_TIMESTAMP,
    &epochs::SHIFT,
    &epochs::CONVERT,
];

/// What TIMESTAMP means in this session.
fn default_timestamp(call: &Call<'_>) -> DataType {
    if call.context.settings.timestamp_ntz { NTZ } else { LTZ }
}

fn constant(value: ScalarValue, data_type: DataType) -> Typed {
    Typed { expr: lit(value), data_type, nullable: false }
}

fn current_date(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=0)?;
    let zone = Zone::parse(&call.context.time_zone)?;
    Ok(constant(ScalarValue::Date32(Some(making::today(call.context.now, &zone))), DAYS))
}

fn current_timestamp(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=0)?;
    Ok(constant(ScalarValue::TimestampMicrosecond(Some(call.context.now), Some("UTC".into())), LTZ))
}

fn local_timestamp(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=0)?;
    Ok(constant(ScalarValue::TimestampMicrosecond(Some(epochs::local_now(call)?), None), NTZ))
}

fn current_timezone(call: &Call<'_>) -> Result<Typed> {
    call.count(0..=0)?;
    Ok(constant(ScalarValue::from(call.context.time_zone.as_ref()), DataType::String))
}

/// `date_add(date, days)`, or `dateadd(unit, count, timestamp)`.
fn bind_date_add(call: &Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 3 { arithmetic::bind_add(call) } else { move_days(call, &DATE_ADD) }
}

fn move_days(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(2..=2)?;
    let days = match &call.argument(1).data_type {
        DataType::Int | DataType::Short | DataType::Byte | DataType::Null => call.cast(1, &DataType::Int)?,
        other if other.is_string() && call.context.ansi => call.cast(1, &DataType::Int)?,
        other if other.is_string() => days_of_text(call)?,
        _ => return Err(call.unexpected_type(1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")")),
    };
    let arguments = vec![call.cast(0, &DAYS)?, days];
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(kernel, arguments, DAYS, nullable))
}

/// Outside ANSI mode a string of days must be a constant that is an integer.
fn days_of_text(call: &Call<'_>) -> Result<Typed> {
    let wrong = || call.unexpected_type(1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")");
    let text = call.argument(1).clone();
    let Some(given) = super::constant::evaluate(&text.expr)? else { return Err(wrong()) };
    let days = cast(text, &DataType::Int, CastMode::Try, call.context)?;
    match super::constant::evaluate(&days.expr)? {
        Some(days) if given.is_null() || !days.is_null() => Ok(constant(days, DataType::Int)),
        _ => Err(Error::new(
            &SECOND_FUNCTION_ARGUMENT_NOT_INTEGER,
            format!("The second argument of `{}` function needs to be an integer", call.name.to_lowercase()),
        )
        .at(call.span)),
    }
}

/// `datediff(end, start)`, or `datediff(unit, start, end)`.
fn bind_date_diff(call: &Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 3 {
        return arithmetic::bind_difference(call);
    }
    call.count(2..=2)?;
    let arguments = vec![call.cast(0, &DAYS)?, call.cast(1, &DAYS)?];
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&DATE_DIFF, arguments, DataType::Int, nullable))
}

/// A date is the number of its days.
fn reinterpret(call: &Call<'_>, from: &DataType, to: DataType) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.cast(0, from)?;
    let expr = datafusion::logical_expr::cast(argument.expr, to.to_arrow());
    Ok(Typed { expr, data_type: to, nullable: argument.nullable })
}
