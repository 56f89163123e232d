//! Functions that users made in SQL: their bodies are bound in the place of the call, with the parameters as names.
//!
//! It does not know where functions are kept: [`super::Names`] has those that a statement mentions.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::Field;
use datafusion::common::DFSchema;
use datafusion::logical_expr::{EmptyRelation, Expr, LogicalPlan};

use crate::error::{
    DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT, Error, INVALID_INLINE_TABLE, NOT_A_SCALAR_FUNCTION, NOT_A_TABLE_FUNCTION,
    REQUIRED_PARAMETER_NOT_FOUND, Result, Span, UNEXPECTED_POSITIONAL_ARGUMENT, UNRECOGNIZED_PARAMETER_NAME,
    UNSUPPORTED_SQL_UDF_USAGE, USER_DEFINED_FUNCTIONS, WRONG_NUM_ARGS,
};
use crate::functions::{Context, Typed};
use crate::sql::ast::{Argument, Expression, ExpressionKind, FunctionCall, Identifier, ObjectName, Query, same_name};
use crate::types::{DataType, StructField, arrow_schema, quote};

use super::from::plan_column;
use super::rows::{Output, Rows};
use super::scope::{Collected, ExpressionScope, NamedValue, Parameters, Place, Scope, ScopeColumn};
use super::{
    Binder, Environment, Names, ViewConditions, casts, column_names, expressions, query, stars, subqueries, unnesting,
};

/// A function that somebody made.
#[derive(Clone)]
pub struct UserFunction {
    /// Catalog, database and name; the name alone of a temporary function.
    pub name: Vec<String>,
    pub parameters: Vec<Parameter>,
    pub returns: Returns,
    pub body: UserBody,
    /// Settings as they were when the function was made.
    pub conditions: ViewConditions,
    /// What names in the body and in defaults stand for.
    pub names: Arc<dyn Names>,
}

#[derive(Debug, Clone)]
pub struct Parameter {
    pub name: String,
    pub data_type: DataType,
    pub default: Option<Expression>,
}

#[derive(Debug, Clone)]
pub enum Returns {
    Value(DataType),
    Table(Vec<StructField>),
    /// A function that is being made: what its body gives. The flag tells whether that is a table.
    Inferred {
        is_table: bool,
    },
}

#[derive(Debug, Clone)]
pub enum UserBody {
    Expression(Arc<Expression>),
    Query(Arc<Query>),
}

/// The functions that one statement mentions, by the names it mentions them by.
#[derive(Default)]
pub struct UserFunctions(HashMap<String, Result<Arc<UserFunction>>>);

impl UserFunctions {
    pub fn contains(&self, name: &ObjectName) -> bool {
        self.0.contains_key(&key(name))
    }

    pub fn insert(&mut self, name: &ObjectName, function: Result<Arc<UserFunction>>) {
        self.0.insert(key(name), function);
    }

    /// # Errors
    /// What was wrong with the function when it was looked up.
    pub fn get(&self, name: &ObjectName) -> Result<Option<Arc<UserFunction>>> {
        // Most statements have none.
        if self.0.is_empty() {
            return Ok(None);
        }
        self.0.get(&key(name)).cloned().transpose()
    }
}

impl fmt::Debug for UserFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn key(name: &ObjectName) -> String {
    name.parts.iter().map(|part| part.value.to_lowercase()).collect::<Vec<_>>().join("\u{0}")
}

impl UserFunction {
    /// In backquotes, as messages have it.
    pub fn quoted(&self) -> String {
        self.name.iter().map(|part| quote(part)).collect::<Vec<_>>().join(".")
    }

    fn short_name(&self) -> &str {
        self.name.last().map_or("", String::as_str)
    }

    fn is_table(&self) -> bool {
        match self.returns {
            Returns::Table(_) => true,
            Returns::Value(_) => false,
            Returns::Inferred { is_table } => is_table,
        }
    }

    /// The call with its full name and an argument for every parameter, as columns are named after it.
    pub(super) fn written_out(&self, call: &mut FunctionCall, scope: &ExpressionScope<'_>) {
        if let Ok(arguments) = with_stars(call, scope) {
            call.arguments = arguments;
        }
        let span = call.name.span;
        call.name.parts = self.name.iter().map(|part| Identifier::new(part.clone(), span)).collect();
        if call.arguments.iter().all(|argument| argument.name.is_none()) {
            return;
        }
        if let Ok(values) = self.assign(&call.arguments, span) {
            let values = values.into_iter().cloned().collect::<Vec<_>>();
            call.arguments = values.into_iter().map(|value| Argument { name: None, value }).collect();
        }
    }

    /// The expression for each parameter.
    fn assign<'e>(&'e self, arguments: &'e [Argument], span: Span) -> Result<Vec<&'e Expression>> {
        let parameters = &self.parameters;
        let named = arguments.iter().any(|argument| argument.name.is_some());
        let required = parameters.iter().filter(|parameter| parameter.default.is_none()).count();
        if arguments.len() > parameters.len() || !named && arguments.len() < required {
            return Err(Error::new(
                &WRONG_NUM_ARGS,
                format!(
                    "The {} requires {} parameters but the actual number is {}. Please, refer to \
                     'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix",
                    self.quoted(),
                    parameters.len(),
                    arguments.len()
                ),
            )
            .subcondition("WITHOUT_SUGGESTION")
            .at(span));
        }
        let mut values: Vec<Option<&Expression>> = vec![None; parameters.len()];
        let mut last_named: Option<&Identifier> = None;
        for (n, argument) in arguments.iter().enumerate() {
            let (place, by_name) = match (&argument.name, last_named) {
                (None, None) => (n, None),
                (None, Some(name)) => return Err(self.positional_behind(name).at(argument.value.span)),
                (Some(name), _) => {
                    last_named = Some(name);
                    (self.place_of(name)?, Some(name))
                }
            };
            if values[place].replace(&argument.value).is_some() {
                let positional = arguments[..n].iter().filter(|argument| argument.name.is_none()).count();
                return Err(self.assigned_twice(place, place < positional).at(by_name.map_or(span, |name| name.span)));
            }
        }
        let with_defaults = values.into_iter().zip(parameters).enumerate();
        with_defaults
            .map(|(n, (value, parameter))| {
                value.or(parameter.default.as_ref()).ok_or_else(|| self.missing(parameter, n).at(span))
            })
            .collect()
    }

    fn place_of(&self, name: &Identifier) -> Result<usize> {
        self.parameters.iter().position(|parameter| name.is(&parameter.name)).ok_or_else(|| {
            let names = self.parameters.iter().map(|parameter| quote(&parameter.name)).collect::<Vec<_>>().join(" ");
            Error::new(
                &UNRECOGNIZED_PARAMETER_NAME,
                format!(
                    "Cannot invoke routine {} because the routine call included a named argument reference for the argument \
                     named {}, but this routine does not include any signature containing an argument with this name. Did \
                     you mean one of the following? [{names}]",
                    self.quoted(),
                    quote(&name.value)
                ),
            )
            .suggest(&name.value, self.parameters.iter().map(|parameter| &parameter.name))
            .at(name.span)
        })
    }

    fn positional_behind(&self, name: &Identifier) -> Error {
        Error::new(
            &UNEXPECTED_POSITIONAL_ARGUMENT,
            format!(
                "Cannot invoke routine {} because it contains positional argument(s) following the named argument assigned \
                 to {}; please rearrange them so the positional arguments come first and then retry the query again",
                self.quoted(),
                quote(&name.value)
            ),
        )
    }

    fn assigned_twice(&self, place: usize, positional: bool) -> Error {
        let sub = if positional { "BOTH_POSITIONAL_AND_NAMED" } else { "DOUBLE_NAMED_ARGUMENT_REFERENCE" };
        Error::new(
            &DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT,
            format!(
                "Call to routine {} is invalid because it includes multiple argument assignments to the same parameter name \
                 {}",
                self.quoted(),
                quote(&self.parameters[place].name)
            ),
        )
        .subcondition(sub)
    }

    fn missing(&self, parameter: &Parameter, place: usize) -> Error {
        Error::new(
            &REQUIRED_PARAMETER_NOT_FOUND,
            format!(
                "Cannot invoke routine {} because the parameter named {} is required, but the routine call did not supply a \
                 value. Please update the routine call to supply an argument value (either positionally at index {place} or \
                 by name) and retry the query again",
                self.quoted(),
                quote(&parameter.name)
            ),
        )
    }
}

/// The function of that name, if somebody made it. Built-in functions come first: ask for them before.
pub(super) fn find(binder: &Binder<'_>, name: &ObjectName) -> Result<Option<Arc<UserFunction>>> {
    binder.environment.names.functions().get(name)
}

/// A call in an expression.
pub(super) fn call(
    binder: &Binder<'_>,
    function: &UserFunction,
    call: &FunctionCall,
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Typed> {
    if function.is_table() {
        let name = function.quoted();
        return Err(Error::new(
            &NOT_A_SCALAR_FUNCTION,
            format!(
                "{name} appears as a scalar expression here, but the function was defined as a table function. Please update \
                 the query to move the function call into the FROM clause, or redefine {name} as a scalar function instead"
            ),
        )
        .at(span));
    }
    check_place(function, call, span, scope)?;
    let arguments = with_stars(call, scope)?;
    let mut values = arguments_of(binder, function, &arguments, span, scope)?;
    // The body may name a parameter twice, and an argument has one value. A lambda's variables are known only inside of it.
    if scope.place == Place::Select && scope.variables.is_empty() {
        for argument in &mut values {
            argument.value = scope.collected.once(&argument.name, argument.value.clone());
        }
    }
    if let Some(known) = binder.grouped_call(function, &values).filter(|_| scope.place != Place::GroupBy) {
        return Ok(known);
    }
    let place = match scope.place {
        Place::Where | Place::Having | Place::Qualify => scope.place,
        _ => Place::Standalone,
    };
    let context = function.context(binder);
    let environment = function.environment(&context);
    let inner = Binder::inside_function(&environment, binder);
    let result = {
        let computed = computed_columns(&values, scope);
        let parameters = Parameters {
            function: function.short_name(),
            values: &values,
            call_site: scope.scope,
            computed: &computed,
        };
        let body_scope = Scope { parameters: Some(parameters), ..Scope::default() };
        let mut collected = Collected::new(&inner);
        bind_body(&inner, function, place, &body_scope, &mut collected)
    };
    let typed = result.map_err(|error| error.without_position().at(span))?;
    if scope.place == Place::GroupBy {
        binder.keep_grouped_call(function, values, typed.clone());
    }
    Ok(typed)
}

/// A call in GROUP BY, so that the same call elsewhere is the same expression, subqueries and all.
#[derive(Debug)]
pub(super) struct GroupedCall {
    function: Vec<String>,
    arguments: Vec<Expr>,
    result: Typed,
}

impl Binder<'_> {
    fn keep_grouped_call(&self, function: &UserFunction, values: Vec<NamedValue>, result: Typed) {
        let arguments = values.into_iter().map(|value| value.value.expr).collect();
        self.grouped_calls.borrow_mut().push(GroupedCall { function: function.name.clone(), arguments, result });
    }

    fn grouped_call(&self, function: &UserFunction, values: &[NamedValue]) -> Option<Typed> {
        let calls = self.grouped_calls.borrow();
        let same = |call: &&GroupedCall| {
            call.function == function.name
                && call.arguments.iter().eq(values.iter().map(|value| &value.value.expr))
                && call.arguments.iter().any(|argument| !argument.column_refs().is_empty())
        };
        calls.iter().find(same).map(|call| call.result.clone())
    }
}

/// Aggregates and windows in the arguments: columns that no FROM has.
fn computed_columns(values: &[NamedValue], scope: &ExpressionScope<'_>) -> Vec<ScopeColumn> {
    let referred: Vec<_> = values.iter().flat_map(|value| value.value.expr.column_refs()).collect();
    let computed = scope.collected.aggregates.iter().chain(&scope.collected.windows);
    computed
        .filter(|call| referred.contains(&&call.column))
        .map(|call| ScopeColumn {
            qualifier: Vec::new(),
            name: call.column.name.clone(),
            column: call.column.clone(),
            field: Arc::new(Field::new(&call.column.name, call.data_type.to_arrow(), call.nullable)),
            data_type: call.data_type.clone(),
            nullable: call.nullable,
            position: 0,
            hidden: true,
        })
        .collect()
}

/// Where Spark cannot call a function of SQL, it says so.
fn check_place(function: &UserFunction, call: &FunctionCall, span: Span, scope: &ExpressionScope<'_>) -> Result<()> {
    let node = match scope.place {
        _ if call.over.is_some() => "Window",
        Place::OrderBy | Place::SortBy => "Sort",
        Place::Limit => "GlobalLimit",
        Place::GeneratorArgument => "Generate",
        Place::Values => {
            let text = column_names::text_in(
                &Expression { kind: ExpressionKind::Function(Box::new(call.clone())), span },
                scope,
            );
            return Err(Error::new(
                &INVALID_INLINE_TABLE,
                format!("Invalid inline table. Cannot evaluate the expression \"{text}\" in inline table definition"),
            )
            .subcondition("CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE")
            .hint("use SELECT … UNION ALL SELECT …")
            .at(span));
        }
        Place::Select
        | Place::Where
        | Place::GroupBy
        | Place::Having
        | Place::Qualify
        | Place::JoinCondition
        | Place::AggregateArgument
        | Place::AggregateFilter
        | Place::Window
        | Place::Standalone => return Ok(()),
    };
    Err(Error::new(
        &UNSUPPORTED_SQL_UDF_USAGE,
        format!("Using SQL function {} in {node} is not supported", function.quoted()),
    )
    .hint("compute it in the SELECT list of a subquery, and use its column")
    .at(span))
}

/// `f(*)` has the columns as arguments.
fn with_stars(call: &FunctionCall, scope: &ExpressionScope<'_>) -> Result<Vec<Argument>> {
    let mut arguments = Vec::with_capacity(call.arguments.len());
    for argument in &call.arguments {
        let ExpressionKind::Star { qualifier, except } = &argument.value.kind else {
            arguments.push(argument.clone());
            continue;
        };
        let span = argument.value.span;
        let columns = scope.scope.star(qualifier, span)?;
        if columns.is_empty() && !qualifier.is_empty() {
            // A struct: its fields.
            for column in stars::values(qualifier, except, scope.scope, span)? {
                let field = Identifier::new(column.name, span);
                let operand = Box::new(Expression { kind: ExpressionKind::Column(qualifier.clone()), span });
                let value = Expression { kind: ExpressionKind::Field { operand, field }, span };
                arguments.push(Argument { name: None, value });
            }
        }
        for column in columns {
            if except.iter().any(|parts| parts.last().is_some_and(|last| last.is(&column.name))) {
                continue;
            }
            let parts = column.qualifier.iter().chain([&column.name]);
            let parts = parts.map(|part| Identifier::new(part.clone(), span)).collect();
            let value = Expression { kind: ExpressionKind::Column(parts), span };
            arguments.push(Argument { name: None, value });
        }
    }
    Ok(arguments)
}

/// The arguments in the order of the parameters, as their types.
fn arguments_of(
    binder: &Binder<'_>,
    function: &UserFunction,
    arguments: &[Argument],
    span: Span,
    scope: &mut ExpressionScope<'_>,
) -> Result<Vec<NamedValue>> {
    let assigned = function.assign(arguments, span)?;
    let context = function.context(binder);
    let environment = function.environment(&context);
    let inner = Binder::inside_function(&environment, binder);
    let mut values = Vec::with_capacity(assigned.len());
    for (parameter, expression) in function.parameters.iter().zip(assigned) {
        let is_default = parameter.default.as_ref().is_some_and(|default| std::ptr::eq(default, expression));
        let typed = if is_default {
            let nothing = Scope::empty();
            let mut collected = Collected::new(&inner);
            let mut scope = ExpressionScope::new(&nothing, Place::Standalone, &mut collected);
            expressions::bind(&inner, expression, &mut scope).map_err(|error| error.without_position().at(span))?
        } else {
            expressions::bind(binder, expression, scope)?
        };
        let text = column_names::text_in(expression, scope);
        let value = casts::as_written(binder, typed, &parameter.data_type, &text, span)?;
        values.push(NamedValue { name: parameter.name.clone(), value });
    }
    Ok(values)
}

impl UserFunction {
    /// What is said of the session where the body was written.
    fn context(&self, binder: &Binder<'_>) -> Context {
        let around = binder.environment.context.clone();
        Context { ansi: self.conditions.ansi, settings: self.conditions.functions, ..around }
    }

    fn environment<'e>(&'e self, context: &'e Context) -> Environment<'e> {
        Environment { names: self.names.as_ref(), context, settings: &self.conditions.settings }
    }
}

/// The value of the body, as the type that the function promises.
fn bind_body(
    binder: &Binder<'_>,
    function: &UserFunction,
    place: Place,
    scope: &Scope<'_>,
    collected: &mut Collected,
) -> Result<Typed> {
    let mut scope = ExpressionScope::new(scope, place, collected);
    let (typed, text, span) = match &function.body {
        UserBody::Expression(body) => {
            (expressions::bind(binder, body, &mut scope)?, column_names::text_in(body, &scope), body.span)
        }
        UserBody::Query(body) => {
            (subqueries::scalar(binder, body, body.span, &mut scope)?, "scalarsubquery()".to_owned(), body.span)
        }
    };
    match &function.returns {
        Returns::Value(data_type) => casts::as_written(binder, typed, data_type, &text, span),
        Returns::Inferred { .. } => Ok(typed),
        Returns::Table(_) => Err(Error::internal("a table function has no value").at(span)),
    }
}

/// A call in FROM; `parent` is what its arguments may refer to.
pub(super) fn table(
    binder: &Binder<'_>,
    function: &UserFunction,
    arguments: &[Argument],
    span: Span,
    parent: Option<&Scope<'_>>,
) -> Result<Rows> {
    if !function.is_table() {
        let name = function.quoted();
        return Err(Error::new(
            &NOT_A_TABLE_FUNCTION,
            format!(
                "{name} appears as a table function here, but the function was defined as a scalar function. Please update \
                 the query to move the function call outside the FROM clause, or redefine {name} as a table function instead"
            ),
        )
        .at(span));
    }
    let nothing = Scope::empty();
    let around = parent.unwrap_or(&nothing);
    let mut collected = Collected::new(binder);
    let values = {
        let mut scope = ExpressionScope::new(around, Place::Standalone, &mut collected);
        arguments_of(binder, function, arguments, span, &mut scope)?
    };
    let parameters = Parameters { function: function.short_name(), values: &values, call_site: around, computed: &[] };
    let scope = Scope { parameters: Some(parameters), ..Scope::default() };
    let context = function.context(binder);
    let environment = function.environment(&context);
    let inner = Binder::inside_function(&environment, binder);
    table_body(&inner, function, &scope).map_err(|error| error.without_position().at(span))
}

fn table_body(binder: &Binder<'_>, function: &UserFunction, scope: &Scope<'_>) -> Result<Rows> {
    let UserBody::Query(body) = &function.body else {
        return Err(Error::internal("the body of a table function is a query"));
    };
    let rows = query::bind(binder, body, Some(scope))?.unqualified().exact(binder)?;
    let Returns::Table(columns) = &function.returns else { return Ok(rows) };
    check_column_count(function, rows.columns.len(), columns.len())?;
    let outputs = rows
        .columns
        .iter()
        .zip(columns)
        .map(|(found, declared)| {
            let value = casts::as_written(binder, found.typed(), &declared.data_type, &quote(&found.name), body.span)?;
            Ok(Output { name: declared.name.clone(), value })
        })
        .collect::<Result<Vec<_>>>()?;
    Rows::project(binder, rows.plan, outputs).map(|rows| rows.qualified(&[function.short_name().to_owned()]))
}

fn check_column_count(function: &UserFunction, found: usize, declared: usize) -> Result<()> {
    if found == declared {
        return Ok(());
    }
    Err(Error::new(
        &USER_DEFINED_FUNCTIONS,
        format!(
            "User defined function is invalid: The number of columns produced by the RETURN clause (num: `{found}`) does not \
             match the number of column names specified by the RETURNS clause (num: `{declared}`) of {}",
            function.name.join(".")
        ),
    )
    .subcondition("RETURN_COLUMN_COUNT_MISMATCH"))
}

/// What the body of a function that is being made gives.
pub struct BoundFunction {
    /// The columns of a table function; else one, the value.
    pub columns: Vec<StructField>,
    /// Whether the same arguments always give the same result.
    pub is_deterministic: bool,
}

/// Binds the body and the defaults of a function that is being made, with columns in the place of its parameters.
///
/// # Errors
/// What is wrong with them. `text` is the body as it was typed.
pub fn bind_user_function(function: &UserFunction, text: &str, environment: &Environment<'_>) -> Result<BoundFunction> {
    let binder = Binder::new(environment);
    for parameter in &function.parameters {
        let Some(default) = &parameter.default else { continue };
        let nothing = Scope::empty();
        let mut collected = Collected::new(&binder);
        let mut scope = ExpressionScope::new(&nothing, Place::Standalone, &mut collected);
        let typed = expressions::bind(&binder, default, &mut scope)?;
        let shown = column_names::text_in(default, &scope);
        casts::as_written(&binder, typed, &parameter.data_type, &shown, default.span)?;
    }
    let parameters = parameter_rows(&binder, function)?;
    let scope = Scope::new(parameters.columns.clone(), None);
    if function.is_table() {
        let rows = table_body(&binder, function, &scope)?;
        let columns = rows.fields();
        let is_deterministic = !super::sharing::is_volatile(&rows.plan)?;
        return Ok(BoundFunction { columns, is_deterministic });
    }
    let mut collected = Collected::new(&binder);
    let typed = bind_body(&binder, function, Place::Select, &scope, &mut collected)?;
    if !(collected.aggregates.is_empty() && collected.windows.is_empty()) {
        return Err(Error::new(
            &USER_DEFINED_FUNCTIONS,
            format!(
                "User defined function is invalid: SQL scalar function cannot contain aggregate/window/generate functions: \
                 {text}"
            ),
        )
        .subcondition("CANNOT_CONTAIN_COMPLEX_FUNCTIONS"));
    }
    let field = StructField::new(function.short_name().to_owned(), typed.data_type.clone());
    let output = Output { name: field.name.clone(), value: typed };
    let rows = Rows::project(&binder, parameters.plan, vec![output])?;
    let plan = unnesting::unnest(&binder.ids, rows.plan)?;
    Ok(BoundFunction { columns: vec![field], is_deterministic: !super::sharing::is_volatile(&plan)? })
}

/// One row with a column for each parameter.
fn parameter_rows(binder: &Binder<'_>, function: &UserFunction) -> Result<Rows> {
    let names: Vec<String> = function.parameters.iter().map(|parameter| binder.unique(&parameter.name)).collect();
    let fields: Vec<StructField> = names
        .iter()
        .zip(&function.parameters)
        .map(|(name, parameter)| StructField::new(name.clone(), parameter.data_type.clone()))
        .collect();
    let schema = DFSchema::try_from(arrow_schema(&fields))?;
    let plan = LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: true, schema: Arc::new(schema) });
    let columns = plan
        .schema()
        .columns()
        .into_iter()
        .zip(&function.parameters)
        .map(|(column, parameter)| {
            let found = plan_column(&plan, column, parameter.name.clone(), parameter.data_type.clone(), true)?;
            Ok(ScopeColumn { qualifier: vec![function.short_name().to_owned()], ..found })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Rows { plan, columns })
}

/// Names that occur several times, in backquotes, in lower case.
pub fn repeated<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut repeated: Vec<String> = Vec::new();
    for name in names {
        if seen.iter().any(|other| same_name(other, name)) {
            let shown = quote(&name.to_lowercase());
            if !repeated.contains(&shown) {
                repeated.push(shown);
            }
        }
        seen.push(name);
    }
    repeated
}
