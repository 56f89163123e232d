//! What chance decides is decided once: plans with random values that stand in a query more than once are shared.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, TableScanBuilder};

use crate::error::Result;
use crate::execution::recursion::StepTable;
use crate::execution::shared::{SharedTable, reads};

use super::rows::Rows;
use super::subqueries::outer_references;
use super::{Binder, Ids, TableRelation, from, unnesting};

/// Rows of a query of WITH that are made once, however often it is mentioned.
#[derive(Clone)]
pub(super) struct Shared {
    table: Arc<SharedTable>,
    relation: TableRelation,
}

impl Shared {
    pub fn read(self, binder: &Binder<'_>) -> Result<Rows> {
        self.table.add_reader();
        from::scan(binder, self.relation)
    }
}

/// Shares the rows if chance decides them. Rows that depend on a row around, or on the step of a recursion, are made for each.
pub(super) fn share(binder: &Binder<'_>, rows: &Rows) -> Result<Option<Shared>> {
    if !is_volatile(&rows.plan)? || !outer_references(&rows.plan).is_empty() {
        return Ok(None);
    }
    if reads(&rows.plan, |table| table.downcast_ref::<StepTable>().is_some())? {
        return Ok(None);
    }
    let rows = rows.clone().exact(binder)?;
    let columns = binder.declarations.fields(&rows);
    let table = Arc::new(SharedTable::new(unnesting::unnest(&binder.ids, rows.plan)?));
    let provider: Arc<dyn TableProvider> = Arc::<SharedTable>::clone(&table);
    Ok(Some(Shared {
        table,
        relation: TableRelation { name: vec!["shared".to_owned()], columns, provider, guard: None },
    }))
}

/// Makes sure that a plan gives the same rows if it stands in a query twice; its columns keep their names.
pub(super) fn readable_twice(ids: &Ids, plan: &mut LogicalPlan) -> Result<()> {
    let own = chance(plan, &mut |node| {
        if let Some(provider) = SharedTable::read_by(node)
            && let Some(shared) = provider.downcast_ref::<SharedTable>()
        {
            shared.add_reader();
        }
        false
    })?;
    if !own {
        return Ok(());
    }
    if !outer_references(plan).is_empty() {
        return Err(unnesting::unsupported("the rows around it hold random values"));
    }
    let columns = plan.schema().columns();
    // The names of a table's columns say nothing of other tables.
    let renamed: Vec<String> = columns.iter().map(|column| ids.unique(&column.name)).collect();
    let outputs =
        columns.iter().zip(&renamed).map(|(column, name)| Expr::Column(column.clone()).alias(name.clone())).collect();
    let inner = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plan.clone()))?);
    let table = SharedTable::new(unnesting::unnest(ids, inner)?);
    table.add_reader();
    table.add_reader();
    let reference = TableReference::bare(ids.unique("shared"));
    let scan = TableScanBuilder::new(reference, provider_as_source(Arc::new(table))).build()?;
    let scan = LogicalPlan::TableScan(scan);
    let outputs = scan
        .schema()
        .columns()
        .into_iter()
        .zip(columns)
        .map(|(column, old)| Expr::Column(column).alias_qualified(old.relation, old.name))
        .collect();
    *plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(scan))?);
    Ok(())
}

/// Whether chance decides what the plan gives.
pub(super) fn is_volatile(plan: &LogicalPlan) -> Result<bool> {
    chance(plan, &mut |node| SharedTable::read_by(node).is_some())
}

/// Whether an expression of the plan is volatile, or `also` is true of a node.
fn chance(plan: &LogicalPlan, also: &mut dyn FnMut(&LogicalPlan) -> bool) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found |= also(node);
        node.apply_expressions(|expr| {
            found |= expr.is_volatile();
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}
