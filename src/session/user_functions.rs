//! Functions that users made: those of the session, and how a name finds one of either kind.
//!
//! A function of the session is kept as one of a database is, without a database.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::names::{Lookup, Reader, Scope};
use super::privileges::check_function;
use super::{Session, TableName, meanings};
use crate::binder::user_functions::{Parameter, Returns, UserBody};
use crate::binder::{UserFunction, UserFunctions, calls};
use crate::catalog::{CATALOG_NAME, Function, FunctionDefinition, FunctionResult, Privileges, normal_name};
use crate::error::{CYCLIC_FUNCTION_REFERENCE, Error, QUERY_TOO_COMPLEX, Result};
use crate::sql::ast::{FunctionBody, ObjectName};
use crate::sql::{self, Mentioned, ParseOptions};

/// Functions in functions in functions.
const MAX_FUNCTION_DEPTH: usize = 100;

/// The temporary functions of a session, by name.
pub type TemporaryFunctions = BTreeMap<String, Arc<Function>>;

impl Session {
    pub fn temporary_function(&self, name: &str) -> Option<Arc<Function>> {
        self.functions.read().get(&normal_name(name)).map(Arc::clone)
    }

    /// In the order of their names.
    pub fn temporary_functions(&self) -> Vec<Arc<Function>> {
        self.functions.read().values().map(Arc::clone).collect()
    }

    /// Puts a function in, in place of one of that name.
    pub fn put_temporary_function(&self, function: Function) {
        self.functions.write().insert(function.name.clone(), Arc::new(function));
    }

    pub fn remove_temporary_function(&self, name: &str) -> bool {
        self.functions.write().remove(&normal_name(name)).is_some()
    }
}

/// As names of columns and SHOW FUNCTIONS have it: the parts with dots between.
pub fn full_function_name(function: &Function) -> String {
    name_parts(function).join(".")
}

fn name_parts(function: &Function) -> Vec<String> {
    match function.database.is_empty() {
        true => vec![function.name.clone()],
        false => vec![CATALOG_NAME.to_owned(), function.database.clone(), function.name.clone()],
    }
}

impl Reader<'_> {
    /// The function that a name stands for in the session, if somebody made one.
    ///
    /// # Errors
    /// A metastore that cannot be read.
    pub async fn find_function(&self, name: &ObjectName) -> Result<Option<Arc<Function>>> {
        self.find_function_in(name, &self.scope(Privileges::all())).await
    }

    async fn find_function_in(&self, name: &ObjectName, scope: &Scope) -> Result<Option<Arc<Function>>> {
        let session = self.session();
        let temporary = match name.parts.as_slice() {
            [name] => Some(name),
            [schema, name] if schema.is("session") => Some(name),
            [catalog, schema, name] if catalog.is("system") && schema.is("session") => Some(name),
            _ => None,
        };
        if let Some(name) = temporary.filter(|_| scope.sees_temporary)
            && let Some(function) = session.temporary_function(&name.value)
        {
            return Ok(Some(function));
        }
        let Ok(name) = TableName::new(name, &scope.database) else { return Ok(None) };
        session.catalog().await?.function(&name.database, &name.name).await
    }
}

impl Lookup<'_, '_> {
    /// Those of `names` that somebody made.
    pub(super) fn functions<'s>(
        &'s mut self,
        names: &'s [ObjectName],
        scope: &'s Scope,
    ) -> BoxFuture<'s, Result<UserFunctions>> {
        Box::pin(async move {
            let mut found = UserFunctions::default();
            for name in names {
                let builtin = matches!(name.parts.as_slice(), [single] if calls::is_builtin(&single.value));
                if builtin || found.contains(name) {
                    continue;
                }
                let Some(function) = self.reader.find_function_in(name, scope).await? else { continue };
                let called = match function.database.is_empty() {
                    true => Ok(()),
                    false => check_function(&scope.privileges, &function),
                };
                let function = match called {
                    Ok(()) => self.user_function(&function, scope).await,
                    Err(error) => Err(error),
                };
                found.insert(name, function.map_err(|error| error.at(name.span)));
            }
            Ok(found)
        })
    }

    /// A function of a database reads what its owner may, one of the session what its caller may.
    async fn user_function(&mut self, function: &Function, around: &Scope) -> Result<Arc<UserFunction>> {
        let full = full_function_name(function);
        if let Some(known) = self.known_functions.get(&full) {
            return Ok(Arc::clone(known));
        }
        if self.functions_around.contains(&full) {
            return Err(cyclic(&self.functions_around, &full));
        }
        if self.functions_around.len() == MAX_FUNCTION_DEPTH {
            let message = format!("Functions call one another more than {MAX_FUNCTION_DEPTH} deep");
            return Err(Error::new(&QUERY_TOO_COMPLEX, message));
        }
        let definition = &function.definition;
        let settings = meanings::inside_view(&self.reader.settings, &definition.settings);
        let parsed = parse(definition, &self.reader.parse_options(&settings))
            .map_err(|error| error.without_position().hint(format!("in the text of function {full}")))?;
        let privileges = match function.database.is_empty() {
            true => around.privileges.clone(),
            false => self.rights.of_owner(&definition.owner),
        };
        let scope = Scope::inside(&definition.database, function.database.is_empty(), privileges);
        self.functions_around.push(full.clone());
        let names = self.names(&parsed.mentioned, &scope).await;
        self.functions_around.pop();
        let made = Arc::new(UserFunction {
            name: name_parts(function),
            parameters: parsed.parameters,
            returns: match &definition.returns {
                FunctionResult::Value(data_type) => Returns::Value(data_type.clone()),
                FunctionResult::Table(columns) => Returns::Table(columns.clone()),
            },
            body: parsed.body,
            conditions: meanings::conditions(&settings),
            names: Arc::new(names?),
        });
        self.known_functions.insert(full, Arc::clone(&made));
        Ok(made)
    }
}

fn cyclic(around: &[String], name: &str) -> Error {
    let start = around.iter().position(|other| other == name).unwrap_or(0);
    let path = around[start..].iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(" -> ");
    Error::new(&CYCLIC_FUNCTION_REFERENCE, format!("Cyclic function reference detected: {path}"))
}

struct Parsed {
    parameters: Vec<Parameter>,
    body: UserBody,
    mentioned: Mentioned,
}

fn parse(definition: &FunctionDefinition, options: &ParseOptions) -> Result<Parsed> {
    let mut mentioned = Mentioned::default();
    let mut parameters = Vec::with_capacity(definition.parameters.len());
    for parameter in &definition.parameters {
        let default = match &parameter.default {
            Some(text) => {
                let default = sql::parse_expression(text, options)?;
                mentioned.extend(Mentioned::in_expression(&default));
                Some(default)
            }
            None => None,
        };
        parameters.push(Parameter { name: parameter.name.clone(), data_type: parameter.data_type.clone(), default });
    }
    let body = match sql::parse_function_body(&definition.body, options)? {
        FunctionBody::Query(query) => {
            mentioned.extend(Mentioned::in_query(&query));
            UserBody::Query(Arc::new(*query))
        }
        FunctionBody::Expression(expression) => {
            mentioned.extend(Mentioned::in_expression(&expression));
            UserBody::Expression(Arc::new(expression))
        }
    };
    Ok(Parsed { parameters, body, mentioned })
}
