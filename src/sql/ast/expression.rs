//! Expressions.

use crate::error::Span;
use crate::types::DataType;

use super::{Identifier, ObjectName, Query, SortItem, WindowSpecification};

#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub kind: ExpressionKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExpressionKind {
    Literal(Literal),
    /// `a`, `t.a`, `db.t.a.field`: which part is what, the binder finds out. `CURRENT_DATE`, `CURRENT_TIME`,
    /// `CURRENT_TIMESTAMP`, `CURRENT_USER`, `SESSION_USER` and `USER` without parentheses are columns too, or the function
    /// of that name where there is no such column.
    Column(Vec<Identifier>),
    /// `*`, `t.*`, `* EXCEPT (a, b)`: in a SELECT list, in `count(*)` and as argument of functions.
    Star {
        qualifier: Vec<Identifier>,
        except: Vec<Vec<Identifier>>,
    },
    /// `?` has no name, `:name` has one.
    Parameter(Option<Identifier>),
    Unary {
        operator: UnaryOperator,
        operand: Box<Expression>,
    },
    Binary {
        left: Box<Expression>,
        operator: BinaryOperator,
        right: Box<Expression>,
    },
    /// `a IS [NOT] NULL | TRUE | FALSE | UNKNOWN`
    Is {
        operand: Box<Expression>,
        test: Test,
        negated: bool,
    },
    /// `a IS [NOT] DISTINCT FROM b`
    IsDistinctFrom {
        left: Box<Expression>,
        right: Box<Expression>,
        negated: bool,
    },
    Between {
        operand: Box<Expression>,
        low: Box<Expression>,
        high: Box<Expression>,
        negated: bool,
    },
    InList {
        operand: Box<Expression>,
        list: Vec<Expression>,
        negated: bool,
    },
    InSubquery {
        operand: Box<Expression>,
        query: Box<Query>,
        negated: bool,
    },
    Exists(Box<Query>),
    /// A query in parentheses that stands for one value.
    Subquery(Box<Query>),
    Like {
        operand: Box<Expression>,
        operator: LikeOperator,
        /// One pattern unless a quantifier is given.
        patterns: Vec<Expression>,
        quantifier: Option<Quantifier>,
        escape: Option<Box<Expression>>,
        negated: bool,
    },
    Case {
        operand: Option<Box<Expression>>,
        branches: Vec<(Expression, Expression)>,
        otherwise: Option<Box<Expression>>,
    },
    Cast {
        operand: Box<Expression>,
        data_type: DataType,
        style: CastStyle,
    },
    /// `EXTRACT(field FROM source)`
    Extract {
        field: Identifier,
        source: Box<Expression>,
    },
    /// `TRIM([BOTH | LEADING | TRAILING] [characters] FROM source)`; plain `trim(a)` is a function.
    Trim {
        side: TrimSide,
        characters: Option<Box<Expression>>,
        source: Box<Expression>,
    },
    /// Also what the grammar has forms of its own for: `POSITION(a IN b)` is `position(a, b)`,
    /// `SUBSTRING(a FROM b FOR c)` is `substring(a, b, c)`, `OVERLAY(a PLACING b FROM c)` is `overlay(a, b, c)`,
    /// `TIMESTAMPADD(DAY, 1, t)` has the unit as a string literal, and in `struct(a AS x)` the alias is the argument's name.
    Function(Box<FunctionCall>),
    /// `expression.field`, where the expression is not itself a name.
    Field {
        operand: Box<Expression>,
        field: Identifier,
    },
    /// `expression:a.b[0]['c']`: a part of a VARIANT.
    Path {
        operand: Box<Expression>,
        /// `$.a.b[0]['c']`
        path: String,
        /// The last field of it.
        field: Option<String>,
    },
    /// `expression[index]`
    Index {
        operand: Box<Expression>,
        index: Box<Expression>,
    },
    /// `(a, b)`; one expression in parentheses is that expression.
    Row(Vec<Expression>),
    /// `x -> …`, `(x, y) -> …`
    Lambda {
        parameters: Vec<Identifier>,
        body: Box<Expression>,
    },
    /// `a COLLATE name`
    Collate {
        operand: Box<Expression>,
        collation: ObjectName,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Null,
    Boolean(bool),
    /// Digits without suffix: INT, BIGINT or DECIMAL by size. Here and below a minus sign right before the digits is
    /// part of the number: `-5` is a literal, `-(5)` and `a - 5` have an operator.
    Integer(String),
    /// Digits with a point, without exponent and suffix: DECIMAL.
    Decimal(String),
    /// A number with an exponent, or with suffix D.
    Double(String),
    /// With suffix F.
    Float(String),
    /// With suffix Y.
    Byte(String),
    /// With suffix S.
    Short(String),
    /// With suffix L.
    Long(String),
    /// With suffix BD.
    BigDecimal(String),
    /// Escapes resolved; adjacent strings joined.
    String(String),
    /// `X'1F'`
    Binary(Vec<u8>),
    /// `DATE '2024-01-01'`, `TIMESTAMP '…'`, `TIMESTAMP_NTZ '…'`, `TIMESTAMP_LTZ '…'`, `TIME '…'`: type word in upper case.
    Typed {
        type_name: String,
        value: String,
    },
    /// `INTERVAL '1' DAY`, `INTERVAL 1 DAY 2 HOURS`, `INTERVAL '1-2' YEAR TO MONTH`, `INTERVAL '1 day'`.
    Interval(IntervalLiteral),
}

#[derive(Debug, Clone, PartialEq)]
pub enum IntervalLiteral {
    /// One or more `value unit`; units in lower case, singular. A value is a number or a string, with its sign.
    Units(Vec<(Expression, String)>),
    /// `'text' from TO to`
    Range { value: Box<Expression>, from: String, to: String },
    /// A string with its units inside.
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    Not,
    Minus,
    Plus,
    BitNot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    Or,
    And,
    Eq,
    /// `<=>`
    NullSafeEq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
    Plus,
    Minus,
    Multiply,
    Divide,
    /// `DIV`
    IntegerDivide,
    Modulo,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
    /// `||`
    Concat,
}

impl BinaryOperator {
    /// The operator's spelling, as Spark shows it.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOperator::Or => "OR",
            BinaryOperator::And => "AND",
            BinaryOperator::Eq => "=",
            BinaryOperator::NullSafeEq => "<=>",
            BinaryOperator::NotEq => "<>",
            BinaryOperator::Lt => "<",
            BinaryOperator::LtEq => "<=",
            BinaryOperator::Gt => ">",
            BinaryOperator::GtEq => ">=",
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::IntegerDivide => "div",
            BinaryOperator::Modulo => "%",
            BinaryOperator::BitAnd => "&",
            BinaryOperator::BitOr => "|",
            BinaryOperator::BitXor => "^",
            BinaryOperator::ShiftLeft => "<<",
            BinaryOperator::ShiftRight => ">>",
            BinaryOperator::ShiftRightUnsigned => ">>>",
            BinaryOperator::Concat => "||",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    Null,
    True,
    False,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeOperator {
    Like,
    ILike,
    /// RLIKE, REGEXP
    RLike,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// ANY, SOME
    Any,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CastStyle {
    Cast,
    TryCast,
    /// `a::type`
    DoubleColon,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrimSide {
    Both,
    Leading,
    Trailing,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FunctionCall {
    pub name: ObjectName,
    pub arguments: Vec<Argument>,
    /// `f(DISTINCT a)`
    pub distinct: bool,
    /// `f(a) FILTER (WHERE …)`
    pub filter: Option<Expression>,
    /// `f(a) WITHIN GROUP (ORDER BY …)`
    pub within_group: Vec<SortItem>,
    /// `f(a ORDER BY …)`, of PostgreSQL.
    pub order_by: Vec<SortItem>,
    /// `IGNORE NULLS` is true, `RESPECT NULLS` is false.
    pub ignore_nulls: Option<bool>,
    pub over: Option<WindowReference>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// `name => value`
    pub name: Option<Identifier>,
    pub value: Expression,
}

#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a tree has few of them, and none in long lists")]
pub enum WindowReference {
    /// `OVER w`
    Named(Identifier),
    /// `OVER (…)`
    Inline(WindowSpecification),
}
