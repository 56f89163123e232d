//! Scripts: BEGIN … END, IF, CASE, WHILE, REPEAT, LOOP, FOR, LEAVE, ITERATE, and the declarations at a block's beginning.

use crate::error::{
    CONDITIONS, DUPLICATE_EXCEPTION_HANDLER, END_LABEL_WITHOUT_BEGIN_LABEL, Error, INVALID_ERROR_CONDITION_DECLARATION,
    INVALID_HANDLER_DECLARATION, INVALID_LABEL_USAGE, INVALID_SQLSTATE, INVALID_VARIABLE_DECLARATION,
    LABEL_OR_FOR_VARIABLE_ALREADY_EXISTS, LABEL_OR_FOR_VARIABLE_NAME_FORBIDDEN, LABELS_MISMATCH, Result, Span,
    UNSUPPORTED_FEATURE,
};
use crate::sql::ast::{
    Block, ErrorCondition, Handler, Identifier, Loop, LoopKind, ScriptStatement, Source, Statement, Trigger,
};
use crate::sql::keywords::Keyword as K;
use crate::sql::lexer::Symbol;
use crate::sql::{Identifiers, ParseOptions};
use crate::types::quote;

use super::cursor::Parser;

/// What stands around a statement.
#[derive(Default)]
struct Around {
    /// Labels and FOR variables in sight, and what each names.
    labels: Vec<(Identifier, Labelled)>,
    /// Conditions that were declared.
    conditions: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Labelled {
    Block,
    Loop,
    Variable,
}

/// How far a block's declarations have come: variables and conditions, then handlers, then statements.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Variables,
    Handlers,
    Statements,
}

impl Parser<'_> {
    /// Whether a script begins here, rather than a transaction.
    pub fn begins_script(&self) -> bool {
        self.is(K::Begin)
            && !self.is_symbol_ahead(1, Symbol::Semicolon)
            && !matches!(self.keyword_ahead(1), Some(K::Transaction))
            && self.ahead(1).kind != crate::sql::lexer::TokenKind::End
    }

    /// A whole script. What IDENTIFIER(…) names is not known before the statement around it runs.
    pub fn script(&mut self) -> Result<Statement> {
        let identifiers = Identifiers::new(|_| Ok("unknown".to_owned()));
        let options = ParseOptions { identifiers, ..self.options.clone() };
        let mut parser = Parser::new(self.text, &options)?;
        parser.back_to(self.mark());
        let block = parser.block(None, &mut Around::default())?;
        let end = parser.mark();
        self.back_to(end);
        Ok(Statement::Script(Box::new(block)))
    }

    fn block(&mut self, label: Option<Identifier>, around: &mut Around) -> Result<Block> {
        self.expect(K::Begin)?;
        if self.accept(K::Not) {
            self.expect(K::Atomic)?;
        }
        let outer_conditions = around.conditions.len();
        let labels = self.enter(label.as_ref(), Labelled::Block, around)?;
        let mut block = Block { label, conditions: Vec::new(), handlers: Vec::new(), statements: Vec::new() };
        let mut stage = Stage::Variables;
        while !self.is(K::End) {
            if self.at_end() {
                return Err(self.unexpected_of(&[K::End]));
            }
            self.nested(|parser| parser.block_item(&mut block, &mut stage, around))?;
            self.expect_symbol(Symbol::Semicolon)?;
        }
        self.expect(K::End)?;
        around.labels.truncate(labels);
        around.conditions.truncate(outer_conditions);
        self.end_label(block.label.as_ref())?;
        Ok(block)
    }

    /// A declaration or a statement.
    fn block_item(&mut self, block: &mut Block, stage: &mut Stage, around: &mut Around) -> Result<()> {
        let start = self.start();
        if !self.is(K::Declare) {
            *stage = Stage::Statements;
            let statement = self.script_statement(around)?;
            block.statements.push(statement);
            return Ok(());
        }
        if matches!(self.keyword_ahead(1), Some(K::Exit | K::Continue)) && self.keyword_ahead(2) == Some(K::Handler) {
            if *stage > Stage::Handlers {
                return Err(Error::new(
                    &INVALID_HANDLER_DECLARATION,
                    "Invalid handler declaration. Handlers must be declared after variable/condition declaration, and \
                     before other statements",
                )
                .subcondition("WRONG_PLACE_OF_DECLARATION")
                .at(self.token().span));
            }
            *stage = Stage::Handlers;
            let handler = self.handler(around)?;
            check_handlers(block, &handler, self.since(start))?;
            block.handlers.push(handler);
            return Ok(());
        }
        if self.is_identifier(self.ahead(1)) && self.keyword_ahead(2) == Some(K::Condition) {
            let condition = self.error_condition(*stage)?;
            around.conditions.push(condition.name.value.to_uppercase());
            block.conditions.push(condition);
            return Ok(());
        }
        let declaration = self.declare()?;
        if *stage > Stage::Variables {
            let name = declaration.names.first().map_or("", |name| &name.last().value);
            return Err(Error::new(
                &INVALID_VARIABLE_DECLARATION,
                format!(
                    "Invalid variable declaration. Variable {} can only be declared at the beginning of the compound",
                    quote(name)
                ),
            )
            .subcondition("ONLY_AT_BEGINNING")
            .at(declaration.span));
        }
        block.statements.push(ScriptStatement::Declare(self.source(start)));
        Ok(())
    }

    /// What was read since `start`.
    fn source(&self, start: usize) -> Source {
        Source { text: self.slice(self.since(start)).to_owned(), offset: start }
    }

    fn expression_source(&mut self) -> Result<Source> {
        let start = self.start();
        self.expression()?;
        Ok(self.source(start))
    }

    fn error_condition(&mut self, stage: Stage) -> Result<ErrorCondition> {
        let start = self.start();
        self.expect(K::Declare)?;
        let name = self.identifier()?;
        self.expect(K::Condition)?;
        let sqlstate = match self.accept(K::For) {
            true => self.sqlstate()?,
            false => "45000".to_owned(),
        };
        let span = self.since(start);
        let invalid = |sub: &'static str, what: &str| {
            let message = format!("Invalid condition declaration. {what}");
            Err(Error::new(&INVALID_ERROR_CONDITION_DECLARATION, message).subcondition(sub).at(span))
        };
        let shown = name.value.to_uppercase();
        if stage > Stage::Variables {
            return invalid(
                "NOT_AT_START_OF_COMPOUND_STATEMENT",
                &format!("Condition {shown} can only be declared at the start of a BEGIN END compound statement"),
            );
        }
        if !name.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return invalid(
                "SPECIAL_CHARACTER_FOUND",
                &format!(
                    "Special character found in condition name {shown}. Only alphanumeric characters and underscores are \
                     allowed"
                ),
            );
        }
        Ok(ErrorCondition { name, sqlstate })
    }

    /// `SQLSTATE [VALUE] '22012'`
    fn sqlstate(&mut self) -> Result<String> {
        self.expect(K::Sqlstate)?;
        self.accept(K::Value);
        let span = self.token().span;
        let state = self.string()?;
        let well_formed = state.len() == 5 && state.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !well_formed || ["00", "01", "XX"].iter().any(|class| state.starts_with(class)) {
            return Err(Error::new(
                &INVALID_SQLSTATE,
                format!(
                    "Invalid SQLSTATE value: '{state}'. SQLSTATE must be exactly 5 characters long and contain only A-Z and \
                     0-9. SQLSTATE must not start with '00', '01', or 'XX'"
                ),
            )
            .at(span));
        }
        Ok(state)
    }

    fn handler(&mut self, around: &mut Around) -> Result<Handler> {
        let start = self.start();
        self.expect(K::Declare)?;
        if self.is(K::Continue) {
            return Err(Error::new(
                &UNSUPPORTED_FEATURE,
                "The feature is not supported: CONTINUE exception handler is not supported. Use EXIT handler",
            )
            .subcondition("CONTINUE_EXCEPTION_HANDLER")
            .at(self.token().span));
        }
        self.expect_all(&[K::Exit, K::Handler, K::For])?;
        let mut triggers: Vec<Trigger> = Vec::new();
        loop {
            let trigger = self.trigger(around)?;
            if triggers.contains(&trigger) {
                let (sub, what) = match &trigger {
                    Trigger::SqlState(state) => {
                        ("DUPLICATE_SQLSTATE_IN_HANDLER_DECLARATION", format!("sqlState {state}"))
                    }
                    Trigger::Condition(name) => {
                        ("DUPLICATE_CONDITION_IN_HANDLER_DECLARATION", format!("condition {name}"))
                    }
                    Trigger::SqlException | Trigger::NotFound => {
                        return Err(mixed_triggers().at(self.since(start)));
                    }
                };
                return Err(Error::new(
                    &INVALID_HANDLER_DECLARATION,
                    format!(
                        "Invalid handler declaration. Found duplicate {what} in the handler declaration. Please, remove one \
                         of them"
                    ),
                )
                .subcondition(sub)
                .at(self.since(start)));
            }
            triggers.push(trigger);
            if !self.accept_symbol(Symbol::Comma) {
                break;
            }
        }
        let general = |trigger: &Trigger| matches!(trigger, Trigger::SqlException | Trigger::NotFound);
        if triggers.len() > 1 && triggers.iter().any(general) {
            return Err(mixed_triggers().at(self.since(start)));
        }
        // A handler sees nothing of the loops around its block.
        let mut inside = Around { labels: Vec::new(), conditions: around.conditions.clone() };
        let body = if self.is(K::Begin) {
            self.block(None, &mut inside)?
        } else {
            let statements = vec![self.script_statement(&mut inside)?];
            Block { label: None, conditions: Vec::new(), handlers: Vec::new(), statements }
        };
        Ok(Handler { triggers, body })
    }

    fn trigger(&mut self, around: &Around) -> Result<Trigger> {
        if self.is(K::Sqlstate) {
            return self.sqlstate().map(Trigger::SqlState);
        }
        if self.accept(K::Sqlexception) {
            return Ok(Trigger::SqlException);
        }
        if self.accept_all(&[K::Not, K::Found]) {
            return Ok(Trigger::NotFound);
        }
        let name = self.object_name()?;
        let text = name.parts.iter().map(|part| part.value.to_uppercase()).collect::<Vec<_>>().join(".");
        let main = text.split('.').next().unwrap_or_default();
        let known = CONDITIONS.iter().any(|condition| condition.name == main);
        if !known && !around.conditions.contains(&text) {
            return Err(Error::new(
                &INVALID_HANDLER_DECLARATION,
                format!("Invalid handler declaration. Condition {text} not found"),
            )
            .subcondition("CONDITION_NOT_FOUND")
            .suggest(&text, CONDITIONS.iter().map(|condition| condition.name))
            .at(name.span));
        }
        Ok(Trigger::Condition(text))
    }

    /// Statements up to one of these words, each with its `;`.
    fn body(&mut self, ends: &[K], around: &mut Around) -> Result<Vec<ScriptStatement>> {
        let mut statements = Vec::new();
        while !self.is_any(ends) {
            if self.at_end() {
                return Err(self.unexpected_of(ends));
            }
            if self.is(K::Declare) {
                let declaration = self.declare()?;
                let name = declaration.names.first().map_or("", |name| &name.last().value);
                return Err(Error::new(
                    &INVALID_VARIABLE_DECLARATION,
                    format!(
                        "Invalid variable declaration. Declaration of the variable {} is not allowed in this scope",
                        quote(name)
                    ),
                )
                .subcondition("NOT_ALLOWED_IN_SCOPE")
                .at(declaration.span));
            }
            statements.push(self.nested(|parser| parser.script_statement(around))?);
            self.expect_symbol(Symbol::Semicolon)?;
        }
        Ok(statements)
    }

    fn script_statement(&mut self, around: &mut Around) -> Result<ScriptStatement> {
        let begins = |keyword: Option<K>| matches!(keyword, Some(K::Begin | K::While | K::Repeat | K::Loop | K::For));
        let labelled = self.is_identifier(self.token()) && self.is_symbol_ahead(1, Symbol::Colon);
        let label = if labelled && begins(self.keyword_ahead(2)) {
            let label = self.identifier()?;
            self.expect_symbol(Symbol::Colon)?;
            Some(label)
        } else {
            None
        };
        match self.keyword() {
            Some(K::Begin) => self.block(label, around).map(ScriptStatement::Block),
            Some(K::While | K::Loop | K::For) => self.loop_statement(label, around),
            Some(K::Repeat) if !self.is_symbol_ahead(1, Symbol::LeftParen) => self.loop_statement(label, around),
            Some(K::If) => self.if_statement(around),
            Some(K::Case) => self.case_statement(around),
            Some(K::Leave) => self.jump(K::Leave, around).map(ScriptStatement::Leave),
            Some(K::Iterate) => self.jump(K::Iterate, around).map(ScriptStatement::Iterate),
            Some(K::Set) => self.variable_assignment(),
            Some(K::Drop) if self.is_drop_variable() => Err(Error::new(
                &UNSUPPORTED_FEATURE,
                "The feature is not supported: DROP TEMPORARY VARIABLE is not supported within SQL scripts. To bypass this, \
                 use `EXECUTE IMMEDIATE 'DROP TEMPORARY VARIABLE ...'`",
            )
            .subcondition("SQL_SCRIPTING_DROP_TEMPORARY_VARIABLE")
            .at(self.token().span)),
            _ => {
                let start = self.start();
                self.statement()?;
                Ok(ScriptStatement::Sql(self.source(start)))
            }
        }
    }

    fn is_drop_variable(&self) -> bool {
        self.are(&[K::Drop, K::Temporary, K::Variable]) || self.are(&[K::Drop, K::Temporary, K::Var])
    }

    /// `SET a = 1`: in a script variables are meant.
    fn variable_assignment(&mut self) -> Result<ScriptStatement> {
        const WORDS: &str = "SET VAR ";
        self.expect(K::Set)?;
        if matches!(self.keyword(), Some(K::Var | K::Variable)) && self.is_identifier(self.ahead(1)) {
            self.advance();
        }
        let start = self.start();
        self.set_variable()?;
        let source = self.source(start);
        // BEGIN stands before it, so there is room.
        let offset = source.offset.saturating_sub(WORDS.len());
        Ok(ScriptStatement::Sql(Source { text: format!("{WORDS}{}", source.text), offset }))
    }

    fn if_statement(&mut self, around: &mut Around) -> Result<ScriptStatement> {
        self.expect(K::If)?;
        let mut branches = Vec::new();
        loop {
            let condition = self.expression_source()?;
            self.expect(K::Then)?;
            branches.push((condition, self.body(&[K::Elseif, K::Else, K::End], around)?));
            if !self.accept(K::Elseif) {
                break;
            }
        }
        let otherwise = if self.accept(K::Else) { self.body(&[K::End], around)? } else { Vec::new() };
        self.expect_all(&[K::End, K::If])?;
        Ok(ScriptStatement::If { branches, otherwise })
    }

    fn case_statement(&mut self, around: &mut Around) -> Result<ScriptStatement> {
        self.expect(K::Case)?;
        let operand = if self.is(K::When) { None } else { Some(self.expression_source()?) };
        let mut branches = Vec::new();
        while self.accept(K::When) {
            let value = self.expression_source()?;
            self.expect(K::Then)?;
            branches.push((value, self.body(&[K::When, K::Else, K::End], around)?));
        }
        if branches.is_empty() {
            return Err(self.unexpected_of(&[K::When]));
        }
        let otherwise = if self.accept(K::Else) { self.body(&[K::End], around)? } else { Vec::new() };
        self.expect_all(&[K::End, K::Case])?;
        Ok(ScriptStatement::Case { operand, branches, otherwise })
    }

    fn loop_statement(&mut self, label: Option<Identifier>, around: &mut Around) -> Result<ScriptStatement> {
        let labels = self.enter(label.as_ref(), Labelled::Loop, around)?;
        let (word, kind, body) = match self.expect_any(&[K::While, K::Repeat, K::Loop, K::For])? {
            K::While => {
                let condition = self.expression_source()?;
                self.expect(K::Do)?;
                (K::While, LoopKind::While(condition), self.body(&[K::End], around)?)
            }
            K::Repeat => {
                let body = self.body(&[K::Until], around)?;
                self.expect(K::Until)?;
                (K::Repeat, LoopKind::Repeat(self.expression_source()?), body)
            }
            K::For => {
                let named = self.is_identifier(self.token()) && self.keyword_ahead(1) == Some(K::As);
                let variable = if named { Some(self.identifier()?) } else { None };
                if let Some(variable) = &variable {
                    self.expect(K::As)?;
                    self.enter(Some(variable), Labelled::Variable, around)?;
                }
                let start = self.start();
                let around_query = std::mem::replace(&mut self.in_for_query, true);
                let parsed = self.query();
                self.in_for_query = around_query;
                parsed?;
                let query = self.source(start);
                self.expect(K::Do)?;
                (K::For, LoopKind::For { variable, query }, self.body(&[K::End], around)?)
            }
            _ => (K::Loop, LoopKind::Endless, self.body(&[K::End], around)?),
        };
        self.expect_all(&[K::End, word])?;
        around.labels.truncate(labels);
        self.end_label(label.as_ref())?;
        Ok(ScriptStatement::Loop(Loop { label, kind, body }))
    }

    /// Puts a label into sight; gives how many there were before.
    fn enter(&self, label: Option<&Identifier>, what: Labelled, around: &mut Around) -> Result<usize> {
        let before = around.labels.len();
        let Some(label) = label else { return Ok(before) };
        let shown = quote(&label.value.to_lowercase());
        if ["builtin", "session", "system", "local", "sys"].iter().any(|name| label.is(name)) {
            let message = format!("The label or FOR variable name {shown} is forbidden");
            return Err(Error::new(&LABEL_OR_FOR_VARIABLE_NAME_FORBIDDEN, message).at(label.span));
        }
        if around.labels.iter().any(|(other, _)| other == label) {
            let message = format!(
                "The label or FOR variable {shown} already exists. Choose another name or rename the existing one"
            );
            return Err(Error::new(&LABEL_OR_FOR_VARIABLE_ALREADY_EXISTS, message).at(label.span));
        }
        around.labels.push((label.clone(), what));
        Ok(before)
    }

    fn end_label(&mut self, label: Option<&Identifier>) -> Result<()> {
        if !self.is_identifier(self.token()) {
            return Ok(());
        }
        let end = self.identifier()?;
        let shown = quote(&end.value.to_lowercase());
        match label {
            None => Err(Error::new(
                &END_LABEL_WITHOUT_BEGIN_LABEL,
                format!("End label {shown} can not exist without begin label"),
            )
            .at(end.span)),
            Some(label) if *label != end => Err(Error::new(
                &LABELS_MISMATCH,
                format!("Begin label {} does not match the end label {shown}", quote(&label.value.to_lowercase())),
            )
            .at(end.span)),
            Some(_) => Ok(()),
        }
    }

    /// `LEAVE label`, `ITERATE label`
    fn jump(&mut self, word: K, around: &Around) -> Result<Identifier> {
        self.expect(word)?;
        let name = self.object_name()?;
        let invalid = |sub: &'static str, what: &str| {
            let message = format!("The usage of the label {} is invalid. {what}", name.text().to_uppercase());
            Err(Error::new(&INVALID_LABEL_USAGE, message).subcondition(sub).at(name.span))
        };
        let [label] = name.parts.as_slice() else {
            return invalid("QUALIFIED_LABEL_NAME", "Label cannot be qualified");
        };
        let found = around.labels.iter().rev().find(|(other, what)| other == label && *what != Labelled::Variable);
        match found {
            None => invalid(
                "DOES_NOT_EXIST",
                &format!(
                    "Label was used in the {} statement, but the label does not belong to any surrounding block",
                    word.text()
                ),
            ),
            Some((_, Labelled::Block)) if word == K::Iterate => invalid(
                "ITERATE_IN_COMPOUND",
                "ITERATE statement cannot be used with a label that belongs to a compound (BEGIN...END) body",
            ),
            Some(_) => Ok(label.clone()),
        }
    }
}

fn mixed_triggers() -> Error {
    Error::new(
        &INVALID_HANDLER_DECLARATION,
        "Invalid handler declaration. Invalid combination of conditions in the handler declaration. SQLEXCEPTION and NOT \
         FOUND cannot be used together with other condition/sqlstate values",
    )
    .subcondition("INVALID_CONDITION_COMBINATION")
}

/// No two handlers of a block are for the same error.
fn check_handlers(block: &Block, handler: &Handler, span: Span) -> Result<()> {
    let mut others = block.handlers.iter().flat_map(|other| &other.triggers);
    let Some(twice) = others.find(|trigger| handler.triggers.contains(trigger)) else { return Ok(()) };
    let (sub, what) = match twice {
        Trigger::Condition(name) => ("CONDITION", format!("condition {name}")),
        Trigger::SqlState(state) => ("SQLSTATE", format!("SQLSTATE {state}")),
        Trigger::SqlException => ("CONDITION", "condition SQLEXCEPTION".to_owned()),
        Trigger::NotFound => ("CONDITION", "condition NOT FOUND".to_owned()),
    };
    Err(Error::new(
        &DUPLICATE_EXCEPTION_HANDLER,
        format!("Found duplicate handlers. Please, remove one of them. Found duplicate handlers for the same {what}"),
    )
    .subcondition(sub)
    .at(span))
}
