//! `EXCEPT (a, s.x)` behind a star: columns that are left out, and fields of structs that are taken out of them.

use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::lit;

use crate::error::{
    EXCEPT_OVERLAPPING_COLUMNS, Error, FIELD_NOT_FOUND, INVALID_EXTRACT_BASE_FIELD_TYPE, Result, Span,
    UNRESOLVED_COLUMN,
};
use crate::functions::Typed;
use crate::sql::ast::{Identifier, same_name};
use crate::types::{DataType, quote};

use super::scope::ScopeColumn;
use super::select::{Item, ItemSource};

/// Takes away what EXCEPT lists.
pub(super) fn without<'q>(items: Vec<Item<'q>>, except: &[Vec<Identifier>], span: Span) -> Result<Vec<Item<'q>>> {
    if except.is_empty() {
        return Ok(items);
    }
    // For each item whether it is named, and the fields of it that are.
    let mut named: Vec<Vec<&[Identifier]>> = vec![Vec::new(); items.len()];
    for name in except {
        let found = find(&items, name).ok_or_else(|| unresolved(&items, name))?;
        for (place, fields) in found {
            named[place].push(fields);
        }
    }
    if named.iter().any(|paths| overlap(paths)) {
        let shown = except.iter().map(|name| text(name)).collect::<Vec<_>>().join(", ");
        return Err(Error::new(
            &EXCEPT_OVERLAPPING_COLUMNS,
            format!("Columns in an EXCEPT list must be distinct and non-overlapping, but got ({shown})"),
        )
        .at(span));
    }
    let mut kept = Vec::with_capacity(items.len());
    for (item, paths) in items.into_iter().zip(named) {
        match paths.as_slice() {
            [] => kept.push(item),
            [[]] => {}
            fields => {
                let value = match &item.source {
                    ItemSource::Column(column) => column.typed(),
                    ItemSource::Value(value) => value.clone(),
                    ItemSource::Expression(_) => {
                        return Err(Error::internal("a star stands for columns and fields").at(span));
                    }
                };
                let name = Identifier::new(item.name.clone(), span);
                kept.push(Item { source: ItemSource::Value(without_fields(&value, &name, fields)?), ..item });
            }
        }
    }
    Ok(kept)
}

/// The items that a name means, with the fields that it names of them.
fn find<'n>(items: &[Item<'_>], name: &'n [Identifier]) -> Option<Vec<(usize, &'n [Identifier])>> {
    (1..=name.len()).rev().find_map(|length| {
        let (column, fields) = name.split_at(length);
        let places = items.iter().enumerate().filter(|(_, item)| matches(item, column));
        let found: Vec<_> = places.map(|(place, _)| (place, fields)).collect();
        (!found.is_empty()).then_some(found)
    })
}

fn matches(item: &Item<'_>, name: &[Identifier]) -> bool {
    let Some((last, qualifier)) = name.split_last() else { return false };
    if !same_name(&item.name, &last.value) {
        return false;
    }
    let own: &[String] = match &item.source {
        ItemSource::Column(ScopeColumn { qualifier, .. }) => qualifier,
        ItemSource::Expression(_) | ItemSource::Value(_) => &[],
    };
    qualifier.len() <= own.len() && qualifier.iter().rev().zip(own.iter().rev()).all(|(part, own)| part.is(own))
}

/// Whether one of the paths is, or begins, another.
fn overlap(paths: &[&[Identifier]]) -> bool {
    let begins = |a: &[Identifier], b: &[Identifier]| {
        a.len() <= b.len() && a.iter().zip(b).all(|(a, b)| same_name(&a.value, &b.value))
    };
    let mut pairs = paths.iter().enumerate().flat_map(|(n, a)| paths[n + 1..].iter().map(move |b| (a, b)));
    pairs.any(|(a, b)| begins(a, b) || begins(b, a))
}

/// A struct without some of its fields, or of theirs.
fn without_fields(value: &Typed, name: &Identifier, paths: &[&[Identifier]]) -> Result<Typed> {
    let first = paths.iter().find_map(|path| path.first());
    let at = first.map_or(name.span, |first| first.span);
    let DataType::Struct(fields) = &value.data_type else {
        return Err(Error::new(
            &INVALID_EXTRACT_BASE_FIELD_TYPE,
            format!(
                "Can't extract a value from \"{}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{}\"",
                name.value, value.data_type
            ),
        )
        .at(at));
    };
    for wanted in paths.iter().filter_map(|path| path.first()) {
        if !fields.iter().any(|field| wanted.is(&field.name)) {
            let names: Vec<String> = fields.iter().map(|field| quote(&field.name)).collect();
            let message = format!("No such struct field {} in {}", quote(&wanted.value), names.join(", "));
            return Err(Error::new(&FIELD_NOT_FOUND, message).at(wanted.span));
        }
    }
    let (mut kept, mut arguments) = (Vec::new(), Vec::new());
    for field in fields {
        let inner: Vec<&[Identifier]> = paths
            .iter()
            .filter_map(|path| path.split_first().filter(|(first, _)| first.is(&field.name)).map(|(_, rest)| rest))
            .collect();
        if inner.iter().any(|rest| rest.is_empty()) {
            continue;
        }
        let mut part = Typed {
            expr: get_field(value.expr.clone(), field.name.as_str()),
            data_type: field.data_type.clone(),
            nullable: value.nullable || field.nullable,
        };
        if !inner.is_empty() {
            part = without_fields(&part, &Identifier::new(field.name.clone(), at), &inner)?;
        }
        arguments.extend([lit(field.name.as_str()), part.expr]);
        kept.push(crate::types::StructField { data_type: part.data_type, ..field.clone() });
    }
    if kept.is_empty() {
        let what = format!("EXCEPT of all fields of {}", quote(&name.value));
        return Err(Error::unsupported(what, "leave out the struct").at(at));
    }
    let data_type = DataType::Struct(kept);
    let made = datafusion::functions::core::named_struct().call(arguments);
    // As in Spark: what is left of NULL is a struct of NULLs.
    Ok(Typed { expr: made, data_type, nullable: false })
}

fn unresolved(items: &[Item<'_>], name: &[Identifier]) -> Error {
    let known: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
    let shown = name.iter().map(|part| quote(&part.value)).collect::<Vec<_>>().join(".");
    let options = known.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ");
    let error = Error::new(
        &UNRESOLVED_COLUMN,
        format!(
            "A column, variable, or function parameter with name {shown} cannot be resolved. Did you mean one of the \
             following? [{options}]"
        ),
    )
    .subcondition("WITH_SUGGESTION");
    match name.last() {
        Some(last) => error.suggest(&last.value, &known).at(last.span),
        None => error,
    }
}

fn text(name: &[Identifier]) -> String {
    name.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".")
}
