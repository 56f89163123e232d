//! What stands behind `|>`.

use crate::error::{
    Error, MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS, NOT_ALLOWED_IN_FROM, NOT_ALLOWED_IN_PIPE_OPERATOR_WHERE,
    Result, UNSUPPORTED_FEATURE,
};
use crate::sql::ast::{PipeOperator, QueryBody, Values};
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
            self.pipe_operator(&mut operators)?;
        }
        let input = Box::new(plain_query(input, crate::error::Span::new(start, start)));
        Ok(QueryBody::Pipe { input, operators })
    }

    /// One operator; DISTRIBUTE BY with SORT BY is two.
    fn pipe_operator(&mut self, operators: &mut Vec<PipeOperator>) -> Result<()> {
        let start = self.start();
        let sorts = self.is_any(&[K::Order, K::Sort, K::Cluster, K::Distribute, K::Limit, K::Offset]);
        if sorts {
            return self.pipe_organisation(operators);
        }
        let operator = self.pipe_operator_alone()?;
        if matches!(operator, PipeOperator::Where(_)) && self.is(K::Window) {
            return Err(Error::new(
                &NOT_ALLOWED_IN_PIPE_OPERATOR_WHERE,
                "Not allowed in the pipe WHERE clause: WINDOW clause",
            )
            .subcondition("WINDOW_CLAUSE")
            .at(self.since(start).to(self.token().span))
            .hint("define the window in |> SELECT"));
        }
        let mixed = match operator {
            PipeOperator::Pivot { .. } => self.is_unpivot(),
            PipeOperator::Unpivot { .. } => self.is_pivot(),
            _ => false,
        };
        if mixed {
            return Err(Error::new(
                &NOT_ALLOWED_IN_FROM,
                "Not allowed in the FROM clause: UNPIVOT clause together with PIVOT. Consider using a subquery",
            )
            .subcondition("UNPIVOT_WITH_PIVOT")
            .at(self.since(start).to(self.token().span))
            .hint("put |> before each of them"));
        }
        operators.push(operator);
        Ok(())
    }

    /// What sorts or limits: each such clause is an operator of its own, but for LIMIT with OFFSET.
    fn pipe_organisation(&mut self, operators: &mut Vec<PipeOperator>) -> Result<()> {
        let start = self.start();
        let nothing = QueryBody::Values(Values { rows: Vec::new(), alias: None, span: self.token().span });
        let query = self.organised(None, nothing, start)?;
        let sorts = !query.order_by.is_empty()
            || !query.sort_by.is_empty()
            || !query.distribute_by.is_empty()
            || !query.cluster_by.is_empty();
        let limits = query.limit.is_some() || query.offset.is_some();
        if (sorts && limits) || !query.windows.is_empty() {
            return Err(Error::new(
                &MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS,
                "More than one of ORDER BY, SORT BY, CLUSTER BY, DISTRIBUTE BY, LIMIT and OFFSET stand in one pipe operator",
            )
            .at(query.span)
            .hint("put |> before each of them"));
        }
        let clauses = [
            (!query.order_by.is_empty()).then_some(PipeOperator::OrderBy(query.order_by)),
            (!query.distribute_by.is_empty()).then_some(PipeOperator::DistributeBy(query.distribute_by)),
            (!query.sort_by.is_empty()).then_some(PipeOperator::SortBy(query.sort_by)),
            (!query.cluster_by.is_empty()).then_some(PipeOperator::ClusterBy(query.cluster_by)),
            // LIMIT ALL is no limit, but is an operator.
            (!sorts).then_some(PipeOperator::Limit { limit: query.limit, offset: query.offset }),
        ];
        operators.extend(clauses.into_iter().flatten());
        Ok(())
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
        // `AGGREGATE group by` alone is a column with an alias.
        let groups =
            self.are(&[K::Group, K::By]) && (self.begins_expression(2) || self.is_symbol_ahead(2, Symbol::LeftParen));
        let items = if groups || !self.begins_item() { Vec::new() } else { self.select_items()? };
        let mut group_by = Vec::new();
        if groups || self.are(&[K::Group, K::By]) {
            self.expect_all(&[K::Group, K::By])?;
            let analytics = self.are(&[K::Grouping, K::Sets])
                || (self.is_any(&[K::Rollup, K::Cube]) && self.is_symbol_ahead(1, Symbol::LeftParen));
            let all = self.is(K::All) && !self.begins_expression(1);
            if !analytics && !all {
                group_by = self.select_items()?;
            }
            if analytics || all || self.is(K::With) || self.is(K::Grouping) {
                return Err(Error::new(
                    &UNSUPPORTED_FEATURE,
                    "The SQL pipe operator syntax with aggregation (using |> AGGREGATE) does not support GROUPING SETS, \
                     ROLLUP, CUBE or GROUP BY ALL",
                )
                .subcondition("PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE")
                .hint("use GROUP BY in a SELECT")
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
