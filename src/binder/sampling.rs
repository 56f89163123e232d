//! TABLESAMPLE: a number of rows, or each with the same chance.

use std::sync::Arc;

use datafusion::logical_expr::{Extension, Limit, LogicalPlan, lit};

use crate::error::{Error, Result, Span};
use crate::execution::sample::{Chance, Numbers, Sample as SampleNode};
use crate::functions::cast::{CastMode, cast};
use crate::functions::constant::evaluate;
use crate::functions::math::random_numbers;
use crate::sql::ast::{Expression, Sample, SampleSize};
use crate::types::DataType;

use super::rows::Rows;
use super::scope::{Collected, ExpressionScope, Place, Scope};
use super::{Binder, expressions, query};

/// TABLESAMPLE.
pub(super) fn sampled(binder: &Binder<'_>, rows: Rows, sample: Option<&Sample>) -> Result<Rows> {
    let Some(sample) = sample else { return Ok(rows) };
    let fraction = match &sample.size {
        SampleSize::Rows(count) => {
            let count = query::row_count(binder, count, "limit")?;
            let plan =
                LogicalPlan::Limit(Limit { skip: None, fetch: Some(Box::new(lit(count))), input: Arc::new(rows.plan) });
            return Ok(Rows { plan, columns: rows.columns });
        }
        SampleSize::Percent(percent) => number(binder, percent, sample.span)? / 100.0,
        SampleSize::Bucket { bucket, of, on: None } => {
            let bucket = number(binder, bucket, sample.span)?;
            bucket / number(binder, of, sample.span)?
        }
        SampleSize::Bucket { on: Some(_), .. } => {
            return Err(
                Error::unsupported("TABLESAMPLE (BUCKET … ON …)", "filter by a hash of the column").at(sample.span)
            );
        }
        SampleSize::Bytes(_) => {
            return Err(
                Error::unsupported("TABLESAMPLE by size", "sample a percentage or a number of rows").at(sample.span)
            );
        }
    };
    if !(0.0..=1.0).contains(&fraction) {
        return Err(Error::syntax(format!("Sampling fraction ({fraction}) must be on interval [0, 1]"), sample.span));
    }
    let seed = sample.seed.unwrap_or_else(rand::random);
    let node = SampleNode { input: rows.plan, chance: Chance { fraction, seed, numbers } };
    Ok(Rows { plan: LogicalPlan::Extension(Extension { node: Arc::new(node) }), columns: rows.columns })
}

/// The numbers that Spark draws for a partition: each has a seed of its own, from Java's generator.
fn numbers(seed: i64, partition: usize) -> Numbers {
    const MULTIPLIER: i64 = 0x5_DEEC_E66D;
    const MASK: i64 = (1 << 48) - 1;
    let mut state = (seed ^ MULTIPLIER) & MASK;
    let mut half = || {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        (state >> 16) as i32
    };
    let mut of_partition = 0_i64;
    for _ in 0..=partition {
        of_partition = (i64::from(half()) << 32).wrapping_add(i64::from(half()));
    }
    Box::new(random_numbers(of_partition))
}

/// A constant number.
fn number(binder: &Binder<'_>, expression: &Expression, span: Span) -> Result<f64> {
    let scope = Scope::empty();
    let mut collected = Collected::new(binder);
    let mut scope = ExpressionScope::new(&scope, Place::Limit, &mut collected);
    let bound = expressions::bind(binder, expression, &mut scope)?;
    let context = binder.environment.context;
    let double = cast(bound, &DataType::Double, CastMode::implicit(context), context)?;
    match evaluate(&double.expr)? {
        Some(datafusion::scalar::ScalarValue::Float64(Some(value))) => Ok(value),
        _ => Err(Error::syntax("the size of a sample must be a constant number", span)),
    }
}
