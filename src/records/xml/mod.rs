//! XML as Spark reads and writes it: an element is a row, its attributes and its children are the columns.

mod infer;
mod options;
mod parse;
mod write;

use roxmltree::{Document, Node, ParsingOptions};

pub use infer::schema;
pub use options::Options;
pub use parse::{Rows, is_read};
pub use write::{RowWriter, writer};

/// Elements may be nested so deep.
const DEEPEST: usize = 500;

/// The tree of a text. `None`: it is not well-formed, or nested too deep.
pub fn document(text: &str) -> Option<Document<'_>> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text.trim_start(), options).ok()?;
    let mut depth = 0_usize;
    let mut node = document.root();
    // A walk without recursion.
    loop {
        if let Some(child) = node.first_child() {
            depth += 1;
            if depth > DEEPEST {
                return None;
            }
            node = child;
            continue;
        }
        while node.next_sibling().is_none() {
            match node.parent() {
                Some(parent) => node = parent,
                None => return Some(document),
            }
            depth = depth.saturating_sub(1);
        }
        node = node.next_sibling()?;
    }
}

/// The name of an element, with its prefix.
fn name(node: Node<'_, '_>, options: &Options) -> String {
    let local = node.tag_name().name();
    let prefix = node.tag_name().namespace().and_then(|uri| node.lookup_prefix(uri));
    match prefix {
        Some(prefix) if !options.ignores_namespaces && !prefix.is_empty() => format!("{prefix}:{local}"),
        _ => local.to_owned(),
    }
}

/// The attributes of an element as columns: names with their prefix, and values.
fn attributes<'a>(node: Node<'a, '_>, options: &Options) -> Vec<(String, &'a str)> {
    if options.excludes_attributes {
        return Vec::new();
    }
    let named = |attribute: roxmltree::Attribute<'a, '_>| {
        (format!("{}{}", options.attribute_prefix, attribute.name()), attribute.value())
    };
    node.attributes().map(named).collect()
}
