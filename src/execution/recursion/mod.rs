//! A query that reads its own last step: the anchor's rows, then those that the step makes of them, until it makes none.
//!
//! It knows plans, not WITH RECURSIVE; what may stand in the step its maker has checked.

mod run;
mod step;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::common::{DFSchemaRef, Result as PlanResult, internal_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;

pub use step::StepTable;

/// How far a recursion may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Hash)]
pub struct RecursionLimits {
    /// How often the step may run.
    pub levels: u64,
    pub rows: u64,
}

/// The node of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recursion {
    /// What the [`StepTable`] in `step` is called.
    pub name: String,
    pub anchor: LogicalPlan,
    pub step: LogicalPlan,
    /// All columns may be NULL; their types are those of both inputs.
    pub schema: DFSchemaRef,
    pub limits: RecursionLimits,
}

impl Recursion {
    /// The plan that runs, over those of the inputs.
    pub(super) fn physical(&self, inputs: &[Arc<dyn ExecutionPlan>]) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let [anchor, step] = inputs else { return internal_err!("a recursion has an anchor and a step") };
        let schema = Arc::clone(self.schema.inner());
        run::RecursionExec::over(self.name.clone(), schema, self.limits, Arc::clone(anchor), Arc::clone(step))
    }
}

impl Hash for Recursion {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.limits.hash(state);
    }
}

impl PartialOrd for Recursion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.name.partial_cmp(&other.name)
    }
}

impl UserDefinedLogicalNodeCore for Recursion {
    fn name(&self) -> &str {
        "Recursion"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.anchor, &self.step]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recursion: {}", self.name)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> PlanResult<Self> {
        let Ok([anchor, step]) = <[LogicalPlan; 2]>::try_from(inputs) else {
            return internal_err!("a recursion has an anchor and a step");
        };
        Ok(Self { anchor, step, ..self.clone() })
    }
}
