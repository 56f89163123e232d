//! `*`, `t.*`, `struct.*` and `EXCEPT (…)`.

use datafusion::functions::core::expr_fn::get_field;

use crate::error::{Error, Result, Span, UNRESOLVED_COLUMN};
use crate::functions::Typed;
use crate::sql::ast::Identifier;
use crate::types::{DataType, quote, quote_if_needed};

use super::scope::Scope;
use super::select::{Item, ItemSource};
use super::star_exceptions;

/// The items that a star stands for.
pub(super) fn expand<'q>(
    qualifier: &[Identifier],
    except: &[Vec<Identifier>],
    scope: &Scope<'_>,
    span: Span,
) -> Result<Vec<Item<'q>>> {
    let columns = match scope.star(qualifier, span) {
        Ok(columns) => columns,
        // `t.*` of a query around.
        Err(error) => match scope.parent {
            Some(parent) => {
                let around = expand(qualifier, except, parent, span).map_err(|_| error)?;
                return around.into_iter().map(|item| outward(item, parent, span)).collect();
            }
            None => return Err(error),
        },
    };
    let items: Vec<Item<'q>> = if columns.is_empty() && !qualifier.is_empty() {
        fields(qualifier, scope, span)?
    } else {
        columns.into_iter().map(|column| Item::column(column, span)).collect()
    };
    star_exceptions::without(items, except, span)
}

/// A column or field that a star in the arguments of a function, in a list or in a row stands for.
pub(super) struct StarValue {
    pub name: String,
    pub value: Typed,
    /// As names of columns show it.
    pub shown: String,
}

/// [`expand`] where values stand.
pub(super) fn values(
    qualifier: &[Identifier],
    except: &[Vec<Identifier>],
    scope: &Scope<'_>,
    span: Span,
) -> Result<Vec<StarValue>> {
    let prefix = match scope.star(qualifier, span).is_ok_and(|columns| columns.is_empty()) && !qualifier.is_empty() {
        true => Some(shown_struct(qualifier, scope, span)?),
        false => None,
    };
    let items = expand(qualifier, except, scope, span)?;
    items
        .into_iter()
        .map(|item| {
            let value = match item.source {
                ItemSource::Column(column) => column.typed(),
                ItemSource::Value(value) => value,
                ItemSource::Expression(_) => {
                    return Err(Error::internal("a star stands for columns and fields").at(span));
                }
            };
            let shown = match &prefix {
                Some(prefix) => format!("{prefix}.{name} AS {name}", name = quote_if_needed(&item.name)),
                None => item.name.clone(),
            };
            Ok(StarValue { name: item.name, value, shown })
        })
        .collect()
}

/// A struct before its star, as names of columns show it: `a.b AS b`.
fn shown_struct(name: &[Identifier], scope: &Scope<'_>, span: Span) -> Result<String> {
    let fields = scope.resolve(name, span)?.fields.len();
    let mut parts = name[name.len().saturating_sub(fields + 1)..].iter().map(|part| quote_if_needed(&part.value));
    let column = parts.next().unwrap_or_default();
    Ok(parts.fold(column, |shown, field| format!("{shown}.{field} AS {field}")))
}

/// An item of the query around, as a subquery refers to it.
fn outward<'q>(item: Item<'q>, parent: &Scope<'_>, span: Span) -> Result<Item<'q>> {
    let mut value = match item.source {
        ItemSource::Column(column) => column.typed(),
        ItemSource::Value(value) => value,
        ItemSource::Expression(_) => return Err(Error::internal("a star stands for columns and fields").at(span)),
    };
    value.expr = parent.outer_reference(value.expr, span)?;
    Ok(Item { source: ItemSource::Value(value), ..item })
}

/// The fields of a struct column.
fn fields<'q>(name: &[Identifier], scope: &Scope<'_>, span: Span) -> Result<Vec<Item<'q>>> {
    let mut value = scope.resolve(name, span)?.value;
    let nested = scope.resolve(name, span)?.fields;
    for field in nested {
        value = field_of(&value, field, span)?;
    }
    let DataType::Struct(fields) = value.data_type.clone() else {
        let shown = name.iter().map(|part| quote(&part.value)).collect::<Vec<_>>().join(".");
        return Err(Error::new(
            &crate::error::CANNOT_RESOLVE_STAR_EXPAND,
            format!("Cannot resolve {shown}.*: {shown} is not a struct, but \"{}\"", value.data_type),
        )
        .at(span));
    };
    fields
        .into_iter()
        .map(|field| {
            let name = Identifier::new(field.name.clone(), span);
            let source = ItemSource::Value(field_of(&value, &name, span)?);
            Ok(Item { source, name: field.name, aliased: false, alias: None, span })
        })
        .collect()
}

fn field_of(value: &Typed, name: &Identifier, span: Span) -> Result<Typed> {
    let DataType::Struct(fields) = &value.data_type else {
        return Err(Error::new(&UNRESOLVED_COLUMN, format!("{} has no fields", quote(&name.value)))
            .subcondition("WITHOUT_SUGGESTION")
            .at(span));
    };
    let found = fields.iter().find(|field| name.is(&field.name));
    let Some(field) = found else {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        return Err(Error::new(
            &crate::error::FIELD_NOT_FOUND,
            format!(
                "No such struct field {} in {}",
                quote(&name.value),
                names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
            ),
        )
        .suggest(&name.value, names)
        .at(span));
    };
    Ok(Typed {
        expr: get_field(value.expr.clone(), field.name.as_str()),
        data_type: field.data_type.clone(),
        nullable: value.nullable || field.nullable,
    })
}
