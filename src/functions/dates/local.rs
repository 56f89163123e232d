//! Arguments that are dates or timestamps, read as local times.

use datafusion::arrow::datatypes::{Date32Type, TimestampMicrosecondType};

use super::calendar::MICROS_PER_DAY;
use crate::error::Result;
use crate::functions::Arguments;
use crate::functions::rows::Values;
use crate::types::DataType;
use crate::types::time_zone::{Cursor, Zone};

/// A DATE, TIMESTAMP or TIMESTAMP_NTZ argument.
pub(super) enum Locals<'a> {
    Dates(Values<Date32Type>),
    Instants(Values<TimestampMicrosecondType>, Cursor<'a>),
    Plain(Values<TimestampMicrosecondType>),
}

impl<'a> Locals<'a> {
    pub(super) fn new(arguments: &Arguments<'_>, n: usize, zone: &'a Zone) -> Result<Self> {
        Ok(match arguments.parameters.arguments[n] {
            DataType::Date => Locals::Dates(arguments.values_of(n)?),
            DataType::Timestamp => Locals::Instants(arguments.values_of(n)?, zone.cursor()),
            _ => Locals::Plain(arguments.values_of(n)?),
        })
    }

    /// Microseconds of no zone since 1970-01-01.
    #[inline]
    pub(super) fn micros(&mut self, row: usize) -> Option<i64> {
        match self {
            Locals::Dates(days) => Some(i64::from(days.get(row)?).wrapping_mul(MICROS_PER_DAY)),
            Locals::Instants(values, cursor) => Some(cursor.utc_to_local(values.get(row)?)),
            Locals::Plain(values) => values.get(row),
        }
    }

    #[inline]
    pub(super) fn days(&mut self, row: usize) -> Option<i64> {
        match self {
            Locals::Dates(days) => Some(i64::from(days.get(row)?)),
            other => Some(other.micros(row)?.div_euclid(MICROS_PER_DAY)),
        }
    }
}

/// The session's zone.
pub(super) fn session_zone(arguments: &Arguments<'_>) -> Result<Zone> {
    Zone::parse(&arguments.parameters.time_zone)
}
