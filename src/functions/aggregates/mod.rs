//! The aggregate functions: DataFusion's where they answer as Spark does, ours elsewhere.

pub mod folds;
mod moments;
mod ordered;
mod running;
mod sums;

use std::sync::Arc;

use datafusion::functions_aggregate as df;
use datafusion::logical_expr::expr::{Case, Cast};
use datafusion::logical_expr::{AggregateUDF, Expr, lit};
use datafusion::scalar::ScalarValue;

pub use self::folds::Definition;

use self::folds::Adapted;
use self::moments::Statistic;
use self::sums::{Overflow, Total, Totals};
use super::{Aggregate, Body, Call, Context, Expected, Family, Function, Parameters, Typed};
use crate::error::{Error, INVALID_WITHIN_GROUP_EXPRESSION, Result, WRONG_NUM_ARGS};
use crate::types::{DataType, MAX_PRECISION};

const DOUBLE: DataType = DataType::Double;

pub static FUNCTIONS: &[Function] = &[
    Function::aggregate("count", count, "count(*) - Returns the total number of retrieved rows, including rows containing null. count(expr[, expr...]) - Returns the number of rows for which the supplied expression(s) are all non-null. count(DISTINCT expr[, expr...]) - Returns the number of rows for which the supplied expression(s) are unique and non-null.", &["SELECT count(*) FROM VALUES (NULL), (5), (5), (20) AS tab(col)", "SELECT count(col) FROM VALUES (NULL), (5), (5), (20) AS tab(col)"]),
    Function::aggregate("sum", |call| total(call, Total::Sum, false), "sum(expr) - Returns the sum calculated from values of a group.", &["SELECT sum(col) FROM VALUES (5), (10), (15) AS tab(col)", "SELECT sum(col) FROM VALUES (NULL), (10), (15) AS tab(col)"]),
    Function::aggregate("try_sum", |call| total(call, Total::Sum, true), "try_sum(expr) - Returns the sum calculated from values of a group and the result is null on overflow.", &["SELECT try_sum(col) FROM VALUES (5), (10), (15) AS tab(col)", "SELECT try_sum(col) FROM VALUES (NULL), (10), (15) AS tab(col)"]),
    Function::aggregate("avg", |call| total(call, Total::Average, false), "avg(expr) - Returns the mean calculated from values of a group.", &["SELECT avg(col) FROM VALUES (1), (2), (3) AS tab(col)", "SELECT avg(col) FROM VALUES (1), (2), (NULL) AS tab(col)"]).aliases(&["mean"]),
    Function::aggregate("try_avg", |call| total(call, Total::Average, true), "try_avg(expr) - Returns the mean calculated from values of a group and the result is null on overflow.", &["SELECT try_avg(col) FROM VALUES (1), (2), (3) AS tab(col)", "SELECT try_avg(col) FROM VALUES (1), (2), (NULL) AS tab(col)"]),
    Function::aggregate("min", |call| extreme(call, df::min_max::min_udaf(), &ordered::LEAST), "min(expr) - Returns the minimum value of `expr`.", &["SELECT min(col) FROM VALUES (10), (-1), (20) AS tab(col)"]),
    Function::aggregate("max", |call| extreme(call, df::min_max::max_udaf(), &ordered::GREATEST), "max(expr) - Returns the maximum value of `expr`.", &["SELECT max(col) FROM VALUES (10), (50), (20) AS tab(col)"]),
    Function::aggregate("count_if", count_if, "count_if(expr) - Returns the number of `TRUE` values for the expression.", &["SELECT count_if(col % 2 = 0) FROM VALUES (NULL), (0), (1), (2), (3) AS tab(col)", "SELECT count_if(col IS NULL) FROM VALUES (NULL), (0), (1), (2), (3) AS tab(col)"]),
    Function::aggregate("first", |call| position(call, df::first_last::first_value_udaf()), "first(expr[, isIgnoreNull]) - Returns the first value of `expr` for a group of rows. If `isIgnoreNull` is true, returns only non-null values.", &["SELECT first(col) FROM VALUES (10), (5), (20) AS tab(col)", "SELECT first(col) FROM VALUES (NULL), (5), (20) AS tab(col)"])
        .aliases(&["first_value"]),
    Function::aggregate("last", |call| position(call, df::first_last::last_value_udaf()), "last(expr[, isIgnoreNull]) - Returns the last value of `expr` for a group of rows. If `isIgnoreNull` is true, returns only non-null values", &["SELECT last(col) FROM VALUES (10), (5), (20) AS tab(col)", "SELECT last(col) FROM VALUES (10), (5), (NULL) AS tab(col)"])
        .aliases(&["last_value"]),
    Function::aggregate("any_value", |call| position(call, df::first_last::first_value_udaf()), "any_value(expr[, isIgnoreNull]) - Returns some value of `expr` for a group of rows. If `isIgnoreNull` is true, returns only non-null values.", &["SELECT any_value(col) FROM VALUES (10), (5), (20) AS tab(col)", "SELECT any_value(col) FROM VALUES (NULL), (5), (20) AS tab(col)"]),
    Function::aggregate("bool_and", |call| boolean(call, df::bool_and_or::bool_and_udaf()), "bool_and(expr) - Returns true if all values of `expr` are true.", &["SELECT bool_and(col) FROM VALUES (true), (true), (true) AS tab(col)", "SELECT bool_and(col) FROM VALUES (NULL), (true), (true) AS tab(col)"]).aliases(&["every"]),
    Function::aggregate("bool_or", |call| boolean(call, df::bool_and_or::bool_or_udaf()), "bool_or(expr) - Returns true if at least one value of `expr` is true.", &["SELECT bool_or(col) FROM VALUES (true), (false), (false) AS tab(col)", "SELECT bool_or(col) FROM VALUES (NULL), (true), (false) AS tab(col)"])
        .aliases(&["any", "some"]),
    Function::aggregate("bit_and", |call| bits(call, df::bit_and_or_xor::bit_and_udaf()), "bit_and(expr) - Returns the bitwise AND of all non-null input values, or null if none.", &["SELECT bit_and(col) FROM VALUES (3), (5) AS tab(col)"]),
    Function::aggregate("bit_or", |call| bits(call, df::bit_and_or_xor::bit_or_udaf()), "bit_or(expr) - Returns the bitwise OR of all non-null input values, or null if none.", &["SELECT bit_or(col) FROM VALUES (3), (5) AS tab(col)"]),
    Function::aggregate("bit_xor", |call| bits(call, df::bit_and_or_xor::bit_xor_udaf()), "bit_xor(expr) - Returns the bitwise XOR of all non-null input values, or null if none.", &["SELECT bit_xor(col) FROM VALUES (3), (5) AS tab(col)"]),
    Function::aggregate("stddev", |call| statistic(call, Statistic::DeviationSample), "stddev(expr) - Returns the sample standard deviation calculated from values of a group.", &["SELECT stddev(col) FROM VALUES (1), (2), (3) AS tab(col)"])
        .aliases(&["stddev_samp", "std"]),
    Function::aggregate("stddev_pop", |call| statistic(call, Statistic::DeviationPopulation), "stddev_pop(expr) - Returns the population standard deviation calculated from values of a group.", &["SELECT stddev_pop(col) FROM VALUES (1), (2), (3) AS tab(col)"]),
    Function::aggregate("variance", |call| statistic(call, Statistic::VarianceSample), "variance(expr) - Returns the sample variance calculated from values of a group.", &["SELECT variance(col) FROM VALUES (1), (2), (3) AS tab(col)"])
        .aliases(&["var_samp"]),
    Function::aggregate("var_pop", |call| statistic(call, Statistic::VariancePopulation), "var_pop(expr) - Returns the population variance calculated from values of a group.", &["SELECT var_pop(col) FROM VALUES (1), (2), (3) AS tab(col)"]),
    Function::aggregate("covar_pop", |call| statistic(call, Statistic::CovariancePopulation), "covar_pop(expr1, expr2) - Returns the population covariance of a set of number pairs.", &["SELECT covar_pop(c1, c2) FROM VALUES (1,1), (2,2), (3,3) AS tab(c1, c2)"]),
    Function::aggregate("covar_samp", |call| statistic(call, Statistic::CovarianceSample), "covar_samp(expr1, expr2) - Returns the sample covariance of a set of number pairs.", &["SELECT covar_samp(c1, c2) FROM VALUES (1,1), (2,2), (3,3) AS tab(c1, c2)"]),
    Function::aggregate("corr", |call| statistic(call, Statistic::Correlation), "corr(expr1, expr2) - Returns Pearson coefficient of correlation between a set of number pairs.", &["SELECT corr(c1, c2) FROM VALUES (3, 2), (3, 3), (6, 4) as tab(c1, c2)"]),
    Function::aggregate("skewness", |call| statistic(call, Statistic::Skewness), "skewness(expr) - Returns the skewness value calculated from values of a group.", &["SELECT skewness(col) FROM VALUES (-10), (-20), (100), (1000) AS tab(col)", "SELECT skewness(col) FROM VALUES (-1000), (-100), (10), (20) AS tab(col)"]),
    Function::aggregate("kurtosis", |call| statistic(call, Statistic::Kurtosis), "kurtosis(expr) - Returns the kurtosis value calculated from values of a group.", &["SELECT kurtosis(col) FROM VALUES (-10), (-20), (100), (1000) AS tab(col)", "SELECT kurtosis(col) FROM VALUES (1), (10), (100), (10), (1) as tab(col)"]),
    Function::aggregate("regr_count", regr_count, "regr_count(y, x) - Returns the number of non-null number pairs in a group, where `y` is the dependent variable and `x` is the independent variable.", &["SELECT regr_count(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "SELECT regr_count(y, x) FROM VALUES (1, null) AS tab(y, x)"]),
    Function::aggregate("regr_avgx", |call| regr_average(call, 1), "regr_avgx(y, x) - Returns the average of the independent variable for non-null pairs in a group, where `y` is the dependent variable and `x` is the independent variable.", &["SELECT regr_avgx(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "SELECT regr_avgx(y, x) FROM VALUES (1, null) AS tab(y, x)"]),
    Function::aggregate("regr_avgy", |call| regr_average(call, 0), "regr_avgy(y, x) - Returns the average of the dependent variable for non-null pairs in a group, where `y` is the dependent variable and `x` is the independent variable.", &["SELECT regr_avgy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "SELECT regr_avgy(y, x) FROM VALUES (1, null) AS tab(y, x)"]),
    Function::aggregate("regr_slope", |call| statistic(call, Statistic::Slope), "regr_slope(y, x) - Returns the slope of the linear regression line for non-null pairs in a group, where `y` is the dependent variable and `x` is the independent variable.", &["SELECT regr_slope(y, x) FROM VALUES (1, 1), (2, 2), (3, 3), (4, 4) AS tab(y, x)", "SELECT regr_slope(y, x) FROM VALUES (1, null) AS tab(y, x)"]),
    Function::aggregate("regr_intercept", |call| statistic(call, Statistic::Intercept), "regr_intercept(y, x) - Returns the intercept of the univariate linear regression line for non-null pairs in a group, where `y` is the dependent variable and `x` is the independent variable.", &["SELECT regr_intercept(y, x) FROM VALUES (1, 1), (2, 2), (3, 3), (4, 4) AS tab(y, x)", "SELECT regr_intercept(y, x) FROM VALUES (1, null) AS tab(y, x)"]),
    Function::aggregate("regr_r2", |call| statistic(call, Statistic::Determination), "regr_r2(y, x) - Returns the coefficient of determination for non-null pairs in a group, where `y` is the dependent variable and `x` is the independent variable.", &["SELECT regr_r2(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "SELECT regr_r2(y, x) FROM VALUES (1, null) AS tab(y, x)"]),
    Function::aggregate("regr_sxx", |call| statistic(call, Statistic::SumOfSquaresX), "regr_sxx(y, x) - Returns REGR_COUNT(y, x) * VAR_POP(x) for non-null pairs in a group, where `y` is the dependent variable and `x` is the independent variable.", &["SELECT regr_sxx(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "SELECT regr_sxx(y, x) FROM VALUES (1, null) AS tab(y, x)"]),
    Function::aggregate("regr_sxy", |call| statistic(call, Statistic::SumOfProducts), "regr_sxy(y, x) - Returns REGR_COUNT(y, x) * COVAR_POP(y, x) for non-null pairs in a group, where `y` is the dependent variable and `x` is the independent variable.", &["SELECT regr_sxy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "SELECT regr_sxy(y, x) FROM VALUES (1, null) AS tab(y, x)"]),
    Function::aggregate("regr_syy", |call| statistic(call, Statistic::SumOfSquaresY), "regr_syy(y, x) - Returns REGR_COUNT(y, x) * VAR_POP(y) for non-null pairs in a group, where `y` is the dependent variable and `x` is the independent variable.", &["SELECT regr_syy(y, x) FROM VALUES (1, 2), (2, 2), (2, 3), (2, 4) AS tab(y, x)", "SELECT regr_syy(y, x) FROM VALUES (1, null) AS tab(y, x)"]),
    Function::aggregate("approx_count_distinct", approx_count_distinct, "approx_count_distinct(expr[, relativeSD]) - Returns the estimated cardinality by HyperLogLog++. `relativeSD` defines the maximum relative standard deviation allowed.", &["SELECT approx_count_distinct(col1) FROM VALUES (1), (1), (2), (2), (3) tab(col1)"]),
    Function::aggregate("median", median, "median(col) - Returns the median of numeric or ANSI interval column `col`.", &["SELECT median(col) FROM VALUES (0), (10) AS tab(col)", "SELECT median(col) FROM VALUES (INTERVAL '0' MONTH), (INTERVAL '10' MONTH) AS tab(col)"]),
    Function::aggregate("percentile", percentile, "percentile(col, percentage [, frequency]) - Returns the exact percentile value of numeric or ANSI interval column `col` at the given percentage. The value of percentage must be between 0.0 and 1.0.", &["SELECT percentile(col, 0.3) FROM VALUES (0), (10) AS tab(col)", "SELECT percentile(col, array(0.25, 0.75)) FROM VALUES (0), (10) AS tab(col)"]),
    Function::aggregate("percentile_cont", percentile_cont, "percentile_cont(percentage) WITHIN GROUP (ORDER BY col) - Return a percentile value based on a continuous distribution of numeric or ANSI interval column `col` at the given `percentage` (specified in ORDER BY clause).", &["SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY col) FROM VALUES (0), (10) AS tab(col)"]),
    Function::aggregate("percentile_disc", percentile_disc, "percentile_disc(percentage) WITHIN GROUP (ORDER BY col) - Return a percentile value based on a discrete distribution of numeric or ANSI interval column `col` at the given `percentage` (specified in ORDER BY clause).", &["SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY col) FROM VALUES (0), (10) AS tab(col)", "SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY col) FROM VALUES (INTERVAL '0' MONTH), (INTERVAL '10' MONTH) AS tab(col)"]),
    Function::aggregate("approx_percentile", approx_percentile, "approx_percentile(col, percentage [, accuracy]) - Returns the approximate `percentile` of the numeric or ansi interval column `col` which is the smallest value in the ordered `col` values (sorted from least to greatest) such that no more than `percentage` of `col` values is less than the value or equal to that value.", &["SELECT approx_percentile(col, array(0.5, 0.4, 0.1), 100) FROM VALUES (0), (1), (2), (10) AS tab(col)", "SELECT approx_percentile(col, 0.5, 100) FROM VALUES (0), (6), (7), (9), (10) AS tab(col)"])
        .aliases(&["percentile_approx"]),
    Function::aggregate("mode", mode, "mode(col[, deterministic]) - Returns the most frequent value for the values within `col`. NULL values are ignored. If all the values are NULL, or there are 0 rows, returns NULL.", &["SELECT mode(col) FROM VALUES (0), (10), (10) AS tab(col)", "SELECT mode(col) FROM VALUES (INTERVAL '0' MONTH), (INTERVAL '10' MONTH), (INTERVAL '10' MONTH) AS tab(col)"]),
    Function::aggregate("max_by", |call| best(call, &ordered::MAX_BY), "max_by(x, y) - Returns the value of `x` associated with the maximum value of `y`.", &["SELECT max_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS tab(x, y)"]),
    Function::aggregate("min_by", |call| best(call, &ordered::MIN_BY), "min_by(x, y) - Returns the value of `x` associated with the minimum value of `y`.", &["SELECT min_by(x, y) FROM VALUES ('a', 10), ('b', 50), ('c', 20) AS tab(x, y)"]),
    Function::aggregate("collect_list", |call| collect(call, datafusion_spark::function::aggregate::collect_list()), "collect_list(expr) - Collects and returns a list of non-unique elements.", &["SELECT collect_list(col) FROM VALUES (1), (2), (1) AS tab(col)"])
        .aliases(&["array_agg"]),
    Function::aggregate("collect_set", |call| collect(call, datafusion_spark::function::aggregate::collect_set()), "collect_set(expr) - Collects and returns a set of unique elements.", &["SELECT collect_set(col) FROM VALUES (1), (2), (1) AS tab(col)"]),
    Function::aggregate("listagg", listagg, "listagg(expr[, delimiter])[ WITHIN GROUP (ORDER BY key [ASC | DESC] [,...])] - Returns the concatenation of non-NULL input values, separated by the delimiter ordered by key. If all values are NULL, NULL is returned.", &["SELECT listagg(col) FROM VALUES ('a'), ('b'), ('c') AS tab(col)", "SELECT listagg(col) WITHIN GROUP (ORDER BY col DESC) FROM VALUES ('a'), ('b'), ('c') AS tab(col)"]).aliases(&["string_agg"]),
    Function {
        name: "grouping",
        aliases: &[],
        family: Family::Aggregate,
        body: Body::Binder,
        usage: "grouping(col) - indicates whether a specified column in a GROUP BY is aggregated or not, returns 1 for aggregated or 0 for not aggregated in the result set.",
        examples: &["SELECT name, grouping(name), sum(age) FROM VALUES (2, 'Alice'), (5, 'Bob') people(age, name) GROUP BY cube(name)"],
    },
    Function {
        name: "grouping_id",
        aliases: &[],
        family: Family::Aggregate,
        body: Body::Binder,
        usage: "grouping_id([col1[, col2 ..]]) - returns the level of grouping, equals to `(grouping(c1) << (n-1)) + (grouping(c2) << (n-2)) + ... + grouping(cn)`",
        examples: &["SELECT name, grouping_id(), sum(age), avg(height) FROM VALUES (2, 'Alice', 165), (5, 'Bob', 180) people(age, name, height) GROUP BY cube(name, height)"],
    },
];

fn case(when: Expr, then: Expr) -> Expr {
    Expr::Case(Case::new(None, vec![(Box::new(when), Box::new(then))], None))
}

/// Rows in which no argument is NULL; all rows of `count(*)`, which comes without arguments.
fn count(call: &Call<'_>) -> Result<Aggregate> {
    let argument = match call.arguments {
        [] => {
            return Err(Error::new(&WRONG_NUM_ARGS, "The `count` requires >= 1 parameters but the actual number is 0")
                .subcondition("WITH_SUGGESTION")
                .hint("write `count(*)`")
                .at(call.span));
        }
        // Constants are counted like rows, which the optimizer knows.
        [Typed { expr: Expr::Literal(value, _), .. }] if !value.is_null() => lit(1_i64),
        [one] => one.expr.clone(),
        several => {
            // A tuple that is NULL if one of its parts is.
            let parts = several.iter().enumerate();
            let fields = parts.flat_map(|(n, part)| [lit(format!("c{n}")), part.expr.clone()]).collect();
            let tuple = datafusion::functions::core::named_struct().call(fields);
            let present = several.iter().map(|part| part.expr.clone().is_not_null()).reduce(Expr::and);
            case(present.unwrap_or(lit(true)), tuple)
        }
    };
    Ok(Aggregate {
        function: df::count::count_udaf(),
        arguments: vec![argument],
        data_type: DataType::Long,
        nullable: false,
    })
}

fn count_if(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=1)?;
    let condition = call.cast(0, &DataType::Boolean)?;
    Ok(Aggregate {
        function: df::count::count_udaf(),
        arguments: vec![case(condition.expr, lit(1_i64))],
        data_type: DataType::Long,
        nullable: false,
    })
}

/// `sum`, `avg` and their tolerant variants.
fn total(call: &Call<'_>, total: Total, tolerant: bool) -> Result<Aggregate> {
    call.count(1..=1)?;
    let argument = match call.arguments.first().map(|argument| &argument.data_type) {
        // Seconds since the epoch.
        Some(DataType::Timestamp) => call.to(call.argument(0).clone(), &DOUBLE)?,
        _ => call.expect(0, &Expected::OneOf(&[Expected::Numeric, Expected::AnsiInterval]))?,
    };
    let grown = |precision: u8, by: u8| (precision + by).min(MAX_PRECISION);
    let (input, returns) = match (&argument.data_type, total) {
        (DataType::Decimal { precision, scale }, Total::Sum) => {
            (None, DataType::Decimal { precision: grown(*precision, 10), scale: *scale })
        }
        (DataType::Decimal { precision, scale }, Total::Average) => {
            let scale = grown(u8::try_from(*scale).unwrap_or(0), 4) as i8;
            (None, DataType::Decimal { precision: grown(*precision, 4), scale })
        }
        (interval, Total::Sum) if interval.is_interval() => (None, interval.clone()),
        (DataType::YearMonthInterval(..), _) => (None, DataType::INTERVAL_YEAR_MONTH),
        (DataType::DayTimeInterval(..), _) => (None, DataType::INTERVAL_DAY_SECOND),
        (DataType::Byte | DataType::Short | DataType::Int | DataType::Long, Total::Sum) => {
            (Some(DataType::Long), DataType::Long)
        }
        _ => (Some(DOUBLE), DOUBLE),
    };
    let interval = argument.data_type.is_interval();
    let argument = match input {
        Some(input) => call.to(argument, &input)?,
        None => argument,
    };
    let overflow = match (tolerant, call.context.ansi || interval) {
        (true, _) => Overflow::Null,
        (false, true) => Overflow::Error,
        (false, false) => Overflow::Wrap,
    };
    let function: Arc<AggregateUDF> = if total == Total::Average && returns == DOUBLE {
        df::average::avg_udaf()
    } else {
        Arc::new(AggregateUDF::new_from_impl(Totals::new(
            total,
            overflow,
            returns.to_arrow(),
            call.context.here.origin(),
        )))
    };
    Ok(Aggregate { function, arguments: vec![argument.expr], data_type: returns, nullable: true })
}

fn extreme(call: &Call<'_>, function: Arc<AggregateUDF>, of_nested: &'static Definition) -> Result<Aggregate> {
    call.count(1..=1)?;
    let argument = call.argument(0);
    if !argument.data_type.is_orderable() {
        return Err(invalid_ordering(call, &argument.data_type));
    }
    // DataFusion finds values with NULLs in them neither less nor greater than any.
    if matches!(argument.data_type, DataType::Array { .. } | DataType::Struct(_)) {
        let returns = argument.data_type.clone();
        return fold(call, of_nested, vec![argument.clone(), argument.clone()], Vec::new(), returns);
    }
    Ok(Aggregate {
        function,
        arguments: vec![argument.expr.clone()],
        data_type: argument.data_type.clone(),
        nullable: true,
    })
}

fn invalid_ordering(call: &Call<'_>, data_type: &DataType) -> Error {
    let function = call.name.to_lowercase();
    let why = format!("The `{function}` does not support ordering on type \"{data_type}\"");
    call.mismatch("INVALID_ORDERING_TYPE", &why)
}

/// `first(value[, ignoreNulls])`
fn position(call: &Call<'_>, function: Arc<AggregateUDF>) -> Result<Aggregate> {
    call.count(1..=2)?;
    let ignore_nulls = match call.arguments.len() {
        2 => call.constant(1, "ignoreNulls", &DataType::Boolean)? == Some(ScalarValue::Boolean(Some(true))),
        _ => false,
    };
    let argument = call.argument(0);
    let function = match ignore_nulls {
        true => Adapted::function(function, true, argument.data_type.to_arrow()),
        false => function,
    };
    Ok(Aggregate {
        function,
        arguments: vec![argument.expr.clone()],
        data_type: argument.data_type.clone(),
        nullable: true,
    })
}

fn boolean(call: &Call<'_>, function: Arc<AggregateUDF>) -> Result<Aggregate> {
    call.count(1..=1)?;
    let argument = call.cast(0, &DataType::Boolean)?;
    Ok(Aggregate { function, arguments: vec![argument.expr], data_type: DataType::Boolean, nullable: true })
}

fn bits(call: &Call<'_>, function: Arc<AggregateUDF>) -> Result<Aggregate> {
    call.count(1..=1)?;
    let argument = call.expect(0, &Expected::Integral)?;
    Ok(Aggregate { function, arguments: vec![argument.expr], data_type: argument.data_type, nullable: true })
}

fn double_arguments(call: &Call<'_>, count: usize) -> Result<Vec<Typed>> {
    call.count(count..=count)?;
    (0..count).map(|n| call.cast(n, &DOUBLE)).collect()
}

fn statistic(call: &Call<'_>, statistic: Statistic) -> Result<Aggregate> {
    let arguments = double_arguments(call, statistic.columns())?.into_iter().map(|argument| argument.expr).collect();
    Ok(Aggregate { function: statistic.function(), arguments, data_type: DOUBLE, nullable: true })
}

fn fold(
    call: &Call<'_>,
    definition: &'static Definition,
    arguments: Vec<Typed>,
    options: Vec<String>,
    returns: DataType,
) -> Result<Aggregate> {
    // What is nested may come with NULLs or without: arguments, states and results have the one layout that allows them.
    let (types, expressions) = arguments
        .into_iter()
        .map(|argument| {
            let loosened = argument.data_type.loosened();
            let expr = match loosened {
                DataType::Array { .. } | DataType::Map { .. } | DataType::Struct(_) => {
                    Expr::Cast(Cast::new(Box::new(argument.expr), loosened.to_arrow()))
                }
                _ => argument.expr,
            };
            (loosened, expr)
        })
        .unzip();
    let mut parameters = Parameters::new(types, returns.loosened(), true, call.context);
    parameters.options = options;
    Ok(Aggregate {
        function: definition.function(parameters),
        arguments: expressions,
        data_type: returns,
        nullable: true,
    })
}

fn regr_count(call: &Call<'_>) -> Result<Aggregate> {
    double_arguments(call, 2)?;
    count(call)
}

/// The average of one of the pair, over rows where both are present.
fn regr_average(call: &Call<'_>, wanted: usize) -> Result<Aggregate> {
    let arguments = double_arguments(call, 2)?;
    let other = arguments[1 - wanted].expr.clone();
    Ok(Aggregate {
        function: df::average::avg_udaf(),
        arguments: vec![case(other.is_not_null(), arguments[wanted].expr.clone())],
        data_type: DOUBLE,
        nullable: true,
    })
}

fn approx_count_distinct(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=2)?;
    let argument = call.argument(0);
    let function = Adapted::function(df::approx_distinct::approx_distinct_udaf(), false, DataType::Long.to_arrow());
    Ok(Aggregate { function, arguments: vec![argument.expr.clone()], data_type: DataType::Long, nullable: false })
}

/// A value that can lie between two others, and the type of what lies there.
fn continuous(call: &Call<'_>) -> Result<(Typed, DataType)> {
    let argument = match &call.argument(0).data_type {
        DataType::YearMonthInterval(..) => call.to(call.argument(0).clone(), &DataType::INTERVAL_YEAR_MONTH)?,
        DataType::DayTimeInterval(..) => call.to(call.argument(0).clone(), &DataType::INTERVAL_DAY_SECOND)?,
        _ => call.cast(0, &DOUBLE)?,
    };
    let returns = argument.data_type.clone();
    Ok((argument, returns))
}

fn median(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=1)?;
    let (argument, returns) = continuous(call)?;
    fold(call, &ordered::PERCENTILE, vec![argument], vec!["one".to_owned(), "0.5".to_owned()], returns)
}

/// The constant fractions of a percentile: `one` or `array`, then the numbers.
fn fractions(call: &Call<'_>) -> Result<Vec<String>> {
    let given = &call.arguments[1].data_type;
    let values = if matches!(given, DataType::Array { .. }) {
        match call.constant(1, "percentage", &DataType::array(DOUBLE))? {
            Some(ScalarValue::List(list)) => {
                let items = list.value(0);
                (0..items.len()).map(|row| ScalarValue::try_from_array(&items, row)).collect::<Result<Vec<_>, _>>()?
            }
            _ => Vec::new(),
        }
    } else {
        call.constant(1, "percentage", &DOUBLE)?.into_iter().collect()
    };
    let mut options = vec![if matches!(given, DataType::Array { .. }) { "array" } else { "one" }.to_owned()];
    for value in values {
        let ScalarValue::Float64(Some(value)) = value else { continue };
        if !(0.0..=1.0).contains(&value) {
            return Err(call.mismatch(
                "VALUE_OUT_OF_RANGE",
                &format!("The `percentage` must be between [0.0, 1.0] (current value = {value}D)"),
            ));
        }
        options.push(value.to_string());
    }
    if options.len() == 1 {
        return Err(call.mismatch("UNEXPECTED_NULL", "The `percentage` must not be null"));
    }
    Ok(options)
}

fn percentile_type(options: &[String], item: DataType) -> DataType {
    if options[0] == "array" { DataType::Array { element: Box::new(item), contains_null: false } } else { item }
}

fn percentile(call: &Call<'_>) -> Result<Aggregate> {
    if call.arguments.len() == 3 {
        return Err(Error::unsupported("`percentile` with frequencies", "repeat the rows instead").at(call.span));
    }
    call.count(2..=2)?;
    let (argument, returns) = continuous(call)?;
    let options = fractions(call)?;
    let returns = percentile_type(&options, returns);
    fold(call, &ordered::PERCENTILE, vec![argument], options, returns)
}

/// The value is the key of WITHIN GROUP and comes first.
fn percentile_cont(call: &Call<'_>) -> Result<Aggregate> {
    within_group(call)?;
    call.count(2..=2)?;
    let (argument, returns) = continuous(call)?;
    let options = counted_from_above(call, fractions(call)?);
    let returns = percentile_type(&options, returns);
    fold(call, &ordered::PERCENTILE, vec![argument], options, returns)
}

fn percentile_disc(call: &Call<'_>) -> Result<Aggregate> {
    within_group(call)?;
    call.count(2..=2)?;
    let (argument, returns) = continuous(call)?;
    let mut options = fractions(call)?;
    let returns = percentile_type(&options, returns);
    if call.descending == Some(true) {
        options.push("descending".to_owned());
    }
    fold(call, &ordered::PERCENTILE_DISC, vec![argument], options, returns)
}

/// In descending order the fraction counts from the largest value.
fn counted_from_above(call: &Call<'_>, options: Vec<String>) -> Vec<String> {
    let turn = |option: String| match option.parse::<f64>() {
        Ok(fraction) if call.descending == Some(true) => (1.0 - fraction).to_string(),
        _ => option,
    };
    options.into_iter().map(turn).collect()
}

fn within_group(call: &Call<'_>) -> Result<()> {
    match call.descending {
        Some(_) => Ok(()),
        None => Err(Error::new(
            &INVALID_WITHIN_GROUP_EXPRESSION,
            format!(
                "Invalid function `{}` with WITHIN GROUP. WITHIN GROUP is required for the function",
                call.name.to_lowercase()
            ),
        )
        .subcondition("WITHIN_GROUP_MISSING")
        .at(call.span)),
    }
}

fn approx_percentile(call: &Call<'_>) -> Result<Aggregate> {
    call.count(2..=3)?;
    let argument = match call.arguments[0].data_type {
        ref other if other.is_numeric() || other.is_datetime() || other.is_interval() => call.argument(0).clone(),
        _ => call.cast(0, &DOUBLE)?,
    };
    let options = fractions(call)?;
    let returns = percentile_type(&options, argument.data_type.clone());
    fold(call, &ordered::PERCENTILE_DISC, vec![argument], options, returns)
}

/// `mode(value[, deterministic])` or `mode() WITHIN GROUP (ORDER BY value)`, where the order says which of several
/// equally frequent values it is.
fn mode(call: &Call<'_>) -> Result<Aggregate> {
    call.count(1..=if call.descending.is_some() { 1 } else { 2 })?;
    let argument = call.argument(0).clone();
    let deterministic = call.arguments.len() == 2
        && call.constant(1, "deterministic", &DataType::Boolean)? == Some(ScalarValue::Boolean(Some(true)));
    let options = match call.descending {
        Some(true) => vec!["descending".to_owned()],
        None if !deterministic => Vec::new(),
        Some(false) | None => vec!["ascending".to_owned()],
    };
    let returns = argument.data_type.clone();
    fold(call, &ordered::MODE, vec![argument], options, returns)
}

fn best(call: &Call<'_>, definition: &'static Definition) -> Result<Aggregate> {
    call.count(2..=2)?;
    let arguments = vec![call.argument(0).clone(), call.argument(1).clone()];
    let returns = arguments[0].data_type.clone();
    fold(call, definition, arguments, Vec::new(), returns)
}

/// The name that plans have for `collect_list` of rows in any order.
pub const COLLECT_LIST: &str = "collect_list";

/// `collect_list` with keys to sort by: a call has them as its ORDER BY.
pub fn collect_list_in_order(item: DataType, context: &Context) -> Arc<AggregateUDF> {
    let returns = DataType::array(item.clone());
    ordered::COLLECT.function(Parameters::new(vec![item], returns, false, context))
}

fn collect(call: &Call<'_>, function: Arc<AggregateUDF>) -> Result<Aggregate> {
    call.count(1..=1)?;
    let argument = call.argument(0);
    Ok(Aggregate {
        function,
        arguments: vec![argument.expr.clone()],
        data_type: DataType::array(argument.data_type.clone()),
        nullable: false,
    })
}

/// Binds a call with collated arguments; `plain` binds it as if there were no collations. With DISTINCT the aggregate
/// sees to it itself that values are distinct, and says so.
///
/// # Errors
/// Functions that take no collated strings.
pub fn collated(
    call: &Call<'_>,
    distinct: bool,
    plain: fn(&Call<'_>) -> Result<Aggregate>,
) -> Result<(Aggregate, bool)> {
    let with_keys = |first: usize| {
        let keyed =
            |(n, argument): (usize, &Typed)| if n < first { Ok(argument.clone()) } else { call.key(argument.clone()) };
        let arguments = call.arguments.iter().enumerate().map(keyed).collect::<Result<Vec<_>>>()?;
        plain(&Call { arguments: &arguments, ..*call })
    };
    let best = |definition| {
        call.count(1..=1)?;
        let value = call.argument(0).clone();
        let returns = value.data_type.clone();
        fold(call, definition, vec![value.clone(), call.key(value)?], Vec::new(), returns)
    };
    match call.function.name {
        "count" | "approx_count_distinct" => Ok((with_keys(0)?, false)),
        "max_by" | "min_by" => Ok((with_keys(1)?, false)),
        "max" => Ok((best(&ordered::GREATEST)?, true)),
        "min" => Ok((best(&ordered::LEAST)?, true)),
        "collect_set" => Err(call.mismatch(
            "UNSUPPORTED_INPUT_TYPE",
            "The input of `collect_set` can't be \"MAP\" or \"COLLATED STRING\" type data",
        )),
        "listagg" if call.arguments.len() == 2 && call.arguments[0].data_type != call.arguments[1].data_type => {
            let types = call.arguments.iter().map(|argument| format!("\"{}\"", argument.data_type)).collect::<Vec<_>>();
            Err(call.mismatch(
                "DATA_DIFF_TYPES",
                &format!("Input to `listagg` should all be the same type, but it's [{}]", types.join(", ")),
            ))
        }
        "listagg" => Ok((list(call, distinct)?, distinct)),
        _ if distinct => Err(Error::unsupported(
            format!("{}(DISTINCT …) of collated strings", call.name.to_lowercase()),
            "remove the duplicates in a subquery",
        )
        .at(call.span)),
        _ => Ok((plain(call)?, false)),
    }
}

/// `listagg(value[, delimiter])`
fn listagg(call: &Call<'_>) -> Result<Aggregate> {
    list(call, false)
}

fn list(call: &Call<'_>, distinct: bool) -> Result<Aggregate> {
    call.count(1..=2)?;
    let argument =
        call.expect(0, &Expected::OneOf(&[Expected::Type(DataType::String), Expected::Type(DataType::Binary)]))?;
    let delimiter = if call.arguments.len() == 2 { call.literal_string(1, "delimiter")? } else { None };
    let returns = argument.data_type.clone();
    let mut options = vec![delimiter.unwrap_or_default()];
    options.extend(distinct.then(|| "distinct".to_owned()));
    fold(call, &ordered::LIST, vec![argument], options, returns)
}
