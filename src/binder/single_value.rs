//! The aggregate that a scalar subquery ends in when nothing else promises that it makes one row: its one value, NULL
//! without rows, an error with several.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::Result as PlanResult;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use datafusion::scalar::ScalarValue;

use crate::error::{Error, SCALAR_SUBQUERY_TOO_MANY_ROWS};

static SINGLE_VALUE: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| {
    Arc::new(AggregateUDF::new_from_impl(SingleValue { signature: Signature::any(1, Volatility::Immutable) }))
});

/// `single_value(a)`
pub(super) fn single_value() -> Arc<AggregateUDF> {
    Arc::clone(&SINGLE_VALUE)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SingleValue {
    signature: Signature,
}

impl AggregateUDFImpl for SingleValue {
    fn name(&self) -> &str {
        "single_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> PlanResult<DataType> {
        Ok(arguments.first().cloned().unwrap_or(DataType::Null))
    }

    fn accumulator(&self, arguments: AccumulatorArgs<'_>) -> PlanResult<Box<dyn Accumulator>> {
        let value = ScalarValue::try_from(arguments.return_field.data_type())?;
        Ok(Box::new(SingleValueAccumulator { value, seen: false }))
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> PlanResult<Vec<FieldRef>> {
        Ok(vec![
            Arc::new(Field::new(
                format!("{}[value]", arguments.name),
                arguments.return_field.data_type().clone(),
                true,
            )),
            Arc::new(Field::new(format!("{}[seen]", arguments.name), DataType::Boolean, false)),
        ])
    }
}

#[derive(Debug)]
struct SingleValueAccumulator {
    value: ScalarValue,
    seen: bool,
}

impl SingleValueAccumulator {
    fn take(&mut self, values: &ArrayRef, row: usize) -> PlanResult<()> {
        if self.seen {
            return Err(Error::new(
                &SCALAR_SUBQUERY_TOO_MANY_ROWS,
                "More than one row returned by a subquery used as an expression",
            )
            .into());
        }
        self.seen = true;
        self.value = ScalarValue::try_from_array(values, row)?;
        self.value.compact();
        Ok(())
    }
}

impl Accumulator for SingleValueAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> PlanResult<()> {
        for column in values.iter().take(1) {
            // The second row is the last one that matters.
            for row in 0..column.len().min(2) {
                self.take(column, row)?;
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> PlanResult<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        std::mem::size_of_val(self) + self.value.size()
    }

    fn state(&mut self) -> PlanResult<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), ScalarValue::Boolean(Some(self.seen))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> PlanResult<()> {
        let [values, seen] = states else {
            return Err(Error::internal("single_value has two states").into());
        };
        let seen = seen
            .as_any()
            .downcast_ref::<BooleanArray>()
            .ok_or_else(|| Error::internal("whether a value was seen is a boolean"))?;
        for row in 0..values.len() {
            if seen.value(row) {
                self.take(values, row)?;
            }
        }
        Ok(())
    }
}
