//! Reading a date and time by a pattern, as strictly as Java does.

use super::{Field, Item, Pattern};
use crate::types::calendar::{MICROS_PER_DAY, MONTHS, WEEKDAYS, days_from_civil, iso_day_of_week};
use crate::types::time_zone::Zone;

/// What a text said.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    before_christ: bool,
    year: Option<i64>,
    quarter: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    weekday: Option<i64>,
    afternoon: Option<bool>,
    hour_of_half_day: Option<i64>,
    hour: Option<i64>,
    minute: i64,
    second: i64,
    microsecond: i64,
    /// The zone, if the text had one.
    pub zone: Option<Zone>,
}

impl Parsed {
    /// Days since 1970-01-01, if there is such a day; what was not said is the first of 1970.
    pub fn days(&self) -> Option<i64> {
        let year = self.year.unwrap_or(1970);
        let year = if self.before_christ { 1 - year } else { year };
        let days = match self.day_of_year {
            Some(day) if self.month.is_none() => {
                let days = days_from_civil(year, 1, 1)? + day - 1;
                (day >= 1 && days < days_from_civil(year + 1, 1, 1)?).then_some(days)?
            }
            _ => {
                let month = self.month.or(self.quarter.map(|quarter| quarter * 3 - 2)).unwrap_or(1);
                days_from_civil(year, month, self.day.unwrap_or(1))?
            }
        };
        match self.weekday {
            Some(weekday) if iso_day_of_week(days) != weekday => None,
            _ => Some(days),
        }
    }

    /// Microseconds of no zone since 1970-01-01.
    pub fn local(&self) -> Option<i64> {
        let hour = match (self.hour, self.hour_of_half_day) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour + if self.afternoon == Some(true) { 12 } else { 0 },
            (None, None) => 0,
        };
        if hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let seconds = hour * 3600 + self.minute * 60 + self.second;
        self.days()?.checked_mul(MICROS_PER_DAY)?.checked_add(seconds * 1_000_000 + self.microsecond)
    }
}

impl Pattern {
    /// The parts of a text.
    ///
    /// # Errors
    /// The byte at which the text leaves the pattern.
    pub fn read(&self, text: &str) -> Result<Parsed, usize> {
        let mut parsed = Parsed::default();
        let end = read_items(&self.items, text, 0, &mut parsed)?;
        if end == text.len() { Ok(parsed) } else { Err(end) }
    }
}

fn read_items(items: &[Item], text: &str, start: usize, parsed: &mut Parsed) -> Result<usize, usize> {
    let mut at = start;
    for (n, item) in items.iter().enumerate() {
        at = match item {
            Item::Literal(literal) => match text.get(at..at + literal.len()) {
                Some(part) if part.eq_ignore_ascii_case(literal) => at + literal.len(),
                _ => return Err(at),
            },
            Item::Optional(inner) => {
                let mut attempt = parsed.clone();
                match read_items(inner, text, at, &mut attempt) {
                    Ok(end) => {
                        *parsed = attempt;
                        end
                    }
                    Err(_) => at,
                }
            }
            Item::Field(field, count) => {
                let reserved = adjacent_width(&items[n + 1..]);
                read_field(*field, *count, text, at, reserved, parsed).ok_or(at)?
            }
        };
    }
    Ok(at)
}

/// How many digits the fields of fixed width right after this one will take.
fn adjacent_width(items: &[Item]) -> usize {
    let fixed = items.iter().map_while(|item| match item {
        Item::Field(Field::Month | Field::Quarter, count @ 2) => Some(*count),
        Item::Field(
            Field::Day
            | Field::Hour
            | Field::ClockHour
            | Field::ClockHourOfHalfDay
            | Field::HourOfHalfDay
            | Field::Minute
            | Field::Second
            | Field::Year,
            count @ 2,
        ) => Some(*count),
        Item::Field(Field::DayOfYear, count @ 3) => Some(*count),
        _ => None,
    });
    fixed.sum()
}

fn digits(text: &str, at: usize, least: usize, most: usize, reserved: usize) -> Option<(i64, usize)> {
    let bytes = text.as_bytes().get(at..)?;
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let count = count.saturating_sub(if most > least { reserved } else { 0 }).min(most);
    if count < least {
        return None;
    }
    let value = bytes[..count].iter().fold(0_i64, |value, byte| value * 10 + i64::from(byte - b'0'));
    Some((value, at + count))
}

fn number(text: &str, at: usize, count: usize, reserved: usize) -> Option<(i64, usize)> {
    if count == 1 { digits(text, at, 1, 2, reserved) } else { digits(text, at, count, count, 0) }
}

/// The number of the name that the text goes on with, from 1.
fn name(text: &str, at: usize, names: &[&str], short: bool) -> Option<(i64, usize)> {
    names.iter().enumerate().find_map(|(n, name)| {
        let name = if short { &name[..3] } else { name };
        let part = text.get(at..at + name.len())?;
        part.eq_ignore_ascii_case(name).then(|| (n as i64 + 1, at + name.len()))
    })
}

fn read_field(
    field: Field,
    count: usize,
    text: &str,
    at: usize,
    reserved: usize,
    parsed: &mut Parsed,
) -> Option<usize> {
    let rest = text.get(at..)?;
    let within =
        |(value, end): (i64, usize), low: i64, high: i64| (low..=high).contains(&value).then_some((value, end));
    let end = match field {
        Field::Era => {
            let names: [(&str, bool); 2] = if count == 4 {
                [("Anno Domini", false), ("Before Christ", true)]
            } else {
                [("AD", false), ("BC", true)]
            };
            let (name, before) = names
                .into_iter()
                .find(|(name, _)| rest.get(..name.len()).is_some_and(|part| part.eq_ignore_ascii_case(name)))?;
            parsed.before_christ = before;
            at + name.len()
        }
        Field::Year => {
            let (year, end) = match count {
                2 => {
                    let (year, end) = digits(text, at, 2, 2, 0)?;
                    (2000 + year, end)
                }
                1 => digits(text, at, 1, 10, reserved)?,
                _ => {
                    let plus = usize::from(rest.starts_with('+'));
                    let most = if plus == 1 { 10 } else { count };
                    let (year, end) = digits(text, at + plus, count, most, if plus == 1 { reserved } else { 0 })?;
                    (year, end)
                }
            };
            parsed.year = Some(year);
            end
        }
        Field::Quarter => {
            let (quarter, end) = match count {
                1 | 2 => within(number(text, at, count, reserved)?, 1, 4)?,
                _ => {
                    let (quarter, end) = digits(text, at + 1, 1, 1, 0)?;
                    rest.starts_with(['Q', 'q']).then_some((quarter, end))?
                }
            };
            parsed.quarter = Some(quarter);
            end
        }
        Field::Month => {
            let (month, end) = match count {
                1 | 2 => within(number(text, at, count, reserved)?, 1, 12)?,
                _ => name(text, at, &MONTHS, count == 3)?,
            };
            parsed.month = Some(month);
            end
        }
        Field::Day => {
            let (day, end) = within(number(text, at, count, reserved)?, 1, 31)?;
            parsed.day = Some(day);
            end
        }
        Field::DayOfYear => {
            let found = if count == 3 { digits(text, at, 3, 3, 0)? } else { digits(text, at, count, 3, reserved)? };
            let (day, end) = within(found, 1, 366)?;
            parsed.day_of_year = Some(day);
            end
        }
        Field::Weekday => {
            let (weekday, end) = name(text, at, &WEEKDAYS, count < 4)?;
            parsed.weekday = Some(weekday);
            end
        }
        Field::WeekOfMonth => within(digits(text, at, 1, 1, 0)?, 1, 5)?.1,
        Field::HalfDay => {
            let half = rest.get(..2)?;
            parsed.afternoon = Some(if half.eq_ignore_ascii_case("PM") {
                true
            } else if half.eq_ignore_ascii_case("AM") {
                false
            } else {
                return None;
            });
            at + 2
        }
        Field::ClockHourOfHalfDay => {
            let (hour, end) = within(number(text, at, count, reserved)?, 1, 12)?;
            parsed.hour_of_half_day = Some(hour % 12);
            end
        }
        Field::HourOfHalfDay => {
            let (hour, end) = within(number(text, at, count, reserved)?, 0, 11)?;
            parsed.hour_of_half_day = Some(hour);
            end
        }
        Field::Hour => {
            let (hour, end) = within(number(text, at, count, reserved)?, 0, 23)?;
            parsed.hour = Some(hour);
            end
        }
        Field::ClockHour => {
            let (hour, end) = within(number(text, at, count, reserved)?, 1, 24)?;
            parsed.hour = Some(hour % 24);
            end
        }
        Field::Minute => {
            let (minute, end) = within(number(text, at, count, reserved)?, 0, 59)?;
            parsed.minute = minute;
            end
        }
        Field::Second => {
            let (second, end) = within(number(text, at, count, reserved)?, 0, 59)?;
            parsed.second = second;
            end
        }
        Field::Fraction => {
            let (fraction, end) = digits(text, at, 1, count, 0)?;
            parsed.microsecond = fraction * 10_i64.pow(9 - (end - at) as u32) / 1000;
            end
        }
        Field::ZoneId | Field::ZoneName => {
            let length =
                rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"/_+-:".contains(byte)).count();
            let name = &rest[..length];
            let zone = match name {
                "PDT" => "America/Los_Angeles",
                "MDT" => "America/Denver",
                "CDT" => "America/Chicago",
                "EDT" => "America/New_York",
                "EST" => "America/New_York",
                "MST" => "America/Denver",
                "CET" | "CEST" => "Europe/Paris",
                other => other,
            };
            parsed.zone = Some(Zone::parse(zone).ok()?);
            at + length
        }
        Field::LocalizedOffset | Field::Offset | Field::PlainOffset | Field::RfcOffset => {
            if matches!(field, Field::Offset) && rest.starts_with(['Z', 'z']) {
                parsed.zone = Some(Zone::utc());
                return Some(at + 1);
            }
            let prefixed = matches!(field, Field::LocalizedOffset) || (field == Field::RfcOffset && count == 4);
            let offset = if prefixed { rest.strip_prefix("GMT")? } else { rest };
            let length = offset.bytes().take_while(|byte| byte.is_ascii_digit() || b"+-:".contains(byte)).count();
            parsed.zone =
                Some(if length == 0 && prefixed { Zone::utc() } else { Zone::parse(&offset[..length]).ok()? });
            text.len() - offset.len() + length
        }
    };
    Some(end)
}
