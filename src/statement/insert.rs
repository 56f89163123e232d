//! INSERT INTO and INSERT OVERWRITE: which column of the query goes where, then one write.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;

use crate::binder::{self, BoundQuery, Environment, InsertTarget};
use crate::catalog::{PartitionChoice, PartitionValue, Table};
use crate::error::{
    Error, INCOMPATIBLE_DATA_FOR_TABLE, INSERT_COLUMN_ARITY_MISMATCH, INVALID_SQL_SYNTAX, Result,
    STATIC_PARTITION_COLUMN_IN_INSERT_COLUMN_LIST, UNRESOLVED_COLUMN,
};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast};
use crate::sql::Mentioned;
use crate::sql::ast::{Insert, same_name};
use crate::storage::write::{WriteMode, WriteRequest, write};
use crate::types::{StructField, quote};

use super::Outcome;
use super::authorize;
use super::column_changes::check_duplicates;
use super::relation::{self, full_name};
use super::running::{NoNames, Running};
use super::{defaults, layout, partition_clause};

/// Adds rows to a table, or puts them in the place of others.
pub(super) async fn insert(running: &Running<'_>, statement: &Insert) -> Result<Outcome> {
    run(running, statement).await?;
    Ok(Outcome::Done)
}

/// Inserts, and gives back the plan that has run, if there was something to do.
pub(super) async fn run(running: &Running<'_>, statement: &Insert) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(request) = prepare(running, statement).await? else { return Ok(None) };
    let plan = Arc::clone(&request.input);
    running.progress.start(&plan, Arc::clone(request.task.memory_pool()));
    let written = write(running.catalog().await?, request).await?;
    running.wrote(written.rows);
    Ok(Some(plan))
}

/// `FROM t INSERT … INSERT …`: all read what was there when the statement began; each table gets all of its rows or none.
pub(super) async fn insert_many(running: &Running<'_>, statements: &[Insert]) -> Result<Outcome> {
    let mut requests: Vec<WriteRequest> = Vec::new();
    for statement in statements {
        let Some(request) = prepare(running, statement).await? else { continue };
        let twice = requests.iter().find(|other| other.table.id == request.table.id);
        if twice.is_some_and(|other| other.mode != WriteMode::Append || request.mode != WriteMode::Append) {
            return Err(Error::unsupported(
                format!("overwriting {} and writing to it again in one statement", full_name(&request.table)),
                "write one INSERT OVERWRITE … SELECT … UNION ALL SELECT …",
            )
            .at(statement.table.span));
        }
        requests.push(request);
    }
    for request in requests {
        running.progress.start(&request.input, Arc::clone(request.task.memory_pool()));
        let written = write(running.catalog().await?, request).await?;
        running.wrote(written.rows);
    }
    Ok(Outcome::Done)
}

/// Everything up to the writing; `None` if the partition is there already and nothing is to be done.
async fn prepare(running: &Running<'_>, statement: &Insert) -> Result<Option<WriteRequest>> {
    let target = Target::new(running, statement).await?;
    if statement.if_not_exists && target.partition_exists(running, statement).await? {
        return Ok(None);
    }
    let bound = bind(running, statement, &target).await?;
    request(running, statement, target, bound).await.map(Some)
}

/// The write of a query that has been bound to the table.
pub(super) async fn request(
    running: &Running<'_>,
    statement: &Insert,
    target: Target,
    bound: BoundQuery,
) -> Result<WriteRequest> {
    let state = running.state();
    let input = running.physical_plan(&state, &bound.plan).await?;
    let dynamic = running.settings.text("spark.sql.sources.partitionOverwriteMode").eq_ignore_ascii_case("dynamic");
    let mode = match statement.overwrite {
        false => WriteMode::Append,
        true if dynamic && target.has_open_partitions() => WriteMode::OverwriteDynamic,
        true => WriteMode::Overwrite,
    };
    Ok(WriteRequest {
        table: target.table,
        input,
        task: state.task_ctx(),
        static_partition: target.partition,
        mode,
        pin: running.reader.pin().await?,
        time_zone: Arc::clone(&running.context.time_zone),
        committing: Arc::clone(&running.cancellation.committing),
    })
}

/// The table, and what the PARTITION clause says.
pub(super) struct Target {
    pub table: Arc<Table>,
    /// A value for each partition column that the statement fixes; empty without partitions.
    pub partition: Vec<Option<PartitionValue>>,
}

impl Target {
    /// # Errors
    /// Among others, the user may not write there.
    pub async fn new(running: &Running<'_>, statement: &Insert) -> Result<Self> {
        authorize::insert(running, statement).await?;
        let table = relation::table(running, &statement.table, "INSERT").await?;
        let partition = partition_clause::values(running, &table, &statement.partition)?;
        let target = Self { table, partition };
        target.check_settings(running, statement)?;
        Ok(target)
    }

    fn has_open_partitions(&self) -> bool {
        self.partition.iter().any(Option::is_none)
    }

    /// `hive.exec.dynamic.partition` and its mode, for those who set them.
    fn check_settings(&self, running: &Running<'_>, statement: &Insert) -> Result<()> {
        if !self.has_open_partitions() {
            return Ok(());
        }
        let strict = running.settings.text("hive.exec.dynamic.partition.mode").eq_ignore_ascii_case("strict");
        let problem = if !running.settings.flag("hive.exec.dynamic.partition") {
            "Dynamic partition is disabled. Either enable it by setting hive.exec.dynamic.partition=true or specify \
             partition column values"
        } else if strict && self.partition.iter().all(Option::is_none) {
            "Dynamic partition strict mode requires at least one static partition column. To turn this off set \
             hive.exec.dynamic.partition.mode=nonstrict"
        } else {
            return Ok(());
        };
        Err(Error::new(&INVALID_SQL_SYNTAX, problem).at(statement.span))
    }

    /// Whether the one partition that the statement names is there, for IF NOT EXISTS.
    async fn partition_exists(&self, running: &Running<'_>, statement: &Insert) -> Result<bool> {
        let values: Option<Vec<PartitionValue>> = self.partition.iter().cloned().collect();
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            let open: Vec<&str> = statement.partition.entries.iter().map(|(name, _)| name.value.as_str()).collect();
            return Err(Error::new(
                &INVALID_SQL_SYNTAX,
                format!("Operation not allowed: IF NOT EXISTS with dynamic partitions: {}", open.join(", ")),
            )
            .at(statement.span));
        };
        let found = running.catalog().await?.partitions(&self.table, PartitionChoice::Exactly(&[values])).await?;
        Ok(!found.is_empty())
    }

    /// Columns that the statement does not fix, in table order.
    fn open_columns(&self) -> Vec<&StructField> {
        let first_partition = self.table.columns.len() - self.partition.len();
        let open = self.table.columns.iter().enumerate().filter(|(position, _)| {
            position.checked_sub(first_partition).is_none_or(|partition| self.partition[partition].is_none())
        });
        open.map(|(_, column)| column).collect()
    }
}

/// The statement's query with exactly the table's columns, in their order and of their types.
pub(super) async fn bind(running: &Running<'_>, statement: &Insert, target: &Target) -> Result<BoundQuery> {
    let table = &target.table;
    let wanted = wanted_columns(statement, target)?;
    let mut source = statement.source.as_ref().clone();
    defaults::replace_keyword(running, table, &wanted, &mut source)?;
    let names = running.reader.names(&Mentioned::in_query(&source)).await?;
    let environment = running.environment(names.as_ref());
    let bound = binder::bind_query(&source, &environment)?;
    running.keep_evolved_views().await?;
    store(running, statement, target, &wanted, bound, &environment)
}

/// Rows with the wanted columns, as the table has them.
pub(super) fn store(
    running: &Running<'_>,
    statement: &Insert,
    target: &Target,
    wanted: &[&StructField],
    bound: BoundQuery,
    environment: &Environment<'_>,
) -> Result<BoundQuery> {
    let table = &target.table;
    let positions = positions(statement, target, wanted, &bound)?;
    let arranged = arrange(running, statement, target, bound, &positions)?;
    let name = full_name(table).to_string();
    let columns = layout::insert_columns(&table.columns, &table.details);
    let bound = binder::cast_for_insert(arranged, InsertTarget { table: &name, columns: &columns }, environment)
        .map_err(|error| error.at(statement.span))?;
    layout::lay(running, &table.columns, &table.details, bound)
}

/// The columns that the query's columns go to, by position.
pub(super) fn wanted_columns<'t>(statement: &Insert, target: &'t Target) -> Result<Vec<&'t StructField>> {
    let open = target.open_columns();
    if statement.columns.is_empty() {
        return Ok(open);
    }
    check_duplicates(statement.columns.iter().map(|name| name.value.as_str()))
        .map_err(|error| error.at(statement.span))?;
    let mut wanted = Vec::new();
    for name in &statement.columns {
        let Some(column) = target.table.columns.iter().find(|column| name.is(&column.name)) else {
            let known: Vec<String> = target.table.columns.iter().map(|column| quote(&column.name)).collect();
            return Err(Error::new(
                &UNRESOLVED_COLUMN,
                format!(
                    "A column, variable, or function parameter with name {} cannot be resolved. Did you mean one of \
                     the following? [{}]",
                    quote(&name.value),
                    known.join(", ")
                ),
            )
            .subcondition("WITH_SUGGESTION")
            .at(name.span));
        };
        if !open.iter().any(|other| same_name(&other.name, &column.name)) {
            return Err(Error::new(
                &STATIC_PARTITION_COLUMN_IN_INSERT_COLUMN_LIST,
                format!("Static partition column {} is also specified in the column list", quote(&column.name)),
            )
            .at(name.span));
        }
        wanted.push(column);
    }
    // Partition columns that PARTITION names without a value come after those of the list, as in Hive.
    for (name, value) in &statement.partition.entries {
        let listed = wanted.iter().any(|column| name.is(&column.name));
        if value.is_none()
            && !listed
            && let Some(column) = open.iter().find(|column| name.is(&column.name))
        {
            wanted.push(column);
        }
    }
    Ok(wanted)
}

/// For each column of the table the query's column that goes there.
fn positions(
    statement: &Insert,
    target: &Target,
    wanted: &[&StructField],
    bound: &BoundQuery,
) -> Result<Vec<Option<usize>>> {
    if statement.by_name {
        return positions_by_name(target, bound).map_err(|error| error.at(statement.span));
    }
    if bound.columns.len() != wanted.len() {
        return Err(arity_mismatch(target, wanted, &bound.columns).at(statement.span));
    }
    let position = |column: &StructField| wanted.iter().position(|other| same_name(&other.name, &column.name));
    Ok(target.table.columns.iter().map(position).collect())
}

fn positions_by_name(target: &Target, bound: &BoundQuery) -> Result<Vec<Option<usize>>> {
    let open = target.open_columns();
    let mut extra = Vec::new();
    for (position, column) in bound.columns.iter().enumerate() {
        if bound.columns[..position].iter().any(|other| same_name(&other.name, &column.name)) {
            let message = format!("Ambiguous column name in the input data {}", quote(&column.name));
            return Err(incompatible(target, "AMBIGUOUS_COLUMN_NAME", &message));
        }
        if !open.iter().any(|other| same_name(&other.name, &column.name)) {
            extra.push(quote(&column.name));
        }
    }
    if !extra.is_empty() {
        return Err(incompatible(target, "EXTRA_COLUMNS", &format!("Cannot write extra columns {}", extra.join(", "))));
    }
    let position = |column: &StructField| bound.columns.iter().position(|other| same_name(&other.name, &column.name));
    Ok(target.table.columns.iter().map(position).collect())
}

fn incompatible(target: &Target, sub: &'static str, what: &str) -> Error {
    let name = full_name(&target.table);
    Error::new(&INCOMPATIBLE_DATA_FOR_TABLE, format!("Cannot write incompatible data for the table {name}: {what}"))
        .subcondition(sub)
}

fn arity_mismatch(target: &Target, wanted: &[&StructField], data: &[StructField]) -> Error {
    let (sub, reason) = if data.len() < wanted.len() {
        ("NOT_ENOUGH_DATA_COLUMNS", "not enough data columns")
    } else {
        ("TOO_MANY_DATA_COLUMNS", "too many data columns")
    };
    let list = |names: Vec<String>| names.join(", ");
    Error::new(
        &INSERT_COLUMN_ARITY_MISMATCH,
        format!(
            "Cannot write to {}, the reason is {reason}: Table columns: {}. Data columns: {}",
            full_name(&target.table),
            list(wanted.iter().map(|column| quote(&column.name)).collect()),
            list(data.iter().map(|column| quote(&column.name)).collect()),
        ),
    )
    .subcondition(sub)
}

/// Puts the query's columns in the table's order, with static values and defaults where it has none.
fn arrange(
    running: &Running<'_>,
    statement: &Insert,
    target: &Target,
    bound: BoundQuery,
    positions: &[Option<usize>],
) -> Result<BoundQuery> {
    let BoundQuery { plan, columns: given } = bound;
    let in_order = positions.iter().enumerate().all(|(n, position)| *position == Some(n));
    if in_order && positions.len() == given.len() {
        return Ok(BoundQuery { plan, columns: given });
    }
    let plan_columns: Vec<Column> = plan.schema().columns();
    let first_partition = target.table.columns.len() - target.partition.len();
    let mut expressions: Vec<Expr> = Vec::new();
    let mut columns: Vec<StructField> = Vec::new();
    for (n, (column, position)) in target.table.columns.iter().zip(positions).enumerate() {
        // Unique within the plan, whatever the query calls its own.
        let name = format!("{}#insert{n}", column.name);
        let fixed = n.checked_sub(first_partition).is_some_and(|partition| target.partition[partition].is_some());
        let typed = match position {
            Some(position) => {
                expressions.push(Expr::Column(plan_columns[*position].clone()).alias(name));
                columns.push(given[*position].clone());
                continue;
            }
            None if fixed => static_value(running, statement, column)?,
            None => defaults::bound(running, &target.table, column)?,
        };
        let field = StructField {
            name: column.name.clone(),
            comment: None,
            nullable: typed.nullable,
            data_type: typed.data_type,
        };
        columns.push(field);
        expressions.push(typed.expr.alias(name));
    }
    let plan = LogicalPlanBuilder::from(plan).project(expressions)?.build()?;
    Ok(BoundQuery { plan, columns })
}

/// The value that PARTITION gives a column: cast as CAST does, not as values are stored.
fn static_value(running: &Running<'_>, statement: &Insert, column: &StructField) -> Result<Typed> {
    let value = statement.partition.entries.iter().find(|(name, _)| name.is(&column.name));
    let Some((_, Some(expression))) = value else {
        return Err(Error::internal(format!("`{}` has no static value", column.name)));
    };
    let bound = binder::bind_standalone_expression(expression, Vec::new(), &running.environment(&NoNames))?;
    cast(bound, &column.data_type, CastMode::implicit(&running.context), &running.context)
        .map_err(|error| error.at(expression.span))
}
