//! DECLARE, SET VARIABLE and DROP VARIABLE: values that names stand for until the session ends.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use futures::TryStreamExt;

use crate::binder::{self, Variable, Variables};
use crate::error::{
    ASSIGNMENT_ARITY_MISMATCH, DUPLICATE_ASSIGNMENTS, DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE, Error,
    INVALID_DEFAULT_VALUE, INVALID_VARIABLE_DECLARATION, ROW_SUBQUERY_TOO_MANY_ROWS, Result, Span, UNRESOLVED_VARIABLE,
    VARIABLE_ALREADY_EXISTS, VARIABLE_NOT_FOUND,
};
use crate::functions::Typed;
use crate::functions::cast::{CastMode, cast, cast_allowed};
use crate::functions::mismatch::mismatch;
use crate::sql;
use crate::sql::ast::{
    Alias, DeclareVariable, DropVariable, Expression, ExpressionKind, Identifier, ObjectName, Query, QueryBody, Select,
    SelectItem, SetVariable, same_name,
};
use crate::sql::visit::Visitor;
use crate::types::{DataType, quote};

use super::Outcome;
use super::relation::quoted;
use super::running::Running;

/// A value with its type.
pub(super) struct Value {
    pub value: ScalarValue,
    pub data_type: DataType,
}

pub(super) async fn declare(running: &Running<'_>, statement: &DeclareVariable) -> Result<Outcome> {
    let names = statement.names.iter().map(session_name).collect::<Result<Vec<_>>>()?;
    declare_in(running, statement, 0, &names).await
}

/// DECLARE in a block: the variable lives until the block ends.
pub(super) async fn declare_local(running: &Running<'_>, statement: &DeclareVariable) -> Result<Outcome> {
    let invalid = |sub: &'static str, name: &ObjectName, what: &str| {
        let message = format!("Invalid variable declaration. The variable {} {what}", quoted(name));
        Error::new(&INVALID_VARIABLE_DECLARATION, message).subcondition(sub).at(name.span)
    };
    let mut names = Vec::with_capacity(statement.names.len());
    for name in &statement.names {
        if statement.or_replace {
            let what = "does not support DECLARE OR REPLACE, as local variables cannot be replaced";
            return Err(invalid("REPLACE_LOCAL_VARIABLE", name, what));
        }
        let [single] = name.parts.as_slice() else {
            let what =
                "must be declared without a qualifier, as qualifiers are not allowed for local variable declarations";
            return Err(invalid("QUALIFIED_LOCAL_VARIABLE", name, what));
        };
        names.push(single.value.clone());
    }
    let innermost = running.session.change_variables(|variables| variables.frames().len() - 1);
    declare_in(running, statement, innermost, &names).await
}

async fn declare_in(
    running: &Running<'_>,
    statement: &DeclareVariable,
    frame: usize,
    names: &[String],
) -> Result<Outcome> {
    for (n, name) in names.iter().enumerate() {
        if names[..n].iter().any(|other| same_name(other, name)) {
            return Err(Error::new(
                &DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE,
                format!(
                    "Found duplicate variable {} in the declare variable list. Please, remove one of them",
                    shown(name)
                ),
            )
            .at(statement.span));
        }
    }
    let (default, text) = match &statement.default {
        Some((expression, text)) => (Some(expression), text.as_str()),
        None => (None, "NULL"),
    };
    if let Some(default) = default {
        refuse_subquery(default, text, names.first().map_or("", |name| name))?;
    }
    let given = match default {
        Some(default) => only_value(running, default.clone()).await?,
        None => Value { value: ScalarValue::Null, data_type: DataType::Null },
    };
    let data_type = statement.data_type.clone().unwrap_or_else(|| given.data_type.clone());
    let span = default.map_or(statement.span, |default| default.span);
    let (value, literal) = stored(running, given, &data_type, text, span)?;
    running.session.change_variables(|variables| {
        let frame = &mut variables.frames()[frame].variables;
        if !statement.or_replace
            && let Some(name) = names.iter().find(|name| frame.contains_key(&name.to_lowercase()))
        {
            return Err(Error::new(
                &VARIABLE_ALREADY_EXISTS,
                format!(
                    "Cannot create the variable {} because it already exists. Choose a different name, or drop or replace \
                     the existing variable",
                    shown(name)
                ),
            )
            .at(statement.span));
        }
        for name in names {
            let variable = Variable {
                name: name.clone(),
                data_type: data_type.clone(),
                value: value.clone(),
                literal: literal.clone(),
                default: text.to_owned(),
            };
            frame.insert(name.to_lowercase(), variable);
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

/// The name of a variable of the session.
fn session_name(name: &ObjectName) -> Result<String> {
    match name.parts.as_slice() {
        [name] => Ok(name.value.clone()),
        [schema, name] if schema.is("session") => Ok(name.value.clone()),
        [catalog, schema, name] if catalog.is("system") && schema.is("session") => Ok(name.value.clone()),
        _ => Err(unresolved(name)),
    }
}

fn unresolved(name: &ObjectName) -> Error {
    let message = format!("Cannot resolve variable {} on search path `system`.`session`", quoted(name));
    Error::new(&UNRESOLVED_VARIABLE, message).at(name.span)
}

fn shown(name: &str) -> String {
    format!("`system`.`session`.{}", quote(name))
}

struct Subqueries(bool);

impl Visitor for Subqueries {
    fn query(&mut self, _: &Query) {
        self.0 = true;
    }
}

fn refuse_subquery(default: &Expression, text: &str, name: &str) -> Result<()> {
    let mut subqueries = Subqueries(false);
    subqueries.expression(default);
    if !subqueries.0 {
        return Ok(());
    }
    Err(Error::new(
        &INVALID_DEFAULT_VALUE,
        format!(
            "Failed to execute DECLARE VARIABLE command because the destination column or variable {} has a DEFAULT value \
             {text}, which contains subquery expressions",
            shown(name)
        ),
    )
    .subcondition("SUBQUERY_EXPRESSION")
    .hint("declare it, then use SET VARIABLE … = (SELECT …)")
    .at(default.span))
}

pub(super) async fn set(running: &Running<'_>, statement: &SetVariable) -> Result<Outcome> {
    match statement {
        SetVariable::Values(assignments) => {
            let targets = targets(running, assignments.iter().map(|(name, _)| name))?;
            let mut items = Vec::with_capacity(assignments.len());
            for ((name, expression), target) in assignments.iter().zip(&targets) {
                let expression = with_default(running, expression, target)?;
                // As columns of one SELECT, so that each sees those before it.
                items.push(SelectItem { expression, alias: Some(Alias::One(name.last().clone())) });
            }
            let span = assignments.first().map_or_else(Span::default, |(name, _)| name.span);
            let values = row(running, &select(items, span)).await?;
            assign(running, &targets, values.unwrap_or_default(), span)?;
        }
        SetVariable::Row { names, query } => {
            let targets = targets(running, names)?;
            let mut query = query.as_ref().clone();
            if let QueryBody::Select(select) = &mut query.body {
                for (item, target) in select.items.iter_mut().zip(&targets) {
                    item.expression = with_default(running, &item.expression, target)?;
                }
            }
            let values = row_values(running, &targets, &query).await?;
            assign(running, &targets, values, query.span)?;
        }
    }
    Ok(Outcome::Done)
}

/// The values of the query's one row, one for each variable; NULLs if it has none.
pub(super) async fn row_values(running: &Running<'_>, targets: &[Target], query: &Query) -> Result<Vec<Value>> {
    let bound = running.bind(query).await?;
    if bound.columns.len() != targets.len() {
        return Err(Error::new(
            &ASSIGNMENT_ARITY_MISMATCH,
            format!(
                "The number of columns or variables assigned or aliased: {} does not match the number of source expressions: \
                 {}",
                targets.len(),
                bound.columns.len()
            ),
        )
        .at(query.span));
    }
    let null = || Value { value: ScalarValue::Null, data_type: DataType::Null };
    Ok(match row(running, query).await? {
        Some(values) => values,
        None => targets.iter().map(|_| null()).collect(),
    })
}

/// A variable that gets a value.
pub(super) struct Target {
    frame: usize,
    name: String,
    data_type: DataType,
    default: String,
}

/// The variables of these names, each once.
pub(super) fn targets<'n>(
    running: &Running<'_>,
    names: impl IntoIterator<Item = &'n ObjectName>,
) -> Result<Vec<Target>> {
    let variables = running.session.variables();
    let mut targets: Vec<Target> = Vec::new();
    for name in names {
        let target = target(&variables, name).ok_or_else(|| unresolved(name))?;
        if targets.iter().any(|other| other.frame == target.frame && other.name == target.name) {
            return Err(Error::new(
                &DUPLICATE_ASSIGNMENTS,
                format!("The columns or variables {} appear more than once as assignment targets", quote(&target.name)),
            )
            .at(name.span));
        }
        targets.push(target);
    }
    Ok(targets)
}

fn target(variables: &Variables, name: &ObjectName) -> Option<Target> {
    let found = variables.target(name)?;
    Some(Target {
        frame: found.frame,
        name: found.variable.name.clone(),
        data_type: found.variable.data_type.clone(),
        default: found.variable.default.clone(),
    })
}

/// DEFAULT is the expression that the variable was declared with.
fn with_default(running: &Running<'_>, expression: &Expression, target: &Target) -> Result<Expression> {
    match &expression.kind {
        ExpressionKind::Column(parts) if matches!(parts.as_slice(), [word] if !word.quoted && word.is("DEFAULT")) => {
            let default = sql::parse_expression(&target.default, &running.parsing)?;
            Ok(Expression { span: expression.span, ..default })
        }
        _ => Ok(expression.clone()),
    }
}

/// Gives variables their values.
pub(super) fn assign(running: &Running<'_>, targets: &[Target], values: Vec<Value>, span: Span) -> Result<()> {
    let mut ready = Vec::with_capacity(values.len());
    for (target, value) in targets.iter().zip(values) {
        ready.push(stored(running, value, &target.data_type, &target.name, span)?);
    }
    running.session.change_variables(|variables| {
        for (target, (value, literal)) in targets.iter().zip(ready) {
            variables.set(target.frame, &target.name, value, literal);
        }
    });
    Ok(())
}

/// A value as a variable of that type keeps it, and its literal.
pub(super) fn stored(
    running: &Running<'_>,
    given: Value,
    data_type: &DataType,
    text: &str,
    span: Span,
) -> Result<(ScalarValue, String)> {
    let mode = CastMode::implicit(&running.context);
    if !cast_allowed(&given.data_type, data_type, mode) {
        let why = format!("cannot cast \"{}\" to \"{data_type}\"", given.data_type);
        return Err(mismatch("CAST_WITHOUT_SUGGESTION", text, &why, span));
    }
    let typed = Typed { expr: Expr::Literal(given.value, None), data_type: given.data_type, nullable: true };
    let typed = cast(typed, data_type, mode, &running.context).map_err(|error| error.at(span))?;
    let value = running.evaluate(typed).map_err(|error| error.at(span))?;
    let literal = binder::literal_text(&value, data_type, &running.context)?;
    Ok((value, literal))
}

pub(super) async fn drop(running: &Running<'_>, statement: &DropVariable) -> Result<Outcome> {
    let name = session_name(&statement.name)?;
    let dropped = running
        .session
        .change_variables(|variables| variables.frames()[0].variables.remove(&name.to_lowercase()).is_some());
    if dropped || statement.if_exists {
        return Ok(Outcome::Done);
    }
    Err(Error::new(
        &VARIABLE_NOT_FOUND,
        format!("The variable {} cannot be found. Verify the spelling of its name", shown(&name)),
    )
    .hint("IF EXISTS tolerates this")
    .at(statement.name.span))
}

/// The value of an expression that may hold subqueries and variables.
pub(super) async fn only_value(running: &Running<'_>, expression: Expression) -> Result<Value> {
    let span = expression.span;
    let values = row(running, &select(vec![SelectItem { expression, alias: None }], span)).await?;
    let value = values.and_then(|mut values| values.pop());
    value.ok_or_else(|| Error::internal("an expression has one value").at(span))
}

/// The query's row, if it has one.
async fn row(running: &Running<'_>, query: &Query) -> Result<Option<Vec<Value>>> {
    let bound = running.bind(query).await?;
    let columns = bound.columns.clone();
    let Outcome::Rows(rows) = running.rows(bound).await? else { return Ok(None) };
    let mut batches = rows.stream;
    let mut found: Option<Vec<Value>> = None;
    while let Some(batch) = batches.try_next().await? {
        for row in 0..batch.num_rows() {
            if found.is_some() {
                return Err(Error::new(
                    &ROW_SUBQUERY_TOO_MANY_ROWS,
                    "More than one row returned by a subquery used as a row",
                )
                .at(query.span));
            }
            let values = batch.columns().iter().zip(&columns).map(|(array, column)| {
                let value = ScalarValue::try_from_array(array, row)?;
                Ok(Value { value, data_type: column.data_type.clone() })
            });
            found = Some(values.collect::<Result<_>>()?);
        }
    }
    Ok(found)
}

/// `SELECT items`
fn select(items: Vec<SelectItem>, span: Span) -> Query {
    let select = Select {
        hints: vec![],
        distinct: false,
        items,
        from: vec![],
        lateral_views: vec![],
        selection: None,
        group_by: None,
        having: None,
        qualify: None,
        span,
    };
    Query {
        with: None,
        body: QueryBody::Select(Box::new(select)),
        order_by: vec![],
        sort_by: vec![],
        distribute_by: vec![],
        cluster_by: vec![],
        windows: vec![],
        limit: None,
        offset: None,
        span,
    }
}

/// Whether `SET name = …` names a variable, which only SET VARIABLE may change.
pub(super) fn is_variable(running: &Running<'_>, key: &str) -> bool {
    let span = Span::default();
    let parts = key.split('.').map(|part| Identifier::new(part, span)).collect();
    running.session.variables().target(&ObjectName { parts, span }).is_some()
}
