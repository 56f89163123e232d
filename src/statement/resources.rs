//! ADD FILE and LIST FILES: what the commands of TRANSFORM find in their folder.

use crate::error::Result;
use crate::sql::ast::{AddFiles, ListResources};
use crate::storage::location_url;

use super::answer::{answer, text};
use super::running::Running;
use super::{Outcome, RowsKind};

pub(super) fn add_files(running: &Running<'_>, statement: &AddFiles) -> Result<Outcome> {
    for path in &statement.paths {
        running.session.add_file(path).map_err(|error| error.at(statement.span))?;
    }
    Ok(Outcome::Done)
}

/// There are never jars and archives.
pub(super) fn list_resources(running: &Running<'_>, statement: &ListResources) -> Result<Outcome> {
    let mut locations = if statement.files { running.session.added_files() } else { Vec::new() };
    if !statement.paths.is_empty() {
        let wanted = statement.paths.iter().map(|path| location_url(path)).collect::<Result<Vec<_>>>()?;
        locations.retain(|location| wanted.contains(location));
    }
    answer(RowsKind::Command, vec![text("Results", locations)])
}
