//! Locations: URLs as the metastore keeps and Spark shows them, paths as the file system takes them.

use std::path::{Path, PathBuf};

use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::path::Path as ObjectPath;

use crate::error::{Error, FAILED_WRITE_FILE, INVALID_PARAMETER_VALUE, Result};

/// A location as it is stored and shown: `file:/…`, absolute, without a slash at the end. Relative paths start in the
/// working directory.
///
/// # Errors
/// `UNSUPPORTED_FEATURE` for schemes other than `file`.
pub fn location_url(location: &str) -> Result<String> {
    let path = local_path(location)?;
    let path = std::path::absolute(&path)
        .map_err(|error| Error::new(&INVALID_PARAMETER_VALUE, format!("`{location}` is not a location: {error}")))?;
    let text = path.to_str().ok_or_else(|| not_utf8(&path))?;
    let text = text.trim_end_matches('/');
    Ok(format!("file:{}", if text.is_empty() { "/" } else { text }))
}

/// The path of a URL or a plain path.
///
/// # Errors
/// `UNSUPPORTED_FEATURE` for schemes other than `file`.
pub fn local_path(location: &str) -> Result<PathBuf> {
    if let Some(rest) = location.strip_prefix("file:") {
        // `file:/x`, `file:///x`; a host other than this machine cannot be meant.
        let rest = rest.strip_prefix("//").filter(|rest| rest.starts_with('/')).unwrap_or(rest);
        return Ok(PathBuf::from(rest));
    }
    match location.split_once("://") {
        Some((scheme, _)) if !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Err(Error::unsupported(
                format!("The file system `{scheme}`"),
                "use a path of this machine, or mount the other file system",
            ))
        }
        _ => Ok(PathBuf::from(location)),
    }
}

/// The path as object stores name it.
pub(super) fn object_path(path: &Path) -> Result<ObjectPath> {
    ObjectPath::from_absolute_path(path)
        .map_err(|error| Error::new(&INVALID_PARAMETER_VALUE, format!("`{}`: {error}", path.display())))
}

/// The file system of this machine.
pub(super) fn object_store_url() -> ObjectStoreUrl {
    ObjectStoreUrl::local_filesystem()
}

pub(super) fn not_utf8(path: &Path) -> Error {
    Error::new(&INVALID_PARAMETER_VALUE, format!("The name of `{}` is not valid UTF-8", path.display()))
}

/// Makes the folder of a location with those around it, unless it is there.
///
/// # Errors
/// `FAILED_WRITE_FILE` if it cannot be made, or is a file.
pub fn make_folder(location: &str) -> Result<()> {
    let path = local_path(location)?;
    std::fs::create_dir_all(&path).map_err(|error| {
        Error::new(&FAILED_WRITE_FILE, format!("Cannot make the folder `{}`: {error}", path.display())).cause(error)
    })
}
