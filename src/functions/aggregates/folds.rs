//! Aggregates of our own that are seldom in the way of speed: a definition makes an accumulator, DataFusion adapts it to
//! groups.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, new_empty_array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility};
use datafusion::scalar::ScalarValue;

use crate::error::Result;
use crate::functions::Parameters;

/// What an aggregate is made of. Its name stands for one definition only.
pub struct Definition {
    pub name: &'static str,
    /// Types of the state, given those of the arguments.
    pub state: fn(&[Arrow]) -> Vec<Arrow>,
    pub accumulator: fn(&Parameters) -> Box<dyn Accumulator>,
}

impl Definition {
    pub fn function(&'static self, parameters: Parameters) -> Arc<AggregateUDF> {
        Arc::new(AggregateUDF::new_from_impl(Fold {
            definition: self,
            parameters,
            signature: Signature::variadic_any(Volatility::Immutable),
        }))
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[derive(Debug)]
struct Fold {
    definition: &'static Definition,
    parameters: Parameters,
    signature: Signature,
}

impl PartialEq for Fold {
    fn eq(&self, other: &Self) -> bool {
        self.definition.name == other.definition.name && self.parameters == other.parameters
    }
}

impl Eq for Fold {}

impl Hash for Fold {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.name.hash(state);
        self.parameters.hash(state);
    }
}

impl AggregateUDFImpl for Fold {
    fn name(&self) -> &str {
        self.definition.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> DataFusionResult<Arrow> {
        Ok(self.parameters.returns.to_arrow())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn Accumulator>> {
        let inner = (self.definition.accumulator)(&self.parameters);
        Ok(if args.is_distinct { Box::new(Distinct { inner, seen: Default::default() }) } else { inner })
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DataFusionResult<Vec<FieldRef>> {
        let inputs = args.input_fields.iter().map(|field| field.data_type().clone()).collect::<Vec<_>>();
        let states = (self.definition.state)(&inputs);
        let states = if args.is_distinct { vec![list_of(&inputs[0])] } else { states };
        let named = states.into_iter().enumerate();
        Ok(named
            .map(|(n, state)| Arc::new(Field::new(format_state_name(args.name, &n.to_string()), state, true)))
            .collect())
    }
}

/// Feeds each value once; the state is the values.
#[derive(Debug)]
struct Distinct {
    inner: Box<dyn Accumulator>,
    seen: indexmap::IndexSet<ScalarValue>,
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        for row in 0..values[0].len() {
            if self.seen.insert(ScalarValue::try_from_array(&values[0], row)?) {
                let row = values.iter().map(|column| column.slice(row, 1)).collect::<Vec<_>>();
                self.inner.update_batch(&row)?;
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        self.inner.evaluate()
    }

    fn size(&self) -> usize {
        self.inner.size() + self.seen.len() * size_of::<ScalarValue>()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        let values = self.seen.iter().cloned().collect::<Vec<_>>();
        let item = values.first().map_or(Arrow::Null, ScalarValue::data_type);
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &item))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        for list in states[0].as_list::<i32>().iter().flatten() {
            self.update_batch(&[list])?;
        }
        Ok(())
    }
}

/// The type of a list of these.
pub fn list_of(item: &Arrow) -> Arrow {
    Arrow::List(Arc::new(Field::new("item", item.clone(), true)))
}

/// An array as the one value of a list.
pub fn list_scalar(items: ArrayRef) -> ScalarValue {
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    ScalarValue::List(Arc::new(ListArray::new(field, OffsetBuffer::from_lengths([items.len()]), items, None)))
}

/// What to do with all values of a group that are not NULL.
pub type Finish = fn(&ArrayRef, &Parameters) -> Result<ScalarValue>;

/// Keeps all values of a group, without NULLs, for aggregates that must see them together.
pub struct Gather {
    values: Vec<ArrayRef>,
    parameters: Parameters,
    finish: Finish,
}

impl Gather {
    pub fn boxed(parameters: &Parameters, finish: Finish) -> Box<dyn Accumulator> {
        Box::new(Gather { values: Vec::new(), parameters: parameters.clone(), finish })
    }

    fn all(&mut self) -> DataFusionResult<ArrayRef> {
        if self.values.len() > 1 {
            let parts = self.values.iter().map(AsRef::as_ref).collect::<Vec<_>>();
            self.values = vec![concat(&parts)?];
        }
        Ok(match self.values.first() {
            Some(values) => Arc::clone(values),
            None => new_empty_array(&self.parameters.arguments[0].to_arrow()),
        })
    }
}

impl fmt::Debug for Gather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

impl Accumulator for Gather {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let values = &values[0];
        let values = match values.nulls() {
            Some(nulls) if nulls.null_count() > 0 => {
                let valid = datafusion::arrow::array::BooleanArray::new(nulls.inner().clone(), None);
                datafusion::arrow::compute::filter(values, &valid)?
            }
            _ => Arc::clone(values),
        };
        if !values.is_empty() {
            self.values.push(values);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let wanted = self.parameters.arguments[0].to_arrow();
        let all = crate::functions::kernel::conform(self.all()?, &wanted)?;
        Ok((self.finish)(&all, &self.parameters)?)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.iter().map(|values| values.get_array_memory_size()).sum::<usize>()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Ok(vec![list_scalar(self.all()?)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        for list in states[0].as_list::<i32>().iter().flatten() {
            self.update_batch(&[list])?;
        }
        Ok(())
    }
}

/// Another aggregate with NULLs left out (`first(x, true)`) or its result in Spark's type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Adapted {
    inner: Arc<AggregateUDF>,
    ignore_nulls: bool,
    returns: Arrow,
}

impl Adapted {
    pub fn function(inner: Arc<AggregateUDF>, ignore_nulls: bool, returns: Arrow) -> Arc<AggregateUDF> {
        Arc::new(AggregateUDF::new_from_impl(Adapted { inner, ignore_nulls, returns }))
    }

    fn arguments<'a>(&self, args: &AccumulatorArgs<'a>) -> DataFusionResult<AccumulatorArgs<'a>> {
        let returns = self.inner.return_field(args.expr_fields)?;
        Ok(AccumulatorArgs { ignore_nulls: self.ignore_nulls || args.ignore_nulls, return_field: returns, ..*args })
    }
}

impl AggregateUDFImpl for Adapted {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, _: &[Arrow]) -> DataFusionResult<Arrow> {
        Ok(self.returns.clone())
    }

    fn coerce_types(&self, types: &[Arrow]) -> DataFusionResult<Vec<Arrow>> {
        Ok(types.to_vec())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn Accumulator>> {
        let inner = self.inner.accumulator(self.arguments(&args)?)?;
        Ok(Box::new(Converted { inner, returns: self.returns.clone() }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DataFusionResult<Vec<FieldRef>> {
        let return_field = self.inner.return_field(args.input_fields)?;
        self.inner.state_fields(StateFieldsArgs { return_field, ..args })
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.arguments(&args)
            .is_ok_and(|args| *args.return_type() == self.returns && self.inner.groups_accumulator_supported(args))
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn GroupsAccumulator>> {
        self.inner.create_groups_accumulator(self.arguments(&args)?)
    }

    fn order_sensitivity(&self) -> datafusion::logical_expr::utils::AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }
}

#[derive(Debug)]
struct Converted {
    inner: Box<dyn Accumulator>,
    returns: Arrow,
}

impl Accumulator for Converted {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        self.inner.update_batch(values)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        self.inner.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        self.inner.evaluate()?.cast_to(&self.returns)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        self.inner.merge_batch(states)
    }
}
