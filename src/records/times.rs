//! Dates and times in records: by the patterns that options give, else in ISO's form.

use std::fmt::Write;

use crate::error::Result;
use crate::types::pattern::Pattern;
use crate::types::time_zone::Zone;
use crate::types::{reading, text};

/// The patterns of `dateFormat`, `timestampFormat` and `timestampNTZFormat`, and the time zone of `timeZone`.
#[derive(Debug, Clone, Default)]
pub struct TimeFormats {
    pub date: Option<Pattern>,
    pub timestamp: Option<Pattern>,
    pub timestamp_ntz: Option<Pattern>,
    /// `None`: that of the session.
    time_zone: Option<Zone>,
}

impl TimeFormats {
    /// Takes an option if it is one of these; its name in lower case.
    pub fn option(&mut self, name: &str, value: &str) -> Result<bool> {
        match name {
            "dateformat" => self.date = Some(Pattern::parse(value)?),
            "timestampformat" => self.timestamp = Some(Pattern::parse(value)?),
            "timestampntzformat" => self.timestamp_ntz = Some(Pattern::parse(value)?),
            "timezone" => self.time_zone = Some(Zone::parse(value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub fn zone(&self, session: &str) -> Result<Zone> {
        self.time_zone.clone().map_or_else(|| Zone::parse(session), Ok)
    }

    pub fn read_date(&self, text: &str) -> Option<i32> {
        match &self.date {
            Some(pattern) => i32::try_from(pattern.read(text).ok()?.days()?).ok(),
            None => reading::date(text),
        }
    }

    pub fn read_timestamp(&self, text: &str, zone: &Zone) -> Option<i64> {
        match &self.timestamp {
            Some(pattern) => {
                let parsed = pattern.read(text).ok()?;
                Some(parsed.zone.as_ref().unwrap_or(zone).local_to_utc(parsed.local()?))
            }
            None => reading::timestamp(text, zone, 0),
        }
    }

    pub fn read_timestamp_ntz(&self, text: &str) -> Option<i64> {
        match &self.timestamp_ntz {
            Some(pattern) => pattern.read(text).ok()?.local(),
            None => reading::timestamp_ntz(text, true),
        }
    }

    pub fn write_date(&self, out: &mut String, days: i32, zone: &Zone) {
        match &self.date {
            Some(pattern) => pattern.write(out, i64::from(days) * 86_400_000_000, 0, zone),
            None => text::write_date(out, days),
        }
    }

    pub fn write_timestamp(&self, out: &mut String, instant: i64, zone: &Zone) {
        let local = zone.utc_to_local(instant);
        let offset = ((local - instant) / 1_000_000) as i32;
        match &self.timestamp {
            Some(pattern) => pattern.write(out, local, offset, zone),
            None => {
                write_iso(out, local);
                if offset == 0 {
                    out.push('Z');
                } else {
                    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
                    // Nothing can go wrong with a String.
                    let _ = write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
                }
            }
        }
    }

    pub fn write_timestamp_ntz(&self, out: &mut String, local: i64, zone: &Zone) {
        match &self.timestamp_ntz {
            Some(pattern) => pattern.write(out, local, 0, zone),
            None => write_iso(out, local),
        }
    }
}

/// `2024-01-31T12:34:56.789`
fn write_iso(out: &mut String, local: i64) {
    let millis = local.div_euclid(1_000);
    let start = out.len();
    text::write_timestamp_ntz(out, millis.div_euclid(1_000) * 1_000_000);
    if let Some(blank) = out[start..].find(' ') {
        out.replace_range(start + blank..start + blank + 1, "T");
    }
    let _ = write!(out, ".{:03}", millis.rem_euclid(1_000));
}
