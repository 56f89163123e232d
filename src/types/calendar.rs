//! The proleptic Gregorian calendar: days since 1970-01-01 and what they are called.

pub const MICROS_PER_SECOND: i64 = 1_000_000;
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Years and days from the first of March that the quick way counts from to 1970-01-01: whole cycles of 400 years.
const SHIFTED_YEARS: i64 = 400 * 25;
const DAYS_BEFORE_EPOCH: i64 = 719_468 + 146_097 * 25;
/// Four times as many still fit into 32 bits.
const MOST_SHIFTED_DAYS: u32 = 1 << 29;

/// A day by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
}

pub use crate::types::reading::days_from_civil;

impl Civil {
    /// See <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
    #[inline]
    pub fn of_days(days: i64) -> Civil {
        match u32::try_from(days + DAYS_BEFORE_EPOCH) {
            Ok(shifted) if shifted < MOST_SHIFTED_DAYS => Civil::of_shifted_days(shifted),
            _ => Civil::of_any_days(days),
        }
    }

    /// 32 bits and no division, which all days that a clock shows allow. See Neri and Schneider, "Euclidean affine functions
    /// and their application to calendar algorithms" (2022), figure 12.
    #[inline]
    fn of_shifted_days(days: u32) -> Civil {
        let quarters = 4 * days + 3;
        let (century, quarters_of_century) = (quarters / 146_097, (quarters % 146_097) | 3);
        let product = 2_939_745 * u64::from(quarters_of_century);
        let year_of_century = (product >> 32) as u32;
        let day_of_year = (product as u32) / 2_939_745 / 4;
        let shifted = 2141 * day_of_year + 197_913;
        let (month, day) = (shifted >> 16, (shifted & 0xffff) / 2141);
        let in_next_year = day_of_year >= 306;
        Civil {
            year: i64::from(100 * century + year_of_century) + i64::from(in_next_year) - SHIFTED_YEARS,
            month: if in_next_year { month - 12 } else { month },
            day: day + 1,
        }
    }

    fn of_any_days(days: i64) -> Civil {
        // Days since 0000-03-01, so that leap days stand at the end of a year.
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
        let month = (if shifted < 10 { shifted + 3 } else { shifted - 9 }) as u32;
        Civil { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
    }

    /// Days since 1970-01-01.
    pub fn to_days(self) -> i64 {
        days_from_civil(self.year, self.month.into(), self.day.into()).unwrap_or(0)
    }

    pub fn quarter(self) -> u32 {
        (self.month - 1) / 3 + 1
    }

    pub fn day_of_year(self) -> i64 {
        self.to_days() - Civil { month: 1, day: 1, ..self }.to_days() + 1
    }

    /// How many days the month has.
    pub fn length_of_month(self) -> u32 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap(self.year) => 29,
            2 => 28,
            _ => 31,
        }
    }

    /// So many months later; a day that the month does not have becomes its last.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Civil {
        let total = self.year * 12 + i64::from(self.month) - 1 + months;
        let moved = Civil { year: total.div_euclid(12), month: total.rem_euclid(12) as u32 + 1, day: 1 };
        Civil { day: self.day.min(moved.length_of_month()), ..moved }
    }
}

pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Monday is 1, Sunday 7.
pub fn iso_day_of_week(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

/// The year that the ISO week of a day belongs to, and the week's number.
pub fn iso_week(days: i64) -> (i64, i64) {
    // A week belongs to the year of its Thursday.
    let thursday = days + 4 - iso_day_of_week(days);
    let year = Civil::of_days(thursday).year;
    let first = Civil { year, month: 1, day: 1 }.to_days();
    (year, (thursday - first) / 7 + 1)
}

pub fn add_months(days: i64, months: i64) -> i64 {
    Civil::of_days(days).plus_months(months).to_days()
}

pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Monday.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
