//! Aggregates of our own that are seldom in the way of speed: a definition makes an accumulator, DataFusion adapts it to
//! groups.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, new_empty_array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{SortColumn, SortOptions, concat, filter, lexsort_to_indices, take};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, Signature, Volatility};
use datafusion::scalar::ScalarValue;

use crate::error::{Error, Result};
use crate::functions::Parameters;
use crate::types::DataType;

/// What an aggregate is made of. Its name stands for one definition only.
pub struct Definition {
    pub name: &'static str,
    /// Types of the state, given those of the arguments.
    pub state: fn(&[Arrow]) -> Vec<Arrow>,
    /// Given how the values are to be ordered, if they are: the keys then stand behind the arguments.
    pub accumulator: fn(&Parameters, &[SortOptions]) -> Box<dyn Accumulator>,
}

impl Definition {
    pub fn function(&'static self, parameters: Parameters) -> Arc<AggregateUDF> {
        // Plans tell aggregates apart by name: `percentile(a, 0.5)` is not `percentile(a, 0.9)`.
        // Nor is that of a cast argument that of the argument: casts do not show in names.
        let types = parameters.arguments.iter().map(DataType::catalog_string).collect::<Vec<_>>().join(",");
        let name = match parameters.options.as_slice() {
            [] => format!("{}[{types}]", self.name),
            // So is `percentile_disc`, a DOUBLE, not `approx_percentile`, though one loop computes both.
            options => format!("{}[{types};{}]:{}", self.name, options.join(","), parameters.returns),
        };
        Arc::new(AggregateUDF::new_from_impl(Fold {
            definition: self,
            name,
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
    name: String,
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

impl Fold {
    fn begin(&self, args: &AccumulatorArgs<'_>) -> Beginning {
        Beginning {
            definition: self.definition,
            parameters: self.parameters.clone(),
            order: args.order_bys.iter().map(|key| key.options).collect(),
            distinct: args.is_distinct.then(|| args.expr_fields[0].data_type().clone()),
        }
    }
}

/// All it takes to fold rows from the first on.
#[derive(Debug)]
struct Beginning {
    definition: &'static Definition,
    parameters: Parameters,
    order: Vec<SortOptions>,
    /// How the values come, if each counts once.
    distinct: Option<Arrow>,
}

impl Beginning {
    fn fresh(&self) -> Box<dyn Accumulator> {
        let inner = (self.definition.accumulator)(&self.parameters, &self.order);
        let Some(layout) = self.distinct.clone() else { return inner };
        Box::new(Distinct { inner, layout, seen: Default::default(), bytes: 0, width: 1 + self.order.len() })
    }
}

/// A sliding window frame. Few of these aggregates could take a value out again: each answer is folded from what is in
/// the frame.
#[derive(Debug)]
struct Frame {
    fold: Beginning,
    /// The arguments of the rows in the frame, in parts.
    rows: VecDeque<Vec<ArrayRef>>,
}

impl Accumulator for Frame {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        self.rows.push_back(values.to_vec());
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let mut leaving = values.first().map_or(0, |column| column.len());
        while let Some(part) = self.rows.front_mut().filter(|_| leaving > 0) {
            let length = part[0].len();
            if length <= leaving {
                leaving -= length;
                self.rows.pop_front();
            } else {
                part.iter_mut().for_each(|column| *column = column.slice(leaving, length - leaving));
                leaving = 0;
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let mut fold = self.fold.fresh();
        for part in &self.rows {
            fold.update_batch(part)?;
        }
        fold.evaluate()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.rows.iter().flatten().map(|column| column.get_array_memory_size()).sum::<usize>()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Err(Error::internal("a window frame has no state to be merged").into())
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> DataFusionResult<()> {
        Err(Error::internal("a window frame has no state to be merged").into())
    }
}

impl AggregateUDFImpl for Fold {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> DataFusionResult<Arrow> {
        Ok(self.parameters.returns.to_arrow())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn Accumulator>> {
        Ok(self.begin(&args).fresh())
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn Accumulator>> {
        Ok(Box::new(Frame { fold: self.begin(&args), rows: VecDeque::new() }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DataFusionResult<Vec<FieldRef>> {
        let inputs = args.input_fields.iter().map(|field| field.data_type().clone()).collect::<Vec<_>>();
        let mut states = (self.definition.state)(&inputs);
        states.extend(args.ordering_fields.iter().map(|key| list_of(key.data_type())));
        let states = if args.is_distinct { vec![list_of(&inputs[0])] } else { states };
        let named = states.into_iter().enumerate();
        Ok(named
            .map(|(n, state)| Arc::new(Field::new(format_state_name(args.name, &n.to_string()), state, true)))
            .collect())
    }

    /// The values are put in order here, not by a sort below, since groups are merged from parts.
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::SoftRequirement
    }

    /// Values that come in order are put in order all the same.
    fn with_beneficial_ordering(self: Arc<Self>, _: bool) -> DataFusionResult<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }
}

/// Feeds each value once; the state is the values.
#[derive(Debug)]
struct Distinct {
    inner: Box<dyn Accumulator>,
    layout: Arrow,
    seen: indexmap::IndexSet<ScalarValue>,
    /// What the values seen take in memory.
    bytes: usize,
    /// The value and its sort keys, which are the value again.
    width: usize,
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        for row in 0..values[0].len() {
            let value = ScalarValue::try_from_array(&values[0], row)?;
            let bytes = value.size();
            if self.seen.insert(value) {
                self.bytes += bytes;
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
        self.inner.size() + self.bytes
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        let values = self.seen.iter().cloned().collect::<Vec<_>>();
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &self.layout))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        for list in states[0].as_list::<i32>().iter().flatten() {
            self.update_batch(&vec![list; self.width])?;
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
    /// Each part is a column of values and the columns of their sort keys.
    parts: Vec<Vec<ArrayRef>>,
    order: Vec<SortOptions>,
    parameters: Parameters,
    finish: Finish,
}

impl Gather {
    pub fn boxed(parameters: &Parameters, finish: Finish) -> Box<dyn Accumulator> {
        Self::ordered(parameters, &[], finish)
    }

    pub fn ordered(parameters: &Parameters, order: &[SortOptions], finish: Finish) -> Box<dyn Accumulator> {
        Box::new(Gather { parts: Vec::new(), order: order.to_vec(), parameters: parameters.clone(), finish })
    }

    /// All parts as one; `None` if there are no values.
    fn all(&mut self) -> DataFusionResult<Option<&Vec<ArrayRef>>> {
        if self.parts.len() > 1 {
            let column = |n: usize| concat(&self.parts.iter().map(|part| part[n].as_ref()).collect::<Vec<_>>());
            self.parts = vec![(0..=self.order.len()).map(column).collect::<Result<_, _>>()?];
        }
        Ok(self.parts.first())
    }

    fn values(&mut self) -> DataFusionResult<ArrayRef> {
        let order = self.order.clone();
        let Some(columns) = self.all()? else {
            return Ok(new_empty_array(&self.parameters.arguments[0].to_arrow()));
        };
        if order.is_empty() {
            return Ok(Arc::clone(&columns[0]));
        }
        let keys = columns[1..].iter().zip(order);
        let keys = keys.map(|(key, options)| SortColumn { values: Arc::clone(key), options: Some(options) });
        let indices = lexsort_to_indices(&keys.collect::<Vec<_>>(), None)?;
        Ok(take(&columns[0], &indices, None)?)
    }
}

impl fmt::Debug for Gather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

impl Accumulator for Gather {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let count = values.len();
        let keys = &values[count - self.order.len()..];
        let columns = values[..1].iter().chain(keys);
        let part = match values[0].nulls() {
            Some(nulls) if nulls.null_count() > 0 => {
                let valid = datafusion::arrow::array::BooleanArray::new(nulls.inner().clone(), None);
                columns.map(|column| filter(column, &valid)).collect::<Result<Vec<_>, _>>()?
            }
            _ => columns.map(Arc::clone).collect(),
        };
        if !part[0].is_empty() {
            self.parts.push(part);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let wanted = self.parameters.arguments[0].to_arrow();
        let all = crate::functions::kernel::conform(self.values()?, &wanted)?;
        Ok((self.finish)(&all, &self.parameters)?)
    }

    fn size(&self) -> usize {
        let columns = self.parts.iter().flatten();
        size_of_val(self) + columns.map(|column| column.get_array_memory_size()).sum::<usize>()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        if let Some(columns) = self.all()? {
            return Ok(columns.iter().map(|column| list_scalar(Arc::clone(column))).collect());
        }
        // The keys' types are not known, and not needed, where nothing came.
        let nothing = list_scalar(new_empty_array(&self.parameters.arguments[0].to_arrow()));
        let keys = self.order.iter().map(|_| ScalarValue::Null);
        Ok(std::iter::once(nothing).chain(keys).collect())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        let lists = states.iter().map(|state| state.as_list::<i32>()).collect::<Vec<_>>();
        for row in 0..lists[0].len() {
            if lists.iter().all(|list| list.is_valid(row)) {
                self.update_batch(&lists.iter().map(|list| list.value(row)).collect::<Vec<_>>())?;
            }
        }
        Ok(())
    }
}

/// Another aggregate with NULLs left out (`first(x, true)`) or its result in Spark's type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Adapted {
    inner: Arc<AggregateUDF>,
    name: String,
    ignore_nulls: bool,
    returns: Arrow,
}

impl Adapted {
    pub fn function(inner: Arc<AggregateUDF>, ignore_nulls: bool, returns: Arrow) -> Arc<AggregateUDF> {
        let name = format!("{}{}", inner.name(), if ignore_nulls { "[ignore nulls]" } else { "" });
        Arc::new(AggregateUDF::new_from_impl(Adapted { inner, name, ignore_nulls, returns }))
    }

    fn arguments<'a>(&self, args: &AccumulatorArgs<'a>) -> DataFusionResult<AccumulatorArgs<'a>> {
        let returns = self.inner.return_field(args.expr_fields)?;
        Ok(AccumulatorArgs { ignore_nulls: self.ignore_nulls || args.ignore_nulls, return_field: returns, ..*args })
    }
}

impl AggregateUDFImpl for Adapted {
    fn name(&self) -> &str {
        &self.name
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

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
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
