//! The relations and functions a statement mentions, so that they can be looked up before it is bound.

use super::ast::{
    AlterViewAction, Describe, Expression, FunctionBody, ObjectName, Query, SetVariable, Statement, ViewSource,
};
use super::visit::Visitor;

/// What a query or an expression mentions that somebody may have made. Names may repeat.
#[derive(Debug, Clone, Default)]
pub struct Mentioned {
    /// Tables, views, also common tables.
    pub relations: Vec<ObjectName>,
    /// Functions of all kinds, built-in ones too.
    pub functions: Vec<ObjectName>,
}

impl Mentioned {
    pub fn in_query(query: &Query) -> Self {
        let mut mentioned = Self::default();
        mentioned.query(query);
        mentioned
    }

    pub fn in_expression(expression: &Expression) -> Self {
        let mut mentioned = Self::default();
        mentioned.expression(expression);
        mentioned
    }

    pub fn extend(&mut self, other: Self) {
        self.relations.extend(other.relations);
        self.functions.extend(other.functions);
    }
}

impl Visitor for Mentioned {
    fn relation(&mut self, name: &ObjectName) {
        self.relations.push(name.clone());
    }

    fn function(&mut self, name: &ObjectName) {
        self.functions.push(name.clone());
    }
}

/// Every name of a table or view in the statement's queries, also names of common tables; may repeat.
///
/// Names that a statement acts on (`INSERT INTO t`, `DROP TABLE t`) are not among them.
pub fn relation_names(statement: &Statement) -> Vec<ObjectName> {
    queries(statement).into_iter().flat_map(query_relation_names).collect()
}

/// The same of a query.
pub fn query_relation_names(query: &Query) -> Vec<ObjectName> {
    Mentioned::in_query(query).relations
}

fn queries(statement: &Statement) -> Vec<&Query> {
    match statement {
        Statement::Query(query) => vec![query],
        Statement::Explain(explain) => queries(&explain.statement),
        Statement::Insert(insert) => vec![&insert.source],
        Statement::InsertMany(inserts) => inserts.iter().map(|insert| insert.source.as_ref()).collect(),
        Statement::InsertDirectory(insert) => vec![&insert.source],
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
        Statement::Cache(cache) => cache.query.iter().map(|(query, _)| query.as_ref()).collect(),
        Statement::Describe(Describe::Query(query)) | Statement::SetVariable(SetVariable::Row { query, .. }) => {
            vec![query]
        }
        Statement::CreateFunction(create) => match &create.body {
            FunctionBody::Query(query) => vec![query],
            FunctionBody::Expression(_) => Vec::new(),
        },
        Statement::Describe(
            Describe::Table { .. } | Describe::Column { .. } | Describe::Database { .. } | Describe::Function { .. },
        )
        | Statement::CreateDatabase(_)
        | Statement::AlterDatabase(_)
        | Statement::DropDatabase(_)
        | Statement::Use(_)
        | Statement::SetCatalog(_)
        | Statement::Comment(_)
        | Statement::RowChange(_)
        | Statement::Analyze(_)
        | Statement::Uncache(_)
        | Statement::ClearCache
        | Statement::AlterTable(_)
        | Statement::DropTable(_)
        | Statement::LoadData(_)
        | Statement::AddFiles(_)
        | Statement::ListResources(_)
        | Statement::Truncate(_)
        | Statement::RepairTable(_)
        | Statement::Refresh(_)
        | Statement::DropView(_)
        | Statement::DropFunction(_)
        | Statement::DeclareVariable(_)
        | Statement::SetVariable(SetVariable::Values(_))
        | Statement::DropVariable(_)
        | Statement::ExecuteImmediate(_)
        | Statement::Script(_)
        | Statement::Access(_)
        | Statement::Set(_)
        | Statement::Reset(_)
        | Statement::KillQuery(_)
        | Statement::Show(_) => Vec::new(),
    }
}
