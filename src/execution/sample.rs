//! Some of the rows, by chance: each is kept or not without regard to the others. A seed gives the same rows of the same
//! files again, as long as the same number of threads reads them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchemaRef, Result as PlanResult, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt;

/// Numbers in [0, 1), one for each row of a partition.
pub type Numbers = Box<dyn FnMut() -> f64 + Send>;

/// Which rows are kept.
#[derive(Clone, Copy)]
pub struct Chance {
    /// Rows whose number is below.
    pub fraction: f64,
    pub seed: i64,
    /// The numbers of a seed and a partition.
    pub numbers: fn(i64, usize) -> Numbers,
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with seed {}", self.fraction, self.seed)
    }
}

/// The node of a plan.
#[derive(Debug, Clone)]
pub struct Sample {
    pub input: LogicalPlan,
    pub chance: Chance,
}

impl Sample {
    pub(super) fn physical(&self, inputs: &[Arc<dyn ExecutionPlan>]) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let [input] = inputs else { return internal_err!("a sample has one input") };
        Ok(Arc::new(SampleExec { input: Arc::clone(input), chance: self.chance }))
    }

    fn key(&self) -> (u64, i64) {
        (self.chance.fraction.to_bits(), self.chance.seed)
    }
}

impl PartialEq for Sample {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key() && self.input == other.input
    }
}

impl Eq for Sample {}

impl Hash for Sample {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for Sample {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.key().partial_cmp(&other.key())
    }
}

impl UserDefinedLogicalNodeCore for Sample {
    fn name(&self) -> &str {
        "Sample"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sample: {:?}", self.chance)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> PlanResult<Self> {
        let (Some(input), true) = (inputs.pop(), inputs.is_empty()) else {
            return internal_err!("a sample has one input");
        };
        Ok(Self { input, chance: self.chance })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![output_columns.to_vec()])
    }
}

/// A scan under it reads in each partition the files it was planned with: whichever partition is idle would take the next
/// one otherwise, and a seed would not give the same rows again.
fn without_work_stealing(context: &TaskContext) -> TaskContext {
    let mut config = context.session_config().clone();
    config.options_mut().execution.enable_file_stream_work_stealing = false;
    TaskContext::new(
        context.task_id(),
        context.session_id(),
        config,
        context.scalar_functions().clone(),
        context.higher_order_functions().clone(),
        context.aggregate_functions().clone(),
        context.window_functions().clone(),
        context.runtime_env(),
    )
}

#[derive(Debug)]
struct SampleExec {
    input: Arc<dyn ExecutionPlan>,
    chance: Chance,
}

impl DisplayAs for SampleExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SampleExec: {:?}", self.chance)
    }
}

impl ExecutionPlan for SampleExec {
    fn name(&self) -> &str {
        "SampleExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
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
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let Some(input) = children.pop() else { return internal_err!("a sample has one input") };
        Ok(Arc::new(Self { input, chance: self.chance }))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> PlanResult<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> PlanResult<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, Arc::new(without_work_stealing(&context)))?;
        let schema = rows.schema();
        let fraction = self.chance.fraction;
        let mut numbers = (self.chance.numbers)(self.chance.seed, partition);
        let kept = rows.map(move |batch| {
            let batch = batch?;
            let keep: BooleanArray = (0..batch.num_rows()).map(|_| Some(numbers() < fraction)).collect();
            Ok(filter_record_batch(&batch, &keep)?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, kept)))
    }
}
