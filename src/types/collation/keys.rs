//! Comparison by a collation: a key for each string, such that strings are equal if their keys are, and in the order
//! of their keys' bytes.

use std::collections::HashMap;
use std::sync::LazyLock;

use icu_collator::options::{CaseLevel, CollatorOptions, Strength};
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use parking_lot::RwLock;

use super::{Base, Collation};
use crate::error::{Error, Result};

/// Makes keys.
#[derive(Clone, Copy)]
pub struct Keys {
    base: Kind,
    trims: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Binary,
    LowerCase,
    Unicode(&'static CollatorBorrowed<'static>),
}

/// They are few and live as long as the process.
static COLLATORS: LazyLock<RwLock<HashMap<Collation, &'static CollatorBorrowed<'static>>>> =
    LazyLock::new(RwLock::default);

impl Keys {
    /// # Errors
    /// The collation is not determined.
    pub fn new(collation: Collation) -> Result<Self> {
        let base = match collation.base {
            Base::Binary => Kind::Binary,
            Base::LowerCase => Kind::LowerCase,
            Base::Unicode { ignores_case, ignores_accents, .. } => {
                let same = Collation { trims: false, ..collation };
                let known = COLLATORS.read().get(&same).copied();
                Kind::Unicode(match known {
                    Some(collator) => collator,
                    None => {
                        let made = collator(collation.tag(), ignores_case, ignores_accents)?;
                        COLLATORS.write().entry(same).or_insert_with(|| Box::leak(Box::new(made)))
                    }
                })
            }
            Base::Indeterminate => return Err(Error::internal("strings of no collation have no keys")),
        };
        Ok(Self { base, trims: collation.trims })
    }

    /// Whether keys are text rather than bytes.
    pub fn are_text(self) -> bool {
        matches!(self.base, Kind::Binary | Kind::LowerCase)
    }

    /// Appends the key of a string.
    pub fn write(self, text: &str, out: &mut Vec<u8>) {
        let text = if self.trims { text.trim_end_matches(' ') } else { text };
        match self.base {
            Kind::Binary => out.extend_from_slice(text.as_bytes()),
            Kind::LowerCase if text.is_ascii() => {
                out.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
            }
            Kind::LowerCase => {
                let mut bytes = [0; 4];
                for character in text.chars().flat_map(lower_case) {
                    out.extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
                }
            }
            Kind::Unicode(collator) => {
                let Ok(()) = collator.write_sort_key_to(text, out);
            }
        }
    }

    /// Whether two strings are equal.
    pub fn equal(self, a: &str, b: &str) -> bool {
        let trim = |text| if self.trims { str::trim_end_matches(text, ' ') } else { text };
        let (a, b) = (trim(a), trim(b));
        match self.base {
            Kind::Binary => a == b,
            Kind::LowerCase => a == b || a.chars().flat_map(lower_case).eq(b.chars().flat_map(lower_case)),
            Kind::Unicode(collator) => collator.compare(a, b).is_eq(),
        }
    }
}

fn collator(tag: &str, ignores_case: bool, ignores_accents: bool) -> Result<CollatorBorrowed<'static>> {
    let failed = |error: &dyn std::fmt::Display| Error::internal(format!("collation of `{tag}`: {error}"));
    let locale: icu_locale_core::Locale = tag.parse().map_err(|error| failed(&error))?;
    let mut options = CollatorOptions::default();
    options.strength = Some(match (ignores_case, ignores_accents) {
        (_, true) => Strength::Primary,
        (true, false) => Strength::Secondary,
        (false, false) => Strength::Tertiary,
    });
    options.case_level = (ignores_accents && !ignores_case).then_some(CaseLevel::On);
    Collator::try_new(CollatorPreferences::from(&locale), options).map_err(|error| failed(&error))
}

/// The characters a character becomes in UTF8_LCASE: both small sigmas are one.
pub fn lower_case(character: char) -> impl Iterator<Item = char> {
    let character = if character == 'ς' { 'σ' } else { character };
    character.to_lowercase()
}
