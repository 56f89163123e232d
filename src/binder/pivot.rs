//! PIVOT and UNPIVOT.

use crate::error::{Error, Result};
use crate::sql::ast::{Pivot, Unpivot};

use super::Binder;
use super::rows::Rows;
use super::scope::Scope;

/// PIVOT: not yet.
pub(super) fn pivot(binder: &Binder<'_>, rows: Rows, pivot: &Pivot, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let _ = (binder, rows, parent);
    Err(Error::unsupported("PIVOT", "aggregate with FILTER (WHERE …) for each value").at(pivot.span))
}

/// UNPIVOT: not yet.
pub(super) fn unpivot(binder: &Binder<'_>, rows: Rows, unpivot: &Unpivot, parent: Option<&Scope<'_>>) -> Result<Rows> {
    let _ = (binder, rows, parent);
    Err(Error::unsupported("UNPIVOT", "use LATERAL VIEW stack(…)").at(unpivot.span))
}
