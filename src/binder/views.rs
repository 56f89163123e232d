//! Views: the query as it was typed, bound with the names and settings it was made with, and the columns that the view
//! promises, whatever became of its tables.

use crate::error::{
    CANNOT_UP_CAST_DATATYPE, Error, INCOMPATIBLE_VIEW_SCHEMA_CHANGE, RECURSIVE_VIEW, Result, Span,
    VIEW_EXCEED_MAX_NESTED_DEPTH,
};
use crate::functions::Context;
use crate::functions::cast::{CastMode, cast};
use crate::sql::ast::same_name;
use crate::types::coercion::can_up_cast;
use crate::types::{StructField, quote, quote_if_needed};

use super::from::read_as;
use super::guards::guarded;
use super::rows::{Output, Rows};
use super::scope::ScopeColumn;
use super::{Binder, Environment, ViewRelation, ViewSchema, query};

/// As in Spark (`spark.sql.view.maxNestedViewDepth`).
const MAX_VIEW_DEPTH: usize = 100;

/// Binds a view's query, and gives it the columns that the view has.
pub(super) fn view(binder: &Binder<'_>, view: &ViewRelation, span: Span) -> Result<Rows> {
    guarded(binder, unguarded(binder, view, span)?, view.guard.as_deref())
}

fn unguarded(binder: &Binder<'_>, view: &ViewRelation, span: Span) -> Result<Rows> {
    let name = view.name.join(".");
    if binder.views.contains(&name) {
        let cycle = binder.views.iter().chain([&name]).map(|view| quote(view)).collect::<Vec<_>>().join(" -> ");
        return Err(
            Error::new(&RECURSIVE_VIEW, format!("Recursive view {} detected (cycle: {cycle})", quote(&name))).at(span)
        );
    }
    if binder.views.len() >= MAX_VIEW_DEPTH {
        return Err(Error::new(
            &VIEW_EXCEED_MAX_NESTED_DEPTH,
            format!("The depth of view {} exceeds the maximum view resolution depth ({MAX_VIEW_DEPTH})", quote(&name)),
        )
        .at(span));
    }
    let context = Context {
        ansi: view.conditions.ansi,
        settings: view.conditions.functions,
        ..binder.environment.context.clone()
    };
    let environment =
        Environment { names: view.names.as_ref(), context: &context, settings: &view.conditions.settings };
    let mut views = binder.views.clone();
    views.push(name);
    let _at = binder.environment.context.here.stand_at(span);
    let _hidden = binder.environment.context.here.hide();
    let inner = Binder::inside_view(&environment, binder, views);
    let rows = query::bind(&inner, &view.query, None).map_err(Error::without_position)?.unqualified();
    if view.schema == ViewSchema::Evolution {
        return Ok(rows);
    }
    let sources = sources(view, &rows).map_err(|error| error.at(span))?;
    let outputs = view
        .columns
        .iter()
        .zip(&sources)
        .map(|(declared, source)| output(view, declared, source, &context).map_err(|error| error.at(span)))
        .collect::<Result<Vec<_>>>()?;
    let declared: Vec<StructField> = match view.schema {
        ViewSchema::TypeEvolution => {
            let now = binder.declarations.fields(&Rows { plan: rows.plan.clone(), columns: sources });
            now.into_iter()
                .zip(&view.columns)
                .map(|(now, declared)| StructField { data_type: now.data_type, ..declared.clone() })
                .collect()
        }
        ViewSchema::Binding | ViewSchema::Compensation | ViewSchema::Evolution => view.columns.clone(),
    };
    let rows = Rows::project(binder, rows.plan, outputs)?;
    for (column, declared) in rows.columns.iter().zip(&declared) {
        binder.declarations.declare(&column.column, declared);
    }
    Ok(rows)
}

/// The columns of the query that the view's stand for: those with the names that they had when the view was made, and
/// where several had the same name, by their order.
fn sources(view: &ViewRelation, rows: &Rows) -> Result<Vec<ScopeColumn>> {
    let mut sources = Vec::with_capacity(view.columns.len());
    for (place, name) in view.query_columns.iter().enumerate() {
        let same = |other: &&String| same_name(other, name);
        let before = view.query_columns[..place].iter().filter(same).count();
        let expected = view.query_columns.iter().filter(same).count();
        let found: Vec<&ScopeColumn> = rows.columns.iter().filter(|column| same_name(&column.name, name)).collect();
        if found.len() != expected {
            return Err(incompatible(view, name, expected, &found));
        }
        sources.push(found[before].clone());
    }
    Ok(sources)
}

fn incompatible(view: &ViewRelation, column: &str, expected: usize, found: &[&ScopeColumn]) -> Error {
    let shown = view.name.iter().map(|part| quote(part)).collect::<Vec<_>>().join(".");
    let actual = found.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
    let name = view.name.iter().map(|part| quote_if_needed(part)).collect::<Vec<_>>().join(".");
    Error::new(
        &INCOMPATIBLE_VIEW_SCHEMA_CHANGE,
        format!(
            "The SQL query of view {shown} has an incompatible schema change and column {column} cannot be resolved. \
             Expected {expected} columns named {column} but got [{actual}]. Please try to re-create the view by running: \
             CREATE OR REPLACE VIEW {name} AS …"
        ),
    )
}

fn output(view: &ViewRelation, declared: &StructField, source: &ScopeColumn, context: &Context) -> Result<Output> {
    let name = declared.name.clone();
    let wanted = read_as(declared.data_type.clone());
    let value = match view.schema {
        ViewSchema::TypeEvolution | ViewSchema::Evolution => source.typed(),
        ViewSchema::Binding if !can_up_cast(&source.data_type, &wanted) => {
            return Err(Error::new(
                &CANNOT_UP_CAST_DATATYPE,
                format!(
                    "Cannot up cast {} from \"{}\" to \"{}\". The type path of the target object is: You can either add \
                     an explicit cast to the input data or choose a higher precision type of the field in the target \
                     object",
                    quote(&source.name),
                    source.data_type.sql(),
                    wanted.sql()
                ),
            )
            .hint("CREATE OR REPLACE VIEW makes the view anew with the types that its tables have now"));
        }
        // Values that do not fit are errors whatever the settings say.
        ViewSchema::Binding | ViewSchema::Compensation => {
            let strict = Context { ansi: true, ..context.clone() };
            cast(source.typed(), &wanted, CastMode::implicit(&strict), &strict)?
        }
    };
    Ok(Output { name, value })
}
