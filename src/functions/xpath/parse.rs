//! XPath 1.0: from text to tree.

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    Number(f64),
    Literal(String),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Negate(Box<Expression>),
    Call(String, Vec<Expression>),
    Path(Path),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Union,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub start: Start,
    /// `(…)[1]`: predicates on what the path starts with.
    pub filters: Vec<Expression>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    Root,
    Context,
    Expression(Box<Expression>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub axis: Axis,
    pub test: Test,
    pub predicates: Vec<Expression>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Parent,
    Preceding,
    PrecedingSibling,
    Itself,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `*`
    Any,
    Name(String),
    /// `node()`
    Node,
    Text,
    Comment,
    Instruction,
}

const AXES: [(&str, Axis); 12] = [
    ("ancestor", Axis::Ancestor),
    ("ancestor-or-self", Axis::AncestorOrSelf),
    ("attribute", Axis::Attribute),
    ("child", Axis::Child),
    ("descendant", Axis::Descendant),
    ("descendant-or-self", Axis::DescendantOrSelf),
    ("following", Axis::Following),
    ("following-sibling", Axis::FollowingSibling),
    ("parent", Axis::Parent),
    ("preceding", Axis::Preceding),
    ("preceding-sibling", Axis::PrecedingSibling),
    ("self", Axis::Itself),
];

/// Operators by how tightly they bind, loosest first.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[("<=", Operator::LessOrEqual), ("<", Operator::Less), (">=", Operator::GreaterOrEqual), (">", Operator::Greater)],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("div", Operator::Divide), ("mod", Operator::Modulo)],
];

/// Expressions may be nested so deep.
const DEEPEST: usize = 100;

/// `None` if the text is no expression.
pub fn parse(text: &str) -> Option<Expression> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let expression = parser.level(0)?;
    parser.blanks();
    (parser.at == text.len()).then_some(expression)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.blanks();
        let found = self.text[self.at..].starts_with(symbol);
        self.at += if found { symbol.len() } else { 0 };
        found
    }

    /// Takes an operator; one that is a word must not go on.
    fn operator(&mut self, symbol: &str) -> bool {
        let before = self.at;
        if !self.take(symbol) {
            return false;
        }
        let goes_on = symbol.starts_with(|c: char| c.is_alphabetic()) && self.text[self.at..].starts_with(is_name);
        if goes_on {
            self.at = before;
        }
        !goes_on
    }

    fn level(&mut self, level: usize) -> Option<Expression> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        self.depth += 1;
        if self.depth > DEEPEST * LEVELS.len() {
            return None;
        }
        let mut left = self.level(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(symbol, _)| self.operator(symbol)) {
            let right = self.level(level + 1)?;
            left = Expression::Binary(*operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Some(left)
    }

    fn unary(&mut self) -> Option<Expression> {
        let mut negative = false;
        while self.take("-") {
            negative = !negative;
        }
        let mut left = self.path()?;
        while self.take("|") {
            left = Expression::Binary(Operator::Union, Box::new(left), Box::new(self.path()?));
        }
        Some(if negative { Expression::Negate(Box::new(left)) } else { left })
    }

    fn path(&mut self) -> Option<Expression> {
        self.blanks();
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        let after_dot = rest[1.min(rest.len())..].starts_with(|c: char| c.is_ascii_digit());
        if first == '/' {
            let descends = rest.starts_with("//");
            self.at += if descends { 2 } else { 1 };
            let mut steps = Vec::new();
            if descends {
                steps.push(any_depth());
            }
            if descends || self.begins_step() {
                self.steps(&mut steps)?;
            }
            return Some(Expression::Path(Path { start: Start::Root, filters: Vec::new(), steps }));
        }
        let primary = if first == '(' {
            self.at += 1;
            let inner = self.level(0)?;
            if !self.take(")") {
                return None;
            }
            inner
        } else if first == '"' || first == '\'' {
            let (text, _) = rest[1..].split_once(first)?;
            self.at += text.len() + 2;
            Expression::Literal(text.to_owned())
        } else if first.is_ascii_digit() || (first == '.' && after_dot) {
            let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            self.at += length;
            Expression::Number(rest[..length].parse().ok()?)
        } else if let Some(name) = self.function_name() {
            let mut arguments = Vec::new();
            if !self.take(")") {
                loop {
                    arguments.push(self.level(0)?);
                    if self.take(")") {
                        break;
                    }
                    if !self.take(",") {
                        return None;
                    }
                }
            }
            Expression::Call(name, arguments)
        } else {
            let mut steps = Vec::new();
            self.steps(&mut steps)?;
            return Some(Expression::Path(Path { start: Start::Context, filters: Vec::new(), steps }));
        };
        let filters = self.predicates()?;
        let mut steps = Vec::new();
        if self.take("//") {
            steps.push(any_depth());
            self.steps(&mut steps)?;
        } else if self.take("/") {
            self.steps(&mut steps)?;
        }
        if filters.is_empty() && steps.is_empty() {
            return Some(primary);
        }
        Some(Expression::Path(Path { start: Start::Expression(Box::new(primary)), filters, steps }))
    }

    /// The name of a function and its parenthesis; tests of nodes look like functions.
    fn function_name(&mut self) -> Option<String> {
        let before = self.at;
        let name = self.name()?;
        if self.take("(") && !matches!(name.as_str(), "node" | "text" | "comment" | "processing-instruction") {
            return Some(name);
        }
        self.at = before;
        None
    }

    fn begins_step(&mut self) -> bool {
        self.blanks();
        self.text[self.at..].starts_with(|c: char| is_name(c) || matches!(c, '*' | '@' | '.'))
    }

    fn steps(&mut self, steps: &mut Vec<Step>) -> Option<()> {
        loop {
            steps.push(self.step()?);
            if self.take("//") {
                steps.push(any_depth());
            } else if !self.take("/") {
                return Some(());
            }
        }
    }

    fn step(&mut self) -> Option<Step> {
        if self.take("..") {
            return Some(Step { axis: Axis::Parent, test: Test::Node, predicates: Vec::new() });
        }
        if self.take(".") {
            return Some(Step { axis: Axis::Itself, test: Test::Node, predicates: Vec::new() });
        }
        let mut axis = if self.take("@") { Axis::Attribute } else { Axis::Child };
        let before = self.at;
        if let Some(name) = self.name()
            && self.take("::")
        {
            axis = AXES.iter().find(|(known, _)| *known == name)?.1;
        } else {
            self.at = before;
        }
        let test = if self.take("*") {
            Test::Any
        } else {
            let name = self.name()?;
            if self.take("(") {
                let test = match name.as_str() {
                    "node" => Test::Node,
                    "text" => Test::Text,
                    "comment" => Test::Comment,
                    "processing-instruction" => Test::Instruction,
                    _ => return None,
                };
                if !self.take(")") {
                    return None;
                }
                test
            } else {
                Test::Name(name)
            }
        };
        Some(Step { axis, test, predicates: self.predicates()? })
    }

    fn predicates(&mut self) -> Option<Vec<Expression>> {
        let mut predicates = Vec::new();
        while self.take("[") {
            predicates.push(self.level(0)?);
            if !self.take("]") {
                return None;
            }
        }
        Some(predicates)
    }

    fn name(&mut self) -> Option<String> {
        self.blanks();
        let rest = &self.text[self.at..];
        if !rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return None;
        }
        let mut length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        // A prefix, but not an axis.
        let behind = &rest[length..];
        if behind.starts_with(':') && !behind.starts_with("::") {
            let local = &behind[1..];
            let more = local.find(|c| !is_name(c)).unwrap_or(local.len());
            length += 1 + if more == 0 && local.starts_with('*') { 1 } else { more };
        }
        self.at += length;
        Some(rest[..length].to_owned())
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn any_depth() -> Step {
    Step { axis: Axis::DescendantOrSelf, test: Test::Node, predicates: Vec::new() }
}
