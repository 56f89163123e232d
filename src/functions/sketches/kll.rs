//! KLL sketches: quantiles and ranks of numbers, one kind of sketch for each type of number.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, ListBuilder, PrimitiveBuilder};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, Float32Type, Float64Type, Int64Type};
use datafusion::logical_expr::ColumnarValue;
use datafusion::scalar::ScalarValue;
use datasketches::common::SearchCriteria;
use datasketches::kll::{KllFloat, KllSketch, KllValue};

use super::{Summarize, Summary, aggregate, binary, exactly, foldable, present, state_type};
use crate::error::{
    Error, KLL_SKETCH_INCOMPATIBLE_MERGE, KLL_SKETCH_INVALID_INPUT, KLL_SKETCH_INVALID_QUANTILE_RANGE, Result,
};
use crate::functions::aggregates::folds::Definition;
use crate::functions::{Aggregate, Arguments, Call, Expected, Family, Function, Kernel, Parameters, Typed};
use crate::types::{DataType, text};

macro_rules! dispatch {
    ($arguments:expr, $function:ident) => {
        match number_of($arguments.parameters) {
            Number::Long => $function::<i64>($arguments),
            Number::Float => $function::<KllFloat<f32>>($arguments),
            Number::Double => $function::<KllFloat<f64>>($arguments),
        }
    };
}

macro_rules! functions {
    ($($number:ident $suffix:literal,)+) => {
        pub static FUNCTIONS: &[Function] = &[
            $(
                Function::aggregate(concat!("kll_sketch_agg_", $suffix), |call| bind_build(call, Number::$number), concat!("kll_sketch_agg_", $suffix, "(expr[, k]) - Returns the KLL sketch's compact binary representation. The optional k parameter controls the size and accuracy of the sketch (default 200, range 8-65535). Larger k values provide more accurate quantile estimates but result in larger, slower sketches."), &[concat!("SELECT LENGTH(kll_sketch_to_string_", $suffix, "(kll_sketch_agg_", $suffix, "(col))) > 0 FROM VALUES (1), (2), (3), (4), (5) tab(col)")]),
                Function::aggregate(concat!("kll_merge_agg_", $suffix), |call| bind_merge(call, Number::$number), concat!("kll_merge_agg_", $suffix, "(expr[, k]) - Merges binary KLL sketch representations and returns the merged sketch."), &[concat!("SELECT kll_sketch_get_n_", $suffix, "(kll_merge_agg_", $suffix, "(sketch)) FROM (SELECT kll_sketch_agg_", $suffix, "(col) as sketch FROM VALUES (1), (2), (3) tab(col) UNION ALL SELECT kll_sketch_agg_", $suffix, "(col) as sketch FROM VALUES (4), (5), (6) tab(col))")]),
                Function::scalar(concat!("kll_sketch_to_string_", $suffix), Family::Misc, |call| bind_one(call, &TO_STRING, Number::$number, DataType::String), concat!("kll_sketch_to_string_", $suffix, "(expr) - Returns human readable summary information about this sketch."), &[concat!("SELECT LENGTH(kll_sketch_to_string_", $suffix, "(kll_sketch_agg_", $suffix, "(col))) > 0 FROM VALUES (1), (2), (3), (4), (5) tab(col)")]),
                Function::scalar(concat!("kll_sketch_get_n_", $suffix), Family::Misc, |call| bind_one(call, &COUNT, Number::$number, DataType::Long), concat!("kll_sketch_get_n_", $suffix, "(expr) - Returns the number of items collected in the sketch."), &[concat!("SELECT kll_sketch_get_n_", $suffix, "(kll_sketch_agg_", $suffix, "(col)) FROM VALUES (1), (2), (3), (4), (5) tab(col)")]),
                Function::scalar(concat!("kll_sketch_merge_", $suffix), Family::Misc, |call| bind_pair(call, Number::$number), concat!("kll_sketch_merge_", $suffix, "(left, right) - Merges two sketch buffers together into one."), &[concat!("SELECT LENGTH(kll_sketch_to_string_", $suffix, "(kll_sketch_merge_", $suffix, "(kll_sketch_agg_", $suffix, "(col), kll_sketch_agg_", $suffix, "(col)))) > 0 FROM VALUES (1), (2), (3), (4), (5) tab(col)")]),
                Function::scalar(concat!("kll_sketch_get_quantile_", $suffix), Family::Misc, |call| bind_quantile(call, Number::$number), concat!("kll_sketch_get_quantile_", $suffix, "(left, right) - Extracts a single value from the quantiles sketch representing the desired quantile given the input rank. The desired quantile can either be a single value or an array. In the latter case, the function will return an array of results of equal length to the input array."), &[concat!("SELECT kll_sketch_get_quantile_", $suffix, "(kll_sketch_agg_", $suffix, "(col), 0.5) > 1 FROM VALUES (1), (2), (3), (4), (5) tab(col)")]),
                Function::scalar(concat!("kll_sketch_get_rank_", $suffix), Family::Misc, |call| bind_rank(call, Number::$number), concat!("kll_sketch_get_rank_", $suffix, "(left, right) - Extracts a single value from the quantiles sketch representing the desired rank given the input quantile. The desired quantile can either be a single value or an array. In the latter case, the function will return an array of results of equal length to the input array."), &[concat!("SELECT kll_sketch_get_rank_", $suffix, "(kll_sketch_agg_", $suffix, "(col), 3) > 0.3 FROM VALUES (1), (2), (3), (4), (5) tab(col)")]),
            )+
        ];
    };
}

functions! {
    Long "bigint",
    Float "float",
    Double "double",
}

pub static KERNELS: &[&Kernel] = &[&TO_STRING, &COUNT, &MERGE, &QUANTILE, &RANK];

static TO_STRING: Kernel = Kernel::new("kll_to_string", |arguments| dispatch!(arguments, to_string)).fallible();
static COUNT: Kernel = Kernel::new("kll_get_n", |arguments| dispatch!(arguments, count)).fallible();
static MERGE: Kernel = Kernel::new("kll_merge", |arguments| dispatch!(arguments, merge)).fallible();
static QUANTILE: Kernel = Kernel::new("kll_get_quantile", |arguments| dispatch!(arguments, quantile)).fallible();
static RANK: Kernel = Kernel::new("kll_get_rank", |arguments| dispatch!(arguments, rank)).fallible();
static BUILD: Definition = Definition {
    name: "kll_sketch_agg",
    state: state_type,
    accumulator: |parameters, _| match number_of(parameters) {
        Number::Long => Box::new(Summarize(Build::<i64>::new(parameters))),
        Number::Float => Box::new(Summarize(Build::<KllFloat<f32>>::new(parameters))),
        Number::Double => Box::new(Summarize(Build::<KllFloat<f64>>::new(parameters))),
    },
};

const DEFAULT_K: u16 = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Long,
    Float,
    Double,
}

impl Number {
    fn data_type(self) -> DataType {
        match self {
            Number::Long => DataType::Long,
            Number::Float => DataType::Float,
            Number::Double => DataType::Double,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Number::Long => "bigint",
            Number::Float => "float",
            Number::Double => "double",
        }
    }
}

/// The first option of a kernel or an aggregate is the name of its numbers, the second that of the function.
fn number_of(parameters: &Parameters) -> Number {
    match parameters.options.first().map(String::as_str) {
        Some("float") => Number::Float,
        Some("double") => Number::Double,
        _ => Number::Long,
    }
}

fn function_of(parameters: &Parameters) -> &str {
    parameters.options.get(1).map_or("kll_sketch", String::as_str)
}

/// A number as a sketch holds it.
trait Item: KllValue + Ord + std::fmt::Debug + Send + Sync + 'static {
    type Arrow: ArrowPrimitiveType;
    const NAME: &'static str;
    const BYTES: usize;
    /// `None` for NaN, which has no place in an order.
    fn new(value: <Self::Arrow as ArrowPrimitiveType>::Native) -> Option<Self>;
    fn value(&self) -> <Self::Arrow as ArrowPrimitiveType>::Native;
    fn write(&self, out: &mut String);
}

impl Item for i64 {
    type Arrow = Int64Type;
    const NAME: &'static str = "Longs";
    const BYTES: usize = 8;

    fn new(value: i64) -> Option<Self> {
        Some(value)
    }

    fn value(&self) -> i64 {
        *self
    }

    fn write(&self, out: &mut String) {
        text::write_long(out, *self);
    }
}

impl Item for KllFloat<f32> {
    type Arrow = Float32Type;
    const NAME: &'static str = "Floats";
    const BYTES: usize = 4;

    fn new(value: f32) -> Option<Self> {
        KllFloat::<f32>::new(value).ok()
    }

    fn value(&self) -> f32 {
        self.into_inner()
    }

    fn write(&self, out: &mut String) {
        text::write_float(out, self.into_inner());
    }
}

impl Item for KllFloat<f64> {
    type Arrow = Float64Type;
    const NAME: &'static str = "Doubles";
    const BYTES: usize = 8;

    fn new(value: f64) -> Option<Self> {
        KllFloat::<f64>::new(value).ok()
    }

    fn value(&self) -> f64 {
        self.into_inner()
    }

    fn write(&self, out: &mut String) {
        text::write_double(out, self.into_inner());
    }
}

fn invalid(function: &str, reason: &str) -> Error {
    Error::new(&KLL_SKETCH_INVALID_INPUT, format!("For function `{function}`, the input sketch is invalid: {reason}"))
}

fn read<T: Item>(bytes: &[u8], function: &str) -> Result<KllSketch<T>> {
    KllSketch::deserialize(bytes).map_err(|error| invalid(function, error.message()))
}

fn add_all<T: Item>(sketch: &mut KllSketch<T>, other: &KllSketch<T>, function: &str) -> Result<()> {
    sketch.merge(other).map_err(|error| incompatible(function, error.message()))
}

fn incompatible(function: &str, reason: &str) -> Error {
    Error::new(
        &KLL_SKETCH_INCOMPATIBLE_MERGE,
        format!("For function `{function}`, the sketches cannot be merged: {reason}"),
    )
}

fn k_argument(call: &Call<'_>) -> Result<u16> {
    if call.arguments.len() < 2 {
        return Ok(DEFAULT_K);
    }
    let given = exactly(call, 1, &[DataType::Int])?;
    let given = match foldable(&given.expr)? {
        Some(ScalarValue::Int32(Some(given))) => given,
        Some(_) => return Err(call.mismatch("UNEXPECTED_NULL", "The `k` must not be null")),
        None => {
            let why =
                format!("the input `k` should be a foldable \"INT\" expression; however, got \"{}\"", call.texts[1]);
            return Err(call.mismatch("NON_FOLDABLE_INPUT", &why));
        }
    };
    u16::try_from(given).ok().filter(|k| *k >= 8).ok_or_else(|| {
        call.mismatch(
            "TYPE_CHECK_FAILURE_WITH_HINT",
            &format!(
                "For function `{}`, the k parameter must be between 8 and 65535 (inclusive), but got {given}",
                call.function.name
            ),
        )
    })
}

/// `kll_sketch_agg_…(value[, k])`
fn bind_build(call: &Call<'_>, number: Number) -> Result<Aggregate> {
    call.count(1..=2)?;
    let value = match number {
        Number::Long => exactly(call, 0, &[DataType::Byte, DataType::Int, DataType::Long, DataType::Short])?,
        Number::Float => exactly(call, 0, &[DataType::Float])?,
        Number::Double => exactly(call, 0, &[DataType::Float, DataType::Double])?,
    };
    let value = call.to(value, &number.data_type())?;
    let options = vec![number.name().to_owned(), call.function.name.to_owned(), k_argument(call)?.to_string()];
    Ok(aggregate(call, &BUILD, vec![value], options, DataType::Binary, false))
}

/// `kll_merge_agg_…(sketch[, k])`
fn bind_merge(call: &Call<'_>, number: Number) -> Result<Aggregate> {
    call.count(1..=2)?;
    let sketch = exactly(call, 0, &[DataType::Binary])?;
    let mut options = vec![number.name().to_owned(), call.function.name.to_owned()];
    if call.arguments.len() == 2 {
        options.push(k_argument(call)?.to_string());
    }
    Ok(aggregate(call, &BUILD, vec![sketch], options, DataType::Binary, false))
}

#[derive(Debug)]
struct Build<T> {
    sketch: Option<KllSketch<T>>,
    /// Without one, the first sketch that comes decides.
    k: Option<u16>,
    function: String,
}

impl<T: Item> Build<T> {
    fn new(parameters: &Parameters) -> Self {
        let k = parameters.options.get(2).and_then(|option| option.parse().ok());
        Self { sketch: None, k, function: function_of(parameters).to_owned() }
    }

    fn empty(&self) -> Result<KllSketch<T>> {
        KllSketch::new(self.k.unwrap_or(DEFAULT_K)).map_err(|_| Error::internal("the sketch's size was checked"))
    }

    fn add(&mut self, other: KllSketch<T>) -> Result<()> {
        let function = self.function.clone();
        match &mut self.sketch {
            Some(sketch) => add_all(sketch, &other, &function),
            None if self.k.is_none_or(|k| k == other.k()) => {
                self.sketch = Some(other);
                Ok(())
            }
            None => {
                let mut sketch = self.empty()?;
                add_all(&mut sketch, &other, &function)?;
                self.sketch = Some(sketch);
                Ok(())
            }
        }
    }
}

impl<T: Item> Summary for Build<T> {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        if let Some(numbers) = values[0].as_primitive_opt::<T::Arrow>() {
            if self.sketch.is_none() {
                self.sketch = Some(self.empty()?);
            }
            let sketch = self.sketch.as_mut().ok_or_else(|| Error::internal("it was just made"))?;
            numbers.iter().flatten().filter_map(T::new).for_each(|item| sketch.update(item));
            return Ok(());
        }
        for bytes in present(&values[0]) {
            let sketch = read(bytes, &self.function)?;
            self.add(sketch)?;
        }
        Ok(())
    }

    fn merge(&mut self, state: &[u8]) -> Result<()> {
        let sketch = read(state, &self.function)?;
        self.add(sketch)
    }

    fn state(&self) -> Vec<u8> {
        match &self.sketch {
            Some(sketch) => sketch.serialize(),
            None => self.empty().map_or_else(|_| Vec::new(), |sketch| sketch.serialize()),
        }
    }

    fn result(&self) -> Result<ScalarValue> {
        Ok(binary(self.state()))
    }

    fn size(&self) -> usize {
        self.sketch.as_ref().map_or(0, |sketch| sketch.num_retained() * T::BYTES)
    }
}

fn options(call: &Call<'_>, number: Number) -> Vec<String> {
    vec![number.name().to_owned(), call.function.name.to_owned()]
}

fn bind_one(call: &Call<'_>, kernel: &'static Kernel, number: Number, returns: DataType) -> Result<Typed> {
    call.count(1..=1)?;
    let sketch = exactly(call, 0, &[DataType::Binary])?;
    let nullable = sketch.nullable;
    Ok(call.kernel_with(kernel, vec![sketch], options(call, number), returns, nullable))
}

fn bind_pair(call: &Call<'_>, number: Number) -> Result<Typed> {
    call.count(2..=2)?;
    let sketches = vec![exactly(call, 0, &[DataType::Binary])?, exactly(call, 1, &[DataType::Binary])?];
    let nullable = sketches.iter().any(|sketch| sketch.nullable);
    Ok(call.kernel_with(&MERGE, sketches, options(call, number), DataType::Binary, nullable))
}

fn bind_quantile(call: &Call<'_>, number: Number) -> Result<Typed> {
    bind_lookup(call, &QUANTILE, number, &DataType::Double, number.data_type(), "rank")
}

fn bind_rank(call: &Call<'_>, number: Number) -> Result<Typed> {
    bind_lookup(call, &RANK, number, &number.data_type(), DataType::Double, "quantile")
}

/// A look-up of one constant, or of an array of them.
fn bind_lookup(
    call: &Call<'_>,
    kernel: &'static Kernel,
    number: Number,
    wanted: &DataType,
    returns: DataType,
    parameter: &str,
) -> Result<Typed> {
    call.count(2..=2)?;
    let sketch = exactly(call, 0, &[DataType::Binary])?;
    let given = &call.argument(1).data_type;
    let list = DataType::Array { element: Box::new(wanted.clone()), contains_null: false };
    let (to, returns) = match given {
        DataType::Array { contains_null: true, .. } => return Err(call.unexpected_type(1, &choices(wanted))),
        DataType::Array { .. } => (list, DataType::Array { element: Box::new(returns), contains_null: false }),
        _ => (wanted.clone(), returns),
    };
    if Expected::Type(to.clone()).target(given, call.context.ansi).is_none() {
        return Err(call.unexpected_type(1, &choices(wanted)));
    }
    let looked_up = call.cast(1, &to)?;
    if foldable(&looked_up.expr)?.is_none() {
        let why = format!(
            "the input `{parameter}` should be a foldable \"{to}\" expression; however, got \"{}\"",
            call.texts[1]
        );
        return Err(call.mismatch("NON_FOLDABLE_INPUT", &why));
    }
    let nullable = sketch.nullable || looked_up.nullable;
    Ok(call.kernel_with(kernel, vec![sketch, looked_up], options(call, number), returns, nullable))
}

fn choices(wanted: &DataType) -> String {
    format!("(\"{wanted}\" or \"ARRAY<{wanted}>\")")
}

fn to_string<T: Item>(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let sketches = arguments.binaries(0)?;
    arguments.try_write_strings(|row, out| {
        let Some(bytes) = sketches.get(row) else { return Ok(None) };
        let sketch = read::<T>(bytes, function_of(arguments.parameters))?;
        describe(&sketch, bytes, out);
        Ok(Some(()))
    })
}

/// As DataSketches describes a sketch.
fn describe<T: Item>(sketch: &KllSketch<T>, bytes: &[u8], out: &mut String) {
    use std::fmt::Write;
    let levels = if bytes.len() > 18 { bytes[18].max(1) } else { 1 };
    let capacity = capacity(sketch.k(), usize::from(levels));
    let retained = sketch.num_retained();
    let edges = |item: Option<&T>| {
        let mut shown = String::new();
        match item {
            Some(item) => item.write(&mut shown),
            None => shown.push_str("NaN"),
        }
        shown
    };
    let updatable = 20 + 4 * (usize::from(levels) + 1) + 2 * T::BYTES + capacity * T::BYTES;
    let lines: [(&str, String); 17] = [
        ("K", sketch.k().to_string()),
        ("Dynamic min K", sketch.min_k().to_string()),
        ("M", "8".to_owned()),
        ("N", sketch.n().to_string()),
        ("Epsilon", format!("{:.3}%", sketch.normalized_rank_error() * 100.0)),
        ("Epsilon PMF", format!("{:.3}%", sketch.normalized_pmf_error() * 100.0)),
        ("Empty", sketch.is_empty().to_string()),
        ("Estimation Mode", sketch.is_estimation_mode().to_string()),
        ("Levels", levels.to_string()),
        ("Level 0 Sorted", (bytes.get(3).is_some_and(|flags| flags & 2 != 0)).to_string()),
        ("Capacity Items", capacity.to_string()),
        ("Retained Items", retained.to_string()),
        ("Free Space", capacity.saturating_sub(retained).to_string()),
        ("ReadOnly", "false".to_owned()),
        ("Updatable Storage Bytes", updatable.to_string()),
        ("Compact Storage Bytes", bytes.len().to_string()),
        ("Min Item", edges(sketch.min_item())),
    ];
    let _ = write!(out, "\n### KllKll{}Sketch Summary:\n", T::NAME);
    for (name, value) in &lines {
        let _ = writeln!(out, "   {name:<23}: {value}");
    }
    let _ = write!(out, "   {:<23}: {}\n### End sketch summary\n", "Max Item", edges(sketch.max_item()));
}

/// How many items fit so many levels: each has two thirds of the next one's room, and no less than eight.
fn capacity(k: u16, levels: usize) -> usize {
    (0..levels)
        .map(|level| {
            let depth = u32::try_from(levels - level - 1).unwrap_or(u32::MAX).min(60);
            let numerator = u128::from(k) << (depth + 1);
            let rounded = (numerator / 3_u128.pow(depth)).div_ceil(2);
            usize::try_from(rounded).unwrap_or(usize::MAX).max(8)
        })
        .sum()
}

fn count<T: Item>(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let sketches = arguments.binaries(0)?;
    arguments.try_compute::<Int64Type>(|row| match sketches.get(row) {
        Some(bytes) => {
            let sketch = read::<T>(bytes, function_of(arguments.parameters))?;
            Ok(i64::try_from(sketch.n()).ok())
        }
        None => Ok(None),
    })
}

fn merge<T: Item>(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let function = function_of(arguments.parameters);
    let (first, second) = (arguments.binaries(0)?, arguments.binaries(1)?);
    arguments.write_binaries(|row, out| {
        let (Some(first), Some(second)) = (first.get(row), second.get(row)) else { return Ok(None) };
        let read = |bytes| KllSketch::<T>::deserialize(bytes).map_err(|error| incompatible(function, error.message()));
        let mut sketch = read(first)?;
        add_all(&mut sketch, &read(second)?, function)?;
        out.extend(sketch.serialize());
        Ok(Some(()))
    })
}

fn quantile<T: Item>(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let function = function_of(arguments.parameters);
    look_up::<T, Float64Type, T::Arrow>(arguments, |sketch, rank| {
        if !(0.0..=1.0).contains(&rank) {
            let mut shown = String::new();
            text::write_double(&mut shown, rank);
            return Err(Error::new(
                &KLL_SKETCH_INVALID_QUANTILE_RANGE,
                format!(
                    "For function `{function}`, the quantile value must be between 0.0 and 1.0 (inclusive), but got {shown}"
                ),
            ));
        }
        match sketch.quantile(rank, SearchCriteria::Inclusive) {
            Ok(Some(item)) => Ok(item.value()),
            _ => Err(invalid(function, "it is empty")),
        }
    })
}

fn rank<T: Item>(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let function = function_of(arguments.parameters);
    look_up::<T, T::Arrow, Float64Type>(arguments, |sketch, value| {
        let rank = T::new(value).and_then(|item| sketch.rank(&item, SearchCriteria::Inclusive));
        rank.ok_or_else(|| invalid(function, "it is empty"))
    })
}

/// One look-up for each row, or one for each element of an array.
fn look_up<T: Item, From: ArrowPrimitiveType, To: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    compute: impl Fn(&KllSketch<T>, From::Native) -> Result<To::Native>,
) -> Result<ColumnarValue> {
    let function = function_of(arguments.parameters);
    let sketches = arguments.binaries(0)?;
    if !matches!(arguments.parameters.returns, DataType::Array { .. }) {
        let wanted = arguments.values_of::<From>(1)?;
        return arguments.try_compute::<To>(|row| {
            let (Some(bytes), Some(value)) = (sketches.get(row), wanted.get(row)) else { return Ok(None) };
            compute(&read(bytes, function)?, value).map(Some)
        });
    }
    let lists = arguments.array(1)?;
    let lists: &ListArray = lists.as_list::<i32>();
    let mut results = ListBuilder::new(PrimitiveBuilder::<To>::new());
    for row in 0..arguments.rows {
        match sketches.get(row) {
            Some(bytes) if lists.is_valid(row) => {
                let sketch = read(bytes, function)?;
                for value in lists.value(row).as_primitive::<From>().iter().flatten() {
                    results.values().append_value(compute(&sketch, value)?);
                }
                results.append(true);
            }
            _ => results.append(false),
        }
    }
    Ok(ColumnarValue::Array(Arc::new(results.finish())))
}
