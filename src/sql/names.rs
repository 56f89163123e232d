//! The relations a statement mentions, so that they can be looked up before it is bound.

use super::ast::{AlterViewAction, Describe, ObjectName, Query, Statement, ViewSource};
use super::visit::Visitor;

/// Every name of a table or view in the statement's queries, also names of common tables; may repeat.
///
/// Names that a statement acts on (`INSERT INTO t`, `DROP TABLE t`) are not among them.
pub fn relation_names(statement: &Statement) -> Vec<ObjectName> {
    queries(statement).into_iter().flat_map(query_relation_names).collect()
}

/// The same of a query.
pub fn query_relation_names(query: &Query) -> Vec<ObjectName> {
    let mut names = Names(Vec::new());
    names.query(query);
    names.0
}

struct Names(Vec<ObjectName>);

impl Visitor for Names {
    fn relation(&mut self, name: &ObjectName) {
        self.0.push(name.clone());
    }
}

fn queries(statement: &Statement) -> Vec<&Query> {
    match statement {
        Statement::Query(query) => vec![query],
        Statement::Explain(explain) => queries(&explain.statement),
        Statement::Insert(insert) => vec![&insert.source],
        Statement::CreateTable(create) => create.query.as_deref().into_iter().collect(),
        Statement::CreateView(create) => match &create.source {
            ViewSource::Query(query, _) => vec![query],
            ViewSource::Files { .. } => Vec::new(),
        },
        Statement::AlterView(alter) => match &alter.action {
            AlterViewAction::Query(query, _) => vec![query],
            AlterViewAction::Rename(_)
            | AlterViewAction::SetProperties(_)
            | AlterViewAction::UnsetProperties { .. }
            | AlterViewAction::SchemaMode(_) => Vec::new(),
        },
        Statement::Describe(Describe::Query(query)) => vec![query],
        Statement::Describe(
            Describe::Table { .. } | Describe::Column { .. } | Describe::Database { .. } | Describe::Function { .. },
        )
        | Statement::CreateDatabase(_)
        | Statement::AlterDatabase(_)
        | Statement::DropDatabase(_)
        | Statement::Use(_)
        | Statement::AlterTable(_)
        | Statement::DropTable(_)
        | Statement::Truncate(_)
        | Statement::RepairTable(_)
        | Statement::Refresh(_)
        | Statement::DropView(_)
        | Statement::Set(_)
        | Statement::Reset(_)
        | Statement::Show(_) => Vec::new(),
    }
}
