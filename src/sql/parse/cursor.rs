//! The parser's place in the tokens: looking ahead, accepting, expecting, and the errors of all that.

use crate::error::{
    Error, PARSE_EMPTY_STATEMENT, PARSE_SYNTAX_ERROR, QUERY_TOO_COMPLEX, Result, Span, UNCLOSED_BRACKETED_COMMENT,
    closest,
};
use crate::sql::ParseOptions;
use crate::sql::keywords::Keyword;
use crate::sql::lexer::{Fault, Lexer, Symbol, Token, TokenKind};

/// Expressions, queries and types within one another.
const MAX_DEPTH: usize = 500;

/// Stack that one level may need, and what is added when there is less.
const RED_ZONE: usize = 128 << 10;
const GROWTH: usize = 1 << 20;

/// Operands of one chain such as `1 + 1 + …`, which become a tree that deep: dropping it must fit a thread of 2 MB.
pub(super) const MAX_CHAIN: usize = 6_000;

/// The same of joins, whose links are larger.
pub(super) const MAX_JOINS: usize = 2_000;

pub(super) struct Parser<'a> {
    pub text: &'a str,
    pub options: &'a ParseOptions,
    /// Without comments; the last is the end.
    tokens: Vec<Token>,
    position: usize,
    depth: usize,
    /// What DISTINCT ON names, with the place of its SELECT, until the ORDER BY of that is read.
    pub distinct_on: Vec<(usize, Vec<crate::sql::ast::Expression>)>,
    /// Inside of the query of FOR, whose DO is no alias.
    pub in_for_query: bool,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str, options: &'a ParseOptions) -> Result<Self> {
        let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
        for token in Lexer::new(text, options.dialect) {
            match token.kind {
                TokenKind::Comment => {}
                TokenKind::Error(Fault::UnclosedComment) => {
                    return Err(Error::new(
                        &UNCLOSED_BRACKETED_COMMENT,
                        "Found an unclosed bracketed comment. Please, append */ at the end of the comment",
                    )
                    .at(Span::new(token.span.start, token.span.start + 2)));
                }
                _ => tokens.push(token),
            }
        }
        tokens.push(Token { kind: TokenKind::End, span: Span::new(text.len(), text.len()) });
        Ok(Self { text, options, tokens, position: 0, depth: 0, distinct_on: Vec::new(), in_for_query: false })
    }

    /// Runs `parse` one level deeper, or refuses to when the text nests too much for the stack.
    pub fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.too_complex());
        }
        let parsed = stacker::maybe_grow(RED_ZONE, GROWTH, || parse(self));
        self.depth -= 1;
        parsed
    }

    pub fn too_complex(&self) -> Error {
        Error::new(&QUERY_TOO_COMPLEX, "The statement is nested too deeply")
            .at(self.token().span)
            .hint("split it into views or common table expressions, or use IN (…) instead of many ORs")
    }

    // Looking.

    pub fn token(&self) -> Token {
        self.tokens[self.position]
    }

    /// The token `ahead` places further; behind the end there is only the end.
    pub fn ahead(&self, ahead: usize) -> Token {
        self.tokens[(self.position + ahead).min(self.tokens.len() - 1)]
    }

    pub fn kind(&self) -> TokenKind {
        self.token().kind
    }

    pub fn keyword_ahead(&self, ahead: usize) -> Option<Keyword> {
        match self.ahead(ahead).kind {
            TokenKind::Keyword(keyword) => Some(keyword),
            _ => None,
        }
    }

    pub fn keyword(&self) -> Option<Keyword> {
        self.keyword_ahead(0)
    }

    pub fn is(&self, keyword: Keyword) -> bool {
        self.keyword() == Some(keyword)
    }

    /// Whether these keywords come next.
    pub fn are(&self, keywords: &[Keyword]) -> bool {
        keywords.iter().enumerate().all(|(n, keyword)| self.keyword_ahead(n) == Some(*keyword))
    }

    pub fn is_any(&self, keywords: &[Keyword]) -> bool {
        self.keyword().is_some_and(|keyword| keywords.contains(&keyword))
    }

    pub fn is_symbol(&self, symbol: Symbol) -> bool {
        self.kind() == TokenKind::Symbol(symbol)
    }

    pub fn is_symbol_ahead(&self, ahead: usize, symbol: Symbol) -> bool {
        self.ahead(ahead).kind == TokenKind::Symbol(symbol)
    }

    /// Whether the next token is a word without meaning to the grammar, such as QUALIFY.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind() == TokenKind::Identifier && self.slice(self.token().span).eq_ignore_ascii_case(word)
    }

    pub fn at_end(&self) -> bool {
        self.kind() == TokenKind::End
    }

    pub fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start..span.end]
    }

    /// From `start` to the end of the token before this one.
    pub fn since(&self, start: usize) -> Span {
        let end = self.position.checked_sub(1).map_or(start, |previous| self.tokens[previous].span.end);
        Span::new(start, end.max(start))
    }

    pub fn start(&self) -> usize {
        self.token().span.start
    }

    /// A place to come back to.
    pub fn mark(&self) -> usize {
        self.position
    }

    pub fn back_to(&mut self, mark: usize) {
        self.position = mark;
    }

    // Moving.

    pub fn advance(&mut self) -> Token {
        let token = self.token();
        if token.kind != TokenKind::End {
            self.position += 1;
        }
        token
    }

    pub fn accept(&mut self, keyword: Keyword) -> bool {
        let found = self.is(keyword);
        if found {
            self.position += 1;
        }
        found
    }

    /// All of them or none.
    pub fn accept_all(&mut self, keywords: &[Keyword]) -> bool {
        let found = self.are(keywords);
        if found {
            self.position += keywords.len();
        }
        found
    }

    pub fn accept_any(&mut self, keywords: &[Keyword]) -> Option<Keyword> {
        let keyword = self.keyword().filter(|keyword| keywords.contains(keyword))?;
        self.position += 1;
        Some(keyword)
    }

    pub fn accept_symbol(&mut self, symbol: Symbol) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.position += 1;
        }
        found
    }

    pub fn expect(&mut self, keyword: Keyword) -> Result<()> {
        if self.accept(keyword) { Ok(()) } else { Err(self.missing(keyword.text())) }
    }

    pub fn expect_all(&mut self, keywords: &[Keyword]) -> Result<()> {
        keywords.iter().try_for_each(|keyword| self.expect(*keyword))
    }

    pub fn expect_any(&mut self, keywords: &[Keyword]) -> Result<Keyword> {
        self.accept_any(keywords).ok_or_else(|| self.unexpected_of(keywords))
    }

    pub fn expect_symbol(&mut self, symbol: Symbol) -> Result<()> {
        if self.accept_symbol(symbol) { Ok(()) } else { Err(self.missing(symbol.text())) }
    }

    /// The `>` of a type; `>>` are two of them.
    pub fn expect_closing_angle(&mut self) -> Result<()> {
        let rest = match self.kind() {
            TokenKind::Symbol(Symbol::ShiftRight) => Symbol::Gt,
            TokenKind::Symbol(Symbol::ShiftRightUnsigned) => Symbol::ShiftRight,
            _ => return self.expect_symbol(Symbol::Gt),
        };
        let token = &mut self.tokens[self.position];
        token.kind = TokenKind::Symbol(rest);
        token.span.start += 1;
        Ok(())
    }

    /// `item, item, …`
    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.accept_symbol(Symbol::Comma) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `(…)`
    pub fn parenthesised<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.expect_symbol(Symbol::LeftParen)?;
        let parsed = parse(self)?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(parsed)
    }

    pub fn skip_semicolons(&mut self) {
        while self.accept_symbol(Symbol::Semicolon) {}
    }

    pub fn skip_to_end(&mut self) {
        self.position = self.tokens.len() - 1;
    }

    pub fn expect_end(&mut self) -> Result<()> {
        if self.at_end() {
            return Ok(());
        }
        let error = if self.ahead(1).kind == TokenKind::End {
            self.syntax_error(&format!(": extra input {}", self.shown()))
        } else {
            self.unexpected()
        };
        Err(error)
    }

    // Refusing.

    /// The next token as Spark's messages show it.
    fn shown(&self) -> String {
        match self.kind() {
            TokenKind::End => "end of input".to_owned(),
            TokenKind::Error(Fault::UnclosedString | Fault::UnclosedName) => {
                format!("'{}'", &self.slice(self.token().span)[..1])
            }
            _ => format!("'{}'", self.slice(self.token().span)),
        }
    }

    fn syntax_error(&self, detail: &str) -> Error {
        let span = self.token().span;
        let error =
            Error::new(&PARSE_SYNTAX_ERROR, format!("Syntax error at or near {}{detail}", self.shown())).at(span);
        match self.kind() {
            TokenKind::Error(Fault::UnclosedString) => error.hint("this string is not closed"),
            TokenKind::Error(Fault::UnclosedName) => error.hint("this quoted name is not closed"),
            _ => match self.likely_mistake() {
                Some(hint) => error.hint(hint),
                None => error,
            },
        }
    }

    /// What may have been meant: a word of the grammar in place of this one, or of the one before, which was taken for an
    /// alias (`SELECT * form t`).
    fn likely_mistake(&self) -> Option<String> {
        if let Some(word) = misspelt_word(self.token(), self.text) {
            return Some(format!("did you mean {word}?"));
        }
        let before = self.tokens[self.position.checked_sub(1)?];
        if before.kind == TokenKind::Symbol(Symbol::Comma)
            && matches!(self.kind(), TokenKind::Keyword(_) | TokenKind::End)
        {
            return Some("the comma before it may be one too many".to_owned());
        }
        let word = misspelt_word(before, self.text)?;
        Some(format!("did you mean {word} instead of `{}`?", self.slice(before.span)))
    }

    /// The next token fits nowhere.
    pub fn unexpected(&self) -> Error {
        self.syntax_error("")
    }

    /// One thing only could stand here.
    fn missing(&self, what: &str) -> Error {
        if self.at_end() { self.syntax_error(&format!(": missing '{what}'")) } else { self.misspelt(&[what]) }
    }

    /// Several words could stand here.
    pub fn unexpected_of(&self, keywords: &[Keyword]) -> Error {
        self.misspelt(&keywords.iter().map(|keyword| keyword.text()).collect::<Vec<_>>())
    }

    fn misspelt(&self, words: &[&str]) -> Error {
        let error = self.unexpected();
        if !matches!(self.kind(), TokenKind::Identifier | TokenKind::Keyword(_)) {
            return error;
        }
        let word = self.slice(self.token().span);
        match closest(word, words).filter(|best| !best.eq_ignore_ascii_case(word)) {
            Some(best) => error.hint(format!("did you mean {best}?")),
            None => error,
        }
    }

    pub fn empty_statement(&self) -> Error {
        Error::new(&PARSE_EMPTY_STATEMENT, "Syntax error, unexpected empty statement").at(self.token().span)
    }
}

/// Words that tie the parts of a statement together: where one is misspelt, nothing else could have been meant.
const JOINTS: &[&str] = &[
    "AND",
    "BETWEEN",
    "CLUSTER",
    "CROSS",
    "DISTRIBUTE",
    "ELSE",
    "END",
    "EXCEPT",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "INNER",
    "INTERSECT",
    "INTO",
    "JOIN",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "OFFSET",
    "ON",
    "ORDER",
    "OUTER",
    "OVER",
    "OVERWRITE",
    "PARTITION",
    "PARTITIONED",
    "QUALIFY",
    "RIGHT",
    "SELECT",
    "SORT",
    "TABLE",
    "THEN",
    "UNION",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WINDOW",
];

/// The word of [`JOINTS`] that a name is a slip away from: letters swapped, left out, doubled or wrong.
fn misspelt_word(token: Token, text: &str) -> Option<&'static str> {
    let word = &text[token.span.start..token.span.end];
    if token.kind != TokenKind::Identifier || word.len() < 3 {
        return None;
    }
    let word = word.to_uppercase();
    let slips = if word.len() > 5 { 2 } else { 1 };
    JOINTS.iter().find(|joint| strsim::osa_distance(joint, &word) <= slips).copied()
}
