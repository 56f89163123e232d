//! JSON values as variants.

use super::reader::{Kind, Reader, is_integer};
use crate::types::reading;
use crate::types::variant::Builder;

/// Appends the value that comes next. `None`: it is malformed, or the name of a field repeats.
pub fn build_variant(reader: &mut Reader<'_>, builder: &mut Builder) -> Option<()> {
    match reader.kind()? {
        Kind::Object => {
            let start = builder.place();
            let mut fields = Vec::new();
            reader.object(|reader, key| {
                fields.push(builder.field(key));
                build_variant(reader, builder)
            })?;
            builder.object(start, fields)?;
        }
        Kind::Array => {
            let start = builder.place();
            let mut places = Vec::new();
            reader.array(|reader| {
                places.push(builder.place());
                build_variant(reader, builder)
            })?;
            builder.array(start, &places);
        }
        Kind::String => {
            let mut text = String::new();
            reader.string(&mut text)?;
            builder.string(&text);
        }
        Kind::Number => {
            let number = reader.number()?;
            if let (true, Ok(value)) = (is_integer(number), number.parse()) {
                builder.long(value);
            } else if let Some((value, scale)) = decimal(number) {
                builder.decimal(value, scale);
            } else {
                builder.double(super::reader::double(number)?);
            }
        }
        kind => {
            reader.skip()?;
            match kind {
                Kind::Null => builder.null(),
                kind => builder.boolean(kind == Kind::True),
            }
        }
    }
    Some(())
}

/// A number without exponent that a decimal has room for.
fn decimal(number: &str) -> Option<(i128, u8)> {
    if number.contains(['e', 'E', 'N', 'I']) {
        return None;
    }
    let (value, scale) = reading::decimal(number)?.ok()?;
    let scale = u8::try_from(scale).ok().filter(|scale| *scale <= 38)?;
    (value.unsigned_abs() < 10_u128.pow(38)).then_some((value, scale))
}
