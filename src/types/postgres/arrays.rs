//! Arrays as text: `{1,2,NULL}`, `{{"a b","c"},{d,e}}`.

/// An element of an array's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrayValue {
    Null,
    Text(String),
    Array(Vec<ArrayValue>),
}

/// The elements of an array of one dimension; `None` if the text is none.
pub fn array_items(text: &str) -> Option<Vec<Option<String>>> {
    let ArrayValue::Array(items) = array_value(text)? else { return None };
    items
        .into_iter()
        .map(|item| match item {
            ArrayValue::Null => Some(None),
            ArrayValue::Text(text) => Some(Some(text)),
            ArrayValue::Array(_) => None,
        })
        .collect()
}

/// The array that a text is; `None` if it is none.
pub fn array_value(text: &str) -> Option<ArrayValue> {
    let mut rest = text.trim();
    let array = array(&mut rest, 0)?;
    rest.is_empty().then_some(array)
}

/// PostgreSQL has so many dimensions at most.
const MAX_DIMENSIONS: usize = 6;

fn array(rest: &mut &str, depth: usize) -> Option<ArrayValue> {
    if depth > MAX_DIMENSIONS {
        return None;
    }
    *rest = rest.strip_prefix('{')?.trim_start();
    let mut items = Vec::new();
    if let Some(behind) = rest.strip_prefix('}') {
        *rest = behind;
        return Some(ArrayValue::Array(items));
    }
    loop {
        items.push(item(rest, depth)?);
        *rest = rest.trim_start();
        let separator = rest.chars().next()?;
        *rest = &rest[1..];
        match separator {
            ',' => *rest = rest.trim_start(),
            '}' => return Some(ArrayValue::Array(items)),
            _ => return None,
        }
    }
}

fn item(rest: &mut &str, depth: usize) -> Option<ArrayValue> {
    if rest.starts_with('{') {
        return array(rest, depth + 1);
    }
    let mut text = String::new();
    if let Some(inside) = rest.strip_prefix('"') {
        let mut chars = inside.char_indices();
        loop {
            match chars.next()? {
                (_, '\\') => text.push(chars.next()?.1),
                (at, '"') => {
                    *rest = &inside[at + 1..];
                    return Some(ArrayValue::Text(text));
                }
                (_, c) => text.push(c),
            }
        }
    }
    let mut escaped = false;
    let end = rest
        .char_indices()
        .find(|(_, c)| {
            let stops = !escaped && matches!(c, ',' | '}' | '{' | '"');
            escaped = !escaped && *c == '\\';
            stops
        })
        .map(|(at, _)| at)?;
    let mut chars = rest[..end].trim().chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next()? } else { c });
    }
    *rest = &rest[end..];
    match text.as_str() {
        "" => None,
        null if null.eq_ignore_ascii_case("null") => Some(ArrayValue::Null),
        _ => Some(ArrayValue::Text(text)),
    }
}
