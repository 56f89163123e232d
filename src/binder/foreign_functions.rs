//! Functions that Spark has and Skep has not, as data: refused by name, with what to do instead.

use crate::error::{Error, Span};

static FUNCTIONS: &[(&[&str], &str)] = &[
    (
        &["java_method", "reflect", "try_reflect"],
        "no JVM runs here: use a built-in function, or make one with CREATE FUNCTION … RETURN …",
    ),
    (&["from_avro", "to_avro", "schema_of_avro"], "use from_json and to_json, or convert the records to Parquet"),
    (&["from_protobuf", "to_protobuf"], "use from_json and to_json, or convert the records to Parquet"),
    (
        &["input_file_name", "input_file_block_start", "input_file_block_length"],
        "select a partition column, or read one file with parquet.`path`",
    ),
    (&["spark_partition_id"], "monotonically_increasing_id() and uuid() tell rows apart"),
];

/// The refusal of a function of Spark's; `None` if Spark has none of that name either.
pub(super) fn refused(name: &str, span: Span) -> Option<Error> {
    let known = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    let (_, instead) = FUNCTIONS.iter().find(|(names, _)| known(names))?;
    Some(Error::unsupported(format!("The function `{}`", name.to_lowercase()), *instead).at(span))
}
