//! What `+ - * /` of dates, timestamps and intervals mean: the operator becomes a function of its own, whose arguments
//! are cast as those of any function. Times of the day are `clocks`; what computes it all is `datetimes` and `intervals`.

use super::super::cast::{CastMode, cast};
use super::super::kernel::Kernel;
use super::super::{Context, Typed};
use super::datetimes::{ADD_DAYS, ADD_DURATION, ADD_MONTHS, SUBTRACT_DATES, SUBTRACT_TIMESTAMPS};
use super::{Mismatch, Operator, kernel};
use crate::error::{DATATYPE_MISMATCH, Error, Result};
use crate::types::{DataType, DayTimeField};

const ANY_TIMESTAMP: &str = "(\"TIMESTAMP\" or \"TIMESTAMP WITHOUT TIME ZONE\")";
const DAYS: DataType = DataType::DayTimeInterval(DayTimeField::Day, DayTimeField::Day);

/// What a rule made of the operands; `None`: another rule has to decide.
pub(super) type Outcome = Option<std::result::Result<Typed, Mismatch>>;

/// One operator between two operands.
struct Rule<'a> {
    operator: Operator,
    mode: CastMode,
    context: &'a Context,
    nullable: bool,
}

pub(super) fn binary(
    operator: Operator,
    left: &Typed,
    right: &Typed,
    mode: CastMode,
    context: &Context,
) -> Result<Outcome> {
    let is_clock = |typed: &Typed| matches!(typed.data_type, DataType::Time(_));
    if is_clock(left) || is_clock(right) {
        return Ok(None);
    }
    let rule = Rule { operator, mode, context, nullable: left.nullable || right.nullable || mode == CastMode::Try };
    match operator {
        Operator::Add => rule.add(left, right),
        Operator::Subtract => rule.subtract(left, right),
        Operator::Multiply | Operator::Divide | Operator::IntegerDivide | Operator::Modulo => Ok(None),
    }
}

/// Both are intervals that are added as they are, or one is and the other is NULL.
fn intervals_only(left: &DataType, right: &DataType) -> bool {
    matches!(
        (left, right),
        (DataType::CalendarInterval, DataType::CalendarInterval)
            | (DataType::DayTimeInterval(..), DataType::DayTimeInterval(..) | DataType::Null)
            | (DataType::YearMonthInterval(..), DataType::YearMonthInterval(..) | DataType::Null)
            | (DataType::Null, DataType::DayTimeInterval(..) | DataType::YearMonthInterval(..))
    )
}

/// An interval that a timestamp moves by.
fn moves_timestamps(data_type: &DataType) -> bool {
    matches!(data_type, DataType::CalendarInterval | DataType::DayTimeInterval(..))
}

impl Rule<'_> {
    fn call(&self, function: &'static Kernel, arguments: Vec<Typed>, returns: DataType) -> Result<Outcome> {
        Ok(Some(Ok(kernel(function, self.operator, arguments, returns, self.nullable, self.mode, self.context))))
    }

    fn cast(&self, operand: &Typed, to: &DataType) -> Result<Typed> {
        cast(operand.clone(), to, CastMode::implicit(self.context), self.context)
    }

    fn add(&self, left: &Typed, right: &Typed) -> Result<Outcome> {
        match (&left.data_type, &right.data_type) {
            (a, b) if intervals_only(a, b) => Ok(None),
            (a, b) if a.is_datetime() && (b.is_interval() || *b == DataType::Null) => self.moved(left, right),
            (a, b) if b.is_datetime() && (a.is_interval() || *a == DataType::Null) => self.moved(right, left),
            (_, b) if moves_timestamps(b) => self.moved(left, right),
            (a, _) if moves_timestamps(a) => self.moved(right, left),
            (DataType::Date, _) => self.days_later(left, right, Side::Right),
            (_, DataType::Date) => self.days_later(right, left, Side::Left),
            _ => Ok(None),
        }
    }

    fn subtract(&self, left: &Typed, right: &Typed) -> Result<Outcome> {
        let strings_are_times = self.context.ansi;
        match (&left.data_type, &right.data_type) {
            (a, b) if intervals_only(a, b) => Ok(None),
            (a, b) if (a.is_datetime() && b.is_interval()) || moves_timestamps(b) => self.moved(left, right),
            (a, b) if a.is_timestamp() || b.is_timestamp() => {
                for (side, data_type) in [(Side::Left, a), (Side::Right, b)] {
                    let fits = data_type.is_datetime()
                        || *data_type == DataType::Null
                        || (data_type.is_string() && strings_are_times);
                    if !fits {
                        return Ok(Some(Err(Mismatch::Input(side, ANY_TIMESTAMP))));
                    }
                }
                let without_zone = [a, b].contains(&&DataType::TimestampNtz);
                let common = if without_zone { DataType::TimestampNtz } else { DataType::Timestamp };
                let arguments = vec![self.cast(left, &common)?, self.cast(right, &common)?];
                let returns = match self.context.settings.calendar_intervals {
                    true => DataType::CalendarInterval,
                    false => DataType::INTERVAL_DAY_SECOND,
                };
                self.call(&SUBTRACT_TIMESTAMPS, arguments, returns)
            }
            (a, DataType::Date) if !(matches!(a, DataType::Date | DataType::Null) || a.is_string()) => {
                Ok(Some(Err(Mismatch::Input(Side::Left, "\"DATE\""))))
            }
            (DataType::Date, b) if b.is_string() && !strings_are_times => {
                Ok(Some(Err(Mismatch::Input(Side::Right, "\"DATE\""))))
            }
            (_, DataType::Date) | (DataType::Date, DataType::Null) => self.dates(left, right),
            (DataType::Date, b) if b.is_string() => self.dates(left, right),
            (DataType::Date, _) => self.days_later(left, right, Side::Right),
            _ => Ok(None),
        }
    }

    fn dates(&self, left: &Typed, right: &Typed) -> Result<Outcome> {
        let arguments = vec![self.cast(left, &DataType::Date)?, self.cast(right, &DataType::Date)?];
        let returns = if self.context.settings.calendar_intervals { DataType::CalendarInterval } else { DAYS };
        self.call(&SUBTRACT_DATES, arguments, returns)
    }

    /// `date + 7`; `side`: where the number stands.
    fn days_later(&self, date: &Typed, days: &Typed, side: Side) -> Result<Outcome> {
        match &days.data_type {
            DataType::Byte | DataType::Short | DataType::Int => {
                let arguments = vec![date.clone(), self.cast(days, &DataType::Int)?];
                self.call(&ADD_DAYS, arguments, DataType::Date)
            }
            _ => Ok(Some(Err(Mismatch::Input(side, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")")))),
        }
    }

    /// A date, a timestamp or a string of one, moved by an interval.
    fn moved(&self, at: &Typed, by: &Typed) -> Result<Outcome> {
        let returns = at.data_type.clone();
        match (&at.data_type, &by.data_type) {
            (DataType::Date, interval) if *interval == DAYS => {
                let days = self.cast(by, &DataType::Int)?;
                self.call(&ADD_DAYS, vec![at.clone(), days], DataType::Date)
            }
            (DataType::Date, DataType::DayTimeInterval(..)) => {
                let at = self.cast(at, &DataType::Timestamp)?;
                self.call(&ADD_DURATION, vec![at, by.clone()], DataType::Timestamp)
            }
            (from, DataType::YearMonthInterval(..)) if from.is_datetime() => {
                self.call(&ADD_MONTHS, vec![at.clone(), by.clone()], returns)
            }
            (from, DataType::Null) => {
                let returns = if *from == DataType::Date { DataType::Timestamp } else { returns };
                let arguments = vec![self.cast(at, &returns)?, self.cast(by, &DataType::INTERVAL_DAY_SECOND)?];
                self.call(&ADD_DURATION, arguments, returns)
            }
            (from, interval) if from.is_datetime() && moves_timestamps(interval) => {
                self.call(&ADD_DURATION, vec![at.clone(), by.clone()], returns)
            }
            (from, interval) if from.is_string() && moves_timestamps(interval) => {
                let moment = self.cast(at, &DataType::Timestamp)?;
                match self.call(&ADD_DURATION, vec![moment, by.clone()], DataType::Timestamp)? {
                    Some(Ok(moved)) => Ok(Some(Ok(self.cast(&moved, &DataType::String)?))),
                    other => Ok(other),
                }
            }
            (DataType::Null, _) => {
                let message = "Cannot resolve the sum due to data type mismatch: cannot cast \"TIMESTAMP\" to \"VOID\"";
                Err(Error::new(&DATATYPE_MISMATCH, message).subcondition("CAST_WITHOUT_SUGGESTION"))
            }
            _ => Ok(Some(Err(Mismatch::Input(Side::Left, ANY_TIMESTAMP)))),
        }
    }
}

/// Which operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

impl Side {
    /// The operand's, counted from 0.
    pub fn position(self) -> usize {
        match self {
            Side::Left => 0,
            Side::Right => 1,
        }
    }
}
