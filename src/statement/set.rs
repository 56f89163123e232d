//! SET, SET TIME ZONE, RESET.

use chrono::Local;

use crate::config::SETTINGS;
use crate::error::{Error, INVALID_INTERVAL_FORMAT, Result, UNSUPPORTED_FEATURE};
use crate::sql::ast::{Expression, Set, TimeZone};
use crate::types::{DataType, quote};

use super::answer::{answer, text};
use super::running::Running;
use super::{Outcome, RowsKind, variables};

const TIME_ZONE: &str = "spark.sql.session.timeZone";
/// What Spark prints for a key that nobody set.
const UNDEFINED: &str = "<undefined>";
const HOUR: i64 = 3_600_000_000;

/// Sets or shows settings; what was set is shown too.
pub(super) fn set(running: &Running<'_>, statement: &Set) -> Result<Outcome> {
    match statement {
        Set::Assign { key, value } => assign(running, key, value),
        Set::Get(key) => {
            let value = running.settings.get(key).unwrap_or(UNDEFINED);
            show(&[(key, value)])
        }
        Set::All { verbose: false } => show(&running.settings.explicit().into_iter().collect::<Vec<_>>()),
        Set::All { verbose: true } => {
            let values = SETTINGS.iter().map(|setting| running.settings.text(setting.name));
            answer(
                RowsKind::Command,
                vec![
                    text("key", SETTINGS.iter().map(|setting| setting.name)),
                    text("value", values),
                    text("meaning", SETTINGS.iter().map(|setting| setting.meaning)),
                    text("Since version", SETTINGS.iter().map(|setting| setting.since)),
                ],
            )
        }
        Set::TimeZone(zone) => {
            let zone = match zone {
                TimeZone::Local => local_zone(),
                TimeZone::Name(name) => name.clone(),
                TimeZone::Interval(interval) => offset(running, interval)?,
            };
            assign(running, TIME_ZONE, &zone)
        }
    }
}

/// Back to what the session started with.
pub(super) fn reset(running: &Running<'_>, key: Option<&str>) -> Result<Outcome> {
    running.session.reset(key)?;
    Ok(Outcome::Done)
}

fn assign(running: &Running<'_>, key: &str, value: &str) -> Result<Outcome> {
    if variables::is_variable(running, key) {
        return Err(Error::new(
            &UNSUPPORTED_FEATURE,
            format!(
                "The feature is not supported: {} is a VARIABLE and cannot be updated using the SET statement. Use SET \
                 VARIABLE {} = ... instead",
                quote(key),
                quote(key)
            ),
        )
        .subcondition("SET_VARIABLE_USING_SET"));
    }
    // A variable of Hive's is a setting without its prefix.
    running.session.set(key.strip_prefix("hivevar:").unwrap_or(key), value)?;
    show(&[(key, value)])
}

fn show(entries: &[(&str, &str)]) -> Result<Outcome> {
    let keys = entries.iter().map(|(key, _)| key);
    let values = entries.iter().map(|(_, value)| value);
    answer(RowsKind::Command, vec![text("key", keys), text("value", values)])
}

/// The machine's time zone: its name if the environment says, else its offset.
fn local_zone() -> String {
    let named = std::env::var("TZ").ok().filter(|name| crate::types::time_zone::Zone::parse(name).is_ok());
    let linked = || {
        let link = std::fs::read_link("/etc/localtime").ok()?;
        let path = link.to_string_lossy().into_owned();
        path.split_once("zoneinfo/").map(|(_, name)| name.to_owned())
    };
    named.or_else(linked).unwrap_or_else(|| Local::now().offset().to_string())
}

/// `INTERVAL 10 HOURS` is `+10:00`.
fn offset(running: &Running<'_>, interval: &Expression) -> Result<String> {
    let value = running.constant(interval, &DataType::INTERVAL_DAY_SECOND)?;
    let micros = match value {
        datafusion::common::ScalarValue::DurationMicrosecond(Some(micros)) => micros,
        _ => return Err(out_of_range().at(interval.span)),
    };
    let seconds = micros / 1_000_000;
    if micros.abs() > 18 * HOUR || micros % 1_000_000 != 0 {
        return Err(out_of_range().at(interval.span));
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    Ok(match rest {
        0 => format!("{sign}{hours:02}:{minutes:02}"),
        rest => format!("{sign}{hours:02}:{minutes:02}:{rest:02}"),
    })
}

fn out_of_range() -> Error {
    Error::new(
        &INVALID_INTERVAL_FORMAT,
        "The interval value must be in the range of [-18, +18] hours with second precision",
    )
    .subcondition("TIMEZONE_INTERVAL_OUT_OF_RANGE")
}
