//! How a table's rows lie in its files: CLUSTERED BY … INTO n BUCKETS, CLUSTER BY. Also which columns take no NULL.
//!
//! Rows are sorted before they are written, by the number of their bucket and then by what SORTED BY says, so that those
//! of a bucket lie together and files can be skipped by their ranges. How many files there are is left to the writer.

use datafusion::logical_expr::{LogicalPlanBuilder, SortExpr};

use crate::binder::scope::ScopeColumn;
use crate::binder::{self, BoundQuery};
use crate::catalog::{Bucketing, NewTable, Table, TableDetails};
use crate::error::{COLUMN_NOT_DEFINED_IN_TABLE, Error, INVALID_BUCKET_COUNT, INVALID_SQL_SYNTAX, Result};
use crate::session::TableName;
use crate::sql;
use crate::sql::ast::{CreateTable, ObjectName, same_name};
use crate::types::{StructField, quote};

use super::relation::full_name;
use super::running::{NoNames, Running};

/// As in Spark (`spark.sql.sources.bucketing.maxBuckets`).
const MAX_BUCKETS: u32 = 100_000;

/// Puts what CREATE TABLE says of the layout into the definition, whose columns are known.
pub(super) fn declare(statement: &CreateTable, new: &mut NewTable) -> Result<()> {
    let name = TableName { database: new.database.clone(), name: new.name.clone() };
    if !statement.cluster_by.is_empty() {
        new.details.clustering = clustering(&statement.cluster_by, &new.columns, &name)?;
    }
    let Some(buckets) = &statement.clustered_by else { return Ok(()) };
    if buckets.buckets == 0 || buckets.buckets > MAX_BUCKETS {
        return Err(Error::new(
            &INVALID_BUCKET_COUNT,
            format!(
                "Number of buckets should be greater than 0 but less than or equal to bucketing.maxBuckets \
                 (`{MAX_BUCKETS}`). Got `{}`",
                buckets.buckets
            ),
        )
        .at(buckets.span));
    }
    let data_columns = new.columns.len() - new.partition_columns;
    let mut names: Vec<Vec<String>> = Vec::new();
    for (kind, columns) in [("bucket", &buckets.columns), ("sort", &buckets.sorted_by)] {
        let mut found = Vec::new();
        for column in columns {
            let place = place(kind, &column.value, &new.columns, &name).map_err(|error| error.at(column.span))?;
            if place >= data_columns {
                return Err(Error::new(
                    &INVALID_SQL_SYNTAX,
                    format!("Bucketing column '{}' should not be part of partition columns", column.value),
                )
                .at(column.span));
            }
            found.push(new.columns[place].name.clone());
        }
        names.push(found);
    }
    let sorted_by = names.pop().unwrap_or_default();
    let columns = names.pop().unwrap_or_default();
    new.details.bucketing = Some(Bucketing { columns, sorted_by, buckets: buckets.buckets });
    Ok(())
}

/// The columns of CLUSTER BY.
pub(super) fn clustering(names: &[ObjectName], columns: &[StructField], table: &TableName) -> Result<Vec<String>> {
    let mut clustering = Vec::new();
    for name in names {
        let [column] = name.parts.as_slice() else {
            return Err(
                Error::unsupported("CLUSTER BY a field of a struct", "add a column with its value").at(name.span)
            );
        };
        let place = place("clustering", &column.value, columns, table).map_err(|error| error.at(name.span))?;
        clustering.push(columns[place].name.clone());
    }
    Ok(clustering)
}

fn place(kind: &str, name: &str, columns: &[StructField], table: &TableName) -> Result<usize> {
    columns.iter().position(|column| same_name(&column.name, name)).ok_or_else(|| {
        let known: Vec<String> = columns.iter().map(|column| quote(&column.name)).collect();
        Error::new(
            &COLUMN_NOT_DEFINED_IN_TABLE,
            format!(
                "{kind} column {} is not defined in table {table}, defined table columns are: {}",
                quote(name),
                known.join(", ")
            ),
        )
        .suggest(name, columns.iter().map(|column| &column.name))
    })
}

/// The columns as values are put into them: those that take no NULL are not nullable.
pub(super) fn insert_columns(columns: &[StructField], details: &TableDetails) -> Vec<StructField> {
    let nullable = |column: &StructField| !details.not_null.iter().any(|name| same_name(name, &column.name));
    columns.iter().map(|column| StructField { nullable: nullable(column), ..column.clone() }).collect()
}

/// The rows in the order in which the table wants them in its files. The query has the table's columns.
pub(super) fn lay(
    running: &Running<'_>,
    columns: &[StructField],
    details: &TableDetails,
    rows: BoundQuery,
) -> Result<BoundQuery> {
    let mut keys: Vec<String> = Vec::new();
    if let Some(bucketing) = &details.bucketing {
        let hashed = bucketing.columns.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ");
        keys.push(format!("pmod(hash({hashed}), {})", bucketing.buckets));
        keys.extend(bucketing.sorted_by.iter().map(|name| quote(name)));
    }
    keys.extend(details.clustering.iter().map(|name| quote(name)));
    if keys.is_empty() {
        return Ok(rows);
    }
    let schema = rows.plan.schema();
    let in_sight = columns.iter().zip(&rows.columns).zip(schema.columns()).zip(schema.fields()).map(
        |(((declared, given), column), field)| ScopeColumn {
            qualifier: Vec::new(),
            name: declared.name.clone(),
            column,
            field: std::sync::Arc::clone(field),
            data_type: given.data_type.clone(),
            nullable: true,
            position: 0,
            hidden: false,
        },
    );
    let in_sight: Vec<ScopeColumn> = in_sight.collect();
    let mut order = Vec::new();
    for key in keys {
        let expression = sql::parse_expression(&key, &sql::ParseOptions::default())?;
        let environment = running.environment(&NoNames);
        let bound = binder::bind_standalone_expression(&expression, in_sight.clone(), &environment)
            .map_err(Error::without_position)?;
        order.push(SortExpr::new(bound.expr, true, true));
    }
    let plan = LogicalPlanBuilder::from(rows.plan).sort(order)?.build()?;
    Ok(BoundQuery { plan, columns: rows.columns })
}

/// A column has another name.
pub(super) fn rename(details: &mut TableDetails, old: &str, new: &str) {
    let bucketing = details
        .bucketing
        .iter_mut()
        .flat_map(|bucketing| bucketing.columns.iter_mut().chain(bucketing.sorted_by.iter_mut()));
    for name in bucketing
        .chain(&mut details.clustering)
        .chain(&mut details.not_null)
        .chain(details.constraints.iter_mut().flat_map(|key| &mut key.columns))
    {
        if same_name(name, old) {
            new.clone_into(name);
        }
    }
}

/// A column that the layout needs cannot be dropped.
pub(super) fn check_not_laid_by(table: &Table, column: &str) -> Result<()> {
    let bucketing =
        table.details.bucketing.iter().flat_map(|bucketing| bucketing.columns.iter().chain(&bucketing.sorted_by));
    if bucketing.chain(&table.details.clustering).any(|name| same_name(name, column)) {
        return Err(Error::unsupported(
            format!("dropping {}, by which the rows of {} are clustered", quote(column), full_name(table)),
            "make another table with CREATE TABLE … AS SELECT",
        ));
    }
    Ok(())
}
