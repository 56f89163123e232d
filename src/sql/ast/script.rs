//! Scripts: BEGIN … END with what stands inside. Statements are kept as texts: what they mean depends on the variables
//! that there are when they run.

use super::Identifier;

/// A statement, query or condition of a script.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub text: String,
    /// Where it begins in the script, in bytes.
    pub offset: usize,
}

/// `[label:] BEGIN … END [label]`
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub label: Option<Identifier>,
    pub conditions: Vec<ErrorCondition>,
    pub handlers: Vec<Handler>,
    pub statements: Vec<ScriptStatement>,
}

/// `DECLARE name CONDITION [FOR SQLSTATE 'state']`
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorCondition {
    pub name: Identifier,
    pub sqlstate: String,
}

/// `DECLARE EXIT HANDLER FOR … statement`: where errors of the block's statements go.
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    pub triggers: Vec<Trigger>,
    pub body: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// Upper case, `DIVIDE_BY_ZERO` or with a part behind a dot.
    Condition(String),
    SqlState(String),
    /// Any error.
    SqlException,
    /// SQLSTATEs that begin with 02.
    NotFound,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ScriptStatement {
    Block(Block),
    /// A statement of SQL; `SET a = 1` is a `SET VAR a = 1`.
    Sql(Source),
    /// `DECLARE a INT`
    Declare(Source),
    If {
        branches: Vec<(Source, Vec<ScriptStatement>)>,
        otherwise: Vec<ScriptStatement>,
    },
    Case {
        operand: Option<Source>,
        branches: Vec<(Source, Vec<ScriptStatement>)>,
        otherwise: Vec<ScriptStatement>,
    },
    Loop(Loop),
    Leave(Identifier),
    Iterate(Identifier),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    pub label: Option<Identifier>,
    pub kind: LoopKind,
    pub body: Vec<ScriptStatement>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum LoopKind {
    Endless,
    While(Source),
    /// Until this is true, asked behind the body.
    Repeat(Source),
    For {
        variable: Option<Identifier>,
        query: Source,
    },
}
