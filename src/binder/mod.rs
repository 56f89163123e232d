//! From a statement's tree to a typed DataFusion plan: names resolved, types checked, every implicit cast explicit.
//!
//! It knows the tree and the functions, and nothing of sessions, catalogs or files: what names stand for it asks
//! [`Names`]. It does no I/O: the session has looked up beforehand what the statement mentions.

pub mod aggregates;
pub mod calls;
pub mod casts;
mod char_padding;
pub mod coercion;
mod collected_order;
pub mod column_names;
mod comparisons;
mod ctes;
mod declarations;
pub mod expressions;
mod foreign_functions;
mod from;
mod generators;
mod grouping;
mod guards;
mod having;
mod insert;
mod joins;
mod keyword_list;
pub mod lambda;
mod like;
mod literal_text;
pub mod literals;
mod logical;
mod meaning;
mod named_arguments;
mod negation;
mod object_names;
mod operation;
pub mod operators;
mod ordering;
mod parts;
mod pipes;
mod pivot;
mod postgres;
mod query;
mod recursion;
mod regex_columns;
mod rows;
mod sampling;
pub mod scope;
mod select;
mod set_operations;
mod sharing;
mod single_value;
mod sorting;
mod star_exceptions;
mod stars;
pub mod subqueries;
mod time_windows;
mod transform;
mod unnesting;
mod unpivot;
pub mod user_functions;
mod values;
pub mod variables;
mod views;
pub mod windows;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::logical_expr::LogicalPlan;

use crate::error::{Error, Result, Span};
use crate::execution::recursion::RecursionLimits;
use crate::functions::{Context, Typed};
use crate::sql::ast::{Expression, ExpressionKind, Literal, ObjectName, Query};
use crate::types::{Collation, DataType, StructField};

pub use self::from::table_not_found;
pub use self::literal_text::literal_text;
pub use self::user_functions::{BoundFunction, UserFunction, UserFunctions, bind_user_function};
pub use self::variables::{OnlyVariables, Variable, Variables};

use self::declarations::Declarations;
use self::scope::{Collected, ExpressionScope, Place, Scope, ScopeColumn};

/// What the names of relations stand for. The session implements it.
pub trait Names: Send + Sync {
    /// `None`: there is no such table or view.
    ///
    /// # Errors
    /// What went wrong on the way (a file that cannot be read, a name with too many parts).
    fn relation(&self, name: &ObjectName) -> Result<Option<Relation>>;

    /// Names of tables and views that a mistyped one could have meant.
    fn candidates(&self) -> Vec<String>;

    /// The variables in sight.
    fn variables(&self) -> Arc<Variables> {
        Arc::default()
    }

    /// The functions that users made and the statement mentions.
    fn functions(&self) -> Arc<UserFunctions> {
        Arc::default()
    }
}

/// Which columns of a table or view may be read, where not all may.
#[derive(Debug, PartialEq, Eq)]
pub struct ColumnGuard {
    /// In lower case.
    pub readable: HashSet<String>,
    /// `table sales.orders`
    pub object: String,
    /// The GRANT that is missing, before and behind the column.
    pub missing: (String, String),
}

/// What a name in FROM stands for.
#[derive(Clone)]
pub enum Relation {
    Table(TableRelation),
    View(ViewRelation),
}

#[derive(Clone)]
pub struct TableRelation {
    /// The columns that may be read, if not all.
    pub guard: Option<Arc<ColumnGuard>>,
    /// With catalog and database, for `spark_catalog.db.t.column` references; files have one part.
    pub name: Vec<String>,
    /// In the order of `provider`'s schema, partition columns last.
    pub columns: Vec<StructField>,
    pub provider: Arc<dyn TableProvider>,
}

#[derive(Clone)]
pub struct ViewRelation {
    /// The columns that may be read, if not all.
    pub guard: Option<Arc<ColumnGuard>>,
    pub name: Vec<String>,
    pub query: Arc<Query>,
    /// Names that the query gave its columns when the view was made, one for each of `columns`: they are picked by name.
    pub query_columns: Vec<String>,
    /// The view's columns: names (and comments) it shows, types it had when it was made.
    pub columns: Vec<StructField>,
    pub schema: ViewSchema,
    /// Settings that the view was made with, whatever those of the session are now.
    pub conditions: ViewConditions,
    /// What names inside the view stand for: its own database, and no temporary views unless it is one.
    pub names: Arc<dyn Names>,
}

/// `WITH SCHEMA …`: what a view makes of changes of the tables it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewSchema {
    /// Types may only become narrower than those of the view.
    Binding,
    /// Columns are cast to the types of the view.
    Compensation,
    /// Types are those that the query has now.
    TypeEvolution,
    /// The columns are those that the query has now.
    Evolution,
}

/// Settings that a view's query is bound with.
#[derive(Debug, Clone)]
pub struct ViewConditions {
    /// `spark.sql.ansi.enabled`
    pub ansi: bool,
    pub settings: Settings,
    pub functions: crate::functions::Settings,
}

/// What the binder is told about the session.
pub struct Environment<'a> {
    pub names: &'a dyn Names,
    pub context: &'a Context,
    pub settings: &'a Settings,
}

/// Settings that change what a query means.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `spark.sql.orderByOrdinal`
    pub order_by_ordinal: bool,
    /// `spark.sql.groupByOrdinal`
    pub group_by_ordinal: bool,
    /// `spark.sql.groupByAliases`
    pub group_by_aliases: bool,
    /// `spark.sql.crossJoin.enabled`
    pub cross_join: bool,
    /// `spark.sql.parser.quotedRegexColumnNames`
    pub regex_columns: bool,
    /// `spark.sql.legacy.allowParameterlessCount`
    pub count_of_nothing: bool,
    /// `spark.sql.legacy.allowStarWithSingleTableIdentifierInCount`
    pub count_of_table: bool,
    /// `spark.sql.ansi.enforceReservedKeywords`
    pub reserved_keywords: bool,
    /// `skep.transform.enabled`
    pub scripts: bool,
    /// `spark.sql.legacy.ctePrecedencePolicy`
    pub common_tables: CommonTables,
    /// `spark.sql.cteRecursionLevelLimit`, `spark.sql.cteRecursionRowLimit`
    pub recursion: RecursionLimits,
}

/// Which of several common tables of one name is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommonTables {
    /// The innermost (CORRECTED).
    Inner,
    /// The outermost, but for subqueries in FROM (LEGACY).
    Outer,
    /// The innermost, but those of subqueries in expressions and of other common tables must not have the name of one
    /// around (EXCEPTION).
    Distinct,
}

/// A query ready to be planned.
#[derive(Debug, Clone)]
pub struct BoundQuery {
    /// Its columns have names that are unique within the statement; take theirs from `columns`.
    pub plan: LogicalPlan,
    /// What the user sees, one for each column of `plan`; names may repeat.
    pub columns: Vec<StructField>,
}

/// What the parts of the binder share while they bind one statement (or one view in it).
pub struct Binder<'a> {
    pub environment: &'a Environment<'a>,
    ids: Ids,
    declarations: Declarations,
    /// Queries of WITH in sight, the innermost last.
    common_tables: RefCell<ctes::InSight>,
    /// The views that are being bound, the outermost first.
    views: Vec<String>,
    depth: Rc<Cell<usize>>,
    grouped_calls: RefCell<Vec<user_functions::GroupedCall>>,
    /// Where string literals stand that have taken on the collation of what they meet: names of columns show it.
    collated_literals: CollatedLiterals,
    /// Where calls of `window` and `session_window` stand, and what stands for them.
    time_windows: RefCell<Vec<(Span, Typed)>>,
}

/// Places of literals with their collations.
type CollatedLiterals = Rc<RefCell<Vec<(Span, Collation)>>>;

/// One level of nesting, until it is dropped.
struct Descent(Rc<Cell<usize>>);

impl Drop for Descent {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Numbers that are used once in a statement.
#[derive(Debug, Clone, Default)]
pub struct Ids(Rc<Cell<usize>>);

impl Ids {
    /// `name` with a number that no other column or table of the statement's plan has: `name#7`.
    pub fn unique(&self, name: &str) -> String {
        self.0.set(self.0.get() + 1);
        format!("{name}#{}", self.0.get())
    }
}

impl<'a> Binder<'a> {
    pub fn new(environment: &'a Environment<'a>) -> Self {
        Self {
            environment,
            ids: Ids::default(),
            declarations: Declarations::default(),
            common_tables: RefCell::default(),
            views: Vec::new(),
            depth: Rc::default(),
            grouped_calls: RefCell::default(),
            collated_literals: Rc::default(),
            time_windows: RefCell::default(),
        }
    }

    /// Takes down which of the expressions are literals whose collation is another one now that they are bound.
    fn note_collations<'e>(&self, expressions: impl Iterator<Item = &'e Expression>, bound: &[Typed]) {
        for (expression, bound) in expressions.zip(bound) {
            if let (ExpressionKind::Literal(Literal::String(_)), DataType::Collated(collation)) =
                (&expression.kind, &bound.data_type)
            {
                self.collated_literals.borrow_mut().push((expression.span, *collation));
            }
        }
    }

    /// The binder of a view's query: nothing of the query around is in sight, but names stay unique.
    fn inside_view(environment: &'a Environment<'a>, around: &Binder<'_>, views: Vec<String>) -> Self {
        Self {
            environment,
            ids: around.ids(),
            declarations: around.declarations.clone(),
            common_tables: RefCell::default(),
            views,
            depth: Rc::clone(&around.depth),
            grouped_calls: RefCell::default(),
            collated_literals: Rc::default(),
            time_windows: RefCell::default(),
        }
    }

    /// The binder of a function's body: its names are those the function was made with.
    fn inside_function(environment: &'a Environment<'a>, around: &Binder<'_>) -> Self {
        Self::inside_view(environment, around, around.views.clone())
    }

    /// Goes one level down; `None` if that is too deep.
    fn descend(&self, max_depth: usize) -> Option<Descent> {
        if self.depth.get() >= max_depth {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        Some(Descent(Rc::clone(&self.depth)))
    }

    /// A name for a column or a table that the plan has nowhere else.
    pub fn unique(&self, name: &str) -> String {
        self.ids.unique(name)
    }

    fn ids(&self) -> Ids {
        self.ids.clone()
    }
}

/// Binds a query.
pub fn bind_query(query: &Query, environment: &Environment<'_>) -> Result<BoundQuery> {
    bind_query_to_keep(query, environment).map(|(bound, _)| bound)
}

/// A plan so many steps deep can be optimized on the stack of a thread.
const MAX_PLAN_DEPTH: usize = 1_000;

/// Chains of common tables, LATERAL VIEWs or pipe operators may be long without being nested in the text.
fn check_depth(plan: &LogicalPlan) -> Result<()> {
    let mut steps = vec![(plan, 0)];
    while let Some((plan, depth)) = steps.pop() {
        if depth > MAX_PLAN_DEPTH {
            return Err(Error::new(
                &crate::error::QUERY_TOO_COMPLEX,
                format!("The query takes more than {MAX_PLAN_DEPTH} steps one after another"),
            )
            .hint("keep what a part of it gives in a table"));
        }
        steps.extend(plan.inputs().into_iter().map(|input| (input, depth + 1)));
    }
    Ok(())
}

/// Binds a query whose columns become those of a table or view; gives them back as they are to be declared, with CHAR,
/// VARCHAR and comments of columns that are passed on as they are.
pub fn bind_query_to_keep(query: &Query, environment: &Environment<'_>) -> Result<(BoundQuery, Vec<StructField>)> {
    let binder = Binder::new(environment);
    let rows = query::bind(&binder, query, None)?.exact(&binder)?;
    check_depth(&rows.plan)?;
    let rows = object_names::shown(&binder, rows)?;
    let declared: Vec<StructField> = binder.declarations.fields(&rows).into_iter().map(object_names::kept).collect();
    let columns = declared
        .iter()
        .zip(rows.fields())
        .map(|(declared, column)| StructField { comment: declared.comment.clone(), ..column })
        .collect();
    Ok((BoundQuery { plan: unnesting::unnest(&binder.ids, rows.plan)?, columns }, declared))
}

/// All rows of a table or view, with the columns as they are to be declared.
pub fn bind_relation(relation: &Relation, environment: &Environment<'_>) -> Result<(BoundQuery, Vec<StructField>)> {
    let binder = Binder::new(environment);
    let rows = match relation {
        Relation::Table(table) => from::scan(&binder, table.clone())?,
        Relation::View(view) => views::view(&binder, view, crate::error::Span::default())?,
    };
    let rows = rows.exact(&binder)?;
    let (columns, declared) = (rows.fields(), binder.declarations.fields(&rows));
    Ok((BoundQuery { plan: unnesting::unnest(&binder.ids, rows.plan)?, columns }, declared))
}

/// The columns that a view has now, as they are to be declared.
///
/// # Errors
/// Those of a query that reads the view.
pub fn view_columns(view: &ViewRelation, environment: &Environment<'_>) -> Result<Vec<StructField>> {
    let binder = Binder::new(environment);
    let rows = views::view(&binder, view, crate::error::Span::default())?;
    Ok(binder.declarations.fields(&rows))
}

/// Binds an expression outside of a query: a DEFAULT, a partition value, a condition over a table's columns.
/// `columns` are those in sight, with the plan's column each stands for.
pub fn bind_standalone_expression(
    expression: &Expression,
    columns: Vec<ScopeColumn>,
    environment: &Environment<'_>,
) -> Result<Typed> {
    let binder = Binder::new(environment);
    let scope = Scope::new(columns, None);
    let mut collected = Collected::new(&binder);
    let mut scope = ExpressionScope::new(&scope, Place::Standalone, &mut collected);
    expressions::bind(&binder, expression, &mut scope)
}

/// A column of the table that rows are inserted into.
#[derive(Debug, Clone, Copy)]
pub struct InsertTarget<'a> {
    /// For messages: with catalog and database, in backquotes.
    pub table: &'a str,
    /// Columns that are not nullable take no NULL.
    pub columns: &'a [StructField],
}

/// Gives the query exactly the types of the target's columns, by position, with Spark's rules for storing values:
/// what could lose its meaning is refused, what could overflow is checked when it runs.
///
/// # Errors
/// `INSERT_COLUMN_ARITY_MISMATCH`, `INCOMPATIBLE_DATA_FOR_TABLE`.
pub fn cast_for_insert(
    query: BoundQuery,
    target: InsertTarget<'_>,
    environment: &Environment<'_>,
) -> Result<BoundQuery> {
    insert::cast_for_insert(query, target, environment)
}
