//! The relations a statement mentions, so that they can be looked up before it is bound.

use super::ast::{ObjectName, Query, Statement};

/// Every name of a table or view in the statement's queries, also names of common tables; may repeat.
pub fn relation_names(statement: &Statement) -> Vec<ObjectName> {
    let _ = statement;
    Vec::new()
}

/// The same of a query.
pub fn query_relation_names(query: &Query) -> Vec<ObjectName> {
    let _ = query;
    Vec::new()
}
