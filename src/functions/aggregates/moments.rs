//! Variances, correlations and regressions: means and sums of powers of differences from them, taken in and merged in
//! Spark's formulas and order, so that the last digits are Spark's too.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Float64Builder, PrimitiveArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef, Float64Type};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;

use super::folds::list_of;

/// What is made of the sums at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Statistic {
    VariancePopulation,
    VarianceSample,
    DeviationPopulation,
    DeviationSample,
    Skewness,
    Kurtosis,
    CovariancePopulation,
    CovarianceSample,
    Correlation,
    /// Of `y` and `x`: the sums of squares of each and of their product.
    SumOfSquaresX,
    SumOfSquaresY,
    SumOfProducts,
    Slope,
    Intercept,
    Determination,
}

impl Statistic {
    pub(super) fn function(self) -> Arc<AggregateUDF> {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(AggregateUDF::new_from_impl(Moments { statistic: self, signature }))
    }

    fn name(self) -> &'static str {
        match self {
            Statistic::VariancePopulation => "var_pop",
            Statistic::VarianceSample => "var_samp",
            Statistic::DeviationPopulation => "stddev_pop",
            Statistic::DeviationSample => "stddev_samp",
            Statistic::Skewness => "skewness",
            Statistic::Kurtosis => "kurtosis",
            Statistic::CovariancePopulation => "covar_pop",
            Statistic::CovarianceSample => "covar_samp",
            Statistic::Correlation => "corr",
            Statistic::SumOfSquaresX => "regr_sxx",
            Statistic::SumOfSquaresY => "regr_syy",
            Statistic::SumOfProducts => "regr_sxy",
            Statistic::Slope => "regr_slope",
            Statistic::Intercept => "regr_intercept",
            Statistic::Determination => "regr_r2",
        }
    }

    /// How many of the sums of [`Sums`] this needs: those of one column, of higher powers too, or of two.
    fn kind(self) -> Kind {
        match self {
            Statistic::VariancePopulation
            | Statistic::VarianceSample
            | Statistic::DeviationPopulation
            | Statistic::DeviationSample => Kind::Squares,
            Statistic::Skewness | Statistic::Kurtosis => Kind::Powers,
            Statistic::SumOfSquaresX | Statistic::SumOfSquaresY => Kind::Squares,
            Statistic::CovariancePopulation
            | Statistic::CovarianceSample
            | Statistic::Correlation
            | Statistic::SumOfProducts
            | Statistic::Determination => Kind::Pairs,
            Statistic::Slope | Statistic::Intercept => Kind::Line,
        }
    }

    /// How many columns the values have, of which only rows without NULLs count.
    pub(super) fn columns(self) -> usize {
        match self {
            Statistic::VariancePopulation
            | Statistic::VarianceSample
            | Statistic::DeviationPopulation
            | Statistic::DeviationSample
            | Statistic::Skewness
            | Statistic::Kurtosis => 1,
            Statistic::CovariancePopulation
            | Statistic::CovarianceSample
            | Statistic::Correlation
            | Statistic::SumOfSquaresX
            | Statistic::SumOfSquaresY
            | Statistic::SumOfProducts
            | Statistic::Slope
            | Statistic::Intercept
            | Statistic::Determination => 2,
        }
    }

    /// Regressions name `y` first and look at `x`.
    fn second_column_first(self) -> bool {
        matches!(self, Statistic::SumOfSquaresX | Statistic::Slope | Statistic::Intercept)
    }

    fn finish(self, sums: &Sums) -> Option<f64> {
        let Sums { count, squares, cubes, fourths, products, other_squares, .. } = *sums;
        let several = count > 1.0;
        if count == 0.0 {
            return None;
        }
        match self {
            Statistic::VariancePopulation => Some(squares / count),
            Statistic::VarianceSample => several.then(|| squares / (count - 1.0)),
            Statistic::DeviationPopulation => Some((squares / count).sqrt()),
            Statistic::DeviationSample => several.then(|| (squares / (count - 1.0)).sqrt()),
            Statistic::Skewness => {
                (squares != 0.0).then(|| count.sqrt() * cubes / (squares * squares * squares).sqrt())
            }
            Statistic::Kurtosis => (squares != 0.0).then(|| count * fourths / (squares * squares) - 3.0),
            Statistic::CovariancePopulation => Some(products / count),
            Statistic::CovarianceSample => several.then(|| products / (count - 1.0)),
            Statistic::Correlation => several.then(|| products / (squares * other_squares).sqrt()),
            Statistic::SumOfSquaresX | Statistic::SumOfSquaresY => Some(squares),
            Statistic::SumOfProducts => Some(products),
            Statistic::Slope => (squares != 0.0).then(|| products / squares),
            Statistic::Intercept => (squares != 0.0).then(|| sums.other_mean - products / squares * sums.mean),
            // The first column is `y`.
            Statistic::Determination if other_squares == 0.0 => None,
            Statistic::Determination if squares == 0.0 => Some(1.0),
            Statistic::Determination => {
                let correlation = products / (squares * other_squares).sqrt();
                Some(correlation * correlation)
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Squares,
    Powers,
    Pairs,
    /// As pairs, with the squares of the first column summed as those of one column are.
    Line,
}

impl Kind {
    fn width(self) -> usize {
        match self {
            Kind::Squares => 3,
            Kind::Powers => 5,
            Kind::Pairs | Kind::Line => 6,
        }
    }
}

/// Sums of powers of differences from the mean.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    mean: f64,
    squares: f64,
    cubes: f64,
    fourths: f64,
    /// Of the second column of a pair.
    other_mean: f64,
    other_squares: f64,
    products: f64,
}

impl Sums {
    fn add(&mut self, kind: Kind, x: f64, y: f64) {
        self.count += 1.0;
        match kind {
            Kind::Squares | Kind::Powers => {
                let delta = x - self.mean;
                let delta_n = delta / self.count;
                self.mean += delta_n;
                self.squares += delta * (delta - delta_n);
                if kind == Kind::Squares {
                    return;
                }
                let (delta2, delta_n2) = (delta * delta, delta_n * delta_n);
                self.cubes = self.cubes - 3.0 * delta_n * self.squares + delta * (delta2 - delta_n2);
                self.fourths = self.fourths - 4.0 * delta_n * self.cubes - 6.0 * delta_n2 * self.squares
                    + delta * (delta * delta2 - delta_n * delta_n2);
            }
            Kind::Pairs | Kind::Line => {
                let (dx, dy) = (x - self.mean, y - self.other_mean);
                self.mean += dx / self.count;
                self.other_mean += dy / self.count;
                self.products += dx * (y - self.other_mean);
                self.squares += match kind {
                    Kind::Line => dx * (dx - dx / self.count),
                    Kind::Squares | Kind::Powers | Kind::Pairs => dx * (x - self.mean),
                };
                self.other_squares += dy * (y - self.other_mean);
            }
        }
    }

    fn merge(&mut self, kind: Kind, other: &Sums) {
        let (n1, n2) = (self.count, other.count);
        let n = n1 + n2;
        let share = |delta: f64| if n == 0.0 { 0.0 } else { delta / n };
        let delta = other.mean - self.mean;
        let delta_n = share(delta);
        let (squares, cubes) = (self.squares, self.cubes);
        self.count = n;
        self.mean += delta_n * n2;
        self.squares = squares + other.squares + delta * delta_n * n1 * n2;
        match kind {
            Kind::Squares => {}
            Kind::Powers => {
                self.cubes = cubes
                    + other.cubes
                    + delta_n * delta_n * delta * n1 * n2 * (n1 - n2)
                    + 3.0 * delta_n * (n1 * other.squares - n2 * squares);
                self.fourths = self.fourths
                    + other.fourths
                    + delta_n * delta_n * delta_n * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2)
                    + delta_n * delta_n * 6.0 * (n1 * n1 * other.squares + n2 * n2 * squares)
                    + 4.0 * delta_n * (n1 * other.cubes - n2 * cubes);
            }
            Kind::Pairs | Kind::Line => {
                let other_delta = other.other_mean - self.other_mean;
                let other_delta_n = share(other_delta);
                self.other_mean += other_delta_n * n2;
                self.products = self.products + other.products + delta * other_delta_n * n1 * n2;
                self.other_squares = self.other_squares + other.other_squares + other_delta * other_delta_n * n1 * n2;
            }
        }
    }

    /// What one stage hands to the next.
    fn state(&self, kind: Kind) -> Vec<f64> {
        let all = match kind {
            Kind::Squares | Kind::Powers => [self.count, self.mean, self.squares, self.cubes, self.fourths, 0.0],
            Kind::Pairs | Kind::Line => {
                [self.count, self.mean, self.squares, self.other_mean, self.other_squares, self.products]
            }
        };
        all[..kind.width()].to_vec()
    }

    fn of_state(kind: Kind, at: impl Fn(usize) -> f64) -> Self {
        let start = Sums { count: at(0), mean: at(1), squares: at(2), ..Sums::default() };
        match kind {
            Kind::Squares => start,
            Kind::Powers => Sums { cubes: at(3), fourths: at(4), ..start },
            Kind::Pairs | Kind::Line => Sums { other_mean: at(3), other_squares: at(4), products: at(5), ..start },
        }
    }

    /// The last stage starts from nothing, as Spark's does, which rounds the means once more.
    fn last(&self, kind: Kind) -> Sums {
        let mut last = Sums::default();
        last.merge(kind, self);
        last
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Moments {
    statistic: Statistic,
    signature: Signature,
}

impl AggregateUDFImpl for Moments {
    fn name(&self) -> &str {
        self.statistic.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[Arrow]) -> DataFusionResult<Arrow> {
        Ok(Arrow::Float64)
    }

    fn coerce_types(&self, types: &[Arrow]) -> DataFusionResult<Vec<Arrow>> {
        Ok(types.to_vec())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn Accumulator>> {
        Ok(if args.is_distinct {
            Box::new(Distinct { statistic: self.statistic, seen: HashSet::new(), order: Vec::new() })
        } else {
            Box::new(One { statistic: self.statistic, sums: Sums::default() })
        })
    }

    /// Values leave a sliding frame only by beginning again.
    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn Accumulator>> {
        let _ = args;
        Ok(Box::new(Frame { statistic: self.statistic, rows: Vec::new(), start: 0 }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DataFusionResult<Vec<FieldRef>> {
        let states = match args.is_distinct {
            true => vec![list_of(&Arrow::Float64); 2],
            false => vec![Arrow::Float64; self.statistic.kind().width()],
        };
        let named = states.into_iter().enumerate();
        Ok(named
            .map(|(n, state)| Arc::new(Field::new(format_state_name(args.name, &n.to_string()), state, true)))
            .collect())
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs<'_>) -> DataFusionResult<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups { statistic: self.statistic, sums: Vec::new(), parts: Vec::new(), touched: Vec::new() }))
    }
}

/// The columns of the values, as doubles; of one column the second is the first again.
struct Columns {
    x: PrimitiveArray<Float64Type>,
    y: PrimitiveArray<Float64Type>,
}

impl Columns {
    fn of(statistic: Statistic, values: &[ArrayRef]) -> DataFusionResult<Self> {
        let column = |n: usize| -> DataFusionResult<PrimitiveArray<Float64Type>> {
            Ok(cast(&values[n], &Arrow::Float64)?.as_primitive::<Float64Type>().clone())
        };
        let x = column(0)?;
        if statistic.columns() == 1 {
            return Ok(Self { y: x.clone(), x });
        }
        let y = column(1)?;
        Ok(if statistic.second_column_first() { Self { x: y, y: x } } else { Self { x, y } })
    }

    /// The row's values, unless one is NULL.
    #[inline]
    fn get(&self, row: usize) -> Option<(f64, f64)> {
        (self.x.is_valid(row) && self.y.is_valid(row)).then(|| (self.x.value(row), self.y.value(row)))
    }

    fn rows(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        (0..self.x.len()).filter_map(|row| self.get(row))
    }
}

fn double(value: Option<f64>) -> ScalarValue {
    ScalarValue::Float64(value)
}

#[derive(Debug)]
struct One {
    statistic: Statistic,
    sums: Sums,
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let kind = self.statistic.kind();
        let columns = Columns::of(self.statistic, values)?;
        for half in halves(columns.x.len()) {
            let mut part = Sums::default();
            half.filter_map(|row| columns.get(row)).for_each(|(x, y)| part.add(kind, x, y));
            self.sums.merge(kind, &part);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        Ok(double(self.statistic.finish(&self.sums.last(self.statistic.kind()))))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Ok(self.sums.state(self.statistic.kind()).into_iter().map(|sum| double(Some(sum))).collect())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        let kind = self.statistic.kind();
        let columns = states.iter().map(|state| state.as_primitive::<Float64Type>()).collect::<Vec<_>>();
        for row in 0..columns[0].len() {
            self.sums.merge(kind, &Sums::of_state(kind, |n| columns[n].value(row)));
        }
        Ok(())
    }
}

/// The halves of a batch are summed apart and merged, as two of Spark's tasks do with few rows: it rounds less than row
/// upon row does.
fn halves(rows: usize) -> [std::ops::Range<usize>; 2] {
    [0..rows / 2, rows / 2..rows]
}

/// The sums of every group.
#[derive(Debug)]
struct Groups {
    statistic: Statistic,
    sums: Vec<Sums>,
    /// Those of half a batch, empty between batches.
    parts: Vec<Sums>,
    touched: Vec<usize>,
}

impl Groups {
    fn emitted(&mut self, emit_to: EmitTo) -> Vec<Sums> {
        emit_to.take_needed(&mut self.sums)
    }
}

/// A column for each sum of the state.
fn state_columns(kind: Kind, sums: impl Iterator<Item = Sums>) -> Vec<ArrayRef> {
    let mut columns = (0..kind.width()).map(|_| Float64Builder::new()).collect::<Vec<_>>();
    for sums in sums {
        for (column, sum) in columns.iter_mut().zip(sums.state(kind)) {
            column.append_value(sum);
        }
    }
    columns.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef).collect()
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> DataFusionResult<()> {
        let kind = self.statistic.kind();
        self.sums.resize(total, Sums::default());
        self.parts.resize(total, Sums::default());
        let columns = Columns::of(self.statistic, values)?;
        for half in halves(groups.len()) {
            self.touched.clear();
            for row in half {
                if filter.is_some_and(|filter| !filter.is_valid(row) || !filter.value(row)) {
                    continue;
                }
                if let Some((x, y)) = columns.get(row) {
                    let part = &mut self.parts[groups[row]];
                    if part.count == 0.0 {
                        self.touched.push(groups[row]);
                    }
                    part.add(kind, x, y);
                }
            }
            for group in &self.touched {
                self.sums[*group].merge(kind, &std::mem::take(&mut self.parts[*group]));
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DataFusionResult<ArrayRef> {
        let (statistic, kind) = (self.statistic, self.statistic.kind());
        let results = self.emitted(emit_to).into_iter().map(|sums| statistic.finish(&sums.last(kind)));
        Ok(Arc::new(results.collect::<Float64Array>()))
    }

    fn state(&mut self, emit_to: EmitTo) -> DataFusionResult<Vec<ArrayRef>> {
        let kind = self.statistic.kind();
        Ok(state_columns(kind, self.emitted(emit_to).into_iter()))
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> DataFusionResult<Vec<ArrayRef>> {
        let kind = self.statistic.kind();
        let columns = Columns::of(self.statistic, values)?;
        let rows = (0..columns.x.len()).map(|row| {
            let mut sums = Sums::default();
            if filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
                && let Some((x, y)) = columns.get(row)
            {
                sums.add(kind, x, y);
            }
            sums
        });
        Ok(state_columns(kind, rows))
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> DataFusionResult<()> {
        let kind = self.statistic.kind();
        self.sums.resize(total, Sums::default());
        let columns = values.iter().map(|state| state.as_primitive::<Float64Type>()).collect::<Vec<_>>();
        for (row, group) in groups.iter().enumerate() {
            self.sums[*group].merge(kind, &Sums::of_state(kind, |n| columns[n].value(row)));
        }
        Ok(())
    }

    fn size(&self) -> usize {
        (self.sums.capacity() + self.parts.capacity()) * size_of::<Sums>()
            + self.touched.capacity() * size_of::<usize>()
    }
}

/// Feeds each value or pair once; the state is the values.
#[derive(Debug)]
struct Distinct {
    statistic: Statistic,
    seen: HashSet<[u64; 2]>,
    order: Vec<(f64, f64)>,
}

impl Distinct {
    fn add(&mut self, x: f64, y: f64) {
        // The two zeros are one value.
        if self.seen.insert([(x + 0.0).to_bits(), (y + 0.0).to_bits()]) {
            self.order.push((x, y));
        }
    }
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        Columns::of(self.statistic, values)?.rows().for_each(|(x, y)| self.add(x, y));
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        Ok(double(of_rows(self.statistic, &self.order)))
    }

    fn size(&self) -> usize {
        self.order.capacity() * size_of::<(f64, f64)>() * 2
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        let column = |pick: fn(&(f64, f64)) -> f64| {
            let values = Float64Array::from_iter_values(self.order.iter().map(pick));
            super::folds::list_scalar(Arc::new(values))
        };
        Ok(vec![column(|pair| pair.0), column(|pair| pair.1)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        let (x, y) = (states[0].as_list::<i32>(), states[1].as_list::<i32>());
        for (x, y) in x.iter().zip(y.iter()) {
            let (Some(x), Some(y)) = (x, y) else { continue };
            let pairs = x.as_primitive::<Float64Type>().values().iter().zip(y.as_primitive::<Float64Type>().values());
            pairs.for_each(|(x, y)| self.add(*x, *y));
        }
        Ok(())
    }
}

fn of_rows(statistic: Statistic, rows: &[(f64, f64)]) -> Option<f64> {
    let kind = statistic.kind();
    let mut sums = Sums::default();
    rows.iter().for_each(|(x, y)| sums.add(kind, *x, *y));
    statistic.finish(&sums)
}

/// The rows of a window's frame that slides: what leaves cannot be subtracted without leaving its rounding behind.
#[derive(Debug)]
struct Frame {
    statistic: Statistic,
    rows: Vec<Option<(f64, f64)>>,
    /// Rows before this one have left.
    start: usize,
}

impl Accumulator for Frame {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let columns = Columns::of(self.statistic, values)?;
        self.rows.extend((0..columns.x.len()).map(|row| columns.get(row)));
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        self.start += values[0].len();
        if self.start * 2 > self.rows.len() {
            self.rows.drain(..self.start);
            self.start = 0;
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let kind = self.statistic.kind();
        let mut sums = Sums::default();
        self.rows[self.start..].iter().flatten().for_each(|(x, y)| sums.add(kind, *x, *y));
        Ok(double(self.statistic.finish(&sums)))
    }

    fn size(&self) -> usize {
        self.rows.capacity() * size_of::<Option<(f64, f64)>>()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Err(crate::error::Error::internal("a window has no stages").into())
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> DataFusionResult<()> {
        Err(crate::error::Error::internal("a window has no stages").into())
    }
}
