//! Skewness, kurtosis and correlation: central moments, merged as Spark merges them.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Float64Type};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::Accumulator;
use datafusion::scalar::ScalarValue;

use super::folds::Definition;

pub(super) static SKEWNESS: Definition =
    Definition { name: "skewness", state: |_| vec![Arrow::Float64; 5], accumulator: |_, _| Box::new(Moments::new(3)) };
pub(super) static KURTOSIS: Definition =
    Definition { name: "kurtosis", state: |_| vec![Arrow::Float64; 5], accumulator: |_, _| Box::new(Moments::new(4)) };
pub(super) static CORRELATION: Definition =
    Definition { name: "corr", state: |_| vec![Arrow::Float64; 6], accumulator: |_, _| Box::<Correlation>::default() };

#[derive(Debug)]
struct Moments {
    order: usize,
    count: f64,
    mean: f64,
    /// Sums of the second, third and fourth powers of differences from the mean.
    sums: [f64; 3],
}

impl Moments {
    fn new(order: usize) -> Self {
        Self { order, count: 0.0, mean: 0.0, sums: [0.0; 3] }
    }

    fn merge(&mut self, other_count: f64, other_mean: f64, other: [f64; 3]) {
        if other_count == 0.0 {
            return;
        }
        let (n1, n2) = (self.count, other_count);
        let n = n1 + n2;
        let delta = other_mean - self.mean;
        let delta_n = if n == 0.0 { 0.0 } else { delta / n };
        let [m2, m3, m4] = self.sums;
        let [o2, o3, o4] = other;
        self.mean += delta_n * n2;
        self.sums = [
            m2 + o2 + delta * delta_n * n1 * n2,
            m3 + o3 + delta_n * delta_n * delta * n1 * n2 * (n1 - n2) + 3.0 * delta_n * (n1 * o2 - n2 * m2),
            m4 + o4
                + delta_n * delta_n * delta_n * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2)
                + 6.0 * delta_n * delta_n * (n1 * n1 * o2 + n2 * n2 * m2)
                + 4.0 * delta_n * (n1 * o3 - n2 * m3),
        ];
        self.count = n;
    }
}

impl Accumulator for Moments {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        for value in values[0].as_primitive::<Float64Type>().iter().flatten() {
            self.merge(1.0, value, [0.0; 3]);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let [m2, m3, m4] = self.sums;
        let n = self.count;
        Ok(ScalarValue::Float64(if n == 0.0 || m2 == 0.0 {
            None
        } else if self.order == 3 {
            Some(n.sqrt() * m3 / (m2 * m2 * m2).sqrt())
        } else {
            Some(n * m4 / (m2 * m2) - 3.0)
        }))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        let [m2, m3, m4] = self.sums;
        Ok([self.count, self.mean, m2, m3, m4].map(|value| ScalarValue::Float64(Some(value))).to_vec())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        let column = |n: usize| states[n].as_primitive::<Float64Type>();
        for row in 0..states[0].len() {
            let at = |n: usize| column(n).value(row);
            self.merge(at(0), at(1), [at(2), at(3), at(4)]);
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Correlation {
    count: f64,
    x_mean: f64,
    y_mean: f64,
    both: f64,
    x: f64,
    y: f64,
}

impl Correlation {
    fn merge(&mut self, other: &Correlation) {
        if other.count == 0.0 {
            return;
        }
        let n = self.count + other.count;
        let (dx, dy) = (other.x_mean - self.x_mean, other.y_mean - self.y_mean);
        let weight = self.count * other.count / n;
        self.both += other.both + dx * dy * weight;
        self.x += other.x + dx * dx * weight;
        self.y += other.y + dy * dy * weight;
        self.x_mean += dx * other.count / n;
        self.y_mean += dy * other.count / n;
        self.count = n;
    }
}

impl Accumulator for Correlation {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let (x, y) = (values[0].as_primitive::<Float64Type>(), values[1].as_primitive::<Float64Type>());
        for (x, y) in x.iter().zip(y) {
            if let (Some(x_mean), Some(y_mean)) = (x, y) {
                self.merge(&Correlation { count: 1.0, x_mean, y_mean, ..Correlation::default() });
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let known = self.count > 1.0;
        Ok(ScalarValue::Float64(known.then(|| self.both / (self.x * self.y).sqrt())))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        let state = [self.count, self.x_mean, self.y_mean, self.both, self.x, self.y];
        Ok(state.map(|value| ScalarValue::Float64(Some(value))).to_vec())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        for row in 0..states[0].len() {
            let at = |n: usize| states[n].as_primitive::<Float64Type>().value(row);
            let other = Correlation { count: at(0), x_mean: at(1), y_mean: at(2), both: at(3), x: at(4), y: at(5) };
            self.merge(&other);
        }
        Ok(())
    }
}
