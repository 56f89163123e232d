//! Partitions, and the files in them.

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::store::{from_json, next_change, now, to_json};
use super::{
    Catalog, ColumnStatistics, DataFile, NewPartition, Partition, PartitionChoice, PartitionValue, Pin, Snapshot, Table,
};
use crate::error::{Error, PARTITIONS_ALREADY_EXIST, PARTITIONS_NOT_FOUND, Result};

impl Catalog {
    /// Keeps every file that is visible now on disk for as long as the pin lives. Take it before looking a table up.
    pub async fn pin(&self) -> Result<Pin> {
        let mut pin = self.store.leases.pin()?;
        let change: i64 = sqlx::query_scalar("SELECT value FROM change_count")
            .fetch_one(self.store.pool())
            .await
            .map_err(|error| self.store.error(error))?;
        pin.narrow(change)?;
        Ok(pin)
    }

    /// Partitions as of the table's version, by their values.
    pub async fn partitions(&self, table: &Table, choice: PartitionChoice<'_>) -> Result<Vec<Partition>> {
        let mut connection = self.store.pool().acquire().await.map_err(|error| self.store.error(error))?;
        chosen(&mut connection, table.id, Some(table.version), choice).await.map_err(|error| self.store.error(error))
    }

    /// Files of a managed table as of its version: all, or those of some partitions (by id).
    pub async fn snapshot(&self, table: &Table, partitions: Option<&[i64]>) -> Result<Snapshot> {
        let failed = |error| self.store.error(error);
        const COLUMNS: &str = "partition_id, path, row_count, byte_count, statistics";
        const VISIBLE: &str = "table_id = ?1 AND added <= ?2 AND (removed IS NULL OR removed > ?2)";
        let rows = match partitions {
            None => {
                let sql = format!("SELECT {COLUMNS} FROM data_file WHERE {VISIBLE} ORDER BY id");
                sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(table.id)
                    .bind(table.version)
                    .fetch_all(self.store.pool())
                    .await
            }
            Some(ids) => {
                let sql = format!(
                    "SELECT {COLUMNS} FROM data_file \
                     WHERE {VISIBLE} AND partition_id IN (SELECT value FROM json_each(?3)) ORDER BY id"
                );
                sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(table.id)
                    .bind(table.version)
                    .bind(to_json(ids))
                    .fetch_all(self.store.pool())
                    .await
            }
        };
        let files = rows.map_err(failed)?.iter().map(file_from_row).collect::<sqlx::Result<_>>().map_err(failed)?;
        Ok(Snapshot { version: table.version, files })
    }

    /// Registers partitions without files.
    ///
    /// # Errors
    /// `PARTITIONS_ALREADY_EXIST` unless `if_not_exists`.
    pub async fn add_partitions(&self, table: &Table, new: &[NewPartition], if_not_exists: bool) -> Result<()> {
        let failed = |error| self.store.error(error);
        let mut transaction = self.store.write().await?;
        let change = next_change(&mut transaction).await.map_err(failed)?;
        let added = insert(&mut transaction, table.id, new, change).await.map_err(failed)?;
        if added < new.len() as u64 && !if_not_exists {
            drop(transaction);
            let values = new.iter().map(|partition| partition.values.clone()).collect::<Vec<_>>();
            let there = self.partitions_now(table, PartitionChoice::Exactly(&values)).await?;
            return Err(already_exist(table, there.iter().map(|partition| &partition.values)));
        }
        touch(&mut transaction, table.id, change).await.map_err(failed)?;
        self.store.commit(transaction).await
    }

    /// Unregisters partitions; their files become garbage. Gives back those that were there.
    pub async fn drop_partitions(&self, table: &Table, choice: PartitionChoice<'_>) -> Result<Vec<Partition>> {
        let failed = |error| self.store.error(error);
        let mut transaction = self.store.write().await?;
        let change = next_change(&mut transaction).await.map_err(failed)?;
        let dropped = chosen(&mut transaction, table.id, None, choice).await.map_err(failed)?;
        let ids = to_json(&dropped.iter().map(|partition| partition.id).collect::<Vec<_>>());
        remove_files(&mut transaction, table.id, &ids, change).await.map_err(failed)?;
        remove(&mut transaction, &ids, change).await.map_err(failed)?;
        touch(&mut transaction, table.id, change).await.map_err(failed)?;
        self.store.commit(transaction).await?;
        Ok(dropped)
    }

    /// Gives a partition other values, and its files other paths (old path, new path): the caller has made the new ones
    /// and announced them in a staging folder.
    ///
    /// # Errors
    /// `PARTITIONS_NOT_FOUND`, `PARTITIONS_ALREADY_EXIST`
    pub async fn rename_partition(
        &self,
        table: &Table,
        from: &[PartitionValue],
        to: &[PartitionValue],
        files: &[(String, String)],
        location: Option<String>,
        staging: &str,
    ) -> Result<()> {
        let failed = |error| self.store.error(error);
        let mut transaction = self.store.write().await?;
        let from_values = [from.to_vec()];
        let to_values = [to.to_vec()];
        let old =
            chosen(&mut transaction, table.id, None, PartitionChoice::Exactly(&from_values)).await.map_err(failed)?;
        let Some(old) = old.first() else { return Err(partitions_not_found(table, [from])) };
        let taken =
            chosen(&mut transaction, table.id, None, PartitionChoice::Exactly(&to_values)).await.map_err(failed)?;
        if !taken.is_empty() {
            return Err(already_exist(table, [&to.to_vec()]));
        }
        let change = next_change(&mut transaction).await.map_err(failed)?;
        let ids = to_json(&[old.id]);
        let new = NewPartition {
            values: to.to_vec(),
            location: location.or_else(|| old.location.clone()),
            properties: old.properties.clone(),
        };
        insert(&mut transaction, table.id, &[new], change).await.map_err(failed)?;
        let moved = sqlx::query(
            "INSERT INTO data_file (table_id, partition_id, path, row_count, byte_count, statistics, added) \
             SELECT ?1, (SELECT id FROM partition WHERE table_id = ?1 AND partition_values = ?2 AND removed IS NULL), \
             renamed.value ->> 1, row_count, byte_count, statistics, ?3 \
             FROM data_file JOIN json_each(?4) AS renamed ON data_file.path = renamed.value ->> 0 \
             WHERE table_id = ?1 AND partition_id = ?5 AND removed IS NULL",
        )
        .bind(table.id)
        .bind(to_json(to))
        .bind(change)
        .bind(to_json(files))
        .bind(old.id)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        let removed = remove_files(&mut transaction, table.id, &ids, change).await.map_err(failed)?;
        if moved.rows_affected() != removed {
            return Err(super::table::changed_meanwhile(&table.database, &table.name));
        }
        remove(&mut transaction, &ids, change).await.map_err(failed)?;
        touch(&mut transaction, table.id, change).await.map_err(failed)?;
        super::garbage::complete_staging(&mut transaction, staging).await.map_err(failed)?;
        self.store.commit(transaction).await
    }

    /// Sets where a partition is and its properties.
    ///
    /// # Errors
    /// `PARTITIONS_NOT_FOUND`
    pub async fn alter_partition(&self, table: &Table, partition: &Partition) -> Result<()> {
        let failed = |error| self.store.error(error);
        let mut transaction = self.store.write().await?;
        let change = next_change(&mut transaction).await.map_err(failed)?;
        let changed = sqlx::query("UPDATE partition SET location = ?, properties = ? WHERE id = ? AND removed IS NULL")
            .bind(&partition.location)
            .bind(to_json(&partition.properties))
            .bind(partition.id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if changed.rows_affected() == 0 {
            return Err(partitions_not_found(table, [partition.values.as_slice()]));
        }
        touch(&mut transaction, table.id, change).await.map_err(failed)?;
        self.store.commit(transaction).await
    }

    /// Sets the properties of a partition; readers and writers of the table don't notice.
    pub async fn keep_partition_properties(&self, partition: &Partition) -> Result<()> {
        sqlx::query("UPDATE partition SET properties = ? WHERE id = ? AND removed IS NULL")
            .bind(to_json(&partition.properties))
            .bind(partition.id)
            .execute(self.store.pool())
            .await
            .map_err(|error| self.store.error(error))?;
        Ok(())
    }

    /// Partitions as they are now, not as of the table's version.
    async fn partitions_now(&self, table: &Table, choice: PartitionChoice<'_>) -> Result<Vec<Partition>> {
        let mut connection = self.store.pool().acquire().await.map_err(|error| self.store.error(error))?;
        chosen(&mut connection, table.id, None, choice).await.map_err(|error| self.store.error(error))
    }
}

/// Partitions visible at a version, or now, in the order of their values.
pub(super) async fn chosen(
    connection: &mut SqliteConnection,
    table_id: i64,
    version: Option<i64>,
    choice: PartitionChoice<'_>,
) -> sqlx::Result<Vec<Partition>> {
    let visible = match version {
        Some(_) => "added <= ?2 AND (removed IS NULL OR removed > ?2)",
        // The parameter keeps its place.
        None => "removed IS NULL AND ?2 IS NULL",
    };
    let (condition, parameters) = choice_condition(choice);
    let sql = format!(
        "SELECT id, partition_values, location, properties, created_at FROM partition \
         WHERE table_id = ?1 AND {visible}{condition} ORDER BY partition_values"
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(table_id).bind(version);
    for parameter in parameters {
        query = query.bind(parameter);
    }
    query.fetch_all(connection).await?.iter().map(from_row).collect()
}

/// The condition in SQL, with parameters from `?3` on.
fn choice_condition(choice: PartitionChoice<'_>) -> (String, Vec<String>) {
    let exactly =
        |parameter| (" AND partition_values IN (SELECT value FROM json_each(?3))".to_owned(), vec![parameter]);
    match choice {
        PartitionChoice::All => (String::new(), Vec::new()),
        PartitionChoice::Exactly(all) => exactly(to_json(&all.iter().map(to_json).collect::<Vec<_>>())),
        PartitionChoice::Matching(pattern) => {
            let given = pattern.iter().map_while(Option::as_ref).collect::<Vec<_>>();
            if given.len() == pattern.len() && !pattern.is_empty() {
                return exactly(to_json(&[to_json(&given)]));
            }
            let mut condition = String::new();
            let mut parameters = Vec::new();
            // The leading values are a prefix of the JSON text, so the index finds them.
            if !given.is_empty() {
                let text = to_json(&given);
                let prefix = format!("{},", &text[..text.len() - 1]);
                condition.push_str(" AND partition_values >= ?3 AND partition_values < ?4");
                parameters.extend([prefix.clone(), format!("{prefix}\u{10FFFF}")]);
            }
            for (place, value) in pattern.iter().enumerate().skip(given.len()) {
                match value {
                    None => {}
                    Some(None) => condition.push_str(&format!(" AND partition_values ->> '$[{place}]' IS NULL")),
                    Some(Some(value)) => {
                        parameters.push(value.clone());
                        let number = parameters.len() + 2;
                        condition.push_str(&format!(" AND partition_values ->> '$[{place}]' = ?{number}"));
                    }
                }
            }
            (condition, parameters)
        }
    }
}

/// Makes those that are not there; gives back how many.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    table_id: i64,
    new: &[NewPartition],
    change: i64,
) -> sqlx::Result<u64> {
    if new.is_empty() {
        return Ok(0);
    }
    let rows = new
        .iter()
        .map(|partition| (to_json(&partition.values), &partition.location, to_json(&partition.properties)))
        .collect::<Vec<_>>();
    let done = sqlx::query(
        "INSERT INTO partition (table_id, partition_values, location, properties, created_at, added) \
         SELECT ?1, value ->> 0, value ->> 1, value ->> 2, ?2, ?3 FROM json_each(?4) WHERE true \
         ON CONFLICT DO NOTHING",
    )
    .bind(table_id)
    .bind(now())
    .bind(change)
    .bind(to_json(&rows))
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Hides partitions (a JSON array of ids) from later versions.
pub(super) async fn remove(connection: &mut SqliteConnection, ids: &str, change: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE partition SET removed = ?1 WHERE id IN (SELECT value FROM json_each(?2)) AND removed IS NULL")
        .bind(change)
        .bind(ids)
        .execute(connection)
        .await
        .map(|_| ())
}

/// Hides the files of partitions (a JSON array of ids) from later versions.
pub(super) async fn remove_files(
    connection: &mut SqliteConnection,
    table_id: i64,
    ids: &str,
    change: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "UPDATE data_file SET removed = ?1 WHERE table_id = ?2 AND removed IS NULL \
         AND partition_id IN (SELECT value FROM json_each(?3))",
    )
    .bind(change)
    .bind(table_id)
    .bind(ids)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Marks a change of the table's partitions or files.
pub(super) async fn touch(connection: &mut SqliteConnection, table_id: i64, change: i64) -> sqlx::Result<()> {
    // What was counted of the table is not so any more.
    sqlx::query("UPDATE relation SET version = ?, details = json_remove(details, '$.statistics') WHERE id = ?")
        .bind(change)
        .bind(table_id)
        .execute(connection)
        .await
        .map(|_| ())
}

/// How the metastore keeps statistics: short, as there is one for each column of each file.
type StoredStatistics = (String, Option<u64>, Option<String>, Option<String>);

pub(super) fn statistics_to_json(statistics: &[ColumnStatistics]) -> String {
    let stored =
        statistics.iter().map(|column| (&column.column, column.nulls, &column.min, &column.max)).collect::<Vec<_>>();
    to_json(&stored)
}

fn file_from_row(row: &SqliteRow) -> sqlx::Result<DataFile> {
    let statistics: Vec<StoredStatistics> = from_json(row.try_get(4)?)?;
    Ok(DataFile {
        partition_id: row.try_get(0)?,
        path: row.try_get(1)?,
        rows: row.try_get::<i64, _>(2)? as u64,
        bytes: row.try_get::<i64, _>(3)? as u64,
        statistics: statistics
            .into_iter()
            .map(|(column, nulls, min, max)| ColumnStatistics { column, nulls, min, max })
            .collect(),
    })
}

/// The partitions of all tables, with the numbers of these.
pub(super) async fn all(connection: &mut SqliteConnection) -> sqlx::Result<Vec<(i64, Partition)>> {
    let rows = sqlx::query(
        "SELECT id, partition_values, location, properties, created_at, table_id FROM partition \
         WHERE removed IS NULL ORDER BY table_id, partition_values",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(5)?, from_row(row)?))).collect()
}

fn from_row(row: &SqliteRow) -> sqlx::Result<Partition> {
    Ok(Partition {
        id: row.try_get(0)?,
        values: from_json(row.try_get(1)?)?,
        location: row.try_get(2)?,
        properties: from_json(row.try_get(3)?)?,
        created_at: row.try_get(4)?,
    })
}

/// `PARTITION (`a` = 1)`, as Spark's messages show partitions.
fn show(table: &Table, values: &[PartitionValue]) -> String {
    let columns = &table.columns[table.columns.len() - table.partition_columns..];
    let parts = columns
        .iter()
        .zip(values)
        .map(|(column, value)| format!("`{}` = {}", column.name, value.as_deref().unwrap_or("null")))
        .collect::<Vec<_>>();
    format!("PARTITION ({})", parts.join(", "))
}

/// As Spark words it.
pub fn partitions_not_found<'a>(table: &Table, all: impl IntoIterator<Item = &'a [PartitionValue]>) -> Error {
    let list = all.into_iter().map(|values| show(table, values)).collect::<Vec<_>>().join(", ");
    Error::new(
        &PARTITIONS_NOT_FOUND,
        format!(
            "The partition(s) {list} cannot be found in table `{}`.`{}`. Verify the partition specification and table \
             name. To tolerate the error on drop use ALTER TABLE … DROP IF EXISTS PARTITION",
            table.database, table.name
        ),
    )
}

fn already_exist<'a>(table: &Table, all: impl IntoIterator<Item = &'a Vec<PartitionValue>>) -> Error {
    let list = all.into_iter().map(|values| show(table, values)).collect::<Vec<_>>().join(", ");
    Error::new(
        &PARTITIONS_ALREADY_EXIST,
        format!(
            "Cannot ADD or RENAME TO partition(s) {list} in table `{}`.`{}` because they already exist. Choose a \
             different name, drop the existing partition, or add the IF NOT EXISTS clause to tolerate a pre-existing \
             partition",
            table.database, table.name
        ),
    )
}
