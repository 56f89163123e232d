//! `system`: what Skep tells of itself, in its own words: queries, sessions, tables, partitions, files, settings, users,
//! grants.

use crate::catalog::{Grant, Securable, TableKind};
use crate::config::settings::SETTINGS;

use super::cells::{Cell, NULL, Sink, row};
use super::source::{Source, row_count};
use super::table::SystemTable;

pub(super) static TABLES: &[SystemTable] = &[
    SystemTable::view(
        "queries",
        "id int8, session int4, user text, client text, protocol text, application text, database text, dialect text, \
         state text, started timestamptz, seconds float8, waited_seconds float8, rows int8, bytes int8, \
         files_done int8, files_total int8, bytes_done int8, bytes_total int8, rows_read int8, memory int8, tables_read text[], \
         tables_written text[], sqlstate text, error text, text text",
        queries,
    ),
    SystemTable::view(
        "sessions",
        "id int4, user text, client text, protocol text, application text, database text, state text, since timestamptz, \
         state_since timestamptz, query int8",
        |source, sink| {
            for session in &source.sessions {
                row!(sink;
                    i64::from(session.id), &*session.user, session.address.map(|address| address.to_string()),
                    session.protocol, &session.application, &*session.database, session.state, Cell::Time(session.since),
                    Cell::Time(session.state_since), session.query.as_ref().map(|query| query.id),
                );
            }
        },
    ),
    SystemTable::view(
        "tables",
        "oid int8, database text, name text, kind text, format text, owner text, comment text, location text, columns int4, \
         partition_columns text[], files int8, rows int8, bytes int8, created timestamptz, version int8",
        tables,
    ),
    SystemTable::view(
        "partitions",
        "database text, table text, partition text, location text, files int8, rows int8, bytes int8, created timestamptz",
        partitions,
    ),
    SystemTable::view("files", "database text, table text, partition text, path text, rows int8, bytes int8", files),
    SystemTable::view(
        "settings",
        "name text, value text, default_value text, is_changed bool, description text",
        |source, sink| {
            for setting in SETTINGS {
                let value = source.asker.settings.get(setting.name).unwrap_or_default();
                row!(sink; setting.name, value, setting.default, value != setting.default, setting.meaning);
            }
        },
    ),
    SystemTable::view(
        "users",
        "name text, login bool, superuser bool, has_password bool, valid_until timestamptz, read_only bool, \
         member_of text[], max_connections int8, max_queries int8, max_milliseconds int8, max_rows int8, comment text, \
         created timestamptz",
        users,
    ),
    SystemTable::view(
        "grants",
        "grantee text, privilege text, kind text, database text, name text, column text, path text, grantable bool, \
         grantor text",
        grants,
    ),
];

/// What others do is shown to those who may see everything.
fn queries(source: &Source, sink: &mut Sink<'_>) {
    for query in &source.queries {
        let measure = query.measure();
        let started = query.started.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let ended = query.ended();
        let (state, sqlstate, message) = match ended.as_ref().map(|ended| &ended.outcome) {
            None => (query.state().name(), NULL, NULL),
            Some(outcome) => match outcome {
                crate::activity::Outcome::Failed { sqlstate, message, .. } => {
                    (outcome.name(), Cell::from(*sqlstate), Cell::from(message.clone()))
                }
                crate::activity::Outcome::Succeeded | crate::activity::Outcome::Abandoned => {
                    (outcome.name(), NULL, NULL)
                }
            },
        };
        row!(sink;
            query.id, i64::from(query.session), &*query.user, query.address.map(|address| address.to_string()),
            query.protocol.name(), &query.application, &*query.database, &query.dialect, state,
            Cell::Time(i64::try_from(started.as_micros()).unwrap_or(0)), query.elapsed().as_secs_f64(),
            query.waited().as_secs_f64(), query.rows(), query.bytes(), measure.files_done, measure.files_total,
            measure.bytes_done, measure.bytes_total, measure.rows_read, measure.memory, query.tables_read(),
            query.tables_written(), &sqlstate, &message, &query.text,
        );
    }
}

fn tables(source: &Source, sink: &mut Sink<'_>) {
    for relation in source.relations() {
        let table = &relation.table;
        if !source.asker.privileges.see_relation(table.as_relation()) {
            continue;
        }
        let kind = match table.kind {
            TableKind::Managed => "managed",
            TableKind::External => "external",
            TableKind::View => "view",
        };
        let format = table.details.format.map(|format| format!("{format:?}").to_lowercase());
        let first = table.columns.len() - table.partition_columns;
        let partitions: Vec<String> = table.columns[first..].iter().map(|column| column.name.clone()).collect();
        let managed = table.kind == TableKind::Managed;
        let location = Some(table.details.location.as_str()).filter(|location| !location.is_empty());
        row!(sink;
            relation.oid, &table.database, &table.name, kind, format, &table.details.owner, table.details.comment.as_deref(),
            location, table.columns.len(), partitions, managed.then_some(relation.size.files), row_count(relation),
            managed.then_some(relation.size.bytes), Cell::Time(table.created_at * 1000), table.version,
        );
    }
}

fn partitions(source: &Source, sink: &mut Sink<'_>) {
    for listed in &source.partitions {
        row!(sink;
            &listed.database, &listed.table, &listed.partition, listed.location.as_deref(), listed.files, listed.rows,
            listed.bytes, Cell::Time(listed.created_at * 1000),
        );
    }
}

fn files(source: &Source, sink: &mut Sink<'_>) {
    for file in &source.files {
        row!(sink; &file.database, &file.table, file.partition.as_deref(), &file.path, file.rows, file.bytes);
    }
}

fn users(source: &Source, sink: &mut Sink<'_>) {
    let grants = &source.known.objects.grants;
    for user in grants.users.iter().filter(|user| source.asker.privileges.is_member_of(&user.name)) {
        let roles = grants.memberships.iter().filter(|membership| membership.member == user.id);
        let roles: Vec<String> =
            roles.filter_map(|membership| grants.user_by_id(membership.role)).map(|role| role.name.clone()).collect();
        let limits = &user.details.limits;
        row!(sink;
            &user.name, user.login, user.superuser, user.has_password,
            user.details.valid_until.map_or(NULL, Cell::Time), user.details.read_only,
            roles, limits.connections, limits.queries, limits.time, limits.rows, user.details.comment.as_deref(),
            Cell::Time(user.created_at * 1000),
        );
    }
}

fn grants(source: &Source, sink: &mut Sink<'_>) {
    let known = &source.known.objects.grants;
    for Grant { grantee, grantor, object, column, privilege, grantable } in
        known.grants.iter().map(|stored| &stored.grant).filter(|grant| source.asker.privileges.sees_grant(grant))
    {
        let name = |id: &Option<i64>, nobody: &'static str| {
            id.and_then(|id| known.user_by_id(id)).map_or(nobody, |user| user.name.as_str())
        };
        let (kind, database, object, path) = match object {
            Securable::Warehouse => ("warehouse", None, None, None),
            Securable::Database(database) => ("database", Some(database.as_str()), None, None),
            Securable::Relation(id) => {
                let names = known.relations.get(id);
                let (database, name) = names.map_or((None, None), |(database, name)| (Some(database), Some(name)));
                ("table", database.map(String::as_str), name.map(String::as_str), None)
            }
            Securable::Function { database, name } => ("function", Some(database.as_str()), Some(name.as_str()), None),
            Securable::Path(path) => ("path", None, None, Some(path.as_str())),
        };
        row!(sink;
            name(grantee, "public"), privilege.text(), kind, database, object, column.as_deref(), path, *grantable,
            name(grantor, "skep"),
        );
    }
}
