//! Patterns as `java.text.SimpleDateFormat` takes them, in its strict mode: what Spark 2 used, and what
//! `spark.sql.legacy.timeParserPolicy=LEGACY` asks for. Its calendar is the Julian one before 15 October 1582; Spark keeps
//! the names of days when it goes to the Gregorian one, and so does this.

mod calendar;
mod read;
mod write;

/// A pattern, ready for use.
#[derive(Debug, Clone)]
pub struct LegacyPattern {
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Literal(String),
    Field(Field, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Era,
    Year,
    /// The year that the week belongs to.
    WeekYear,
    Month,
    WeekOfYear,
    WeekOfMonth,
    DayOfYear,
    Day,
    /// The how manieth Friday of its month, say.
    WeekdayOfMonth,
    Weekday,
    /// From Monday, which is 1.
    WeekdayNumber,
    HalfDay,
    /// 0 to 23.
    Hour,
    /// 1 to 24.
    ClockHour,
    /// 0 to 11.
    HourOfHalfDay,
    /// 1 to 12.
    ClockHourOfHalfDay,
    Minute,
    Second,
    Millisecond,
    ZoneName,
    /// `Z`: `+0800`
    RfcOffset,
    /// `X`: `+08`, `+0800`, `+08:00`, or `Z` for none.
    Offset,
}

impl LegacyPattern {
    /// `None`: it is no pattern.
    pub fn parse(text: &str) -> Option<LegacyPattern> {
        let mut items: Vec<Item> = Vec::new();
        let literal = |items: &mut Vec<Item>, c: char| match items.last_mut() {
            Some(Item::Literal(text)) => text.push(c),
            _ => items.push(Item::Literal(c.to_string())),
        };
        let mut characters = text.chars().peekable();
        let mut quoted = false;
        while let Some(c) = characters.next() {
            match c {
                '\'' if characters.next_if_eq(&'\'').is_some() => literal(&mut items, '\''),
                '\'' => quoted = !quoted,
                c if !quoted && c.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while characters.next_if_eq(&c).is_some() {
                        count += 1;
                    }
                    let field = field(c)?;
                    if field == Field::Offset && count > 3 {
                        return None;
                    }
                    items.push(Item::Field(field, count));
                }
                c => literal(&mut items, c),
            }
        }
        (!quoted).then_some(LegacyPattern { items })
    }
}

fn field(letter: char) -> Option<Field> {
    Some(match letter {
        'G' => Field::Era,
        'y' => Field::Year,
        'Y' => Field::WeekYear,
        'M' | 'L' => Field::Month,
        'w' => Field::WeekOfYear,
        'W' => Field::WeekOfMonth,
        'D' => Field::DayOfYear,
        'd' => Field::Day,
        'F' => Field::WeekdayOfMonth,
        'E' => Field::Weekday,
        'u' => Field::WeekdayNumber,
        'a' => Field::HalfDay,
        'H' => Field::Hour,
        'k' => Field::ClockHour,
        'K' => Field::HourOfHalfDay,
        'h' => Field::ClockHourOfHalfDay,
        'm' => Field::Minute,
        's' => Field::Second,
        'S' => Field::Millisecond,
        'z' => Field::ZoneName,
        'Z' => Field::RfcOffset,
        'X' => Field::Offset,
        _ => return None,
    })
}
