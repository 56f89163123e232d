//! The type that an XML text would be read as.

use roxmltree::Node;

use super::{Options, attributes, document, name};
use crate::records::json::merged;
use crate::records::values;
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

/// The columns of the row that a text stands for; of a malformed one that of bad records.
pub fn schema(text: &str, options: &Options, zone: &Zone) -> Vec<StructField> {
    let Some(document) = document(text) else {
        return vec![StructField::new(&options.corrupt_record_column, DataType::String)];
    };
    let context = Context { options, zone };
    match known(DataType::Struct(context.object(document.root_element()))) {
        DataType::Struct(fields) => fields,
        _ => Vec::new(),
    }
}

struct Context<'a> {
    options: &'a Options,
    zone: &'a Zone,
}

impl Context<'_> {
    fn object(&self, node: Node<'_, '_>) -> Vec<StructField> {
        let mut fields: Vec<StructField> = Vec::new();
        for (name, value) in attributes(node, self.options) {
            fields.push(StructField::new(name, self.text(value)));
        }
        for child in node.children() {
            if child.is_element() {
                self.add(&mut fields, &name(child, self.options), self.element(child));
            } else if let (true, Some(text)) = (child.is_text(), child.text())
                && !text.trim().is_empty()
            {
                self.add(&mut fields, &self.options.value_tag, self.text(text));
            }
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields
    }

    /// Names that repeat are arrays.
    fn add(&self, fields: &mut Vec<StructField>, name: &str, found: DataType) {
        let Some(field) = fields.iter_mut().find(|field| field.name.eq_ignore_ascii_case(name)) else {
            fields.push(StructField::new(name, found));
            return;
        };
        let known = match std::mem::replace(&mut field.data_type, DataType::Null) {
            DataType::Array { element, .. } => *element,
            other => other,
        };
        field.data_type = DataType::array(self.both(known, found));
    }

    /// A text beside structs is their value.
    fn both(&self, a: DataType, b: DataType) -> DataType {
        match (a, b) {
            (DataType::Struct(fields), DataType::Null) | (DataType::Null, DataType::Struct(fields)) => {
                DataType::Struct(fields)
            }
            (DataType::Struct(fields), value) | (value, DataType::Struct(fields))
                if !matches!(value, DataType::Struct(_)) =>
            {
                let value = DataType::Struct(vec![StructField::new(&self.options.value_tag, value)]);
                merged(DataType::Struct(fields), value)
            }
            (a, b) => merged(a, b),
        }
    }

    fn element(&self, node: Node<'_, '_>) -> DataType {
        let is_plain = attributes(node, self.options).is_empty() && !node.children().any(|child| child.is_element());
        if !is_plain {
            return DataType::Struct(self.object(node));
        }
        let text: String = node.children().filter_map(|child| child.text().filter(|_| child.is_text())).collect();
        self.text(&text)
    }

    fn text(&self, text: &str) -> DataType {
        let text = if self.options.trims { text.trim() } else { text };
        if text.is_empty() || self.options.null_value.as_deref() == Some(text) {
            return DataType::Null;
        }
        if !self.options.infers_types {
            return DataType::String;
        }
        let times = &self.options.times;
        let begins_with_digit = text.len() >= 8 && text.as_bytes()[0].is_ascii_digit();
        if text.parse::<i64>().is_ok() {
            DataType::Long
        } else if self.options.prefers_decimal
            && let Some(decimal) = decimal(text)
        {
            decimal
        } else if !text.ends_with(['d', 'D', 'f', 'F']) && values::double(text, "NaN", "Inf", "-Inf").is_some() {
            DataType::Double
        } else if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
            DataType::Boolean
        } else if (times.date.is_some() || begins_with_digit) && !text.contains(':') && times.read_date(text).is_some()
        {
            DataType::Date
        } else if (times.timestamp.is_some() || begins_with_digit) && times.read_timestamp(text, self.zone).is_some() {
            DataType::Timestamp
        } else {
            DataType::String
        }
    }
}

/// The smallest decimal that has the digits of a number.
fn decimal(text: &str) -> Option<DataType> {
    let (value, scale) = crate::types::reading::decimal(text)?.ok()?;
    let digits = value.unsigned_abs().checked_ilog10().map_or(1, |digits| digits + 1);
    let (precision, scale) = (u8::try_from(digits).ok()?, i8::try_from(scale).ok()?);
    let precision = precision.max(u8::try_from(scale).ok()?);
    (precision <= crate::types::MAX_PRECISION).then_some(DataType::Decimal { precision, scale })
}

/// What nothing is known of is text.
fn known(data_type: DataType) -> DataType {
    match data_type {
        DataType::Null => DataType::String,
        DataType::Array { element, .. } => DataType::array(known(*element)),
        DataType::Struct(fields) => DataType::Struct(
            fields
                .into_iter()
                .map(|field| StructField { data_type: known(field.data_type.clone()), ..field })
                .collect(),
        ),
        other => other,
    }
}
