//! How a recursion runs: one step after the other, each in whole before the next.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatchOptions;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::utils::memory::RecordBatchMemoryCounter;
use datafusion::common::{Result as PlanResult, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions, reset_plan_states,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements, Partitioning,
    PlanProperties,
};
use futures::{StreamExt, stream};
use parking_lot::Mutex;

use crate::error::{Error, RECURSION_LEVEL_LIMIT_EXCEEDED, RECURSION_ROW_LIMIT_EXCEEDED};

use super::RecursionLimits;
use super::step::Step;

#[derive(Debug)]
pub(super) struct RecursionExec {
    name: String,
    schema: SchemaRef,
    limits: RecursionLimits,
    anchor: Arc<dyn ExecutionPlan>,
    step: Arc<dyn ExecutionPlan>,
    rows: Arc<Step>,
    properties: Arc<PlanProperties>,
}

impl RecursionExec {
    /// Lets the tables of the step read what this recursion writes.
    pub fn over(
        name: String,
        schema: SchemaRef,
        limits: RecursionLimits,
        anchor: Arc<dyn ExecutionPlan>,
        step: Arc<dyn ExecutionPlan>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let rows = Arc::new(Step { recursion: name.clone(), rows: Mutex::default() });
        let step = step
            .transform_down(|plan| {
                Ok(match plan.with_new_state(Arc::<Step>::clone(&rows)) {
                    Some(reads) => Transformed::yes(reads),
                    None => Transformed::no(plan),
                })
            })?
            .data;
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Ok(Arc::new(Self { name, schema, limits, anchor, step, rows, properties }))
    }
}

impl DisplayAs for RecursionExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecursionExec: {}", self.name)
    }
}

impl ExecutionPlan for RecursionExec {
    fn name(&self) -> &str {
        "RecursionExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.anchor, &self.step]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> PlanResult<TreeNodeRecursion>,
    ) -> PlanResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition, Distribution::SinglePartition])
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let Ok([anchor, step]) = <[Arc<dyn ExecutionPlan>; 2]>::try_from(children) else {
            return internal_err!("a recursion has an anchor and a step");
        };
        Ok(Arc::new(Self {
            name: self.name.clone(),
            schema: Arc::clone(&self.schema),
            limits: self.limits,
            anchor,
            step,
            rows: Arc::clone(&self.rows),
            properties: Arc::clone(&self.properties),
        }))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> PlanResult<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> PlanResult<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("a recursion has one partition");
        }
        let steps = Steps {
            schema: Arc::clone(&self.schema),
            limits: self.limits,
            step: Arc::clone(&self.step),
            rows: Arc::clone(&self.rows),
            running: self.anchor.execute(0, Arc::clone(&context))?,
            made: Vec::new(),
            counter: RecordBatchMemoryCounter::new(),
            reservation: MemoryConsumer::new("recursion").register(context.memory_pool()),
            context,
            level: 0,
            total: 0,
        };
        let batches = stream::try_unfold(steps, Steps::next);
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches)))
    }
}

/// The step that runs, and what it has made so far.
struct Steps {
    schema: SchemaRef,
    limits: RecursionLimits,
    step: Arc<dyn ExecutionPlan>,
    rows: Arc<Step>,
    running: SendableRecordBatchStream,
    made: Vec<RecordBatch>,
    /// Of `made`, whose batches may be slices of one another's buffers.
    counter: RecordBatchMemoryCounter,
    reservation: MemoryReservation,
    context: Arc<TaskContext>,
    level: u64,
    total: u64,
}

impl Steps {
    /// The next batch; `None` once a step has made none.
    async fn next(mut self) -> PlanResult<Option<(RecordBatch, Self)>> {
        loop {
            let Some(batch) = self.running.next().await.transpose()? else {
                if self.made.is_empty() {
                    *self.rows.rows.lock() = Default::default();
                    return Ok(None);
                }
                self.begin()?;
                continue;
            };
            if batch.num_rows() == 0 {
                continue;
            }
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let columns = batch.columns().to_vec();
            let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
            self.total += batch.num_rows() as u64;
            if self.total > self.limits.rows {
                return Err(Error::new(
                    &RECURSION_ROW_LIMIT_EXCEEDED,
                    format!(
                        "Recursion row limit {} reached but query has not exhausted, try setting a larger LIMIT value when \
                         querying the CTE relation",
                        self.limits.rows
                    ),
                )
                .into());
            }
            self.reservation.try_grow(self.counter.count_batch(&batch))?;
            self.made.push(batch.clone());
            return Ok(Some((batch, self)));
        }
    }

    /// Begins the next step over what this one has made.
    fn begin(&mut self) -> PlanResult<()> {
        if self.level >= self.limits.levels {
            return Err(Error::new(
                &RECURSION_LEVEL_LIMIT_EXCEEDED,
                format!(
                    "Recursion level limit {} reached but query has not exhausted, try increasing it like 'WITH RECURSIVE \
                     t(col) MAX RECURSION LEVEL 200'",
                    self.limits.levels
                ),
            )
            .into());
        }
        self.level += 1;
        self.counter = RecordBatchMemoryCounter::new();
        *self.rows.rows.lock() = (std::mem::take(&mut self.made), Some(self.reservation.take()));
        self.running = reset_plan_states(Arc::clone(&self.step))?.execute(0, Arc::clone(&self.context))?;
        Ok(())
    }
}
