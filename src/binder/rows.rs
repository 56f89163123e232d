//! A plan together with what its columns are called: what every clause of a query takes and gives.

use std::sync::Arc;

use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, ExprSchema};
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, Projection};

use crate::error::{ASSIGNMENT_ARITY_MISMATCH, Error, Result, Span};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast};
use crate::functions::mismatch::mismatch;
use crate::sql::ast::{Identifier, TableAlias};
use crate::types::{DataType, StructField};

use super::scope::ScopeColumn;
use super::{Binder, logical};

/// Rows that a part of a query makes.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub plan: LogicalPlan,
    /// In the order that `*` shows them; the plan may have more columns, in another order.
    pub columns: Vec<ScopeColumn>,
}

/// A column that a projection makes.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub name: String,
    pub value: Typed,
}

impl Rows {
    /// What the columns promise, brought up to date with the plan after a join.
    pub fn new(plan: LogicalPlan, mut columns: Vec<ScopeColumn>) -> Result<Self> {
        for column in &mut columns {
            column.field = Arc::clone(plan.schema().field_from_column(&column.column)?);
        }
        Ok(Self { plan, columns })
    }

    /// Computes `outputs` and nothing else. A plain column keeps its identity; others get a name of their own.
    pub fn project(binder: &Binder<'_>, input: LogicalPlan, outputs: Vec<Output>) -> Result<Self> {
        let mut expressions: Vec<Expr> = Vec::with_capacity(outputs.len());
        let mut columns = Vec::with_capacity(outputs.len());
        for output in outputs {
            let column = match output.value.expr {
                Expr::Column(column) => {
                    let expr = Expr::Column(column.clone());
                    if !expressions.contains(&expr) {
                        expressions.push(expr);
                    }
                    column
                }
                computed => {
                    let unique = binder.unique(&output.name);
                    expressions.push(computed.alias(unique.clone()));
                    Column::new_unqualified(unique)
                }
            };
            columns.push((output.name, column, output.value.data_type, output.value.nullable));
        }
        let plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(input))?);
        let columns = columns
            .into_iter()
            .map(|(name, column, data_type, nullable)| {
                let field = Arc::clone(plan.schema().field_from_column(&column)?);
                Ok(ScopeColumn {
                    qualifier: Vec::new(),
                    name,
                    column,
                    field,
                    data_type,
                    nullable,
                    position: 0,
                    hidden: false,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { plan, columns })
    }

    /// The same rows under new column names, so that a plan may stand in a query twice.
    pub fn again(&self, binder: &Binder<'_>) -> Result<Self> {
        let mut expressions: Vec<Expr> = Vec::new();
        let mut renamed: Vec<(Column, Column)> = Vec::new();
        for column in &self.columns {
            if renamed.iter().any(|(old, _)| *old == column.column) {
                continue;
            }
            let unique = binder.unique(&column.name);
            expressions.push(Expr::Column(column.column.clone()).alias(unique.clone()));
            let new = Column::new_unqualified(unique);
            binder.declarations.pass_on(&column.column, &new);
            renamed.push((column.column.clone(), new));
        }
        let plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(self.plan.clone()))?);
        let columns = self
            .columns
            .iter()
            .map(|column| {
                let new = renamed.iter().find(|(old, _)| *old == column.column).map(|(_, new)| new.clone());
                ScopeColumn { column: new.unwrap_or_else(|| column.column.clone()), ..column.clone() }
            })
            .collect();
        Self::new(plan, columns)
    }

    /// Only what `*` shows, so that the plan has the same columns, once each, in the same order.
    pub fn exact(self, binder: &Binder<'_>) -> Result<Self> {
        let visible: Vec<ScopeColumn> = self.columns.into_iter().filter(|column| !column.hidden).collect();
        let plan_columns = self.plan.schema().columns();
        if plan_columns.len() == visible.len()
            && visible.iter().zip(&plan_columns).all(|(column, plan_column)| column.column == *plan_column)
        {
            return Ok(Self { plan: self.plan, columns: visible });
        }
        let mut expressions: Vec<Expr> = Vec::with_capacity(visible.len());
        let mut columns: Vec<ScopeColumn> = Vec::with_capacity(visible.len());
        for mut column in visible {
            let expr = Expr::Column(column.column.clone());
            if expressions.contains(&expr) {
                let unique = binder.unique(&column.name);
                expressions.push(expr.alias(unique.clone()));
                let new = Column::new_unqualified(unique);
                binder.declarations.pass_on(&column.column, &new);
                column.column = new;
            } else {
                expressions.push(expr);
            }
            columns.push(column);
        }
        let plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(self.plan))?);
        Self::new(plan, columns)
    }

    /// Keeps the rows for which `condition` is true.
    pub fn filter(self, binder: &Binder<'_>, condition: Typed, text: &str, span: Span) -> Result<Self> {
        let predicate = logical::condition(condition_of(binder, condition, text, span)?, &[&self.plan])?;
        // What has subqueries comes last: unnesting one asks for the values its outer columns have, which may be those of a
        // product of tables as long as nothing has joined them.
        let (with_subqueries, plain): (Vec<Expr>, Vec<Expr>) =
            split_conjunction_owned(predicate).into_iter().partition(has_subquery);
        let mut plan = self.plan;
        for part in [plain, with_subqueries].into_iter().filter_map(conjunction) {
            plan = LogicalPlan::Filter(Filter::try_new(part, Arc::new(plan))?);
        }
        Ok(Self { plan, columns: self.columns })
    }

    /// Gives the rows a name, and the columns names if there are some.
    pub fn aliased(mut self, alias: Option<&TableAlias>, span: Span) -> Result<Self> {
        let Some(alias) = alias else { return Ok(self) };
        self.columns.retain(|column| if alias.columns.is_empty() { column.stays() } else { !column.hidden });
        if let Some(name) = &alias.name {
            self = self.qualified(std::slice::from_ref(&name.value));
        }
        self.rename(&alias.columns, span)
    }

    /// Gives all columns that `*` shows the same qualifier.
    pub fn qualified(mut self, qualifier: &[String]) -> Self {
        self.columns.retain(ScopeColumn::stays);
        for (position, column) in self.columns.iter_mut().enumerate() {
            column.qualifier = qualifier.to_vec();
            column.position = position;
        }
        self
    }

    /// Gives the columns names, if there are some.
    pub fn rename(mut self, names: &[Identifier], span: Span) -> Result<Self> {
        if names.is_empty() {
            return Ok(self);
        }
        if names.len() != self.columns.len() {
            return Err(Error::new(
                &ASSIGNMENT_ARITY_MISMATCH,
                format!(
                    "The number of columns or variables assigned or aliased: {} does not match the number of source \
                     expressions: {}",
                    names.len(),
                    self.columns.len()
                ),
            )
            .at(span));
        }
        for (column, name) in self.columns.iter_mut().zip(names) {
            column.name = name.value.clone();
        }
        Ok(self)
    }

    /// Takes the qualifiers away: what stands outside of a subquery cannot see inside.
    pub fn unqualified(mut self) -> Self {
        self.columns.retain(|column| !column.hidden);
        for column in &mut self.columns {
            column.qualifier = Vec::new();
        }
        self
    }

    /// What the user sees.
    pub fn fields(&self) -> Vec<StructField> {
        self.columns
            .iter()
            .map(|column| StructField {
                name: column.name.clone(),
                data_type: column.data_type.clone(),
                nullable: column.nullable,
                comment: None,
            })
            .collect()
    }

    /// All columns of the plan as expressions, to pass them on through a projection.
    pub fn pass_through(plan: &LogicalPlan) -> Vec<Expr> {
        plan.schema().columns().into_iter().map(Expr::Column).collect()
    }
}

/// A condition as a BOOLEAN.
pub(super) fn condition_of(binder: &Binder<'_>, condition: Typed, text: &str, span: Span) -> Result<Expr> {
    match condition.data_type {
        DataType::Boolean => Ok(condition.expr),
        DataType::Null => {
            let context = binder.environment.context;
            Ok(cast(condition, &DataType::Boolean, CastMode::implicit(context), context)?.expr)
        }
        other => {
            let why = format!("Filter expression \"{text}\" of type \"{other}\" is not a boolean");
            Err(mismatch("FILTER_NOT_BOOLEAN", text, &why, span))
        }
    }
}

pub(super) fn has_subquery(expr: &Expr) -> bool {
    let is_subquery = |expr: &Expr| {
        Ok(matches!(expr, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_)))
    };
    expr.exists(is_subquery).unwrap_or(true)
}
