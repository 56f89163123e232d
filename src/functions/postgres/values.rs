//! How PostgreSQL writes the values of a column as text.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{
    Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, IntervalMonthDayNanoType, IntervalYearMonthType,
    TimestampMicrosecondType,
};

use crate::error::Result;
use crate::functions::cast::{ValueWriter, value_writer};
use crate::types::DataType;
use crate::types::calendar::MICROS_PER_DAY;
use crate::types::postgres::text;
use crate::types::time_zone::Zone;

/// How values of the array are written; it is not asked about NULLs.
///
/// # Errors
/// The array is not laid out as the type says.
pub fn postgres_writer<'a>(array: &'a dyn Array, data_type: &'a DataType, zone: &'a Zone) -> Result<ValueWriter<'a>> {
    Ok(match data_type {
        DataType::Boolean => {
            let values = array.as_boolean();
            Box::new(|row, out| out.push_str(if values.value(row) { "t" } else { "f" }))
        }
        DataType::Float => {
            let values = array.as_primitive::<Float32Type>();
            Box::new(|row, out| text::write_float(out, values.value(row)))
        }
        DataType::Double => {
            let values = array.as_primitive::<Float64Type>();
            Box::new(|row, out| text::write_double(out, values.value(row)))
        }
        DataType::Decimal { scale, .. } => {
            let values = array.as_primitive::<Decimal128Type>();
            Box::new(|row, out| text::write_numeric(out, values.value(row), *scale))
        }
        DataType::Binary => {
            let values = array.as_binary_view();
            Box::new(|row, out| text::write_bytea(out, values.value(row)))
        }
        DataType::Timestamp => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(move |row, out| {
                let instant = values.value(row);
                text::write_timestamp(out, zone.utc_to_local(instant), Some(zone.offset_at_utc(instant)));
            })
        }
        DataType::CalendarInterval => {
            let values = array.as_primitive::<IntervalMonthDayNanoType>();
            Box::new(|row, out| {
                let value = values.value(row);
                text::write_interval(out, value.months, value.days, value.nanoseconds / 1_000);
            })
        }
        DataType::YearMonthInterval(..) => {
            let values = array.as_primitive::<IntervalYearMonthType>();
            Box::new(|row, out| text::write_interval(out, values.value(row), 0, 0))
        }
        DataType::DayTimeInterval(..) => {
            let values = array.as_primitive::<DurationMicrosecondType>();
            Box::new(|row, out| {
                let value = values.value(row);
                text::write_interval(
                    out,
                    0,
                    i32::try_from(value / MICROS_PER_DAY).unwrap_or(0),
                    value % MICROS_PER_DAY,
                );
            })
        }
        DataType::Array { element, .. } => {
            let lists = array.as_list::<i32>();
            let elements = lists.values();
            let write = postgres_writer(elements, element, zone)?;
            let nested = matches!(**element, DataType::Array { .. });
            let item = std::cell::RefCell::new(String::new());
            Box::new(move |row, out| {
                let offset = |n: usize| usize::try_from(lists.value_offsets()[n]).unwrap_or(0);
                out.push('{');
                for n in offset(row)..offset(row + 1) {
                    if n > offset(row) {
                        out.push(',');
                    }
                    if elements.is_null(n) {
                        out.push_str("NULL");
                        continue;
                    }
                    let mut item = item.borrow_mut();
                    item.clear();
                    write(n, &mut item);
                    if nested { out.push_str(&item) } else { text::write_array_element(out, &item) }
                }
                out.push('}');
            })
        }
        DataType::Struct(fields) => {
            let structs = array.as_struct();
            let writers = fields
                .iter()
                .zip(structs.columns())
                .map(|(field, column)| Ok((column, postgres_writer(column, &field.data_type, zone)?)))
                .collect::<Result<Vec<_>>>()?;
            let item = std::cell::RefCell::new(String::new());
            Box::new(move |row, out| {
                out.push('(');
                for (n, (column, write)) in writers.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    if !column.is_null(row) {
                        let mut item = item.borrow_mut();
                        item.clear();
                        write(row, &mut item);
                        text::write_row_field(out, &item);
                    }
                }
                out.push(')');
            })
        }
        _ => value_writer(array, data_type, zone)?,
    })
}
