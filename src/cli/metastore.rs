//! `skep metastore …`: a look at what the warehouse remembers.

use std::fmt::Write;

use crate::catalog::{Catalog, TableKind};
use crate::error::Result;
use crate::session::Warehouse;

use super::sink::Sink;
use super::{MetastoreAction, Status, describe, report};

/// Does what the user asked for and prints it.
pub(super) async fn run(warehouse: &Warehouse, action: MetastoreAction) -> Status {
    let result = match warehouse.catalog().await {
        Ok(catalog) => match action {
            MetastoreAction::Info => info(catalog).await,
            MetastoreAction::Check => info(catalog).await,
        },
        Err(error) => Err(error),
    };
    match result {
        Ok(text) => match Sink::Output.write(&text) {
            Ok(()) => Status::Success,
            Err(_) => Status::Failed,
        },
        Err(error) => {
            report(&describe(&error));
            Status::Failed
        }
    }
}

async fn info(catalog: &Catalog) -> Result<String> {
    let mut text = String::new();
    let _ = writeln!(text, "metastore\t{}", catalog.file().display());
    let databases = catalog.databases().await?;
    let (mut managed, mut external, mut views) = (0, 0, 0);
    for database in &databases {
        for table in catalog.tables(&database.name).await? {
            match table.kind {
                TableKind::Managed => managed += 1,
                TableKind::External => external += 1,
                TableKind::View => views += 1,
            }
        }
    }
    let _ = writeln!(text, "databases\t{}", databases.len());
    let _ = writeln!(text, "managed tables\t{managed}");
    let _ = writeln!(text, "external tables\t{external}");
    let _ = writeln!(text, "views\t{views}");
    Ok(text)
}
