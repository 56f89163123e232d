//! `collations()`: every collation there is, as rows.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;

use crate::error::Result;
use crate::functions::{Body, Call, Family, Function, TableFunction};
use crate::types::{Collation, DataType};

pub(super) const FUNCTION: Function = Function {
    name: "collations",
    aliases: &[],
    family: Family::Table,
    body: Body::Table(collations),
    usage: "collations() - Get all of the Spark SQL string collations.",
    examples: &["SELECT * FROM collations() WHERE NAME = 'UTF8_BINARY'"],
};

/// Name of the column, what it tells of a collation.
type Column = (&'static str, fn(Collation) -> Option<String>);

const COLUMNS: [Column; 9] = [
    ("CATALOG", |_| Some("SYSTEM".to_owned())),
    ("SCHEMA", |_| Some("BUILTIN".to_owned())),
    ("NAME", |collation| Some(collation.to_string())),
    ("LANGUAGE", |collation| collation.language().map(str::to_owned)),
    ("COUNTRY", |collation| collation.country().map(str::to_owned)),
    ("ACCENT_SENSITIVITY", |collation| Some(sensitivity("ACCENT", collation.ignores_accents()))),
    ("CASE_SENSITIVITY", |collation| Some(sensitivity("CASE", collation.ignores_case()))),
    ("PAD_ATTRIBUTE", |collation| Some(if collation.trims() { "RTRIM" } else { "NO_PAD" }.to_owned())),
    ("ICU_VERSION", |collation| collation.version().map(str::to_owned)),
];

fn sensitivity(to: &str, ignores: bool) -> String {
    format!("{to}_{}SENSITIVE", if ignores { "IN" } else { "" })
}

fn collations(call: &Call<'_>) -> Result<TableFunction> {
    call.count(0..=0)?;
    let fields = COLUMNS.iter().map(|(name, _)| Field::new(*name, Arrow::Utf8View, true)).collect::<Vec<_>>();
    let schema = Arc::new(Schema::new(fields));
    let arrays = COLUMNS.iter().map(|(_, tell)| {
        let column: StringViewArray = Collation::all().map(tell).collect();
        Arc::new(column) as ArrayRef
    });
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays.collect())?;
    Ok(TableFunction {
        columns: COLUMNS.iter().map(|(name, _)| ((*name).to_owned(), DataType::String)).collect(),
        provider: Arc::new(MemTable::try_new(schema, vec![vec![batch]])?),
    })
}
