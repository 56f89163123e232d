//! What names of columns, operators and casts mean in PostgreSQL's dialect, where Spark means something else.

mod casts;
mod names;
mod operators;

use crate::error::{Result, Span};
use crate::functions::{self, Function};
use crate::sql::ast::{
    Alias, Argument, Expression, ExpressionKind, FunctionCall, ObjectName, Query, QueryBody, Select, SelectItem,
};

use super::rows::Rows;
use super::scope::Scope;
use super::{Binder, query};

pub(super) use casts::{explicit as cast, implicit_literal};
pub(super) use names::name_of as column_name;
pub(super) use operators::{binary, index, meet};

/// A function of FROM that gives one value: one row of it.
pub(super) fn one_value(
    binder: &Binder<'_>,
    name: &ObjectName,
    arguments: &[Argument],
    span: Span,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    let call = FunctionCall {
        name: name.clone(),
        arguments: arguments.to_vec(),
        distinct: false,
        filter: None,
        within_group: Vec::new(),
        order_by: Vec::new(),
        ignore_nulls: None,
        over: None,
    };
    let expression = Expression { kind: ExpressionKind::Function(Box::new(call)), span };
    let alias = Some(Alias::One(name.last().clone()));
    let select = Select {
        hints: Vec::new(),
        distinct: false,
        items: vec![SelectItem { expression, alias }],
        from: Vec::new(),
        lateral_views: Vec::new(),
        selection: None,
        group_by: None,
        having: None,
        qualify: None,
        span,
    };
    let query = Query {
        with: None,
        body: QueryBody::Select(Box::new(select)),
        order_by: Vec::new(),
        sort_by: Vec::new(),
        distribute_by: Vec::new(),
        cluster_by: Vec::new(),
        windows: Vec::new(),
        limit: None,
        offset: None,
        span,
    };
    Ok(query::bind(binder, &query, parent)?.unqualified())
}

impl Binder<'_> {
    pub(super) fn is_postgres(&self) -> bool {
        self.environment.context.settings.dialect.is_postgres()
    }

    /// The built-in function that a user's name means.
    pub(super) fn lookup(&self, name: &str) -> Option<&'static Function> {
        functions::lookup_in(self.environment.context.settings.dialect, name)
    }
}
