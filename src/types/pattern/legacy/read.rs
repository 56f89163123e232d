//! Reading a date and time by an old pattern. What follows the pattern's end in the text is not looked at.

use super::calendar::{Day, number, same_name, weekday};
use super::{Field, Item, LegacyPattern};
use crate::types::calendar::{MICROS_PER_DAY, MONTHS, WEEKDAYS};
use crate::types::time_zone::Zone;

/// A field's value, and the how manieth it was that the text set; 0 is none.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    value: i64,
    stamp: usize,
}

/// What a text said. Where it said it twice, what it said last counts.
#[derive(Debug, Clone, Default)]
struct Parts {
    stamps: usize,
    era: Part,
    year: Part,
    week_year: Part,
    month: Part,
    week_of_year: Part,
    week_of_month: Part,
    day_of_year: Part,
    day: Part,
    weekday_of_month: Part,
    /// Sunday is 1.
    weekday: Part,
    half: Part,
    hour_of_half: Part,
    hour: Part,
    minute: Part,
    second: Part,
    millisecond: Part,
    /// Seconds east of UTC.
    offset: Option<i32>,
}

impl LegacyPattern {
    /// The local time of the zone in microseconds, and the instant.
    ///
    /// # Errors
    /// The byte at which the text leaves the pattern, if it is not that there is no such moment.
    pub fn read(&self, text: &str, zone: &Zone) -> Result<(i64, i64), Option<usize>> {
        let mut parts = Parts::default();
        let mut at = 0;
        for (n, item) in self.items.iter().enumerate() {
            at = match item {
                Item::Literal(literal) => match text[at..].starts_with(literal.as_str()) {
                    true => at + literal.len(),
                    false => return Err(Some(at)),
                },
                Item::Field(field, count) => {
                    let width = match self.items.get(n + 1) {
                        Some(Item::Field(next, count)) if is_number(*next, *count) => Some(()),
                        _ => None,
                    };
                    let width = width.map(|()| at + count);
                    read_field(*field, *count, text, at, width, &mut parts).ok_or(Some(at))?
                }
            };
        }
        // Nothing was read: the pattern is empty.
        if at == 0 {
            return Err(Some(0));
        }
        let local = parts.local().ok_or(None)?;
        let Some(offset) = parts.offset else { return Ok((local, zone.local_to_utc(local))) };
        let instant = local - i64::from(offset) * 1_000_000;
        Ok((zone.utc_to_local(instant), instant))
    }
}

/// A field of digits: the one before it takes no more characters than its letters.
fn is_number(field: Field, count: usize) -> bool {
    match field {
        Field::Month => count <= 2,
        Field::Era | Field::Weekday | Field::HalfDay | Field::ZoneName | Field::RfcOffset | Field::Offset => false,
        _ => true,
    }
}

impl Parts {
    fn local(&self) -> Option<i64> {
        let within = |part: Part, low: i64, high: i64| part.stamp == 0 || (low..=high).contains(&part.value);
        let valid = within(self.year, 1, 292_278_994)
            && within(self.month, 1, 12)
            && within(self.week_of_year, 1, 53)
            && within(self.week_of_month, 0, 6)
            && within(self.day_of_year, 1, 366)
            && within(self.day, 1, 31)
            && within(self.weekday_of_month, 1, 6)
            && within(self.weekday, 1, 7)
            && within(self.hour_of_half, 0, 11)
            && within(self.hour, 0, 23)
            && within(self.minute, 0, 59)
            && within(self.second, 0, 59)
            && within(self.millisecond, 0, 999);
        if !valid {
            return None;
        }
        let day = self.day()?;
        let said = |part: Part, value: i64| part.stamp == 0 || part.value == value;
        let hour = self.hour_of_day();
        let agrees = said(self.month, day.month)
            && said(self.day, day.day)
            && said(self.day_of_year, day.day_of_year)
            && said(self.weekday, day.weekday)
            && said(self.week_of_year, day.week_of_year)
            && said(self.week_of_month, day.week_of_month)
            && said(self.weekday_of_month, day.weekday_of_month)
            && said(self.hour, hour)
            && said(self.hour_of_half, hour % 12)
            && said(self.half, hour / 12);
        if !agrees {
            return None;
        }
        let millis = ((hour * 60 + self.minute.value) * 60 + self.second.value) * 1_000 + self.millisecond.value;
        same_name(day.year, day.month, day.day)?.checked_mul(MICROS_PER_DAY)?.checked_add(millis * 1_000)
    }

    fn hour_of_day(&self) -> i64 {
        let half = if self.hour_of_half.stamp > 0 && self.half.stamp > 0 {
            self.hour_of_half.stamp.max(self.half.stamp)
        } else {
            0
        };
        if self.hour.stamp > 0 && self.hour.stamp > half {
            return self.hour.value;
        }
        self.hour_of_half.value + 12 * self.half.value
    }

    /// The day that the most recent of the fields that tell a day tell.
    fn day(&self) -> Option<Day> {
        let both = |a: Part, b: Part| if a.stamp > 0 && b.stamp > 0 { a.stamp.max(b.stamp) } else { 0 };
        let year = if self.year.stamp > 0 { self.year.value } else { 1970 };
        let before_christ = self.era.stamp > 0 && self.era.value == 0;
        let year = if before_christ { 1 - year } else { year };
        if self.week_year.stamp > self.year.stamp {
            let week = if self.week_of_year.stamp > 0 { self.week_of_year.value } else { 1 };
            let weekday = if self.weekday.stamp > 0 { self.weekday.value } else { 1 };
            return Day::numbered(week_start(self.week_year.value)? + 7 * (week - 1) + weekday - 1);
        }
        let (mut of_month, mut nth) =
            (both(self.week_of_month, self.weekday), both(self.weekday_of_month, self.weekday));
        let (day, of_year) = (self.day.stamp, self.day_of_year.stamp);
        let mut week = both(self.week_of_year, self.weekday);
        let mut best = day.max(of_month).max(nth).max(of_year).max(week);
        if best == 0 {
            of_month = self.week_of_month.stamp;
            nth = self.weekday_of_month.stamp.max(self.weekday.stamp);
            week = self.week_of_year.stamp;
            best = of_month.max(nth).max(week);
        }
        let month = if self.month.stamp > 0 { self.month.value } else { 1 };
        if best == 0 || best == day {
            let day = if self.day.stamp > 0 { self.day.value } else { 1 };
            return Day::named(year, month, day);
        }
        if best == of_year {
            return Day::numbered(number(year, 1, 1)? + self.day_of_year.value - 1);
        }
        let weekday_or = |default: i64| if self.weekday.stamp > 0 { self.weekday.value } else { default };
        if best == of_month && self.week_of_month.stamp >= self.week_of_year.stamp && of_month >= nth {
            let first = number(year, month, 1)?;
            let sunday = first - (weekday(first) - 1);
            return Day::numbered(sunday + weekday_or(1) - 1 + 7 * (self.week_of_month.value - 1));
        }
        if best == nth && self.weekday_of_month.stamp >= self.week_of_year.stamp {
            let first = number(year, month, 1)?;
            let nth = if self.weekday_of_month.stamp > 0 { self.weekday_of_month.value } else { 1 };
            let ahead = (weekday_or(1) - weekday(first)).rem_euclid(7);
            return Day::numbered(first + ahead + 7 * (nth - 1));
        }
        Day::numbered(week_start(year)? + weekday_or(1) - 1 + 7 * (self.week_of_year.value - 1))
    }
}

/// The Sunday that begins the first week of the year.
fn week_start(year: i64) -> Option<i64> {
    let first = number(year, 1, 1)?;
    Some(first - (weekday(first) - 1))
}

/// `end`: the text is not read beyond.
fn integer(text: &str, at: usize, end: Option<usize>) -> Option<(i64, usize)> {
    let text = match end {
        Some(end) if end > text.len() => return None,
        Some(end) => text.get(..end)?,
        None => text,
    };
    let rest = text.get(at..)?;
    let (negative, digits) = match rest.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, rest),
    };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return None;
    }
    let value = digits[..length]
        .bytes()
        .fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    Some((if negative { -value } else { value }, at + usize::from(negative) + length))
}

/// The number of the longest of the names that the text goes on with.
fn name<'n>(text: &str, at: usize, names: impl Iterator<Item = (i64, &'n str)>) -> Option<(i64, usize)> {
    names
        .filter(|(_, name)| text.get(at..at + name.len()).is_some_and(|part| part.eq_ignore_ascii_case(name)))
        .max_by_key(|(_, name)| name.len())
        .map(|(value, name)| (value, at + name.len()))
}

/// The names of a list with their numbers from 1, whole and in three letters.
fn named(names: &'static [&'static str]) -> impl Iterator<Item = (i64, &'static str)> {
    names.iter().zip(1_i64..).flat_map(|(name, n)| [(n, *name), (n, &name[..3])])
}

fn read_field(
    field: Field,
    count: usize,
    text: &str,
    start: usize,
    end: Option<usize>,
    parts: &mut Parts,
) -> Option<usize> {
    // Blanks before a field are skipped; names are looked for before them.
    let blanks = text[start..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let at = start + blanks;
    if at >= text.len() {
        return None;
    }
    parts.stamps += 1;
    let stamp = parts.stamps;
    let part = |value: i64| Part { value, stamp };
    let number = || integer(text, at, end);
    let (slot, value, next) = match field {
        Field::Era => {
            let (era, next) = name(text, start, [(0, "BC"), (1, "AD")].into_iter())?;
            (&mut parts.era, era, next)
        }
        Field::Year | Field::WeekYear => {
            let (year, next) = number()?;
            let two_digits = count <= 2 && next - at == 2 && year >= 0;
            let year = if two_digits { in_century(year) } else { year };
            (if field == Field::Year { &mut parts.year } else { &mut parts.week_year }, year, next)
        }
        Field::Month if count <= 2 => {
            let (month, next) = number()?;
            (&mut parts.month, month, next)
        }
        Field::Month => {
            let (month, next) = name(text, start, named(&MONTHS))?;
            (&mut parts.month, month, next)
        }
        Field::Weekday => {
            let (weekday, next) = name(text, start, named(&WEEKDAYS))?;
            (&mut parts.weekday, weekday % 7 + 1, next)
        }
        Field::WeekdayNumber => {
            let (weekday, next) = number()?;
            (&mut parts.weekday, if (1..=7).contains(&weekday) { weekday % 7 + 1 } else { weekday }, next)
        }
        Field::HalfDay => {
            let (half, next) = name(text, start, [(0, "AM"), (1, "PM")].into_iter())?;
            (&mut parts.half, half, next)
        }
        Field::ClockHour => {
            let (hour, next) = number().filter(|(hour, _)| (1..=24).contains(hour))?;
            (&mut parts.hour, hour % 24, next)
        }
        Field::ClockHourOfHalfDay => {
            let (hour, next) = number().filter(|(hour, _)| (1..=12).contains(hour))?;
            (&mut parts.hour_of_half, hour % 12, next)
        }
        Field::ZoneName | Field::RfcOffset | Field::Offset => return zone(field, count, text, at, parts),
        Field::WeekOfYear
        | Field::WeekOfMonth
        | Field::DayOfYear
        | Field::Day
        | Field::WeekdayOfMonth
        | Field::Hour
        | Field::HourOfHalfDay
        | Field::Minute
        | Field::Second
        | Field::Millisecond => {
            let (value, next) = number()?;
            let slot = match field {
                Field::WeekOfYear => &mut parts.week_of_year,
                Field::WeekOfMonth => &mut parts.week_of_month,
                Field::DayOfYear => &mut parts.day_of_year,
                Field::Day => &mut parts.day,
                Field::WeekdayOfMonth => &mut parts.weekday_of_month,
                Field::Hour => &mut parts.hour,
                Field::HourOfHalfDay => &mut parts.hour_of_half,
                Field::Minute => &mut parts.minute,
                Field::Second => &mut parts.second,
                _ => &mut parts.millisecond,
            };
            (slot, value, next)
        }
    };
    *slot = part(value);
    Some(next)
}

/// Two digits are a year of the century that began 80 years ago.
fn in_century(year: i64) -> i64 {
    let begin = i64::from(chrono::Datelike::year(&chrono::Utc::now())) - 80;
    begin.div_euclid(100) * 100 + year + if year < begin.rem_euclid(100) { 100 } else { 0 }
}

fn zone(field: Field, count: usize, text: &str, at: usize, parts: &mut Parts) -> Option<usize> {
    let rest = &text[at..];
    if field == Field::Offset {
        if rest.starts_with('Z') {
            parts.offset = Some(0);
            return Some(at + 1);
        }
        let (offset, length) = offset(rest, count == 3, count > 1, true)?;
        parts.offset = Some(offset);
        return Some(at + length);
    }
    if rest.starts_with(['+', '-']) {
        let (offset, length) = offset(rest, false, true, false)?;
        parts.offset = Some(offset);
        return Some(at + length);
    }
    if rest.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("GMT")) {
        let after = &rest[3..];
        if !after.starts_with(['+', '-']) {
            parts.offset = Some(0);
            return Some(at + 3);
        }
        let (offset, length) = offset(after, true, true, false)?;
        parts.offset = Some(offset);
        return Some(at + 3 + length);
    }
    let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"/_".contains(byte)).count();
    let word = &rest[..length];
    // Names say whether it is summer; `America/Los_Angeles` is no name here.
    let (_, minutes) = ABBREVIATIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
    parts.offset = Some(minutes * 60);
    Some(at + length)
}

/// Zones by the names that people use, in minutes east of UTC.
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("AKDT", -480),
    ("AKST", -540),
    ("BST", 60),
    ("CDT", -300),
    ("CEST", 120),
    ("CET", 60),
    ("CST", -360),
    ("EDT", -240),
    ("EEST", 180),
    ("EET", 120),
    ("EST", -300),
    ("HST", -600),
    ("IST", 330),
    ("JST", 540),
    ("KST", 540),
    ("MDT", -360),
    ("MSK", 180),
    ("MST", -420),
    ("PDT", -420),
    ("PST", -480),
    ("UTC", 0),
    ("WEST", 60),
    ("WET", 0),
];

/// A sign and hours, also with minutes: seconds, and how long the text is.
fn offset(text: &str, colon: bool, minutes: bool, two_digits: bool) -> Option<(i32, usize)> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digit =
        |at: usize| text.as_bytes().get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i32::from(byte - b'0'));
    let first = digit(1)?;
    let (hours, mut at) = match digit(2) {
        Some(second) => (first * 10 + second, 3),
        None if two_digits || !colon => return None,
        None => (first, 2),
    };
    if hours > 23 {
        return None;
    }
    let mut total = hours * 60;
    if minutes {
        if colon {
            (text.as_bytes().get(at) == Some(&b':')).then_some(())?;
            at += 1;
        }
        let value = digit(at)? * 10 + digit(at + 1)?;
        (value <= 59).then_some(())?;
        total += value;
        at += 2;
    }
    Some((sign * total * 60, at))
}
