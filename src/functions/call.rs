//! One call of a function: its arguments, the casts it asks for and the errors it raises.

use std::ops::RangeInclusive;
use std::sync::Arc;

use datafusion::logical_expr::{Expr, ScalarUDF};
use datafusion::scalar::ScalarValue;
use itertools::Itertools;

use super::cast::{CastMode, cast};
use super::kernel::{Kernel, Parameters};
use super::{Context, Function, Nullable, Simple, Typed, collations, constant, mismatch};
use crate::error::{Error, Result, Span, WRONG_NUM_ARGS};
use crate::types::coercion::{common_type_of, implicit_cast_allowed};
use crate::types::{DataType, MAX_PRECISION};

/// One call: the arguments as they were bound.
#[derive(Debug)]
pub struct Call<'a> {
    pub function: &'static Function,
    /// As it was typed, for messages.
    pub name: &'a str,
    pub arguments: &'a [Typed],
    /// The arguments' texts as Spark shows them in column names and messages.
    pub texts: &'a [String],
    pub span: Span,
    pub context: &'a Context,
    /// Of `mode() WITHIN GROUP (ORDER BY value)` and the percentiles: whether the order descends. The value is the first
    /// argument then.
    pub descending: Option<bool>,
}

/// What a parameter takes. Other types are cast to it where Spark casts unasked.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    Type(DataType),
    /// Any number as it is; strings become doubles.
    Numeric,
    /// Any integer as it is.
    Integral,
    /// Any decimal as it is.
    Decimal,
    /// TIMESTAMP or TIMESTAMP_NTZ.
    AnyTimestamp,
    /// A TIME of any precision.
    Time,
    /// A day-time or year-month interval.
    AnsiInterval,
    Array,
    Map,
    Struct,
    Any,
    /// The first that the argument is or can be cast to.
    OneOf(&'static [Expected]),
}

impl Expected {
    /// As messages show it.
    fn text(&self) -> String {
        let word = match self {
            Expected::Type(data_type) => return format!("\"{data_type}\""),
            Expected::OneOf(choices) => {
                return format!("({})", choices.iter().map(Expected::text).join(" or "));
            }
            Expected::Numeric => "NUMERIC",
            Expected::Integral => "INTEGRAL",
            Expected::Decimal => "DECIMAL",
            Expected::AnyTimestamp => "(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)",
            Expected::AnsiInterval => {
                return "(\"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")".to_owned();
            }
            Expected::Time => "TIME",
            Expected::Array => "ARRAY",
            Expected::Map => "MAP",
            Expected::Struct => "STRUCT",
            Expected::Any => "ANY",
        };
        format!("\"{word}\"")
    }

    /// The type an argument of type `from` is cast to; `None` if it may not stand here.
    pub fn target(&self, from: &DataType, ansi: bool) -> Option<DataType> {
        if self.accepts(from) {
            return Some(from.clone());
        }
        let string = from.is_string();
        match self {
            Expected::Type(to) => implicit_cast_allowed(from, to, ansi).then(|| to.clone()),
            Expected::Numeric if string || *from == DataType::Null => Some(DataType::Double),
            Expected::Integral if string => Some(DataType::Long),
            Expected::Integral if *from == DataType::Null => Some(DataType::Int),
            Expected::Decimal if string => Some(DataType::Decimal { precision: MAX_PRECISION, scale: 18 }),
            Expected::Decimal if *from == DataType::Null => Some(DataType::DECIMAL_DEFAULT),
            Expected::Decimal => {
                let (precision, scale) = if from.is_numeric() { from.as_decimal()? } else { return None };
                Some(DataType::Decimal { precision, scale })
            }
            Expected::AnyTimestamp if string || matches!(from, DataType::Date | DataType::Null) => {
                Some(DataType::Timestamp)
            }
            Expected::Time if *from == DataType::Null => Some(DataType::Time(6)),
            Expected::AnsiInterval if *from == DataType::Null => Some(DataType::INTERVAL_DAY_SECOND),
            Expected::Array if *from == DataType::Null => Some(DataType::array(DataType::Null)),
            Expected::Map if *from == DataType::Null => Some(DataType::map(DataType::Null, DataType::Null)),
            Expected::Struct if *from == DataType::Null => Some(DataType::Struct(Vec::new())),
            Expected::OneOf(choices) => choices
                .iter()
                .find(|choice| choice.accepts(from))
                .map(|_| from.clone())
                .or_else(|| choices.iter().find_map(|choice| choice.target(from, ansi))),
            Expected::Numeric
            | Expected::Integral
            | Expected::AnyTimestamp
            | Expected::Time
            | Expected::AnsiInterval
            | Expected::Array
            | Expected::Map
            | Expected::Struct
            | Expected::Any => None,
        }
    }

    /// Whether the type stands here as it is.
    pub fn accepts(&self, data_type: &DataType) -> bool {
        match self {
            Expected::Type(DataType::String) => {
                *data_type == DataType::String || matches!(data_type, DataType::Collated(_))
            }
            Expected::Type(wanted) => wanted == data_type,
            Expected::Numeric => data_type.is_numeric(),
            Expected::Integral => data_type.is_integral(),
            Expected::Decimal => data_type.is_decimal(),
            Expected::AnyTimestamp => data_type.is_timestamp(),
            Expected::Time => matches!(data_type, DataType::Time(_)),
            Expected::AnsiInterval => data_type.is_interval() && *data_type != DataType::CalendarInterval,
            Expected::Array => matches!(data_type, DataType::Array { .. }),
            Expected::Map => matches!(data_type, DataType::Map { .. }),
            Expected::Struct => matches!(data_type, DataType::Struct(_)),
            Expected::Any => true,
            Expected::OneOf(choices) => choices.iter().any(|choice| choice.accepts(data_type)),
        }
    }
}

impl Call<'_> {
    /// Fails with `WRONG_NUM_ARGS` unless the number of arguments is in the range; a range up to `usize::MAX` has no
    /// end.
    pub fn count(&self, range: RangeInclusive<usize>) -> Result<()> {
        if range.contains(&self.arguments.len()) {
            return Ok(());
        }
        let expected = match (*range.start(), *range.end()) {
            (start, end) if start == end => start.to_string(),
            (start, usize::MAX) => format!("> {}", start.saturating_sub(1)),
            (start, end) => format!("[{}]", (start..=end).join(", ")),
        };
        Err(Error::new(
            &WRONG_NUM_ARGS,
            format!(
                "The `{}` requires {expected} parameters but the actual number is {}. Please, refer to \
                 'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix",
                self.name.to_lowercase(),
                self.arguments.len()
            ),
        )
        .subcondition("WITHOUT_SUGGESTION")
        .at(self.span))
    }

    /// Argument `n` cast implicitly to `to`, or `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE`.
    pub fn cast(&self, n: usize, to: &DataType) -> Result<Typed> {
        self.expect(n, &Expected::Type(to.clone()))
    }

    /// Argument `n` as one of the types a parameter takes, or `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE`.
    pub fn expect(&self, n: usize, expected: &Expected) -> Result<Typed> {
        let argument = &self.arguments[n];
        match expected.target(&argument.data_type, self.context.ansi) {
            Some(to) => self.to(argument.clone(), &to),
            None => Err(self.unexpected_type(n, &expected.text())),
        }
    }

    /// Argument `n` as it was bound.
    pub fn argument(&self, n: usize) -> &Typed {
        &self.arguments[n]
    }

    /// Arguments of the range cast to the type they have in common, and that type, or
    /// `DATATYPE_MISMATCH.DATA_DIFF_TYPES`.
    pub fn common_type(&self, range: std::ops::Range<usize>) -> Result<(Vec<Typed>, DataType)> {
        let arguments = &self.arguments[range];
        let types = arguments.iter().map(|argument| &argument.data_type);
        let Some(common) = common_type_of(types, self.context.ansi) else {
            let types = arguments.iter().map(|argument| format!("\"{}\"", argument.data_type)).join(" or ");
            return Err(self.mismatch(
                "DATA_DIFF_TYPES",
                &format!("Input to `{}` should all be the same type, but it's ({types})", self.name.to_lowercase()),
            ));
        };
        let cast = arguments.iter().map(|argument| self.to(argument.clone(), &common)).collect::<Result<_>>()?;
        Ok((cast, common))
    }

    /// The value of an argument that must be a constant; `None` is NULL. Otherwise
    /// `DATATYPE_MISMATCH.NON_FOLDABLE_INPUT`.
    pub fn constant(&self, n: usize, parameter: &str, to: &DataType) -> Result<Option<ScalarValue>> {
        let typed = self.cast(n, to)?;
        let Some(value) = constant::evaluate(&typed.expr).map_err(|error| error.at(self.span))? else {
            let text = &self.texts[n];
            return Err(self.mismatch(
                "NON_FOLDABLE_INPUT",
                &format!("the input `{parameter}` should be a foldable \"{to}\" expression; however, got \"{text}\""),
            ));
        };
        Ok((!value.is_null()).then_some(value))
    }

    /// [`Call::constant`] of a string.
    pub fn literal_string(&self, n: usize, parameter: &str) -> Result<Option<String>> {
        let value = self.constant(n, parameter, &DataType::String)?;
        Ok(value.and_then(|value| value.try_as_str().flatten().map(str::to_owned)))
    }

    /// [`Call::constant`] of an INT.
    pub fn literal_int(&self, n: usize, parameter: &str) -> Result<Option<i32>> {
        match self.constant(n, parameter, &DataType::Int)? {
            Some(ScalarValue::Int32(value)) => Ok(value),
            _ => Ok(None),
        }
    }

    /// An expression cast as an implicit cast.
    pub fn to(&self, operand: Typed, to: &DataType) -> Result<Typed> {
        cast(operand, to, CastMode::implicit(self.context), self.context).map_err(|error| error.at(self.span))
    }

    /// What values are compared by: they themselves unless strings in them are collated.
    ///
    /// # Errors
    /// `INDETERMINATE_COLLATION`.
    pub fn keys(&self, values: Vec<Typed>) -> Result<Vec<Typed>> {
        values.into_iter().map(|value| self.key(value)).collect()
    }

    /// [`Call::keys`] of one.
    pub fn key(&self, value: Typed) -> Result<Typed> {
        collations::key(value, self.context).map_err(|error| error.at(self.span))
    }

    /// The call as Spark shows it.
    pub fn text(&self) -> String {
        format!("{}({})", self.name.to_lowercase(), self.texts.join(", "))
    }

    /// `DATATYPE_MISMATCH` with one of its subconditions.
    pub fn mismatch(&self, subcondition: &'static str, why: &str) -> Error {
        mismatch::mismatch(subcondition, &self.text(), why, self.span)
    }

    /// `required` stands in quotes already.
    pub fn unexpected_type(&self, n: usize, required: &str) -> Error {
        self.unexpected(n, required, &self.arguments[n].data_type)
    }

    /// [`Call::unexpected_type`] of an argument that is no value, as a lambda is none: `found` is what it gives.
    pub fn unexpected(&self, n: usize, required: &str, found: &DataType) -> Error {
        mismatch::unexpected_type(n, required, &self.texts[n], found, &self.text(), self.span)
    }

    /// A call of `function` with the arguments given; NULL-able unless told otherwise.
    pub fn scalar(
        &self,
        function: &Arc<ScalarUDF>,
        arguments: Vec<Expr>,
        data_type: DataType,
        nullable: bool,
    ) -> Typed {
        Typed { expr: function.call(arguments), data_type, nullable }
    }

    /// A call of a kernel.
    pub fn kernel(&self, kernel: &'static Kernel, arguments: Vec<Typed>, returns: DataType, nullable: bool) -> Typed {
        call_kernel(kernel, arguments, returns, nullable, self.context)
    }

    /// A call of a kernel that wants to know more than its arguments.
    pub fn kernel_with(
        &self,
        kernel: &'static Kernel,
        arguments: Vec<Typed>,
        options: Vec<String>,
        returns: DataType,
        nullable: bool,
    ) -> Typed {
        let mut parameters = Parameters::of(&arguments, returns.clone(), nullable, self.context);
        parameters.options = options;
        let expressions = arguments.into_iter().map(|argument| argument.expr).collect();
        Typed { expr: kernel.function(parameters).call(expressions), data_type: returns, nullable }
    }

    /// The call of a function whose body is [`super::Body::Kernel`].
    pub fn simple(&self, simple: &'static Simple) -> Result<Typed> {
        let most = simple.takes.len();
        match simple.repeats {
            true => self.count(most - 1..=usize::MAX)?,
            false => self.count(most - simple.optional..=most)?,
        }
        let arguments = (0..self.arguments.len())
            .map(|n| self.expect(n, &simple.takes[n.min(most - 1)]))
            .collect::<Result<Vec<_>>>()?;
        let returns = match simple.returns_argument {
            Some(n) => arguments[n].data_type.clone(),
            None => simple.returns.clone(),
        };
        let nullable = match simple.nullable {
            Nullable::Arguments => arguments.iter().any(|argument| argument.nullable),
            Nullable::Always => true,
            Nullable::Never => false,
        };
        Ok(self.kernel(&simple.kernel, arguments, returns, nullable))
    }
}

/// A call of a kernel outside a [`Call`]: operators and casts.
pub fn call_kernel(
    kernel: &'static Kernel,
    arguments: Vec<Typed>,
    returns: DataType,
    nullable: bool,
    context: &Context,
) -> Typed {
    let parameters = Parameters::of(&arguments, returns.clone(), nullable, context);
    let expressions = arguments.into_iter().map(|argument| argument.expr).collect();
    Typed { expr: kernel.function(parameters).call(expressions), data_type: returns, nullable }
}

/// The first is 0.
pub fn ordinal(n: usize) -> String {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    WORDS.get(n).map_or_else(|| format!("{}th", n + 1), |word| (*word).to_owned())
}
