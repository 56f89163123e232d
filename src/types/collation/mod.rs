//! Collations: which strings are equal, and which comes first.
//!
//! [`Collation`] is a name and what it says; [`keys`] compares by it. UTF8_BINARY is not among them where a type is
//! meant: strings compared by their bytes are [`super::DataType::String`].

pub mod keys;
mod locales;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{COLLATION_INVALID_NAME, COLLATION_INVALID_PROVIDER, Error, Result};
use locales::LOCALES;

/// The version of Unicode's collation that Spark 4.1 has.
const ICU_VERSION: &str = "77.1.0.0";

/// How strings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Collation {
    base: Base,
    /// Blanks at the end count for nothing.
    trims: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Base {
    /// By bytes.
    Binary,
    /// By the code points in lower case.
    LowerCase,
    /// By Unicode's rules, as a language adapts them.
    Unicode {
        /// Position in [`LOCALES`].
        locale: u8,
        ignores_case: bool,
        ignores_accents: bool,
    },
    /// Operands had different ones: strings of it cannot be compared.
    Indeterminate,
}

impl Collation {
    pub const BINARY: Self = Self { base: Base::Binary, trims: false };
    pub const LOWER_CASE: Self = Self { base: Base::LowerCase, trims: false };
    pub const INDETERMINATE: Self = Self { base: Base::Indeterminate, trims: false };

    /// The collation of that name, in any case, with `SYSTEM.BUILTIN` before it or without.
    ///
    /// # Errors
    /// `COLLATION_INVALID_NAME`, `COLLATION_INVALID_PROVIDER`.
    pub fn named(name: &str) -> Result<Self> {
        let parts: Vec<&str> = name.split('.').collect();
        let simple = match parts.as_slice() {
            [simple] => *simple,
            [catalog, schema, simple]
                if catalog.eq_ignore_ascii_case("system") && schema.eq_ignore_ascii_case("builtin") =>
            {
                *simple
            }
            [_, provider, _] | [provider, _] => {
                return Err(Error::new(
                    &COLLATION_INVALID_PROVIDER,
                    format!(
                        "The value {provider} does not represent a correct collation provider. Supported providers are: [icu, spark]"
                    ),
                ));
            }
            _ => return Err(invalid(name)),
        };
        find(simple).ok_or_else(|| invalid(simple))
    }

    /// All there are, in the order in which `collations()` lists them.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [false, true]
            .into_iter()
            .flat_map(|trims| [Base::Binary, Base::LowerCase].into_iter().map(move |base| Self { base, trims }));
        let unicode = (0..LOCALES.len()).flat_map(|locale| {
            let locale = u8::try_from(locale).expect("there are fewer locales");
            // By name: nothing, AI, AI_RTRIM, CI, CI_AI, CI_AI_RTRIM, CI_RTRIM, RTRIM.
            [
                (false, false, false),
                (false, true, false),
                (false, true, true),
                (true, false, false),
                (true, true, false),
                (true, true, true),
                (true, false, true),
                (false, false, true),
            ]
            .into_iter()
            .map(move |(ignores_case, ignores_accents, trims)| Self {
                base: Base::Unicode { locale, ignores_case, ignores_accents },
                trims,
            })
        });
        let mut all: Vec<Self> = plain.chain(unicode).collect();
        all[4..].sort_by_cached_key(|collation| {
            (collation.language().is_some(), collation.to_string().replace('_', "\u{1}"))
        });
        all.into_iter()
    }

    pub fn is_binary(self) -> bool {
        self == Self::BINARY
    }

    pub fn is_indeterminate(self) -> bool {
        self == Self::INDETERMINATE
    }

    pub fn ignores_case(self) -> bool {
        match self.base {
            Base::LowerCase => true,
            Base::Unicode { ignores_case, .. } => ignores_case,
            Base::Binary | Base::Indeterminate => false,
        }
    }

    pub fn ignores_accents(self) -> bool {
        matches!(self.base, Base::Unicode { ignores_accents: true, .. })
    }

    /// Whether blanks at the end count for nothing.
    pub fn trims(self) -> bool {
        self.trims
    }

    /// By code points in lower case, blanks at the end apart.
    pub fn is_lower_case(self) -> bool {
        self.base == Base::LowerCase
    }

    /// By Unicode's rules.
    pub fn is_unicode(self) -> bool {
        matches!(self.base, Base::Unicode { .. })
    }

    fn locale(self) -> Option<&'static locales::Locale> {
        match self.base {
            Base::Unicode { locale, .. } => LOCALES.get(usize::from(locale)),
            Base::Binary | Base::LowerCase | Base::Indeterminate => None,
        }
    }

    /// The language in English.
    pub fn language(self) -> Option<&'static str> {
        self.locale()?.language
    }

    /// The country in English.
    pub fn country(self) -> Option<&'static str> {
        self.locale()?.country
    }

    /// The version of Unicode's rules, if it goes by them.
    pub fn version(self) -> Option<&'static str> {
        self.locale().map(|_| ICU_VERSION)
    }

    /// The language's tag, as BCP 47 writes it.
    pub fn tag(self) -> &'static str {
        self.locale().map_or("und", |locale| locale.tag)
    }
}

fn find(name: &str) -> Option<Collation> {
    let upper = name.to_uppercase();
    let (base, modifiers) = if let Some(rest) = after(&upper, "UTF8_BINARY") {
        (Base::Binary, rest)
    } else if let Some(rest) = after(&upper, "UTF8_LCASE") {
        (Base::LowerCase, rest)
    } else {
        let longest = LOCALES
            .iter()
            .enumerate()
            .filter_map(|(n, locale)| Some((n, locale.name.len(), after(&upper, &locale.name.to_uppercase())?)))
            .max_by_key(|(_, length, _)| *length)?;
        let locale = u8::try_from(longest.0).ok()?;
        let rest = &upper[upper.len() - longest.2.len()..];
        (Base::Unicode { locale, ignores_case: false, ignores_accents: false }, rest)
    };
    let mut collation = Collation { base, trims: false };
    let (mut case, mut accents) = (None, None);
    for modifier in modifiers.split('_').skip(1) {
        let unicode = matches!(base, Base::Unicode { .. });
        match modifier {
            "CI" | "CS" if unicode && case.is_none() => case = Some(modifier == "CI"),
            "AI" | "AS" if unicode && accents.is_none() => accents = Some(modifier == "AI"),
            "RTRIM" if !collation.trims => collation.trims = true,
            _ => return None,
        }
    }
    if let Base::Unicode { ignores_case, ignores_accents, .. } = &mut collation.base {
        *ignores_case = case.unwrap_or(false);
        *ignores_accents = accents.unwrap_or(false);
    }
    Some(collation)
}

/// What stands behind a name: nothing, or modifiers with `_` before each.
fn after<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('_'))
}

fn invalid(name: &str) -> Error {
    let known: Vec<String> = Collation::all().map(|collation| collation.to_string()).collect();
    Error::new(&COLLATION_INVALID_NAME, format!("The value {name} does not represent a correct collation name"))
        .suggest(name, &known)
}

/// Marks that belong to the character before them.
pub fn is_mark(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36F}'
            | '\u{1AB0}'..='\u{1AFF}'
            | '\u{1DC0}'..='\u{1DFF}'
            | '\u{20D0}'..='\u{20FF}'
            | '\u{FE20}'..='\u{FE2F}'
    )
}

/// The name as Spark writes it.
impl fmt::Display for Collation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            Base::Binary => f.write_str("UTF8_BINARY")?,
            Base::LowerCase => f.write_str("UTF8_LCASE")?,
            Base::Indeterminate => f.write_str("null")?,
            Base::Unicode { ignores_case, ignores_accents, .. } => {
                f.write_str(self.locale().map_or("UNICODE", |locale| locale.name))?;
                if ignores_case {
                    f.write_str("_CI")?;
                }
                if ignores_accents {
                    f.write_str("_AI")?;
                }
            }
        }
        if self.trims { f.write_str("_RTRIM") } else { Ok(()) }
    }
}

impl From<Collation> for String {
    fn from(collation: Collation) -> Self {
        collation.to_string()
    }
}

impl TryFrom<String> for Collation {
    type Error = String;

    fn try_from(name: String) -> std::result::Result<Self, String> {
        find(&name).ok_or_else(|| format!("there is no collation `{name}`"))
    }
}
