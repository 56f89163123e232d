//! The calendar that was Julian until 4 October 1582 and is Gregorian from the next day, 15 October, on; weeks begin on
//! Sunday, and the first of a year or month is the one with its first day.

use crate::types::calendar::{Civil, days_from_civil, is_leap, iso_day_of_week};

/// 1582-10-15 in days since 1970-01-01.
const FIRST_GREGORIAN_DAY: i64 = -141_427;

/// One day, with all that the calendar says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    /// 0 is 1 BC.
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub day_of_year: i64,
    /// Sunday is 1.
    pub weekday: i64,
    pub week_of_year: i64,
    pub week_of_month: i64,
    pub weekday_of_month: i64,
    /// The year that the week belongs to.
    pub week_year: i64,
}

/// The number of a day by its name, in days since 1970-01-01 as they passed; `None` if there is no such day.
pub(super) fn number(year: i64, month: i64, day: i64) -> Option<i64> {
    if (year, month) == (1582, 10) && (5..15).contains(&day) {
        return None;
    }
    match days_from_civil(year, month, day) {
        Some(days) if days >= FIRST_GREGORIAN_DAY => Some(days),
        _ => julian(year, month, day),
    }
}

fn julian(year: i64, month: i64, day: i64) -> Option<i64> {
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(year.rem_euclid(4) == 0),
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(shifted * 365 + shifted.div_euclid(4) + day_of_year - 719_470)
}

/// The day that the Gregorian calendar gives the same name, in its days since 1970-01-01.
pub(super) fn same_name(year: i64, month: i64, day: i64) -> Option<i64> {
    // A leap day that only the Julian calendar has is the first of March.
    days_from_civil(year, month, day).or_else(|| days_from_civil(year, 3, 1))
}

fn year_length(year: i64) -> i64 {
    match year {
        1582 => 355,
        year if year < 1582 => 365 + i64::from(year.rem_euclid(4) == 0),
        year => 365 + i64::from(is_leap(year)),
    }
}

/// Sunday is 1.
pub(super) fn weekday(number: i64) -> i64 {
    iso_day_of_week(number) % 7 + 1
}

impl Day {
    /// The day of this name.
    pub(super) fn named(year: i64, month: i64, day: i64) -> Option<Day> {
        let days = number(year, month, day)?;
        let day_of_year = days - number(year, 1, 1)? + 1;
        let weekday = weekday(days);
        let first_of_year = (weekday - day_of_year).rem_euclid(7);
        let first_of_month = (weekday - day).rem_euclid(7);
        let to_next_year = year_length(year) - day_of_year + 1;
        // The week goes on into the next year, and so belongs to it.
        let next = weekday - 1 + to_next_year <= 6;
        Some(Day {
            year,
            month,
            day,
            day_of_year,
            weekday,
            week_of_year: if next { 1 } else { (day_of_year - 1 + first_of_year) / 7 + 1 },
            week_of_month: (day - 1 + first_of_month) / 7 + 1,
            weekday_of_month: (day - 1) / 7 + 1,
            week_year: year + i64::from(next),
        })
    }

    /// The day to which the Gregorian calendar gives the name that this one has here.
    pub(super) fn of_gregorian(days: i64) -> Option<Day> {
        let civil = Civil::of_days(days);
        Day::named(civil.year, civil.month.into(), civil.day.into())
    }

    /// The day of this number.
    pub(super) fn numbered(days: i64) -> Option<Day> {
        if days >= FIRST_GREGORIAN_DAY {
            let civil = Civil::of_days(days);
            return Day::named(civil.year, civil.month.into(), civil.day.into());
        }
        // Days since 0000-03-01 of the Julian calendar.
        let days = days + 719_470;
        let (cycle, day_of_cycle) = (days.div_euclid(1461), days.rem_euclid(1461));
        let year_of_cycle = (day_of_cycle - day_of_cycle / 1460) / 365;
        let day_of_year = day_of_cycle - 365 * year_of_cycle;
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Day::named(cycle * 4 + year_of_cycle + i64::from(month <= 2), month, day)
    }
}
