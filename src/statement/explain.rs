//! EXPLAIN: the plans of a statement, and with ANALYZE what they did.

use std::sync::Arc;

use futures::TryStreamExt;

use crate::binder::BoundQuery;
use crate::error::{Error, INSUFFICIENT_PERMISSIONS, Result};
use crate::execution::run;
use crate::sql::ast::{Explain, ExplainMode, Statement};
use crate::types::StructField;

use super::answer::{answer, text};
use super::create_table;
use super::insert::{self, Target};
use super::plan_text::{analyzed_tree, cost_tree, formatted, logical_tree, physical_tree};
use super::running::Running;
use super::{Outcome, RowsKind};

pub(super) async fn explain(running: &Running<'_>, statement: &Explain) -> Result<Outcome> {
    if statement.mode == ExplainMode::Analyze
        && let Some(shown) = analyzed_write(running, &statement.statement).await?
    {
        return answer(RowsKind::Command, vec![text("plan", [shown])]);
    }
    let explained = match explained(running, &statement.statement).await {
        Ok(explained) => explained,
        // As Spark does, the plan of what cannot be planned is why.
        Err(error)
            if statement.mode != ExplainMode::Analyze
                && error.span().is_some()
                && !error.is(&INSUFFICIENT_PERMISSIONS) =>
        {
            let (condition, message, sqlstate) = (error.condition(), error.message(), error.sqlstate());
            let shown =
                format!("Error occurred during query planning: \n[{condition}] {message}. SQLSTATE: {sqlstate}");
            return answer(RowsKind::Command, vec![text("plan", [shown])]);
        }
        Err(error) => return Err(error),
    };
    let shown = match explained {
        Explained::Plan { bound, write } => plans(running, statement, &bound, write.as_deref()).await?,
        Explained::Command(name) => format!("== Physical Plan ==\nExecute {name}\n"),
    };
    answer(RowsKind::Command, vec![text("plan", [shown])])
}

/// A statement that writes runs, and shows what its operators did.
async fn analyzed_write(running: &Running<'_>, statement: &Statement) -> Result<Option<String>> {
    let plan = match statement {
        Statement::Insert(statement) => insert::run(running, statement).await?,
        Statement::CreateTable(statement) if statement.query.is_some() => create_table::run(running, statement).await?,
        Statement::InsertMany(_) | Statement::InsertDirectory(_) => {
            return Err(Error::unsupported(
                "EXPLAIN ANALYZE of this INSERT",
                "explain an INSERT into one table, or the query",
            ));
        }
        _ => return Ok(None),
    };
    Ok(Some(match plan {
        Some(plan) => format!("== Analyzed Physical Plan ==\n{}", analyzed_tree(&plan)),
        None => "== Analyzed Physical Plan ==\nNothing was to be done\n".to_owned(),
    }))
}

/// What there is to explain.
enum Explained {
    Plan {
        bound: Box<BoundQuery>,
        /// What is done with the rows, if not shown.
        write: Option<String>,
    },
    /// A statement that has no plan.
    Command(&'static str),
}

async fn explained(running: &Running<'_>, statement: &Statement) -> Result<Explained> {
    Ok(match statement {
        Statement::Query(query) => Explained::Plan { bound: Box::new(running.bind(query).await?), write: None },
        Statement::Insert(statement) => {
            let target = Target::new(running, statement).await?;
            let bound = insert::bind(running, statement, &target).await?;
            let verb = if statement.overwrite { "INSERT OVERWRITE" } else { "INSERT INTO" };
            Explained::Plan { bound: Box::new(bound), write: Some(format!("{verb} {}", statement.table.text())) }
        }
        Statement::InsertMany(_) => Explained::Command("INSERT"),
        Statement::InsertDirectory(statement) => {
            let bound = running.bind(&statement.source).await?;
            Explained::Plan { bound: Box::new(bound), write: Some("INSERT OVERWRITE DIRECTORY".to_owned()) }
        }
        Statement::CreateTable(statement) => match &statement.query {
            Some(query) => {
                let write = Some(format!("CREATE TABLE {} AS SELECT", statement.name.text()));
                Explained::Plan { bound: Box::new(running.bind(query).await?), write }
            }
            None => Explained::Command("CREATE TABLE"),
        },
        Statement::Explain(_) => Explained::Command("EXPLAIN"),
        Statement::CreateDatabase(_) => Explained::Command("CREATE DATABASE"),
        Statement::AlterDatabase(_) => Explained::Command("ALTER DATABASE"),
        Statement::DropDatabase(_) => Explained::Command("DROP DATABASE"),
        Statement::Use(_) => Explained::Command("USE"),
        Statement::SetCatalog(_) => Explained::Command("SET CATALOG"),
        Statement::Comment(_) => Explained::Command("COMMENT ON"),
        Statement::Cache(_) => Explained::Command("CACHE TABLE"),
        Statement::Uncache(_) => Explained::Command("UNCACHE TABLE"),
        Statement::ClearCache => Explained::Command("CLEAR CACHE"),
        Statement::Analyze(_) => Explained::Command("ANALYZE TABLE"),
        Statement::RowChange(_) => Explained::Command("ROW CHANGE"),
        Statement::AlterTable(_) => Explained::Command("ALTER TABLE"),
        Statement::DropTable(_) => Explained::Command("DROP TABLE"),
        Statement::LoadData(_) => Explained::Command("LOAD DATA"),
        Statement::AddFiles(_) => Explained::Command("ADD FILE"),
        Statement::ListResources(_) => Explained::Command("LIST FILES"),
        Statement::Truncate(_) => Explained::Command("TRUNCATE TABLE"),
        Statement::RepairTable(_) => Explained::Command("REPAIR TABLE"),
        Statement::Refresh(_) => Explained::Command("REFRESH"),
        Statement::CreateView(_) => Explained::Command("CREATE VIEW"),
        Statement::AlterView(_) => Explained::Command("ALTER VIEW"),
        Statement::DropView(_) => Explained::Command("DROP VIEW"),
        Statement::CreateFunction(_) => Explained::Command("CREATE FUNCTION"),
        Statement::DropFunction(_) => Explained::Command("DROP FUNCTION"),
        Statement::DeclareVariable(_) => Explained::Command("DECLARE VARIABLE"),
        Statement::SetVariable(_) => Explained::Command("SET VARIABLE"),
        Statement::DropVariable(_) => Explained::Command("DROP VARIABLE"),
        Statement::Script(_) => Explained::Command("BEGIN … END"),
        Statement::ExecuteImmediate(_) => Explained::Command("EXECUTE IMMEDIATE"),
        Statement::Access(_) => Explained::Command("ACCESS"),
        Statement::Set(_) => Explained::Command("SET"),
        Statement::Reset(_) => Explained::Command("RESET"),
        Statement::KillQuery(_) => Explained::Command("KILL QUERY"),
        Statement::Show(_) => Explained::Command("SHOW"),
        Statement::Describe(_) => Explained::Command("DESCRIBE"),
    })
}

async fn plans(running: &Running<'_>, statement: &Explain, bound: &BoundQuery, write: Option<&str>) -> Result<String> {
    let state = running.state();
    let optimized = state.optimize(&bound.plan)?;
    let physical = running.physical_plan(&state, &bound.plan).await?;
    let physical_text = |tree: String| match write {
        Some(write) => format!("== Physical Plan ==\nExecute {write}\n{}", indented(&tree)),
        None => format!("== Physical Plan ==\n{tree}"),
    };
    Ok(match statement.mode {
        ExplainMode::Simple => physical_text(physical_tree(&physical)),
        ExplainMode::Extended => format!(
            "== Parsed Logical Plan ==\n{}\n\n== Analyzed Logical Plan ==\n{}\n{}\n== Optimized Logical Plan ==\n{}\n{}",
            statement.text.trim_end(),
            schema_line(&bound.columns),
            logical_tree(&bound.plan),
            logical_tree(&optimized),
            physical_text(physical_tree(&physical))
        ),
        ExplainMode::Cost => format!(
            "== Optimized Logical Plan ==\n{}\n{}",
            logical_tree(&optimized),
            physical_text(cost_tree(&physical))
        ),
        ExplainMode::Formatted => physical_text(formatted(&physical)),
        // Spark shows Java here.
        ExplainMode::Codegen => format!(
            "No code is generated: operators work on whole columns with code that is compiled already.\n{}",
            physical_text(physical_tree(&physical))
        ),
        ExplainMode::Analyze => {
            let stream = run(Arc::clone(&physical), &running.run(&state))?;
            stream.try_for_each(|_| async { Ok(()) }).await.map_err(Error::from)?;
            format!("== Analyzed Physical Plan ==\n{}", analyzed_tree(&physical))
        }
    })
}

/// `a: int, b: string`
fn schema_line(columns: &[StructField]) -> String {
    let columns = columns.iter().map(|column| format!("{}: {}", column.name, column.data_type.catalog_string()));
    columns.collect::<Vec<_>>().join(", ")
}

/// A tree below a line.
fn indented(tree: &str) -> String {
    let mut lines = tree.lines();
    let first = lines.next().unwrap_or_default();
    let mut text = format!("+- {first}\n");
    for line in lines {
        text.push_str("   ");
        text.push_str(line);
        text.push('\n');
    }
    text
}
