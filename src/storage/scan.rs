//! A table of files as a query sees it: which files, with what statistics, become which scan.
//!
//! Files come from the metastore or from a listing; below that all tables are the same. The plan it makes is
//! DataFusion's own file scan.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result as PlanResult, ScalarValue, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileGroup;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::object_store::ObjectMeta;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::blocking::blocking;
use super::formats::Format;
use super::location::{local_path, object_path};
use super::{ReadOptions, listing, parquet, partition_path, prune, statistics};
use crate::catalog::{Catalog, DataFile, Partition, PartitionChoice, PartitionValue, Table};
use crate::error::{PATH_NOT_FOUND, Result};
use crate::types::time_zone::Zone;
use crate::types::{StructField, arrow_schema};

/// Files with columns.
#[derive(Debug)]
pub(super) struct FileTable {
    pub schema: SchemaRef,
    /// Those that partition come last.
    pub columns: Vec<StructField>,
    pub partition_columns: usize,
    pub format: Format,
    pub files: FileList,
    pub read: ReadOptions,
}

/// Where the files of a table are known from.
#[derive(Debug)]
pub(super) enum FileList {
    /// The metastore lists files (managed tables) or at least partitions (external ones).
    Metastore { catalog: Catalog, table: Arc<Table> },
    /// These, found when the query was looked at.
    Fixed { partitions: Vec<Vec<PartitionValue>>, files: Vec<(usize, ScanFile)> },
}

/// A file to read.
#[derive(Debug, Clone)]
pub(super) struct ScanFile {
    pub path: PathBuf,
    pub bytes: u64,
    pub modified: chrono::DateTime<chrono::Utc>,
    /// From the metastore, or from the file's footer.
    pub known: Option<DataFile>,
}

impl From<listing::ListedFile> for ScanFile {
    fn from(file: listing::ListedFile) -> Self {
        Self { path: file.path, bytes: file.bytes, modified: file.modified, known: None }
    }
}

/// What is left of the files after pruning by partitions.
struct Selection {
    /// Typed values, by partition.
    values: Vec<Vec<ScalarValue>>,
    /// Each with its partition's number.
    files: Vec<(usize, ScanFile)>,
}

impl FileTable {
    pub fn new(
        columns: Vec<StructField>,
        partition_columns: usize,
        format: Format,
        files: FileList,
        read: ReadOptions,
    ) -> Self {
        Self { schema: arrow_schema(&columns), columns, partition_columns, format, files, read }
    }

    fn data_columns(&self) -> &[StructField] {
        &self.columns[..self.columns.len() - self.partition_columns]
    }

    fn partition_columns(&self) -> &[StructField] {
        &self.columns[self.columns.len() - self.partition_columns..]
    }

    /// Of the partitions' values.
    fn partition_zone(&self) -> Result<Zone> {
        match &self.files {
            FileList::Metastore { table, .. } => partition_path::time_zone(&table.details),
            FileList::Fixed { .. } => Zone::parse(&self.read.time_zone),
        }
    }

    async fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (by_partition, by_row): (Vec<_>, Vec<_>) =
            filters.iter().partition(|filter| prune::is_partition_filter(filter, self.partition_columns()));
        let Selection { values, mut files } = self.select(state, &by_partition).await?;
        self.look_into(state, &mut files).await?;

        // Statistics that no one asks for are not worked out.
        let mut wanted: HashSet<usize> = prune::mentioned(by_row.iter().copied(), &self.schema);
        match projection {
            Some(projection) => wanted.extend(projection),
            None => wanted.extend(0..self.columns.len()),
        }
        let mut scanned = files
            .into_iter()
            .map(|(partition, file)| {
                let statistics = self.file_statistics(&file, &values[partition], &wanted)?;
                Ok((partition, file, Arc::new(statistics)))
            })
            .collect::<Result<Vec<_>>>()?;
        if !by_row.is_empty() {
            let all = scanned.iter().map(|(_, _, statistics)| Arc::clone(statistics)).collect::<Vec<_>>();
            let mut kept = prune::files(state, &self.schema, &all, &by_row)?.into_iter();
            scanned.retain(|_| kept.next().unwrap_or(true));
        } else if let Some(limit) = limit {
            keep_for_limit(&mut scanned, limit);
        }
        if scanned.is_empty() {
            let schema = datafusion::common::project_schema(&self.schema, projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }

        let mut total = statistics::merged(scanned.iter().map(|(_, _, statistics)| statistics), &self.schema)?;
        self.add_distinct_counts(&mut total);
        let files = scanned
            .into_iter()
            .map(|(partition, file, statistics)| partitioned_file(&file, values[partition].clone(), statistics))
            .collect::<Result<Vec<_>>>()?;
        let groups = balanced(files, state.config().target_partitions());
        self.format.scan(
            state,
            self.data_columns(),
            self.partition_columns(),
            groups,
            total,
            projection,
            limit,
            &self.read,
        )
    }

    /// What ANALYZE has counted of columns. Of the files that pruning has left there may be fewer.
    fn add_distinct_counts(&self, total: &mut Statistics) {
        let FileList::Metastore { table, .. } = &self.files else { return };
        let Some(analyzed) = &table.details.statistics else { return };
        for (column, statistics) in self.columns.iter().zip(&mut total.column_statistics) {
            let counted = analyzed.columns.iter().find(|counted| counted.column.eq_ignore_ascii_case(&column.name));
            if let Some(counted) = counted
                && statistics.distinct_count == Precision::Absent
            {
                let rows = total.num_rows.get_value().copied().unwrap_or(usize::MAX);
                statistics.distinct_count = Precision::Inexact((counted.distinct as usize).min(rows));
            }
        }
    }

    /// Asks the footers of files that the metastore does not know: without rows the planner builds hash tables of the
    /// larger side.
    async fn look_into(&self, state: &dyn Session, files: &mut [(usize, ScanFile)]) -> Result<()> {
        if !matches!(self.format, Format::Parquet(_)) {
            return Ok(());
        }
        let unknown = files.iter_mut().map(|(_, file)| file).filter(|file| file.known.is_none()).collect::<Vec<_>>();
        let meta = unknown.iter().map(|file| object_meta(file)).collect::<Result<Vec<_>>>()?;
        let found = parquet::describe(state, self.data_columns(), meta).await?;
        for (file, found) in unknown.into_iter().zip(found) {
            file.known = found;
        }
        Ok(())
    }

    async fn select(&self, state: &dyn Session, filters: &[&Expr]) -> Result<Selection> {
        match &self.files {
            FileList::Fixed { partitions, files } => {
                let texts = partitions.iter().map(Vec::as_slice).collect::<Vec<_>>();
                let (kept, values) = self.kept_partitions(state, &texts, filters)?;
                let mut number = vec![None; partitions.len()];
                for (new, old) in kept.iter().enumerate() {
                    number[*old] = Some(new);
                }
                let files =
                    files.iter().filter_map(|(partition, file)| Some((number[*partition]?, file.clone()))).collect();
                Ok(Selection { values, files })
            }
            FileList::Metastore { catalog, table } if self.partition_columns == 0 => {
                let files = match table.kind {
                    crate::catalog::TableKind::Managed => {
                        let snapshot = catalog.snapshot(table, None).await?;
                        let root = local_path(&table.details.location)?;
                        snapshot.files.into_iter().map(|file| (0, known(&root, file))).collect()
                    }
                    crate::catalog::TableKind::External | crate::catalog::TableKind::View => {
                        listed(local_path(&table.details.location)?).await?.into_iter().map(|file| (0, file)).collect()
                    }
                };
                Ok(Selection { values: vec![Vec::new()], files })
            }
            FileList::Metastore { catalog, table } => self.select_partitions(catalog, table, state, filters).await,
        }
    }

    async fn select_partitions(
        &self,
        catalog: &Catalog,
        table: &Table,
        state: &dyn Session,
        filters: &[&Expr],
    ) -> Result<Selection> {
        let managed = table.kind == crate::catalog::TableKind::Managed;
        let demanded = prune::demanded_values(filters, self.partition_columns(), &self.partition_zone()?);
        // Values of managed tables have one spelling; registered folders of others may be spelled otherwise (`01`).
        let choice = if managed && demanded.iter().any(Option::is_some) {
            PartitionChoice::Matching(&demanded)
        } else {
            PartitionChoice::All
        };
        let partitions = catalog.partitions(table, choice).await?;
        let texts = partitions.iter().map(|partition| partition.values.as_slice()).collect::<Vec<_>>();
        let (kept, values) = self.kept_partitions(state, &texts, filters)?;

        let root = local_path(&table.details.location)?;
        let mut files = Vec::new();
        if managed {
            let ids = kept.iter().map(|&number| partitions[number].id).collect::<Vec<_>>();
            // Beyond a part of all the list of ids costs more than it saves.
            let all = choice == PartitionChoice::All && ids.len() * 2 > partitions.len();
            let snapshot = catalog.snapshot(table, if all { None } else { Some(&ids) }).await?;
            let numbers =
                ids.iter().enumerate().map(|(number, id)| (*id, number)).collect::<std::collections::HashMap<_, _>>();
            for file in snapshot.files {
                if let Some(&number) = file.partition_id.as_ref().and_then(|id| numbers.get(id)) {
                    files.push((number, known(&root, file)));
                }
            }
        }
        for (number, &partition) in kept.iter().enumerate() {
            let partition = &partitions[partition];
            if let Some(folder) = self.listed_folder(&root, partition, managed)? {
                files.extend(listed(folder).await?.into_iter().map(|file| (number, file)));
            }
        }
        Ok(Selection { values, files })
    }

    /// The folder of a partition that the metastore has no files of.
    fn listed_folder(&self, root: &std::path::Path, partition: &Partition, managed: bool) -> Result<Option<PathBuf>> {
        match &partition.location {
            Some(location) => Ok(Some(local_path(location)?)),
            None if managed => Ok(None),
            None => Ok(Some(root.join(partition_path::folder(self.partition_columns(), &partition.values)))),
        }
    }

    /// Numbers of the partitions that satisfy the filters, and their values.
    fn kept_partitions(
        &self,
        state: &dyn Session,
        texts: &[&[PartitionValue]],
        filters: &[&Expr],
    ) -> Result<(Vec<usize>, Vec<Vec<ScalarValue>>)> {
        let arrays = prune::typed_values(self.partition_columns(), texts, &self.partition_zone()?)?;
        let kept = prune::partitions(state, self.partition_columns(), &arrays, texts.len(), filters)?;
        let numbers = (0..texts.len()).filter(|&number| kept[number]).collect::<Vec<_>>();
        let values = numbers.iter().map(|&number| prune::values_of(&arrays, number)).collect::<Result<_>>()?;
        Ok((numbers, values))
    }

    fn file_statistics(&self, file: &ScanFile, values: &[ScalarValue], wanted: &HashSet<usize>) -> Result<Statistics> {
        match &file.known {
            Some(known) => statistics::of_file(&self.columns, values, known, wanted),
            None => {
                let mut unknown = Statistics::new_unknown(&self.schema);
                unknown.total_byte_size = Precision::Inexact(file.bytes as usize);
                Ok(unknown)
            }
        }
    }
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
        Ok(filters
            .iter()
            .map(|filter| match prune::is_partition_filter(filter, self.partition_columns()) {
                true => TableProviderFilterPushDown::Exact,
                false => TableProviderFilterPushDown::Inexact,
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        Ok(self.plan(state, projection, filters, limit).await?)
    }
}

fn known(root: &std::path::Path, file: DataFile) -> ScanFile {
    ScanFile {
        path: root.join(&file.path),
        bytes: file.bytes,
        // Files of managed tables never change, so that caches need no time.
        modified: chrono::DateTime::UNIX_EPOCH,
        known: Some(file),
    }
}

/// The files of a table's folder. As in Spark one that is not there has none.
async fn listed(path: PathBuf) -> Result<Vec<ScanFile>> {
    match blocking(move || listing::files_in(&path)).await {
        Ok(files) => Ok(files.into_iter().map(ScanFile::from).collect()),
        Err(error) if error.is(&PATH_NOT_FOUND) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn object_meta(file: &ScanFile) -> Result<ObjectMeta> {
    Ok(ObjectMeta {
        location: object_path(&file.path)?,
        last_modified: file.modified,
        size: file.bytes,
        e_tag: None,
        version: None,
    })
}

fn partitioned_file(file: &ScanFile, values: Vec<ScalarValue>, statistics: Arc<Statistics>) -> Result<PartitionedFile> {
    let mut partitioned = PartitionedFile::new_from_meta(object_meta(file)?);
    partitioned.partition_values = values;
    // Not `with_statistics`, which takes partition values for never NULL.
    partitioned.statistics = Some(statistics);
    Ok(partitioned)
}

/// As many files as a LIMIT needs, if their rows are known.
fn keep_for_limit(files: &mut Vec<(usize, ScanFile, Arc<Statistics>)>, limit: usize) {
    let mut rows = 0;
    let enough = files.iter().position(|(_, _, statistics)| {
        rows += statistics.num_rows.get_value().copied().unwrap_or_default();
        rows >= limit
    });
    if let Some(last) = enough {
        files.truncate(last + 1);
    }
}

/// At most `count` groups of about equal size, the largest files first.
fn balanced(mut files: Vec<PartitionedFile>, count: usize) -> Vec<FileGroup> {
    files.sort_by_key(|file| std::cmp::Reverse(file.object_meta.size));
    let count = count.clamp(1, files.len().max(1));
    let mut groups = (0..count).map(|_| (0, Vec::new())).collect::<Vec<(u64, Vec<PartitionedFile>)>>();
    for file in files {
        if let Some((size, group)) = groups.iter_mut().min_by_key(|(size, _)| *size) {
            *size += file.object_meta.size.max(1);
            group.push(file);
        }
    }
    groups.into_iter().map(|(_, group)| FileGroup::new(group)).collect()
}
