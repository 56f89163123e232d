//! Maps: made of pairs, taken apart, put together, looked into.
//!
//! Every map is checked when it is made: a key is not NULL and comes once.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListArray, MapArray, StringViewBuilder, StructArray, UInt32Array,
    new_empty_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::compute::{filter, interleave, take};
use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::logical_expr::{ColumnarValue, lit};
use datafusion::scalar::ScalarValue;

use super::{element, loose};
use crate::error::{DUPLICATED_MAP_KEY, Error, NULL_MAP_KEY, Result, UNSUPPORTED_FEATURE};
use crate::functions::cast::value_writer;
use crate::functions::collations::Comparer;
use crate::functions::floats::positive_zeros;
use crate::functions::kernel::conform;
use crate::functions::regexes;
use crate::functions::{Arguments, Call, Expected, Kernel, Typed};
use crate::types::coercion::common_type_without_strings;
use crate::types::time_zone::Zone;
use crate::types::{DataType, StructField};

pub(super) static MAP: Kernel = Kernel::new("map", run_map).fallible();
pub(super) static FROM_ARRAYS: Kernel = Kernel::new("map_from_arrays", run_from_arrays).fallible();
pub(super) static FROM_ENTRIES: Kernel = Kernel::new("map_from_entries", run_from_entries).fallible();
pub(super) static ENTRIES: Kernel = Kernel::new("map_entries", run_entries);
pub(super) static CONCAT: Kernel = Kernel::new("map_concat", run_concat).fallible();
pub(super) static CONTAINS_KEY: Kernel = Kernel::new("map_contains_key", run_contains_key);
pub(super) static FROM_TEXT: Kernel = Kernel::new("str_to_map", run_from_text).fallible();

/// The entries of every map in a value in the order of their keys, whatever order they were put in.
pub static SORTED: Kernel = Kernel::new("map_sort", |arguments| {
    Ok(ColumnarValue::Array(sorted(&arguments.array(0)?, &arguments.parameters.returns)?))
});

/// Whether values of the type are or hold maps.
pub fn has_map(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map { .. } => true,
        DataType::Array { element, .. } => has_map(element),
        DataType::Struct(fields) => fields.iter().any(|field| has_map(&field.data_type)),
        _ => false,
    }
}

fn sorted(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    Ok(match (data_type, array.data_type()) {
        (DataType::Map { key, value, .. }, Arrow::Map(field, in_order)) => {
            let map = array.as_map();
            let keys = Comparer::new(key, map.keys().data_type(), SortOptions::default())?.rows(map.keys())?;
            let mut order: Vec<u32> = (0..u32::try_from(map.keys().len()).unwrap_or(u32::MAX)).collect();
            for ends in map.value_offsets().windows(2) {
                let entries = usize::try_from(ends[0]).unwrap_or(0)..usize::try_from(ends[1]).unwrap_or(0);
                order[entries].sort_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
            }
            let order = UInt32Array::from(order);
            let values = sorted(&take(map.values(), &order, None)?, value)?;
            let Arrow::Struct(fields) = field.data_type() else {
                return Err(Error::internal("a map without entries"));
            };
            let entries = StructArray::try_new(fields.clone(), vec![take(map.keys(), &order, None)?, values], None)?;
            let nulls = map.nulls().cloned();
            Arc::new(MapArray::try_new(Arc::clone(field), map.offsets().clone(), entries, nulls, *in_order)?)
        }
        (DataType::Array { element, .. }, Arrow::List(field)) if has_map(element) => {
            let lists = array.as_list::<i32>();
            let values = sorted(lists.values(), element)?;
            let nulls = lists.nulls().cloned();
            Arc::new(ListArray::try_new(Arc::clone(field), lists.offsets().clone(), values, nulls)?)
        }
        (DataType::Struct(own), Arrow::Struct(fields)) => {
            let structs = array.as_struct();
            let columns = structs.columns().iter().zip(own).map(|(column, field)| sorted(column, &field.data_type));
            let (columns, nulls) = (columns.collect::<Result<_>>()?, structs.nulls().cloned());
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, structs.len())?)
        }
        _ => Arc::clone(array),
    })
}

/// A map of keys and values that lie one row behind the other.
///
/// # Errors
/// `NULL_MAP_KEY`, `DUPLICATED_MAP_KEY`.
pub fn map_array(
    returns: &DataType,
    keys: ArrayRef,
    values: ArrayRef,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let (DataType::Map { key, .. }, Arrow::Map(field, sorted)) = (returns, returns.to_arrow()) else {
        return Err(Error::internal(format!("{returns} is not a map")));
    };
    let Arrow::Struct(fields) = field.data_type() else {
        return Err(Error::internal("a map without entries"));
    };
    let keys = conform(keys, fields[0].data_type())?;
    check_keys(&keys, key, &offsets)?;
    let values = conform(values, fields[1].data_type())?;
    let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
    Ok(Arc::new(MapArray::try_new(field, offsets, entries, nulls, sorted)?))
}

/// Keys that are floats are put into a map without the sign of zero, keys that hold floats as they are.
fn with_one_zero(keys: ArrayRef) -> Result<ArrayRef> {
    if keys.data_type().is_floating() { positive_zeros(&keys) } else { Ok(keys) }
}

fn check_keys(keys: &ArrayRef, key: &DataType, offsets: &OffsetBuffer<i32>) -> Result<()> {
    if *key != DataType::Null && keys.null_count() > 0 || *key == DataType::Null && !keys.is_empty() {
        return Err(Error::new(&NULL_MAP_KEY, "Cannot use null as map key"));
    }
    if offsets.lengths().all(|length| length < 2) {
        return Ok(());
    }
    let rows = Comparer::new(key, keys.data_type(), SortOptions::default())?.rows(keys)?;
    let mut seen = HashSet::new();
    for range in offsets.windows(2) {
        seen.clear();
        for place in range[0] as usize..range[1] as usize {
            if !seen.insert(rows.row(place)) {
                let mut text = String::new();
                value_writer(keys.as_ref(), key, &Zone::utc())?(place, &mut text);
                return Err(Error::new(
                    &DUPLICATED_MAP_KEY,
                    format!(
                        "Duplicate map key {text} was found, please check the input data. If you want to remove the \
                         duplicated keys, you can set \"spark.sql.mapKeyDedupPolicy\" to \"LAST_WIN\" so that the key \
                         inserted at last takes precedence"
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// `map(key, value, …)`
pub(super) fn map(call: &Call<'_>) -> Result<Typed> {
    let count = call.arguments.len();
    if !count.is_multiple_of(2) {
        call.count(count + 1..=count + 1)?;
    }
    if count == 0 {
        return empty(DataType::map(DataType::Null, DataType::Null));
    }
    let (keys, key, _) = same_type(call, (0..count).step_by(2))?;
    let (values, value, value_contains_null) = same_type(call, (1..count).step_by(2))?;
    let returns = DataType::Map { key: Box::new(key), value: Box::new(value), value_contains_null };
    let arguments = keys.into_iter().zip(values).flat_map(|(key, value)| [key, value]).collect();
    Ok(call.kernel(&MAP, arguments, returns, false))
}

fn empty(data_type: DataType) -> Result<Typed> {
    let Arrow::Map(entries, sorted) = data_type.to_arrow() else {
        return Err(Error::internal("an empty map of a type that is none"));
    };
    let none = new_empty_array(entries.data_type()).as_struct().clone();
    let map = MapArray::try_new(entries, OffsetBuffer::from_lengths([0]), none, None, sorted)?;
    Ok(Typed { expr: lit(ScalarValue::Map(Arc::new(map))), data_type, nullable: false })
}

/// The arguments of these numbers in their common type, and whether one may be NULL.
fn same_type(call: &Call<'_>, numbers: impl Iterator<Item = usize>) -> Result<(Vec<Typed>, DataType, bool)> {
    let numbers = numbers.collect::<Vec<_>>();
    let members = numbers.iter().map(|n| call.argument(*n).clone()).collect::<Vec<_>>();
    let texts = numbers.iter().map(|n| call.texts[*n].clone()).collect::<Vec<_>>();
    let part = Call { arguments: &members, texts: &texts, ..*call };
    let (members, common) = part.common_type(0..members.len())?;
    let nullable = members.iter().any(|member| member.nullable);
    Ok((members, common, nullable))
}

fn run_map(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let pairs = arguments.len() / 2;
    let arrays = (0..arguments.len()).map(|n| arguments.array(n)).collect::<Result<Vec<_>>>()?;
    let picks = (0..arguments.rows).flat_map(|row| (0..pairs).map(move |pair| (pair, row))).collect::<Vec<_>>();
    let side = |first: usize| {
        let columns = arrays.iter().skip(first).step_by(2).map(AsRef::as_ref).collect::<Vec<&dyn Array>>();
        interleave(&columns, &picks)
    };
    let offsets = OffsetBuffer::from_repeated_length(pairs, arguments.rows);
    Ok(ColumnarValue::Array(map_array(
        &arguments.parameters.returns,
        with_one_zero(side(0)?)?,
        side(1)?,
        offsets,
        None,
    )?))
}

/// `map_from_arrays(keys, values)`
pub(super) fn from_arrays(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let (keys, values) = (loose(call, 0)?, loose(call, 1)?);
    let returns = DataType::map(element(&keys.data_type), element(&values.data_type));
    let nullable = keys.nullable || values.nullable;
    Ok(call.kernel(&FROM_ARRAYS, vec![keys, values], returns, nullable))
}

fn run_from_arrays(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (keys, values) = (arguments.array(0)?, arguments.array(1)?);
    let nulls = NullBuffer::union(keys.nulls(), values.nulls());
    let keys = present(keys.as_list::<i32>(), nulls.as_ref())?;
    let values = present(values.as_list::<i32>(), nulls.as_ref())?;
    if keys.offsets().lengths().ne(values.offsets().lengths()) {
        return Err(Error::new(
            &UNSUPPORTED_FEATURE,
            "The key array and value array of MapData must have the same length.",
        ));
    }
    let offsets = OffsetBuffer::from_lengths(keys.offsets().lengths());
    let returns = &arguments.parameters.returns;
    let (keys, values) = (Arc::clone(keys.values()), Arc::clone(values.values()));
    Ok(ColumnarValue::Array(map_array(returns, keys, values, offsets, nulls)?))
}

/// The list with nothing before, behind or in rows that are NULL.
fn present(list: &ListArray, nulls: Option<&NullBuffer>) -> Result<ListArray> {
    let offsets = list.offsets();
    let is_tight = offsets[0] == 0 && offsets[list.len()] as usize == list.values().len();
    let hidden =
        nulls.is_some_and(|nulls| offsets.lengths().enumerate().any(|(row, length)| length > 0 && nulls.is_null(row)));
    if is_tight && !hidden {
        return Ok(list.clone());
    }
    let is_valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let mut keep = vec![false; list.values().len()];
    for row in (0..list.len()).filter(|row| is_valid(*row)) {
        keep[offsets[row] as usize..offsets[row + 1] as usize].fill(true);
    }
    let values = filter(list.values(), &BooleanArray::from(keep))?;
    let lengths = offsets.lengths().enumerate().map(|(row, length)| if is_valid(row) { length } else { 0 });
    let Arrow::List(item) = list.data_type() else { return Err(Error::internal("not a list")) };
    Ok(ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(lengths), values, nulls.cloned())?)
}

/// `map_from_entries(array of structs of two)`
pub(super) fn from_entries(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.argument(0).clone();
    let fields = match &argument.data_type {
        DataType::Array { element, .. } => match element.as_ref() {
            DataType::Struct(fields) if fields.len() == 2 => fields,
            _ => return Err(call.unexpected_type(0, "\"ARRAY\" of pair \"STRUCT\"")),
        },
        _ => return Err(call.unexpected_type(0, "\"ARRAY\" of pair \"STRUCT\"")),
    };
    let returns = DataType::Map {
        key: Box::new(fields[0].data_type.clone()),
        value: Box::new(fields[1].data_type.clone()),
        value_contains_null: fields[1].nullable,
    };
    let contains_null = matches!(argument.data_type, DataType::Array { contains_null: true, .. });
    let nullable = argument.nullable || contains_null;
    Ok(call.kernel(&FROM_ENTRIES, vec![argument], returns, nullable))
}

/// A NULL among the entries makes the map NULL.
fn run_from_entries(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let list = array.as_list::<i32>();
    let offsets = list.value_offsets();
    let valid = (0..list.len()).map(|row| {
        let mut entries = offsets[row] as usize..offsets[row + 1] as usize;
        list.is_valid(row) && entries.all(|entry| list.values().is_valid(entry))
    });
    let nulls = NullBuffer::from_iter(valid);
    let list = present(list, Some(&nulls))?;
    let entries = list.values().as_struct();
    let (keys, values) = (with_one_zero(Arc::clone(entries.column(0)))?, Arc::clone(entries.column(1)));
    let returns = &arguments.parameters.returns;
    Ok(ColumnarValue::Array(map_array(returns, keys, values, list.offsets().clone(), Some(nulls))?))
}

/// `map_entries(map)`
pub(super) fn entries(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.expect(0, &Expected::Map)?;
    let DataType::Map { key, value, value_contains_null } = &argument.data_type else {
        return Err(call.unexpected_type(0, "\"MAP\""));
    };
    let field = |name: &str, data_type: &DataType, nullable: bool| StructField {
        nullable,
        ..StructField::new(name, data_type.clone())
    };
    let entry = DataType::Struct(vec![field("key", key, false), field("value", value, *value_contains_null)]);
    let returns = DataType::Array { element: Box::new(entry), contains_null: false };
    let nullable = argument.nullable;
    Ok(call.kernel(&ENTRIES, vec![argument], returns, nullable))
}

fn run_entries(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let array = arguments.array(0)?;
    let map = array.as_map();
    let Arrow::List(item) = arguments.parameters.returns.to_arrow() else {
        return Err(Error::internal("entries are an array"));
    };
    let entries = conform(Arc::new(map.entries().clone()), item.data_type())?;
    let list = ListArray::try_new(item, map.offsets().clone(), entries, map.nulls().cloned())?;
    Ok(ColumnarValue::Array(Arc::new(list)))
}

/// `map_concat(map, …)`
pub(super) fn concat(call: &Call<'_>) -> Result<Typed> {
    if call.arguments.is_empty() {
        return empty(DataType::map(DataType::String, DataType::String));
    }
    if let Some(n) = call.arguments.iter().position(|map| !matches!(map.data_type, DataType::Map { .. })) {
        return Err(call.mismatch(
            "MAP_CONCAT_DIFF_TYPES",
            &format!(
                "The `map_concat` should all be of type map, but it's [\"{}\"]",
                call.arguments[n..].iter().map(|map| map.data_type.to_string()).collect::<Vec<_>>().join("\", \"")
            ),
        ));
    }
    let (maps, returns) = call.common_type(0..call.arguments.len())?;
    let nullable = maps.iter().any(|map| map.nullable);
    Ok(call.kernel(&CONCAT, maps, returns, nullable))
}

fn run_concat(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let arrays = (0..arguments.len()).map(|n| arguments.array(n)).collect::<Result<Vec<_>>>()?;
    let maps = arrays.iter().map(|array| array.as_map()).collect::<Vec<_>>();
    let nulls = maps.iter().fold(None, |nulls, map| NullBuffer::union(nulls.as_ref(), map.nulls()));
    let (mut picks, mut lengths) = (Vec::new(), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        let before = picks.len();
        if nulls.as_ref().is_none_or(|nulls: &NullBuffer| nulls.is_valid(row)) {
            for (n, map) in maps.iter().enumerate() {
                let offsets = map.value_offsets();
                picks.extend((offsets[row] as usize..offsets[row + 1] as usize).map(|entry| (n, entry)));
            }
        }
        lengths.push(picks.len() - before);
    }
    let side = |values: fn(&MapArray) -> &ArrayRef| {
        interleave(&maps.iter().map(|map| values(map).as_ref()).collect::<Vec<&dyn Array>>(), &picks)
    };
    let (keys, values) = (with_one_zero(side(MapArray::keys)?)?, side(MapArray::values)?);
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(ColumnarValue::Array(map_array(&arguments.parameters.returns, keys, values, offsets, nulls)?))
}

/// `map_contains_key(map, key)`
pub(super) fn contains_key(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let map = call.expect(0, &Expected::Map)?;
    let wanted = call.argument(1).clone();
    let DataType::Map { key, value, value_contains_null } = &map.data_type else {
        return Err(call.unexpected_type(0, "\"MAP\""));
    };
    if wanted.data_type == DataType::Null {
        return Err(call.mismatch("NULL_TYPE", "Null typed values cannot be used as arguments of `map_contains_key`"));
    }
    let Some(common) = common_type_without_strings(key, &wanted.data_type, call.context.ansi) else {
        return Err(call.mismatch(
            "MAP_FUNCTION_DIFF_TYPES",
            &format!(
                "Input to `map_contains_key` should have been \"MAP\" followed by a value with same key type, but it's \
                 [\"{}\", \"{}\"]",
                map.data_type, wanted.data_type
            ),
        ));
    };
    let to = DataType::Map {
        key: Box::new(common.clone()),
        value: value.clone(),
        value_contains_null: *value_contains_null,
    };
    let nullable = map.nullable || wanted.nullable;
    let arguments = vec![call.to(map, &to)?, call.to(wanted, &common)?];
    Ok(call.kernel(&CONTAINS_KEY, arguments, DataType::Boolean, nullable))
}

fn run_contains_key(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (array, wanted) = (arguments.array(0)?, arguments.array(1)?);
    let map = array.as_map();
    let comparer = Comparer::new(&arguments.parameters.arguments[1], wanted.data_type(), SortOptions::default())?;
    let (keys, rows) = (comparer.rows(map.keys())?, comparer.rows(&wanted)?);
    let offsets = map.value_offsets();
    arguments.decide(|row| {
        let mut places = offsets[row] as usize..offsets[row + 1] as usize;
        (map.is_valid(row) && wanted.is_valid(row)).then(|| places.any(|place| keys.row(place) == rows.row(row)))
    })
}

/// `str_to_map(text[, pairDelim[, keyValueDelim]])`: the delimiters are regular expressions.
pub(super) fn from_text(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=3)?;
    let mut arguments =
        (0..call.arguments.len()).map(|n| call.cast(n, &DataType::String)).collect::<Result<Vec<_>>>()?;
    for default in [",", ":"].into_iter().skip(arguments.len() - 1) {
        arguments.push(Typed { expr: lit(default), data_type: DataType::String, nullable: false });
    }
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&FROM_TEXT, arguments, DataType::map(DataType::String, DataType::String), nullable))
}

fn run_from_text(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    let (texts, pairs, middles) = (arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?);
    let (mut between_pairs, mut between_parts) = (Delimiter::default(), Delimiter::default());
    let (mut keys, mut values) = (StringViewBuilder::new(), StringViewBuilder::new());
    let (mut lengths, mut valid) = (Vec::with_capacity(arguments.rows), Vec::with_capacity(arguments.rows));
    for row in 0..arguments.rows {
        let (Some(text), Some(pair), Some(middle)) = (texts.get(row), pairs.get(row), middles.get(row)) else {
            lengths.push(0);
            valid.push(false);
            continue;
        };
        between_pairs.set(pair)?;
        between_parts.set(middle)?;
        let mut length = 0;
        let mut rest = Some(text);
        while let Some(now) = rest {
            let entry;
            (entry, rest) = between_pairs.cut(now)?;
            let (key, value) = between_parts.cut(entry)?;
            keys.append_value(key);
            values.append_option(value);
            length += 1;
        }
        lengths.push(length);
        valid.push(true);
    }
    let offsets = OffsetBuffer::from_lengths(lengths);
    let (keys, values): (ArrayRef, ArrayRef) = (Arc::new(keys.finish()), Arc::new(values.finish()));
    let returns = &arguments.parameters.returns;
    let text = &arguments.parameters.arguments[0];
    if text.is_collated() {
        check_keys(&keys, text, &offsets)?;
    }
    Ok(ColumnarValue::Array(map_array(returns, keys, values, offsets, Some(NullBuffer::from(valid)))?))
}

/// A regular expression that is compiled again only when it changes.
#[derive(Default)]
struct Delimiter {
    pattern: String,
    regex: Option<regexes::Pattern>,
}

impl Delimiter {
    fn set(&mut self, pattern: &str) -> Result<()> {
        if self.regex.is_none() || self.pattern != pattern {
            self.regex = Some(regexes::compile(pattern, "str_to_map")?);
            pattern.clone_into(&mut self.pattern);
        }
        Ok(())
    }

    /// What stands before the first delimiter and what behind it. A delimiter has a width.
    fn cut<'t>(&self, text: &'t str) -> Result<(&'t str, Option<&'t str>)> {
        let mut found = self.regex.iter().flat_map(|regex| regex.find_all(text));
        let found = found.find(|found| !found.as_ref().is_ok_and(std::ops::Range::is_empty)).transpose()?;
        Ok(match found {
            Some(found) => (&text[..found.start], Some(&text[found.end..])),
            None => (text, None),
        })
    }
}
