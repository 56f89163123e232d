//! Queries: WITH, set operations, and ORDER BY to OFFSET behind them.

use crate::error::{DUPLICATED_CTE_NAMES, Error, Result, Span, UNSUPPORTED_FEATURE};
use crate::sql::ast::{CommonTable, Expression, Query, QueryBody, SetOperator, SortItem, With};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};
use crate::types::quote;

use super::cursor::{MAX_CHAIN, Parser};

impl Parser<'_> {
    pub fn query(&mut self) -> Result<Query> {
        self.nested(|parser| {
            let start = parser.start();
            let with = parser.with()?;
            let body = parser.query_body()?;
            parser.organised(with, body, start)
        })
    }

    /// Whether a query begins `ahead` places further; a parenthesis may begin one too, but is not looked into.
    pub fn begins_query(&self, ahead: usize) -> bool {
        let next = self.ahead(ahead + 1);
        match self.keyword_ahead(ahead) {
            Some(K::Select) => {
                !matches!(next.kind, TokenKind::Symbol(Symbol::Comma | Symbol::Dot | Symbol::RightParen))
            }
            Some(K::With) => self.is_identifier(next) && !self.is_symbol_ahead(ahead + 1, Symbol::RightParen),
            Some(K::Values) => self.begins_expression(ahead + 1),
            Some(K::From | K::Table) => self.is_identifier(next) || self.is_symbol_ahead(ahead + 1, Symbol::LeftParen),
            _ => false,
        }
    }

    /// Whether what was read as a query in parentheses goes on as a larger query.
    pub fn continues_query(&self) -> bool {
        self.is_symbol(Symbol::Pipe)
            || self.is_any(&[K::Union, K::Intersect, K::Except, K::Minus, K::Limit, K::Offset])
            || (self.is_any(&[K::Order, K::Sort, K::Cluster, K::Distribute]) && self.keyword_ahead(1) == Some(K::By))
    }

    /// The larger query that begins with a query in parentheses.
    pub fn continue_query(&mut self, first: Query) -> Result<Query> {
        let start = first.span.start;
        let body = self.set_operations(QueryBody::Query(Box::new(first)), LOOSE)?;
        self.organised(None, body, start)
    }

    pub fn with(&mut self) -> Result<Option<With>> {
        if !self.is(K::With) {
            return Ok(None);
        }
        self.advance();
        let recursive = self.is(K::Recursive) && self.is_identifier(self.ahead(1)) && !self.ahead_is_as(1);
        if recursive {
            self.advance();
        }
        let tables = self.list(Self::common_table)?;
        for (n, table) in tables.iter().enumerate() {
            if tables[..n].iter().any(|earlier| earlier.name == table.name) {
                return Err(Error::new(
                    &DUPLICATED_CTE_NAMES,
                    format!("CTE definition can't have duplicate names: {}", quote(&table.name.value)),
                )
                .at(table.name.span));
            }
        }
        Ok(Some(With { recursive, tables }))
    }

    fn ahead_is_as(&self, ahead: usize) -> bool {
        self.keyword_ahead(ahead) == Some(K::As) && self.is_symbol_ahead(ahead + 1, Symbol::LeftParen)
    }

    fn common_table(&mut self) -> Result<CommonTable> {
        let name = self.strict_identifier()?;
        let has_columns = self.is_symbol(Symbol::LeftParen) && !self.begins_query(1);
        let columns = if has_columns { self.identifier_list()? } else { Vec::new() };
        let max_recursion_level =
            if self.accept_all(&[K::Max, K::Recursion, K::Level]) { Some(self.integer()?) } else { None };
        self.accept(K::As);
        if self.is_postgres() && !self.accept_words(&["MATERIALIZED"]) {
            self.accept_words(&["NOT", "MATERIALIZED"]);
        }
        let query = self.parenthesised(Self::query)?;
        Ok(CommonTable { name, columns, max_recursion_level, query })
    }

    pub fn query_body(&mut self) -> Result<QueryBody> {
        let first = self.query_operand()?;
        self.set_operations(first, LOOSE)
    }

    /// One side of a set operation. A WINDOW clause belongs to the query around it unless an operator follows.
    fn query_operand(&mut self) -> Result<QueryBody> {
        let start = self.start();
        let body = self.query_primary()?;
        let mark = self.mark();
        let windows = self.window_clause()?;
        if windows.is_empty() || !(self.set_operator().is_some() || self.is_symbol(Symbol::Pipe)) {
            self.back_to(mark);
            return Ok(body);
        }
        let query = Query { windows, ..plain_query(body, self.since(start)) };
        Ok(QueryBody::Query(Box::new(query)))
    }

    fn set_operations(&mut self, mut left: QueryBody, minimum: u8) -> Result<QueryBody> {
        let mut links = 0;
        loop {
            links += 1;
            if links > MAX_CHAIN {
                return Err(self.too_complex());
            }
            if self.is_symbol(Symbol::Pipe) && minimum == LOOSE {
                left = self.pipe(left)?;
                continue;
            }
            let Some((operator, precedence)) = self.set_operator().filter(|(_, found)| *found >= minimum) else {
                return Ok(left);
            };
            self.advance();
            let all = self.set_quantifier();
            let right = self.query_operand()?;
            let right = self.set_operations(right, precedence + 1)?;
            left = QueryBody::SetOperation { operator, all, left: Box::new(left), right: Box::new(right) };
        }
    }

    pub fn set_operator(&self) -> Option<(SetOperator, u8)> {
        let intersect = if self.options.legacy_set_operations { LOOSE + 1 } else { LOOSE + 2 };
        match self.keyword()? {
            K::Union => Some((SetOperator::Union, LOOSE + 1)),
            K::Minus if self.is_postgres() => None,
            K::Except | K::Minus => Some((SetOperator::Except, LOOSE + 1)),
            K::Intersect => Some((SetOperator::Intersect, intersect)),
            _ => None,
        }
    }

    /// `ALL`; DISTINCT is the default.
    pub fn set_quantifier(&mut self) -> bool {
        self.accept_any(&[K::All, K::Distinct]) == Some(K::All)
    }

    pub fn query_primary(&mut self) -> Result<QueryBody> {
        if self.is_symbol(Symbol::LeftParen) {
            return Ok(QueryBody::Query(Box::new(self.parenthesised(Self::query)?)));
        }
        match self.keyword() {
            Some(K::Select | K::Map | K::Reduce) => self.select(None),
            Some(K::From) => self.select_behind_from(),
            Some(K::Values) => Ok(QueryBody::Values(self.values()?)),
            Some(K::Table) => {
                self.advance();
                Ok(QueryBody::Table(self.object_name()?))
            }
            _ => Err(self.unexpected_of(&[K::Select, K::From, K::Values, K::Table, K::With])),
        }
    }

    /// Reads what stands behind the body.
    pub fn organised(&mut self, with: Option<With>, body: QueryBody, start: usize) -> Result<Query> {
        let mut query = plain_query(body, Span::new(start, start));
        query.with = with;
        self.organisation(&mut query)?;
        query.span = self.since(start);
        Ok(query)
    }

    fn organisation(&mut self, query: &mut Query) -> Result<()> {
        query.windows = self.window_clause()?;
        if self.accept_all(&[K::Order, K::By]) {
            query.order_by = self.list(Self::sort_item)?;
        }
        if self.accept_all(&[K::Cluster, K::By]) {
            query.cluster_by = self.expressions()?;
        }
        if self.accept_all(&[K::Distribute, K::By]) {
            query.distribute_by = self.expressions()?;
        }
        if self.accept_all(&[K::Sort, K::By]) {
            query.sort_by = self.list(Self::sort_item)?;
        }
        let kinds = [
            !query.order_by.is_empty(),
            !query.cluster_by.is_empty(),
            !query.sort_by.is_empty() || !query.distribute_by.is_empty(),
        ];
        if kinds.into_iter().filter(|kind| *kind).count() > 1 {
            return Err(Error::new(
                &UNSUPPORTED_FEATURE,
                "Combination of ORDER BY/SORT BY/DISTRIBUTE BY/CLUSTER BY is not supported",
            )
            .subcondition("COMBINATION_QUERY_RESULT_CLAUSES")
            .at(self.token().span));
        }
        query.windows.extend(self.window_clause()?);
        if self.is_postgres() {
            let limits = self.postgres_limits()?;
            (query.limit, query.offset) = (limits.limit, limits.offset);
            return self.settle(query, limits.with_ties);
        }
        (query.limit, query.offset) = self.limit_and_offset()?;
        Ok(())
    }

    pub fn limit_and_offset(&mut self) -> Result<(Option<Expression>, Option<Expression>)> {
        let mut limit = None;
        if self.accept(K::Limit) && !(self.is(K::All) && self.accept(K::All)) {
            limit = Some(self.expression()?);
        }
        let offset = if self.accept(K::Offset) { Some(self.expression()?) } else { None };
        Ok((limit, offset))
    }

    pub fn sort_item(&mut self) -> Result<SortItem> {
        let expression = self.expression()?;
        let descending = self.accept_any(&[K::Asc, K::Desc]) == Some(K::Desc);
        let nulls_first = match self.accept(K::Nulls) {
            true => Some(self.expect_any(&[K::First, K::Last])? == K::First),
            // PostgreSQL takes NULL for larger than anything.
            false if self.is_postgres() => Some(descending),
            false => None,
        };
        Ok(SortItem { expression, descending, nulls_first })
    }
}

const LOOSE: u8 = 0;

/// A query of nothing but its body.
pub(super) fn plain_query(body: QueryBody, span: Span) -> Query {
    Query {
        with: None,
        body,
        order_by: Vec::new(),
        sort_by: Vec::new(),
        distribute_by: Vec::new(),
        cluster_by: Vec::new(),
        windows: Vec::new(),
        limit: None,
        offset: None,
        span,
    }
}
