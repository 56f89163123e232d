//! Text to statements: lexer, splitter, parser, diagnostics. It does no I/O and resolves no names.

pub mod ast;
