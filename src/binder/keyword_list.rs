//! `sql_keywords()`: the words of the grammar, as rows.

use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch, StringViewArray};
use datafusion::datasource::MemTable;

use crate::error::Result;
use crate::sql::KEYWORDS;
use crate::sql::keywords::Reserved;
use crate::types::{DataType, StructField, arrow_schema};

use super::{Binder, TableRelation};

/// Other spellings of words, which Spark does not list.
const SYNONYMS: &[&str] = &["REGEXP", "RLIKE", "TEMP", "TEMPORARY"];

pub(super) fn keyword_list(binder: &Binder<'_>) -> Result<TableRelation> {
    let enforced = binder.environment.context.ansi && binder.environment.settings.reserved_keywords;
    let listed = || KEYWORDS.iter().filter(|(text, ..)| !SYNONYMS.contains(text));
    let words = StringViewArray::from_iter_values(listed().map(|(text, ..)| text));
    let is_reserved = |reserved: Reserved| matches!(reserved, Reserved::Ansi | Reserved::AnsiAndTableAlias);
    let reserved: Vec<bool> = listed().map(|(_, _, reserved)| enforced && is_reserved(*reserved)).collect();
    let field = |name: &str, data_type| StructField { nullable: false, ..StructField::new(name, data_type) };
    let columns = vec![field("keyword", DataType::String), field("reserved", DataType::Boolean)];
    let schema = arrow_schema(&columns);
    let batch =
        RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(words), Arc::new(BooleanArray::from(reserved))])?;
    let provider = Arc::new(MemTable::try_new(schema, vec![vec![batch]])?);
    Ok(TableRelation { name: vec!["sql_keywords".to_owned()], columns, provider, guard: None })
}
