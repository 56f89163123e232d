//! Digests and checksums: DataFusion's, on bytes.

mod values;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

pub use values::{KERNELS, murmur3};

use super::{Call, Expected, Family, Function, Typed};
use crate::error::Result;
use crate::types::DataType;

const FAMILY: Family = Family::Hash;
const BYTES: Expected = Expected::Type(DataType::Binary);

pub static FUNCTIONS: &[Function] = &[
    Function::scalar(
        "md5",
        FAMILY,
        |call| digest(call, &datafusion::functions::crypto::md5()),
        "md5(expr) - Returns an MD5 128-bit checksum as a hex string of `expr`.",
        &["SELECT md5('Spark')"],
    ),
    Function::scalar(
        "sha1",
        FAMILY,
        |call| digest(call, &datafusion_spark::function::hash::sha1()),
        "sha1(expr) - Returns a sha1 hash value as a hex string of the `expr`.",
        &["SELECT sha1('Spark')"],
    )
    .aliases(&["sha"]),
    Function::scalar(
        "sha2",
        FAMILY,
        sha2,
        "sha2(expr, bitLength) - Returns a checksum of SHA-2 family as a hex string of `expr`. SHA-224, SHA-256, SHA-384, and SHA-512 are supported. Bit length of 0 is equivalent to 256.",
        &["SELECT sha2('Spark', 256)"],
    ),
    Function::scalar(
        "crc32",
        FAMILY,
        crc32,
        "crc32(expr) - Returns a cyclic redundancy check value of the `expr` as a bigint.",
        &["SELECT crc32('Spark')"],
    ),
    Function::scalar(
        "hash",
        FAMILY,
        values::bind_hash,
        "hash(expr1, expr2, ...) - Returns a hash value of the arguments.",
        &["SELECT hash('Spark', array(123), 2)"],
    ),
    Function::scalar(
        "xxhash64",
        FAMILY,
        values::bind_xxhash64,
        "xxhash64(expr1, expr2, ...) - Returns a 64-bit hash value of the arguments. Hash seed is 42.",
        &["SELECT xxhash64('Spark', array(123), 2)"],
    ),
];

fn digest(call: &Call<'_>, function: &Arc<ScalarUDF>) -> Result<Typed> {
    call.count(1..=1)?;
    let bytes = call.expect(0, &BYTES)?;
    let nullable = bytes.nullable;
    Ok(call.scalar(function, vec![bytes.expr], DataType::String, nullable))
}

/// `sha2(bytes, bits)`
fn sha2(call: &Call<'_>) -> Result<Typed> {
    call.count(2..=2)?;
    let (bytes, bits) = (call.expect(0, &BYTES)?, call.cast(1, &DataType::Int)?);
    let function = datafusion_spark::function::hash::sha2();
    Ok(call.scalar(&function, vec![bytes.expr, bits.expr], DataType::String, true))
}

fn crc32(call: &Call<'_>) -> Result<Typed> {
    call.count(1..=1)?;
    let bytes = call.expect(0, &BYTES)?;
    let nullable = bytes.nullable;
    Ok(call.scalar(&datafusion_spark::function::hash::crc32(), vec![bytes.expr], DataType::Long, nullable))
}

/// A map has no order to hash its entries in.
fn hashable(call: &Call<'_>) -> Result<()> {
    call.count(1..=usize::MAX)?;
    if call.arguments.iter().any(|argument| argument.data_type.contains(&DataType::Variant)) {
        return Err(call.mismatch(
            "HASH_VARIANT_TYPE",
            &format!(
                "Input to the function `{}` cannot contain elements of the \"VARIANT\" type yet",
                call.name.to_lowercase()
            ),
        ));
    }
    match call.arguments.iter().any(|argument| has_map(&argument.data_type)) {
        true => Err(call.mismatch(
            "HASH_MAP_TYPE",
            &format!(
                "Input to the function `{}` cannot contain elements of the \"MAP\" type. In Spark, same maps may have \
                 different hashcode, thus hash expressions are prohibited on \"MAP\" elements",
                call.name.to_lowercase()
            ),
        )),
        false => Ok(()),
    }
}

fn has_map(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map { .. } => true,
        DataType::Array { element, .. } => has_map(element),
        DataType::Struct(fields) => fields.iter().any(|field| has_map(&field.data_type)),
        _ => false,
    }
}
