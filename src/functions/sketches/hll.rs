//! HyperLogLog sketches: how many different values there are.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Int32Type, Int64Type};
use datafusion::logical_expr::ColumnarValue;
use datafusion::scalar::ScalarValue;
use datasketches::hash::value::raw_bytes;
use datasketches::hll::{HllSketch, HllType, HllUnion};

use super::{
    Summarize, Summary, aggregate, binary, estimates, exactly, foldable, of_sketch, of_two_sketches, present,
    state_type,
};
use crate::error::{
    Error, HLL_INVALID_INPUT_SKETCH_BUFFER, HLL_INVALID_LG_K, HLL_K_MUST_BE_CONSTANT, HLL_UNION_DIFFERENT_LG_K, Result,
};
use crate::functions::aggregates::folds::Definition;
use crate::functions::{Aggregate, Arguments, Call, Family, Function, Kernel, Parameters};
use crate::types::DataType;

pub static FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "hll_sketch_agg",
        bind_build,
        "hll_sketch_agg(expr, lgConfigK) - Returns the HllSketch's updatable binary representation. `lgConfigK` (optional) the log-base-2 of K, with K is the number of buckets or slots for the HllSketch.",
        &["SELECT hll_sketch_estimate(hll_sketch_agg(col, 12)) FROM VALUES (1), (1), (2), (2), (3) tab(col)"],
    ),
    Function::aggregate(
        "hll_union_agg",
        bind_merge,
        "hll_union_agg(expr, allowDifferentLgConfigK) - Returns the estimated number of unique values. `allowDifferentLgConfigK` (optional) Allow sketches with different lgConfigK values to be merged (defaults to false).",
        &[
            "SELECT hll_sketch_estimate(hll_union_agg(sketch, true)) FROM (SELECT hll_sketch_agg(col) as sketch FROM VALUES (1) tab(col) UNION ALL SELECT hll_sketch_agg(col, 20) as sketch FROM VALUES (1) tab(col))",
        ],
    ),
    Function::scalar(
        "hll_sketch_estimate",
        Family::Misc,
        |call| of_sketch(call, &ESTIMATE),
        "hll_sketch_estimate(expr) - Returns the estimated number of unique values given the binary representation of a Datasketches HllSketch.",
        &["SELECT hll_sketch_estimate(hll_sketch_agg(col)) FROM VALUES (1), (1), (2), (2), (3) tab(col)"],
    ),
    Function::scalar(
        "hll_union",
        Family::Misc,
        |call| of_two_sketches(call, &UNION, Some(DataType::Boolean)),
        "hll_union(first, second, allowDifferentLgConfigK) - Merges two binary representations of Datasketches HllSketch objects, using a Datasketches Union object. Set allowDifferentLgConfigK to true to allow unions of sketches with different lgConfigK values (defaults to false).",
        &[
            "SELECT hll_sketch_estimate(hll_union(hll_sketch_agg(col1), hll_sketch_agg(col2))) FROM VALUES (1, 4), (1, 4), (2, 5), (2, 5), (3, 6) tab(col1, col2)",
        ],
    ),
];

pub static KERNELS: &[&Kernel] = &[&ESTIMATE, &UNION];

static ESTIMATE: Kernel = Kernel::new("hll_sketch_estimate", |arguments| {
    estimates(arguments, |bytes| Ok(read(bytes, "hll_sketch_estimate")?.estimate()))
})
.fallible();
static UNION: Kernel = Kernel::new("hll_union", union).fallible();
static BUILD: Definition = Definition {
    name: "hll_sketch_agg",
    state: state_type,
    accumulator: |parameters, _| Box::new(Summarize(Build::new(parameters))),
};
static MERGE: Definition = Definition {
    name: "hll_union_agg",
    state: state_type,
    accumulator: |parameters, _| {
        let any = parameters.options.first().is_some_and(|option| option == "true");
        Box::new(Summarize(Merge { any, union: None }))
    },
};

const DEFAULT_LG_K: u8 = 12;
const MOST_LG_K: u8 = 21;

fn invalid(function: &str) -> Error {
    Error::new(
        &HLL_INVALID_INPUT_SKETCH_BUFFER,
        format!(
            "Invalid call to `{function}`; only valid HLL sketch buffers are supported as inputs (such as those produced \
             by the `hll_sketch_agg` function)"
        ),
    )
}

fn different(function: &str, left: u8, right: u8) -> Error {
    Error::new(
        &HLL_UNION_DIFFERENT_LG_K,
        format!(
            "Sketches have different `lgConfigK` values: {left} and {right}. Set the `allowDifferentLgConfigK` parameter \
             to true to call `{function}` with different `lgConfigK` values"
        ),
    )
}

fn read(bytes: &[u8], function: &str) -> Result<HllSketch> {
    HllSketch::deserialize(bytes).map_err(|_| invalid(function))
}

/// Lists of few values are padded, as an updatable sketch has them.
fn write(sketch: &HllSketch) -> Vec<u8> {
    const LIST_PREAMBLE: usize = 8;
    const LIST_BYTES: usize = LIST_PREAMBLE + 8 * 4;
    let mut bytes = sketch.serialize();
    let is_list = bytes.first() == Some(&2) && bytes.len() <= LIST_BYTES;
    if is_list {
        bytes.resize(LIST_BYTES, 0);
        bytes[5] &= !8;
    }
    bytes
}

fn empty_union(lg_k: u8) -> Result<HllUnion> {
    HllUnion::new(lg_k).map_err(|_| Error::internal("the sketch's size was checked"))
}

/// `hll_sketch_agg(value[, lgConfigK])`
fn bind_build(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=2)?;
    let value = exactly(call, 0, &[DataType::Int, DataType::Long, DataType::String, DataType::Binary])?;
    let mut lg_k = i32::from(DEFAULT_LG_K);
    if call.arguments.len() == 2 {
        let given = exactly(call, 1, &[DataType::Int])?;
        lg_k = match foldable(&given.expr)? {
            Some(ScalarValue::Int32(given)) => given.unwrap_or(0),
            _ => {
                return Err(Error::new(
                    &HLL_K_MUST_BE_CONSTANT,
                    "Invalid call to `hll_sketch_agg`; the `K` value must be a constant value, but got a non-constant \
                     expression",
                )
                .at(call.span));
            }
        };
    }
    if !(4..=i32::from(MOST_LG_K)).contains(&lg_k) {
        return Err(Error::new(
            &HLL_INVALID_LG_K,
            format!(
                "Invalid call to `hll_sketch_agg`; the `lgConfigK` value must be between 4 and {MOST_LG_K}, inclusive: \
                 {lg_k}"
            ),
        )
        .at(call.span));
    }
    Ok(aggregate(call, &BUILD, vec![value], vec![lg_k.to_string()], DataType::Binary, false))
}

#[derive(Debug)]
struct Build {
    sketch: Option<HllSketch>,
    lg_k: u8,
}

impl Build {
    fn new(parameters: &Parameters) -> Self {
        let lg_k = parameters.options.first().and_then(|option| option.parse().ok()).unwrap_or(DEFAULT_LG_K);
        Self { sketch: HllSketch::new(lg_k, HllType::Hll8).ok(), lg_k }
    }

    fn sketch(&mut self) -> Result<&mut HllSketch> {
        self.sketch.as_mut().ok_or_else(|| Error::internal("the sketch's size was checked"))
    }
}

impl Summary for Build {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        let sketch = self.sketch()?;
        let column = &values[0];
        match column.data_type() {
            Arrow::Int32 => {
                column.as_primitive::<Int32Type>().iter().flatten().for_each(|value| sketch.update(i64::from(value)))
            }
            Arrow::Int64 => column.as_primitive::<Int64Type>().iter().flatten().for_each(|value| sketch.update(value)),
            _ => {
                let bytes = datafusion::arrow::compute::cast(column, &Arrow::BinaryView)?;
                present(&bytes)
                    .filter(|bytes| !bytes.is_empty())
                    .for_each(|bytes| sketch.update(raw_bytes::from_slice(bytes)));
            }
        }
        Ok(())
    }

    fn merge(&mut self, state: &[u8]) -> Result<()> {
        let mut union = empty_union(self.lg_k)?;
        union.update(self.sketch()?);
        union.update(&read(state, "hll_sketch_agg")?);
        self.sketch = Some(union.to_sketch(HllType::Hll8));
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        self.sketch.as_ref().map_or_else(Vec::new, write)
    }

    fn result(&self) -> Result<ScalarValue> {
        Ok(binary(self.state()))
    }

    fn size(&self) -> usize {
        self.sketch.as_ref().map_or(0, HllSketch::estimated_size)
    }
}

/// `hll_union_agg(sketch[, allowDifferentLgConfigK])`
fn bind_merge(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=2)?;
    let sketch = exactly(call, 0, &[DataType::Binary])?;
    let mut any = false;
    if call.arguments.len() == 2 {
        let given = exactly(call, 1, &[DataType::Boolean])?;
        any = match foldable(&given.expr)? {
            Some(given) => given == ScalarValue::Boolean(Some(true)),
            None => return Err(call.mismatch("NON_FOLDABLE_INPUT", "`allowDifferentLgConfigK` must be a constant")),
        };
    }
    Ok(aggregate(call, &MERGE, vec![sketch], vec![any.to_string()], DataType::Binary, false))
}

#[derive(Debug)]
struct Merge {
    /// Sketches of different sizes may come.
    any: bool,
    union: Option<HllUnion>,
}

impl Merge {
    fn add(&mut self, sketch: &HllSketch) -> Result<()> {
        let lg_k = sketch.lg_config_k();
        match &mut self.union {
            Some(union) if !self.any && union.lg_config_k() != lg_k => {
                return Err(different("hll_union_agg", union.lg_config_k(), lg_k));
            }
            Some(union) => union.update(sketch),
            none => none.insert(empty_union(lg_k)?).update(sketch),
        }
        Ok(())
    }
}

impl Summary for Merge {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        present(&values[0]).try_for_each(|bytes| self.add(&read(bytes, "hll_union_agg")?))
    }

    fn merge(&mut self, state: &[u8]) -> Result<()> {
        if state.is_empty() { Ok(()) } else { self.add(&read(state, "hll_union_agg")?) }
    }

    fn state(&self) -> Vec<u8> {
        self.union.as_ref().map_or_else(Vec::new, |union| write(&union.to_sketch(HllType::Hll8)))
    }

    fn result(&self) -> Result<ScalarValue> {
        match &self.union {
            Some(union) => Ok(binary(write(&union.to_sketch(HllType::Hll8)))),
            None => Ok(binary(write(&empty_union(DEFAULT_LG_K)?.to_sketch(HllType::Hll8)))),
        }
    }

    fn size(&self) -> usize {
        self.union.as_ref().map_or(0, HllUnion::estimated_size)
    }
}

fn union(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (first, second) = (arguments.binaries(0)?, arguments.binaries(1)?);
    let any = (arguments.len() == 3).then(|| arguments.booleans(2)).transpose()?;
    arguments.write_binaries(|row, out| {
        let any = match any.as_ref().map(|any| any.get(row)) {
            None => false,
            Some(None) => return Ok(None),
            Some(Some(any)) => any,
        };
        let (Some(first), Some(second)) = (first.get(row), second.get(row)) else { return Ok(None) };
        let (first, second) = (read(first, "hll_union")?, read(second, "hll_union")?);
        let (left, right) = (first.lg_config_k(), second.lg_config_k());
        if !any && left != right {
            return Err(different("hll_union", left, right));
        }
        let mut union = empty_union(left.min(right))?;
        union.update(&first);
        union.update(&second);
        out.extend(write(&union.to_sketch(HllType::Hll8)));
        Ok(Some(()))
    })
}
