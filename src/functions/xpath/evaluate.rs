//! XPath 1.0: what an expression gives in a document.

use std::cmp::Ordering;

use roxmltree::{Attribute, Document, Node};

use super::parse::{Axis, Expression, Operator, Path, Start, Step, Test};
use crate::types::text::write_double;

/// What an expression gives.
#[derive(Debug, Clone)]
pub enum Value<'a, 'input> {
    Nodes(Vec<Item<'a, 'input>>),
    Boolean(bool),
    Number(f64),
    Text(String),
}

/// A node of the document; attributes are none in the tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Item<'a, 'input> {
    Node(Node<'a, 'input>),
    /// With its place among those of its element.
    Attribute(Node<'a, 'input>, usize, Attribute<'a, 'input>),
}

impl<'a> Item<'a, '_> {
    /// All the text of an element, or that of a text, comment or attribute.
    pub fn text(&self) -> String {
        match self {
            Item::Attribute(_, _, attribute) => attribute.value().to_owned(),
            Item::Node(node) if node.is_element() || node.is_root() => {
                node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
            }
            Item::Node(node) => node.text().unwrap_or_default().to_owned(),
        }
    }

    /// The value of the node itself, which elements have none of.
    pub fn own_value(&self) -> Option<String> {
        match self {
            Item::Node(node) if node.is_element() || node.is_root() => None,
            other => Some(other.text()),
        }
    }

    fn name(&self) -> &'a str {
        match self {
            Item::Node(node) if node.is_element() => node.tag_name().name(),
            Item::Node(_) => "",
            Item::Attribute(_, _, attribute) => {
                let name: &'a str = attribute.name();
                name
            }
        }
    }

    fn order(&self) -> (usize, usize) {
        match self {
            Item::Node(node) => (node.id().get_usize(), 0),
            Item::Attribute(node, place, _) => (node.id().get_usize(), place + 1),
        }
    }
}

impl Value<'_, '_> {
    pub fn boolean(&self) -> bool {
        match self {
            Value::Nodes(nodes) => !nodes.is_empty(),
            Value::Boolean(value) => *value,
            Value::Number(value) => *value != 0.0 && !value.is_nan(),
            Value::Text(text) => !text.is_empty(),
        }
    }

    pub fn number(&self) -> f64 {
        match self {
            Value::Number(value) => *value,
            Value::Boolean(value) => f64::from(u8::from(*value)),
            other => number(&other.text()),
        }
    }

    pub fn text(&self) -> String {
        match self {
            Value::Nodes(nodes) => nodes.first().map(Item::text).unwrap_or_default(),
            Value::Boolean(value) => value.to_string(),
            Value::Number(value) => number_text(*value),
            Value::Text(text) => text.clone(),
        }
    }
}

/// Evaluates over a whole document. `None`: a function that XPath does not have, or one given what it does not take.
pub fn evaluate<'a, 'input>(document: &'a Document<'input>, expression: &Expression) -> Option<Value<'a, 'input>> {
    let context = Context { item: Item::Node(document.root()), position: 1, size: 1 };
    context.evaluate(expression)
}

#[derive(Clone, Copy)]
struct Context<'a, 'input> {
    item: Item<'a, 'input>,
    position: usize,
    size: usize,
}

impl<'a, 'input> Context<'a, 'input> {
    fn evaluate(&self, expression: &Expression) -> Option<Value<'a, 'input>> {
        Some(match expression {
            Expression::Number(value) => Value::Number(*value),
            Expression::Literal(text) => Value::Text(text.clone()),
            Expression::Negate(operand) => Value::Number(-self.evaluate(operand)?.number()),
            Expression::Binary(operator, left, right) => return self.binary(*operator, left, right),
            Expression::Call(name, arguments) => return self.call(name, arguments),
            Expression::Path(path) => Value::Nodes(self.path(path)?),
        })
    }

    fn binary(&self, operator: Operator, left: &Expression, right: &Expression) -> Option<Value<'a, 'input>> {
        match operator {
            Operator::Or => {
                return Some(Value::Boolean(self.evaluate(left)?.boolean() || self.evaluate(right)?.boolean()));
            }
            Operator::And => {
                return Some(Value::Boolean(self.evaluate(left)?.boolean() && self.evaluate(right)?.boolean()));
            }
            _ => {}
        }
        let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
        let arithmetic = |compute: fn(f64, f64) -> f64| Some(Value::Number(compute(left.number(), right.number())));
        match operator {
            Operator::Add => arithmetic(|a, b| a + b),
            Operator::Subtract => arithmetic(|a, b| a - b),
            Operator::Multiply => arithmetic(|a, b| a * b),
            Operator::Divide => arithmetic(|a, b| a / b),
            Operator::Modulo => arithmetic(|a, b| a % b),
            Operator::Union => match (left, right) {
                (Value::Nodes(mut nodes), Value::Nodes(others)) => {
                    nodes.extend(others);
                    Some(Value::Nodes(in_document_order(nodes)))
                }
                _ => None,
            },
            comparison => Some(Value::Boolean(compare(comparison, &left, &right))),
        }
    }

    fn path(&self, path: &Path) -> Option<Vec<Item<'a, 'input>>> {
        let mut items = match &path.start {
            Start::Root => {
                let node = match self.item {
                    Item::Node(node) | Item::Attribute(node, ..) => node,
                };
                vec![Item::Node(node.document().root())]
            }
            Start::Context => vec![self.item],
            Start::Expression(expression) => match self.evaluate(expression)? {
                Value::Nodes(nodes) => nodes,
                _ => return None,
            },
        };
        for filter in &path.filters {
            items = filtered(items, filter)?;
        }
        for step in &path.steps {
            let mut found = Vec::new();
            for item in items {
                let mut candidates = along(item, step);
                for predicate in &step.predicates {
                    candidates = filtered(candidates, predicate)?;
                }
                found.extend(candidates);
            }
            items = in_document_order(found);
        }
        Some(items)
    }

    fn call(&self, name: &str, arguments: &[Expression]) -> Option<Value<'a, 'input>> {
        let values = arguments.iter().map(|argument| self.evaluate(argument)).collect::<Option<Vec<_>>>()?;
        let own = Value::Nodes(vec![self.item]);
        let first_or_own = || values.first().unwrap_or(&own);
        let text = |n: usize| Some(values.get(n)?.text());
        Some(match (name, values.len()) {
            ("last", 0) => Value::Number(self.size as f64),
            ("position", 0) => Value::Number(self.position as f64),
            ("count", 1) => match values.first()? {
                Value::Nodes(nodes) => Value::Number(nodes.len() as f64),
                _ => return None,
            },
            ("sum", 1) => match values.first()? {
                Value::Nodes(nodes) => Value::Number(nodes.iter().map(|node| number(&node.text())).sum()),
                _ => return None,
            },
            ("name" | "local-name", 0 | 1) => match first_or_own() {
                Value::Nodes(nodes) => Value::Text(nodes.first().map_or("", Item::name).to_owned()),
                _ => return None,
            },
            ("string", 0 | 1) => Value::Text(first_or_own().text()),
            ("number", 0 | 1) => Value::Number(first_or_own().number()),
            ("boolean", 1) => Value::Boolean(values.first()?.boolean()),
            ("not", 1) => Value::Boolean(!values.first()?.boolean()),
            ("true", 0) => Value::Boolean(true),
            ("false", 0) => Value::Boolean(false),
            ("concat", 2..) => Value::Text(values.iter().map(Value::text).collect()),
            ("starts-with", 2) => Value::Boolean(text(0)?.starts_with(&text(1)?)),
            ("contains", 2) => Value::Boolean(text(0)?.contains(&text(1)?)),
            ("substring-before", 2) => {
                Value::Text(text(0)?.split_once(&text(1)?).map_or("", |(before, _)| before).to_owned())
            }
            ("substring-after", 2) => {
                Value::Text(text(0)?.split_once(&text(1)?).map_or("", |(_, after)| after).to_owned())
            }
            ("substring", 2 | 3) => {
                let start = values.get(1)?.number().round();
                let end = values.get(2).map_or(f64::INFINITY, |length| start + length.number().round());
                let within = |n: &usize| (*n as f64) >= start && (*n as f64) < end;
                let taken = text(0)?.chars().enumerate().filter(|(n, _)| within(&(n + 1))).map(|(_, c)| c).collect();
                Value::Text(taken)
            }
            ("string-length", 0 | 1) => Value::Number(first_or_own().text().chars().count() as f64),
            ("normalize-space", 0 | 1) => {
                Value::Text(first_or_own().text().split_whitespace().collect::<Vec<_>>().join(" "))
            }
            ("translate", 3) => {
                let (from, to): (Vec<char>, Vec<char>) = (text(1)?.chars().collect(), text(2)?.chars().collect());
                let moved = text(0)?;
                let moved = moved.chars().filter_map(|c| match from.iter().position(|known| *known == c) {
                    Some(place) => to.get(place).copied(),
                    None => Some(c),
                });
                Value::Text(moved.collect())
            }
            ("floor", 1) => Value::Number(values.first()?.number().floor()),
            ("ceiling", 1) => Value::Number(values.first()?.number().ceil()),
            ("round", 1) => Value::Number((values.first()?.number() + 0.5).floor()),
            _ => return None,
        })
    }
}

/// Those for which the predicate holds; a number means the place.
fn filtered<'a, 'input>(items: Vec<Item<'a, 'input>>, predicate: &Expression) -> Option<Vec<Item<'a, 'input>>> {
    let size = items.len();
    let mut kept = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        let context = Context { item, position: n + 1, size };
        let holds = match context.evaluate(predicate)? {
            Value::Number(place) => place == (n + 1) as f64,
            value => value.boolean(),
        };
        if holds {
            kept.push(item);
        }
    }
    Some(kept)
}

/// The nodes of a step from one node, in the order of its axis.
fn along<'a, 'input>(item: Item<'a, 'input>, step: &Step) -> Vec<Item<'a, 'input>> {
    let node = match item {
        Item::Node(node) => node,
        Item::Attribute(owner, ..) => {
            return match step.axis {
                Axis::Parent => nodes(std::iter::once(owner), step),
                Axis::Ancestor => nodes(owner.ancestors(), step),
                Axis::Itself | Axis::DescendantOrSelf if step.test == Test::Node => vec![item],
                _ => Vec::new(),
            };
        }
    };
    match step.axis {
        Axis::Attribute => {
            let named = |attribute: &Attribute<'_, '_>| match &step.test {
                Test::Any | Test::Node => true,
                Test::Name(name) => attribute.name() == local(name),
                Test::Text | Test::Comment | Test::Instruction => false,
            };
            let attributes = node.attributes().enumerate().filter(|(_, attribute)| named(attribute));
            attributes.map(|(place, attribute)| Item::Attribute(node, place, attribute)).collect()
        }
        Axis::Child => nodes(node.children(), step),
        Axis::Descendant => nodes(node.descendants().skip(1), step),
        Axis::DescendantOrSelf => nodes(node.descendants(), step),
        Axis::Itself => nodes(std::iter::once(node), step),
        Axis::Parent => nodes(node.parent().into_iter(), step),
        Axis::Ancestor => nodes(node.ancestors().skip(1), step),
        Axis::AncestorOrSelf => nodes(node.ancestors(), step),
        Axis::FollowingSibling => nodes(node.next_siblings().skip(1), step),
        Axis::PrecedingSibling => nodes(node.prev_siblings().skip(1), step),
        Axis::Following => {
            let after = node.ancestors().flat_map(|ancestor| ancestor.next_siblings().skip(1));
            nodes(after.flat_map(|sibling| sibling.descendants()), step)
        }
        Axis::Preceding => {
            let before = node.ancestors().flat_map(|ancestor| ancestor.prev_siblings().skip(1));
            let all = before.flat_map(|sibling| sibling.descendants().collect::<Vec<_>>().into_iter().rev());
            nodes(all, step)
        }
    }
}

fn nodes<'a, 'input: 'a>(candidates: impl Iterator<Item = Node<'a, 'input>>, step: &Step) -> Vec<Item<'a, 'input>> {
    let passes = |node: &Node<'_, '_>| match &step.test {
        Test::Node => true,
        Test::Any => node.is_element(),
        Test::Name(name) => node.is_element() && (name.ends_with(":*") || node.tag_name().name() == local(name)),
        Test::Text => node.is_text(),
        Test::Comment => node.is_comment(),
        Test::Instruction => node.is_pi(),
    };
    candidates.filter(passes).map(Item::Node).collect()
}

/// A name without its prefix: documents are read without regard to namespaces.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn in_document_order<'a, 'input>(mut items: Vec<Item<'a, 'input>>) -> Vec<Item<'a, 'input>> {
    items.sort_by_key(Item::order);
    items.dedup_by_key(|item| item.order());
    items
}

fn compare(operator: Operator, left: &Value<'_, '_>, right: &Value<'_, '_>) -> bool {
    match (left, right) {
        // Some node of the one side, some of the other.
        (Value::Nodes(left), Value::Nodes(right)) => {
            let right = right.iter().map(|node| Value::Text(node.text())).collect::<Vec<_>>();
            left.iter().any(|node| {
                let node = Value::Text(node.text());
                right.iter().any(|other| compare(operator, &node, other))
            })
        }
        (Value::Nodes(_), Value::Boolean(_)) => compare(operator, &Value::Boolean(left.boolean()), right),
        (Value::Boolean(_), Value::Nodes(_)) => compare(operator, left, &Value::Boolean(right.boolean())),
        (Value::Nodes(nodes), _) => nodes.iter().any(|node| compare(operator, &Value::Text(node.text()), right)),
        (_, Value::Nodes(nodes)) => nodes.iter().any(|node| compare(operator, left, &Value::Text(node.text()))),
        _ => {
            let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
            let order = match (left, right) {
                (Value::Boolean(_), _) | (_, Value::Boolean(_)) if equality => {
                    Some(left.boolean().cmp(&right.boolean()))
                }
                (Value::Text(left), Value::Text(right)) if equality => Some(left.cmp(right)),
                _ => left.number().partial_cmp(&right.number()),
            };
            match operator {
                Operator::Equal => order == Some(Ordering::Equal),
                Operator::NotEqual => order != Some(Ordering::Equal),
                Operator::Less => order == Some(Ordering::Less),
                Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
                Operator::Greater => order == Some(Ordering::Greater),
                _ => order.is_some_and(Ordering::is_ge),
            }
        }
    }
}

/// A number has digits, perhaps a point and a minus; anything else is none.
fn number(text: &str) -> f64 {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_number { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

/// Whole numbers without a point.
fn number_text(value: f64) -> String {
    if value.is_finite() && value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{}", value as i64);
    }
    let mut text = String::new();
    write_double(&mut text, value);
    text
}
