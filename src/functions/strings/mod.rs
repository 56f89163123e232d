//! The functions of strings and bytes.

pub mod bytes;
mod casing;
mod encoding;
mod formatting;
mod joining;
pub mod number_pattern;
mod searching;
pub mod slicing;

use super::{Body, Call, Expected, Family, Function, Kernel, Typed};
use crate::error::Result;
use crate::types::DataType;

pub use encoding::from_hex;

const TEXT: Expected = Expected::Type(STRING);
const BYTES: Expected = Expected::Type(DataType::Binary);
const INT: Expected = Expected::Type(DataType::Int);
const LONG: Expected = Expected::Type(DataType::Long);
const TEXT_OR_BYTES: Expected = Expected::OneOf(&[TEXT, BYTES]);
const STRING: DataType = DataType::String;
const FAMILY: Family = Family::String;

pub static FUNCTIONS: &[Function] = &[
    Function::scalar("substring", FAMILY, |call| text_or_bytes(call, &SUBSTRING, &SUBSTRING_BYTES, &[INT, INT], 1), "substring(str, pos[, len]) - Returns the substring of `str` that starts at `pos` and is of length `len`, or the slice of byte array that starts at `pos` and is of length `len`.", &["SELECT substring('Spark SQL', 5)", "SELECT substring('Spark SQL', -3)"])
        .aliases(&["substr"]),
    Function::scalar("left", FAMILY, |call| text_or_bytes(call, &LEFT, &LEFT_BYTES, &[INT], 0), "left(str, len) - Returns the leftmost `len`(`len` can be string type) characters from the string `str`,if `len` is less or equal than 0 the result is an empty string.", &["SELECT left('Spark SQL', 3)", "SELECT left(encode('Spark SQL', 'utf-8'), 3)"]),
    Function::kernel("right", FAMILY, &[TEXT, INT], STRING, slicing::right, "right(str, len) - Returns the rightmost `len`(`len` can be string type) characters from the string `str`,if `len` is less or equal than 0 the result is an empty string.", &["SELECT right('Spark SQL', 3)"]),
    Function::kernel("substring_index", FAMILY, &[TEXT, TEXT, INT], STRING, slicing::substring_index, "substring_index(str, delim, count) - Returns the substring from `str` before `count` occurrences of the delimiter `delim`. If `count` is positive, everything to the left of the final delimiter (counting from the left) is returned.", &["SELECT substring_index('www.apache.org', '.', 2)"]),
    Function::kernel("split_part", FAMILY, &[TEXT, TEXT, INT], STRING, slicing::split_part, "split_part(str, delimiter, partNum) - Splits `str` by delimiter and return requested part of the split (1-based). If any input is null, returns null. if `partNum` is out of range of split parts, returns empty string. If `partNum` is 0, throws an error.", &["SELECT split_part('11.12.13', '.', 3)"]).fallible(),
    Function::kernel("trim", FAMILY, &[TEXT, TEXT], STRING, slicing::trim, "trim(str) - Removes the leading and trailing space characters from `str`. trim(BOTH FROM str) - Removes the leading and trailing space characters from `str`. trim(LEADING FROM str) - Removes the leading space characters from `str`. trim(TRAILING FROM str) - Removes the trailing space characters from `str`.", &["SELECT trim('    SparkSQL   ')", "SELECT trim(BOTH FROM '    SparkSQL   ')"]).optional(1),
    Function::kernel("ltrim", FAMILY, &[TEXT, TEXT], STRING, slicing::ltrim, "ltrim(str) - Removes the leading space characters from `str`.", &["SELECT ltrim('    SparkSQL   ')"]).optional(1),
    Function::kernel("rtrim", FAMILY, &[TEXT, TEXT], STRING, slicing::rtrim, "rtrim(str) - Removes the trailing space characters from `str`.", &["SELECT rtrim('    SparkSQL   ')"]).optional(1),
    Function::kernel("btrim", FAMILY, &[TEXT, TEXT], STRING, slicing::btrim, "btrim(str) - Removes the leading and trailing space characters from `str`. btrim(str, trimStr) - Remove the leading and trailing `trimStr` characters from `str`.", &["SELECT btrim('    SparkSQL   ')", "SELECT btrim(encode('    SparkSQL   ', 'utf-8'))"]).optional(1),
    Function::scalar("overlay", FAMILY, bind_overlay, "overlay(input, replace, pos[, len]) - Replace `input` with `replace` that starts at `pos` and is of length `len`.", &["SELECT overlay('Spark SQL' PLACING '_' FROM 6)", "SELECT overlay('Spark SQL' PLACING 'CORE' FROM 7)"]),
    Function::kernel("upper", FAMILY, &[TEXT], STRING, casing::upper, "upper(str) - Returns `str` with all characters changed to uppercase.", &["SELECT upper('SparkSql')"]).aliases(&["ucase"]),
    Function::kernel("lower", FAMILY, &[TEXT], STRING, casing::lower, "lower(str) - Returns `str` with all characters changed to lowercase.", &["SELECT lower('SparkSql')"]).aliases(&["lcase"]),
    Function::kernel("initcap", FAMILY, &[TEXT], STRING, casing::initcap, "initcap(str) - Returns `str` with the first letter of each word in uppercase. All other letters are in lowercase. Words are delimited by white space.", &["SELECT initcap('sPark sql')"]),
    Function::kernel("repeat", FAMILY, &[TEXT, INT], STRING, casing::repeat, "repeat(str, n) - Returns the string which repeats the given string value n times.", &["SELECT repeat('123', 2)"]).fallible(),
    Function::kernel("space", FAMILY, &[INT], STRING, casing::space, "space(n) - Returns a string consisting of `n` spaces.", &["SELECT concat(space(2), '1')"]),
    Function::scalar("lpad", FAMILY, |call| bind_pad(call, &LPAD, &LPAD_BYTES), "lpad(str, len[, pad]) - Returns `str`, left-padded with `pad` to a length of `len`. If `str` is longer than `len`, the return value is shortened to `len` characters or bytes. If `pad` is not specified, `str` will be padded to the left with space characters if it is a character string, and with zeros if it is a byte sequence.", &["SELECT lpad('hi', 5, '??')", "SELECT lpad('hi', 1, '??')"]),
    Function::scalar("rpad", FAMILY, |call| bind_pad(call, &RPAD, &RPAD_BYTES), "rpad(str, len[, pad]) - Returns `str`, right-padded with `pad` to a length of `len`. If `str` is longer than `len`, the return value is shortened to `len` characters. If `pad` is not specified, `str` will be padded to the right with space characters if it is a character string, and with zeros if it is a binary string.", &["SELECT rpad('hi', 5, '??')", "SELECT rpad('hi', 1, '??')"]),
    Function::kernel("replace", FAMILY, &[TEXT, TEXT, TEXT], STRING, casing::replace, "replace(str, search[, replace]) - Replaces all occurrences of `search` with `replace`.", &["SELECT replace('ABCabc', 'abc', 'DEF')"]).optional(1),
    Function::kernel("translate", FAMILY, &[TEXT, TEXT, TEXT], STRING, casing::translate, "translate(input, from, to) - Translates the `input` string by replacing the characters present in the `from` string with the corresponding characters in the `to` string.", &["SELECT translate('AaBbCc', 'abc', '123')"]),
    Function::scalar("mask", FAMILY, bind_mask, "mask(input[, upperChar, lowerChar, digitChar, otherChar]) - masks the given string value. The function replaces characters with 'X' or 'x', and numbers with 'n'. This can be useful for creating copies of tables with sensitive information removed.", &["SELECT mask('abcd-EFGH-8765-4321')", "SELECT mask('abcd-EFGH-8765-4321', 'Q')"]),
    Function::kernel("soundex", FAMILY, &[TEXT], STRING, casing::soundex, "soundex(str) - Returns Soundex code of the string.", &["SELECT soundex('Miller')"]),
    Function::scalar("length", FAMILY, |call| text_or_bytes_to(call, &LENGTH, &OCTET_LENGTH_BYTES), "length(expr) - Returns the character length of string data or number of bytes of binary data. The length of string data includes the trailing spaces. The length of binary data includes binary zeros.", &["SELECT length('Spark SQL ')", "SELECT length(x'537061726b2053514c')"])
        .aliases(&["char_length", "character_length", "len"]),
    Function::scalar("octet_length", FAMILY, |call| text_or_bytes_to(call, &OCTET_LENGTH, &OCTET_LENGTH_BYTES), "octet_length(expr) - Returns the byte length of string data or number of bytes of binary data.", &["SELECT octet_length('Spark SQL')", "SELECT octet_length(x'537061726b2053514c')"]),
    Function::scalar("bit_length", FAMILY, |call| text_or_bytes_to(call, &BIT_LENGTH, &BIT_LENGTH_BYTES), "bit_length(expr) - Returns the bit length of string data or number of bits of binary data.", &["SELECT bit_length('Spark SQL')", "SELECT bit_length(x'537061726b2053514c')"]),
    Function::kernel("locate", FAMILY, &[TEXT, TEXT, INT], DataType::Int, searching::locate, "locate(substr, str[, pos]) - Returns the position of the first occurrence of `substr` in `str` after position `pos`. The given `pos` and return value are 1-based.", &["SELECT locate('bar', 'foobarbar')", "SELECT locate('bar', 'foobarbar', 5)"])
        .aliases(&["position", "charindex"])
        .optional(1),
    Function::kernel("instr", FAMILY, &[TEXT, TEXT], DataType::Int, searching::instr, "instr(str, substr) - Returns the (1-based) index of the first occurrence of `substr` in `str`.", &["SELECT instr('SparkSQL', 'SQL')"]),
    Function::scalar("contains", FAMILY, |call| bind_match(call, &CONTAINS, &CONTAINS_BYTES), "contains(left, right) - Returns a boolean. The value is True if right is found inside left. Returns NULL if either input expression is NULL. Otherwise, returns False. Both left or right must be of STRING or BINARY type.", &["SELECT contains('Spark SQL', 'Spark')", "SELECT contains('Spark SQL', 'SPARK')"]),
    Function::scalar("startswith", FAMILY, bind_starts_with, "startswith(left, right) - Returns a boolean. The value is True if left starts with right. Returns NULL if either input expression is NULL. Otherwise, returns False. Both left or right must be of STRING or BINARY type.", &["SELECT startswith('Spark SQL', 'Spark')", "SELECT startswith('Spark SQL', 'SQL')"]),
    Function::scalar("endswith", FAMILY, |call| bind_match(call, &ENDS_WITH, &ENDS_WITH_BYTES), "endswith(left, right) - Returns a boolean. The value is True if left ends with right. Returns NULL if either input expression is NULL. Otherwise, returns False. Both left or right must be of STRING or BINARY type.", &["SELECT endswith('Spark SQL', 'SQL')", "SELECT endswith('Spark SQL', 'Spark')"]),
    Function::kernel("find_in_set", FAMILY, &[TEXT, TEXT], DataType::Int, searching::find_in_set, "find_in_set(str, str_array) - Returns the index (1-based) of the given string (`str`) in the comma-delimited list (`str_array`). Returns 0, if the string was not found or if the given string (`str`) contains a comma.", &["SELECT find_in_set('ab','abc,b,ab,c,def')"]),
    Function::kernel("ascii", FAMILY, &[TEXT], DataType::Int, searching::ascii, "ascii(str) - Returns the numeric value of the first character of `str`.", &["SELECT ascii('222')", "SELECT ascii(2)"]),
    Function::kernel("levenshtein", FAMILY, &[TEXT, TEXT, INT], DataType::Int, searching::levenshtein, "levenshtein(str1, str2[, threshold]) - Returns the Levenshtein distance between the two given strings. If threshold is set and distance more than it, return -1.", &["SELECT levenshtein('kitten', 'sitting')", "SELECT levenshtein('kitten', 'sitting', 2)"]).optional(1),
    Function::kernel("luhn_check", FAMILY, &[TEXT], DataType::Boolean, searching::luhn_check, "luhn_check(str ) - Checks that a string of digits is valid according to the Luhn algorithm. This checksum function is widely applied on credit card numbers and government identification numbers to distinguish valid numbers from mistyped, incorrect numbers.", &["SELECT luhn_check('8112189876')", "SELECT luhn_check('79927398713')"]),
    Function::scalar("is_valid_utf8", FAMILY, bytes::bind_is_valid, "is_valid_utf8(str) - Returns true if `str` is a valid UTF-8 string, otherwise returns false.", &["SELECT is_valid_utf8('Spark')", "SELECT is_valid_utf8(x'61')"]),
    Function::scalar("make_valid_utf8", FAMILY, |call| bytes::bind_validate(call, "make"), "make_valid_utf8(str) - Returns the original string if `str` is a valid UTF-8 string, otherwise returns a new string whose invalid UTF8 byte sequences are replaced using the UNICODE replacement character U+FFFD.", &["SELECT make_valid_utf8('Spark')", "SELECT make_valid_utf8(x'61')"]),
    Function::scalar("validate_utf8", FAMILY, |call| bytes::bind_validate(call, "strict"), "validate_utf8(str) - Returns the original string if `str` is a valid UTF-8 string, otherwise throws an exception.", &["SELECT validate_utf8('Spark')", "SELECT validate_utf8(x'61')"]),
    Function::scalar("try_validate_utf8", FAMILY, |call| bytes::bind_validate(call, "try"), "try_validate_utf8(str) - Returns the original string if `str` is a valid UTF-8 string, otherwise returns NULL.", &["SELECT try_validate_utf8('Spark')", "SELECT try_validate_utf8(x'61')"]),
    Function::scalar("concat_ws", FAMILY, bind_concat_ws, "concat_ws(sep[, str | array(str)]+) - Returns the concatenation of the strings separated by `sep`, skipping null values.", &["SELECT concat_ws(' ', 'Spark', 'SQL')", "SELECT concat_ws('s')"]),
    Function::scalar("elt", FAMILY, bind_elt, "elt(n, input1, input2, ...) - Returns the `n`-th input, e.g., returns `input2` when `n` is 2. The function returns NULL if the index exceeds the length of the array and `spark.sql.ansi.enabled` is set to false. If `spark.sql.ansi.enabled` is set to true, it throws ArrayIndexOutOfBoundsException for invalid indices.", &["SELECT elt(1, 'scala', 'java')", "SELECT elt(2, 'a', 1)"]),
    Function::scalar("split", FAMILY, bind_split, "split(str, regex, limit) - Splits `str` around occurrences that match `regex` and returns an array with a length of at most `limit`", &["SELECT split('oneAtwoBthreeC', '[ABC]')", "SELECT split('oneAtwoBthreeC', '[ABC]', -1)"]),
    Function::scalar("sentences", FAMILY, bind_sentences, "sentences(str[, lang[, country]]) - Splits `str` into an array of array of words.", &["SELECT sentences('Hi there! Good morning.')", "SELECT sentences('Hi there! Good morning.', 'en')"]),
    Function::scalar("hex", Family::Math, bind_hex, "hex(expr) - Converts `expr` to hexadecimal.", &["SELECT hex(17)", "SELECT hex('Spark SQL')"]),
    Function::kernel("unhex", Family::Math, &[TEXT], DataType::Binary, encoding::unhex, "unhex(expr) - Converts hexadecimal `expr` to binary.", &["SELECT decode(unhex('537061726B2053514C'), 'UTF-8')"]).nullable(),
    Function::kernel("base64", FAMILY, &[BYTES], STRING, encoding::base64, "base64(bin) - Converts the argument from a binary `bin` to a base 64 string.", &["SELECT base64('Spark SQL')", "SELECT base64(x'537061726b2053514c')"]),
    Function::kernel("unbase64", FAMILY, &[TEXT], DataType::Binary, encoding::unbase64, "unbase64(str) - Converts the argument from a base 64 string `str` to a binary.", &["SELECT unbase64('U3BhcmsgU1FM')"]).fallible(),
    Function::kernel("chr", FAMILY, &[LONG], STRING, encoding::chr, "chr(expr) - Returns the ASCII character having the binary equivalent to `expr`. If n is larger than 256 the result is equivalent to chr(n % 256)", &["SELECT chr(65)"]).aliases(&["char"]),
    Function::kernel("encode", FAMILY, &[TEXT, TEXT], DataType::Binary, encoding::encode, "encode(str, charset) - Encodes the first argument using the second argument character set. If either argument is null, the result will also be null.", &["SELECT encode('abc', 'utf-8')"]).fallible(),
    Function::scalar("decode", FAMILY, bind_decode, "decode(bin, charset) - Decodes the first argument using the second argument character set. If either argument is null, the result will also be null. decode(expr, search, result [, search, result ] ... [, default]) - Compares expr to each search value in order.", &["SELECT decode(encode('abc', 'utf-8'), 'utf-8')", "SELECT decode(2, 1, 'Southlake', 2, 'San Francisco', 3, 'New Jersey', 4, 'Seattle', 'Non domestic')"]),
    Function::scalar("format_number", FAMILY, bind_format_number, "format_number(expr1, expr2) - Formats the number `expr1` like '#,###,###.##', rounded to `expr2` decimal places. If `expr2` is 0, the result has no decimal point or fractional part. `expr2` also accept a user specified format. This is supposed to function like MySQL's FORMAT.", &["SELECT format_number(12332.123456, 4)", "SELECT format_number(12332.123456, '##################.###')"]),
    Function::scalar("format_string", FAMILY, bind_format_string, "format_string(strfmt, obj, ...) - Returns a formatted string from printf-style format strings.", &["SELECT format_string(\"Hello World %d %s\", 100, \"days\")"]).aliases(&["printf"]),
    Function::scalar("to_number", FAMILY, |call| number_pattern::bind_to_number(call, false), "to_number(expr, fmt) - Convert string 'expr' to a number based on the string format 'fmt'. Throws an exception if the conversion fails. The format can consist of the following characters, case insensitive: '0' or '9': Specifies an expected digit between 0 and 9.", &["SELECT to_number('454', '999')", "SELECT to_number('454.00', '000.00')"]),
    Function::scalar("try_to_number", FAMILY, |call| number_pattern::bind_to_number(call, true), "try_to_number(expr, fmt) - Convert string 'expr' to a number based on the string format `fmt`. Returns NULL if the string 'expr' does not match the expected format. The format follows the same semantics as the to_number function.", &["SELECT try_to_number('454', '999')", "SELECT try_to_number('454.00', '000.00')"]),
    Function::scalar("to_binary", FAMILY, |call| bytes::bind_to_binary(call, false), "to_binary(str[, fmt]) - Converts the input `str` to a binary value based on the supplied `fmt`. `fmt` can be a case-insensitive string literal of \"hex\", \"utf-8\", \"utf8\", or \"base64\". By default, the binary format for conversion is \"hex\" if `fmt` is omitted.", &["SELECT to_binary('abc', 'utf-8')"]),
    Function::scalar("try_to_binary", FAMILY, |call| bytes::bind_to_binary(call, true), "try_to_binary(str[, fmt]) - This is a special version of `to_binary` that performs the same operation, but returns a NULL value instead of raising an error if the conversion cannot be performed.", &["SELECT try_to_binary('abc', 'utf-8')"]),
    Function::kernel("quote", FAMILY, &[TEXT], STRING, bytes::quote, "quote(str) - Returns `str` enclosed by single quotes and each instance of single quote in it is preceded by a backslash.", &["SELECT quote('Don\\'t')"]),
    Function {
        name: "like",
        aliases: &[],
        family: FAMILY,
        body: Body::Binder,
        usage: "str like pattern[ ESCAPE escape] - Returns true if str matches `pattern` with `escape`, null if any arguments are null, false otherwise.",
        examples: &["SELECT like('Spark', '_park')"],
    },
    Function {
        name: "ilike",
        aliases: &[],
        family: FAMILY,
        body: Body::Binder,
        usage: "str ilike pattern[ ESCAPE escape] - Returns true if str matches `pattern` with `escape` case-insensitively, null if any arguments are null, false otherwise.",
        examples: &["SELECT ilike('Spark', '_Park')"],
    },
];

static SUBSTRING: Kernel = Kernel::new("substring", slicing::substring_of_strings);
static SUBSTRING_BYTES: Kernel = Kernel::new("substring_bytes", slicing::substring_of_bytes);
static LEFT: Kernel = Kernel::new("left", slicing::left);
static LEFT_BYTES: Kernel = Kernel::new("left_bytes", slicing::left_of_bytes);
static OVERLAY: Kernel = Kernel::new("overlay", slicing::overlay);
static OVERLAY_BYTES: Kernel = Kernel::new("overlay_bytes", slicing::overlay_bytes);
static MASK: Kernel = Kernel::new("mask", casing::mask);
static LPAD: Kernel = Kernel::new("lpad", casing::lpad).fallible();
static LPAD_BYTES: Kernel = Kernel::new("lpad_bytes", casing::lpad_bytes);
static RPAD: Kernel = Kernel::new("rpad", casing::rpad).fallible();
static RPAD_BYTES: Kernel = Kernel::new("rpad_bytes", casing::rpad_bytes);
static LENGTH: Kernel = Kernel::new("length", searching::length);
static OCTET_LENGTH: Kernel = Kernel::new("octet_length", searching::octet_length);
static OCTET_LENGTH_BYTES: Kernel = Kernel::new("octet_length_bytes", searching::octet_length_of_bytes);
static BIT_LENGTH: Kernel = Kernel::new("bit_length", searching::bit_length);
static BIT_LENGTH_BYTES: Kernel = Kernel::new("bit_length_bytes", searching::bit_length_of_bytes);
static CONTAINS: Kernel = Kernel::new("contains", searching::contains);
static CONTAINS_BYTES: Kernel = Kernel::new("contains_bytes", searching::contains_bytes);
static STARTS_WITH_BYTES: Kernel = Kernel::new("startswith_bytes", searching::starts_with_bytes);
static ENDS_WITH: Kernel = Kernel::new("endswith", searching::ends_with);
static ENDS_WITH_BYTES: Kernel = Kernel::new("endswith_bytes", searching::ends_with_bytes);
static CONCAT: Kernel = Kernel::new("concat", joining::concat);
static CONCAT_BYTES: Kernel = Kernel::new("concat_bytes", joining::concat_bytes);
static CONCAT_WS: Kernel = Kernel::new("concat_ws", joining::concat_ws);
static ELT: Kernel = Kernel::new("elt", joining::elt).fallible();
static SPLIT: Kernel = Kernel::new("split", joining::split).fallible();
static SENTENCES: Kernel = Kernel::new("sentences", joining::sentences);
static REVERSE: Kernel = Kernel::new("reverse", casing::reverse);
static HEX: Kernel = Kernel::new("hex", encoding::hex_of_long);
static HEX_STRING: Kernel = Kernel::new("hex_string", encoding::hex_of_string);
static HEX_BYTES: Kernel = Kernel::new("hex_bytes", encoding::hex_of_bytes);
static BASE64_BYTES: Kernel = Kernel::new("base64_bytes", encoding::base64);
static DECODE: Kernel = Kernel::new("decode", encoding::decode).fallible();
static FORMAT_NUMBER: Kernel = Kernel::new("format_number", formatting::format_number);
static FORMAT_NUMBER_PATTERN: Kernel = Kernel::new("format_number_pattern", formatting::format_number_by_pattern);
static FORMAT_STRING: Kernel = Kernel::new("format_string", formatting::format_string).fallible();

pub static KERNELS: &[&Kernel] = &[
    &SUBSTRING,
    &SUBSTRING_BYTES,
    &LEFT,
    &LEFT_BYTES,
    &OVERLAY,
    &OVERLAY_BYTES,
    &LPAD,
    &LPAD_BYTES,
    &RPAD,
    &RPAD_BYTES,
    &LENGTH,
    &OCTET_LENGTH,
    &OCTET_LENGTH_BYTES,
    &BIT_LENGTH,
    &BIT_LENGTH_BYTES,
    &CONTAINS,
    &CONTAINS_BYTES,
    &STARTS_WITH_BYTES,
    &ENDS_WITH,
    &ENDS_WITH_BYTES,
    &CONCAT,
    &CONCAT_BYTES,
    &CONCAT_WS,
    &ELT,
    &SPLIT,
    &SENTENCES,
    &REVERSE,
    &HEX,
    &HEX_STRING,
    &HEX_BYTES,
    &DECODE,
    &FORMAT_NUMBER,
    &FORMAT_NUMBER_PATTERN,
    &FORMAT_STRING,
    &BASE64_BYTES,
    &bytes::TO_BINARY,
    &bytes::IS_VALID,
    &bytes::VALIDATE,
    &number_pattern::TO_NUMBER,
    &number_pattern::TO_CHAR,
];

fn nullable(arguments: &[Typed]) -> bool {
    arguments.iter().any(|argument| argument.nullable)
}

/// A function of a string or of bytes, with further arguments of which the last `optional` may be left out.
fn text_or_bytes(
    call: &Call<'_>,
    text: &'static Kernel,
    bytes: &'static Kernel,
    further: &[Expected],
    optional: usize,
) -> Result<Typed> {
    call.count(1 + further.len() - optional..=1 + further.len())?;
    let mut arguments = vec![call.expect(0, &TEXT_OR_BYTES)?];
    for n in 1..call.arguments.len() {
        arguments.push(call.expect(n, &further[n - 1])?);
    }
    let returns = arguments[0].data_type.clone();
    let kernel = if returns == DataType::Binary { bytes } else { text };
    let nullable = nullable(&arguments);
    Ok(call.kernel(kernel, arguments, returns, nullable))
}

/// A function of a string or of bytes that gives an INT.
fn text_or_bytes_to(call: &Call<'_>, text: &'static Kernel, bytes: &'static Kernel) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.expect(0, &TEXT_OR_BYTES)?;
    let kernel = if argument.data_type == DataType::Binary { bytes } else { text };
    let nullable = argument.nullable;
    Ok(call.kernel(kernel, vec![argument], DataType::Int, nullable))
}

/// Two arguments that are both bytes, or else both strings.
fn both_bytes(call: &Call<'_>) -> bool {
    call.arguments[..2].iter().all(|argument| argument.data_type == DataType::Binary)
}

fn bind_match(call: &Call<'_>, text: &'static Kernel, bytes: &'static Kernel) -> Result<Typed> {
    call.count(2..=2)?;
    let (kernel, data_type) = if both_bytes(call) { (bytes, DataType::Binary) } else { (text, STRING) };
    let arguments = vec![call.cast(0, &data_type)?, call.cast(1, &data_type)?];
    let nullable = nullable(&arguments);
    Ok(call.kernel(kernel, arguments, DataType::Boolean, nullable))
}

/// DataFusion knows how to prune files by its own.
fn bind_starts_with(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    if both_bytes(call) {
        return bind_match(call, &STARTS_WITH_BYTES, &STARTS_WITH_BYTES);
    }
    let (text, prefix) = (call.cast(0, &STRING)?, call.cast(1, &STRING)?);
    let function = datafusion::functions::string::starts_with();
    let nullable = text.nullable || prefix.nullable;
    Ok(call.scalar(&function, vec![text.expr, prefix.expr], DataType::Boolean, nullable))
}

fn bind_overlay(call: &Call<'_>) -> Result<Typed> {
    call.count(3..=4)?;
    let (kernel, data_type) = if both_bytes(call) { (&OVERLAY_BYTES, DataType::Binary) } else { (&OVERLAY, STRING) };
    let mut arguments = vec![call.cast(0, &data_type)?, call.cast(1, &data_type)?];
    for n in 2..call.arguments.len() {
        arguments.push(call.cast(n, &DataType::Int)?);
    }
    let nullable = nullable(&arguments);
    Ok(call.kernel(kernel, arguments, data_type, nullable))
}

fn bind_pad(call: &Call<'_>, text: &'static Kernel, bytes: &'static Kernel) -> Result<Typed> {
    call.count(2..=3)?;
    let is_bytes = call.arguments[0].data_type == DataType::Binary
        && call.arguments.get(2).is_none_or(|padding| padding.data_type == DataType::Binary);
    let (kernel, data_type) = if is_bytes { (bytes, DataType::Binary) } else { (text, STRING) };
    let mut arguments = vec![call.cast(0, &data_type)?, call.cast(1, &DataType::Int)?];
    if call.arguments.len() == 3 {
        arguments.push(call.cast(2, &data_type)?);
    }
    let nullable = nullable(&arguments);
    Ok(call.kernel(kernel, arguments, data_type, nullable))
}

/// What replaces a character is a constant, and one character.
fn bind_mask(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=5)?;
    let mut arguments = Vec::with_capacity(call.arguments.len());
    for n in 0..call.arguments.len() {
        let data_type = &call.arguments[n].data_type;
        if !(data_type.is_string() || *data_type == DataType::Null) {
            return Err(call.unexpected_type(n, "\"STRING\""));
        }
        if n > 0 {
            let parameter = ["upperChar", "lowerChar", "digitChar", "otherChar"][n - 1];
            if call.literal_string(n, parameter)?.is_some_and(|replacement| replacement.chars().count() != 1) {
                return Err(call.mismatch("INPUT_SIZE_NOT_ONE", &format!("Length of {parameter} should be 1")));
            }
        }
        arguments.push(call.cast(n, &STRING)?);
    }
    let nullable = arguments[0].nullable;
    Ok(call.kernel(&MASK, arguments, STRING, nullable))
}

/// The part of `concat` that is about strings and bytes; arrays are the collections' affair.
pub(super) fn concat(call: &Call<'_>) -> Result<Typed> {
    let is_bytes =
        !call.arguments.is_empty() && call.arguments.iter().all(|argument| argument.data_type == DataType::Binary);
    let is_bytes = is_bytes && !call.context.settings.concat_binary_as_string;
    let (kernel, data_type) = if is_bytes { (&CONCAT_BYTES, DataType::Binary) } else { (&CONCAT, STRING) };
    let arguments = (0..call.arguments.len()).map(|n| call.cast(n, &data_type)).collect::<Result<Vec<_>>>()?;
    let nullable = nullable(&arguments);
    Ok(call.kernel(kernel, arguments, data_type, nullable))
}

/// The part of `reverse` that is about strings.
pub(super) fn reverse(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.cast(0, &STRING)?;
    let nullable = argument.nullable;
    Ok(call.kernel(&REVERSE, vec![argument], STRING, nullable))
}

fn bind_concat_ws(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=usize::MAX)?;
    let mut arguments = vec![call.cast(0, &STRING)?];
    let list = DataType::array(STRING);
    for n in 1..call.arguments.len() {
        let is_array = matches!(call.arguments[n].data_type, DataType::Array { .. });
        arguments.push(call.cast(n, if is_array { &list } else { &STRING })?);
    }
    let nullable = arguments[0].nullable;
    Ok(call.kernel(&CONCAT_WS, arguments, STRING, nullable))
}

fn bind_elt(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=usize::MAX)?;
    let is_bytes = !call.context.settings.elt_output_as_string
        && call.arguments[1..].iter().all(|argument| argument.data_type == DataType::Binary);
    let mut arguments = vec![call.cast(0, &DataType::Int)?];
    for n in 1..call.arguments.len() {
        arguments.push(call.cast(n, &STRING)?);
    }
    let typed = call.kernel(&ELT, arguments, STRING, true);
    if is_bytes { call.to(typed, &DataType::Binary) } else { Ok(typed) }
}

fn bind_split(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=3)?;
    let mut arguments = vec![call.cast(0, &STRING)?, call.cast(1, &STRING)?];
    if call.arguments.len() == 3 {
        arguments.push(call.cast(2, &DataType::Int)?);
    }
    let nullable = nullable(&arguments);
    let returns = DataType::Array { element: Box::new(STRING), contains_null: false };
    Ok(call.kernel(&SPLIT, arguments, returns, nullable))
}

fn bind_sentences(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=3)?;
    let arguments = (0..call.arguments.len()).map(|n| call.cast(n, &STRING)).collect::<Result<Vec<_>>>()?;
    let words = DataType::Array { element: Box::new(STRING), contains_null: false };
    let returns = DataType::Array { element: Box::new(words), contains_null: false };
    Ok(call.kernel(&SENTENCES, arguments, returns, true))
}

fn bind_hex(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let argument = call.expect(0, &Expected::OneOf(&[LONG, BYTES, TEXT]))?;
    let kernel = match argument.data_type {
        DataType::Long => &HEX,
        DataType::Binary => &HEX_BYTES,
        _ => &HEX_STRING,
    };
    let nullable = argument.nullable;
    Ok(call.kernel(kernel, vec![argument], STRING, nullable))
}

/// `decode(bytes, charset)`, or `decode(value, search, result, …[, default])`.
fn bind_decode(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=usize::MAX)?;
    if call.arguments.len() == 2 {
        let arguments = vec![call.cast(0, &DataType::Binary)?, call.cast(1, &STRING)?];
        let nullable = nullable(&arguments);
        return Ok(call.kernel(&DECODE, arguments, STRING, nullable));
    }
    super::conditional::decode(call)
}

fn bind_format_number(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let number = call.expect(0, &Expected::Numeric)?;
    let format = call.expect(1, &Expected::OneOf(&[INT, TEXT]))?;
    let kernel = if format.data_type == DataType::Int { &FORMAT_NUMBER } else { &FORMAT_NUMBER_PATTERN };
    Ok(call.kernel(kernel, vec![number, format], STRING, true))
}

fn bind_format_string(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=usize::MAX)?;
    let mut arguments = vec![call.cast(0, &STRING)?];
    for argument in &call.arguments[1..] {
        let as_is = argument.data_type.is_numeric() || matches!(argument.data_type, STRING | DataType::Boolean);
        arguments.push(if as_is { argument.clone() } else { call.to(argument.clone(), &STRING)? });
    }
    let nullable = arguments[0].nullable;
    Ok(call.kernel(&FORMAT_STRING, arguments, STRING, nullable))
}
