//! SELECT with its clauses, `FROM … SELECT`, hints, aliases.

use crate::error::{Error, Result, Span};
use crate::sql::ast::{
    Alias, Expression, ExpressionKind, FromItem, Hint, LateralView, QueryBody, Select, SelectItem, SetOperator,
};
use crate::sql::keywords::{Keyword as K, Reserved};
use crate::sql::lexer::{Symbol, TokenKind};

use super::cursor::Parser;
use super::queries::plain_query;

impl Parser<'_> {
    /// `SELECT …`; FROM may have come first.
    pub fn select(&mut self, from_first: Option<(Vec<FromItem>, Vec<LateralView>)>) -> Result<QueryBody> {
        let start = self.start();
        if self.begins_transform() {
            return self.transform(from_first);
        }
        self.expect(K::Select)?;
        let hints = self.hints()?;
        let distinct = !self.distinct_on(start)? && self.distinct();
        let items = self.select_items()?;
        if self.is_postgres() && self.is(K::Into) {
            return Err(Error::unsupported("SELECT INTO", "use CREATE TABLE … AS SELECT …").at(self.token().span));
        }
        let select = Select { hints, distinct, items, ..empty_select() };
        // The query takes a WINDOW clause that stands here.
        Ok(QueryBody::Select(Box::new(self.select_clauses(select, from_first, start)?)))
    }

    /// FROM and what stands behind it.
    pub fn select_clauses(
        &mut self,
        mut select: Select,
        from_first: Option<(Vec<FromItem>, Vec<LateralView>)>,
        start: usize,
    ) -> Result<Select> {
        let (from, mut lateral_views) = match from_first {
            Some(from) => from,
            None if self.is(K::From) => self.relations()?,
            None => (Vec::new(), Vec::new()),
        };
        lateral_views.extend(self.lateral_views()?);
        (select.from, select.lateral_views) = (from, lateral_views);
        if self.accept(K::Where) {
            select.selection = Some(self.expression()?);
        }
        select.group_by = self.group_by()?;
        if self.accept(K::Having) {
            select.having = Some(self.expression()?);
        }
        if self.is_word("QUALIFY") {
            self.advance();
            select.qualify = Some(self.expression()?);
        }
        select.span = self.since(start);
        Ok(select)
    }

    pub fn distinct(&mut self) -> bool {
        let quantifier =
            self.is_any(&[K::Distinct, K::All]) && (self.begins_expression(1) || self.is_symbol_ahead(1, Symbol::Star));
        quantifier && self.accept_any(&[K::Distinct, K::All]) == Some(K::Distinct)
    }

    pub fn select_items(&mut self) -> Result<Vec<SelectItem>> {
        self.list(Self::select_item)
    }

    pub fn select_item(&mut self) -> Result<SelectItem> {
        let expression = self.expression()?;
        let has_as = self.accept(K::As);
        let alias = if self.is_symbol(Symbol::LeftParen) {
            Some(Alias::Many(self.identifier_list()?))
        } else if has_as || self.is_alias() {
            Some(Alias::One(self.strict_identifier()?))
        } else {
            None
        };
        Ok(SelectItem { expression, alias })
    }

    /// `FROM t SELECT …`, `FROM t |> …`, `FROM t`
    pub fn select_behind_from(&mut self) -> Result<QueryBody> {
        let start = self.start();
        let (from, lateral_views) = self.relations()?;
        if !self.is(K::Select) && !self.begins_transform() {
            return Ok(select_everything(from, lateral_views, self.since(start)).body);
        }
        let first = self.select(Some((from.clone(), lateral_views.clone())))?;
        if !self.is(K::Select) && !self.begins_transform() {
            return Ok(first);
        }
        // `FROM t SELECT a … SELECT b …` is the rows of all of them.
        let mut all = QueryBody::Query(Box::new(self.organised(None, first, start)?));
        while self.is(K::Select) || self.begins_transform() {
            let next = self.select(Some((from.clone(), lateral_views.clone())))?;
            let next = QueryBody::Query(Box::new(self.organised(None, next, start)?));
            all = QueryBody::SetOperation {
                operator: SetOperator::Union,
                all: true,
                left: Box::new(all),
                right: Box::new(next),
            };
        }
        Ok(all)
    }

    /// `/*+ BROADCAST(a, b), COALESCE(1) */`
    pub fn hints(&mut self) -> Result<Vec<Hint>> {
        let mut hints = Vec::new();
        while self.accept_symbol(Symbol::HintStart) {
            while !self.accept_symbol(Symbol::HintEnd) {
                let name = self.plain_identifier()?;
                let arguments = match self.is_symbol(Symbol::LeftParen) {
                    true => self.parenthesised(|parser| parser.list(Self::primary))?,
                    false => Vec::new(),
                };
                hints.push(Hint { name, arguments });
                self.accept_symbol(Symbol::Comma);
            }
        }
        Ok(hints)
    }

    /// Whether the next word is an alias without AS of an expression.
    pub fn is_alias(&self) -> bool {
        self.is_identifier(self.token()) && !self.begins_clause(false)
    }

    /// Whether the next word is an alias without AS of something in FROM.
    pub fn is_table_alias(&self) -> bool {
        let strict =
            matches!(self.keyword().map(K::reserved), Some(Reserved::TableAlias | Reserved::AnsiAndTableAlias));
        self.is_identifier(self.token()) && !strict && !self.begins_clause(true)
    }

    /// Whether the next word begins what may follow an expression or a relation, rather than being a name.
    fn begins_clause(&self, table: bool) -> bool {
        if self.is_postgres() && self.is_word("RETURNING") {
            return self.begins_expression(1) || self.is_symbol_ahead(1, Symbol::Star);
        }
        let Some(keyword) = self.keyword() else {
            return self.is_word("QUALIFY") && self.begins_expression(1) && !self.is_symbol_ahead(1, Symbol::LeftParen)
                || self.is_word("QUALIFY") && self.is_symbol_ahead(1, Symbol::LeftParen) && table;
        };
        if self.in_for_query && keyword == K::Do {
            return true;
        }
        let next = self.keyword_ahead(1);
        let alone = matches!(
            self.ahead(1).kind,
            TokenKind::End | TokenKind::Symbol(Symbol::Comma | Symbol::RightParen | Symbol::Semicolon)
        );
        match keyword {
            K::Order | K::Group | K::Cluster | K::Distribute | K::Sort => next == Some(K::By),
            // `SELECT a FROM FROM t`: the first is a name.
            K::From if next == Some(K::From) && !table => !self.is_identifier(self.ahead(2)),
            K::Into if self.is_postgres() => !alone,
            K::From | K::Where | K::Having | K::Select | K::On | K::Using | K::As => true,
            K::Limit | K::Offset => !alone,
            K::Fetch if self.is_postgres() => self.is_word_ahead(1, "FIRST") || self.is_word_ahead(1, "NEXT"),
            K::Minus if self.is_postgres() => false,
            K::Union | K::Except | K::Minus | K::Intersect => !alone,
            K::And | K::Or | K::Then | K::When | K::Else | K::End | K::Is | K::In | K::Not => !alone,
            K::Between | K::Like | K::Ilike | K::Rlike | K::Regexp | K::Div => !alone && self.begins_expression(1),
            K::Lateral => next == Some(K::View) || table,
            K::Window => {
                self.is_identifier(self.ahead(1)) && matches!(self.keyword_ahead(2), Some(K::As))
                    || next == Some(K::Identifier)
            }
            K::For => !alone,
            K::Asc | K::Desc | K::Nulls => false,
            K::Insert => matches!(next, Some(K::Into | K::Overwrite)),
            K::Set => table && !alone,
            K::Tablesample => self.is_symbol_ahead(1, Symbol::LeftParen) || self.is_postgres(),
            K::Pivot => table && self.is_symbol_ahead(1, Symbol::LeftParen),
            K::Unpivot => {
                table && (self.is_symbol_ahead(1, Symbol::LeftParen) || matches!(next, Some(K::Include | K::Exclude)))
            }
            K::Version | K::Timestamp | K::SystemVersion | K::SystemTime => table && self.is_as_of(1),
            K::With => {
                matches!(next, Some(K::Rollup | K::Cube))
                    || (self.is_postgres() && self.is_word_ahead(1, "ORDINALITY"))
                    || (table && self.is_symbol_ahead(1, Symbol::LeftParen))
            }
            K::Grouping => next == Some(K::Sets),
            K::Inner | K::Cross | K::Full | K::Left | K::Right | K::Natural | K::Semi | K::Anti | K::Join => {
                !alone && (table || self.joins())
            }
            K::Watermark => table && !alone,
            K::Map | K::Reduce => table && !alone && self.begins_expression(1),
            K::Rows => !table && alone && self.is_symbol_ahead(1, Symbol::RightParen),
            K::Preceding | K::Following => false,
            _ => false,
        }
    }

    /// Whether a join begins here.
    pub fn joins(&self) -> bool {
        (0..4).find_map(|ahead| match self.keyword_ahead(ahead) {
            Some(K::Join) => Some(true),
            Some(K::Inner | K::Cross | K::Full | K::Left | K::Right | K::Natural | K::Semi | K::Anti | K::Outer) => {
                None
            }
            _ => Some(false),
        }) == Some(true)
    }

    pub fn is_as_of(&self, ahead: usize) -> bool {
        self.keyword_ahead(ahead) == Some(K::As) && self.keyword_ahead(ahead + 1) == Some(K::Of)
    }
}

pub(super) fn empty_select() -> Select {
    Select {
        hints: Vec::new(),
        distinct: false,
        items: Vec::new(),
        from: Vec::new(),
        lateral_views: Vec::new(),
        selection: None,
        group_by: None,
        having: None,
        qualify: None,
        span: Span::default(),
    }
}

/// `SELECT * FROM …`
pub(super) fn select_everything(
    from: Vec<FromItem>,
    lateral_views: Vec<LateralView>,
    span: Span,
) -> crate::sql::ast::Query {
    let everything = Expression { kind: ExpressionKind::Star { qualifier: Vec::new(), except: Vec::new() }, span };
    let items = vec![SelectItem { expression: everything, alias: None }];
    plain_query(QueryBody::Select(Box::new(Select { items, from, lateral_views, span, ..empty_select() })), span)
}
