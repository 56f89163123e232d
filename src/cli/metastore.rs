//! `skep metastore …`: a look at what the warehouse remembers, and whether the disk agrees.

use std::fmt::Write;
use std::fs;
use std::io;

use crate::catalog::{Catalog, Table, TableKind};
use crate::error::Result;
use crate::session::Warehouse;
use crate::storage::location::local_path;

use super::sink::Sink;
use super::{MetastoreAction, Status, describe, report};

/// Does what the user asked for and prints it.
pub(super) async fn run(warehouse: &Warehouse, action: &MetastoreAction) -> Status {
    // To look at a warehouse must not make one.
    if !Catalog::exists(warehouse.path()) {
        report(&format!("error: there is no warehouse in `{}`", warehouse.path().display()));
        return Status::Failed;
    }
    match look(warehouse, action).await {
        Ok((text, status)) => match Sink::Output.write(&text) {
            Ok(()) => status,
            Err(_) => Status::Failed,
        },
        Err(error) => {
            report(&describe(&error));
            Status::Failed
        }
    }
}

async fn look(warehouse: &Warehouse, action: &MetastoreAction) -> Result<(String, Status)> {
    let catalog = warehouse.catalog().await?;
    match action {
        MetastoreAction::Info => Ok((info(catalog).await?, Status::Success)),
        MetastoreAction::Check => check(catalog).await,
        MetastoreAction::Backup { file } => {
            catalog.back_up(file).await?;
            Ok((format!("{} is in {}\n", catalog.file().display(), file.display()), Status::Success))
        }
        MetastoreAction::Upgrade => Ok((upgraded(catalog).await?, Status::Success)),
    }
}

/// What opening the metastore has done to it.
async fn upgraded(catalog: &Catalog) -> Result<String> {
    let version = catalog.schema_version().await?;
    Ok(match catalog.upgraded_from() {
        Some(before) => format!("upgraded from version {before} to version {version}\n"),
        None => format!("nothing to do: it has version {version}, the newest\n"),
    })
}

async fn info(catalog: &Catalog) -> Result<String> {
    let (mut managed, mut external, mut views) = (0, 0, 0);
    let (mut files, mut rows, mut bytes) = (0, 0, 0);
    let databases = catalog.databases().await?;
    for database in &databases {
        for summary in catalog.tables(&database.name).await? {
            match summary.kind {
                TableKind::Managed => managed += 1,
                TableKind::External => external += 1,
                TableKind::View => views += 1,
            }
            if summary.kind == TableKind::Managed
                && let Some(table) = catalog.table(&database.name, &summary.name).await?
            {
                let size = catalog.table_size(&table).await?;
                files += size.files;
                rows += size.rows;
                bytes += size.bytes;
            }
        }
    }
    let mut text = String::new();
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<16} {value}");
    };
    line("metastore", &catalog.file().display());
    line("version", &catalog.schema_version().await?);
    line("databases", &databases.len());
    line("managed tables", &managed);
    line("external tables", &external);
    line("views", &views);
    line("data files", &files);
    line("rows", &rows);
    line("bytes", &bytes);
    Ok(text)
}

/// One line for each file of a managed table that is not there as the metastore knows it.
async fn check(catalog: &Catalog) -> Result<(String, Status)> {
    let mut text = String::new();
    let (mut tables, mut files) = (0, 0);
    for database in catalog.databases().await? {
        for summary in catalog.tables(&database.name).await? {
            if summary.kind != TableKind::Managed {
                continue;
            }
            // It may have been dropped in between.
            let Some(table) = catalog.table(&database.name, &summary.name).await? else { continue };
            tables += 1;
            files += check_table(catalog, &table, &mut text).await?;
        }
    }
    if text.is_empty() {
        return Ok((format!("nothing is wrong (data files: {files}, managed tables: {tables})\n"), Status::Success));
    }
    Ok((text, Status::Failed))
}

/// Appends what is wrong, and gives the number of files looked at.
async fn check_table(catalog: &Catalog, table: &Table, text: &mut String) -> Result<usize> {
    let folder = local_path(&table.details.location)?;
    let snapshot = catalog.snapshot(table, None).await?;
    for file in &snapshot.files {
        let path = folder.join(&file.path);
        let problem = match fs::metadata(&path) {
            Ok(found) if found.len() == file.bytes => continue,
            Ok(found) => format!("has {} bytes instead of {}", found.len(), file.bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing".to_owned(),
            Err(error) => format!("cannot be read: {error}"),
        };
        let _ = writeln!(text, "{}.{}: {} {problem}", table.database, table.name, path.display());
    }
    Ok(snapshot.files.len())
}
