//! Where in a statement's text functions stand, so that what fails on a row can be shown in the text.
//!
//! The binder moves [`Here`] while it goes through the tree; a function that is made in the meantime keeps the place as
//! its [`Origin`]. It knows positions, not texts.

use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Span};

/// The place of one call. Calls are equal wherever they stand: the optimizer computes equal ones once.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Origin(Option<Span>);

impl Origin {
    /// The error with this place, unless it knows a better one.
    pub fn mark(self, error: Error) -> Error {
        match self.0 {
            Some(span) => error.at(span),
            None => error,
        }
    }
}

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Where the expression stands that is being bound.
#[derive(Debug, Default)]
pub struct Here(Mutex<Place>);

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    span: Option<Span>,
    /// The text is not the statement's: positions in it mean nothing to the user.
    hidden: bool,
}

/// Until it is dropped, [`Here`] is where it was moved to.
#[derive(Debug)]
#[must_use]
pub struct Standing<'a> {
    here: &'a Here,
    before: Place,
}

impl Here {
    /// Moves to a part of the statement. Parts of hidden texts stand where what mentions them stands.
    pub fn stand_at(&self, span: Span) -> Standing<'_> {
        self.change(|place| {
            if !place.hidden {
                place.span = Some(span);
            }
        })
    }

    /// Goes into a text that the user did not type now: a view's, a default's.
    pub fn hide(&self) -> Standing<'_> {
        self.change(|place| place.hidden = true)
    }

    pub fn origin(&self) -> Origin {
        Origin(self.0.lock().unwrap_or_else(PoisonError::into_inner).span)
    }

    fn change(&self, change: impl FnOnce(&mut Place)) -> Standing<'_> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *place;
        change(&mut place);
        Standing { here: self, before }
    }
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        *self.here.0.lock().unwrap_or_else(PoisonError::into_inner) = self.before;
    }
}
