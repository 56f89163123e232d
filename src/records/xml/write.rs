//! Rows as XML texts.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType as Arrow, Date32Type, TimestampMicrosecondType};

use super::Options;
use crate::error::{Error, Result};
use crate::records::values::append_text;
use crate::types::DataType;
use crate::types::time_zone::Zone;

/// Appends the row as an element.
pub type RowWriter<'a> = Box<dyn Fn(usize, &mut String) -> Result<()> + 'a>;

/// What writes the rows of an array of structs.
pub fn writer<'a>(array: &'a ArrayRef, data_type: &'a DataType, options: &'a Options, zone: &'a Zone) -> RowWriter<'a> {
    let context = Context { options, zone };
    Box::new(move |row, out| {
        context.element(out, &options.row_tag, array, data_type, row, 0)?;
        // Rows that are not laid out are lines.
        if options.indent.is_empty() {
            out.push('\n');
        }
        Ok(())
    })
}

struct Context<'a> {
    options: &'a Options,
    zone: &'a Zone,
}

impl Context<'_> {
    fn indent(&self, out: &mut String, depth: usize) {
        if !self.options.indent.is_empty() {
            out.push('\n');
            out.extend(std::iter::repeat_n(self.options.indent.as_str(), depth));
        }
    }

    /// Writes a value under a name: an array as one element after another.
    fn field(
        &self,
        out: &mut String,
        name: &str,
        array: &ArrayRef,
        data_type: &DataType,
        row: usize,
        depth: usize,
    ) -> Result<()> {
        if array.is_null(row) || *array.data_type() == Arrow::Null {
            if let Some(null) = &self.options.null_value {
                self.indent(out, depth);
                open(out, name);
                escape(out, null, false);
                close(out, name);
            }
            return Ok(());
        }
        match data_type {
            DataType::Array { element, .. } => {
                let list = array.as_list::<i32>();
                for place in list.value_offsets()[row]..list.value_offsets()[row + 1] {
                    let place = place as usize;
                    if matches!(**element, DataType::Array { .. }) && list.values().is_valid(place) {
                        self.indent(out, depth);
                        open(out, name);
                        let inner = &self.options.array_element;
                        self.field(out, inner, list.values(), element, place, depth + 1)?;
                        self.indent(out, depth);
                        close(out, name);
                    } else {
                        self.field(out, name, list.values(), element, place, depth)?;
                    }
                }
                Ok(())
            }
            _ => {
                self.indent(out, depth);
                self.element(out, name, array, data_type, row, depth)
            }
        }
    }

    /// Writes one element, whose value is not NULL.
    fn element(
        &self,
        out: &mut String,
        name: &str,
        array: &ArrayRef,
        data_type: &DataType,
        row: usize,
        depth: usize,
    ) -> Result<()> {
        let members: Vec<(String, &ArrayRef, &DataType, usize)> = match data_type {
            DataType::Struct(fields) => array
                .as_struct()
                .columns()
                .iter()
                .zip(fields)
                .map(|(column, field)| (field.name.clone(), column, &field.data_type, row))
                .collect(),
            DataType::Map { key, value, .. } => {
                let map = array.as_map();
                let range = map.value_offsets()[row]..map.value_offsets()[row + 1];
                let named = range.map(|place| {
                    let place = place as usize;
                    let mut name = String::new();
                    self.text(&mut name, map.keys(), key, place)?;
                    Ok((name, map.values(), value.as_ref(), place))
                });
                named.collect::<Result<_>>()?
            }
            _ => {
                open(out, name);
                let mut text = String::new();
                self.text(&mut text, array, data_type, row)?;
                escape(out, &text, false);
                close(out, name);
                return Ok(());
            }
        };
        let prefix = self.options.attribute_prefix.as_str();
        let is_attribute =
            |name: &str| !prefix.is_empty() && name.starts_with(prefix) && name != self.options.value_tag;
        out.push('<');
        out.push_str(name);
        for (member, column, data_type, place) in members.iter().filter(|(member, ..)| is_attribute(member)) {
            if column.is_null(*place) || *column.data_type() == Arrow::Null {
                continue;
            }
            let mut text = String::new();
            self.text(&mut text, column, data_type, *place)?;
            out.push(' ');
            out.push_str(&member[prefix.len()..]);
            out.push_str("=\"");
            escape(out, &text, true);
            out.push('"');
        }
        out.push('>');
        let mut has_children = false;
        for (member, column, data_type, place) in members.iter().filter(|(member, ..)| !is_attribute(member)) {
            if *member == self.options.value_tag {
                if column.is_valid(*place) && *column.data_type() != Arrow::Null {
                    let mut text = String::new();
                    self.text(&mut text, column, data_type, *place)?;
                    escape(out, &text, false);
                }
                continue;
            }
            let before = out.len();
            self.field(out, member, column, data_type, *place, depth + 1)?;
            has_children |= out.len() > before;
        }
        if has_children {
            self.indent(out, depth);
        }
        close(out, name);
        Ok(())
    }

    fn text(&self, out: &mut String, array: &ArrayRef, data_type: &DataType, row: usize) -> Result<()> {
        let times = &self.options.times;
        match data_type {
            DataType::Date => times.write_date(out, array.as_primitive::<Date32Type>().value(row), self.zone),
            DataType::Timestamp => {
                times.write_timestamp(out, array.as_primitive::<TimestampMicrosecondType>().value(row), self.zone);
            }
            DataType::TimestampNtz => {
                times.write_timestamp_ntz(out, array.as_primitive::<TimestampMicrosecondType>().value(row), self.zone);
            }
            DataType::Binary => self.options.binary.write(out, array.as_binary_view().value(row)),
            data_type if data_type.is_atomic() => append_text(out, array, row, data_type)?,
            other => {
                return Err(Error::unsupported(format!("{other} as an attribute of XML"), "write it as an element"));
            }
        }
        Ok(())
    }
}

fn open(out: &mut String, name: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
}

fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn escape(out: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '"' if in_attribute => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}
