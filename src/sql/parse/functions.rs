//! CREATE FUNCTION and DROP FUNCTION.

use crate::error::{CANNOT_LOAD_FUNCTION_CLASS, Error, INVALID_SQL_SYNTAX, Result, Span};
use crate::sql::ast::{
    CreateFunction, DropFunction, ExpressionKind, FunctionBody, FunctionReturns, ObjectName, Statement,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::{Symbol, TokenKind};
use crate::types::quote;

use super::cursor::Parser;
use super::properties::once;

/// What stands between RETURNS and RETURN.
#[derive(Default)]
struct Characteristics {
    language: Option<()>,
    deterministic: Option<bool>,
    reads_data: Option<bool>,
    comment: Option<String>,
    security: Option<()>,
}

impl Parser<'_> {
    /// Behind `CREATE [OR REPLACE] [TEMPORARY]`.
    pub fn create_function(&mut self, or_replace: bool, temporary: bool, start: usize) -> Result<Statement> {
        self.expect(K::Function)?;
        let if_not_exists = self.if_not_exists()?;
        let name = self.object_name()?;
        if self.is(K::As) {
            return Err(self.class_unsupported(&name, temporary));
        }
        let span = self.since(start);
        check_create(&name, or_replace, if_not_exists, temporary).map_err(|error| error.at(span))?;
        let inside = self.token().span.end;
        let parameters = self.parenthesised(|parser| match parser.is_symbol(Symbol::RightParen) {
            true => Ok(Vec::new()),
            false => parser.list(Self::column_definition),
        })?;
        let closed = self.since(start).end;
        let parameters_text = self.text[inside..closed - 1].trim().to_owned();
        let returns = self.function_returns()?;
        let characteristics = self.characteristics()?;
        self.expect(K::Return)?;
        let (body, body_text) = self.function_body()?;
        Ok(Statement::CreateFunction(Box::new(CreateFunction {
            name,
            or_replace,
            if_not_exists,
            temporary,
            parameters,
            parameters_text,
            returns,
            deterministic: characteristics.deterministic,
            reads_data: characteristics.reads_data,
            comment: characteristics.comment,
            body,
            body_text,
            span: self.since(start),
        })))
    }

    /// `AS 'class' [USING JAR '…']`: code of a JVM.
    fn class_unsupported(&self, name: &ObjectName, temporary: bool) -> Error {
        let instead = "write its body in SQL: CREATE FUNCTION … RETURN expression";
        let error = if temporary {
            let class = self.slice(self.ahead(1).span).trim_matches(['\'', '"']);
            Error::new(
                &CANNOT_LOAD_FUNCTION_CLASS,
                format!(
                    "Cannot load class {class} when registering the function {}, please make sure it is on the classpath",
                    quote(&name.last().value)
                ),
            )
            .hint(instead)
        } else {
            Error::unsupported("CREATE FUNCTION … AS 'class'", instead)
        };
        error.at(self.token().span.to(self.ahead(1).span))
    }

    fn function_returns(&mut self) -> Result<FunctionReturns> {
        if !self.accept(K::Returns) {
            return Ok(FunctionReturns::Inferred);
        }
        if !self.accept(K::Table) {
            return self.data_type().map(FunctionReturns::Value);
        }
        if !self.is_symbol(Symbol::LeftParen) {
            return Ok(FunctionReturns::Table(None));
        }
        let columns = self.parenthesised(|parser| parser.list(Self::column_definition))?;
        Ok(FunctionReturns::Table(Some(columns)))
    }

    fn characteristics(&mut self) -> Result<Characteristics> {
        let mut found = Characteristics::default();
        let first = self.token().span;
        loop {
            let at = self.token().span.to(first);
            if self.accept(K::Language) {
                let language = self.identifier()?;
                if !language.is("SQL") {
                    let what = format!("a function in the language {}", language.value);
                    return Err(not_allowed(&what, at));
                }
                once(&mut found.language, (), "LANGUAGE", at)?;
            } else if self.accept(K::Deterministic) {
                once(&mut found.deterministic, true, "DETERMINISTIC", at)?;
            } else if self.accept_all(&[K::Not, K::Deterministic]) {
                once(&mut found.deterministic, false, "DETERMINISTIC", at)?;
            } else if self.accept(K::Comment) {
                once(&mut found.comment, self.comment_text()?, "COMMENT", at)?;
            } else if self.accept_all(&[K::Contains, K::Sql]) {
                once(&mut found.reads_data, false, "SQL DATA ACCESS", at)?;
            } else if self.accept_all(&[K::Reads, K::Sql, K::Data]) {
                once(&mut found.reads_data, true, "SQL DATA ACCESS", at)?;
            } else if self.accept_all(&[K::Modifies, K::Sql, K::Data]) {
                return Err(not_allowed("a function with MODIFIES SQL DATA", at));
            } else if self.accept_all(&[K::No, K::Sql]) {
                return Err(not_allowed("a function with NO SQL", at));
            } else if self.accept_all(&[K::Sql, K::Security, K::Invoker]) {
                return Err(not_allowed("a function with SQL SECURITY INVOKER", at));
            } else if self.accept_all(&[K::Sql, K::Security, K::Definer]) {
                once(&mut found.security, (), "SQL SECURITY", at)?;
            } else {
                return Ok(found);
            }
        }
    }

    pub fn function_body(&mut self) -> Result<(FunctionBody, String)> {
        if self.begins_query(0) {
            let (query, text) = self.query_with_text()?;
            return Ok((FunctionBody::Query(query), text));
        }
        let (expression, text) = self.expression_with_text()?;
        let body = match expression.kind {
            ExpressionKind::Subquery(query) => FunctionBody::Query(query),
            _ => FunctionBody::Expression(expression),
        };
        Ok((body, text))
    }

    /// Behind `DROP`.
    pub fn drop_function(&mut self) -> Result<Statement> {
        let start = self.start();
        let temporary = self.accept_any(&[K::Temporary, K::Temp]).is_some();
        self.expect(K::Function)?;
        let if_exists = self.if_exists();
        let name = self.object_name()?;
        if temporary && name.parts.len() > 1 {
            let shown = name.parts.iter().map(|part| quote(&part.value)).collect::<Vec<_>>().join(".");
            let what = format!("DROP TEMPORARY FUNCTION with multiple part name({shown}) is not allowed");
            return Err(invalid_syntax("MULTI_PART_NAME", &what).at(self.since(start)));
        }
        Ok(Statement::DropFunction(DropFunction { name, temporary, if_exists }))
    }

    /// Whether `[TEMPORARY | TEMP] word` comes next.
    pub fn is_perhaps_temporary(&self, word: K) -> bool {
        let ahead = usize::from(self.is_any(&[K::Temporary, K::Temp]));
        self.ahead(ahead).kind == TokenKind::Keyword(word)
    }
}

fn check_create(name: &ObjectName, or_replace: bool, if_not_exists: bool, temporary: bool) -> Result<()> {
    if or_replace && if_not_exists {
        let what = "Cannot create a routine with both IF NOT EXISTS and REPLACE specified";
        return Err(invalid_syntax("CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE", what));
    }
    if temporary && if_not_exists {
        let what = "CREATE TEMPORARY FUNCTION with IF NOT EXISTS is not allowed";
        return Err(invalid_syntax("CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS", what));
    }
    if temporary && let [database, _, ..] = name.parts.as_slice() {
        let database = quote(&database.value);
        let what = format!("CREATE TEMPORARY FUNCTION with specifying a database({database}) is not allowed");
        return Err(invalid_syntax("CREATE_TEMP_FUNC_WITH_DATABASE", &what));
    }
    Ok(())
}

fn invalid_syntax(sub: &'static str, what: &str) -> Error {
    Error::new(&INVALID_SQL_SYNTAX, format!("Invalid SQL syntax: {what}")).subcondition(sub)
}

fn not_allowed(what: &str, at: Span) -> Error {
    Error::unsupported(what, "write the function in SQL that only reads").at(at)
}
