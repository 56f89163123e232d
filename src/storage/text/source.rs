//! Text files as a source of DataFusion's file scan. Each file is read by a thread of its own that may block.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result as PlanResult;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::DataFusionError;
use datafusion::object_store::ObjectStore;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr, apply_expression_roots};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::mpsc::{Sender, channel};

use super::{Lines, Scan, TextFormat, in_file};
use crate::catalog::Pin;
use crate::error::{Error, Result};
use crate::storage::ReadOptions;
use crate::types::StructField;

/// Batches that wait for the plan while the next is made.
const WAITING_BATCHES: usize = 2;

#[derive(Clone)]
pub(super) struct TextSource {
    format: Arc<dyn TextFormat>,
    columns: Arc<[StructField]>,
    table_schema: TableSchema,
    projection: SplitProjection,
    batch_size: usize,
    metrics: ExecutionPlanMetricsSet,
    time_zone: Arc<str>,
    /// The plan keeps this, and this keeps the files on disk.
    pin: Arc<Pin>,
}

impl TextSource {
    pub fn new(
        format: Arc<dyn TextFormat>,
        columns: &[StructField],
        table_schema: TableSchema,
        read: &ReadOptions,
    ) -> Self {
        Self {
            format,
            columns: columns.into(),
            projection: SplitProjection::unprojected(&table_schema),
            table_schema,
            batch_size: 8192,
            metrics: ExecutionPlanMetricsSet::new(),
            time_zone: Arc::clone(&read.time_zone),
            pin: Arc::clone(&read.pin),
        }
    }
}

impl FileSource for TextSource {
    fn create_file_opener(
        &self,
        _store: Arc<dyn ObjectStore>,
        _config: &FileScanConfig,
        _partition: usize,
    ) -> PlanResult<Arc<dyn FileOpener>> {
        let opener = Arc::new(TextOpener { source: self.clone() });
        ProjectionOpener::try_new(self.projection.clone(), opener, self.table_schema.file_schema())
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table_schema
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { batch_size, ..self.clone() })
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> PlanResult<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table_schema.file_schema(), &merged);
        Ok(Some(Arc::new(Self { projection, ..self.clone() })))
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        self.format.name()
    }

    fn fmt_extra(&self, _format: DisplayFormatType, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }

    fn supports_repartitioning(&self) -> bool {
        self.format.splits()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> PlanResult<TreeNodeRecursion>,
    ) -> PlanResult<TreeNodeRecursion> {
        apply_expression_roots(self.projection.source.iter(), visit)
    }
}

struct TextOpener {
    source: TextSource,
}

impl FileOpener for TextOpener {
    fn open(&self, file: PartitionedFile) -> PlanResult<FileOpenFuture> {
        let source = self.source.clone();
        Ok(Box::pin(async move {
            let (sender, mut receiver) = channel(WAITING_BATCHES);
            let path =
                PathBuf::from("/").join(crate::storage::partition_path::unescape(file.object_meta.location.as_ref()));
            let range = file.range.map(|range| range.start as u64..range.end as u64);
            tokio::task::spawn_blocking(move || {
                if let Err(error) = read(&source, &path, range, &sender) {
                    // If no one listens any more, no one misses the error.
                    let _ = sender.blocking_send(Err(error.into()));
                }
                drop(source.pin);
            });
            let batches = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
            Ok(batches.boxed() as BoxStream<'static, PlanResult<RecordBatch>>)
        }))
    }
}

fn read(
    source: &TextSource,
    path: &Path,
    range: Option<Range<u64>>,
    sender: &Sender<Result<RecordBatch, DataFusionError>>,
) -> Result<()> {
    let at_start = range.as_ref().is_none_or(|range| range.start == 0);
    let mut lines = Lines::open(path, source.format.charset(), range)?;
    let scan = Scan {
        columns: &source.columns,
        projection: &source.projection.file_indices,
        time_zone: &source.time_zone,
        at_start,
    };
    let mut decoder = source.format.decoder(&scan)?;
    let named = |error: Error| match error.is(&crate::error::FAILED_READ_FILE) {
        true => error,
        false => in_file(path, error.message()).cause(error),
    };
    while let Some(line) = lines.next()? {
        decoder.line(line).map_err(named)?;
        if decoder.rows() >= source.batch_size && sender.blocking_send(Ok(decoder.flush().map_err(named)?)).is_err() {
            return Ok(());
        }
    }
    decoder.end().map_err(named)?;
    if decoder.rows() > 0 {
        let _ = sender.blocking_send(Ok(decoder.flush().map_err(named)?));
    }
    Ok(())
}
