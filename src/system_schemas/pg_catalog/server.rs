//! The server: its database, users, parameters, and who is connected.

use crate::system_schemas::cells::{Cell, NULL, Sink, row};
use crate::system_schemas::source::{Source, role_oid};
use crate::system_schemas::table::{SystemTable, nothing};
use crate::types::time_zone;

use super::{DATABASE, DATABASE_OID};

const ROLE_COLUMNS: &str = "oid oid, rolname name, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool, \
     rolcanlogin bool, rolreplication bool, rolbypassrls bool, rolconnlimit int4, rolpassword text, \
     rolvaliduntil timestamptz, xmin xid";

pub(super) static TABLES: &[SystemTable] = &[
    SystemTable::table(
        "pg_database",
        1262,
        "oid oid, datname name, datdba oid, encoding int4, datlocprovider char, datistemplate bool, datallowconn bool, \
         datconnlimit int4, datfrozenxid xid, datminmxid xid, dattablespace oid, datcollate text, datctype text, \
         daticulocale text, datcollversion text, datacl aclitem[], xmin xid",
        |_, sink| {
            row!(sink;
                DATABASE_OID, DATABASE, 10, UTF8, "c", false, true, -1, 0, 0, DEFAULT_TABLESPACE, "C", "C.UTF-8", NULL,
                NULL, NULL, 1,
            );
        },
    ),
    SystemTable::table(
        "pg_tablespace",
        1213,
        "oid oid, spcname name, spcowner oid, spcacl aclitem[], spcoptions text[], xmin xid",
        |_, sink| {
            row!(sink; DEFAULT_TABLESPACE, "pg_default", 10, NULL, NULL, 1);
            row!(sink; 1664, "pg_global", 10, NULL, NULL, 1);
        },
    ),
    SystemTable::table("pg_authid", 1260, ROLE_COLUMNS, authorization),
    SystemTable::view(
        "pg_roles",
        "rolname name, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool, rolcanlogin bool, \
         rolreplication bool, rolconnlimit int4, rolpassword text, rolvaliduntil timestamptz, rolbypassrls bool, \
         rolconfig text[], oid oid",
        roles,
    ),
    SystemTable::view(
        "pg_user",
        "usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, passwd text, \
         valuntil timestamptz, useconfig text[]",
        users,
    ),
    SystemTable::view(
        "pg_shadow",
        "usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, passwd text, \
         valuntil timestamptz, useconfig text[]",
        users,
    ),
    SystemTable::view("pg_group", "groname name, grosysid oid, grolist oid[]", groups),
    SystemTable::table(
        "pg_auth_members",
        1261,
        "roleid oid, member oid, grantor oid, admin_option bool, xmin xid",
        |source, sink| {
            for membership in &source.known.objects.grants.memberships {
                row!(sink; role_oid(membership.role), role_oid(membership.member), 10, membership.admin, 1);
            }
        },
    ),
    SystemTable::view(
        "pg_settings",
        "name text, setting text, unit text, category text, short_desc text, extra_desc text, context text, vartype text, \
         source text, min_val text, max_val text, enumvals text[], boot_val text, reset_val text, sourcefile text, \
         sourceline int4, pending_restart bool",
        settings,
    ),
    SystemTable::view(
        "pg_stat_activity",
        "datid oid, datname name, pid int4, leader_pid int4, usesysid oid, usename name, application_name text, \
         client_addr inet, client_hostname text, client_port int4, backend_start timestamptz, xact_start timestamptz, \
         query_start timestamptz, state_change timestamptz, wait_event_type text, wait_event text, state text, \
         backend_xid xid, backend_xmin xid, query_id int8, query text, backend_type text",
        activity,
    ),
    SystemTable::view(
        "pg_stat_database",
        "datid oid, datname name, numbackends int4, xact_commit int8, xact_rollback int8, blks_read int8, blks_hit int8, \
         tup_returned int8, tup_fetched int8, tup_inserted int8, tup_updated int8, tup_deleted int8, conflicts int8, \
         temp_files int8, temp_bytes int8, deadlocks int8, checksum_failures int8, checksum_last_failure timestamptz, \
         blk_read_time float8, blk_write_time float8, session_time float8, active_time float8, \
         idle_in_transaction_time float8, sessions int8, sessions_abandoned int8, sessions_fatal int8, \
         sessions_killed int8, stats_reset timestamptz",
        |source, sink| {
            row!(sink;
                DATABASE_OID, DATABASE, source.sessions.len(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0.0, 0.0,
                0.0, 0.0, 0.0, 0, 0, 0, 0, NULL,
            );
        },
    ),
    SystemTable::view(
        "pg_stat_ssl",
        "pid int4, ssl bool, version text, cipher text, bits int4, client_dn text, client_serial text, issuer_dn text",
        nothing,
    ),
    SystemTable::view("pg_timezone_names", "name text, abbrev text, utc_offset text, is_dst bool", time_zones),
    SystemTable::view("pg_timezone_abbrevs", "abbrev text, utc_offset text, is_dst bool", |_, sink| {
        row!(sink; "UTC", "00:00:00", false);
        row!(sink; "GMT", "00:00:00", false);
        row!(sink; "Z", "00:00:00", false);
    }),
    SystemTable::table("pg_shdescription", 2396, "objoid oid, classoid oid, description text", |_, sink| {
        row!(sink; DATABASE_OID, 1262, "the warehouse");
    }),
];

/// PostgreSQL's number for the encoding.
const UTF8: i64 = 6;
const DEFAULT_TABLESPACE: i64 = 1663;

fn valid_until(source: &Source, name: &str) -> Cell<'static> {
    let user = source.known.objects.grants.user(name);
    user.and_then(|user| user.details.valid_until).map_or(NULL, |milliseconds| Cell::Time(milliseconds * 1000))
}

fn authorization(source: &Source, sink: &mut Sink<'_>) {
    for role in source.roles() {
        let until = valid_until(source, role.name);
        let (name, superuser, login) = (role.name, role.superuser, role.login);
        row!(sink;
            role.oid, name, superuser, true, superuser, superuser, login, false, superuser, role.connections, NULL, &until,
            1,
        );
    }
}

fn roles(source: &Source, sink: &mut Sink<'_>) {
    for role in source.roles() {
        let until = valid_until(source, role.name);
        let (name, superuser, login) = (role.name, role.superuser, role.login);
        row!(sink;
            name, superuser, true, superuser, superuser, login, false, role.connections, "********", &until, superuser, NULL,
            role.oid,
        );
    }
}

fn users(source: &Source, sink: &mut Sink<'_>) {
    for role in source.roles().into_iter().filter(|role| role.login) {
        let until = valid_until(source, role.name);
        row!(sink; role.name, role.oid, role.superuser, role.superuser, false, role.superuser, "********", &until, NULL);
    }
}

fn groups(source: &Source, sink: &mut Sink<'_>) {
    let grants = &source.known.objects.grants;
    for role in grants.users.iter().filter(|user| !user.login) {
        let members = grants.memberships.iter().filter(|membership| membership.role == role.id);
        let members: Vec<i64> = members.map(|membership| role_oid(membership.member)).collect();
        row!(sink; &role.name, role_oid(role.id), members);
    }
}

fn settings(source: &Source, sink: &mut Sink<'_>) {
    for parameter in &source.asker.parameters {
        let (value, default) = (&parameter.value, parameter.default);
        let kind = match default {
            "on" | "off" => "bool",
            number if number.parse::<i64>().is_ok() => "integer",
            _ => "string",
        };
        row!(sink;
            parameter.name, value, NULL, "Skep", parameter.meaning, NULL, if parameter.is_fixed { "internal" } else { "user" },
            kind, if value == default { "default" } else { "session" }, NULL, NULL, NULL, default, default, NULL, NULL,
            false,
        );
    }
}

fn activity(source: &Source, sink: &mut Sink<'_>) {
    for session in &source.sessions {
        row!(sink;
            DATABASE_OID, DATABASE, i64::from(session.id), NULL, source.owner(&session.user), &*session.user,
            &session.application, session.address.map(|address| address.ip().to_string()), NULL,
            session.address.map(|address| i64::from(address.port())), Cell::Time(session.since), NULL,
            session.query.as_ref().map_or(NULL, |query| Cell::Time(query.started)), Cell::Time(session.state_since),
            NULL, NULL, session.state, NULL, NULL, session.query.as_ref().map(|query| query.id),
            session.query.as_ref().map(|query| query.text.as_str()), "client backend",
        );
    }
}

fn time_zones(source: &Source, sink: &mut Sink<'_>) {
    for name in time_zone::region_names() {
        let Ok(zone) = time_zone::Zone::parse(name) else { continue };
        let offset = zone.offset_at_utc(source.asker.now);
        let (sign, seconds) = if offset < 0 { ("-", -offset) } else { ("", offset) };
        let text = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        row!(sink; name, name.rsplit('/').next().unwrap_or(name), text, false);
    }
}
