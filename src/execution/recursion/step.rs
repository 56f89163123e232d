//! The table that a recursion's step reads: the rows of the step before.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result as PlanResult, internal_err};
use datafusion::datasource::TableType;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use parking_lot::Mutex;

/// Stands for the rows of the last step of the recursion of that name.
#[derive(Debug)]
pub struct StepTable {
    pub recursion: String,
    pub schema: SchemaRef,
}

#[async_trait]
impl TableProvider for StepTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        Ok(Arc::new(StepExec::new(self.recursion.clone(), schema, projection.cloned(), None)))
    }
}

/// The rows of one step, shared by all places that read them.
#[derive(Debug)]
pub(super) struct Step {
    pub recursion: String,
    pub rows: Mutex<(Vec<RecordBatch>, Option<MemoryReservation>)>,
}

#[derive(Debug)]
struct StepExec {
    recursion: String,
    schema: SchemaRef,
    projection: Option<Vec<usize>>,
    /// Known once the recursion around is planned.
    step: Option<Arc<Step>>,
    properties: Arc<PlanProperties>,
}

impl StepExec {
    fn new(recursion: String, schema: SchemaRef, projection: Option<Vec<usize>>, step: Option<Arc<Step>>) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { recursion, schema, projection, step, properties }
    }
}

impl DisplayAs for StepExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StepExec: {}", self.recursion)
    }
}

impl ExecutionPlan for StepExec {
    fn name(&self) -> &str {
        "StepExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> PlanResult<TreeNodeRecursion>,
    ) -> PlanResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> PlanResult<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn with_new_state(&self, state: Arc<dyn Any + Send + Sync>) -> Option<Arc<dyn ExecutionPlan>> {
        let step = state.downcast::<Step>().ok().filter(|step| step.recursion == self.recursion)?;
        let (schema, projection) = (Arc::clone(&self.schema), self.projection.clone());
        Some(Arc::new(Self::new(self.recursion.clone(), schema, projection, Some(step))))
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> PlanResult<SendableRecordBatchStream> {
        let (0, Some(step)) = (partition, &self.step) else {
            return internal_err!("the step of `{}` is read outside of its recursion", self.recursion);
        };
        let batches = step.rows.lock().0.clone();
        Ok(Box::pin(MemoryStream::try_new(batches, Arc::clone(&self.schema), self.projection.clone())?))
    }
}
