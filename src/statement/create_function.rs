//! CREATE FUNCTION: checks the body as it will be called, and keeps its text.

use std::sync::Arc;

use crate::binder::user_functions::{Parameter, Returns, UserBody, repeated};
use crate::binder::{self, UserFunction, calls};
use crate::catalog::{Function, FunctionDefinition, FunctionParameter, FunctionResult, routine_exists};
use crate::error::{
    DUPLICATE_ROUTINE_PARAMETER_NAMES, DUPLICATE_ROUTINE_RETURNS_COLUMNS, Error, INVALID_SQL_FUNCTION_DATA_ACCESS,
    INVALID_TEMP_OBJ_REFERENCE, ROUTINE_NOT_FOUND, Result, UNRESOLVED_ROUTINE, UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING,
    USER_DEFINED_FUNCTIONS,
};
use crate::session::{TableName, conditions, full_function_name, kept_with_view};
use crate::sql::Mentioned;
use crate::sql::ast::{
    Alias, ColumnDefinition, CreateFunction, ExpressionKind, FunctionBody, FunctionReturns, ObjectName, Query,
    QueryBody,
};
use crate::sql::visit::Visitor;
use crate::types::{DataType, StructField, quote};

use super::Outcome;
use super::running::Running;

pub(super) async fn create_function(running: &Running<'_>, statement: &CreateFunction) -> Result<Outcome> {
    let target = Target::new(running, statement)?;
    check_parameters(statement)?;
    check_returns(statement)?;
    if target.exists(running, statement).await? && statement.if_not_exists {
        return Ok(Outcome::Done);
    }
    let mentioned = mentioned(statement);
    if !statement.temporary {
        refuse_temporary(running, statement, &mentioned)?;
    }
    let mut definition = define(running, statement, &target, &mentioned).await?;
    if statement.temporary {
        let created_at = running.context.now / 1000;
        let function = Function { database: String::new(), name: target.name, definition, created_at };
        running.session.put_temporary_function(function);
        return Ok(Outcome::Done);
    }
    let catalog = running.catalog().await?;
    if let Some(old) = catalog.function(&target.database, &target.name).await? {
        // The owner of a function that is replaced stays: the new body reads with the same rights.
        definition.owner.clone_from(&old.definition.owner);
    }
    catalog
        .create_function(&target.database, &target.name, &definition, statement.or_replace)
        .await
        .map_err(|error| error.at(statement.name.span))?;
    Ok(Outcome::Done)
}

/// The function that is made; without a database if it is temporary.
struct Target {
    database: String,
    name: String,
}

impl Target {
    fn new(running: &Running<'_>, statement: &CreateFunction) -> Result<Self> {
        let name = TableName::new(&statement.name, &running.context.current_database)?;
        Ok(match statement.temporary {
            true => Self { database: String::new(), name: name.name },
            false => Self { database: name.database, name: name.name },
        })
    }

    fn full_name(&self, definition: &FunctionDefinition) -> String {
        full_function_name(&Function {
            database: self.database.clone(),
            name: self.name.clone(),
            definition: definition.clone(),
            created_at: 0,
        })
    }

    /// Whether there is one already that the statement may have left alone or replaced.
    async fn exists(&self, running: &Running<'_>, statement: &CreateFunction) -> Result<bool> {
        let name = &self.name;
        if statement.temporary {
            if calls::is_builtin(name) {
                return Err(match statement.or_replace {
                    true => invalid(
                        "CANNOT_REPLACE_NON_SQL_UDF_WITH_SQL_UDF",
                        format!("Cannot replace the non-SQL function {name} with a SQL function"),
                    ),
                    false => routine_exists(&quote(name)),
                }
                .at(statement.name.span));
            }
            let exists = running.session.temporary_function(name).is_some();
            if exists && !statement.or_replace {
                return Err(routine_exists(&quote(name)).at(statement.name.span));
            }
            return Ok(exists);
        }
        let exists = running.catalog().await?.function(&self.database, name).await?.is_some();
        if exists && !statement.or_replace && !statement.if_not_exists {
            let shown = format!("{}.{}", quote(&self.database), quote(name));
            return Err(routine_exists(&shown).at(statement.name.span));
        }
        Ok(exists)
    }
}

fn invalid(sub: &'static str, message: impl std::fmt::Display) -> Error {
    Error::new(&USER_DEFINED_FUNCTIONS, format!("User defined function is invalid: {message}")).subcondition(sub)
}

fn check_parameters(statement: &CreateFunction) -> Result<()> {
    let name = &statement.name.last().value;
    let twice = repeated(statement.parameters.iter().map(|parameter| parameter.name.value.as_str()));
    if !twice.is_empty() {
        return Err(Error::new(
            &DUPLICATE_ROUTINE_PARAMETER_NAMES,
            format!(
                "Found duplicate name(s) in the parameter list of the user-defined routine {name}: {}",
                twice.join(", ")
            ),
        )
        .at(statement.name.span));
    }
    let mut with_default: Option<&ColumnDefinition> = None;
    for parameter in &statement.parameters {
        let shown = &parameter.name.value;
        if parameter.not_null {
            let message = format!("Cannot specify NOT NULL on function parameters: {}", statement.parameters_text);
            return Err(invalid("NOT_NULL_ON_FUNCTION_PARAMETERS", message).at(parameter.span));
        }
        if parameter.generated.is_some() {
            return Err(Error::unsupported("GENERATED on a function's parameter", "use DEFAULT").at(parameter.span));
        }
        check_type(&parameter.data_type, parameter)?;
        match (&parameter.default, with_default) {
            (Some((default, _)), _) => {
                if has_subquery(default) {
                    let message = format!(
                        "The DEFAULT expression of `{name}`.`{shown}` is not supported because it contains a subquery"
                    );
                    return Err(invalid("NOT_A_VALID_DEFAULT_EXPRESSION", message).at(default.span));
                }
                with_default = Some(parameter);
            }
            (None, Some(before)) => {
                let message = format!(
                    "In routine `{name}` parameter `{}` with DEFAULT must not be followed by parameter `{shown}` without \
                     DEFAULT",
                    before.name.value
                );
                return Err(invalid("NOT_A_VALID_DEFAULT_PARAMETER_POSITION", message).at(parameter.span));
            }
            (None, None) => {}
        }
    }
    Ok(())
}

/// Lengths of strings are for columns of tables.
fn check_type(data_type: &DataType, definition: &ColumnDefinition) -> Result<()> {
    match data_type {
        DataType::Char(_) | DataType::Varchar(_) => Err(Error::new(
            &UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING,
            "The char/varchar type can't be used in the table schema",
        )
        .hint("use STRING")
        .at(definition.span)),
        _ => Ok(()),
    }
}

struct Subqueries(bool);

impl Visitor for Subqueries {
    fn query(&mut self, _: &Query) {
        self.0 = true;
    }
}

fn has_subquery(expression: &crate::sql::ast::Expression) -> bool {
    let mut subqueries = Subqueries(false);
    subqueries.expression(expression);
    subqueries.0
}

fn check_returns(statement: &CreateFunction) -> Result<()> {
    let name = &statement.name.last().value;
    let FunctionReturns::Table(columns) = &statement.returns else { return Ok(()) };
    for column in columns.iter().flatten() {
        check_type(&column.data_type, column)?;
    }
    let twice = repeated(columns.iter().flatten().map(|column| column.name.value.as_str()));
    if !twice.is_empty() {
        return Err(Error::new(
            &DUPLICATE_ROUTINE_RETURNS_COLUMNS,
            format!(
                "Found duplicate column(s) in the RETURNS clause column list of the user-defined routine {name}: {}",
                twice.join(", ")
            ),
        )
        .at(statement.name.span));
    }
    match &statement.body {
        FunctionBody::Query(query) if columns.is_none() => check_names(name, query),
        FunctionBody::Query(_) => Ok(()),
        FunctionBody::Expression(body) => {
            let message = format!("SQL table function {name} body must be a query");
            Err(invalid("SQL_TABLE_UDF_BODY_MUST_BE_A_QUERY", message).at(body.span))
        }
    }
}

/// Columns that RETURNS TABLE does not name must have names in the query.
fn check_names(name: &str, query: &Query) -> Result<()> {
    let QueryBody::Select(select) = &query.body else { return Ok(()) };
    let nameless = select.items.iter().find(|item| {
        let named = matches!(
            item.expression.kind,
            ExpressionKind::Column(_) | ExpressionKind::Star { .. } | ExpressionKind::Field { .. }
        );
        !named && !matches!(item.alias, Some(Alias::One(_) | Alias::Many(_)))
    });
    match nameless {
        Some(item) => Err(invalid(
            "SQL_TABLE_UDF_MISSING_COLUMN_NAMES",
            format!(
                "The relation returned by the query in the CREATE FUNCTION statement for `{name}` with RETURNS TABLE clause \
                 lacks explicit names for one or more output columns; please rewrite the function body to provide explicit \
                 column names or add column names to the RETURNS TABLE clause, and re-run the command"
            ),
        )
        .at(item.expression.span)),
        None => Ok(()),
    }
}

fn mentioned(statement: &CreateFunction) -> Mentioned {
    let mut mentioned = match &statement.body {
        FunctionBody::Query(query) => Mentioned::in_query(query),
        FunctionBody::Expression(expression) => Mentioned::in_expression(expression),
    };
    for (default, _) in statement.parameters.iter().filter_map(|parameter| parameter.default.as_ref()) {
        mentioned.extend(Mentioned::in_expression(default));
    }
    mentioned
}

/// What outlives the session must not need what does not.
fn refuse_temporary(running: &Running<'_>, statement: &CreateFunction, mentioned: &Mentioned) -> Result<()> {
    let function = mentioned.functions.iter().find(|name| match name.parts.as_slice() {
        [single] => !calls::is_builtin(&single.value) && running.session.temporary_function(&single.value).is_some(),
        _ => false,
    });
    let view = mentioned.relations.iter().find(|name| match name.parts.as_slice() {
        [single] => running.session.temporary_view(&single.value, false).is_some(),
        _ => false,
    });
    let Some((name, kind)) = function.map(|name| (name, "FUNCTION")).or(view.map(|name| (name, "VIEW"))) else {
        return Ok(());
    };
    let temporary = super::relation::quoted(name);
    let object = super::relation::quoted(&statement.name);
    Err(Error::new(
        &INVALID_TEMP_OBJ_REFERENCE,
        format!(
            "Cannot create the persistent object {object} of the type FUNCTION because it references to the temporary object \
             {temporary} of the type {kind}. Please make the temporary object {temporary} persistent, or make the persistent \
             object {object} temporary"
        ),
    )
    .at(name.span))
}

/// Binds the body, and says what the function is.
async fn define(
    running: &Running<'_>,
    statement: &CreateFunction,
    target: &Target,
    mentioned: &Mentioned,
) -> Result<FunctionDefinition> {
    let declared = match &statement.returns {
        FunctionReturns::Inferred => Returns::Inferred { is_table: false },
        FunctionReturns::Value(data_type) => Returns::Value(data_type.clone()),
        FunctionReturns::Table(None) => Returns::Inferred { is_table: true },
        FunctionReturns::Table(Some(columns)) => {
            let field = |column: &ColumnDefinition| StructField {
                comment: column.comment.clone(),
                ..StructField::new(column.name.value.clone(), column.data_type.clone())
            };
            Returns::Table(columns.iter().map(field).collect())
        }
    };
    let mut definition = FunctionDefinition {
        parameters: statement
            .parameters
            .iter()
            .map(|parameter| FunctionParameter {
                name: parameter.name.value.clone(),
                data_type: parameter.data_type.clone(),
                default: parameter.default.as_ref().map(|(_, text)| text.clone()),
                comment: parameter.comment.clone(),
            })
            .collect(),
        returns: FunctionResult::Value(DataType::Null),
        body: statement.body_text.clone(),
        is_query: matches!(statement.body, FunctionBody::Query(_)),
        database: running.context.current_database.to_string(),
        is_deterministic: true,
        reads_data: false,
        comment: statement.comment.clone(),
        owner: running.session.user().to_string(),
        settings: kept_with_view(&running.settings),
    };
    let full_name = target.full_name(&definition);
    let object = super::relation::quoted(&statement.name);
    let names = running.reader.names_in_function(mentioned, full_name.clone(), &object, statement.temporary).await?;
    let reads_data = reads_data(running, mentioned).await?;
    if reads_data && statement.reads_data == Some(false) {
        return Err(Error::new(
            &INVALID_SQL_FUNCTION_DATA_ACCESS,
            "Cannot create a SQL function with CONTAINS SQL that accesses a table/view or a SQL function that reads SQL data. \
             Please use READS SQL DATA instead",
        )
        .at(statement.name.span));
    }
    let function = UserFunction {
        name: full_name.split('.').map(str::to_owned).collect(),
        parameters: statement
            .parameters
            .iter()
            .map(|parameter| Parameter {
                name: parameter.name.value.clone(),
                data_type: parameter.data_type.clone(),
                default: parameter.default.as_ref().map(|(default, _)| default.clone()),
            })
            .collect(),
        returns: declared.clone(),
        body: match &statement.body {
            FunctionBody::Query(query) => UserBody::Query(Arc::new(query.as_ref().clone())),
            FunctionBody::Expression(expression) => UserBody::Expression(Arc::new(expression.clone())),
        },
        conditions: conditions(&running.settings),
        names: Arc::clone(&names),
    };
    let bound = binder::bind_user_function(&function, &statement.body_text, &running.environment(names.as_ref()))
        .map_err(|error| routine_not_found(error, mentioned, running))?;
    definition.returns = result(&declared, bound.columns);
    definition.is_deterministic = statement.deterministic.unwrap_or(bound.is_deterministic);
    definition.reads_data = statement.reads_data.unwrap_or(reads_data);
    Ok(definition)
}

fn result(declared: &Returns, mut columns: Vec<StructField>) -> FunctionResult {
    match declared {
        Returns::Value(data_type) => FunctionResult::Value(data_type.clone()),
        Returns::Table(columns) => FunctionResult::Table(columns.clone()),
        Returns::Inferred { is_table: true } => FunctionResult::Table(columns),
        Returns::Inferred { is_table: false } => {
            FunctionResult::Value(columns.pop().map_or(DataType::Null, |column| column.data_type))
        }
    }
}

/// Whether the body reads tables or views, itself or by functions it calls.
async fn reads_data(running: &Running<'_>, mentioned: &Mentioned) -> Result<bool> {
    for name in &mentioned.relations {
        if running.reader.find(name).await?.is_some() {
            return Ok(true);
        }
    }
    for name in &mentioned.functions {
        let builtin = matches!(name.parts.as_slice(), [single] if calls::is_builtin(&single.value));
        if !builtin && running.reader.find_function(name).await?.is_some_and(|found| found.definition.reads_data) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// While a function is made Spark looks for the others in another way, and says so in another way.
fn routine_not_found(error: Error, mentioned: &Mentioned, running: &Running<'_>) -> Error {
    if !error.is(&UNRESOLVED_ROUTINE) {
        return error;
    }
    let missing = mentioned.functions.iter().find(|name| error.span() == Some(name.span));
    let Some(ObjectName { parts, span }) = missing else { return error };
    let mut shown: Vec<String> = parts.iter().map(|part| quote(&part.value)).collect();
    if shown.len() == 1 {
        shown.insert(0, quote(&running.context.current_database));
    }
    Error::new(
        &ROUTINE_NOT_FOUND,
        format!(
            "The routine {} cannot be found. Verify the spelling and correctness of the schema and catalog",
            shown.join(".")
        ),
    )
    .at(*span)
}
