//! The dialects of SQL that a session may speak. What they mean is for lexer, parser and binder to say.

/// `skep.dialect`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    #[default]
    Spark,
    Postgres,
}

impl Dialect {
    /// By the value of the setting, which was checked when it was set.
    pub fn named(name: &str) -> Self {
        if name.eq_ignore_ascii_case("postgres") { Dialect::Postgres } else { Dialect::Spark }
    }

    pub fn is_postgres(self) -> bool {
        self == Dialect::Postgres
    }
}
