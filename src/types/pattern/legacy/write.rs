//! Writing a date and time by an old pattern.

use super::super::write::{Moment, padded, write_zone_name};
use super::calendar::Day;
use super::{Field, Item, LegacyPattern};
use crate::types::calendar::{MONTHS, WEEKDAYS};
use crate::types::time_zone::Zone;

/// 1900-01-01, in microseconds since 1970-01-01.
const FIRST_ZONES: i64 = -2_208_988_800_000_000;

/// Seconds east of UTC, in winter.
fn standard_offset(zone: &Zone) -> i32 {
    const HALF_A_YEAR: i64 = 182 * 86_400_000_000;
    zone.offset_at_utc(0).min(zone.offset_at_utc(HALF_A_YEAR))
}

impl LegacyPattern {
    /// Appends the text of a local time, in microseconds, that is so many seconds ahead of UTC.
    pub fn write(&self, out: &mut String, local: i64, offset: i32, zone: &Zone) {
        // `java.util.TimeZone` knows no mean times of places.
        let offset = if local < FIRST_ZONES { standard_offset(zone) } else { offset };
        let moment = Moment::new(local, offset, zone);
        // The days that were left out in 1582 have no name here; theirs are written as the Gregorian calendar has them.
        let day = Day::of_gregorian(moment.days).or_else(|| Day::numbered(moment.days));
        let Some(day) = day else { return };
        for item in &self.items {
            match item {
                Item::Literal(text) => out.push_str(text),
                Item::Field(field, count) => write_field(out, *field, *count, &day, &moment),
            }
        }
    }
}

fn write_field(out: &mut String, field: Field, count: usize, day: &Day, moment: &Moment<'_>) {
    let hour = moment.time / 3_600_000_000;
    let year = |out: &mut String, year: i64| {
        let year = if year > 0 { year } else { 1 - year };
        if count == 2 { padded(out, year % 100, 2) } else { padded(out, year, count) }
    };
    match field {
        Field::Era => out.push_str(if day.year > 0 { "AD" } else { "BC" }),
        Field::Year => year(out, day.year),
        Field::WeekYear => year(out, day.week_year),
        Field::Month => match (count, MONTHS.get(usize::try_from(day.month - 1).unwrap_or(0))) {
            (3, Some(name)) => out.push_str(&name[..3]),
            (4.., Some(name)) => out.push_str(name),
            _ => padded(out, day.month, count),
        },
        Field::WeekOfYear => padded(out, day.week_of_year, count),
        Field::WeekOfMonth => padded(out, day.week_of_month, count),
        Field::DayOfYear => padded(out, day.day_of_year, count),
        Field::Day => padded(out, day.day, count),
        Field::WeekdayOfMonth => padded(out, day.weekday_of_month, count),
        Field::Weekday => {
            let name = WEEKDAYS[usize::try_from((day.weekday + 5) % 7).unwrap_or(0)];
            out.push_str(if count >= 4 { name } else { &name[..3] });
        }
        Field::WeekdayNumber => padded(out, (day.weekday + 5) % 7 + 1, count),
        Field::HalfDay => out.push_str(if hour < 12 { "AM" } else { "PM" }),
        Field::Hour => padded(out, hour, count),
        Field::ClockHour => padded(out, (hour + 23) % 24 + 1, count),
        Field::HourOfHalfDay => padded(out, hour % 12, count),
        Field::ClockHourOfHalfDay => padded(out, (hour + 11) % 12 + 1, count),
        Field::Minute => padded(out, moment.time / 60_000_000 % 60, count),
        Field::Second => padded(out, moment.time / 1_000_000 % 60, count),
        // A number like the others, not a fraction.
        Field::Millisecond => padded(out, moment.time / 1_000 % 1_000, count),
        Field::ZoneName => write_zone_name(out, count.min(4), moment),
        Field::RfcOffset => write_offset(out, moment.offset, false, true),
        Field::Offset if moment.offset == 0 => out.push('Z'),
        Field::Offset => write_offset(out, moment.offset, count == 3, count > 1),
    }
}

fn write_offset(out: &mut String, offset: i32, colon: bool, minutes: bool) {
    let total = i64::from(offset.abs()) / 60;
    out.push(if offset < 0 { '-' } else { '+' });
    padded(out, total / 60, 2);
    if colon {
        out.push(':');
    }
    if minutes {
        padded(out, total % 60, 2);
    }
}
