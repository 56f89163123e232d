//! One write, made visible in one transaction: files in, files out, conflicts found.

use std::collections::HashSet;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnection;

use super::partition::{self, chosen, remove, remove_files, statistics_to_json, touch};
use super::store::{next_change, to_json};
use super::{
    Catalog, Commit, DataFile, NewPartition, NewTable, PartitionChoice, PartitionValue, Replace, Table, TableDetails,
    garbage, table,
};
use crate::error::{CONCURRENT_WRITE, Error, Result};
use crate::types::StructField;

impl Catalog {
    /// Makes a write visible; gives back the table's new version.
    ///
    /// # Errors
    /// `CONCURRENT_WRITE`: the table was dropped or redefined, or what the commit replaces was changed, since the
    /// version the writer saw.
    pub async fn commit(&self, commit: &Commit) -> Result<i64> {
        self.commit_with(commit, None).await
    }

    /// Makes a write visible that gives the table other columns and details too.
    ///
    /// # Errors
    /// Those of [`Catalog::commit`].
    pub async fn commit_redefined(
        &self,
        commit: &Commit,
        columns: &[StructField],
        details: &TableDetails,
    ) -> Result<i64> {
        self.commit_with(commit, Some((columns, details))).await
    }

    async fn commit_with(&self, commit: &Commit, definition: Option<(&[StructField], &TableDetails)>) -> Result<i64> {
        let failed = |error| self.store.error(error);
        let mut transaction = self.store.write().await?;
        let Some(table) = table::find_by_id(&mut transaction, commit.table_id).await.map_err(failed)? else {
            return Err(Error::new(&CONCURRENT_WRITE, "The table was dropped by another statement meanwhile"));
        };
        if table.defined > commit.based_on {
            return Err(table::changed_meanwhile(&table.database, &table.name));
        }
        let change = next_change(&mut transaction).await.map_err(failed)?;
        if !replace(&mut transaction, commit, change).await.map_err(failed)? {
            return Err(Error::new(
                &CONCURRENT_WRITE,
                format!(
                    "Another statement changed the same files of `{}`.`{}` meanwhile; nothing was written",
                    table.database, table.name
                ),
            )
            .hint("run the statement again"));
        }
        add(&mut transaction, commit.table_id, &commit.partitions, &commit.files, change).await.map_err(failed)?;
        touch(&mut transaction, commit.table_id, change).await.map_err(failed)?;
        if let Some((columns, details)) = definition {
            sqlx::query("UPDATE relation SET columns = ?, details = ?, defined = ? WHERE id = ?")
                .bind(to_json(&columns))
                .bind(to_json(details))
                .bind(change)
                .bind(commit.table_id)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        if let Some(staging) = &commit.staging {
            garbage::complete_staging(&mut transaction, staging).await.map_err(failed)?;
        }
        self.store.commit(transaction).await?;
        Ok(change)
    }

    /// Makes a table together with its first files, in place of `old` if that is given. Of an external table only the
    /// partitions are kept (`list_files` is false).
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`, `TABLE_OR_VIEW_ALREADY_EXISTS`, `CONCURRENT_WRITE`
    pub async fn create_table_with(
        &self,
        new: NewTable,
        old: Option<&Table>,
        files: &[(Vec<PartitionValue>, DataFile)],
        list_files: bool,
        staging: &str,
    ) -> Result<Arc<Table>> {
        let failed = |error| self.store.error(error);
        let mut transaction = self.store.write().await?;
        if let Some(old) = old {
            match table::find_by_id(&mut transaction, old.id).await.map_err(failed)? {
                Some(now) if now.defined == old.defined => {}
                _ => return Err(table::changed_meanwhile(&old.database, &old.name)),
            }
            table::delete(&mut transaction, old).await.map_err(failed)?;
        }
        let table = self.insert_table(&mut transaction, new).await?;
        let partitions = files.iter().map(|(values, _)| values.clone()).collect::<Vec<_>>();
        let files = if list_files { files } else { &[] };
        add(&mut transaction, table.id, &partitions, files, table.version).await.map_err(failed)?;
        garbage::complete_staging(&mut transaction, staging).await.map_err(failed)?;
        self.store.commit(transaction).await?;
        Ok(Arc::new(table))
    }
}

/// Hides what the commit replaces; false if that has changed since the version the writer saw.
async fn replace(connection: &mut SqliteConnection, commit: &Commit, change: i64) -> sqlx::Result<bool> {
    let table_id = commit.table_id;
    let choice = match &commit.replace {
        Replace::Nothing => return Ok(true),
        Replace::Files(paths) => {
            let done = sqlx::query(
                "UPDATE data_file SET removed = ?1 WHERE table_id = ?2 AND removed IS NULL \
                 AND path IN (SELECT value FROM json_each(?3))",
            )
            .bind(change)
            .bind(table_id)
            .bind(to_json(paths))
            .execute(connection)
            .await?;
            return Ok(done.rows_affected() == paths.len() as u64);
        }
        Replace::All => PartitionChoice::All,
        Replace::Partitions(all) => PartitionChoice::Exactly(all),
        Replace::Matching(pattern) => PartitionChoice::Matching(pattern),
    };
    let unpartitioned = matches!(choice, PartitionChoice::All | PartitionChoice::Matching([]));

    // Partitions that the writer saw but that are gone count too: they were changed.
    let live = chosen(connection, table_id, None, choice).await?;
    let seen = chosen(connection, table_id, Some(commit.based_on), choice).await?;
    let ids =
        |partitions: &[super::Partition]| to_json(&partitions.iter().map(|partition| partition.id).collect::<Vec<_>>());
    let either = seen.iter().chain(&live).map(|partition| partition.id).collect::<HashSet<_>>();
    if seen.iter().any(|old| !live.iter().any(|now| now.id == old.id)) {
        return Ok(false);
    }
    let changed: i64 = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM data_file WHERE table_id = ?1 AND (added > ?2 OR removed > ?2) \
         AND (?3 OR partition_id IN (SELECT value FROM json_each(?4))))",
    )
    .bind(table_id)
    .bind(commit.based_on)
    .bind(unpartitioned)
    .bind(to_json(&either))
    .fetch_one(&mut *connection)
    .await?;
    if changed != 0 {
        return Ok(false);
    }

    if unpartitioned {
        sqlx::query("UPDATE data_file SET removed = ? WHERE table_id = ? AND removed IS NULL")
            .bind(change)
            .bind(table_id)
            .execute(&mut *connection)
            .await?;
    } else {
        remove_files(connection, table_id, &ids(&live), change).await?;
    }
    if commit.drop_emptied {
        let kept = commit.files.iter().map(|(values, _)| values).chain(&commit.partitions).collect::<HashSet<_>>();
        let emptied = live.into_iter().filter(|partition| !kept.contains(&partition.values)).collect::<Vec<_>>();
        remove(connection, &ids(&emptied), change).await?;
    }
    Ok(true)
}

/// Makes partitions that are missing and files.
async fn add(
    connection: &mut SqliteConnection,
    table_id: i64,
    partitions: &[Vec<PartitionValue>],
    files: &[(Vec<PartitionValue>, DataFile)],
    change: i64,
) -> sqlx::Result<()> {
    let new = files
        .iter()
        .map(|(values, _)| values)
        .chain(partitions)
        .filter(|values| !values.is_empty())
        .collect::<HashSet<_>>()
        .into_iter()
        .map(|values| NewPartition { values: values.clone(), ..NewPartition::default() })
        .collect::<Vec<_>>();
    partition::insert(connection, table_id, &new, change).await?;
    if files.is_empty() {
        return Ok(());
    }
    let rows = files
        .iter()
        .map(|(values, file)| {
            (to_json(values), &file.path, file.rows, file.bytes, statistics_to_json(&file.statistics))
        })
        .collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO data_file (table_id, partition_id, path, row_count, byte_count, statistics, added) \
         SELECT ?1, (SELECT id FROM partition WHERE table_id = ?1 AND partition_values = file.value ->> 0 \
                     AND removed IS NULL), \
         file.value ->> 1, file.value ->> 2, file.value ->> 3, file.value ->> 4, ?2 FROM json_each(?3) AS file",
    )
    .bind(table_id)
    .bind(change)
    .bind(to_json(&rows))
    .execute(connection)
    .await
    .map(|_| ())
}
