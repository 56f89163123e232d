//! Settings that change what literals, operators, casts and functions mean. It does not know what they are called.

use crate::config::Dialect;
use crate::types::pattern::TimeParser;
use crate::types::text::BinaryStyle;

/// All as Spark has them by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// `skep.dialect`: what names of functions, operators and casts mean.
    pub dialect: Dialect,
    /// `spark.sql.timestampType` is TIMESTAMP_NTZ: what makes a timestamp makes one without a zone.
    pub timestamp_ntz: bool,
    /// `spark.sql.legacy.interval.enabled`: interval literals, and differences of dates and of timestamps, are calendar
    /// intervals.
    pub calendar_intervals: bool,
    /// `spark.sql.decimalOperations.allowPrecisionLoss` is off: results of decimal arithmetic keep the digits of their
    /// fraction rather than make room for what stands before it.
    pub keep_decimal_digits: bool,
    /// `spark.sql.function.concatBinaryAsString`: binaries make a string when they are concatenated.
    pub concat_binary_as_string: bool,
    /// `spark.sql.function.eltOutputAsString`: `elt` of binaries is a string.
    pub elt_output_as_string: bool,
    /// `spark.sql.legacy.timeParserPolicy`
    pub time_parser: TimeParser,
    /// `spark.sql.binaryOutputStyle`, which `to_csv` and `to_xml` write in too.
    pub binary: BinaryStyle,
}
