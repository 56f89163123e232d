//! DECLARE, SET VARIABLE, DROP VARIABLE and EXECUTE IMMEDIATE.

use crate::error::{Error, INVALID_SET_SYNTAX, INVALID_SQL_SYNTAX, Result};
use crate::sql::ast::{
    Argument, DeclareVariable, DropVariable, ExecuteImmediate, SetVariable, Statement, UsingArgument,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;

use super::cursor::Parser;

impl Parser<'_> {
    pub fn declare(&mut self) -> Result<DeclareVariable> {
        let start = self.start();
        self.expect(K::Declare)?;
        let or_replace = self.accept_all(&[K::Or, K::Replace]);
        if self.is_any(&[K::Variable, K::Var]) && self.is_identifier(self.ahead(1)) && !self.is_default_ahead() {
            self.advance();
        }
        let names = self.list(Self::object_name)?;
        let given = self.is(K::Default) || self.is_symbol(Symbol::Eq) || self.at_statement_end();
        let data_type = if given { None } else { Some(self.data_type()?) };
        let default = match self.accept(K::Default) || self.accept_symbol(Symbol::Eq) {
            true => Some(self.expression_with_text()?),
            false => None,
        };
        if data_type.is_none() && default.is_none() {
            return Err(Error::new(
                &INVALID_SQL_SYNTAX,
                "Invalid SQL syntax: The definition of a SQL variable requires either a datatype or a DEFAULT clause. For \
                 example, use `DECLARE name STRING` or `DECLARE name = 'SQL'` instead of `DECLARE name`",
            )
            .subcondition("VARIABLE_TYPE_OR_DEFAULT_REQUIRED")
            .at(self.since(start)));
        }
        Ok(DeclareVariable { names, or_replace, data_type, default, span: self.since(start) })
    }

    /// A variable that is itself called `variable`: `DECLARE var = 1`.
    fn is_default_ahead(&self) -> bool {
        let default = self.keyword_ahead(1) == Some(K::Default) && !self.is_symbol_ahead(2, Symbol::Dot);
        default || self.is_symbol_ahead(1, Symbol::Eq)
    }

    fn at_statement_end(&self) -> bool {
        self.at_end() || self.is_symbol(Symbol::Semicolon)
    }

    /// Whether `SET VARIABLE a = …` comes next, rather than the setting `variable`.
    pub fn is_set_variable(&self) -> bool {
        self.is(K::Set)
            && matches!(self.keyword_ahead(1), Some(K::Variable | K::Var))
            && !self.is_symbol_ahead(2, Symbol::Eq)
    }

    /// Behind `SET VARIABLE`.
    pub fn set_variable(&mut self) -> Result<SetVariable> {
        let start = self.start();
        if !self.is_symbol(Symbol::LeftParen) {
            let assignments = self.list(|parser| {
                let name = parser.path()?;
                parser.expect_symbol(Symbol::Eq)?;
                if parser.begins_query(0) {
                    return Err(set_syntax().at(parser.token().span));
                }
                Ok((name, parser.expression()?))
            })?;
            return Ok(SetVariable::Values(assignments));
        }
        let names = self.parenthesised(|parser| parser.list(Self::path))?;
        self.expect_symbol(Symbol::Eq)?;
        if !self.is_symbol(Symbol::LeftParen) {
            return Err(set_syntax().at(self.since(start)));
        }
        let query = Box::new(self.parenthesised(Self::query)?);
        Ok(SetVariable::Row { names, query })
    }

    /// Behind `DROP`.
    pub fn drop_variable(&mut self) -> Result<Statement> {
        self.expect_any(&[K::Temporary, K::Temp])?;
        self.expect_any(&[K::Variable, K::Var])?;
        let if_exists = self.if_exists();
        Ok(Statement::DropVariable(DropVariable { name: self.object_name()?, if_exists }))
    }

    pub fn execute_immediate(&mut self) -> Result<ExecuteImmediate> {
        let start = self.start();
        self.expect_all(&[K::Execute, K::Immediate])?;
        let text = self.expression()?;
        let into = if self.accept(K::Into) { self.list(Self::object_name)? } else { Vec::new() };
        let using = if self.accept(K::Using) { self.using()? } else { Vec::new() };
        Ok(ExecuteImmediate { text, into, using, span: self.since(start) })
    }

    /// `1 AS a, 2`, with or without parentheses around.
    fn using(&mut self) -> Result<Vec<UsingArgument>> {
        let mark = self.mark();
        if self.accept_symbol(Symbol::LeftParen) && !self.begins_query(0) {
            let arguments = self.list(Self::named_argument)?;
            if self.accept_symbol(Symbol::RightParen) && self.at_statement_end() {
                return Ok(using_arguments(arguments));
            }
        }
        self.back_to(mark);
        let arguments = self.list(Self::named_argument)?;
        Ok(using_arguments(arguments))
    }
}

fn using_arguments(arguments: Vec<Argument>) -> Vec<UsingArgument> {
    arguments.into_iter().map(|argument| UsingArgument { value: argument.value, alias: argument.name }).collect()
}

fn set_syntax() -> Error {
    Error::new(
        &INVALID_SET_SYNTAX,
        "Expected format is 'SET', 'SET key', or 'SET key=value'. If you want to include special characters in key, or \
         include semicolon in value, please use backquotes, e.g., SET `key`=`value`",
    )
    .hint("a query stands in parentheses")
}
