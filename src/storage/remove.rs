//! Taking rows or whole tables away.

use super::sweep::sweep;
use crate::catalog::{Catalog, Commit, PartitionValue, Pin, Replace, Table, TableKind};
use crate::error::{Error, FORBIDDEN_OPERATION, Result};

/// TRUNCATE TABLE: all rows, or those of the partitions that match (`None` in a place means any). Partitions stay.
pub async fn truncate(catalog: &Catalog, table: &Table, matching: &[Option<PartitionValue>], pin: &Pin) -> Result<()> {
    // The pin only has to live this long: it keeps what conflicts are told by.
    let _ = pin;
    if table.kind != TableKind::Managed {
        return Err(Error::new(
            &FORBIDDEN_OPERATION,
            format!("Operation not allowed: TRUNCATE TABLE on external tables: `{}`.`{}`", table.database, table.name),
        ));
    }
    let everything = matching.iter().all(Option::is_none);
    let change = Commit {
        table_id: table.id,
        based_on: table.version,
        replace: if everything { Replace::All } else { Replace::Matching(matching.to_vec()) },
        files: Vec::new(),
        partitions: Vec::new(),
        drop_emptied: false,
        staging: None,
    };
    catalog.commit(&change).await?;
    sweep(catalog).await;
    Ok(())
}

/// DROP TABLE and DROP VIEW: forgets it and, if it is managed, deletes its files.
pub async fn drop_table(catalog: &Catalog, table: &Table) -> Result<()> {
    catalog.drop_table(table).await?;
    sweep(catalog).await;
    Ok(())
}

/// DROP DATABASE: gives back the tables and views that went with it.
pub async fn drop_database(catalog: &Catalog, name: &str, cascade: bool) -> Result<Vec<Table>> {
    let dropped = catalog.drop_database(name, cascade).await?;
    sweep(catalog).await;
    Ok(dropped)
}
