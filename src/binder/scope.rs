//! What a name means where it stands: the columns in sight, and what kinds of calls a clause may have.
//!
//! [`Scope`] is filled by the clauses of a query; [`ExpressionScope`] is what the binder of expressions gets. Neither
//! knows how plans are built.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, FieldRef};
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::Expr;

use crate::error::{
    AMBIGUOUS_LATERAL_COLUMN_ALIAS, AMBIGUOUS_REFERENCE, CANNOT_RESOLVE_STAR_EXPAND, Error, GROUP_BY_AGGREGATE,
    INVALID_AGGREGATE_FILTER, INVALID_WHERE_CONDITION, NESTED_AGGREGATE_FUNCTION, Result, Span, UNRESOLVED_COLUMN,
    UNSUPPORTED_EXPR_FOR_OPERATOR, UNSUPPORTED_EXPR_FOR_WINDOW, UNSUPPORTED_FEATURE,
};
use crate::functions::Typed;
use crate::sql::ast::{Identifier, NamedWindow, same_name};
use crate::types::{Collation, DataType, quote, quote_if_needed};

use super::{Binder, Ids, UserFunctions, Variables};

/// A column of PostgreSQL's catalogue that `*` does not mean, but its name does.
pub(super) const SYSTEM_COLUMNS: &[&str] = &["xmin", "tableoid"];

impl ScopeColumn {
    /// Whether `*` means it, or it is one of PostgreSQL's that only its name means.
    pub fn stays(&self) -> bool {
        !self.hidden || SYSTEM_COLUMNS.contains(&self.name.as_str())
    }
}

/// A column that names can mean.
#[derive(Debug, Clone)]
pub struct ScopeColumn {
    /// Catalog, database and table, or an alias alone; empty if it has none.
    pub qualifier: Vec<String>,
    /// As the user sees it.
    pub name: String,
    /// The column of the plan.
    pub column: Column,
    /// The plan's field of that column: what Arrow type it really has.
    pub field: FieldRef,
    pub data_type: DataType,
    pub nullable: bool,
    /// Where it stands among the columns with its qualifier: the order of `t.*`.
    pub position: usize,
    /// Found by its qualified name, but not part of `*` (the other side of a USING column).
    pub hidden: bool,
}

impl ScopeColumn {
    pub fn typed(&self) -> Typed {
        Typed { expr: Expr::Column(self.column.clone()), data_type: self.data_type.clone(), nullable: self.nullable }
    }

    /// Whether `parts` are the end of the qualifier: `t` and `db.t` find `spark_catalog.db.t`.
    fn qualified_by(&self, parts: &[Identifier]) -> bool {
        parts.len() <= self.qualifier.len()
            && parts.iter().rev().zip(self.qualifier.iter().rev()).all(|(part, own)| part.is(own))
    }

    /// The name with its qualifier, in backquotes.
    fn quoted(&self) -> String {
        let mut parts: Vec<String> = self.qualifier.iter().map(|part| quote(part)).collect();
        parts.push(quote(&self.name));
        parts.join(".")
    }
}

/// A name given to an expression of the SELECT list.
#[derive(Debug, Clone)]
pub struct NamedValue {
    pub name: String,
    pub value: Typed,
}

/// The names that one query's expressions see.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    pub columns: Vec<ScopeColumn>,
    /// What the SELECT list has named further left: tried after the columns.
    pub aliases: Vec<NamedValue>,
    /// What ORDER BY, HAVING and QUALIFY see of the SELECT list: tried before the columns, but not inside of aggregates.
    pub outputs: Vec<NamedValue>,
    /// What HAVING sees of the SELECT list: tried where a column is not there, has not the fields asked for, or is lost.
    pub second: Vec<NamedValue>,
    /// Columns that grouping takes away: HAVING finds them only inside of aggregates.
    pub lost: Vec<Column>,
    /// Aggregates of this query that subqueries of HAVING ask for; `None` where they may not.
    pub outer_calls: Option<RefCell<Vec<CollectedCall>>>,
    /// Columns that stand for aggregates of this query, which subqueries of HAVING see by their names in the SELECT list.
    pub computed: Vec<ScopeColumn>,
    /// The query around a subquery: its columns become outer references.
    pub parent: Option<&'a Scope<'a>>,
    /// `WINDOW w AS (…)` of the query.
    pub windows: &'a [NamedWindow],
    /// Of the function whose body this is: tried last.
    pub parameters: Option<Parameters<'a>>,
}

/// The parameters of a function, where its body is bound.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    pub function: &'a str,
    /// The arguments, in terms of the columns of the call.
    pub values: &'a [NamedValue],
    /// Where the call stands: its columns are not in sight of the body, but in the arguments.
    pub call_site: &'a Scope<'a>,
    /// Columns of the call that are aggregates and windows.
    pub computed: &'a [ScopeColumn],
}

impl<'a> Parameters<'a> {
    /// `name` or `function.name`, and fields of it.
    fn find<'p>(&self, parts: &'p [Identifier]) -> Option<(&'a NamedValue, &'p [Identifier])> {
        let named = |parts: &'p [Identifier]| {
            let (first, fields) = parts.split_first()?;
            self.values.iter().find(|value| first.is(&value.name)).map(|value| (value, fields))
        };
        let qualified = match parts.split_first() {
            Some((first, rest)) if first.is(self.function) => named(rest),
            _ => None,
        };
        qualified.or_else(|| named(parts))
    }
}

/// What a name was found to mean.
#[derive(Debug)]
pub struct Resolved<'p> {
    pub value: Typed,
    /// The column's own name, as the user sees it.
    pub name: String,
    /// What stands for it in the names of expressions, if that is not its name.
    pub shown: Option<String>,
    /// The last parts of the name: fields to take, one inside the other.
    pub fields: &'p [Identifier],
}

impl<'p> Resolved<'p> {
    fn named(value: &NamedValue, fields: &'p [Identifier]) -> Self {
        Self { value: value.value.clone(), name: value.name.clone(), shown: None, fields }
    }
}

impl<'a> Scope<'a> {
    /// The name of a column of this query or of one around it.
    pub(super) fn name_of(&self, column: &Column) -> Option<String> {
        let mut scope = Some(self);
        while let Some(in_sight) = scope {
            if let Some(known) = in_sight.columns.iter().find(|known| known.column == *column) {
                return Some(known.name.clone());
            }
            scope = in_sight.parent;
        }
        None
    }

    /// Nothing in sight: constants.
    pub fn empty() -> Self {
        Self::default()
    }

    pub fn new(columns: Vec<ScopeColumn>, parent: Option<&'a Scope<'a>>) -> Self {
        Self { columns, parent, ..Self::default() }
    }

    /// Finds what `parts` mean. Spark's order: the columns in sight, by the longest qualifier; then names that the SELECT
    /// list gave further left; then the queries around.
    ///
    /// # Errors
    /// `AMBIGUOUS_REFERENCE`, `AMBIGUOUS_LATERAL_COLUMN_ALIAS`, `UNRESOLVED_COLUMN`.
    pub fn resolve<'p>(&self, parts: &'p [Identifier], span: Span) -> Result<Resolved<'p>> {
        self.resolve_as(parts, span, true)
    }

    fn resolve_as<'p>(&self, parts: &'p [Identifier], span: Span, outputs: bool) -> Result<Resolved<'p>> {
        if let Some(found) = self.find(parts, span, outputs)? {
            return Ok(found);
        }
        // A subquery sees the query around it, and no further; parameters of a function it sees wherever it stands in the body.
        let mut around = self.parent;
        let found_at = |scope: &Scope<'a>, depth: usize| match depth {
            0 => scope.find(parts, span, true),
            _ => Ok(scope.parameter(parts)),
        };
        let mut depth = 0;
        while let Some(scope) = around {
            let found = found_at(scope, depth);
            // Spark looks on, and finds nothing.
            if matches!(&found, Err(error) if error.is(&AMBIGUOUS_REFERENCE)) {
                return Err(self.unresolved(parts, span));
            }
            if let Some(mut found) = found? {
                let qualifier = scope.qualifier_of(&found.value.expr, &found.name);
                let parts = qualifier.iter().chain([&found.name]).map(|part| quote_if_needed(part));
                found.shown = Some(format!("outer({})", parts.collect::<Vec<_>>().join(".")));
                found.value.expr = scope.outer_reference(found.value.expr, span)?;
                return Ok(found);
            }
            around = scope.parent;
            depth += 1;
        }
        Err(self.unresolved(parts, span))
    }

    /// Looks in this query only.
    fn find<'p>(&self, parts: &'p [Identifier], span: Span, outputs: bool) -> Result<Option<Resolved<'p>>> {
        let Some((first, fields)) = parts.split_first() else { return Ok(None) };
        if outputs && let Some(found) = find_named(&self.outputs, first, &self.columns) {
            return match found {
                Ok(output) => Ok(Some(Resolved::named(output, fields))),
                Err(several) => Err(ambiguous(parts, vec![quote(&first.value); several]).at(span)),
            };
        }
        let in_aggregate = !outputs;
        match find_column(&self.columns, parts, span) {
            Ok(Some(found)) if in_aggregate || !self.is_second(&found) => return Ok(Some(found)),
            Err(error) if self.second.is_empty() => return Err(error),
            Ok(_) | Err(_) => {}
        }
        match find_named(&self.second, first, &self.columns) {
            None => {}
            Some(Ok(output)) => {
                return Ok(Some(Resolved::named(output, fields)));
            }
            Some(Err(several)) => return Err(ambiguous(parts, vec![quote(&first.value); several]).at(span)),
        }
        match find_named(&self.aliases, first, &self.columns) {
            None => Ok(self.parameter(parts)),
            Some(Ok(alias)) => {
                let shown = Some(format!("lateralAliasReference({})", alias.name));
                Ok(Some(Resolved { shown, ..Resolved::named(alias, fields) }))
            }
            Some(Err(several)) => Err(Error::new(
                &AMBIGUOUS_LATERAL_COLUMN_ALIAS,
                format!("Lateral column alias {} is ambiguous and has {several} matches", quote(&first.value)),
            )
            .at(span)),
        }
    }

    /// The parameter of that name of the function whose body this is.
    fn parameter<'p>(&self, parts: &'p [Identifier]) -> Option<Resolved<'p>> {
        let (parameter, fields) = self.parameters?.find(parts)?;
        Some(Resolved::named(parameter, fields))
    }

    /// Whether a column gives way to a name of the SELECT list.
    fn is_second(&self, found: &Resolved<'_>) -> bool {
        let lost = matches!(&found.value.expr, Expr::Column(column) if self.lost.contains(column));
        lost || (!self.second.is_empty() && !has_fields(&found.value.data_type, found.fields))
    }

    /// The qualifier that a plain column of that name has.
    pub(super) fn qualifier_of(&self, expr: &Expr, name: &str) -> Vec<String> {
        let Expr::Column(column) = expr else { return Vec::new() };
        let known = self.columns.iter().find(|known| known.column == *column && same_name(&known.name, name));
        known.map(|known| known.qualifier.clone()).unwrap_or_default()
    }

    /// An expression over this query's columns, as a subquery refers to it.
    pub(super) fn outer_reference(&self, expr: Expr, span: Span) -> Result<Expr> {
        let outer = expr.transform_up(|node| {
            let Expr::Column(column) = node else { return Ok(Transformed::no(node)) };
            let Some(known) = self.known(&column) else {
                return Err(Error::unsupported(
                    "a subquery that refers to an aggregate or a window function of the query around it",
                    "compute it in a subquery of FROM, and refer to its column",
                )
                .at(span)
                .into());
            };
            Ok(Transformed::yes(Expr::OuterReferenceColumn(Arc::clone(&known.field), column)))
        })?;
        Ok(outer.data)
    }

    /// The column of the plan, if it is in sight of this query or of the call of the function that this is the body of.
    fn known(&self, column: &Column) -> Option<&ScopeColumn> {
        let own = self.columns.iter().chain(&self.computed).find(|known| known.column == *column);
        own.or_else(|| {
            let parameters = self.parameters?;
            let computed = parameters.computed.iter().find(|known| known.column == *column);
            computed.or_else(|| parameters.call_site.known(column))
        })
    }

    /// The error that nothing has that name.
    pub(super) fn unresolved(&self, parts: &[Identifier], span: Span) -> Error {
        let name = quoted(parts);
        let start = format!("A column, variable, or function parameter with name {name} cannot be resolved");
        let suggestions = self.suggestions(parts);
        if suggestions.is_empty() {
            return Error::new(&UNRESOLVED_COLUMN, start).subcondition("WITHOUT_SUGGESTION").at(span);
        }
        let plain: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let last = parts.last().map_or("", |part| part.value.as_str());
        Error::new(
            &UNRESOLVED_COLUMN,
            format!("{start}. Did you mean one of the following? [{}]", suggestions.join(", ")),
        )
        .subcondition("WITH_SUGGESTION")
        .suggest(last, plain)
        .at(span)
    }

    /// At most five names in sight, the most similar first, as Spark orders and shortens them.
    fn suggestions(&self, parts: &[Identifier]) -> Vec<String> {
        let visible: Vec<&ScopeColumn> = self.columns.iter().filter(|column| !column.hidden).collect();
        // Spark drops the qualifiers when all columns have the same one.
        let same_qualifier = visible.windows(2).all(|pair| pair[0].qualifier == pair[1].qualifier);
        let wanted = parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".").to_lowercase();
        let mut names: Vec<(usize, String)> = Vec::new();
        for column in visible {
            let mut shown: Vec<&str> = Vec::new();
            if parts.len() > 1 || !same_qualifier {
                shown.extend(column.qualifier.iter().map(String::as_str));
            }
            shown.push(&column.name);
            let distance = strsim::levenshtein(&wanted, &shown.join(".").to_lowercase());
            let text = shown.iter().map(|part| quote(part)).collect::<Vec<_>>().join(".");
            if !names.iter().any(|(_, other)| *other == text) {
                names.push((distance, text));
            }
        }
        names.sort_by_key(|(distance, _)| *distance);
        names.into_iter().take(5).map(|(_, name)| name).collect()
    }

    /// The columns that `*` or `qualifier.*` stands for, without those of `except`. A qualifier may also be a struct
    /// column; then the result is empty and `resolve` finds it.
    ///
    /// # Errors
    /// `CANNOT_RESOLVE_STAR_EXPAND` if nothing has that qualifier.
    pub fn star(&self, qualifier: &[Identifier], span: Span) -> Result<Vec<ScopeColumn>> {
        if qualifier.is_empty() {
            return Ok(self.columns.iter().filter(|column| !column.hidden).cloned().collect());
        }
        let mut found: Vec<ScopeColumn> =
            self.columns.iter().filter(|column| column.qualified_by(qualifier)).cloned().collect();
        found.sort_by_key(|column| column.position);
        if !found.is_empty() || find_column(&self.columns, qualifier, span)?.is_some() {
            return Ok(found);
        }
        let name = quoted(qualifier);
        let names: Vec<String> = self.columns.iter().map(|column| quote(&column.name)).collect();
        Err(Error::new(
            &CANNOT_RESOLVE_STAR_EXPAND,
            format!(
                "Cannot resolve {name}.* given input columns {}. Please check that the specified table or struct \
                 exists and is accessible in the input columns",
                names.join(", ")
            ),
        )
        .at(span))
    }
}

/// Whether a value of the type has such fields, one inside the other.
fn has_fields(data_type: &DataType, fields: &[Identifier]) -> bool {
    let Some((name, rest)) = fields.split_first() else { return true };
    match data_type {
        DataType::Struct(own) => own.iter().any(|field| name.is(&field.name) && has_fields(&field.data_type, rest)),
        DataType::Map { value, .. } => has_fields(value, rest),
        DataType::Array { element, .. } => has_fields(element, fields),
        _ => false,
    }
}

/// The value of that name, or how many have it.
fn find_named<'v>(
    values: &'v [NamedValue],
    name: &Identifier,
    columns: &[ScopeColumn],
) -> Option<Result<&'v NamedValue, usize>> {
    let mut found = values.iter().filter(|value| name.is(&value.name));
    let first = found.next()?;
    // One column under several names is still one column; what is computed twice are two.
    let is_column = columns.iter().any(|column| first.value.expr == Expr::Column(column.column.clone()));
    let different = found.filter(|other| !is_column || other.value.expr != first.value.expr).count();
    Some(if different == 0 { Ok(first) } else { Err(different + 1) })
}

/// Finds `parts` among `columns`, or nothing.
fn find_column<'p>(columns: &[ScopeColumn], parts: &'p [Identifier], span: Span) -> Result<Option<Resolved<'p>>> {
    for qualifiers in (0..parts.len()).rev() {
        let (qualifier, rest) = parts.split_at(qualifiers);
        let Some((name, fields)) = rest.split_first() else { continue };
        let candidates: Vec<&ScopeColumn> = columns
            .iter()
            .filter(|column| name.is(&column.name) && column.qualified_by(qualifier))
            .filter(|column| !qualifier.is_empty() || !column.hidden || SYSTEM_COLUMNS.contains(&column.name.as_str()))
            .collect();
        let Some((first, others)) = candidates.split_first() else { continue };
        // One column under several names is still one column.
        if others.iter().all(|other| other.column == first.column) {
            return Ok(Some(Resolved { value: first.typed(), name: first.name.clone(), shown: None, fields }));
        }
        return Err(ambiguous(parts, candidates.iter().map(|column| column.quoted()).collect()).at(span));
    }
    Ok(None)
}

fn ambiguous(parts: &[Identifier], mut options: Vec<String>) -> Error {
    options.sort();
    let name = quoted(parts);
    Error::new(&AMBIGUOUS_REFERENCE, format!("Reference {name} is ambiguous, could be: [{}]", options.join(", ")))
}

fn quoted(parts: &[Identifier]) -> String {
    parts.iter().map(|part| quote(&part.value)).collect::<Vec<_>>().join(".")
}

/// Where an expression stands. It decides what calls it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Select,
    Where,
    GroupBy,
    Having,
    Qualify,
    OrderBy,
    /// SORT BY, DISTRIBUTE BY, CLUSTER BY
    SortBy,
    JoinCondition,
    /// A cell of VALUES.
    Values,
    /// LIMIT, OFFSET: constants.
    Limit,
    /// An argument of a generator or a table function.
    GeneratorArgument,
    /// An argument or ORDER BY of an aggregate function.
    AggregateArgument,
    /// FILTER of an aggregate function.
    AggregateFilter,
    /// An argument, PARTITION BY, ORDER BY or frame bound of a window function.
    Window,
    /// Outside of a query: a DEFAULT, a partition value, an argument of a command.
    Standalone,
}

/// What the binder of expressions gets: the names in sight, the place, and where to leave aggregates and windows.
#[derive(Debug)]
pub struct ExpressionScope<'s> {
    pub scope: &'s Scope<'s>,
    pub place: Place,
    /// Parameters of lambda functions in sight, the innermost last; they come before columns.
    pub variables: Vec<(Identifier, Typed)>,
    pub collected: &'s mut Collected,
    /// Whether the place, or one around it inside this expression, may have aggregates.
    aggregates_around: bool,
}

/// The calls of one query that are computed below its SELECT list. An expression has columns in their place.
#[derive(Debug)]
pub struct Collected {
    pub aggregates: Vec<CollectedCall>,
    pub windows: Vec<CollectedCall>,
    /// The expressions of GROUP BY, once they are known: for `grouping` and `grouping_id`.
    pub grouping: Option<Grouping>,
    /// Items of the SELECT list that are computed once although others refer to them, with their columns.
    pub once: Vec<(Column, Expr)>,
    /// Calls in PostgreSQL's SELECT list that make rows, with the columns they fill.
    pub generated: Vec<(crate::functions::Generator, Vec<String>)>,
    /// Where subqueries stand, and the names of the columns around that they refer to.
    pub correlated: Vec<(Span, Vec<String>)>,
    ids: Ids,
    /// Whether names in backquotes are patterns.
    pub regex_columns: bool,
    time_zone: Arc<str>,
    settings: crate::functions::Settings,
    functions: Arc<UserFunctions>,
    session_variables: Arc<Variables>,
    collated_literals: super::CollatedLiterals,
}

/// One aggregate or window call and the column that stands for it.
#[derive(Debug, Clone)]
pub struct CollectedCall {
    /// `Expr::AggregateFunction` or `Expr::WindowFunction`.
    pub call: Expr,
    pub column: Column,
    pub data_type: DataType,
    pub nullable: bool,
    pub span: Span,
}

/// What `grouping(a)` needs to know.
#[derive(Debug, Clone)]
pub struct Grouping {
    pub expressions: Vec<Expr>,
    /// Holds Spark's `spark_grouping_id`: BIGINT, one bit for each expression, the first one highest; 1 is aggregated away.
    /// `None` if there are no grouping sets.
    pub id: Option<Column>,
}

impl Collected {
    pub fn new(binder: &Binder<'_>) -> Self {
        let context = binder.environment.context;
        let collated_literals = Rc::clone(&binder.collated_literals);
        Self {
            aggregates: Vec::new(),
            windows: Vec::new(),
            grouping: None,
            once: Vec::new(),
            generated: Vec::new(),
            correlated: Vec::new(),
            ids: binder.ids(),
            regex_columns: binder.environment.settings.regex_columns,
            time_zone: Arc::clone(&context.time_zone),
            settings: context.settings,
            functions: binder.environment.names.functions(),
            session_variables: binder.environment.names.variables(),
            collated_literals,
        }
    }

    /// Variables of the session and of blocks, for names of columns that show their values.
    pub(super) fn variables(&self) -> &Variables {
        &self.session_variables
    }

    /// The functions that users made, for names of columns that show a call.
    pub(super) fn functions(&self) -> &UserFunctions {
        &self.functions
    }

    /// The collation that a literal has taken on, for names of columns.
    pub(super) fn collation_of(&self, literal: Span) -> Option<Collation> {
        self.collated_literals.borrow().iter().find(|(span, _)| *span == literal).map(|(_, collation)| *collation)
    }

    /// Whether any literal has taken on a collation.
    pub(super) fn has_collated_literals(&self) -> bool {
        !self.collated_literals.borrow().is_empty()
    }

    /// A named value: what gives another answer each time is computed once, and referred to.
    pub(super) fn once(&mut self, name: &str, value: Typed) -> Typed {
        if !value.expr.is_volatile() {
            return value;
        }
        let column = Column::new_unqualified(self.ids.unique(name));
        self.once.push((column.clone(), value.expr));
        Typed { expr: Expr::Column(column), ..value }
    }

    /// Settings that change what literals mean.
    pub(super) fn settings(&self) -> crate::functions::Settings {
        self.settings
    }

    /// The session's time zone, for names of columns that show a time.
    pub(super) fn time_zone(&self) -> &str {
        &self.time_zone
    }
}

impl<'s> ExpressionScope<'s> {
    pub fn new(scope: &'s Scope<'s>, place: Place, collected: &'s mut Collected) -> Self {
        let aggregates_around = place.allows_aggregates();
        Self { scope, place, variables: Vec::new(), collected, aggregates_around }
    }

    /// Finds a column (or a name of the SELECT list); lambda parameters are looked up by the binder of expressions.
    pub fn resolve<'p>(&self, parts: &'p [Identifier], span: Span) -> Result<Resolved<'p>> {
        self.scope.resolve_as(parts, span, !matches!(self.place, Place::AggregateArgument | Place::AggregateFilter))
    }

    /// Binds what stands inside of an aggregate call: no aggregates, no windows there.
    pub fn inside_aggregate<T>(&mut self, bind: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.at_place(Place::AggregateArgument, bind)
    }

    /// Binds the condition of an aggregate's FILTER.
    pub fn inside_filter<T>(&mut self, bind: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.at_place(Place::AggregateFilter, bind)
    }

    /// Binds what stands inside of a window call: no windows there, aggregates where they were allowed.
    pub fn inside_window<T>(&mut self, bind: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.at_place(Place::Window, bind)
    }

    fn at_place<T>(&mut self, place: Place, bind: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = std::mem::replace(&mut self.place, place);
        let result = bind(self);
        self.place = before;
        result
    }

    /// Fails if no aggregate may stand here. To be asked before the arguments are bound.
    pub fn check_aggregate(&self, text: &str, span: Span) -> Result<()> {
        let error = match self.place {
            Place::Select | Place::Having | Place::Qualify | Place::OrderBy => return Ok(()),
            Place::Window if self.aggregates_around => return Ok(()),
            Place::AggregateArgument => Error::new(
                &NESTED_AGGREGATE_FUNCTION,
                "It is not allowed to use an aggregate function in the argument of another aggregate function. Please \
                 use the inner aggregate function in a sub-query",
            ),
            Place::GroupBy => Error::new(
                &GROUP_BY_AGGREGATE,
                format!("Aggregate functions are not allowed in GROUP BY, but found {text}"),
            ),
            Place::Where => not_in_where(text),
            Place::AggregateFilter => not_in_filter("CONTAINS_AGGREGATE", "an aggregate function"),
            Place::GeneratorArgument => Error::new(
                &UNSUPPORTED_EXPR_FOR_OPERATOR,
                format!(
                    "A query operator contains one or more unsupported expressions. Consider to rewrite it to avoid window \
                     functions, aggregate functions, and generator functions in the WHERE clause.\nInvalid expressions: \
                     [\"{text}\"]"
                ),
            ),
            Place::Window | Place::SortBy | Place::JoinCondition | Place::Values | Place::Limit | Place::Standalone => {
                Error::new(
                    &UNSUPPORTED_FEATURE,
                    format!("the aggregate function {text} cannot stand {}", self.place.description()),
                )
            }
        };
        Err(error.at(span))
    }

    /// Leaves an aggregate call (`Expr::AggregateFunction`, with its DISTINCT, FILTER and ORDER BY) to be computed below,
    /// and gives the column that stands for it. Equal calls share one.
    pub fn aggregate(&mut self, call: Typed, span: Span) -> Typed {
        register(&mut self.collected.aggregates, &self.collected.ids, "aggregate", call, span)
    }

    /// Leaves an aggregate over columns of the query around this one to that query, if this is a subquery of its HAVING; gives
    /// the reference to it.
    pub(super) fn outer_aggregate(&mut self, call: &Typed, span: Span) -> Result<Option<Typed>> {
        let Some(around) = self.scope.parent else { return Ok(None) };
        let Some(calls) = &around.outer_calls else { return Ok(None) };
        if !call.expr.column_refs().is_empty() || !call.expr.contains_outer() {
            return Ok(None);
        }
        let inner = call.expr.clone().transform_up(|node| match node {
            Expr::OuterReferenceColumn(_, column) => Ok(Transformed::yes(Expr::Column(column))),
            other => Ok(Transformed::no(other)),
        })?;
        let inner = Typed { expr: inner.data, ..call.clone() };
        let stands = register(&mut calls.borrow_mut(), &self.collected.ids, "aggregate", inner, span);
        let Expr::Column(column) = stands.expr else { return Ok(None) };
        let field = Field::new(&column.name, call.data_type.to_arrow(), call.nullable);
        Ok(Some(Typed { expr: Expr::OuterReferenceColumn(Arc::new(field), column), ..call.clone() }))
    }

    /// Fails if no window function may stand here.
    pub fn check_window(&self, text: &str, span: Span) -> Result<()> {
        let error = match self.place {
            Place::Select | Place::OrderBy | Place::Qualify => return Ok(()),
            Place::Where => not_in_where(text),
            Place::AggregateFilter => not_in_filter("CONTAINS_WINDOW_FUNCTION", "a window function"),
            Place::GroupBy
            | Place::Having
            | Place::SortBy
            | Place::JoinCondition
            | Place::Values
            | Place::Limit
            | Place::GeneratorArgument
            | Place::AggregateArgument
            | Place::Window
            | Place::Standalone => Error::new(
                &UNSUPPORTED_EXPR_FOR_WINDOW,
                format!("the window function {text} cannot stand {}", self.place.description()),
            ),
        };
        Err(error.at(span))
    }

    /// Leaves a window call (`Expr::WindowFunction`) to be computed below; `windows::call` does it.
    pub(super) fn window(&mut self, call: Typed, span: Span) -> Typed {
        register(&mut self.collected.windows, &self.collected.ids, "window", call, span)
    }

    /// Whether subqueries may stand here.
    pub fn allows_subqueries(&self) -> bool {
        match self.place {
            Place::Select
            | Place::Where
            | Place::Having
            | Place::Qualify
            | Place::OrderBy
            | Place::SortBy
            | Place::JoinCondition
            | Place::GroupBy
            | Place::GeneratorArgument
            | Place::AggregateArgument
            | Place::AggregateFilter
            | Place::Window
            | Place::Values
            | Place::Standalone => true,
            Place::Limit => false,
        }
    }
}

fn register(calls: &mut Vec<CollectedCall>, ids: &Ids, kind: &str, call: Typed, span: Span) -> Typed {
    if let Some(known) = calls.iter().find(|known| known.call == call.expr) {
        return Typed { expr: Expr::Column(known.column.clone()), data_type: call.data_type, nullable: call.nullable };
    }
    let column = Column::new_unqualified(ids.unique(kind));
    calls.push(CollectedCall {
        call: call.expr,
        column: column.clone(),
        data_type: call.data_type.clone(),
        nullable: call.nullable,
        span,
    });
    Typed { expr: Expr::Column(column), data_type: call.data_type, nullable: call.nullable }
}

impl Place {
    fn allows_aggregates(self) -> bool {
        matches!(self, Place::Select | Place::Having | Place::Qualify | Place::OrderBy)
    }

    fn description(self) -> &'static str {
        match self {
            Place::Select => "in the SELECT list",
            Place::Where => "in WHERE",
            Place::GroupBy => "in GROUP BY",
            Place::Having => "in HAVING",
            Place::Qualify => "in QUALIFY",
            Place::OrderBy => "in ORDER BY",
            Place::SortBy => "in SORT BY, DISTRIBUTE BY or CLUSTER BY",
            Place::JoinCondition => "in a join condition",
            Place::Values => "in VALUES",
            Place::Limit => "in LIMIT or OFFSET",
            Place::GeneratorArgument => "in the arguments of a generator",
            Place::AggregateArgument => "inside of an aggregate function",
            Place::AggregateFilter => "in FILTER of an aggregate function",
            Place::Window => "inside of a window function",
            Place::Standalone => "outside of a query",
        }
    }
}

/// What WHERE says to aggregates and windows.
fn not_in_where(text: &str) -> Error {
    let message = format!(
        "The WHERE condition \"{text}\" contains invalid expressions: {text}. Rewrite the query to avoid window \
         functions, aggregate functions, and generator functions in the WHERE clause"
    );
    Error::new(&INVALID_WHERE_CONDITION, message)
}

fn not_in_filter(subcondition: &'static str, what: &str) -> Error {
    let message = format!(
        "The FILTER expression in an aggregate function is invalid. Expected a FILTER expression without {what}"
    );
    Error::new(&INVALID_AGGREGATE_FILTER, message).subcondition(subcondition)
}
