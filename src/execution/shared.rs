//! Rows that several places of a plan read, and that are made once: those that chance decides must be the same everywhere.
//! It knows plans, not WITH.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result as PlanResult, internal_err};
use datafusion::datasource::{TableType, source_as_provider};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements, Partitioning,
    PlanProperties,
};
use futures::{TryStreamExt, stream};
use tokio::sync::OnceCell;

use super::cached::{CacheLevel, CacheMemory, CachedRows, keep};

/// The rows of a plan as a table. They are kept from the first time they are read, if they are read more than once.
#[derive(Debug)]
pub struct SharedTable {
    plan: LogicalPlan,
    readers: AtomicUsize,
    rows: Arc<Once>,
}

/// The rows, once somebody has asked for them.
#[derive(Debug, Default)]
struct Once(OnceCell<Arc<CachedRows>>);

impl SharedTable {
    pub fn new(plan: LogicalPlan) -> Self {
        Self { plan, readers: AtomicUsize::new(0), rows: Arc::default() }
    }

    /// The shared rows that a node of a plan reads.
    pub fn read_by(node: &LogicalPlan) -> Option<Arc<dyn TableProvider>> {
        let LogicalPlan::TableScan(scan) = node else { return None };
        source_as_provider(&scan.source).ok().filter(|provider| provider.downcast_ref::<Self>().is_some())
    }

    /// Somebody more will read the rows.
    pub fn add_reader(&self) {
        self.readers.fetch_add(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl TableProvider for SharedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.plan.schema().inner())
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let mut plan = session.create_physical_plan(&self.plan).await?;
        if self.readers.load(Ordering::Relaxed) > 1 {
            plan = Arc::new(SharedExec::new(plan, Arc::clone(&self.rows)));
        }
        let Some(columns) = projection else { return Ok(plan) };
        let schema = plan.schema();
        let expressions = columns.iter().map(|column| {
            let name = schema.field(*column).name();
            let column: Arc<dyn PhysicalExpr> =
                Arc::new(datafusion::physical_expr::expressions::Column::new(name, *column));
            (column, name.clone())
        });
        Ok(Arc::new(ProjectionExec::try_new(expressions.collect::<Vec<_>>(), plan)?))
    }
}

/// Makes the rows, or reads what another has made.
#[derive(Debug)]
struct SharedExec {
    input: Arc<dyn ExecutionPlan>,
    rows: Arc<Once>,
    properties: Arc<PlanProperties>,
}

impl SharedExec {
    fn new(input: Arc<dyn ExecutionPlan>, rows: Arc<Once>) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { input, rows, properties }
    }
}

impl DisplayAs for SharedExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedExec")
    }
}

impl ExecutionPlan for SharedExec {
    fn name(&self) -> &str {
        "SharedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> PlanResult<TreeNodeRecursion>,
    ) -> PlanResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let Some(input) = children.pop() else { return internal_err!("shared rows have one input") };
        Ok(Arc::new(Self::new(input, Arc::clone(&self.rows))))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> PlanResult<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> PlanResult<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("shared rows have one partition");
        }
        let (input, once) = (Arc::clone(&self.input), Arc::clone(&self.rows));
        let batches = stream::once(async move {
            let make = || async {
                let made = input.execute(0, Arc::clone(&context))?;
                let level = CacheLevel::MemoryAndDisk;
                let kept =
                    keep(made, level, u64::MAX, &Arc::new(CacheMemory::default()), &context.runtime_env()).await?;
                match kept {
                    Some(rows) => Ok(rows),
                    None => internal_err!("rows that may be kept on disk were not kept"),
                }
            };
            let rows: PlanResult<_> = once.0.get_or_try_init(make).await.cloned();
            Ok::<_, DataFusionError>(rows?.read())
        })
        .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// Whether a plan reads what `reads` says of a table.
pub fn reads(plan: &LogicalPlan, reads: impl Fn(&dyn TableProvider) -> bool) -> PlanResult<bool> {
    plan.exists(|node| {
        let LogicalPlan::TableScan(scan) = node else { return Ok(false) };
        Ok(source_as_provider(&scan.source).is_ok_and(|provider| reads(provider.as_ref())))
    })
}
