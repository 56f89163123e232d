//! FROM: tables, subqueries, functions, joins, samples, time travel, LATERAL VIEW.

use crate::error::{Error, INVALID_SQL_SYNTAX, Result};
use crate::sql::ast::{
    Expression, ExpressionKind, FromItem, FromKind, Identifier, Join, JoinCondition, JoinOperator, LateralView,
    Literal, QueryBody, Sample, SampleSize, TableAlias, TableVersion, UnaryOperator, Values,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};

use super::cursor::{MAX_JOINS, Parser};
use super::select::select_everything;

impl Parser<'_> {
    pub fn relations(&mut self) -> Result<(Vec<FromItem>, Vec<LateralView>)> {
        let start = self.start();
        self.expect(K::From)?;
        let from = self.list(Self::relation)?;
        let views = self.lateral_views()?;
        if views.is_empty() || !(self.is_pivot() || self.is_unpivot()) {
            return Ok((from, views));
        }
        // A pivot behind LATERAL VIEW takes all that stands before it.
        let span = self.since(start);
        let query = Box::new(select_everything(from, views, span));
        let kind = FromKind::Subquery { query, lateral: false, sample: None, alias: None };
        let mut item = FromItem { kind, span };
        while self.is_pivot() || self.is_unpivot() {
            item = self.pivoted(item, start)?;
        }
        Ok((vec![item], Vec::new()))
    }

    /// A relation with the joins and pivots behind it.
    pub fn relation(&mut self) -> Result<FromItem> {
        let start = self.start();
        let lateral = self.lateral();
        let first = self.relation_primary(lateral)?;
        self.with_joins(first, start)
    }

    fn with_joins(&mut self, first: FromItem, start: usize) -> Result<FromItem> {
        let mut item = first;
        for _ in 0..MAX_JOINS {
            if self.is_pivot() || self.is_unpivot() {
                item = self.pivoted(item, start)?;
            } else if self.joins() {
                let (operator, natural) = self.join_operator()?;
                let (right, condition) = self.join_right(natural)?;
                let kind = FromKind::Join(Box::new(Join { left: item, right, operator, condition }));
                item = FromItem { kind, span: self.since(start) };
            } else {
                return Ok(item);
            }
        }
        Err(self.too_complex())
    }

    fn lateral(&mut self) -> bool {
        self.is(K::Lateral) && self.keyword_ahead(1) != Some(K::View) && self.accept(K::Lateral)
    }

    /// `[NATURAL] LEFT OUTER JOIN` and the like.
    pub fn join_operator(&mut self) -> Result<(JoinOperator, bool)> {
        let natural = self.accept(K::Natural);
        let first = self.accept_any(&[K::Inner, K::Cross, K::Left, K::Right, K::Full, K::Semi, K::Anti]);
        let operator = match first {
            None | Some(K::Inner) => JoinOperator::Inner,
            Some(K::Cross) => JoinOperator::Cross,
            Some(K::Semi) => JoinOperator::LeftSemi,
            Some(K::Anti) => JoinOperator::LeftAnti,
            Some(K::Left) => match self.accept_any(&[K::Semi, K::Anti, K::Outer]) {
                Some(K::Semi) => JoinOperator::LeftSemi,
                Some(K::Anti) => JoinOperator::LeftAnti,
                _ => JoinOperator::Left,
            },
            Some(K::Right) => {
                self.accept(K::Outer);
                JoinOperator::Right
            }
            Some(_) => {
                self.accept(K::Outer);
                JoinOperator::Full
            }
        };
        self.expect(K::Join)?;
        if natural && operator == JoinOperator::Cross {
            return Err(Error::new(
                &crate::error::INCOMPATIBLE_JOIN_TYPES,
                "The join types `NATURAL` and `CROSS` are incompatible",
            )
            .at(self.token().span));
        }
        Ok((operator, natural))
    }

    pub fn join_right(&mut self, natural: bool) -> Result<(FromItem, JoinCondition)> {
        let lateral = self.lateral();
        let right = self.relation_primary(lateral)?;
        let condition = if natural {
            JoinCondition::Natural
        } else if self.accept(K::On) {
            JoinCondition::On(self.expression()?)
        } else if self.accept(K::Using) {
            JoinCondition::Using(self.identifier_list()?)
        } else {
            JoinCondition::None
        };
        Ok((right, condition))
    }

    fn relation_primary(&mut self, lateral: bool) -> Result<FromItem> {
        let start = self.start();
        let kind = if self.is_symbol(Symbol::LeftParen) {
            self.nested(|parser| parser.parenthesised_relation(lateral))?
        } else if self.is(K::Values) && self.begins_expression(1) {
            FromKind::Values(self.values()?)
        } else {
            self.named_relation(lateral)?
        };
        if lateral && !matches!(kind, FromKind::Subquery { .. } | FromKind::Function { .. }) {
            return Err(Error::new(
                &INVALID_SQL_SYNTAX,
                "LATERAL can only be used with subquery and table-valued functions",
            )
            .subcondition("LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC")
            .at(self.since(start)));
        }
        Ok(FromItem { kind, span: self.since(start) })
    }

    fn named_relation(&mut self, lateral: bool) -> Result<FromKind> {
        if self.is_postgres() && self.are_words(&["ROWS", "FROM"]) && self.is_symbol_ahead(2, Symbol::LeftParen) {
            return Err(
                Error::unsupported("ROWS FROM", "join what the functions give WITH ORDINALITY").at(self.token().span)
            );
        }
        if self.is_postgres() && self.is(K::Only) && self.is_identifier(self.ahead(1)) {
            self.advance();
        }
        if self.is(K::Stream) && self.begins_expression(1) && !self.is_symbol_ahead(1, Symbol::LeftParen) {
            return Err(Error::unsupported("STREAM", "read the table itself").at(self.token().span));
        }
        let name = self.object_name()?;
        if self.is_symbol(Symbol::LeftParen) {
            let arguments = self.parenthesised(|parser| match parser.is_symbol(Symbol::RightParen) {
                true => Ok(Vec::new()),
                false => parser.list(Self::argument),
            })?;
            self.refuse_watermark()?;
            let ordinality = self.is_postgres() && self.accept_words(&["WITH", "ORDINALITY"]);
            let name = self.without_system_schema(name);
            // In PostgreSQL a function sees what stands further left, without the word.
            let lateral = lateral || self.is_postgres();
            return Ok(FromKind::Function { name, arguments, lateral, ordinality, alias: self.table_alias()? });
        }
        let version = self.table_version()?;
        if self.is(K::With) && self.is_symbol_ahead(1, Symbol::LeftParen) {
            return Err(Error::unsupported("WITH (options) behind a table", "give the options to CREATE TABLE")
                .at(self.token().span));
        }
        let sample = self.sample()?;
        self.refuse_watermark()?;
        Ok(FromKind::Table { name, version, sample, alias: self.table_alias()? })
    }

    fn refuse_watermark(&self) -> Result<()> {
        if self.is(K::Watermark) && self.begins_expression(1) {
            return Err(
                Error::unsupported("WATERMARK", "leave it out: tables are read as they are").at(self.token().span)
            );
        }
        Ok(())
    }

    /// `(query)`, `(relation)`. `((SELECT …) UNION …)` and `((SELECT …) a JOIN b)` differ only far behind.
    fn parenthesised_relation(&mut self, lateral: bool) -> Result<FromKind> {
        self.expect_symbol(Symbol::LeftParen)?;
        let inner_start = self.start();
        let query = if self.begins_query(0) {
            Some(self.query()?)
        } else if self.is_symbol(Symbol::LeftParen) {
            let item = self.nested(|parser| {
                let kind = parser.parenthesised_relation(false)?;
                Ok(FromItem { kind, span: parser.since(inner_start) })
            })?;
            match item.kind {
                FromKind::Subquery { query, sample: None, alias: None, .. }
                    if self.continues_query() || self.is_symbol(Symbol::RightParen) =>
                {
                    Some(self.continue_query(*query)?)
                }
                kind => return self.close_relation(FromItem { kind, ..item }, inner_start),
            }
        } else {
            let item = self.relation()?;
            return self.close_relation(item, inner_start);
        };
        let Some(query) = query else { return Err(self.unexpected()) };
        if let QueryBody::Values(values) = &query.body
            && !self.is_symbol(Symbol::RightParen)
        {
            // `(VALUES (1) AS a JOIN b)`
            let item = FromItem { kind: FromKind::Values(values.clone()), span: query.span };
            return self.close_relation(item, inner_start);
        }
        self.expect_symbol(Symbol::RightParen)?;
        let sample = self.sample()?;
        self.refuse_watermark()?;
        Ok(FromKind::Subquery { query: Box::new(query), lateral, sample, alias: self.table_alias()? })
    }

    /// The rest of a relation in parentheses.
    fn close_relation(&mut self, first: FromItem, start: usize) -> Result<FromKind> {
        let item = Box::new(self.with_joins(first, start)?);
        self.expect_symbol(Symbol::RightParen)?;
        let sample = self.sample()?;
        self.refuse_watermark()?;
        Ok(FromKind::Parenthesised { item, sample, alias: self.table_alias()? })
    }

    pub fn values(&mut self) -> Result<Values> {
        let start = self.start();
        self.expect(K::Values)?;
        let rows = self.expressions()?;
        let alias = self.table_alias()?;
        Ok(Values { rows, alias, span: self.since(start) })
    }

    pub fn table_alias(&mut self) -> Result<Option<TableAlias>> {
        let stated = self.is(K::As);
        if !stated && !self.is_table_alias() {
            return Ok(None);
        }
        self.accept(K::As);
        // `AS (a, b)` names the columns only.
        let name = if stated && self.is_symbol(Symbol::LeftParen) { None } else { Some(self.strict_identifier()?) };
        let columns = if self.is_symbol(Symbol::LeftParen) { self.identifier_list()? } else { Vec::new() };
        Ok(Some(TableAlias { name, columns }))
    }

    /// `[FOR] VERSION AS OF n`, `[FOR] TIMESTAMP AS OF t`
    fn table_version(&mut self) -> Result<Option<TableVersion>> {
        let ahead = usize::from(self.is(K::For));
        let keyword = self.keyword_ahead(ahead);
        let known = matches!(keyword, Some(K::Version | K::SystemVersion | K::Timestamp | K::SystemTime));
        if !known || !self.is_as_of(ahead + 1) {
            return Ok(None);
        }
        self.accept(K::For);
        self.advance();
        self.expect_all(&[K::As, K::Of])?;
        Ok(Some(match keyword {
            Some(K::Version | K::SystemVersion) => TableVersion::Version(self.primary()?),
            _ => TableVersion::Timestamp(self.value()?),
        }))
    }

    /// `TABLESAMPLE (…) [REPEATABLE (seed)]`, if it is there.
    pub fn sample(&mut self) -> Result<Option<Sample>> {
        let method = self.is_postgres() && self.is(K::Tablesample) && self.is_symbol_ahead(2, Symbol::LeftParen);
        if method {
            return self.postgres_sample().map(Some);
        }
        if !(self.is(K::Tablesample) && self.is_symbol_ahead(1, Symbol::LeftParen)) {
            return Ok(None);
        }
        let start = self.start();
        self.advance();
        if self.is_symbol_ahead(1, Symbol::RightParen) {
            return Err(
                Error::new(&INVALID_SQL_SYNTAX, "TABLESAMPLE does not accept empty inputs").at(self.since(start))
            );
        }
        let size = self.parenthesised(Self::sample_size)?;
        let seed = match self.accept(K::Repeatable) {
            true => Some(self.parenthesised(Self::integer)?),
            false => None,
        };
        Ok(Some(Sample { size, seed, span: self.since(start) }))
    }

    /// `TABLESAMPLE BERNOULLI (10) [REPEATABLE (1)]`
    fn postgres_sample(&mut self) -> Result<Sample> {
        let start = self.start();
        self.advance();
        if !(self.accept_words(&["BERNOULLI"]) || self.accept_words(&["SYSTEM"])) {
            return Err(self.unexpected().hint("samples are taken by BERNOULLI or SYSTEM"));
        }
        let percent = self.parenthesised(Self::expression)?;
        if !percentage(&percent).is_some_and(|percent| (0.0..=100.0).contains(&percent)) {
            return Err(Error::new(&INVALID_SQL_SYNTAX, "sample percentage must be between 0 and 100").at(percent.span));
        }
        let seed = if self.accept(K::Repeatable) { Some(self.parenthesised(Self::integer)?) } else { None };
        Ok(Sample { size: SampleSize::Percent(percent), seed, span: self.since(start) })
    }

    fn sample_size(&mut self) -> Result<SampleSize> {
        if self.is(K::Bucket) && matches!(self.ahead(1).kind, TokenKind::Number(_)) {
            self.advance();
            let bucket = self.primary()?;
            self.expect_all(&[K::Out, K::Of])?;
            let of = self.primary()?;
            let on = if self.accept(K::On) { Some(self.primary()?) } else { None };
            return Ok(SampleSize::Bucket { bucket, of, on });
        }
        // `100M` is one word.
        let text = self.slice(self.token().span);
        if self.kind() == TokenKind::Identifier && text.starts_with(|c: char| c.is_ascii_digit()) {
            self.advance();
            return Ok(SampleSize::Bytes(text.to_owned()));
        }
        let size = self.expression()?;
        match self.keyword() {
            Some(K::Percent) if is_number(&size) => {
                self.advance();
                if !percentage(&size).is_some_and(|percent| (0.0..=100.0).contains(&percent)) {
                    return Err(
                        Error::new(&INVALID_SQL_SYNTAX, "Sampling fraction must be on interval [0, 1]").at(size.span)
                    );
                }
                Ok(SampleSize::Percent(size))
            }
            Some(K::Rows) => {
                self.advance();
                Ok(SampleSize::Rows(size))
            }
            _ => Err(self.unexpected_of(&[K::Percent, K::Rows])),
        }
    }

    pub fn lateral_views(&mut self) -> Result<Vec<LateralView>> {
        let mut views = Vec::new();
        while self.are(&[K::Lateral, K::View]) {
            views.push(self.lateral_view()?);
        }
        Ok(views)
    }

    pub fn lateral_view(&mut self) -> Result<LateralView> {
        let start = self.start();
        self.expect_all(&[K::Lateral, K::View])?;
        let outer = self.is(K::Outer) && self.is_identifier(self.ahead(1)) && self.accept(K::Outer);
        let name = self.object_name()?;
        let arguments = self.parenthesised(|parser| match parser.is_symbol(Symbol::RightParen) {
            true => Ok(Vec::new()),
            false => parser.list(Self::argument),
        })?;
        let table: Option<Identifier> =
            if !self.is(K::As) && self.is_table_alias() { Some(self.identifier()?) } else { None };
        let has_columns = self.accept(K::As) || self.is_table_alias();
        let columns = if has_columns { self.list(Self::identifier)? } else { Vec::new() };
        Ok(LateralView { outer, name, arguments, table, columns, span: self.since(start) })
    }
}

fn percentage(expression: &Expression) -> Option<f64> {
    match &expression.kind {
        ExpressionKind::Literal(Literal::Integer(digits) | Literal::Decimal(digits)) => digits.parse().ok(),
        _ => None,
    }
}

fn is_number(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Literal(Literal::Integer(_) | Literal::Decimal(_)) => true,
        ExpressionKind::Unary { operator: UnaryOperator::Minus, operand } => is_number(operand),
        _ => false,
    }
}
