//! The texts of partition values.

use datafusion::common::ScalarValue;
use libtest_mimic::{Failed, Trial};
use skep::catalog::TableDetails;
use skep::storage::partition_path;
use skep::types::DataType;

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("units::partition_path::time_zones", time_zones)]
}

/// Tables that older versions made have their partition values in UTC.
fn time_zones() -> Result<(), Failed> {
    let old = TableDetails::default();
    let new = TableDetails { partition_time_zone: Some("America/New_York".to_owned()), ..TableDetails::default() };
    let noon = ScalarValue::TimestampMicrosecond(Some(1_719_835_200_000_000), Some("UTC".into()));
    for (table, text) in [(old, "2024-07-01 12:00:00"), (new, "2024-07-01 08:00:00")] {
        let zone = partition_path::time_zone(&table)?;
        let written = partition_path::text_of(&noon, &zone)?;
        assert_eq!(written.as_deref(), Some(text));
        let read = partition_path::parse(&written, &DataType::Timestamp, &zone)?;
        assert_eq!(read, noon);
    }
    Ok(())
}
