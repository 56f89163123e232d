//! What the markers of a prepared statement stand for: values, or, while it is only described, types that are found out
//! from how the markers are used.
//!
//! A marker whose type nobody gave is a NULL of no type that remembers its number: whatever casts it tells its type.

use std::collections::BTreeMap;

use datafusion::common::ScalarValue;
use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::Expr;
use parking_lot::Mutex;

use super::Typed;
use crate::error::Span;
use crate::types::DataType;

/// Where a marker keeps its number.
const NUMBER: &str = "skep.parameter";

/// The markers of one statement.
#[derive(Debug, Default)]
pub struct Markers {
    /// By number, from 0; empty for statements that were not prepared.
    given: Vec<Given>,
    /// The places of `?`, in order: each is a parameter.
    question_marks: Vec<Span>,
    found: Mutex<BTreeMap<usize, DataType>>,
}

/// What is known of a parameter.
#[derive(Debug, Clone)]
pub enum Given {
    /// Nothing: its type is to be found.
    Open,
    /// Its type.
    Declared(DataType),
    Value(Typed),
}

impl Markers {
    pub fn new(given: Vec<Given>, question_marks: Vec<Span>) -> Self {
        Self { given, question_marks, found: Mutex::default() }
    }

    /// What a marker stands for: `:1` and `$1` have a name, `?` has a place. `None`: there is no such parameter.
    pub fn marker(&self, name: Option<&str>, place: Span) -> Option<Typed> {
        let number = self.number(name, place)?;
        Some(match self.given.get(number)? {
            Given::Value(value) => value.clone(),
            Given::Declared(data_type) => Typed {
                expr: Expr::Literal(ScalarValue::try_from(data_type.to_arrow()).ok()?, None),
                data_type: data_type.clone(),
                nullable: true,
            },
            Given::Open => {
                let metadata = BTreeMap::from([(NUMBER.to_owned(), number.to_string())]);
                Typed {
                    expr: Expr::Literal(ScalarValue::Null, Some(FieldMetadata::new(metadata))),
                    data_type: DataType::Null,
                    nullable: true,
                }
            }
        })
    }

    /// The number of a marker, from 0.
    pub fn number(&self, name: Option<&str>, place: Span) -> Option<usize> {
        match name {
            Some(name) => name.parse::<usize>().ok()?.checked_sub(1),
            None => self.question_marks.iter().position(|mark| mark.start == place.start),
        }
    }

    /// An expression is cast: if it is a marker of no type, this is its type. The first use counts.
    pub fn found(&self, expr: &Expr, data_type: &DataType) {
        if self.given.is_empty() || *data_type == DataType::Null {
            return;
        }
        let Expr::Literal(ScalarValue::Null, Some(metadata)) = expr else { return };
        if let Some(number) = metadata.inner().get(NUMBER).and_then(|number| number.parse().ok()) {
            self.found_type(number, data_type);
        }
    }

    /// The type of a parameter has been found elsewhere.
    pub fn found_type(&self, number: usize, data_type: &DataType) {
        self.found.lock().entry(number).or_insert_with(|| data_type.clone());
    }

    /// The types of all: as given, as found, or strings.
    pub fn types(&self) -> Vec<DataType> {
        let found = self.found.lock();
        let given = self.given.iter().enumerate();
        given
            .map(|(number, given)| match given {
                Given::Open => found.get(&number).cloned().unwrap_or(DataType::String),
                Given::Declared(data_type) => data_type.clone(),
                Given::Value(value) => value.data_type.clone(),
            })
            .collect()
    }
}
