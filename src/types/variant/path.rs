//! Paths into variants: `$`, `.name`, `['name']`, `["name"]`, `[0]`.

use super::Variant;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Field(String),
    Element(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub steps: Vec<Step>,
}

impl Path {
    /// `None` if it is no path.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return None;
                }
                steps.push(Step::Field(after[..end].to_owned()));
                rest = &after[end..];
                continue;
            }
            let inside = rest.strip_prefix('[')?;
            let quote = inside.chars().next().filter(|c| matches!(c, '\'' | '"'));
            match quote {
                Some(quote) => {
                    let (name, after) = inside[1..].split_once(quote)?;
                    if name.is_empty() || name.contains('?') {
                        return None;
                    }
                    steps.push(Step::Field(name.to_owned()));
                    rest = after.strip_prefix(']')?;
                }
                None => {
                    let (digits, after) = inside.split_once(']')?;
                    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                        return None;
                    }
                    steps.push(Step::Element(digits.parse().ok()?));
                    rest = after;
                }
            }
        }
        Some(Self { steps })
    }

    /// What the path leads to.
    pub fn find<'a>(&self, variant: Variant<'a>) -> Option<Variant<'a>> {
        self.steps.iter().try_fold(variant, |variant, step| match step {
            Step::Field(name) => variant.field(name),
            Step::Element(n) => variant.element(*n),
        })
    }
}
