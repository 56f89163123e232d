//! Patterns of `to_char`, `to_date` and `to_timestamp` for dates and times.

use crate::error::{CANNOT_PARSE_TIMESTAMP, Error, Result};
use crate::types::calendar::{Civil, MICROS_PER_DAY, MONTHS, WEEKDAYS, days_from_civil, iso_day_of_week, iso_week};

const ROMAN: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

/// The words of patterns; a word stands before its beginnings. Letters may be of either case.
const WORDS: &[&str] = &[
    "A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D", "FF1", "FF2", "FF3", "FF4", "FF5",
    "FF6", "FX", "HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON",
    "MS", "OF", "P.M.", "PM", "Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US", "WW", "W", "Y,YYY", "YYYY",
    "YYY", "YY", "Y", "FM", "TM", "SP", "TH",
];

/// A moment as it is shown.
pub(super) struct Shown<'a> {
    year: i64,
    month: u32,
    day: i64,
    /// Days since 1970; `None` of an interval.
    days: Option<i64>,
    micros: i64,
    offset: i32,
    zone: &'a str,
}

impl<'a> Shown<'a> {
    pub(super) fn of_local(local: i64, offset: i32, zone: &'a str) -> Self {
        let days = local.div_euclid(MICROS_PER_DAY);
        let civil = Civil::of_days(days);
        Shown {
            year: civil.year,
            month: civil.month,
            day: civil.day.into(),
            days: Some(days),
            micros: local.rem_euclid(MICROS_PER_DAY),
            offset,
            zone,
        }
    }

    pub(super) fn of_interval(months: i32, days: i32, micros: i64) -> Self {
        Shown {
            year: i64::from(months / 12),
            month: (months % 12).unsigned_abs(),
            day: days.into(),
            days: None,
            micros,
            offset: 0,
            zone: "",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'p> {
    Word { word: &'static str, typed: &'p str, fill: bool, ordinal: Option<&'p str> },
    Text(&'p str),
}

/// The pieces of a pattern, in order.
fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    let mut fill = true;
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let inside = &rest[1..];
            let end = inside.find('"').unwrap_or(inside.len());
            pieces.push(Piece::Text(&inside[..end]));
            rest = inside.get(end + 1..).unwrap_or("");
            continue;
        }
        let word = WORDS.iter().find(|word| {
            word.len() > 1 && rest.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word))
                || word.len() == 1
                    && first.is_ascii_alphabetic()
                    && first.to_ascii_uppercase() == char::from(word.as_bytes()[0])
        });
        match word {
            Some(&"FM") => {
                fill = false;
                rest = &rest[2..];
            }
            Some(&("FX" | "TM" | "SP")) => rest = &rest[2..],
            Some(&"TH") => {
                pieces.push(Piece::Text(&rest[..2]));
                rest = &rest[2..];
            }
            Some(&word) => {
                let typed = &rest[..word.len()];
                rest = &rest[word.len()..];
                let ordinal = rest.get(..2).filter(|text| text.eq_ignore_ascii_case("TH"));
                rest = if ordinal.is_some() { &rest[2..] } else { rest };
                pieces.push(Piece::Word { word, typed, fill, ordinal });
                fill = true;
            }
            None => {
                pieces.push(Piece::Text(&rest[..first.len_utf8()]));
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    pieces
}

/// A name in the case that the pattern's word has, padded to the longest.
fn write_name(out: &mut String, name: &str, typed: &str, width: usize) {
    let second_is_upper =
        typed.chars().filter(char::is_ascii_alphabetic).nth(1).is_some_and(|c| c.is_ascii_uppercase());
    let cased = match (typed.starts_with(|c: char| c.is_ascii_uppercase()), second_is_upper) {
        (true, true) => name.to_uppercase(),
        (true, false) => name.to_owned(),
        (false, _) => name.to_lowercase(),
    };
    out.push_str(&format!("{cased:<width$}"));
}

fn ordinal_suffix(number: i64) -> &'static str {
    match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

/// Writes the moment in the pattern's form.
pub(super) fn write(out: &mut String, pattern: &str, shown: &Shown<'_>) {
    for piece in pieces(pattern) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Word { word, typed, fill, ordinal } => {
                let number = write_word(out, word, typed, fill, shown);
                if let (Some(ordinal), Some(number)) = (ordinal, number) {
                    let suffix = ordinal_suffix(number.abs());
                    let upper = ordinal.starts_with('T');
                    out.push_str(&if upper { suffix.to_uppercase() } else { suffix.to_owned() });
                }
            }
        }
    }
}

/// Gives the number it wrote, if it was one.
fn write_word(out: &mut String, word: &str, typed: &str, fill: bool, shown: &Shown<'_>) -> Option<i64> {
    let seconds = shown.micros / 1_000_000;
    let micros = shown.micros % 1_000_000;
    let hour = seconds / 3600;
    let half_day = |hour: i64| if hour % 12 == 0 { 12 } else { hour % 12 };
    let days = shown.days.unwrap_or(0);
    let civil = Civil::of_days(days);
    let day_of_year = if shown.days.is_some() { civil.day_of_year() } else { 0 };
    let years = if shown.days.is_some() && shown.year <= 0 { 1 - shown.year } else { shown.year };
    let mut number = |value: i64, width: usize| {
        if fill {
            let sign = if value < 0 { "-" } else { "" };
            out.push_str(&format!("{sign}{:0width$}", value.abs()));
        } else {
            out.push_str(&value.to_string());
        }
        Some(value)
    };
    let month_name = MONTHS.get((shown.month as usize).wrapping_sub(1)).copied().unwrap_or("");
    let weekday = WEEKDAYS[usize::try_from(iso_day_of_week(days) - 1).unwrap_or(0)];
    match word {
        "HH24" => return number(hour, 2),
        "HH12" | "HH" => return number(half_day(hour), 2),
        "MI" => return number(seconds / 60 % 60, 2),
        "SS" => return number(seconds % 60, 2),
        "MS" | "FF3" => return number(micros / 1_000, 3),
        "US" | "FF6" => return number(micros, 6),
        "FF1" => return number(micros / 100_000, 1),
        "FF2" => return number(micros / 10_000, 2),
        "FF4" => return number(micros / 100, 4),
        "FF5" => return number(micros / 10, 5),
        "SSSS" | "SSSSS" => return number(seconds, 0),
        "YYYY" => return number(years, 4),
        "YYY" => return number(years.rem_euclid(1_000), 3),
        "YY" => return number(years.rem_euclid(100), 2),
        "Y" => return number(years.rem_euclid(10), 1),
        "IYYY" => return number(iso_week(days).0, 4),
        "IYY" => return number(iso_week(days).0.rem_euclid(1_000), 3),
        "IY" => return number(iso_week(days).0.rem_euclid(100), 2),
        "I" => return number(iso_week(days).0.rem_euclid(10), 1),
        "Y,YYY" => {
            out.push_str(&format!("{},{:03}", years / 1_000, years % 1_000));
            return Some(years);
        }
        "MM" => return number(shown.month.into(), 2),
        "DD" => return number(shown.day, 2),
        "DDD" => return number(day_of_year, 3),
        "IDDD" => {
            let monday = days - iso_day_of_week(days) + 1;
            let first = monday - (iso_week(days).1 - 1) * 7;
            return number(days - first + 1, 3);
        }
        "D" => return number(iso_day_of_week(days) % 7 + 1, 1),
        "ID" => return number(iso_day_of_week(days), 1),
        "W" => return number((shown.day - 1) / 7 + 1, 1),
        "WW" => return number((day_of_year - 1) / 7 + 1, 2),
        "IW" => return number(iso_week(days).1, 2),
        "CC" => {
            let century = if shown.year > 0 { (shown.year - 1) / 100 + 1 } else { shown.year / 100 - 1 };
            return number(century, 2);
        }
        "J" => return number(days + 2_440_588, 0),
        "Q" => return number(i64::from((shown.month.max(1) - 1) / 3 + 1), 1),
        "MONTH" => write_name(out, month_name, typed, if fill { 9 } else { 0 }),
        "MON" => write_name(out, month_name.get(..3).unwrap_or(""), typed, 0),
        "DAY" => write_name(out, weekday, typed, if fill { 9 } else { 0 }),
        "DY" => write_name(out, &weekday[..3], typed, 0),
        "RM" => {
            let roman = ROMAN.get((shown.month as usize).wrapping_sub(1)).copied().unwrap_or("");
            let roman = if typed.starts_with('R') { roman.to_owned() } else { roman.to_lowercase() };
            out.push_str(&format!("{roman:<width$}", width = if fill { 4 } else { 0 }));
        }
        "AM" | "PM" | "A.M." | "P.M." => {
            let text = match (hour % 24 >= 12, word.contains('.')) {
                (false, false) => "AM",
                (false, true) => "A.M.",
                (true, false) => "PM",
                (true, true) => "P.M.",
            };
            out.push_str(&if typed.starts_with(['a', 'p']) { text.to_lowercase() } else { text.to_owned() });
        }
        "AD" | "BC" | "A.D." | "B.C." => {
            let text = match (shown.year <= 0, word.contains('.')) {
                (false, false) => "AD",
                (false, true) => "A.D.",
                (true, false) => "BC",
                (true, true) => "B.C.",
            };
            out.push_str(&if typed.starts_with(['a', 'b']) { text.to_lowercase() } else { text.to_owned() });
        }
        "TZ" => {
            let zone = if shown.zone.contains('/') { offset_text(shown.offset) } else { shown.zone.to_owned() };
            out.push_str(&if typed.starts_with('t') { zone.to_lowercase() } else { zone });
        }
        "TZH" => out.push_str(&format!("{}{:02}", if shown.offset < 0 { '-' } else { '+' }, shown.offset.abs() / 3600)),
        "TZM" => out.push_str(&format!("{:02}", shown.offset.abs() / 60 % 60)),
        "OF" => out.push_str(&offset_text(shown.offset)),
        other => out.push_str(other),
    }
    None
}

fn offset_text(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 3600, offset.abs() / 60 % 60);
    if minutes == 0 { format!("{sign}{hours:02}") } else { format!("{sign}{hours:02}:{minutes:02}") }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Read {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    iso: (Option<i64>, Option<i64>, Option<i64>),
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    afternoon: Option<bool>,
    before_christ: bool,
    seconds_of_day: Option<i64>,
    julian: Option<i64>,
    offset: Option<i32>,
}

fn invalid(text: &str, pattern: &str) -> Error {
    Error::new(&CANNOT_PARSE_TIMESTAMP, format!("invalid value \"{text}\" for \"{pattern}\""))
}

/// The local time in microseconds that a text says, and its offset in seconds if it says one.
pub(super) fn read(text: &str, pattern: &str) -> Result<(i64, Option<i32>)> {
    let mut read = Read::default();
    let mut rest = text.trim_start();
    let pieces = pieces(pattern);
    for (n, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(separator) => {
                let is_letter = separator.starts_with(char::is_alphanumeric);
                if is_letter {
                    rest = rest.get(separator.len()..).unwrap_or("");
                } else {
                    // Any separator stands for any other, and for none.
                    let trimmed = rest.trim_start();
                    rest = match trimmed.chars().next() {
                        Some(c) if !(c.is_alphanumeric() || matches!(c, '+' | '-') && next_is_zone(&pieces[n..])) => {
                            trimmed[c.len_utf8()..].trim_start()
                        }
                        _ => trimmed,
                    };
                }
            }
            Piece::Word { word, ordinal, .. } => {
                rest = rest.trim_start();
                if rest.is_empty() {
                    break;
                }
                let adjoins = matches!(pieces.get(n + 1), Some(Piece::Word { word, .. }) if word.starts_with(|c: char| c.is_ascii_alphabetic()));
                rest = read_word(rest, word, adjoins, &mut read).ok_or_else(|| invalid(rest, word))?;
                if ordinal.is_some() {
                    rest = rest.get(2..).unwrap_or("");
                }
            }
        }
    }
    let days = days_of(&read).ok_or_else(|| {
        Error::new(&CANNOT_PARSE_TIMESTAMP, format!("date/time field value out of range: \"{text}\""))
    })?;
    let hour = match read.afternoon {
        Some(afternoon) => read.hour % 12 + if afternoon { 12 } else { 0 },
        None => read.hour,
    };
    if hour > 24 || read.minute > 59 || read.second > 60 {
        return Err(Error::new(&CANNOT_PARSE_TIMESTAMP, format!("date/time field value out of range: \"{text}\"")));
    }
    let seconds = read.seconds_of_day.unwrap_or(hour * 3600 + read.minute * 60 + read.second);
    Ok((days * MICROS_PER_DAY + seconds * 1_000_000 + read.micros, read.offset))
}

fn next_is_zone(pieces: &[Piece<'_>]) -> bool {
    matches!(pieces.get(1), Some(Piece::Word { word: "TZH" | "OF" | "TZ", .. }))
}

fn days_of(read: &Read) -> Option<i64> {
    if let Some(julian) = read.julian {
        return Some(julian - 2_440_588);
    }
    if let (Some(year), week, day) = read.iso {
        let fourth = days_from_civil(year, 1, 4)?;
        let monday = fourth - iso_day_of_week(fourth) + 1;
        return Some(monday + (week.unwrap_or(1) - 1) * 7 + day.unwrap_or(1) - 1);
    }
    let year = match read.year {
        Some(year) if read.before_christ => 1 - year,
        Some(year) => year,
        // Without a year it is 1 BC.
        None => 0,
    };
    if let Some(day) = read.day_of_year {
        return days_from_civil(year, 1, 1).map(|first| first + day - 1);
    }
    days_from_civil(year, read.month.unwrap_or(1), read.day.unwrap_or(1))
}

/// Reads one word of a pattern, and gives what stands behind it.
fn read_word<'t>(text: &'t str, word: &str, adjoins: bool, read: &mut Read) -> Option<&'t str> {
    let width = match word {
        "YYYY" | "IYYY" if !adjoins => usize::MAX,
        "YYYY" | "IYYY" | "FF4" => 4,
        "YYY" | "IYY" | "DDD" | "MS" | "FF3" | "IDDD" => 3,
        "Y" | "I" | "D" | "ID" | "W" | "Q" | "FF1" => 1,
        "US" | "FF6" => 6,
        "FF5" | "SSSS" | "SSSSS" => 5,
        "J" => 7,
        _ => 2,
    };
    let number = |text: &'t str| -> Option<(i64, &'t str, usize)> {
        let sign = usize::from(text.starts_with(['-', '+']));
        let digits = text[sign..].bytes().take(width).take_while(u8::is_ascii_digit).count();
        let value = text[..sign + digits].parse().ok()?;
        Some((value, &text[sign + digits..], digits))
    };
    let name = |names: &[&str], short: bool| -> Option<(i64, &'t str)> {
        let place = names.iter().position(|name| {
            let name = if short { &name[..3] } else { name };
            text.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name))
        })?;
        let length = if short { 3 } else { names[place].len() };
        Some((place as i64 + 1, &text[length..]))
    };
    let marker = |yes: &[&str], no: &[&str]| -> Option<(bool, &'t str)> {
        let begins = |word: &&&str| text.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
        if let Some(word) = yes.iter().find(begins) {
            return Some((true, &text[word.len()..]));
        }
        no.iter().find(begins).map(|word| (false, &text[word.len()..]))
    };
    let fraction = |digits: usize| 10_i64.pow(6_u32.saturating_sub(u32::try_from(digits).unwrap_or(6)));
    match word {
        "MONTH" | "MON" => {
            let (month, rest) = if word == "MONTH" {
                name(&MONTHS, false).or_else(|| name(&MONTHS, true))
            } else {
                name(&MONTHS, true)
            }?;
            read.month = Some(month);
            return Some(rest);
        }
        "DAY" | "DY" => return name(&WEEKDAYS, word == "DY").map(|(_, rest)| rest),
        "RM" => {
            let upper = text.to_ascii_uppercase();
            let place = (0..12).rev().find(|n| upper.starts_with(ROMAN[*n]))?;
            read.month = Some(place as i64 + 1);
            return Some(&text[ROMAN[place].len()..]);
        }
        "AM" | "PM" | "A.M." | "P.M." => {
            let (afternoon, rest) = marker(&["p.m.", "pm"], &["a.m.", "am"])?;
            read.afternoon = Some(afternoon);
            return Some(rest);
        }
        "AD" | "BC" | "A.D." | "B.C." => {
            let (before, rest) = marker(&["b.c.", "bc"], &["a.d.", "ad"])?;
            read.before_christ = before;
            return Some(rest);
        }
        "TZH" | "OF" => {
            let (hours, mut rest, _) = number(text)?;
            let sign = if text.starts_with('-') { -1 } else { 1 };
            let mut offset = i32::try_from(hours).ok()? * 3600;
            if word == "OF"
                && let Some(minutes) = rest.strip_prefix(':')
            {
                let (minutes, behind, _) = number(minutes)?;
                offset += sign * i32::try_from(minutes).ok()? * 60;
                rest = behind;
            }
            read.offset = Some(offset);
            return Some(rest);
        }
        "Y,YYY" => {
            let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b',').count();
            read.year = text[..length].replace(',', "").parse().ok();
            return read.year.map(|_| &text[length..]);
        }
        _ => {}
    }
    let (value, rest, digits) = number(text)?;
    match word {
        "YYYY" => read.year = Some(value),
        "YYY" | "YY" | "Y" => {
            // The year nearest to 2020.
            read.year = Some(match value {
                0..70 => value + 2000,
                70..100 => value + 1900,
                100..520 => value + 2000,
                520..1000 => value + 1000,
                value => value,
            });
        }
        "IYYY" => read.iso.0 = Some(value),
        "IW" => read.iso.1 = Some(value),
        "ID" => read.iso.2 = Some(value),
        "MM" => read.month = Some(value),
        "DD" => read.day = Some(value),
        "DDD" => read.day_of_year = Some(value),
        "HH24" | "HH12" | "HH" => read.hour = value,
        "MI" => read.minute = value,
        "SS" => read.second = value,
        "MS" | "US" | "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => read.micros = value * fraction(digits),
        "SSSS" | "SSSSS" => read.seconds_of_day = Some(value),
        "TZM" => {
            let sign = if read.offset.is_some_and(|offset| offset < 0) { -1 } else { 1 };
            read.offset = read.offset.map(|offset| offset + sign * i32::try_from(value).unwrap_or(0) * 60);
        }
        "J" => read.julian = Some(value),
        _ => {}
    }
    Some(rest)
}
