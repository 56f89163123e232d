//! Columns of variants: in Arrow a struct of two binaries.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder, StructArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Fields};

use super::{Builder, Variant};
use crate::error::{Error, Result};

/// A column that is read.
#[derive(Debug, Clone)]
pub struct Variants {
    value: BinaryViewArray,
    metadata: BinaryViewArray,
    nulls: Option<NullBuffer>,
}

impl Variants {
    /// The layout of such a column: as Spark writes it to files.
    pub fn layout() -> Arrow {
        Arrow::Struct(fields())
    }

    pub fn new(array: &dyn Array) -> Result<Self> {
        let wrong = || Error::internal(format!("a column of variants came as {}", array.data_type()));
        let structs = array.as_struct_opt().ok_or_else(wrong)?;
        let column = |name: &str| {
            let column = structs.column_by_name(name).and_then(|column| column.as_binary_view_opt());
            column.cloned().ok_or_else(wrong)
        };
        Ok(Self { value: column("value")?, metadata: column("metadata")?, nulls: structs.nulls().cloned() })
    }

    pub fn len(&self) -> usize {
        self.value.len()
    }

    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    pub fn get(&self, row: usize) -> Option<Variant<'_>> {
        let is_null = self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        (!is_null).then(|| Variant { metadata: self.metadata.value(row), value: self.value.value(row) })
    }
}

fn fields() -> Fields {
    Fields::from(vec![Field::new("value", Arrow::BinaryView, false), Field::new("metadata", Arrow::BinaryView, false)])
}

/// A column that is being filled.
#[derive(Debug, Default)]
pub struct VariantBuilder {
    value: BinaryViewBuilder,
    metadata: BinaryViewBuilder,
    valid: Vec<bool>,
}

impl VariantBuilder {
    pub fn null(&mut self) {
        self.value.append_value(b"");
        self.metadata.append_value(b"");
        self.valid.push(false);
    }

    /// Adds what was built.
    pub fn built(&mut self, builder: &mut Builder) {
        let (metadata, value) = builder.take();
        self.value.append_value(value);
        self.metadata.append_value(metadata);
        self.valid.push(true);
    }

    /// Adds a part of another column's variant, with its dictionary.
    pub fn append(&mut self, variant: Option<Variant<'_>>) {
        match variant {
            None => self.null(),
            Some(variant) => {
                self.value.append_value(variant.value);
                self.metadata.append_value(variant.metadata);
                self.valid.push(true);
            }
        }
    }

    pub fn finish(&mut self) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> = vec![Arc::new(self.value.finish()), Arc::new(self.metadata.finish())];
        let nulls = NullBuffer::from(std::mem::take(&mut self.valid));
        Ok(Arc::new(StructArray::try_new(fields(), columns, Some(nulls))?))
    }
}
