//! ANALYZE TABLE: how large a table, its partitions and the values of its columns are, counted and kept.
//!
//! What is kept says how the table was when it was counted: a write takes it away. The planner uses the distinct counts;
//! rows and bytes of managed tables it knows anyway.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::ScalarValue;
use futures::TryStreamExt;

use crate::catalog::{
    AnalyzedColumn, Partition, PartitionChoice, Properties, Table, TableKind, TableStatistics, partitions_not_found,
};
use crate::error::{
    COLUMN_NOT_FOUND, EXPECT_PERMANENT_VIEW_NOT_TEMP, Error, INVALID_PARTITION_OPERATION, Result, UNSUPPORTED_FEATURE,
};
use crate::session::Found;
use crate::sql;
use crate::sql::ast::{Analyze, AnalyzeTarget, AnalyzedColumns, Identifier, PartitionSpecification};
use crate::storage;
use crate::types::{DataType, StructField, quote};

use super::partition_clause::{self, values};
use super::relation::{full_name, quoted, relation};
use super::running::Running;
use super::{Outcome, database};

/// Properties of a partition that hold its size.
pub(super) const PARTITION_BYTES: &str = "spark.sql.statistics.totalSize";
pub(super) const PARTITION_ROWS: &str = "spark.sql.statistics.numRows";

pub(super) async fn analyze(running: &Running<'_>, statement: &Analyze) -> Result<Outcome> {
    match &statement.target {
        AnalyzeTarget::Tables(database) => {
            let database = match database {
                Some(name) => database::existing(running, name).await?.name,
                None => running.context.current_database.to_string(),
            };
            let catalog = running.catalog().await?;
            for summary in catalog.tables(&database).await? {
                let Some(table) = catalog.table(&database, &summary.name).await? else { continue };
                if table.kind != TableKind::View {
                    whole_table(running, &table, statement).await?;
                }
            }
        }
        AnalyzeTarget::Table { name, partition } => {
            let table = match relation(running, name).await? {
                Found::Table(table) => table,
                Found::View(_) => {
                    let message = "The feature is not supported: The ANALYZE TABLE command does not support views";
                    return Err(Error::new(&UNSUPPORTED_FEATURE, message).subcondition("ANALYZE_VIEW").at(name.span));
                }
                Found::Temporary(_) => {
                    let message =
                        format!("'ANALYZE TABLE' expects a permanent view but {} is a temp view", quoted(name));
                    return Err(Error::new(&EXPECT_PERMANENT_VIEW_NOT_TEMP, message).at(name.span));
                }
            };
            match partition {
                Some(clause) => partitions(running, &table, clause, statement).await?,
                None => whole_table(running, &table, statement).await?,
            }
        }
    }
    Ok(Outcome::Done)
}

async fn whole_table(running: &Running<'_>, table: &Arc<Table>, statement: &Analyze) -> Result<()> {
    let catalog = running.catalog().await?;
    let bytes = storage::sizes::bytes(catalog, table, None).await?;
    let before = table.details.statistics.clone().unwrap_or_default();
    let mut statistics = TableStatistics { bytes, ..before };
    match &statement.columns {
        AnalyzedColumns::None if statement.no_scan => {
            if table.details.statistics.as_ref().is_none_or(|before| before.bytes != bytes) {
                statistics.rows = None;
            }
        }
        AnalyzedColumns::None => statistics.rows = Some(count(running, table, "").await?),
        AnalyzedColumns::All => {
            let columns: Vec<&StructField> = table.columns.iter().collect();
            count_columns(running, table, &columns, &mut statistics).await?;
        }
        AnalyzedColumns::Named(names) => {
            let columns = names.iter().map(|name| find(table, name)).collect::<Result<Vec<_>>>()?;
            count_columns(running, table, &columns, &mut statistics).await?;
        }
    }
    catalog.keep_statistics(table, &statistics).await
}

fn find<'t>(table: &'t Table, name: &Identifier) -> Result<&'t StructField> {
    table.columns.iter().find(|column| name.is(&column.name)).ok_or_else(|| {
        Error::new(
            &COLUMN_NOT_FOUND,
            format!(
                "The column {} cannot be found. Verify the spelling and correctness of the column name according to the \
                 SQL config \"spark.sql.caseSensitive\"",
                quote(&name.value)
            ),
        )
        .suggest(&name.value, table.columns.iter().map(|column| &column.name))
        .at(name.span)
    })
}

/// Rows and bytes of the partitions that the clause matches.
async fn partitions(
    running: &Running<'_>,
    table: &Arc<Table>,
    clause: &PartitionSpecification,
    statement: &Analyze,
) -> Result<()> {
    if statement.columns != AnalyzedColumns::None {
        return Err(Error::unsupported(
            "ANALYZE of the columns of single partitions",
            "leave out PARTITION: columns have statistics for the whole table",
        )
        .at(clause.span));
    }
    let given = values(running, table, clause)?;
    let columns = partition_clause::columns(table);
    let open = given.iter().position(Option::is_none).unwrap_or(given.len());
    if given[open..].iter().any(Option::is_some) {
        let expected = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>();
        return Err(Error::new(
            &INVALID_PARTITION_OPERATION,
            format!(
                "The list of partition columns with values in partition specification for table '{}' in database '{}' is \
                 not a prefix of the list of partition columns defined in the table schema. Expected a prefix of [{}]",
                table.name,
                table.database,
                expected.join(",")
            ),
        )
        .at(clause.span));
    }
    let catalog = running.catalog().await?;
    let found = catalog.partitions(table, PartitionChoice::Matching(&given)).await?;
    if found.is_empty() && open > 0 {
        let wanted: Vec<_> = given.into_iter().flatten().collect();
        return Err(partitions_not_found(table, [wanted.as_slice()]).at(clause.span));
    }
    for partition in found {
        let bytes = storage::sizes::bytes(catalog, table, Some(&partition)).await?;
        let rows = match statement.no_scan {
            true => None,
            false => Some(count(running, table, &condition(columns, &partition)).await?),
        };
        let kept = size_properties(&partition, bytes, rows);
        catalog.keep_partition_properties(&Partition { properties: kept, ..partition }).await?;
    }
    Ok(())
}

/// The partition, without the size that was counted if its files have changed since.
pub(super) async fn without_stale_size(
    running: &Running<'_>,
    table: &Table,
    partition: &Partition,
) -> Result<Partition> {
    let mut partition = partition.clone();
    let counted = partition.properties.iter().find(|(key, _)| key == PARTITION_BYTES).map(|(_, bytes)| bytes.clone());
    if let Some(counted) = counted {
        let bytes = storage::sizes::bytes(running.catalog().await?, table, Some(&partition)).await?;
        if counted != bytes.to_string() {
            partition.properties.retain(|(key, _)| key != PARTITION_BYTES && key != PARTITION_ROWS);
        }
    }
    Ok(partition)
}

fn size_properties(partition: &Partition, bytes: u64, rows: Option<u64>) -> Properties {
    let mut properties = partition.properties.clone();
    properties.retain(|(key, _)| key != PARTITION_BYTES && key != PARTITION_ROWS);
    properties.push((PARTITION_BYTES.to_owned(), bytes.to_string()));
    properties.extend(rows.map(|rows| (PARTITION_ROWS.to_owned(), rows.to_string())));
    properties
}

/// ` WHERE …` for the rows of one partition.
fn condition(columns: &[StructField], partition: &Partition) -> String {
    let terms = columns.iter().zip(&partition.values).map(|(column, value)| match value {
        Some(value) => {
            let value = value.replace('\\', "\\\\").replace('\'', "\\'");
            format!("{} = CAST('{value}' AS {})", quote(&column.name), column.data_type.sql())
        }
        None => format!("{} IS NULL", quote(&column.name)),
    });
    format!(" WHERE {}", terms.collect::<Vec<_>>().join(" AND "))
}

async fn count(running: &Running<'_>, table: &Table, condition: &str) -> Result<u64> {
    let row = one_row(running, &format!("SELECT count(*) FROM {}{condition}", full_name(table))).await?;
    number(&row, 0)
}

/// Counts the values of columns; columns that were counted before and are not named keep what they have.
async fn count_columns(
    running: &Running<'_>,
    table: &Table,
    columns: &[&StructField],
    statistics: &mut TableStatistics,
) -> Result<()> {
    let mut items = vec!["count(*)".to_owned()];
    for column in columns {
        let name = quote(&column.name);
        let measure = Measure::of(table, column)?;
        items.push(format!("count({name})"));
        // A hash stands for values that cannot be counted themselves.
        let counted = match column.data_type {
            DataType::Float | DataType::Double | DataType::Decimal { .. } | DataType::Boolean | DataType::Binary => {
                format!("if({name} IS NULL, NULL, xxhash64({name}))")
            }
            _ => name.clone(),
        };
        items.push(format!("approx_count_distinct({counted})"));
        match measure {
            Measure::Ordered(_) => {
                items.extend(["min", "max"].map(|f| text_of(&format!("{f}({name})"), &column.data_type)));
            }
            Measure::Texts(_) => {
                items.extend([format!("ceil(avg(length({name})))"), format!("max(length({name}))")]);
            }
        }
    }
    let row = one_row(running, &format!("SELECT {} FROM {}", items.join(", "), full_name(table))).await?;
    let rows = number(&row, 0)?;
    statistics.rows = Some(rows);
    for (n, column) in columns.iter().enumerate() {
        let first = 1 + 4 * n;
        let values = number(&row, first)?;
        let mut analyzed = AnalyzedColumn {
            column: column.name.clone(),
            min: None,
            max: None,
            nulls: rows - values,
            distinct: number(&row, first + 1)?.min(values),
            average_length: 0,
            max_length: 0,
        };
        match Measure::of(table, column)? {
            Measure::Ordered(size) => {
                (analyzed.average_length, analyzed.max_length) = (size, size);
                analyzed.min = shown(&row, first + 2)?;
                analyzed.max = shown(&row, first + 3)?;
            }
            Measure::Texts(size) if values == 0 => (analyzed.average_length, analyzed.max_length) = (size, size),
            Measure::Texts(_) => {
                analyzed.average_length = number(&row, first + 2)?;
                analyzed.max_length = number(&row, first + 3)?;
            }
        }
        statistics.columns.retain(|other| other.column != analyzed.column);
        statistics.columns.push(analyzed);
    }
    Ok(())
}

/// What is counted of a column beside NULLs and distinct values.
enum Measure {
    /// Smallest and largest value; all are of one size.
    Ordered(u64),
    /// Lengths, and the length that is shown when there are no values.
    Texts(u64),
}

impl Measure {
    fn of(table: &Table, column: &StructField) -> Result<Self> {
        Ok(match &column.data_type {
            DataType::Boolean | DataType::Byte => Self::Ordered(1),
            DataType::Short => Self::Ordered(2),
            DataType::Int | DataType::Float | DataType::Date => Self::Ordered(4),
            DataType::Long | DataType::Double | DataType::Timestamp | DataType::TimestampNtz => Self::Ordered(8),
            DataType::Decimal { precision, .. } => Self::Ordered(if *precision <= 18 { 8 } else { 16 }),
            DataType::Binary => Self::Texts(100),
            data_type if data_type.is_string() => Self::Texts(20),
            other => {
                return Err(Error::new(
                    &UNSUPPORTED_FEATURE,
                    format!(
                        "The feature is not supported: The ANALYZE TABLE FOR COLUMNS command does not support the type \
                         \"{}\" of the column {} in the table {}",
                        other.sql(),
                        quote(&column.name),
                        full_name(table)
                    ),
                )
                .subcondition("ANALYZE_UNSUPPORTED_COLUMN_TYPE"));
            }
        })
    }
}

async fn one_row(running: &Running<'_>, query: &str) -> Result<RecordBatch> {
    let query = sql::parse_query(query, &sql::ParseOptions::default())?;
    let bound = running.bind(&query).await.map_err(Error::without_position)?;
    let Outcome::Rows(rows) = running.rows(bound).await? else {
        return Err(Error::internal("a query gave no rows"));
    };
    let batches: Vec<RecordBatch> = rows.stream.try_collect().await?;
    batches.into_iter().find(|batch| batch.num_rows() > 0).ok_or_else(|| Error::internal("an aggregate gave no row"))
}

fn number(row: &RecordBatch, column: usize) -> Result<u64> {
    let value = ScalarValue::try_from_array(row.column(column), 0)?;
    let value = value.cast_to(&datafusion::arrow::datatypes::DataType::Int64)?;
    match value {
        ScalarValue::Int64(Some(number)) => Ok(number.max(0) as u64),
        _ => Ok(0),
    }
}

/// A smallest or largest value, which the query has made a text.
fn shown(row: &RecordBatch, column: usize) -> Result<Option<String>> {
    let value = ScalarValue::try_from_array(row.column(column), 0)?;
    Ok(value.try_as_str().flatten().map(str::to_owned))
}

/// The text of a value as DESCRIBE shows it.
fn text_of(value: &str, data_type: &DataType) -> String {
    match data_type {
        DataType::Timestamp => format!("date_format({value}, 'yyyy-MM-dd HH:mm:ss.SSSSSS Z')"),
        DataType::TimestampNtz => format!("date_format({value}, 'yyyy-MM-dd HH:mm:ss.SSSSSS')"),
        _ => format!("CAST({value} AS STRING)"),
    }
}
