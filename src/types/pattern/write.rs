//! Writing a date and time by a pattern.

use std::fmt::Write;

use chrono::{DateTime, TimeZone};
use chrono_tz::OffsetName;

use super::{Field, Item, Pattern};
use crate::types::calendar::{Civil, MICROS_PER_DAY, MONTHS, WEEKDAYS, iso_day_of_week};
use crate::types::time_zone::Zone;

/// One moment, taken apart.
pub(super) struct Moment<'a> {
    date: Civil,
    pub(super) days: i64,
    /// Microseconds of the day.
    pub(super) time: i64,
    /// Seconds east of UTC.
    pub(super) offset: i32,
    instant: i64,
    zone: &'a Zone,
}

impl Pattern {
    /// Appends the text of a local time, in microseconds, that is so many seconds ahead of UTC.
    pub fn write(&self, out: &mut String, local: i64, offset: i32, zone: &Zone) {
        write_items(out, self, &self.items, &Moment::new(local, offset, zone));
    }
}

impl<'a> Moment<'a> {
    pub(super) fn new(local: i64, offset: i32, zone: &'a Zone) -> Self {
        let days = local.div_euclid(MICROS_PER_DAY);
        Moment {
            date: Civil::of_days(days),
            days,
            time: local.rem_euclid(MICROS_PER_DAY),
            offset,
            instant: local - i64::from(offset) * 1_000_000,
            zone,
        }
    }
}

fn write_items(out: &mut String, pattern: &Pattern, items: &[Item], moment: &Moment<'_>) {
    for item in items {
        match item {
            Item::Literal(text) => out.push_str(text),
            Item::Optional(items) => write_items(out, pattern, items, moment),
            Item::Field(Field::Year, count) => write_year(out, *count, pattern.has_era, moment.date.year),
            Item::Field(field, count) => write_field(out, *field, *count, moment),
        }
    }
}

pub(super) fn padded(out: &mut String, value: i64, width: usize) {
    // The widths of nearly all patterns, without the machinery of formatting.
    match (width, value) {
        (2, 0..100) => push_two(out, value),
        (4, 0..10_000) => {
            push_two(out, value / 100);
            push_two(out, value % 100);
        }
        _ => {
            let _ = write!(out, "{value:0width$}");
        }
    }
}

fn push_two(out: &mut String, value: i64) {
    out.push(char::from(b'0' + (value / 10) as u8));
    out.push(char::from(b'0' + (value % 10) as u8));
}

/// Years before Christ are counted back where the pattern has an era, and are negative where not.
fn write_year(out: &mut String, count: usize, has_era: bool, year: i64) {
    let negative = year <= 0 && !has_era;
    let year = if year <= 0 && has_era { 1 - year } else { year.abs() };
    if count == 2 {
        return padded(out, year % 100, 2);
    }
    if negative && year > 0 {
        out.push('-');
    } else if count >= 4 && year >= 10_i64.pow(count as u32) {
        out.push('+');
    }
    padded(out, year, count);
}

fn write_field(out: &mut String, field: Field, count: usize, moment: &Moment<'_>) {
    let hour = moment.time / 3_600_000_000;
    let date = moment.date;
    match field {
        Field::Era => out.push_str(match (count, date.year > 0) {
            (4, true) => "Anno Domini",
            (4, false) => "Before Christ",
            (_, true) => "AD",
            (_, false) => "BC",
        }),
        Field::Year => write_year(out, count, true, date.year),
        Field::Quarter => match count {
            1 | 2 => padded(out, date.quarter().into(), count),
            3 => {
                let _ = write!(out, "Q{}", date.quarter());
            }
            _ => {
                out.push_str(["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"][date.quarter() as usize - 1])
            }
        },
        Field::Month => match count {
            1 | 2 => padded(out, date.month.into(), count),
            3 => out.push_str(&MONTHS[date.month as usize - 1][..3]),
            _ => out.push_str(MONTHS[date.month as usize - 1]),
        },
        Field::Day => padded(out, date.day.into(), count),
        Field::DayOfYear => padded(out, date.day_of_year(), count),
        Field::Weekday => {
            let name = WEEKDAYS[iso_day_of_week(moment.days) as usize - 1];
            out.push_str(if count == 4 { name } else { &name[..3] });
        }
        Field::WeekOfMonth => padded(out, i64::from(date.day - 1) % 7 + 1, 1),
        Field::HalfDay => out.push_str(if hour < 12 { "AM" } else { "PM" }),
        Field::ClockHourOfHalfDay => padded(out, (hour + 11) % 12 + 1, count),
        Field::HourOfHalfDay => padded(out, hour % 12, count),
        Field::Hour => padded(out, hour, count),
        Field::ClockHour => padded(out, (hour + 23) % 24 + 1, count),
        Field::Minute => padded(out, moment.time / 60_000_000 % 60, count),
        Field::Second => padded(out, moment.time / 1_000_000 % 60, count),
        Field::Fraction => {
            let start = out.len();
            padded(out, moment.time % 1_000_000 * 1000, 9);
            out.truncate(start + count);
        }
        Field::ZoneId => out.push_str(moment.zone.id()),
        Field::ZoneName => write_zone_name(out, count, moment),
        Field::LocalizedOffset => {
            out.push_str("GMT");
            if moment.offset != 0 {
                write_offset(out, moment.offset, if count == 1 { Offset::Short } else { Offset::ColonsSeconds });
            }
        }
        Field::Offset if moment.offset == 0 => out.push('Z'),
        Field::Offset | Field::PlainOffset => write_offset(
            out,
            moment.offset,
            match count {
                1 => Offset::Hours,
                2 => Offset::Packed,
                3 => Offset::Colons,
                4 => Offset::PackedSeconds,
                _ => Offset::ColonsSeconds,
            },
        ),
        Field::RfcOffset => match count {
            1..=3 => write_offset(out, moment.offset, Offset::Packed),
            4 => {
                out.push_str("GMT");
                if moment.offset != 0 {
                    write_offset(out, moment.offset, Offset::ColonsSeconds);
                }
            }
            _ if moment.offset == 0 => out.push('Z'),
            _ => write_offset(out, moment.offset, Offset::ColonsSeconds),
        },
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offset {
    /// `+8`, `+8:30`
    Short,
    /// `+08`, `+0830`
    Hours,
    Packed,
    Colons,
    PackedSeconds,
    ColonsSeconds,
}

fn write_offset(out: &mut String, offset: i32, form: Offset) {
    let seconds = i64::from(offset.abs());
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    out.push(if offset < 0 { '-' } else { '+' });
    padded(out, hours, if form == Offset::Short { 1 } else { 2 });
    let colon = matches!(form, Offset::Short | Offset::Colons | Offset::ColonsSeconds);
    if minutes != 0 || !matches!(form, Offset::Short | Offset::Hours) {
        if colon {
            out.push(':');
        }
        padded(out, minutes, 2);
    }
    if seconds != 0 && matches!(form, Offset::Short | Offset::PackedSeconds | Offset::ColonsSeconds) {
        if colon {
            out.push(':');
        }
        padded(out, seconds, 2);
    }
}

/// Names that the zone's data does not have in full.
const LONG_NAMES: &[(&str, &str)] = &[
    ("PST", "Pacific Standard Time"),
    ("PDT", "Pacific Daylight Time"),
    ("MST", "Mountain Standard Time"),
    ("MDT", "Mountain Daylight Time"),
    ("CST", "Central Standard Time"),
    ("CDT", "Central Daylight Time"),
    ("EST", "Eastern Standard Time"),
    ("EDT", "Eastern Daylight Time"),
    ("CET", "Central European Standard Time"),
    ("CEST", "Central European Summer Time"),
    ("EET", "Eastern European Standard Time"),
    ("EEST", "Eastern European Summer Time"),
    ("JST", "Japan Standard Time"),
    ("KST", "Korean Standard Time"),
    ("UTC", "Coordinated Universal Time"),
    ("GMT", "Greenwich Mean Time"),
    ("BST", "British Summer Time"),
];

pub(super) fn write_zone_name(out: &mut String, count: usize, moment: &Moment<'_>) {
    let short = moment.zone.region().and_then(|region| {
        let at = |micros: i64| {
            let time = DateTime::from_timestamp_micros(micros)?;
            region.offset_from_utc_datetime(&time.naive_utc()).abbreviation().map(str::to_owned)
        };
        // The mean time of a place, before there were zones, goes by the name of the zone.
        at(moment.instant).map(|name| if name == "LMT" { at(0).unwrap_or(name) } else { name })
    });
    let short = short.unwrap_or_else(|| moment.zone.id().to_owned());
    let long = LONG_NAMES.iter().find(|(name, _)| *name == short).map(|(_, long)| *long);
    out.push_str(if count == 4 { long.unwrap_or(&short) } else { &short });
}
