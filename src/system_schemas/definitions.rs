//! Texts that define objects, in PostgreSQL's words: keys, views, functions, defaults.

use super::pg_catalog::type_list;
use crate::catalog::{Constraint, ConstraintKind, Function, FunctionResult, Table};
use crate::types::postgres::quote_identifier;

fn list(names: &[String]) -> String {
    names.iter().map(|name| quote_identifier(name).into_owned()).collect::<Vec<_>>().join(", ")
}

/// `PRIMARY KEY (a, b)`, `FOREIGN KEY (a) REFERENCES t(b)`
pub(super) fn constraint(constraint: &Constraint, own: &Table) -> String {
    let columns = list(&constraint.columns);
    match &constraint.kind {
        ConstraintKind::PrimaryKey => format!("PRIMARY KEY ({columns})"),
        ConstraintKind::Unique => format!("UNIQUE ({columns})"),
        ConstraintKind::ForeignKey { database, table, columns: referred } => {
            let schema =
                if *database == own.database { String::new() } else { format!("{}.", quote_identifier(database)) };
            let referred = if referred.is_empty() { String::new() } else { format!("({})", list(referred)) };
            format!("FOREIGN KEY ({columns}) REFERENCES {schema}{}{referred}", quote_identifier(table))
        }
    }
}

/// The statement that would make the index of a key.
pub(super) fn index(constraint: &Constraint, table: &Table) -> String {
    format!(
        "CREATE UNIQUE INDEX {} ON {}.{} USING btree ({})",
        quote_identifier(&constraint.name),
        quote_identifier(&table.database),
        quote_identifier(&table.name),
        list(&constraint.columns)
    )
}

/// `LIST (dt, region)`
pub(super) fn partition_key(table: &Table) -> Option<String> {
    if table.partition_columns == 0 {
        return None;
    }
    let first = table.columns.len().saturating_sub(table.partition_columns);
    let names: Vec<String> = table.columns[first..].iter().map(|column| column.name.clone()).collect();
    Some(format!("LIST ({})", list(&names)))
}

fn type_name(data_type: &crate::types::DataType) -> String {
    let (oid, modifier) = type_list::of(data_type);
    type_list::shown(oid, modifier).unwrap_or_else(|| "text".to_owned())
}

/// `a integer, b text`
pub(super) fn arguments(function: &Function) -> String {
    let parameters = function.definition.parameters.iter().map(|parameter| {
        let default = parameter.default.as_ref().map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
        format!("{} {}{default}", quote_identifier(&parameter.name), type_name(&parameter.data_type))
    });
    parameters.collect::<Vec<_>>().join(", ")
}

/// `integer`, `TABLE(a integer)`
pub(super) fn result(function: &Function) -> String {
    match &function.definition.returns {
        FunctionResult::Value(data_type) => type_name(data_type),
        FunctionResult::Table(columns) => {
            let columns = columns
                .iter()
                .map(|column| format!("{} {}", quote_identifier(&column.name), type_name(&column.data_type)));
            format!("TABLE({})", columns.collect::<Vec<_>>().join(", "))
        }
    }
}

pub(super) fn function(function: &Function) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION {}.{}({})\n RETURNS {}\n LANGUAGE sql\nRETURN {}\n",
        quote_identifier(&function.database),
        quote_identifier(&function.name),
        arguments(function),
        result(function),
        function.definition.body
    )
}
