//! Everything the metastore has at one moment, with the numbers of the objects: what system schemas are made of.
//!
//! It is read again only as far as it has changed, so that a warehouse of ten thousand tables answers at once.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::{
    Catalog, Database, Function, Grants, Partition, Table, TableKind, TableSize, database, function, grants, partition,
    table,
};
use crate::error::Result;

/// A table or view with its number.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRelation {
    pub oid: i64,
    pub table: Arc<Table>,
    /// Of a managed table.
    pub size: TableSize,
    changed: i64,
}

/// A database with its number.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDatabase {
    pub oid: i64,
    pub database: Database,
}

/// A function with its number.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFunction {
    pub oid: i64,
    pub function: Arc<Function>,
    changed: i64,
}

/// All objects, each kind by its numbers.
#[derive(Debug, Default)]
pub struct Objects {
    change: i64,
    pub databases: Vec<StoredDatabase>,
    pub relations: Vec<Arc<StoredRelation>>,
    pub functions: Vec<Arc<StoredFunction>>,
    pub grants: Arc<Grants>,
}

/// One row of the table of numbers.
struct Numbered {
    oid: i64,
    kind: String,
    database: Option<String>,
    name: Option<String>,
    relation_id: Option<i64>,
    changed: i64,
}

/// With more changes than these all tables are read at once.
const FEW: usize = 200;

impl Catalog {
    /// All objects as they are now; `before` itself if nothing has changed since.
    pub async fn objects(&self, before: Option<&Arc<Objects>>) -> Result<Arc<Objects>> {
        let mut transaction = self.store.read().await?;
        load(&mut transaction, before).await.map_err(|error| self.store.error(error))
    }
}

async fn load(connection: &mut SqliteConnection, before: Option<&Arc<Objects>>) -> sqlx::Result<Arc<Objects>> {
    let row = sqlx::query("SELECT change, (SELECT value FROM access_change) FROM object_count")
        .fetch_one(&mut *connection)
        .await?;
    let (change, access): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let granted = match before {
        Some(before) if before.grants.change == access => {
            if before.change == change {
                return Ok(Arc::clone(before));
            }
            Arc::clone(&before.grants)
        }
        _ => Arc::new(grants::load(connection).await?),
    };
    let numbered = numbered(connection).await?;
    let relations = relations(connection, &numbered, before).await?;
    let functions = functions(connection, &numbered, before).await?;
    let numbers: HashMap<&str, i64> = numbered
        .iter()
        .filter(|object| object.kind == "database")
        .filter_map(|object| Some((object.database.as_deref()?, object.oid)))
        .collect();
    let databases = database::all(connection).await?;
    let mut databases: Vec<StoredDatabase> = databases
        .into_iter()
        .filter_map(|database| Some(StoredDatabase { oid: *numbers.get(database.name.as_str())?, database }))
        .collect();
    databases.sort_by_key(|database| database.oid);
    Ok(Arc::new(Objects { change, databases, relations, functions, grants: granted }))
}

async fn numbered(connection: &mut SqliteConnection) -> sqlx::Result<Vec<Numbered>> {
    let rows = sqlx::query("SELECT oid, kind, database, name, relation_id, changed FROM object ORDER BY oid")
        .fetch_all(connection)
        .await?;
    let read = |row: &SqliteRow| {
        Ok(Numbered {
            oid: row.try_get(0)?,
            kind: row.try_get(1)?,
            database: row.try_get(2)?,
            name: row.try_get(3)?,
            relation_id: row.try_get(4)?,
            changed: row.try_get(5)?,
        })
    };
    rows.iter().map(read).collect()
}

async fn relations(
    connection: &mut SqliteConnection,
    numbered: &[Numbered],
    before: Option<&Arc<Objects>>,
) -> sqlx::Result<Vec<Arc<StoredRelation>>> {
    let known: HashMap<i64, &Arc<StoredRelation>> =
        before.iter().flat_map(|before| &before.relations).map(|relation| (relation.oid, relation)).collect();
    let is_known = |object: &Numbered| known.get(&object.oid).filter(|known| known.changed == object.changed);
    let wanted: Vec<&Numbered> = numbered.iter().filter(|object| object.relation_id.is_some()).collect();
    let changed = wanted.iter().filter(|object| is_known(object).is_none()).filter_map(|object| object.relation_id);
    let changed: Vec<i64> = changed.collect();
    let mut read: HashMap<i64, (Arc<Table>, TableSize)> = HashMap::with_capacity(changed.len());
    if changed.len() > FEW {
        let mut sizes = sizes(connection).await?;
        for table in table::all(connection).await? {
            let size = sizes.remove(&table.id).unwrap_or_default();
            read.insert(table.id, (Arc::new(table), size));
        }
    } else {
        for id in changed {
            let Some(table) = table::find_by_id(connection, id).await? else { continue };
            let size = match table.kind {
                TableKind::Managed => size(connection, id).await?,
                TableKind::External | TableKind::View => TableSize::default(),
            };
            read.insert(id, (Arc::new(table), size));
        }
    }
    let relations = wanted.into_iter().filter_map(|object| {
        if let Some(known) = is_known(object) {
            return Some(Arc::clone(known));
        }
        let (table, size) = read.remove(&object.relation_id?)?;
        Some(Arc::new(StoredRelation { oid: object.oid, table, size, changed: object.changed }))
    });
    Ok(relations.collect())
}

const SIZE: &str = "count(*), coalesce(sum(row_count), 0), coalesce(sum(byte_count), 0) FROM data_file";

async fn sizes(connection: &mut SqliteConnection) -> sqlx::Result<HashMap<i64, TableSize>> {
    let query = format!("SELECT table_id, {SIZE} WHERE removed IS NULL GROUP BY table_id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, size_from(row, 1)?))).collect()
}

async fn size(connection: &mut SqliteConnection, table_id: i64) -> sqlx::Result<TableSize> {
    let query = format!("SELECT {SIZE} WHERE table_id = ? AND removed IS NULL");
    let row = sqlx::query(sqlx::AssertSqlSafe(query)).bind(table_id).fetch_one(connection).await?;
    size_from(&row, 0)
}

fn size_from(row: &SqliteRow, first: usize) -> sqlx::Result<TableSize> {
    Ok(TableSize {
        files: row.try_get::<i64, _>(first)? as u64,
        rows: row.try_get::<i64, _>(first + 1)? as u64,
        bytes: row.try_get::<i64, _>(first + 2)? as u64,
    })
}

async fn functions(
    connection: &mut SqliteConnection,
    numbered: &[Numbered],
    before: Option<&Arc<Objects>>,
) -> sqlx::Result<Vec<Arc<StoredFunction>>> {
    let known: HashMap<i64, &Arc<StoredFunction>> =
        before.iter().flat_map(|before| &before.functions).map(|function| (function.oid, function)).collect();
    let mut functions = Vec::new();
    for object in numbered.iter().filter(|object| object.kind == "function") {
        if let Some(known) = known.get(&object.oid).filter(|known| known.changed == object.changed) {
            functions.push(Arc::clone(known));
            continue;
        }
        let (Some(database), Some(name)) = (&object.database, &object.name) else { continue };
        if let Some(function) = function::find(connection, database, name).await? {
            let (oid, changed) = (object.oid, object.changed);
            functions.push(Arc::new(StoredFunction { oid, function: Arc::new(function), changed }));
        }
    }
    Ok(functions)
}

/// The number of a table or view that is about to be put in another one's place.
pub(super) async fn relation_oid(connection: &mut SqliteConnection, id: i64) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("SELECT oid FROM object WHERE relation_id = ?").bind(id).fetch_optional(connection).await
}

/// What takes another one's place takes its number.
pub(super) async fn take_oid(connection: &mut SqliteConnection, id: i64, oid: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE object SET oid = ? WHERE relation_id = ?").bind(oid).bind(id).execute(connection).await?;
    Ok(())
}

/// The next number: constraints have some too.
pub(super) async fn next_oid(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("UPDATE object_count SET oid = oid + 1 RETURNING oid").fetch_one(connection).await
}

/// A partition or a file with its table.
#[derive(Debug, Clone)]
pub struct FilesOf {
    pub table: Arc<Table>,
    pub partition: Option<Arc<Partition>>,
    pub size: TableSize,
}

impl Catalog {
    /// The partitions of all tables.
    pub async fn all_partitions(&self) -> Result<Vec<FilesOf>> {
        let mut transaction = self.store.read().await?;
        let failed = |error| self.store.error(error);
        let tables = tables_by_id(&mut transaction).await.map_err(failed)?;
        let partitions = partition::all(&mut transaction).await.map_err(failed)?;
        let query = format!(
            "SELECT partition_id, {SIZE} WHERE removed IS NULL AND partition_id IS NOT NULL GROUP BY partition_id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&mut *transaction).await.map_err(failed)?;
        let sizes = rows.iter().map(|row| Ok((row.try_get(0)?, size_from(row, 1)?)));
        let sizes: HashMap<i64, TableSize> = sizes.collect::<sqlx::Result<_>>().map_err(failed)?;
        let listed = partitions.into_iter().filter_map(|(table, partition)| {
            let size = sizes.get(&partition.id).copied().unwrap_or_default();
            Some(FilesOf { table: Arc::clone(tables.get(&table)?), partition: Some(Arc::new(partition)), size })
        });
        Ok(listed.collect())
    }

    /// The data files of all managed tables, with their paths.
    pub async fn all_files(&self) -> Result<Vec<(FilesOf, String)>> {
        let mut transaction = self.store.read().await?;
        let failed = |error| self.store.error(error);
        let tables = tables_by_id(&mut transaction).await.map_err(failed)?;
        let partitions = partition::all(&mut transaction).await.map_err(failed)?;
        let partitions: HashMap<i64, Arc<Partition>> =
            partitions.into_iter().map(|(_, partition)| (partition.id, Arc::new(partition))).collect();
        let rows = sqlx::query(
            "SELECT table_id, partition_id, row_count, byte_count, path FROM data_file WHERE removed IS NULL \
             ORDER BY table_id, path",
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(failed)?;
        let mut files = Vec::with_capacity(rows.len());
        for row in &rows {
            let read = || {
                let (table, partition): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
                let (rows, bytes): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
                Ok::<_, sqlx::Error>((
                    table,
                    partition,
                    TableSize { files: 1, rows: rows as u64, bytes: bytes as u64 },
                    row.try_get(4)?,
                ))
            };
            let (table, partition, size, path): (i64, Option<i64>, TableSize, String) = read().map_err(failed)?;
            let Some(table) = tables.get(&table) else { continue };
            let partition = partition.and_then(|partition| partitions.get(&partition)).map(Arc::clone);
            files.push((FilesOf { table: Arc::clone(table), partition, size }, path));
        }
        Ok(files)
    }
}

async fn tables_by_id(connection: &mut SqliteConnection) -> sqlx::Result<HashMap<i64, Arc<Table>>> {
    let tables = table::all(connection).await?;
    Ok(tables.into_iter().map(|table| (table.id, Arc::new(table))).collect())
}
