//! Reconciles layouts of one type: a string as Utf8 meets one as Utf8View, a union's inputs differ.
//!
//! The binder has cast everything to the types of Spark, so most expressions fit as they are. DataFusion's type coercion
//! asks for the types of the arguments at each level of an expression, which for long chains is the cube of their
//! length; here the types go up with one walk, and coercion only gets to see expressions in which something differs.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ExprSchema};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Alias, Between, BinaryExpr, InList, Like, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Case, Expr, ExprSchemable, LogicalPlan, Operator, ReturnFieldArgs};
use datafusion::optimizer::AnalyzerRule;
use datafusion::optimizer::analyzer::type_coercion::TypeCoercionRewriter;
use datafusion::scalar::ScalarValue;

#[derive(Debug)]
pub(super) struct ReconcileLayouts;

impl AnalyzerRule for ReconcileLayouts {
    fn name(&self) -> &str {
        "reconcile_layouts"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        // Once a type has changed, the schemas above have to follow.
        let mut changed = false;
        let plan = plan.transform_up_with_subqueries(|plan| {
            if fits(&plan) {
                return match changed {
                    true => plan.recompute_schema().map(Transformed::yes),
                    false => Ok(Transformed::no(plan)),
                };
            }
            changed = true;
            coerce(plan).map(Transformed::yes)
        })?;
        Ok(plan.data)
    }
}

/// What DataFusion's own rule does with one step of a plan.
fn coerce(mut plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut schema = merge_schema(&plan.inputs());
    if let LogicalPlan::TableScan(scan) = &plan {
        schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &scan.source.schema())?);
    }
    if let LogicalPlan::Filter(filter) = &mut plan {
        let predicate = std::mem::replace(&mut filter.predicate, Expr::Literal(ScalarValue::Null, None));
        filter.predicate = predicate.cast_to(&DataType::Boolean, &schema)?;
    }
    let mut coercion = TypeCoercionRewriter::new(&schema);
    let names = NamePreserver::new(&plan);
    let plan = plan.map_expressions(|expr| {
        if layout(&expr, &schema).is_some() {
            return Ok(Transformed::no(expr));
        }
        let name = names.save(&expr);
        Ok(expr.rewrite(&mut coercion)?.update_data(|expr| name.restore(expr)))
    })?;
    coercion.coerce_plan(plan.data)?.recompute_schema()
}

/// Whether coercion would leave the step as it is.
fn fits(plan: &LogicalPlan) -> bool {
    let inputs = plan.inputs();
    match plan {
        LogicalPlan::Union(union) => {
            let types = || union.schema.fields().iter().map(|field| field.data_type());
            return inputs.iter().all(|input| {
                let fields = input.schema().fields();
                // A branch that is left alone takes the place of the whole, by names.
                input.schema().columns() == union.schema.columns()
                    && fields.iter().map(|field| field.data_type()).eq(types())
                    && fields.iter().zip(union.schema.fields()).all(|(a, b)| !a.is_nullable() || b.is_nullable())
            });
        }
        LogicalPlan::Join(join) => {
            let (left, right) = (join.left.schema(), join.right.schema());
            let keys = join.on.iter().all(|(a, b)| match (layout(a, left), layout(b, right)) {
                (Some(a), Some(b)) => a.data_type() == b.data_type(),
                _ => false,
            });
            return keys
                && join.filter.as_ref().is_none_or(|filter| {
                    layout(filter, &merge_schema(&inputs)).is_some_and(|field| *field.data_type() == DataType::Boolean)
                });
        }
        LogicalPlan::Filter(filter) => {
            return layout(&filter.predicate, filter.input.schema())
                .is_some_and(|field| *field.data_type() == DataType::Boolean);
        }
        LogicalPlan::Projection(_) | LogicalPlan::Sort(_) | LogicalPlan::SubqueryAlias(_) => {}
        LogicalPlan::TableScan(scan) => return scan.filters.is_empty(),
        LogicalPlan::EmptyRelation(_) | LogicalPlan::Distinct(_) | LogicalPlan::Repartition(_) => {}
        _ => return false,
    }
    let [input] = inputs.as_slice() else { return inputs.is_empty() };
    let schema = input.schema();
    let mut all = true;
    let seen = plan.apply_expressions(|expr| {
        all &= layout(expr, schema).is_some();
        Ok(if all { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    seen.is_ok() && all
}

/// The layout of an expression in which coercion has nothing to do; `None` if it may have.
fn layout(expr: &Expr, schema: &DFSchema) -> Option<FieldRef> {
    let boolean = || Some(field(DataType::Boolean));
    match expr {
        Expr::Alias(Alias { expr, .. }) => layout(expr, schema),
        Expr::Column(column) => schema.field_from_column(column).ok().map(Arc::clone),
        Expr::Literal(value, _) => Some(field(value.data_type())),
        Expr::Cast(cast) => layout(&cast.expr, schema).map(|_| Arc::clone(&cast.field)),
        Expr::IsNull(operand) | Expr::IsNotNull(operand) => layout(operand, schema).and_then(|_| boolean()),
        Expr::Not(operand)
        | Expr::IsTrue(operand)
        | Expr::IsFalse(operand)
        | Expr::IsNotTrue(operand)
        | Expr::IsNotFalse(operand) => layout(operand, schema).filter(|field| *field.data_type() == DataType::Boolean),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let (left, right) = (layout(left, schema)?, layout(right, schema)?);
            if left.data_type() != right.data_type() {
                return None;
            }
            operation(*op, left)
        }
        Expr::Between(Between { expr, low, high, .. }) => {
            same([expr, low, high].into_iter().map(AsRef::as_ref), schema).and_then(|_| boolean())
        }
        Expr::InList(InList { expr, list, .. }) => {
            same(std::iter::once(expr.as_ref()).chain(list), schema).and_then(|_| boolean())
        }
        Expr::Like(Like { expr, pattern, .. }) => {
            same([expr, pattern].into_iter().map(AsRef::as_ref), schema).and_then(|_| boolean())
        }
        Expr::Case(Case { expr, when_then_expr, else_expr }) => {
            let whens = when_then_expr.iter().map(|(when, _)| when.as_ref());
            match expr {
                Some(base) => {
                    same(std::iter::once(base.as_ref()).chain(whens), schema)?;
                }
                None => {
                    same(whens, schema).filter(|field| *field.data_type() == DataType::Boolean)?;
                }
            }
            same(when_then_expr.iter().map(|(_, then)| then).chain(else_expr).map(AsRef::as_ref), schema)
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => {
            let given = args.iter().map(|argument| layout(argument, schema)).collect::<Option<Vec<_>>>()?;
            let wanted = fields_with_udf(&given, func.as_ref()).ok()?;
            let types = |fields: &[FieldRef]| fields.iter().map(|field| field.data_type().clone()).collect::<Vec<_>>();
            if types(&given) != types(&wanted) {
                return None;
            }
            let constants = args.iter().map(|argument| match argument {
                Expr::Literal(value, _) => Some(value),
                _ => None,
            });
            let scalar_arguments = &constants.collect::<Vec<_>>();
            func.return_field_from_args(ReturnFieldArgs { arg_fields: &wanted, scalar_arguments }).ok()
        }
        _ => None,
    }
}

fn operation(operator: Operator, operand: FieldRef) -> Option<FieldRef> {
    let kind = operand.data_type();
    match operator {
        Operator::Eq
        | Operator::NotEq
        | Operator::Lt
        | Operator::LtEq
        | Operator::Gt
        | Operator::GtEq
        | Operator::IsDistinctFrom
        | Operator::IsNotDistinctFrom => {
            (kind.is_primitive() || kind.is_string() || *kind == DataType::Boolean).then(|| field(DataType::Boolean))
        }
        Operator::And | Operator::Or => (*kind == DataType::Boolean).then_some(operand),
        Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo => {
            (kind.is_integer() || kind.is_floating()).then_some(operand)
        }
        Operator::BitwiseAnd | Operator::BitwiseOr | Operator::BitwiseXor => kind.is_integer().then_some(operand),
        Operator::StringConcat => kind.is_string().then_some(operand),
        _ => None,
    }
}

/// The layout that all of them have.
fn same<'a>(operands: impl Iterator<Item = &'a Expr>, schema: &DFSchema) -> Option<FieldRef> {
    let mut common: Option<FieldRef> = None;
    for operand in operands {
        let found = layout(operand, schema)?;
        if common.as_ref().is_some_and(|common| common.data_type() != found.data_type()) {
            return None;
        }
        common = Some(found);
    }
    common
}

fn field(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("", data_type, true))
}
