//! Time zones as Java's `ZoneId` reads and applies them: named regions and fixed offsets.
//!
//! The rules of regions come from `chrono-tz`, which answers one instant at a time; they are turned into a sorted table
//! once per region and process, so that whole arrays convert at a few nanoseconds a value. It knows instants and local
//! times only, no calendars and no texts of timestamps.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;
use parking_lot::Mutex;

use crate::error::{Error, INVALID_TIMEZONE, Result};

const SECOND: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// Before the first and after the last transition that `chrono-tz` has of any region.
const FIRST_PROBE: i64 = -3_950_000_000;
const LAST_PROBE: i64 = 4_102_444_800;
/// Shorter than the shortest time between two transitions of any region, which is 597,600 seconds.
const PROBE_STEP: i64 = 561_600;
/// 2098-01-01: from here on the year is replaced by one that the table has, see [`Rules::folded`].
const LAST_TABLE_SECOND: i64 = 4_039_372_800;
const LAST_TABLE_YEAR: i32 = 2098;

/// A time zone.
#[derive(Clone)]
pub struct Zone {
    id: Arc<str>,
    rules: Arc<Rules>,
}

/// When a region's distance from UTC changes.
#[derive(Debug)]
struct Rules {
    /// The seconds east of UTC before the first transition.
    first_offset: i32,
    /// In order.
    transitions: Vec<Transition>,
    /// There are transitions year after year, for ever.
    recurring: bool,
    region: Option<Tz>,
}

#[derive(Debug, Clone, Copy)]
struct Transition {
    /// Seconds since the epoch.
    at: i64,
    /// The first local time, in seconds, that is read with the new offset: after the gap, or after the overlap.
    local: i64,
    offset: i32,
}

/// Java's `ZoneId.SHORT_IDS`.
const SHORT_IDS: &[(&str, &str)] = &[
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("EST", "-05:00"),
    ("HST", "-10:00"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("MST", "-07:00"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

impl Zone {
    /// Reads a region (`America/Los_Angeles`), an offset (`+08:00`, `-8`), `Z`, or a prefixed offset (`GMT+8`).
    ///
    /// # Errors
    /// `INVALID_TIMEZONE` if Java would not take it.
    pub fn parse(text: &str) -> Result<Zone> {
        let name = SHORT_IDS.iter().find(|(short, _)| *short == text).map_or(text, |(_, long)| long);
        let rules = match fixed_offset(name) {
            Some(offset) => Rules::fixed(offset).into(),
            None => region_rules(name).ok_or_else(|| invalid(text))?,
        };
        Ok(Zone { id: text.into(), rules })
    }

    /// The zone of instants as they are stored.
    pub fn utc() -> Zone {
        Zone { id: "UTC".into(), rules: Rules::fixed(0).into() }
    }

    /// The text it was read from.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The region's rules, if it is not a fixed offset.
    pub fn region(&self) -> Option<Tz> {
        self.rules.region
    }

    /// Always at the same distance from UTC, and which.
    pub fn fixed(&self) -> Option<i32> {
        self.rules.transitions.is_empty().then_some(self.rules.first_offset)
    }

    /// Seconds east of UTC at an instant, given in microseconds since the epoch.
    pub fn offset_at_utc(&self, instant: i64) -> i32 {
        self.rules.offset_at(instant.div_euclid(SECOND))
    }

    /// The local time at an instant; both in microseconds since 1970-01-01 00:00:00.
    pub fn utc_to_local(&self, instant: i64) -> i64 {
        instant.wrapping_add(i64::from(self.offset_at_utc(instant)) * SECOND)
    }

    /// The instant of a local time. In a gap it is moved forward by the gap's length, in an overlap the first of the
    /// two instants is taken, as Java does.
    pub fn local_to_utc(&self, local: i64) -> i64 {
        let offset = self.rules.offset_at_local(local.div_euclid(SECOND));
        local.wrapping_sub(i64::from(offset) * SECOND)
    }

    /// For many values: remembers the stretch of time that the last one was in.
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor { rules: &self.rules, utc: Stretch::EMPTY, local: Stretch::EMPTY }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.id)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Zone {}

impl std::hash::Hash for Zone {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// Converts value after value; neighbours are mostly in the same stretch between two transitions.
#[derive(Debug)]
pub struct Cursor<'a> {
    rules: &'a Rules,
    utc: Stretch,
    local: Stretch,
}

/// Microseconds from `start` up to `end` have this offset.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    start: i64,
    end: i64,
    /// In microseconds.
    offset: i64,
}

impl Stretch {
    const EMPTY: Stretch = Stretch { start: 0, end: 0, offset: 0 };

    fn contains(&self, value: i64) -> bool {
        self.start <= value && value < self.end
    }
}

impl Cursor<'_> {
    /// As [`Zone::utc_to_local`].
    #[inline]
    pub fn utc_to_local(&mut self, instant: i64) -> i64 {
        if !self.utc.contains(instant) {
            self.utc = self.rules.stretch(instant, |transition| transition.at);
        }
        instant.wrapping_add(self.utc.offset)
    }

    /// As [`Zone::local_to_utc`].
    #[inline]
    pub fn local_to_utc(&mut self, local: i64) -> i64 {
        if !self.local.contains(local) {
            self.local = self.rules.stretch(local, |transition| transition.local);
        }
        local.wrapping_sub(self.local.offset)
    }
}

impl Rules {
    fn fixed(offset: i32) -> Self {
        Rules { first_offset: offset, transitions: Vec::new(), recurring: false, region: None }
    }

    /// Asks `chrono-tz` often enough to miss no transition, and narrows each down to its second.
    fn of_region(region: Tz) -> Self {
        let first_offset = probe(region, FIRST_PROBE);
        let mut transitions = Vec::new();
        let (mut time, mut offset) = (FIRST_PROBE, first_offset);
        while time < LAST_PROBE {
            let next = (time + PROBE_STEP).min(LAST_PROBE);
            let next_offset = probe(region, next);
            if next_offset != offset {
                let (mut before, mut after) = (time, next);
                while after - before > 1 {
                    let middle = before + (after - before) / 2;
                    if probe(region, middle) == offset {
                        before = middle;
                    } else {
                        after = middle;
                    }
                }
                let local = after + i64::from(offset.max(next_offset));
                transitions.push(Transition { at: after, local, offset: next_offset });
                offset = next_offset;
            }
            time = next;
        }
        let recurring = transitions.last().is_some_and(|last| last.at > LAST_TABLE_SECOND);
        Rules { first_offset, transitions, recurring, region: Some(region) }
    }

    fn offset_at(&self, second: i64) -> i32 {
        let second = self.folded(second);
        self.offset_before(self.transitions.partition_point(|transition| transition.at <= second))
    }

    fn offset_at_local(&self, second: i64) -> i32 {
        let second = self.folded(second);
        self.offset_before(self.transitions.partition_point(|transition| transition.local <= second))
    }

    fn offset_before(&self, index: usize) -> i32 {
        index.checked_sub(1).map_or(self.first_offset, |index| self.transitions[index].offset)
    }

    /// The stretch between two transitions around `value`, by instants or by local times.
    fn stretch(&self, value: i64, by: impl Fn(&Transition) -> i64) -> Stretch {
        let second = value.div_euclid(SECOND);
        let folded = self.folded(second);
        let index = self.transitions.partition_point(|transition| by(transition) <= folded);
        let offset = i64::from(self.offset_before(index)) * SECOND;
        if folded != second {
            return Stretch { start: value, end: value.saturating_add(1), offset };
        }
        let bound = |index: usize| self.transitions.get(index).map(|transition| by(transition) * SECOND);
        let limit = if self.recurring { LAST_TABLE_SECOND * SECOND } else { i64::MAX };
        Stretch {
            start: index.checked_sub(1).and_then(bound).unwrap_or(i64::MIN),
            end: bound(index).unwrap_or(limit).min(limit),
            offset,
        }
    }

    /// The table ends, the rules do not: a year after it is looked up as one of the table's last 28 that begins on the
    /// same day of the week and has as many days.
    fn folded(&self, second: i64) -> i64 {
        if !self.recurring || second < LAST_TABLE_SECOND {
            return second;
        }
        let Some(date) = DateTime::from_timestamp(second, 0).map(|time| time.date_naive()) else { return second };
        let Some(new_year) = NaiveDate::from_yo_opt(date.year(), 1) else { return second };
        (LAST_TABLE_YEAR - 28..LAST_TABLE_YEAR)
            .filter_map(|year| NaiveDate::from_yo_opt(year, 1))
            .find(|like| like.weekday() == new_year.weekday() && like.leap_year() == new_year.leap_year())
            .map_or(second, |like| second - (new_year - like).num_days() * DAY_SECONDS)
    }
}

fn probe(region: Tz, second: i64) -> i32 {
    DateTime::from_timestamp(second, 0)
        .map_or(0, |time| region.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc())
}

/// The rules of a region, made once.
fn region_rules(name: &str) -> Option<Arc<Rules>> {
    static REGIONS: LazyLock<Mutex<HashMap<Tz, Arc<Rules>>>> = LazyLock::new(Mutex::default);
    let region = Tz::from_str(name).ok()?;
    let mut regions = REGIONS.lock();
    Some(Arc::clone(regions.entry(region).or_insert_with(|| Rules::of_region(region).into())))
}

/// The offset of `Z`, `UTC`, `+8`, `+08:00`, `GMT-0330` and the like, in seconds.
fn fixed_offset(text: &str) -> Option<i32> {
    if matches!(text, "Z" | "UTC" | "GMT" | "UT") {
        return Some(0);
    }
    let offset = ["UTC", "GMT", "UT"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let (sign, digits) = match offset.as_bytes().first()? {
        b'+' => (1, &offset[1..]),
        b'-' => (-1, &offset[1..]),
        _ => return None,
    };
    let two = |text: &str| (text.len() == 2).then(|| number(text)).flatten();
    let one_or_two = |text: &str| (matches!(text.len(), 1 | 2)).then(|| number(text)).flatten();
    let parts: Vec<&str> = digits.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [hours] if hours.len() <= 2 => (one_or_two(hours)?, 0, 0),
        [packed] if packed.is_ascii() && packed.len() == 4 => (number(&packed[..2])?, number(&packed[2..])?, 0),
        [packed] if packed.is_ascii() && packed.len() == 6 => {
            (number(&packed[..2])?, number(&packed[2..4])?, number(&packed[4..])?)
        }
        [hours, minutes] => (one_or_two(hours)?, one_or_two(minutes)?, 0),
        [hours, minutes, seconds] => (one_or_two(hours)?, two(minutes)?, two(seconds)?),
        _ => return None,
    };
    let total = hours * 3600 + minutes * 60 + seconds;
    (minutes < 60 && seconds < 60 && total <= 18 * 3600).then_some(sign * total)
}

fn number(digits: &str) -> Option<i32> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

fn invalid(text: &str) -> Error {
    Error::new(
        &INVALID_TIMEZONE,
        format!(
            "The timezone: {text} is invalid. The timezone must be either a region-based zone ID or a zone offset. \
             Region IDs must have the form 'area/city', such as 'America/Los_Angeles'. Zone offsets must be in the \
             format '(+|-)HH', '(+|-)HH:mm’ or '(+|-)HH:mm:ss', e.g '-08' , '+01:00' or '-13:33:33', and must be in \
             the range from -18:00 to +18:00. 'Z' and 'UTC' are accepted as synonyms for '+00:00'"
        ),
    )
    .suggest(text, chrono_tz::TZ_VARIANTS.iter().map(|region| region.name()))
}

/// Names of all regions.
pub fn region_names() -> impl Iterator<Item = &'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|region| region.name())
}
