//! What stands behind `|>`.

use crate::error::{Error, MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS, Result};
use crate::sql::ast::{PipeOperator, QueryBody};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;
use super::queries::plain_query;

impl Parser<'_> {
    /// All operators that follow an input.
    pub fn pipe(&mut self, input: QueryBody) -> Result<QueryBody> {
        let start = self.start();
        let mut operators = Vec::new();
        while self.accept_symbol(Symbol::Pipe) {
            operators.push(self.pipe_operator()?);
        }
        let input = Box::new(plain_query(input, crate::error::Span::new(start, start)));
        Ok(QueryBody::Pipe { input, operators })
    }

    /// One operator. What sorts or limits stands alone: each such clause is an operator of its own.
    fn pipe_operator(&mut self) -> Result<PipeOperator> {
        let start = self.start();
        let operator = self.pipe_operator_alone()?;
        let sorts = matches!(
            operator,
            PipeOperator::OrderBy(_)
                | PipeOperator::SortBy(_)
                | PipeOperator::ClusterBy(_)
                | PipeOperator::DistributeBy(_)
                | PipeOperator::Limit { .. }
        );
        if sorts && self.continues_query() && !self.is_symbol(Symbol::Pipe) && self.set_operator().is_none() {
            return Err(Error::new(
                &MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS,
                "More than one of ORDER BY, SORT BY, CLUSTER BY, DISTRIBUTE BY, LIMIT and OFFSET stand in one pipe operator",
            )
            .at(self.since(start).to(self.token().span))
            .hint("put |> before each of them"));
        }
        if matches!(operator, PipeOperator::Where(_)) && self.is(K::Window) {
            return Err(Error::unsupported("a WINDOW clause behind |> WHERE", "define the window in |> SELECT")
                .at(self.token().span));
        }
        Ok(operator)
    }

    fn pipe_operator_alone(&mut self) -> Result<PipeOperator> {
        if self.is_pivot() {
            let pivot = Box::new(self.pivot()?);
            return Ok(PipeOperator::Pivot { pivot, alias: self.pivot_alias()? });
        }
        if self.is_unpivot() {
            let unpivot = Box::new(self.unpivot()?);
            return Ok(PipeOperator::Unpivot { unpivot, alias: self.pivot_alias()? });
        }
        if let Some(sample) = self.sample()? {
            return Ok(PipeOperator::Sample(sample));
        }
        if self.joins() {
            let (operator, natural) = self.join_operator()?;
            let (right, condition) = self.join_right(natural)?;
            return Ok(PipeOperator::Join { operator, right, condition });
        }
        if let Some((operator, _)) = self.set_operator() {
            self.advance();
            let all = self.set_quantifier();
            return Ok(PipeOperator::SetOperation { operator, all, right: self.query_primary()? });
        }
        match self.keyword() {
            Some(K::Select) => self.pipe_select(),
            Some(K::Extend) => {
                self.advance();
                Ok(PipeOperator::Extend(self.select_items()?))
            }
            Some(K::Set) => {
                self.advance();
                Ok(PipeOperator::Set(self.list(|parser| {
                    let name = parser.strict_identifier()?;
                    if parser.is_symbol(Symbol::Dot) {
                        return Err(Error::unsupported("SET of a field", "set the whole column, with named_struct()")
                            .at(parser.token().span));
                    }
                    parser.expect_symbol(Symbol::Eq)?;
                    Ok((name, parser.expression()?))
                })?))
            }
            Some(K::Drop) => {
                self.advance();
                Ok(PipeOperator::Drop(self.list(Self::strict_identifier)?))
            }
            Some(K::As) => {
                self.advance();
                Ok(PipeOperator::As(self.strict_identifier()?))
            }
            Some(K::Where) => {
                self.advance();
                Ok(PipeOperator::Where(self.expression()?))
            }
            Some(K::Aggregate) => self.pipe_aggregate(),
            Some(K::Order) => {
                self.expect_all(&[K::Order, K::By])?;
                Ok(PipeOperator::OrderBy(self.list(Self::sort_item)?))
            }
            Some(K::Sort) => {
                self.expect_all(&[K::Sort, K::By])?;
                Ok(PipeOperator::SortBy(self.list(Self::sort_item)?))
            }
            Some(K::Cluster) => {
                self.expect_all(&[K::Cluster, K::By])?;
                Ok(PipeOperator::ClusterBy(self.expressions()?))
            }
            Some(K::Distribute) => {
                self.expect_all(&[K::Distribute, K::By])?;
                Ok(PipeOperator::DistributeBy(self.expressions()?))
            }
            Some(K::Limit | K::Offset) => {
                let (limit, offset) = self.limit_and_offset()?;
                Ok(PipeOperator::Limit { limit, offset })
            }
            Some(K::Lateral) => Ok(PipeOperator::LateralView(self.lateral_view()?)),
            _ => Err(self.unexpected_of(&[
                K::Select,
                K::Extend,
                K::Set,
                K::Drop,
                K::As,
                K::Where,
                K::Aggregate,
                K::Join,
                K::Union,
                K::Order,
                K::Limit,
                K::Tablesample,
                K::Pivot,
                K::Unpivot,
            ])),
        }
    }
}

impl Parser<'_> {
    fn pipe_select(&mut self) -> Result<PipeOperator> {
        self.advance();
        self.hints()?;
        let distinct = self.distinct();
        let items = self.select_items()?;
        let windows = self.window_clause()?;
        Ok(PipeOperator::Select { distinct, items, windows })
    }

    fn pipe_aggregate(&mut self) -> Result<PipeOperator> {
        self.advance();
        let items = if self.are(&[K::Group, K::By]) || !self.begins_item() { Vec::new() } else { self.select_items()? };
        let mut group_by = Vec::new();
        if self.accept_all(&[K::Group, K::By]) {
            let analytics = self.are(&[K::Grouping, K::Sets])
                || (self.is_any(&[K::Rollup, K::Cube]) && self.is_symbol_ahead(1, Symbol::LeftParen));
            if !analytics {
                group_by = self.select_items()?;
            }
            if analytics || self.is(K::With) || self.is(K::Grouping) {
                return Err(Error::unsupported(
                    "GROUPING SETS, ROLLUP or CUBE behind |> AGGREGATE",
                    "use GROUP BY in a SELECT",
                )
                .at(self.token().span));
            }
        }
        if items.is_empty() && group_by.is_empty() {
            return Err(self.unexpected());
        }
        Ok(PipeOperator::Aggregate { items, group_by })
    }

    fn begins_item(&self) -> bool {
        self.begins_expression(0) || self.is_symbol(Symbol::Star)
    }
}
