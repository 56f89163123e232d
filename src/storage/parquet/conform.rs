//! Makes a file's columns those of its table: names that differ only in case are renamed in the footer as it is read,
//! types that cannot be read as declared are refused, and what footers claim without knowing is left out. Missing columns and wider types are DataFusion's matter.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, Field, Fields};
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::basic::{LogicalType, Type as PhysicalType};
use datafusion::parquet::errors::Result as ParquetResult;
use datafusion::parquet::file::metadata::{FileMetaData, ParquetMetaData, ParquetMetaDataBuilder, RowGroupMetaData};
use datafusion::parquet::file::page_index::column_index::ColumnIndexMetaData;
use datafusion::parquet::file::statistics::Statistics;
use datafusion::parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use crate::error::{Error, FAILED_READ_FILE, Result};
use crate::types::{DataType, StructField};

/// The footer with the table's spelling of names.
///
/// # Errors
/// `FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH` names the file and the column.
pub(super) fn conform(
    path: &Path,
    footer: Arc<ParquetMetaData>,
    columns: &[StructField],
) -> Result<Arc<ParquetMetaData>> {
    let descriptor = footer.file_metadata().schema_descr();
    let schema = parquet_to_arrow_schema(descriptor, None)
        .map_err(|error| Error::new(&FAILED_READ_FILE, format!("file:{}: {error}", path.display())).cause(error))?;
    let mut misspelled = false;
    for column in columns {
        let Some(field) = find(schema.fields(), &column.name) else { continue };
        misspelled |= field.name() != &column.name || misspells(field.data_type(), &column.data_type);
        if !reads_as(field.data_type(), &column.data_type) {
            let actual = descriptor
                .root_schema()
                .get_fields()
                .iter()
                .find(|candidate| candidate.name() == field.name())
                .map_or_else(|| field.data_type().to_string(), |found| parquet_type(found));
            return Err(Error::new(
                &FAILED_READ_FILE,
                format!(
                    "Encountered error while reading file file:{}. Data type mismatches when reading Parquet column \
                     <{}>. Expected Spark type {}, actual Parquet type {actual}",
                    path.display(),
                    column.name,
                    column.data_type.catalog_string(),
                ),
            )
            .subcondition("PARQUET_COLUMN_DATA_TYPE_MISMATCH"));
        }
    }
    let damaged = |error| Error::new(&FAILED_READ_FILE, format!("file:{}: {error}", path.display())).cause(error);
    let footer = match misspelled {
        true => Arc::new(renamed_footer(&footer, columns).map_err(damaged)?),
        false => footer,
    };
    without_float_maximums(footer).map_err(damaged)
}

/// Footers say nothing of NaN, which is larger than all other numbers: what they call the largest number may not be it.
fn without_float_maximums(footer: Arc<ParquetMetaData>) -> ParquetResult<Arc<ParquetMetaData>> {
    let descriptor = footer.file_metadata().schema_descr();
    let is_float = descriptor
        .columns()
        .iter()
        .map(|column| {
            matches!(column.physical_type(), PhysicalType::FLOAT | PhysicalType::DOUBLE)
                || column.logical_type_ref() == Some(&LogicalType::Float16)
        })
        .collect::<Vec<_>>();
    if !is_float.contains(&true) {
        return Ok(footer);
    }
    let mut builder = ParquetMetaData::clone(&footer).into_builder();
    let groups = builder
        .take_row_groups()
        .into_iter()
        .map(|group| {
            let mut group = group.into_builder();
            let columns = group
                .take_columns()
                .into_iter()
                .zip(&is_float)
                .map(|(column, is_float)| {
                    if !is_float {
                        return Ok(column);
                    }
                    let statistics = column.statistics().map(without_maximum);
                    // Nor may the index of the column's pages be read later.
                    let mut column = column.into_builder().set_column_index_offset(None).set_column_index_length(None);
                    if let Some(statistics) = statistics {
                        column = column.set_statistics(statistics);
                    }
                    column.build()
                })
                .collect::<ParquetResult<Vec<_>>>()?;
            group.set_column_metadata(columns).build()
        })
        .collect::<ParquetResult<Vec<_>>>()?;
    let pages = builder.take_column_index().map(|groups| {
        let unknown = |columns: Vec<ColumnIndexMetaData>| {
            let known = columns.into_iter().zip(&is_float);
            known.map(|(column, is_float)| if *is_float { ColumnIndexMetaData::NONE } else { column }).collect()
        };
        groups.into_iter().map(unknown).collect()
    });
    Ok(Arc::new(builder.set_row_groups(groups).set_column_index(pages).build()))
}

fn without_maximum(statistics: &Statistics) -> Statistics {
    let (distinct, nulls) = (statistics.distinct_count_opt(), statistics.null_count_opt());
    match statistics {
        Statistics::Float(known) => Statistics::float(known.min_opt().copied(), None, distinct, nulls, false),
        Statistics::Double(known) => Statistics::double(known.min_opt().copied(), None, distinct, nulls, false),
        // Half floats.
        _ => Statistics::fixed_len_byte_array(None, None, distinct, nulls, false),
    }
}

/// The field of that name, else one that differs only in case.
fn find<'a>(fields: &'a Fields, name: &str) -> Option<&'a Field> {
    let exact = fields.iter().find(|field| field.name() == name);
    exact.or_else(|| fields.iter().find(|field| field.name().to_lowercase() == name.to_lowercase())).map(Arc::as_ref)
}

/// Whether a name inside the type differs in case.
fn misspells(file: &Arrow, declared: &DataType) -> bool {
    match (file, declared) {
        (Arrow::Struct(fields), DataType::Struct(columns)) => columns.iter().any(|column| {
            find(fields, &column.name)
                .is_some_and(|field| field.name() != &column.name || misspells(field.data_type(), &column.data_type))
        }),
        (Arrow::List(item), DataType::Array { element, .. }) => misspells(item.data_type(), element),
        (Arrow::Map(entries, _), DataType::Map { key, value, .. }) => match entries.data_type() {
            Arrow::Struct(fields) if fields.len() == 2 => {
                misspells(fields[0].data_type(), key) || misspells(fields[1].data_type(), value)
            }
            _ => false,
        },
        _ => false,
    }
}

/// Which types of files are read as which declared types: Spark's list.
fn reads_as(file: &Arrow, declared: &DataType) -> bool {
    match declared {
        DataType::Null => true,
        DataType::Boolean => matches!(file, Arrow::Boolean),
        DataType::Byte | DataType::Short | DataType::Int => is_int(file),
        DataType::Long | DataType::Object(_) => {
            is_int(file) || matches!(file, Arrow::Int64 | Arrow::UInt32 | Arrow::UInt64)
        }
        DataType::Float => matches!(file, Arrow::Float32 | Arrow::Float16),
        DataType::Double => is_int(file) || matches!(file, Arrow::Float16 | Arrow::Float32 | Arrow::Float64),
        DataType::Decimal { precision, scale } => match file {
            Arrow::Decimal32(p, s) | Arrow::Decimal64(p, s) | Arrow::Decimal128(p, s) | Arrow::Decimal256(p, s) => {
                s <= scale && i16::from(*p) - i16::from(*s) <= i16::from(*precision) - i16::from(*scale)
            }
            Arrow::Int64 => i16::from(*precision) - i16::from(*scale) >= 20,
            file => is_int(file) && i16::from(*precision) - i16::from(*scale) >= 10,
        },
        DataType::String | DataType::Collated(_) | DataType::Char(_) | DataType::Varchar(_) | DataType::Binary => {
            matches!(
                file,
                Arrow::Utf8
                    | Arrow::LargeUtf8
                    | Arrow::Utf8View
                    | Arrow::Binary
                    | Arrow::LargeBinary
                    | Arrow::BinaryView
                    | Arrow::FixedSizeBinary(_)
            )
        }
        DataType::Date => matches!(file, Arrow::Date32),
        DataType::Time(_) => matches!(file, Arrow::Time32(_) | Arrow::Time64(_)),
        DataType::Timestamp => matches!(file, Arrow::Timestamp(..)),
        // An instant is not a wall clock time; INT96 (nanoseconds without a zone) may be either.
        DataType::TimestampNtz => matches!(file, Arrow::Timestamp(_, None) | Arrow::Date32),
        DataType::YearMonthInterval(..) => is_int(file) || matches!(file, Arrow::Interval(_)),
        DataType::DayTimeInterval(..) => matches!(file, Arrow::Int64 | Arrow::Duration(_)),
        DataType::CalendarInterval => matches!(file, Arrow::Interval(_)),
        DataType::Spatial(_) => false,
        DataType::Variant => match file {
            Arrow::Struct(fields) => {
                fields.len() == 2
                    && ["value", "metadata"].into_iter().all(|name| {
                        find(fields, name).is_some_and(|field| reads_as(field.data_type(), &DataType::Binary))
                    })
            }
            _ => false,
        },
        DataType::Array { element, .. } => match file {
            Arrow::List(item) | Arrow::LargeList(item) => reads_as(item.data_type(), element),
            _ => false,
        },
        DataType::Map { key, value, .. } => match file {
            Arrow::Map(entries, _) => match entries.data_type() {
                Arrow::Struct(fields) if fields.len() == 2 => {
                    reads_as(fields[0].data_type(), key) && reads_as(fields[1].data_type(), value)
                }
                _ => false,
            },
            _ => false,
        },
        DataType::Struct(columns) => match file {
            Arrow::Struct(fields) => columns.iter().all(|column| {
                find(fields, &column.name).is_none_or(|field| reads_as(field.data_type(), &column.data_type))
            }),
            _ => false,
        },
    }
}

fn is_int(file: &Arrow) -> bool {
    matches!(file, Arrow::Int8 | Arrow::Int16 | Arrow::Int32 | Arrow::UInt8 | Arrow::UInt16)
}

fn parquet_type(found: &Type) -> String {
    if found.is_primitive() { found.get_physical_type().to_string() } else { "group".to_owned() }
}

fn renamed_footer(footer: &ParquetMetaData, columns: &[StructField]) -> ParquetResult<ParquetMetaData> {
    let file = footer.file_metadata();
    let root = file.schema_descr().root_schema();
    let fields = root
        .get_fields()
        .iter()
        .map(|field| renamed(field, declared(root.get_fields(), field.name(), columns)))
        .collect::<ParquetResult<Vec<_>>>()?;
    let root = Type::group_type_builder(root.name()).with_fields(fields).build()?;
    let descriptor = Arc::new(SchemaDescriptor::new(Arc::new(root)));

    // The Arrow schema that some writers add would bring the old names back.
    let key_values =
        file.key_value_metadata().map(|all| all.iter().filter(|entry| entry.key != "ARROW:schema").cloned().collect());
    let renamed_file = FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(ToOwned::to_owned),
        key_values,
        Arc::clone(&descriptor),
        file.column_orders().cloned(),
    );
    let row_groups = footer
        .row_groups()
        .iter()
        .map(|group| {
            let mut builder = RowGroupMetaData::builder(Arc::clone(&descriptor))
                .set_num_rows(group.num_rows())
                .set_total_byte_size(group.total_byte_size())
                .set_sorting_columns(group.sorting_columns().cloned())
                .set_column_metadata(group.columns().to_vec());
            if let Some(ordinal) = group.ordinal() {
                builder = builder.set_ordinal(ordinal);
            }
            if let Some(offset) = group.file_offset() {
                builder = builder.set_file_offset(offset);
            }
            builder.build()
        })
        .collect::<ParquetResult<Vec<_>>>()?;
    Ok(ParquetMetaDataBuilder::new(renamed_file)
        .set_row_groups(row_groups)
        .set_column_index(footer.column_index().cloned())
        .set_offset_index(footer.offset_index().cloned())
        .build())
}

/// The declared column that a file's field is; none if another field of the file has the name exactly.
fn declared<'a>(siblings: &[TypePtr], name: &str, columns: &'a [StructField]) -> Option<&'a StructField> {
    columns.iter().find(|column| column.name == name).or_else(|| {
        columns.iter().find(|column| {
            column.name.to_lowercase() == name.to_lowercase()
                && !siblings.iter().any(|sibling| sibling.name() == column.name)
        })
    })
}

fn renamed(found: &TypePtr, column: Option<&StructField>) -> ParquetResult<TypePtr> {
    let Some(column) = column else { return Ok(Arc::clone(found)) };
    rebuilt(found, &column.name, &column.data_type)
}

/// The type with another name, and the names inside it as declared.
fn rebuilt(found: &TypePtr, name: &str, declared_type: &DataType) -> ParquetResult<TypePtr> {
    let info = found.get_basic_info();
    let id = info.has_id().then(|| info.id());
    if found.is_primitive() {
        let Type::PrimitiveType { physical_type, type_length, scale, precision, .. } = found.as_ref() else {
            return Ok(Arc::clone(found));
        };
        return Ok(Arc::new(
            Type::primitive_type_builder(name, *physical_type)
                .with_repetition(info.repetition())
                .with_converted_type(info.converted_type())
                .with_logical_type(info.logical_type_ref().cloned())
                .with_length(*type_length)
                .with_precision(*precision)
                .with_scale(*scale)
                .with_id(id)
                .build()?,
        ));
    }
    let children = found.get_fields();
    let fields = match declared_type {
        DataType::Struct(columns) => children
            .iter()
            .map(|child| renamed(child, declared(children, child.name(), columns)))
            .collect::<ParquetResult<Vec<_>>>()?,
        // list → repeated group → element
        DataType::Array { element, .. } if children.len() == 1 => vec![within(&children[0], &[element])?],
        // map → repeated group → key, value
        DataType::Map { key, value, .. } if children.len() == 1 => vec![within(&children[0], &[key, value])?],
        _ => children.to_vec(),
    };
    group(found, name, fields)
}

/// The repeated group of a list or map, its children of the types declared.
fn within(repeated: &TypePtr, declared_types: &[&DataType]) -> ParquetResult<TypePtr> {
    if !repeated.is_group() || repeated.get_fields().len() != declared_types.len() {
        return Ok(Arc::clone(repeated));
    }
    let fields = repeated
        .get_fields()
        .iter()
        .zip(declared_types)
        .map(|(child, declared_type)| rebuilt(child, child.name(), declared_type))
        .collect::<ParquetResult<Vec<_>>>()?;
    group(repeated, repeated.name(), fields)
}

fn group(like: &TypePtr, name: &str, fields: Vec<TypePtr>) -> ParquetResult<TypePtr> {
    let info = like.get_basic_info();
    let mut builder = Type::group_type_builder(name)
        .with_converted_type(info.converted_type())
        .with_logical_type(info.logical_type_ref().cloned())
        .with_fields(fields)
        .with_id(info.has_id().then(|| info.id()));
    if info.has_repetition() {
        builder = builder.with_repetition(info.repetition());
    }
    Ok(Arc::new(builder.build()?))
}
