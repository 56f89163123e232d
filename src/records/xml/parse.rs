//! XML texts become columns of given types. What does not fit its type makes the whole row one of NULLs.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder, StructArray};
use datafusion::arrow::datatypes::DataType as Arrow;
use roxmltree::Node;

use super::{Options, attributes, document, name};
use crate::error::{Error, Result};
use crate::records::column::{Column, Scalar};
use crate::records::{corrupt_record_column, values};
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

/// A type inside that is not read from XML, if there is one.
pub fn is_read(data_type: &DataType) -> std::result::Result<(), &DataType> {
    match data_type {
        DataType::Array { element, .. } => is_read(element),
        DataType::Map { key, value, .. } if key.is_string() => is_read(value),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| is_read(&field.data_type)),
        DataType::Map { .. } | DataType::Time(_) | DataType::Variant => Err(data_type),
        interval if interval.is_interval() => Err(data_type),
        _ => Ok(()),
    }
}

/// Rows of some columns, read from texts of XML.
pub struct Rows {
    column: Column,
    /// What is read: all but the column of bad records.
    read: DataType,
    returns: DataType,
    corrupt: Option<(usize, StringViewBuilder)>,
    options: Options,
    zone: Zone,
}

/// A value as it is read, before it goes into its column: a row that turns out bad leaves no trace.
enum Parsed {
    Null,
    Text(String),
    List(Vec<Parsed>),
    Map(Vec<(String, Parsed)>),
    Struct(Vec<Parsed>),
}

/// Something does not fit its type.
struct Misfit;

impl Rows {
    /// # Errors
    /// `INVALID_CORRUPT_RECORD_TYPE`, or a time zone that is none.
    pub fn new(columns: &[StructField], options: Options, time_zone: &str) -> Result<Self> {
        let (mut read, mut corrupt) = (columns.to_vec(), None);
        if let Some(place) = corrupt_record_column(columns, &options.corrupt_record_column)? {
            read.remove(place);
            corrupt = Some((place, StringViewBuilder::new()));
        }
        let (read, returns) = (DataType::Struct(read), DataType::Struct(columns.to_vec()));
        Ok(Self { column: Column::new(&read), read, returns, corrupt, zone: options.times.zone(time_zone)?, options })
    }

    pub fn null(&mut self) {
        self.column.null();
        if let Some((_, texts)) = &mut self.corrupt {
            texts.append_null();
        }
    }

    /// Adds the row that a text stands for; gives back whether something did not fit.
    pub fn add(&mut self, text: &str) -> bool {
        let row = document(text).and_then(|document| {
            let DataType::Struct(fields) = &self.read else { return None };
            let row = self.structure(document.root_element(), fields).ok()?;
            self.fits(&row, &self.read).then_some(row)
        });
        let bad = row.is_none();
        match row {
            Some(row) => append(&mut self.column, row, &self.read, &self.options, &self.zone),
            None => self.column.nothing(),
        }
        if let Some((_, texts)) = &mut self.corrupt {
            texts.append_option(bad.then_some(text));
        }
        bad
    }

    /// Takes all rows so far.
    pub fn take(&mut self) -> Result<ArrayRef> {
        let rows = std::mem::replace(&mut self.column, Column::new(&self.read)).finish(&self.read)?;
        let (Some((place, texts)), Arrow::Struct(fields)) = (&mut self.corrupt, self.returns.to_arrow()) else {
            return Ok(rows);
        };
        let structs = rows.as_struct_opt().ok_or_else(|| Error::internal("rows of XML are structs"))?;
        let mut columns = structs.columns().to_vec();
        columns.insert(*place, Arc::new(texts.finish()));
        Ok(Arc::new(StructArray::try_new_with_length(fields, columns, structs.nulls().cloned(), structs.len())?))
    }

    fn structure(&self, node: Node<'_, '_>, fields: &[StructField]) -> std::result::Result<Parsed, Misfit> {
        let place = |wanted: &str| fields.iter().position(|field| field.name.eq_ignore_ascii_case(wanted));
        let mut row: Vec<Option<Parsed>> = fields.iter().map(|_| None).collect();
        let mut set = |at: usize, value: Parsed| match (&mut row[at], &fields[at].data_type) {
            (Some(Parsed::List(values)), DataType::Array { .. }) => values.push(value),
            (slot, DataType::Array { .. }) => *slot = Some(Parsed::List(vec![value])),
            (slot, _) => *slot = Some(value),
        };
        for (name, value) in attributes(node, &self.options) {
            if let Some(at) = place(&name) {
                set(at, Parsed::Text(value.to_owned()));
            }
        }
        let value_at = place(&self.options.value_tag);
        for child in node.children() {
            if child.is_element() {
                if let Some(at) = place(&name(child, &self.options)) {
                    let data_type = match &fields[at].data_type {
                        DataType::Array { element, .. } => element,
                        other => other,
                    };
                    set(at, self.field(child, data_type)?);
                }
            } else if let (true, Some(at), Some(text)) = (child.is_text(), value_at, child.text())
                && !text.trim().is_empty()
            {
                set(at, Parsed::Text(text.to_owned()));
            }
        }
        Ok(Parsed::Struct(row.into_iter().map(|value| value.unwrap_or(Parsed::Null)).collect()))
    }

    fn field(&self, node: Node<'_, '_>, data_type: &DataType) -> std::result::Result<Parsed, Misfit> {
        Ok(match data_type {
            DataType::Struct(fields) => self.structure(node, fields)?,
            DataType::Map { value, .. } => {
                let mut entries: Vec<(String, Parsed)> = attributes(node, &self.options)
                    .into_iter()
                    .map(|(name, text)| (name, Parsed::Text(text.to_owned())))
                    .collect();
                for child in node.children().filter(Node::is_element) {
                    let (key, value) = (name(child, &self.options), self.field(child, value)?);
                    match entries.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, known)) => *known = value,
                        None => entries.push((key, value)),
                    }
                }
                Parsed::Map(entries)
            }
            DataType::Array { element, .. } => Parsed::List(vec![self.field(node, element)?]),
            // The text of an element with children is what stands between its tags.
            data_type if data_type.is_string() && node.children().any(|child| child.is_element()) => {
                Parsed::Text(inner(node).to_owned())
            }
            _ if node.children().any(|child| child.is_element()) => return Err(Misfit),
            data_type => {
                let text: String =
                    node.children().filter_map(|child| child.text().filter(|_| child.is_text())).collect();
                if text.is_empty() && !data_type.is_string() { Parsed::Null } else { Parsed::Text(text) }
            }
        })
    }

    /// Whether all texts are of their types.
    fn fits(&self, value: &Parsed, data_type: &DataType) -> bool {
        match (value, data_type) {
            (Parsed::Null, _) => true,
            (Parsed::Struct(values), DataType::Struct(fields)) => {
                values.iter().zip(fields).all(|(value, field)| self.fits(value, &field.data_type))
            }
            (Parsed::List(values), DataType::Array { element, .. }) => {
                values.iter().all(|value| self.fits(value, element))
            }
            (Parsed::Map(entries), DataType::Map { value, .. }) => {
                entries.iter().all(|(_, entry)| self.fits(entry, value))
            }
            (Parsed::Text(text), data_type) => {
                let text = trimmed(text, &self.options);
                is_null(text, &self.options) || scalar(text, data_type, &self.options, &self.zone).is_some()
            }
            _ => false,
        }
    }
}

/// What stands between the tags of an element.
fn inner<'a>(node: Node<'a, '_>) -> &'a str {
    let text = node.document().input_text();
    match (node.first_child(), node.last_child()) {
        (Some(first), Some(last)) => &text[first.range().start..last.range().end],
        _ => "",
    }
}

fn trimmed<'t>(text: &'t str, options: &Options) -> &'t str {
    if options.trims { text.trim() } else { text }
}

fn is_null(text: &str, options: &Options) -> bool {
    options.null_value.as_deref() == Some(text)
}

fn append(column: &mut Column, value: Parsed, data_type: &DataType, options: &Options, zone: &Zone) {
    match (value, data_type) {
        (Parsed::Struct(values), DataType::Struct(fields)) => {
            if let Column::Struct { fields: columns, .. } = column {
                for ((column, value), field) in columns.iter_mut().zip(values).zip(fields) {
                    append(column, value, &field.data_type, options, zone);
                }
            }
            column.end(0);
        }
        (Parsed::List(values), DataType::Array { element, .. }) => {
            let length = values.len();
            if let Column::List { element: inner, .. } = column {
                for value in values {
                    append(inner, value, element, options, zone);
                }
            }
            column.end(length);
        }
        (Parsed::Map(entries), DataType::Map { value, .. }) => {
            let length = entries.len();
            if let Column::Map { keys, values, .. } = column {
                for (key, entry) in entries {
                    keys.append_value(key);
                    append(values, entry, value, options, zone);
                }
            }
            column.end(length);
        }
        (Parsed::Text(text), data_type) => {
            let text = trimmed(&text, options);
            let found = (!is_null(text, options)).then(|| scalar(text, data_type, options, zone)).flatten();
            match found {
                Some(value) => column.scalar(value),
                None => column.null(),
            }
        }
        _ => column.null(),
    }
}

fn scalar<'t>(text: &'t str, data_type: &DataType, options: &Options, zone: &Zone) -> Option<Scalar<'t>> {
    let within =
        |low: i64, high: i64| text.parse::<i64>().ok().filter(|value| (low..=high).contains(value)).map(Scalar::Long);
    match data_type {
        DataType::Boolean => match text.to_lowercase().as_str() {
            "true" | "1" => Some(Scalar::Boolean(true)),
            "false" | "0" => Some(Scalar::Boolean(false)),
            _ => None,
        },
        DataType::Byte => within(i8::MIN.into(), i8::MAX.into()),
        DataType::Short => within(i16::MIN.into(), i16::MAX.into()),
        DataType::Int => within(i32::MIN.into(), i32::MAX.into()),
        DataType::Long => within(i64::MIN, i64::MAX),
        DataType::Float | DataType::Double => values::double(text, "NaN", "Inf", "-Inf").map(Scalar::Double),
        DataType::Decimal { precision, scale } => values::decimal(text, *precision, *scale).map(Scalar::Decimal),
        DataType::Date => options.times.read_date(text).map(Scalar::Date),
        DataType::Timestamp => options.times.read_timestamp(text, zone).map(Scalar::Long),
        DataType::TimestampNtz => options.times.read_timestamp_ntz(text).map(Scalar::Long),
        DataType::Binary => Some(Scalar::Bytes(text.as_bytes())),
        data_type if data_type.is_string() => Some(Scalar::Text(text)),
        _ => None,
    }
}
