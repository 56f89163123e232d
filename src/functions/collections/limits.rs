//! How many elements arrays may have.

use crate::error::{COLLECTION_SIZE_LIMIT_EXCEEDED, Error, OUT_OF_MEMORY, Result};

/// As long as a Java array can be.
pub(super) const LONGEST: u128 = 2_147_483_632;

/// More elements of one batch would take gigabytes.
const MOST_AT_ONCE: usize = 1 << 27;

/// The length of an array that a function is to make beside the elements it has made of this batch.
///
/// # Errors
/// `COLLECTION_SIZE_LIMIT_EXCEEDED`, `OUT_OF_MEMORY`.
pub(super) fn length(function: &str, wanted: u128, made: usize) -> Result<usize> {
    if wanted > LONGEST {
        return Err(Error::new(
            &COLLECTION_SIZE_LIMIT_EXCEEDED,
            format!(
                "Can't create array with {wanted} elements which exceeding the array size limit {LONGEST}, the value of \
                 parameter(s) `count` in the function `{function}` is invalid"
            ),
        )
        .subcondition("PARAMETER"));
    }
    let wanted = wanted as usize;
    if made + wanted > MOST_AT_ONCE {
        return Err(Error::new(
            &OUT_OF_MEMORY,
            format!("`{function}` would make more than {MOST_AT_ONCE} elements at once"),
        ));
    }
    Ok(wanted)
}
