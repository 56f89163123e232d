//! The languages and countries that have a collation, as Spark lists them.

use std::sync::LazyLock;

/// A language's or a country's rules of order.
#[derive(Debug)]
pub(super) struct Locale {
    pub name: &'static str,
    /// As BCP 47 writes it.
    pub tag: &'static str,
    pub language: Option<&'static str>,
    pub country: Option<&'static str>,
}

/// A line of the table has the name, the tag, the language and perhaps the country, with tabs between.
const TABLE: &str = include_str!("locales.tsv");

/// The first is of no language; the others are sorted by name.
pub(super) static LOCALES: LazyLock<Vec<Locale>> = LazyLock::new(|| {
    let none = Locale { name: "UNICODE", tag: "und", language: None, country: None };
    let rows = TABLE.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        let (name, tag) = (columns.next()?, columns.next()?);
        Some(Locale { name, tag, language: columns.next(), country: columns.next() })
    });
    std::iter::once(none).chain(rows).collect()
});
