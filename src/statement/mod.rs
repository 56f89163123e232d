//! statement.
