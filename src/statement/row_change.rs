//! DELETE, UPDATE, MERGE, REPLACE TABLE: refused for tables of files, as in Spark, with what to write instead.

use crate::error::Result;
use crate::sql::ast::{RowChange, RowOperation};

use super::Outcome;
use super::relation::{self, full_name, table_operation};
use super::running::Running;

pub(super) async fn row_change(running: &Running<'_>, statement: &RowChange) -> Result<Outcome> {
    let (operation, instead) = match statement.operation {
        RowOperation::Delete => ("DELETE", "keep the other rows: INSERT OVERWRITE t SELECT * FROM t WHERE NOT (…)"),
        RowOperation::Update => ("UPDATE TABLE", "INSERT OVERWRITE t SELECT …, CASE WHEN … END AS c, … FROM t"),
        RowOperation::Merge => ("MERGE INTO TABLE", "INSERT OVERWRITE t SELECT … FROM t FULL JOIN s ON …"),
        RowOperation::ReplaceTable => ("REPLACE TABLE", "use CREATE OR REPLACE TABLE"),
        RowOperation::ReplaceTableAsSelect => ("REPLACE TABLE AS SELECT", "use CREATE OR REPLACE TABLE … AS"),
    };
    let table = relation::table(running, &statement.table, operation).await?;
    Err(table_operation(&full_name(&table), operation).hint(instead).at(statement.span))
}
