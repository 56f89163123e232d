//! Walks the tree of a statement or query, down to the last subquery.
//!
//! A visitor overrides what it looks for and calls the `walk` function of the same name to go on below. Long chains of
//! operators, which lean to the left, are walked in a loop: they may be deeper than the stack.

use super::ast::{
    Argument, Expression, ExpressionKind, FrameBound, FromItem, FromKind, FunctionCall, GroupBy, GroupingElement,
    GroupingSet, IntervalLiteral, JoinCondition, LateralView, Literal, ObjectName, PipeOperator, Pivot, Query,
    QueryBody, Sample, SampleSize, Select, SelectItem, SortItem, TableVersion, WindowReference, WindowSpecification,
};

pub trait Visitor {
    fn query(&mut self, query: &Query) {
        walk_query(self, query);
    }

    fn expression(&mut self, expression: &Expression) {
        walk_expression(self, expression);
    }

    fn source(&mut self, item: &FromItem) {
        walk_source(self, item);
    }

    /// A table, view or common table, in FROM and in `TABLE name`.
    fn relation(&mut self, name: &ObjectName) {
        let _ = name;
    }

    /// A function that is called, in an expression or in FROM.
    fn function(&mut self, name: &ObjectName) {
        let _ = name;
    }
}

pub fn walk_query<V: Visitor + ?Sized>(visitor: &mut V, query: &Query) {
    if let Some(with) = &query.with {
        with.tables.iter().for_each(|table| visitor.query(&table.query));
    }
    walk_body(visitor, &query.body);
    sort_items(visitor, &query.order_by);
    sort_items(visitor, &query.sort_by);
    expressions(visitor, &query.distribute_by);
    expressions(visitor, &query.cluster_by);
    query.windows.iter().for_each(|window| walk_window(visitor, &window.specification));
    expressions(visitor, &query.limit);
    expressions(visitor, &query.offset);
}

pub fn walk_body<V: Visitor + ?Sized>(visitor: &mut V, body: &QueryBody) {
    let mut body = body;
    while let QueryBody::SetOperation { left, right, .. } = body {
        walk_body(visitor, right);
        body = left;
    }
    match body {
        QueryBody::Select(select) => walk_select(visitor, select),
        QueryBody::SetOperation { .. } => {}
        QueryBody::Values(values) => expressions(visitor, &values.rows),
        QueryBody::Table(name) => visitor.relation(name),
        QueryBody::Query(query) => visitor.query(query),
        QueryBody::Transform(transform) => visitor.query(&transform.input),
        QueryBody::Pipe { input, operators } => {
            visitor.query(input);
            operators.iter().for_each(|operator| walk_pipe(visitor, operator));
        }
    }
}

fn walk_select<V: Visitor + ?Sized>(visitor: &mut V, select: &Select) {
    select_items(visitor, &select.items);
    select.from.iter().for_each(|item| visitor.source(item));
    select.lateral_views.iter().for_each(|view| walk_lateral_view(visitor, view));
    expressions(visitor, &select.selection);
    if let Some(group_by) = &select.group_by {
        walk_group_by(visitor, group_by);
    }
    expressions(visitor, &select.having);
    expressions(visitor, &select.qualify);
}

pub fn walk_group_by<V: Visitor + ?Sized>(visitor: &mut V, group_by: &GroupBy) {
    expressions(visitor, &group_by.order);
    group_by.elements.iter().for_each(|element| walk_grouping(visitor, element));
}

fn walk_grouping<V: Visitor + ?Sized>(visitor: &mut V, element: &GroupingElement) {
    match element {
        GroupingElement::Expression(expression) => visitor.expression(expression),
        GroupingElement::All => {}
        GroupingElement::Rollup(sets) | GroupingElement::Cube(sets) => {
            sets.iter().for_each(|set| expressions(visitor, set));
        }
        GroupingElement::GroupingSets(sets) => sets.iter().for_each(|set| match set {
            GroupingSet::Set(set) => expressions(visitor, set),
            GroupingSet::Nested(element) => walk_grouping(visitor, element),
        }),
    }
}

pub fn walk_source<V: Visitor + ?Sized>(visitor: &mut V, item: &FromItem) {
    let mut item = item;
    while let FromKind::Join(join) = &item.kind {
        visitor.source(&join.right);
        walk_join_condition(visitor, &join.condition);
        item = &join.left;
    }
    match &item.kind {
        FromKind::Table { name, version, sample, .. } => {
            visitor.relation(name);
            match version {
                Some(TableVersion::Version(version) | TableVersion::Timestamp(version)) => visitor.expression(version),
                None => {}
            }
            walk_sample(visitor, sample.as_ref());
        }
        FromKind::Subquery { query, sample, .. } => {
            visitor.query(query);
            walk_sample(visitor, sample.as_ref());
        }
        FromKind::Function { name, arguments: list, .. } => {
            visitor.function(name);
            arguments(visitor, list);
        }
        FromKind::Values(values) => expressions(visitor, &values.rows),
        FromKind::Join(_) => {}
        FromKind::Parenthesised { item, sample, .. } => {
            visitor.source(item);
            walk_sample(visitor, sample.as_ref());
        }
        FromKind::Pivot { input, pivot, .. } => {
            visitor.source(input);
            walk_pivot(visitor, pivot);
        }
        FromKind::Unpivot { input, .. } => visitor.source(input),
    }
}

fn walk_join_condition<V: Visitor + ?Sized>(visitor: &mut V, condition: &JoinCondition) {
    match condition {
        JoinCondition::On(expression) => visitor.expression(expression),
        JoinCondition::None | JoinCondition::Using(_) | JoinCondition::Natural => {}
    }
}

fn walk_sample<V: Visitor + ?Sized>(visitor: &mut V, sample: Option<&Sample>) {
    match sample.map(|sample| &sample.size) {
        Some(SampleSize::Percent(size) | SampleSize::Rows(size)) => visitor.expression(size),
        Some(SampleSize::Bucket { bucket, of, on }) => {
            visitor.expression(bucket);
            visitor.expression(of);
            expressions(visitor, on);
        }
        Some(SampleSize::Bytes(_)) | None => {}
    }
}

fn walk_lateral_view<V: Visitor + ?Sized>(visitor: &mut V, view: &LateralView) {
    arguments(visitor, &view.arguments);
}

fn walk_pivot<V: Visitor + ?Sized>(visitor: &mut V, pivot: &Pivot) {
    pivot.aggregates.iter().chain(&pivot.values).for_each(|(expression, _)| visitor.expression(expression));
}

fn walk_pipe<V: Visitor + ?Sized>(visitor: &mut V, operator: &PipeOperator) {
    match operator {
        PipeOperator::Select { items, windows, .. } => {
            select_items(visitor, items);
            windows.iter().for_each(|window| walk_window(visitor, &window.specification));
        }
        PipeOperator::Extend(items) => select_items(visitor, items),
        PipeOperator::Set(assignments) => assignments.iter().for_each(|(_, value)| visitor.expression(value)),
        PipeOperator::Drop(_) | PipeOperator::As(_) | PipeOperator::Unpivot { .. } => {}
        PipeOperator::Where(expression) => visitor.expression(expression),
        PipeOperator::Aggregate { items, group_by } => {
            select_items(visitor, items);
            select_items(visitor, group_by);
        }
        PipeOperator::Join { right, condition, .. } => {
            visitor.source(right);
            walk_join_condition(visitor, condition);
        }
        PipeOperator::SetOperation { right, .. } => walk_body(visitor, right),
        PipeOperator::OrderBy(items) | PipeOperator::SortBy(items) => sort_items(visitor, items),
        PipeOperator::ClusterBy(list) | PipeOperator::DistributeBy(list) => expressions(visitor, list),
        PipeOperator::Limit { limit, offset } => {
            expressions(visitor, limit);
            expressions(visitor, offset);
        }
        PipeOperator::Sample(sample) => walk_sample(visitor, Some(sample)),
        PipeOperator::Pivot { pivot, .. } => walk_pivot(visitor, pivot),
        PipeOperator::LateralView(view) => walk_lateral_view(visitor, view),
    }
}

pub fn walk_expression<V: Visitor + ?Sized>(visitor: &mut V, expression: &Expression) {
    let mut expression = expression;
    while let ExpressionKind::Binary { left, right, .. } = &expression.kind {
        visitor.expression(right);
        expression = left;
    }
    match &expression.kind {
        ExpressionKind::Binary { .. }
        | ExpressionKind::Column(_)
        | ExpressionKind::Star { .. }
        | ExpressionKind::Parameter(_) => {}
        ExpressionKind::Literal(literal) => walk_literal(visitor, literal),
        ExpressionKind::Unary { operand, .. }
        | ExpressionKind::Is { operand, .. }
        | ExpressionKind::Cast { operand, .. }
        | ExpressionKind::Field { operand, .. }
        | ExpressionKind::Path { operand, .. }
        | ExpressionKind::Collate { operand, .. } => visitor.expression(operand),
        ExpressionKind::Extract { source, .. } => visitor.expression(source),
        ExpressionKind::Lambda { body, .. } => visitor.expression(body),
        ExpressionKind::IsDistinctFrom { left, right, .. } => {
            visitor.expression(left);
            visitor.expression(right);
        }
        ExpressionKind::Index { operand, index } => {
            visitor.expression(operand);
            visitor.expression(index);
        }
        ExpressionKind::Between { operand, low, high, .. } => {
            visitor.expression(operand);
            visitor.expression(low);
            visitor.expression(high);
        }
        ExpressionKind::InList { operand, list, .. } => {
            visitor.expression(operand);
            expressions(visitor, list);
        }
        ExpressionKind::InSubquery { operand, query, .. } => {
            visitor.expression(operand);
            visitor.query(query);
        }
        ExpressionKind::Exists(query) | ExpressionKind::Subquery(query) => visitor.query(query),
        ExpressionKind::Like { operand, patterns, escape, .. } => {
            visitor.expression(operand);
            expressions(visitor, patterns);
            expressions(visitor, escape.as_deref());
        }
        ExpressionKind::Case { operand, branches, otherwise } => {
            expressions(visitor, operand.as_deref());
            for (condition, value) in branches {
                visitor.expression(condition);
                visitor.expression(value);
            }
            expressions(visitor, otherwise.as_deref());
        }
        ExpressionKind::Trim { characters, source, .. } => {
            expressions(visitor, characters.as_deref());
            visitor.expression(source);
        }
        ExpressionKind::Function(call) => walk_call(visitor, call),
        ExpressionKind::Row(items) => expressions(visitor, items),
    }
}

fn walk_literal<V: Visitor + ?Sized>(visitor: &mut V, literal: &Literal) {
    match literal {
        Literal::Interval(IntervalLiteral::Units(units)) => {
            units.iter().for_each(|(value, _)| visitor.expression(value));
        }
        Literal::Interval(IntervalLiteral::Range { value, .. }) => visitor.expression(value),
        Literal::Interval(IntervalLiteral::Text(_))
        | Literal::Null
        | Literal::Boolean(_)
        | Literal::Integer(_)
        | Literal::Decimal(_)
        | Literal::Double(_)
        | Literal::Float(_)
        | Literal::Byte(_)
        | Literal::Short(_)
        | Literal::Long(_)
        | Literal::BigDecimal(_)
        | Literal::String(_)
        | Literal::Binary(_)
        | Literal::Typed { .. } => {}
    }
}

fn walk_call<V: Visitor + ?Sized>(visitor: &mut V, call: &FunctionCall) {
    visitor.function(&call.name);
    arguments(visitor, &call.arguments);
    expressions(visitor, &call.filter);
    sort_items(visitor, &call.within_group);
    sort_items(visitor, &call.order_by);
    match &call.over {
        Some(WindowReference::Inline(window)) => walk_window(visitor, window),
        Some(WindowReference::Named(_)) | None => {}
    }
}

pub fn walk_window<V: Visitor + ?Sized>(visitor: &mut V, window: &WindowSpecification) {
    expressions(visitor, &window.partition_by);
    sort_items(visitor, &window.order_by);
    let Some(frame) = &window.frame else { return };
    for bound in std::iter::once(&frame.start).chain(&frame.end) {
        match bound {
            FrameBound::Preceding(distance) | FrameBound::Following(distance) => visitor.expression(distance),
            FrameBound::UnboundedPreceding | FrameBound::CurrentRow | FrameBound::UnboundedFollowing => {}
        }
    }
}

fn expressions<'a, V: Visitor + ?Sized>(visitor: &mut V, list: impl IntoIterator<Item = &'a Expression>) {
    list.into_iter().for_each(|expression| visitor.expression(expression));
}

fn arguments<V: Visitor + ?Sized>(visitor: &mut V, list: &[Argument]) {
    list.iter().for_each(|argument| visitor.expression(&argument.value));
}

fn select_items<V: Visitor + ?Sized>(visitor: &mut V, items: &[SelectItem]) {
    items.iter().for_each(|item| visitor.expression(&item.expression));
}

fn sort_items<V: Visitor + ?Sized>(visitor: &mut V, items: &[SortItem]) {
    items.iter().for_each(|item| visitor.expression(&item.expression));
}
