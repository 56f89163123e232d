//! The functions of arrays, maps and structs.

mod calendar;
mod elements;
mod limits;
mod lists;
pub mod maps;
mod places;

use datafusion::functions_nested as df;
use datafusion::logical_expr::lit;

use super::{Call, Expected, Family, Function, Kernel, Typed};
use crate::error::Result;
use crate::types::coercion::{common_type_without_strings, tightest_common_type};
use crate::types::{DataType, StructField};

const ARRAY: Family = Family::Array;
const COLLECTION: Family = Family::Collection;
const MAP: Family = Family::Map;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar("array", ARRAY, array, "array(expr, ...) - Returns an array with the given elements.", &["SELECT array(1, 2, 3)"]),
    Function::scalar("size", COLLECTION, size, "size(expr) - Returns the size of an array or a map. This function returns -1 for null input only if spark.sql.ansi.enabled is false and spark.sql.legacy.sizeOfNull is true. Otherwise, it returns null for null input. With the default settings, the function returns null for null input.", &["SELECT size(array('b', 'd', 'c', 'a'))", "SELECT size(map('a', 1, 'b', 2))"]).aliases(&["cardinality"]),
    Function::scalar("array_size", ARRAY, |call| of_array(call, &ARRAY_SIZE, DataType::Int), "array_size(expr) - Returns the size of an array. The function returns null for null input.", &["SELECT array_size(array('b', 'd', 'c', 'a'))"]),
    Function::scalar("array_contains", ARRAY, |call| with_element(call, &CONTAINS, Some(DataType::Boolean), common_type_without_strings), "array_contains(array, value) - Returns true if the array contains the value.", &["SELECT array_contains(array(1, 2, 3), 2)"]),
    Function::scalar("array_position", ARRAY, |call| with_element(call, &POSITION, Some(DataType::Long), tightest_common_type), "array_position(array, element) - Returns the (1-based) index of the first matching element of the array as long, or 0 if no match is found.", &["SELECT array_position(array(312, 773, 708, 708), 708)", "SELECT array_position(array(312, 773, 708, 708), 414)"]),
    Function::scalar("array_remove", ARRAY, |call| with_element(call, &REMOVE, None, tightest_common_type), "array_remove(array, element) - Remove all elements that equal to element from array.", &["SELECT array_remove(array(1, 2, 3, null, 3), 3)"]),
    Function::scalar("array_append", ARRAY, |call| with_element(call, &APPEND, None, tightest_common_type), "array_append(array, element) - Add the element at the end of the array passed as first argument. Type of element should be similar to type of the elements of the array. Null element is also appended into the array. But if the array passed, is NULL output is NULL", &["SELECT array_append(array('b', 'd', 'c', 'a'), 'd')", "SELECT array_append(array(1, 2, 3, null), null)"]),
    Function::scalar("array_prepend", ARRAY, |call| with_element(call, &PREPEND, None, tightest_common_type), "array_prepend(array, element) - Add the element at the beginning of the array passed as first argument. Type of element should be the same as the type of the elements of the array. Null element is also prepended to the array. But if the array passed is NULL output is NULL", &["SELECT array_prepend(array('b', 'd', 'c', 'a'), 'd')", "SELECT array_prepend(array(1, 2, 3, null), null)"]),
    Function::scalar("array_compact", ARRAY, |call| same_array(call, &COMPACT), "array_compact(array) - Removes null values from the array.", &["SELECT array_compact(array(1, 2, 3, null))", "SELECT array_compact(array(\"a\", \"b\", \"c\"))"]),
    Function::scalar("array_distinct", ARRAY, |call| same_array(call, &DISTINCT), "array_distinct(array) - Removes duplicate values from the array.", &["SELECT array_distinct(array(1, 2, 3, null, 3))"]),
    Function::scalar("array_union", ARRAY, |call| two_arrays(call, &UNION, None), "array_union(array1, array2) - Returns an array of the elements in the union of array1 and array2, without duplicates.", &["SELECT array_union(array(1, 2, 3), array(1, 3, 5))"]),
    Function::scalar("array_intersect", ARRAY, |call| two_arrays(call, &INTERSECT, None), "array_intersect(array1, array2) - Returns an array of the elements in the intersection of array1 and array2, without duplicates.", &["SELECT array_intersect(array(1, 2, 3), array(1, 3, 5))"]),
    Function::scalar("array_except", ARRAY, |call| two_arrays(call, &EXCEPT, None), "array_except(array1, array2) - Returns an array of the elements in array1 but not in array2, without duplicates.", &["SELECT array_except(array(1, 2, 3), array(1, 3, 5))"]),
    Function::scalar("arrays_overlap", ARRAY, |call| two_arrays(call, &OVERLAP, Some(DataType::Boolean)), "arrays_overlap(a1, a2) - Returns true if a1 contains at least a non-null element present also in a2. If the arrays have no common element and they are both non-empty and either of them contains a null element null is returned, false otherwise.", &["SELECT arrays_overlap(array(1, 2, 3), array(3, 4, 5))"]),
    Function::scalar("sort_array", ARRAY, sort_array, "sort_array(array[, ascendingOrder]) - Sorts the input array in ascending or descending order according to the natural ordering of the array elements. NaN is greater than any non-NaN elements for double/float type.", &["SELECT sort_array(array('b', 'd', null, 'c', 'a'), true)", "SELECT sort_array(array('b', 'd', null, 'c', 'a'), false)"]),
    Function::scalar("array_min", ARRAY, |call| extreme(call, &MIN), "array_min(array) - Returns the minimum value in the array. NaN is greater than any non-NaN elements for double/float type. NULL elements are skipped.", &["SELECT array_min(array(1, 20, null, 3))"]),
    Function::scalar("array_max", ARRAY, |call| extreme(call, &MAX), "array_max(array) - Returns the maximum value in the array. NaN is greater than any non-NaN elements for double/float type. NULL elements are skipped.", &["SELECT array_max(array(1, 20, null, 3))"]),
    Function::scalar("array_join", ARRAY, array_join, "array_join(array, delimiter[, nullReplacement]) - Concatenates the elements of the given array using the delimiter and an optional string to replace nulls. If no value is set for nullReplacement, any null value is filtered.", &["SELECT array_join(array('hello', 'world'), ' ')", "SELECT array_join(array('hello', null ,'world'), ' ')"]),
    Function::scalar("array_repeat", ARRAY, array_repeat, "array_repeat(element, count) - Returns the array containing element count times.", &["SELECT array_repeat('123', 2)"]),
    Function::scalar("flatten", ARRAY, flatten, "flatten(arrayOfArrays) - Transforms an array of arrays into a single array.", &["SELECT flatten(array(array(1, 2), array(3, 4)))"]),
    Function::scalar("slice", ARRAY, slice, "slice(x, start, length) - Subsets array x starting from index start (array indices start at 1, or starting from the end if start is negative) with the specified length.", &["SELECT slice(array(1, 2, 3, 4), 2, 2)", "SELECT slice(array(1, 2, 3, 4), -2, 2)"]),
    Function::scalar("reverse", COLLECTION, reverse, "reverse(array) - Returns a reversed string or an array with reverse order of elements.", &["SELECT reverse('Spark SQL')", "SELECT reverse(array(2, 1, 4, 3))"]),
    Function::scalar("concat", COLLECTION, concat, "concat(col1, col2, ..., colN) - Returns the concatenation of col1, col2, ..., colN.", &["SELECT concat('Spark', 'SQL')", "SELECT concat(array(1, 2, 3), array(4, 5), array(6))"]),
    Function::scalar("element_at", COLLECTION, |call| places::element_at(call, false), "element_at(array, index) - Returns element of array at given (1-based) index. If Index is 0, Spark will throw an error. If index < 0, accesses elements from the last to the first. The function returns NULL if the index exceeds the length of the array and `spark.sql.ansi.enabled` is set to false.", &["SELECT element_at(array(1, 2, 3), 2)", "SELECT element_at(map(1, 'a', 2, 'b'), 2)"]),
    Function::scalar("try_element_at", COLLECTION, |call| places::element_at(call, true), "try_element_at(array, index) - Returns element of array at given (1-based) index. If Index is 0, Spark will throw an error. If index < 0, accesses elements from the last to the first. The function always returns NULL if the index exceeds the length of the array. try_element_at(map, key) - Returns value for given key.", &["SELECT try_element_at(array(1, 2, 3), 2)", "SELECT try_element_at(map(1, 'a', 2, 'b'), 2)"]),
    Function::scalar("get", ARRAY, places::get, "get(array, index) - Returns element of array at given (0-based) index. If the index points outside of the array boundaries, then this function returns NULL.", &["SELECT get(array(1, 2, 3), 0)", "SELECT get(array(1, 2, 3), 3)"]),
    Function::scalar("sequence", ARRAY, places::sequence, "sequence(start, stop, step) - Generates an array of elements from start to stop (inclusive), incrementing by step. The type of the returned elements is the same as the type of argument expressions. Supported types are: byte, short, integer, long, date, timestamp. The start and stop expressions must resolve to the same type.", &["SELECT sequence(1, 5)", "SELECT sequence(5, 1)"]),
    Function::scalar("map", MAP, maps::map, "map(key0, value0, key1, value1, ...) - Creates a map with the given key/value pairs.", &["SELECT map(1.0, '2', 3.0, '4')"]),
    Function::scalar("map_keys", MAP, |call| map_part(call, true), "map_keys(map) - Returns an unordered array containing the keys of the map.", &["SELECT map_keys(map(1, 'a', 2, 'b'))"]),
    Function::scalar("map_values", MAP, |call| map_part(call, false), "map_values(map) - Returns an unordered array containing the values of the map.", &["SELECT map_values(map(1, 'a', 2, 'b'))"]),
    Function::scalar("map_from_arrays", MAP, maps::from_arrays, "map_from_arrays(keys, values) - Creates a map with a pair of the given key/value arrays. All elements in keys should not be null", &["SELECT map_from_arrays(array(1.0, 3.0), array('2', '4'))"]),
    Function::scalar("array_insert", ARRAY, lists::bind_insert, "array_insert(x, pos, val) - Places val into index pos of array x. Array indices start at 1. The maximum negative index is -1 for which the function inserts new element after the current last element. Index above array size appends the array, or prepends the array if index is negative, with 'null' elements.", &["SELECT array_insert(array(1, 2, 3, 4), 5, 5)"]),
    Function::scalar("arrays_zip", ARRAY, lists::bind_zip, "arrays_zip(a1, a2, ...) - Returns a merged array of structs in which the N-th struct contains all N-th values of input arrays.", &["SELECT arrays_zip(array(1, 2, 3), array(2, 3, 4))"]),
    Function::scalar("shuffle", ARRAY, crate::functions::math::random::bind_shuffle, "shuffle(array[, seed]) - Returns a random permutation of the given array.", &["SELECT shuffle(array(1, 20, 3, 5))"]),
    Function::scalar("array_sort", ARRAY, |call| same_array(call, &lists::SORT_NULLS_LAST), "array_sort(expr, func) - Sorts the input array. If func is omitted, sort in ascending order. The elements of the input array must be orderable. NaN is greater than any non-NaN elements for double/float type. Null elements will be placed at the end of the returned array.", &["SELECT array_sort(array('b', 'd', null, 'c', 'a'))"]),
    Function::scalar("map_from_entries", MAP, maps::from_entries, "map_from_entries(arrayOfEntries) - Returns a map created from the given array of entries.", &["SELECT map_from_entries(array(struct(1, 'a'), struct(2, 'b')))"]),
    Function::scalar("map_entries", MAP, maps::entries, "map_entries(map) - Returns an unordered array of all entries in the given map.", &["SELECT map_entries(map(1, 'a', 2, 'b'))"]),
    Function::scalar("map_concat", MAP, maps::concat, "map_concat(map, ...) - Returns the union of all the given maps", &["SELECT map_concat(map(1, 'a', 2, 'b'), map(3, 'c'))"]),
    Function::scalar("map_contains_key", MAP, maps::contains_key, "map_contains_key(map, key) - Returns true if the map contains the key.", &["SELECT map_contains_key(map(1, 'a', 2, 'b'), 1)"]),
    Function::scalar("str_to_map", MAP, maps::from_text, "str_to_map(text[, pairDelim[, keyValueDelim]]) - Creates a map after splitting the text into key/value pairs using delimiters. Default delimiters are ',' for `pairDelim` and ':' for `keyValueDelim`. Both `pairDelim` and `keyValueDelim` are treated as regular expressions.", &["SELECT str_to_map('a:1,b:2,c:3', ',', ':')"]),
    Function::scalar("struct", Family::Struct, named_struct, "struct(col1, col2, col3, ...) - Creates a struct with the given field values.", &["SELECT struct(1, 2, 3)"]),
    Function::scalar("named_struct", Family::Struct, named_struct, "named_struct(name1, val1, name2, val2, ...) - Creates a struct with the given field names and values.", &["SELECT named_struct(\"a\", 1, \"b\", 2, \"c\", 3)"]),
];

static SIZE: Kernel = Kernel::new("size", elements::size);
static ARRAY_SIZE: Kernel = Kernel::new("array_size", elements::size);
static CONTAINS: Kernel = Kernel::new("array_contains", elements::contains);
static POSITION: Kernel = Kernel::new("array_position", elements::position);
static REMOVE: Kernel = Kernel::new("array_remove", elements::remove);
static APPEND: Kernel = Kernel::new("array_append", elements::append);
static PREPEND: Kernel = Kernel::new("array_prepend", elements::prepend);
static COMPACT: Kernel = Kernel::new("array_compact", elements::compact);
static DISTINCT: Kernel = Kernel::new("array_distinct", elements::distinct);
static UNION: Kernel = Kernel::new("array_union", elements::union);
static INTERSECT: Kernel = Kernel::new("array_intersect", elements::intersect);
static EXCEPT: Kernel = Kernel::new("array_except", elements::except);
static OVERLAP: Kernel = Kernel::new("arrays_overlap", elements::overlap);
static SORT: Kernel = Kernel::new("sort_array", elements::sort);
static MIN: Kernel = Kernel::new("array_min", elements::min);
static MAX: Kernel = Kernel::new("array_max", elements::max);
static JOIN: Kernel = Kernel::new("array_join", elements::join);
static REPEAT: Kernel = Kernel::new("array_repeat", elements::repeat).fallible();
static FLATTEN: Kernel = Kernel::new("flatten", elements::flatten);
static SLICE: Kernel = Kernel::new("slice", elements::slice).fallible();
static REVERSE: Kernel = Kernel::new("array_reverse", elements::reverse);
static CONCAT: Kernel = Kernel::new("array_concat", elements::concat);

pub static KERNELS: &[&Kernel] = &[
    &SIZE,
    &ARRAY_SIZE,
    &CONTAINS,
    &POSITION,
    &REMOVE,
    &APPEND,
    &PREPEND,
    &COMPACT,
    &DISTINCT,
    &UNION,
    &INTERSECT,
    &EXCEPT,
    &OVERLAP,
    &SORT,
    &MIN,
    &MAX,
    &JOIN,
    &REPEAT,
    &FLATTEN,
    &SLICE,
    &REVERSE,
    &CONCAT,
    &lists::INSERT,
    &lists::ZIP,
    &lists::MAKE,
    &maps::SORTED,
    &lists::SORT_NULLS_LAST,
    &maps::MAP,
    &maps::FROM_ARRAYS,
    &maps::FROM_ENTRIES,
    &maps::ENTRIES,
    &maps::CONCAT,
    &maps::CONTAINS_KEY,
    &maps::FROM_TEXT,
    &places::ELEMENT_AT,
    &places::GET,
    &places::SEQUENCE,
    &calendar::SEQUENCE,
];

fn is_array(typed: &Typed) -> bool {
    matches!(typed.data_type, DataType::Array { .. })
}

/// The type of an array's elements.
fn element(array: &DataType) -> DataType {
    match array {
        DataType::Array { element, .. } => element.as_ref().clone(),
        _ => DataType::Null,
    }
}

/// The type that two types meet in; strings stay strings, numbers numbers.
type CommonType = fn(&DataType, &DataType, bool) -> Option<DataType>;

/// An array as our layout has it: any element may be NULL.
fn loose(call: &Call<'_>, n: usize) -> Result<Typed> {
    let array = call.expect(n, &Expected::Array)?;
    let data_type = DataType::array(element(&array.data_type));
    Ok(Typed { data_type, ..array })
}

fn array(call: &Call<'_>) -> Result<Typed> {
    let (members, data_type) = match call.arguments {
        [] => (Vec::new(), DataType::Null),
        some => call.common_type(0..some.len())?,
    };
    Ok(array_of(call, members, data_type))
}

/// An array of values of one type.
pub fn array_of(call: &Call<'_>, members: Vec<Typed>, element: DataType) -> Typed {
    let contains_null = members.iter().any(|member| member.nullable);
    let is_plain = element.is_atomic() || element == DataType::Null;
    let data_type = DataType::Array { element: Box::new(element), contains_null };
    if !is_plain {
        return call.kernel(&lists::MAKE, members, data_type, false);
    }
    let members = members.into_iter().map(|member| member.expr).collect();
    Typed { expr: df::make_array::make_array_udf().call(members), data_type, nullable: false }
}

fn size(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.expect(0, &Expected::OneOf(&[Expected::Array, Expected::Map]))?;
    // Outside ANSI mode NULL has the size -1.
    let nullable = call.context.ansi && argument.nullable;
    Ok(call.kernel(&SIZE, vec![argument], DataType::Int, nullable))
}

fn of_array(call: &Call<'_>, kernel: &'static Kernel, returns: DataType) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = loose(call, 0)?;
    Ok(call.kernel(kernel, vec![argument], returns, true))
}

fn same_array(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = loose(call, 0)?;
    let (returns, nullable) = (argument.data_type.clone(), argument.nullable);
    Ok(call.kernel(kernel, vec![argument], returns, nullable))
}

/// An array and a value that could be its element.
fn with_element(
    call: &Call<'_>,
    kernel: &'static Kernel,
    returns: Option<DataType>,
    common: CommonType,
) -> Result<Typed> {
    call.count(2..=2)?;
    let value = call.argument(1).clone();
    let (of_null, null) = (call.argument(0).data_type == DataType::Null, value.data_type == DataType::Null);
    if returns.is_some() && of_null || returns == Some(DataType::Boolean) && null {
        let why = format!("Null typed values cannot be used as arguments of `{}`", call.name.to_lowercase());
        return Err(call.mismatch("NULL_TYPE", &why));
    }
    if of_null && !call.name.eq_ignore_ascii_case("array_remove") {
        return Err(call.unexpected_type(0, "\"ARRAY\""));
    }
    let array = loose(call, 0)?;
    let common = if of_null { None } else { common(&element(&array.data_type), &value.data_type, call.context.ansi) };
    let Some(common) = common else {
        return Err(call.mismatch(
            "ARRAY_FUNCTION_DIFF_TYPES",
            &format!(
                "Input to `{}` should have been \"ARRAY\" followed by a value with same element type, but it's \
                 [\"{}\", \"{}\"]",
                call.name.to_lowercase(),
                call.argument(0).data_type,
                value.data_type
            ),
        ));
    };
    let list = DataType::array(common.clone());
    let nullable = array.nullable || value.nullable || returns == Some(DataType::Boolean);
    let arguments = vec![call.to(array, &list)?, call.to(value, &common)?];
    Ok(call.kernel(kernel, arguments, returns.unwrap_or(list), nullable))
}

fn two_arrays(call: &Call<'_>, kernel: &'static Kernel, returns: Option<DataType>) -> Result<Typed> {
    call.count(2..=2)?;
    let different = || {
        call.mismatch(
            "BINARY_ARRAY_DIFF_TYPES",
            &format!(
                "Input to function `{}` should have been two \"ARRAY\" with same element type, but it's [\"{}\", \"{}\"]",
                call.name.to_lowercase(),
                call.argument(0).data_type,
                call.argument(1).data_type
            ),
        )
    };
    if call.arguments.iter().any(|argument| argument.data_type == DataType::Null) {
        return Err(different());
    }
    let (left, right) = (loose(call, 0)?, loose(call, 1)?);
    let nullable = left.nullable || right.nullable || returns.is_some();
    let list = tightest_common_type(&left.data_type, &right.data_type, call.context.ansi).ok_or_else(different)?;
    let arguments = vec![call.to(left, &list)?, call.to(right, &list)?];
    Ok(call.kernel(kernel, arguments, returns.unwrap_or(list), nullable))
}

/// `sort_array(array[, ascending])`
fn sort_array(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=2)?;
    let mut arguments = vec![loose(call, 0)?];
    if call.arguments.len() == 2 {
        if !matches!(call.argument(1).data_type, DataType::Boolean | DataType::Null) {
            return Err(call.unexpected_type(1, "\"BOOLEAN\""));
        }
        arguments.push(call.cast(1, &DataType::Boolean)?);
    }
    let returns = arguments[0].data_type.clone();
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&SORT, arguments, returns, nullable))
}

fn extreme(call: &Call<'_>, kernel: &'static Kernel) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = loose(call, 0)?;
    let returns = element(&argument.data_type);
    Ok(call.kernel(kernel, vec![argument], returns, true))
}

fn array_join(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let mut arguments = vec![call.cast(0, &DataType::array(DataType::String))?];
    for n in 1..call.arguments.len() {
        arguments.push(call.cast(n, &DataType::String)?);
    }
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&JOIN, arguments, DataType::String, nullable))
}

fn array_repeat(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let value = call.argument(0).clone();
    let returns = DataType::array(value.data_type.clone());
    let count = call.cast(1, &DataType::Int)?;
    let nullable = count.nullable;
    Ok(call.kernel(&REPEAT, vec![value, count], returns, nullable))
}

fn flatten(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = loose(call, 0)?;
    let DataType::Array { element: inner, .. } = element(&argument.data_type) else {
        return Err(call.unexpected_type(0, "\"ARRAY\" of \"ARRAY\""));
    };
    let list = DataType::array(DataType::array(inner.as_ref().clone()));
    let argument = Typed { data_type: list, ..argument };
    Ok(call.kernel(&FLATTEN, vec![argument], DataType::Array { element: inner, contains_null: true }, true))
}

fn slice(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=3)?;
    let arguments = vec![loose(call, 0)?, call.cast(1, &DataType::Int)?, call.cast(2, &DataType::Int)?];
    let returns = arguments[0].data_type.clone();
    let nullable = arguments.iter().any(|argument| argument.nullable);
    Ok(call.kernel(&SLICE, arguments, returns, nullable))
}

fn reverse(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    if is_array(call.argument(0)) { same_array(call, &REVERSE) } else { super::strings::reverse(call) }
}

fn concat(call: &Call<'_>) -> Result<Typed> {
    if !call.arguments.iter().any(is_array) {
        return super::strings::concat(call);
    }
    let (arguments, data_type) = call.common_type(0..call.arguments.len())?;
    let list = DataType::array(element(&data_type));
    let nullable = arguments.iter().any(|argument| argument.nullable);
    let arguments = arguments.into_iter().map(|array| Typed { data_type: list.clone(), ..array }).collect();
    Ok(call.kernel(&CONCAT, arguments, list, nullable))
}

fn map_part(call: &Call<'_>, keys: bool) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.expect(0, &Expected::Map)?;
    let DataType::Map { key, value, value_contains_null } = argument.data_type else {
        return Err(call.unexpected_type(0, "\"MAP\""));
    };
    let (function, data_type) = match keys {
        true => (df::map_keys::map_keys_udf(), DataType::Array { element: key, contains_null: false }),
        false => {
            (df::map_values::map_values_udf(), DataType::Array { element: value, contains_null: value_contains_null })
        }
    };
    Ok(Typed { expr: function.call(vec![argument.expr]), data_type, nullable: argument.nullable })
}

fn make_struct(named: Vec<(String, Typed)>) -> Typed {
    let fields = named.iter().map(|(name, typed)| StructField {
        nullable: typed.nullable,
        ..StructField::new(name, typed.data_type.clone())
    });
    let data_type = DataType::Struct(fields.collect());
    let arguments = named.into_iter().flat_map(|(name, typed)| [lit(name), typed.expr]).collect();
    Typed { expr: datafusion::functions::core::named_struct().call(arguments), data_type, nullable: false }
}

fn named_struct(call: &Call<'_>) -> Result<Typed> {
    let count = call.arguments.len();
    if count == 0 || !count.is_multiple_of(2) {
        call.count(count + 1..=count + 1)?;
    }
    let named = (0..count).step_by(2).map(|n| match call.literal_string(n, "name")? {
        Some(name) => Ok((name, call.argument(n + 1).clone())),
        None => Err(call.mismatch("UNEXPECTED_NULL", "The field names must not be null")),
    });
    Ok(make_struct(named.collect::<Result<_>>()?))
}
