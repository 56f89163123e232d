//! Names that a shell offers while somebody types.

use crate::catalog::TableSummary;
use crate::error::Result;

use super::{GLOBAL_TEMPORARY_DATABASE, Session};

impl Session {
    /// The databases that the user may look into.
    pub async fn database_names(&self) -> Result<Vec<String>> {
        let own = self.privileges().await?;
        let databases = self.catalog().await?.databases().await?;
        Ok(databases.into_iter().map(|database| database.name).filter(|name| own.see_database(name)).collect())
    }

    /// Tables, views and temporary views, of `database` or the current one.
    pub async fn table_names(&self, database: Option<&str>) -> Result<Vec<String>> {
        let mut names = Vec::new();
        if database.is_none_or(|database| database.eq_ignore_ascii_case(GLOBAL_TEMPORARY_DATABASE)) {
            let global = database.is_some();
            names.extend(self.temporary_views(global).iter().map(|view| view.name.clone()));
        }
        let current = self.current_database();
        let tables = self.catalog().await?.tables(database.unwrap_or(&current)).await?;
        let own = self.privileges().await?;
        let seen = |table: &TableSummary| own.see_relation(table.as_relation(database.unwrap_or(&current)));
        names.extend(tables.into_iter().filter(seen).map(|table| table.name));
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// Columns of a table or view, which may have its database before a dot.
    pub async fn column_names(&self, table: &str) -> Result<Vec<String>> {
        let current = self.current_database();
        let (database, name) = table.rsplit_once('.').unwrap_or((&current, table));
        if !table.contains('.')
            && let Some(view) = self.temporary_view(name, false)
        {
            return Ok(view.columns.iter().map(|column| column.name.clone()).collect());
        }
        let own = self.privileges().await?;
        let found = self.catalog().await?.table(database, name).await?;
        let found = found.filter(|table| own.see_relation(table.as_relation()));
        Ok(found.map_or_else(Vec::new, |table| table.columns.iter().map(|column| column.name.clone()).collect()))
    }
}
