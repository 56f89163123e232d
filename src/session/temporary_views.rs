//! Views that live as long as their session, or for `GLOBAL` ones as their process.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Properties, Table, normal_name};
use crate::sql::ast::Query;
use crate::types::StructField;

/// The database in which global temporary views are found.
pub const GLOBAL_TEMPORARY_DATABASE: &str = "global_temp";

/// A view that no metastore knows.
#[derive(Debug, Clone)]
pub struct TemporaryView {
    /// Given when the session takes it in; never used again in the process.
    pub id: u64,
    pub name: String,
    pub global: bool,
    /// Who made it.
    pub owner: Arc<str>,
    pub columns: Vec<StructField>,
    pub comment: Option<String>,
    pub properties: Properties,
    /// Milliseconds since the epoch.
    pub created_at: i64,
    pub source: TemporarySource,
}

#[derive(Debug, Clone)]
pub enum TemporarySource {
    Query {
        text: String,
        query: Arc<Query>,
        /// Where names in it are looked up.
        database: Arc<str>,
        /// Temporary views that the query meant when it was made, by name; others made later hide no table from it.
        temporary: Vec<String>,
        /// Names the query itself gives its columns, before the view's own.
        query_columns: Vec<String>,
        /// Settings of the session that made it which say what the text means.
        settings: Properties,
    },
    /// `USING format OPTIONS (…)`: a table that is registered nowhere. `None`: there is no path and there are no rows.
    Files(Option<Arc<Table>>),
}

/// By name, in the order of SHOW VIEWS.
#[derive(Debug, Clone, Default)]
pub struct TemporaryViews(BTreeMap<String, Arc<TemporaryView>>);

impl TemporaryViews {
    pub fn get(&self, name: &str) -> Option<&Arc<TemporaryView>> {
        self.0.get(&normal_name(name))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<TemporaryView>> {
        self.0.values()
    }

    /// Puts a view in, in place of one of that name.
    pub fn insert(&mut self, view: TemporaryView) {
        self.0.insert(normal_name(&view.name), Arc::new(view));
    }

    pub fn remove(&mut self, name: &str) -> Option<Arc<TemporaryView>> {
        self.0.remove(&normal_name(name))
    }
}
