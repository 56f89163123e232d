//! Theta sketches: how many different values there are, with unions, intersections and differences.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Float32Type, Float64Type, Int32Type, Int64Type};
use datafusion::logical_expr::ColumnarValue;
use datafusion::scalar::ScalarValue;
use datasketches::hash::value::{canonical_float, raw_bytes};
use datasketches::theta::{
    CompactThetaSketch, ThetaANotB, ThetaIntersection, ThetaSketch, ThetaSketchBuilder, ThetaUnion, ThetaUnionBuilder,
};

use super::{
    Summarize, Summary, aggregate, binary, estimates, exactly, foldable, of_sketch, of_two_sketches, present,
    state_type,
};
use crate::error::{
    Error, Result, THETA_INVALID_INPUT_SKETCH_BUFFER, THETA_INVALID_LG_NOM_ENTRIES,
    THETA_LG_NOM_ENTRIES_MUST_BE_CONSTANT,
};
use crate::functions::aggregates::folds::Definition;
use crate::functions::{Aggregate, Arguments, Call, Family, Function, Kernel, Parameters};
use crate::types::DataType;

pub static FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "theta_sketch_agg",
        bind_build,
        "theta_sketch_agg(expr, lgNomEntries) - Returns the ThetaSketch compact binary representation. `lgNomEntries` (optional) is the log-base-2 of nominal entries, with nominal entries deciding the number buckets or slots for the ThetaSketch.",
        &["SELECT theta_sketch_estimate(theta_sketch_agg(col, 12)) FROM VALUES (1), (1), (2), (2), (3) tab(col)"],
    ),
    Function::aggregate(
        "theta_union_agg",
        |call| bind_merge(call, &UNITE),
        "theta_union_agg(expr, lgNomEntries) - Returns the unioned ThetaSketch compact binary representation. `lgNomEntries` (optional) the log-base-2 of Nominal Entries, with Nominal Entries deciding the number buckets or slots for the ThetaSketch.",
        &[
            "SELECT theta_sketch_estimate(theta_union_agg(sketch, 15)) FROM (SELECT theta_sketch_agg(col1) as sketch FROM VALUES (1) tab(col1) UNION ALL SELECT theta_sketch_agg(col2, 20) as sketch FROM VALUES (1) tab(col2))",
        ],
    ),
    Function::aggregate(
        "theta_intersection_agg",
        |call| bind_merge(call, &INTERSECT),
        "theta_intersection_agg(expr) - Returns the intersected ThetaSketch compact binary representation.",
        &[
            "SELECT theta_sketch_estimate(theta_intersection_agg(sketch)) FROM (SELECT theta_sketch_agg(col1) as sketch FROM VALUES (1) tab(col1) UNION ALL SELECT theta_sketch_agg(col2, 20) as sketch FROM VALUES (1) tab(col2))",
        ],
    ),
    Function::scalar(
        "theta_sketch_estimate",
        Family::Misc,
        |call| of_sketch(call, &ESTIMATE),
        "theta_sketch_estimate(expr) - Returns the estimated number of unique values given the binary representation of a Datasketches ThetaSketch.",
        &["SELECT theta_sketch_estimate(theta_sketch_agg(col)) FROM VALUES (1), (1), (2), (2), (3) tab(col)"],
    ),
    Function::scalar(
        "theta_union",
        Family::Misc,
        |call| of_two_sketches(call, &UNION, Some(DataType::Int)),
        "theta_union(first, second, lgNomEntries) - Merges two binary representations of Datasketches ThetaSketch objects using a ThetaSketch Union object. Users can set lgNomEntries to a value between 4 and 26 to find the union of sketches with different union buffer size values (defaults to 12).",
        &[
            "SELECT theta_sketch_estimate(theta_union(theta_sketch_agg(col1), theta_sketch_agg(col2))) FROM VALUES (1, 4), (1, 4), (2, 5), (2, 5), (3, 6) tab(col1, col2)",
        ],
    ),
    Function::scalar(
        "theta_intersection",
        Family::Misc,
        |call| of_two_sketches(call, &INTERSECTION, None),
        "theta_intersection(first, second) - Intersects two binary representations of Datasketches ThetaSketch objects using a ThetaSketch Intersection object.",
        &[
            "SELECT theta_sketch_estimate(theta_intersection(theta_sketch_agg(col1), theta_sketch_agg(col2))) FROM VALUES (5, 4), (1, 4), (2, 5), (2, 5), (3, 1) tab(col1, col2)",
        ],
    ),
    Function::scalar(
        "theta_difference",
        Family::Misc,
        |call| of_two_sketches(call, &DIFFERENCE, None),
        "theta_difference(first, second) - Subtracts two binary representations of Datasketches ThetaSketch objects from two input columns using a ThetaSketch AnotB object.",
        &[
            "SELECT theta_sketch_estimate(theta_difference(theta_sketch_agg(col1), theta_sketch_agg(col2))) FROM VALUES (5, 4), (1, 4), (2, 5), (2, 5), (3, 1) tab(col1, col2)",
        ],
    ),
];

pub static KERNELS: &[&Kernel] = &[&ESTIMATE, &UNION, &INTERSECTION, &DIFFERENCE];

static ESTIMATE: Kernel = Kernel::new("theta_sketch_estimate", |arguments| {
    estimates(arguments, |bytes| Ok(read(bytes, "theta_sketch_estimate")?.estimate()))
})
.fallible();
static UNION: Kernel = Kernel::new("theta_union", union).fallible();
static INTERSECTION: Kernel = Kernel::new("theta_intersection", |arguments| {
    pairs(arguments, "theta_intersection", |first, second| {
        let mut intersection = ThetaIntersection::default();
        intersection.update(first).map_err(|_| invalid("theta_intersection"))?;
        intersection.update(second).map_err(|_| invalid("theta_intersection"))?;
        intersection.to_sketch(true).ok_or_else(|| invalid("theta_intersection"))
    })
})
.fallible();
static DIFFERENCE: Kernel = Kernel::new("theta_difference", |arguments| {
    pairs(arguments, "theta_difference", |first, second| {
        ThetaANotB::default().compute(first, second, true).map_err(|_| invalid("theta_difference"))
    })
})
.fallible();
static BUILD: Definition = Definition {
    name: "theta_sketch_agg",
    state: state_type,
    accumulator: |parameters, _| Box::new(Summarize(Build::new(parameters))),
};
static UNITE: Definition = Definition {
    name: "theta_union_agg",
    state: state_type,
    accumulator: |parameters, _| Box::new(Summarize(Unite(new_union(lg_k_of(parameters)).ok()))),
};
static INTERSECT: Definition = Definition {
    name: "theta_intersection_agg",
    state: state_type,
    accumulator: |_, _| Box::new(Summarize(Intersect::default())),
};

const DEFAULT_LG_K: u8 = 12;

fn invalid(function: &str) -> Error {
    Error::new(
        &THETA_INVALID_INPUT_SKETCH_BUFFER,
        format!(
            "Invalid call to `{function}`; only valid Theta sketch buffers are supported as inputs (such as those \
             produced by the `theta_sketch_agg` function)"
        ),
    )
}

fn read(bytes: &[u8], function: &str) -> Result<CompactThetaSketch> {
    CompactThetaSketch::deserialize(bytes).map_err(|_| invalid(function))
}

/// A sketch of one value says so in its flags.
fn write(sketch: &CompactThetaSketch) -> Vec<u8> {
    const SINGLE: u8 = 0x20;
    let mut bytes = sketch.serialize_compressed();
    if sketch.num_retained() == 1 && !sketch.is_estimation_mode() && bytes.len() == 16 {
        bytes[5] |= SINGLE;
    }
    bytes
}

fn checked(lg_k: i32, function: &str) -> Result<u8> {
    u8::try_from(lg_k).ok().filter(|lg_k| (4..=26).contains(lg_k)).ok_or_else(|| {
        Error::new(
            &THETA_INVALID_LG_NOM_ENTRIES,
            format!(
                "Invalid call to `{function}`; the `lgNomEntries` value must be between 4 and 26, inclusive: {lg_k}"
            ),
        )
    })
}

/// The sketches are as small as the library makes them.
fn not_too_small(lg_k: u8) -> Result<u8> {
    match lg_k {
        4 => Err(Error::unsupported("a Theta sketch of 16 entries (`lgNomEntries` 4)", "use 5 or more")),
        other => Ok(other),
    }
}

/// The constant number that argument `n` is.
fn lg_k(call: &Call<'_>, n: usize) -> Result<u8> {
    if call.arguments.len() <= n {
        return Ok(DEFAULT_LG_K);
    }
    let given = exactly(call, n, &[DataType::Int])?;
    let name = call.function.name;
    match foldable(&given.expr)? {
        Some(ScalarValue::Int32(given)) => {
            checked(given.unwrap_or(0), name).and_then(not_too_small).map_err(|error| error.at(call.span))
        }
        _ => Err(Error::new(
            &THETA_LG_NOM_ENTRIES_MUST_BE_CONSTANT,
            format!(
                "Invalid call to `{name}`; the `lgNomEntries` value must be a constant value, but got a non-constant \
                 expression"
            ),
        )
        .at(call.span)),
    }
}

fn lg_k_of(parameters: &Parameters) -> u8 {
    parameters.options.first().and_then(|option| option.parse().ok()).unwrap_or(DEFAULT_LG_K)
}

fn new_union(lg_k: u8) -> Result<ThetaUnion> {
    ThetaUnionBuilder::default().lg_k(lg_k).build().map_err(|_| Error::internal("the sketch's size was checked"))
}

/// `theta_sketch_agg(value[, lgNomEntries])`
fn bind_build(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=2)?;
    let types = [
        DataType::array(DataType::Int),
        DataType::array(DataType::Long),
        DataType::Binary,
        DataType::Double,
        DataType::Float,
        DataType::Int,
        DataType::Long,
        DataType::String,
    ];
    let value = exactly(call, 0, &types)?;
    let lg_k = lg_k(call, 1)?;
    Ok(aggregate(call, &BUILD, vec![value], vec![lg_k.to_string()], DataType::Binary, false))
}

/// Values go into the sketch, states of other stages into the union.
#[derive(Debug)]
struct Build {
    sketch: Option<ThetaSketch>,
    others: Option<ThetaUnion>,
    lg_k: u8,
}

impl Build {
    fn new(parameters: &Parameters) -> Self {
        let lg_k = lg_k_of(parameters);
        Self { sketch: ThetaSketchBuilder::default().lg_k(lg_k).build().ok(), others: None, lg_k }
    }

    fn compact(&self) -> Result<CompactThetaSketch> {
        let sketch = self.sketch.as_ref().ok_or_else(|| Error::internal("the sketch's size was checked"))?;
        let mut union = new_union(self.lg_k)?;
        union.update(&sketch.compact(true)).map_err(|_| invalid("theta_sketch_agg"))?;
        if let Some(others) = &self.others {
            union.update(&others.to_sketch(true)).map_err(|_| invalid("theta_sketch_agg"))?;
        }
        Ok(union.to_sketch(true))
    }
}

impl Summary for Build {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        let sketch = self.sketch.as_mut().ok_or_else(|| Error::internal("the sketch's size was checked"))?;
        let column = &values[0];
        match column.data_type() {
            Arrow::Int32 => {
                column.as_primitive::<Int32Type>().iter().flatten().for_each(|value| sketch.update(i64::from(value)))
            }
            Arrow::Int64 => column.as_primitive::<Int64Type>().iter().flatten().for_each(|value| sketch.update(value)),
            Arrow::Float32 => column
                .as_primitive::<Float32Type>()
                .iter()
                .flatten()
                .for_each(|value| sketch.update(canonical_float::from_f64(f64::from(value)))),
            Arrow::Float64 => column
                .as_primitive::<Float64Type>()
                .iter()
                .flatten()
                .for_each(|value| sketch.update(canonical_float::from_f64(value))),
            Arrow::List(_) => {
                // The numbers' bytes, a NULL among them as 0.
                let mut bytes = Vec::new();
                for list in column.as_list::<i32>().iter().flatten().filter(|list| !list.is_empty()) {
                    bytes.clear();
                    match list.data_type() {
                        Arrow::Int32 => list
                            .as_primitive::<Int32Type>()
                            .iter()
                            .for_each(|value| bytes.extend(value.unwrap_or(0).to_le_bytes())),
                        _ => list
                            .as_primitive::<Int64Type>()
                            .iter()
                            .for_each(|value| bytes.extend(value.unwrap_or(0).to_le_bytes())),
                    }
                    sketch.update(raw_bytes::from_slice(&bytes));
                }
            }
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
        if self.others.is_none() {
            self.others = Some(new_union(self.lg_k)?);
        }
        let others = self.others.as_mut().ok_or_else(|| Error::internal("it was just made"))?;
        others.update(&read(state, "theta_sketch_agg")?).map_err(|_| invalid("theta_sketch_agg"))
    }

    fn state(&self) -> Vec<u8> {
        self.compact().map_or_else(|_| Vec::new(), |sketch| write(&sketch))
    }

    fn result(&self) -> Result<ScalarValue> {
        Ok(binary(write(&self.compact()?)))
    }

    fn size(&self) -> usize {
        self.sketch.as_ref().map_or(0, ThetaSketch::estimated_size)
            + self.others.as_ref().map_or(0, ThetaUnion::estimated_size)
    }
}

/// `theta_union_agg(sketch[, lgNomEntries])` and `theta_intersection_agg(sketch)`
fn bind_merge(call: &Call<'_>, definition: &'static Definition) -> Result<Aggregate> {
    let unites = definition.name == UNITE.name;
    call.count(1..=if unites { 2 } else { 1 })?;
    let sketch = exactly(call, 0, &[DataType::Binary])?;
    let options = if unites { vec![lg_k(call, 1)?.to_string()] } else { Vec::new() };
    Ok(aggregate(call, definition, vec![sketch], options, DataType::Binary, false))
}

#[derive(Debug)]
struct Unite(Option<ThetaUnion>);

impl Summary for Unite {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        present(&values[0]).try_for_each(|bytes| self.merge(bytes))
    }

    fn merge(&mut self, state: &[u8]) -> Result<()> {
        let union = self.0.as_mut().ok_or_else(|| Error::internal("the sketch's size was checked"))?;
        union.update(&read(state, "theta_union_agg")?).map_err(|_| invalid("theta_union_agg"))
    }

    fn state(&self) -> Vec<u8> {
        self.0.as_ref().map_or_else(Vec::new, |union| write(&union.to_sketch(true)))
    }

    fn result(&self) -> Result<ScalarValue> {
        Ok(binary(self.state()))
    }

    fn size(&self) -> usize {
        self.0.as_ref().map_or(0, ThetaUnion::estimated_size)
    }
}

#[derive(Debug, Default)]
struct Intersect(ThetaIntersection);

impl Summary for Intersect {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        present(&values[0]).try_for_each(|bytes| self.merge(bytes))
    }

    fn merge(&mut self, state: &[u8]) -> Result<()> {
        if state.is_empty() {
            return Ok(());
        }
        self.0.update(&read(state, "theta_intersection_agg")?).map_err(|_| invalid("theta_intersection_agg"))
    }

    fn state(&self) -> Vec<u8> {
        self.0.to_sketch(true).map_or_else(Vec::new, |sketch| write(&sketch))
    }

    fn result(&self) -> Result<ScalarValue> {
        match self.0.to_sketch(true) {
            Some(sketch) => Ok(binary(write(&sketch))),
            None => Err(Error::new(
                &THETA_INVALID_INPUT_SKETCH_BUFFER,
                "The intersection of no sketches is the set of everything, which no sketch can be",
            )),
        }
    }

    fn size(&self) -> usize {
        self.0.estimated_size()
    }
}

fn pairs(
    arguments: &Arguments<'_>,
    function: &str,
    compute: impl Fn(&CompactThetaSketch, &CompactThetaSketch) -> Result<CompactThetaSketch>,
) -> Result<ColumnarValue> {
    let (first, second) = (arguments.binaries(0)?, arguments.binaries(1)?);
    arguments.write_binaries(|row, out| {
        let (Some(first), Some(second)) = (first.get(row), second.get(row)) else { return Ok(None) };
        out.extend(write(&compute(&read(first, function)?, &read(second, function)?)?));
        Ok(Some(()))
    })
}

fn union(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (first, second) = (arguments.binaries(0)?, arguments.binaries(1)?);
    let sizes = (arguments.len() == 3).then(|| arguments.values_of::<Int32Type>(2)).transpose()?;
    arguments.write_binaries(|row, out| {
        let lg_k = match sizes.as_ref().map(|sizes| sizes.get(row)) {
            None => DEFAULT_LG_K,
            Some(None) => return Ok(None),
            Some(Some(given)) => not_too_small(checked(given, "theta_union")?)?,
        };
        let (Some(first), Some(second)) = (first.get(row), second.get(row)) else { return Ok(None) };
        let mut union = new_union(lg_k)?;
        for bytes in [first, second] {
            union.update(&read(bytes, "theta_union")?).map_err(|_| invalid("theta_union"))?;
        }
        out.extend(write(&union.to_sketch(true)));
        Ok(Some(()))
    })
}
