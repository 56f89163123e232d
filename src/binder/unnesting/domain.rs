//! The combinations of outer columns that a subquery is computed for. It knows plans, and nothing of names or types.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Spans};
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, Projection, Subquery};

use crate::error::Result;

use super::super::Ids;
use super::super::sharing::readable_twice;
use super::super::subqueries::outer_references;
use super::dependent::Dependent;

/// Every combination of the outer columns that a subquery needs.
pub(super) struct Domain {
    pub(super) plan: LogicalPlan,
    pub(super) outer: Vec<Column>,
}

impl Domain {
    /// `None` if the subquery needs nothing of `input`. What chance decides in `input` is made once from now on, so that
    /// the domain holds the values that its rows have.
    pub(super) fn of(ids: &Ids, plan: &LogicalPlan, more: &[Column], input: &mut LogicalPlan) -> Result<Option<Self>> {
        let mut outer: Vec<Column> = Vec::new();
        let referred = outer_references(plan).into_iter().filter_map(|reference| match reference {
            Expr::OuterReferenceColumn(_, column) => Some(column),
            _ => None,
        });
        for column in referred.chain(more.iter().cloned()) {
            if input.schema().has_column(&column) && !outer.contains(&column) {
                outer.push(column);
            }
        }
        if outer.is_empty() {
            return Ok(None);
        }
        readable_twice(ids, input)?;
        let columns = outer.iter().map(|column| Expr::Column(column.clone()).alias(ids.unique("outer"))).collect();
        let plan = LogicalPlan::Projection(Projection::try_new(columns, Arc::new(input.clone()))?);
        Ok(Some(Self { plan: LogicalPlan::Distinct(Distinct::All(Arc::new(plan))), outer }))
    }

    /// The domain once more, under names of its own.
    pub(super) fn instance(&self, ids: &Ids) -> Result<Dependent> {
        let keys: Vec<Column> = self.outer.iter().map(|_| Column::new_unqualified(ids.unique("key"))).collect();
        let columns = self.plan.schema().columns();
        let outputs =
            columns.into_iter().zip(&keys).map(|(column, key)| Expr::Column(column).alias(key.name.clone())).collect();
        let plan = LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(self.plan.clone()))?);
        Ok(Dependent { plan, keys })
    }

    pub(super) fn is_needed_by(&self, plan: &LogicalPlan) -> bool {
        outer_references(plan).iter().any(|reference| self.position(reference).is_some())
    }

    fn position(&self, reference: &Expr) -> Option<usize> {
        match reference {
            Expr::OuterReferenceColumn(_, column) => self.outer.iter().position(|outer| outer == column),
            _ => None,
        }
    }

    /// The expression with the keys in place of outer columns.
    pub(super) fn inside(&self, expr: Expr, input: &Dependent) -> Result<Expr> {
        Ok(expr
            .transform_up(|node| match node {
                Expr::ScalarSubquery(subquery) => {
                    Ok(Transformed::yes(Expr::ScalarSubquery(self.inside_subquery(subquery, input)?)))
                }
                Expr::Exists(mut exists) => {
                    exists.subquery = self.inside_subquery(exists.subquery, input)?;
                    Ok(Transformed::yes(Expr::Exists(exists)))
                }
                Expr::InSubquery(mut inside) => {
                    inside.subquery = self.inside_subquery(inside.subquery, input)?;
                    Ok(Transformed::yes(Expr::InSubquery(inside)))
                }
                other => match self.position(&other) {
                    Some(position) => Ok(Transformed::yes(Expr::Column(input.keys[position].clone()))),
                    None => Ok(Transformed::no(other)),
                },
            })?
            .data)
    }

    pub(super) fn all_inside(&self, expressions: Vec<Expr>, input: &Dependent) -> Result<Vec<Expr>> {
        expressions.into_iter().map(|expr| self.inside(expr, input)).collect()
    }

    /// A subquery in a dependent plan refers to the keys as to outer columns.
    pub(super) fn inside_subquery(&self, subquery: Subquery, input: &Dependent) -> Result<Subquery> {
        if !self.is_needed_by(&subquery.subquery) {
            return Ok(subquery);
        }
        let plan = Arc::unwrap_or_clone(subquery.subquery)
            .transform_up_with_subqueries(|node| {
                let changed = node.map_expressions(|expr| {
                    expr.transform_up(|node| match self.position(&node) {
                        Some(position) => {
                            let key = &input.keys[position];
                            let (_, field) = input.plan.schema().qualified_field_from_column(key)?;
                            Ok(Transformed::yes(Expr::OuterReferenceColumn(Arc::clone(field), key.clone())))
                        }
                        None => match node {
                            Expr::ScalarSubquery(nested) => {
                                Ok(Transformed::yes(Expr::ScalarSubquery(renewed(nested.subquery))))
                            }
                            Expr::Exists(mut exists) => {
                                exists.subquery = renewed(exists.subquery.subquery);
                                Ok(Transformed::yes(Expr::Exists(exists)))
                            }
                            Expr::InSubquery(mut inside) => {
                                inside.subquery = renewed(inside.subquery.subquery);
                                Ok(Transformed::yes(Expr::InSubquery(inside)))
                            }
                            other => Ok(Transformed::no(other)),
                        },
                    })
                })?;
                Ok(changed)
            })?
            .data;
        Ok(renewed(Arc::new(plan)))
    }
}

/// A subquery whose list of outer columns is that of its plan.
fn renewed(plan: Arc<LogicalPlan>) -> Subquery {
    Subquery { outer_ref_columns: outer_references(&plan), subquery: plan, spans: Spans::new() }
}
