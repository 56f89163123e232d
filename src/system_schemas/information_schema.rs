//! `information_schema`: what the SQL standard says of tables, columns, keys, functions and privileges. It shows what
//! the user may see.

use crate::catalog::{
    Constraint, ConstraintKind, FunctionResult, Privilege, Securable, StoredRelation, Strength, TableKind,
};
use crate::types::DataType;

use super::cells::{NULL, Sink, row};
use super::pg_catalog::DATABASE;
use super::pg_catalog::type_list::{self, by_oid};
use super::source::Source;
use super::table::{SystemTable, nothing};
use super::{SCHEMAS, entries};

pub(super) static TABLES: &[SystemTable] = &[
    SystemTable::view("information_schema_catalog_name", "catalog_name name", |_, sink| row!(sink; DATABASE)),
    SystemTable::view(
        "schemata",
        "catalog_name name, schema_name name, schema_owner name, default_character_set_catalog name, \
         default_character_set_schema name, default_character_set_name name, sql_path text",
        schemata,
    ),
    SystemTable::view(
        "tables",
        "table_catalog name, table_schema name, table_name name, table_type text, self_referencing_column_name name, \
         reference_generation text, user_defined_type_catalog name, user_defined_type_schema name, \
         user_defined_type_name name, is_insertable_into text, is_typed text, commit_action text",
        tables,
    ),
    SystemTable::view(
        "columns",
        "table_catalog name, table_schema name, table_name name, column_name name, ordinal_position int4, \
         column_default text, is_nullable text, data_type text, character_maximum_length int4, \
         character_octet_length int4, numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, \
         datetime_precision int4, interval_type text, interval_precision int4, character_set_catalog name, \
         character_set_schema name, character_set_name name, collation_catalog name, collation_schema name, \
         collation_name name, domain_catalog name, domain_schema name, domain_name name, udt_catalog name, \
         udt_schema name, udt_name name, scope_catalog name, scope_schema name, scope_name name, \
         maximum_cardinality int4, dtd_identifier name, is_self_referencing text, is_identity text, \
         identity_generation text, identity_start text, identity_increment text, identity_maximum text, \
         identity_minimum text, identity_cycle text, is_generated text, generation_expression text, is_updatable text",
        columns,
    ),
    SystemTable::view(
        "views",
        "table_catalog name, table_schema name, table_name name, view_definition text, check_option text, \
         is_updatable text, is_insertable_into text, is_trigger_updatable text, is_trigger_deletable text, \
         is_trigger_insertable_into text",
        views,
    ),
    SystemTable::view(
        "table_constraints",
        "constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, table_schema name, \
         table_name name, constraint_type text, is_deferrable text, initially_deferred text, enforced text, \
         nulls_distinct text",
        table_constraints,
    ),
    SystemTable::view(
        "key_column_usage",
        "constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, table_schema name, \
         table_name name, column_name name, ordinal_position int4, position_in_unique_constraint int4",
        key_columns,
    ),
    SystemTable::view(
        "referential_constraints",
        "constraint_catalog name, constraint_schema name, constraint_name name, unique_constraint_catalog name, \
         unique_constraint_schema name, unique_constraint_name name, match_option text, update_rule text, delete_rule text",
        referential_constraints,
    ),
    SystemTable::view(
        "constraint_column_usage",
        "table_catalog name, table_schema name, table_name name, column_name name, constraint_catalog name, \
         constraint_schema name, constraint_name name",
        constraint_columns,
    ),
    SystemTable::view(
        "constraint_table_usage",
        "table_catalog name, table_schema name, table_name name, constraint_catalog name, constraint_schema name, \
         constraint_name name",
        nothing,
    ),
    SystemTable::view(
        "check_constraints",
        "constraint_catalog name, constraint_schema name, constraint_name name, check_clause text",
        nothing,
    ),
    SystemTable::view("table_privileges", TABLE_PRIVILEGES, table_privileges),
    SystemTable::view("role_table_grants", TABLE_PRIVILEGES, table_privileges),
    SystemTable::view(
        "column_privileges",
        "grantor name, grantee name, table_catalog name, table_schema name, table_name name, column_name name, \
         privilege_type text, is_grantable text",
        column_privileges,
    ),
    SystemTable::view("enabled_roles", "role_name name", |source, sink| {
        for name in enabled_roles(source) {
            row!(sink; name);
        }
    }),
    SystemTable::view("applicable_roles", "grantee name, role_name name, is_grantable text", |source, sink| {
        for name in enabled_roles(source).into_iter().filter(|name| **name != *source.asker.user) {
            row!(sink; &*source.asker.user, name, "NO");
        }
    }),
    SystemTable::view(
        "routines",
        "specific_catalog name, specific_schema name, specific_name name, routine_catalog name, routine_schema name, \
         routine_name name, routine_type text, data_type text, type_udt_catalog name, type_udt_schema name, \
         type_udt_name name, routine_body text, routine_definition text, external_name text, external_language text, \
         parameter_style text, is_deterministic text, sql_data_access text, is_null_call text, security_type text",
        routines,
    ),
    SystemTable::view(
        "parameters",
        "specific_catalog name, specific_schema name, specific_name name, ordinal_position int4, parameter_mode text, \
         is_result text, as_locator text, parameter_name name, data_type text, character_maximum_length int4, \
         numeric_precision int4, numeric_scale int4, udt_catalog name, udt_schema name, udt_name name, \
         parameter_default text",
        parameters,
    ),
    SystemTable::view(
        "character_sets",
        "character_set_catalog name, character_set_schema name, character_set_name name, character_repertoire name, \
         form_of_use name, default_collate_catalog name, default_collate_schema name, default_collate_name name",
        |_, sink| row!(sink; NULL, NULL, "UTF8", "UCS", "UTF8", DATABASE, "pg_catalog", "C"),
    ),
    SystemTable::view(
        "collations",
        "collation_catalog name, collation_schema name, collation_name name, pad_attribute text",
        |_, sink| row!(sink; DATABASE, "pg_catalog", "C", "NO PAD"),
    ),
    SystemTable::view(
        "sequences",
        "sequence_catalog name, sequence_schema name, sequence_name name, data_type text, numeric_precision int4, \
         numeric_precision_radix int4, numeric_scale int4, start_value text, minimum_value text, maximum_value text, \
         increment text, cycle_option text",
        nothing,
    ),
    SystemTable::view(
        "view_table_usage",
        "view_catalog name, view_schema name, view_name name, table_catalog name, table_schema name, table_name name",
        nothing,
    ),
    SystemTable::view(
        "sql_features",
        "feature_id text, feature_name text, sub_feature_id text, sub_feature_name text, is_supported text, is_verified_by text, comments text",
        |_, sink| {
            for (id, name) in FEATURES {
                row!(sink; *id, *name, "", "", "YES", NULL, "");
            }
        },
    ),
    SystemTable::table(
        "sql_sizing",
        0,
        "sizing_id int4, sizing_name text, supported_value int4, comments text",
        nothing,
    ),
    SystemTable::table(
        "sql_implementation_info",
        0,
        "implementation_info_id text, implementation_info_name text, integer_value int4, character_value text, comments text",
        |_, sink| {
            row!(sink; "17", "DBMS NAME", NULL, "Skep", NULL);
            row!(sink; "18", "DBMS VERSION", NULL, env!("CARGO_PKG_VERSION"), NULL);
        },
    ),
];

const TABLE_PRIVILEGES: &str = "grantor name, grantee name, table_catalog name, table_schema name, table_name name, \
     privilege_type text, is_grantable text, with_hierarchy text";

/// Of the SQL standard.
const FEATURES: &[(&str, &str)] = &[
    ("E011", "Numeric data types"),
    ("E021", "Character string types"),
    ("E051", "Basic query specification"),
    ("E061", "Basic predicates and search conditions"),
    ("E071", "Basic query expressions"),
    ("E091", "Set functions"),
    ("F041", "Basic joined table"),
    ("F051", "Basic date and time"),
    ("F131", "Grouped operations"),
    ("F201", "CAST function"),
    ("F261", "CASE expression"),
    ("T121", "WITH (excluding RECURSIVE) in query expression"),
    ("T611", "Elementary OLAP operations"),
];

/// Tables and views that the user may see.
fn visible(source: &Source) -> impl Iterator<Item = &StoredRelation> {
    source.relations().filter(|relation| source.asker.privileges.see_relation(relation.table.as_relation()))
}

/// Those of the schemas and of the names that are asked for.
fn asked_for<'a>(source: &'a Source, sink: &Sink<'_>) -> Vec<&'a StoredRelation> {
    let (schemas, names) = (sink.wanted_texts("table_schema"), sink.wanted_texts("table_name"));
    visible(source)
        .filter(|relation| schemas.as_ref().is_none_or(|known| known.contains(&relation.table.database.as_str())))
        .filter(|relation| names.as_ref().is_none_or(|known| known.contains(&relation.table.name.as_str())))
        .collect()
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "YES" } else { "NO" }
}

fn schemata(source: &Source, sink: &mut Sink<'_>) {
    for schema in SCHEMAS {
        row!(sink; DATABASE, schema.name, "skep", NULL, NULL, NULL, NULL);
    }
    for stored in &source.known.objects.databases {
        if source.asker.privileges.see_database(&stored.database.name) {
            let owner = &stored.database.owner;
            row!(sink; DATABASE, &stored.database.name, if owner.is_empty() { "skep" } else { owner }, NULL, NULL, NULL, NULL);
        }
    }
}

fn tables(source: &Source, sink: &mut Sink<'_>) {
    for relation in asked_for(source, sink) {
        let table = &relation.table;
        let (kind, insertable) = if table.kind == TableKind::View { ("VIEW", false) } else { ("BASE TABLE", true) };
        row!(sink;
            DATABASE, &table.database, &table.name, kind, NULL, NULL, NULL, NULL, NULL, yes_or_no(insertable), "NO", NULL,
        );
    }
    for entry in entries() {
        let kind = if entry.table.is_view { "VIEW" } else { "BASE TABLE" };
        row!(sink; DATABASE, entry.schema.name, entry.table.name, kind, NULL, NULL, NULL, NULL, NULL, "NO", "NO", NULL);
    }
}

/// What the standard tells of a type.
struct TypeFacts {
    name: &'static str,
    udt: String,
    length: Option<i64>,
    octets: Option<i64>,
    precision: Option<i64>,
    radix: Option<i64>,
    scale: Option<i64>,
    datetime: Option<i64>,
}

fn type_facts(type_oid: i64, modifier: i64) -> TypeFacts {
    let Some((listed, is_array)) = by_oid(type_oid) else {
        return type_facts(type_list::TEXT, -1);
    };
    let udt = if is_array { format!("_{}", listed.name) } else { listed.name.to_owned() };
    let name = if is_array { "ARRAY" } else { listed.shown };
    let mut facts =
        TypeFacts { name, udt, length: None, octets: None, precision: None, radix: None, scale: None, datetime: None };
    if is_array {
        return facts;
    }
    match listed.oid {
        21 => (facts.precision, facts.radix, facts.scale) = (Some(16), Some(2), Some(0)),
        23 => (facts.precision, facts.radix, facts.scale) = (Some(32), Some(2), Some(0)),
        20 => (facts.precision, facts.radix, facts.scale) = (Some(64), Some(2), Some(0)),
        700 => (facts.precision, facts.radix) = (Some(24), Some(2)),
        701 => (facts.precision, facts.radix) = (Some(53), Some(2)),
        1700 => {
            facts.radix = Some(10);
            if modifier >= 4 {
                (facts.precision, facts.scale) = (Some((modifier - 4) >> 16), Some((modifier - 4) & 0xffff));
            }
        }
        1042 | 1043 if modifier >= 4 => {
            (facts.length, facts.octets) = (Some(modifier - 4), Some((modifier - 4) * 4));
        }
        25 | 1042 | 1043 => facts.octets = Some(1_073_741_824),
        1082 => facts.datetime = Some(0),
        1083 | 1114 | 1184 | 1186 => facts.datetime = Some(6),
        _ => {}
    }
    facts
}

fn columns(source: &Source, sink: &mut Sink<'_>) {
    for relation in asked_for(source, sink) {
        let table = &relation.table;
        let updatable = yes_or_no(table.kind != TableKind::View);
        for (place, column) in table.columns.iter().enumerate() {
            let (type_oid, modifier) = type_list::of(&column.data_type);
            let default = table.details.defaults.iter().find(|(name, _)| name.eq_ignore_ascii_case(&column.name));
            push_column(
                sink,
                &ColumnFacts {
                    schema: &table.database,
                    table: &table.name,
                    name: &column.name,
                    number: place + 1,
                    default: default.map(|(_, text)| text.as_str()),
                    nullable: !super::pg_catalog::is_not_null(relation, &column.name),
                    facts: type_facts(type_oid, modifier),
                    updatable,
                },
            );
        }
    }
    let (schemas, names) = (sink.wanted_texts("table_schema"), sink.wanted_texts("table_name"));
    for entry in entries() {
        if schemas.as_ref().is_some_and(|known| !known.contains(&entry.schema.name))
            || names.as_ref().is_some_and(|known| !known.contains(&entry.table.name))
        {
            continue;
        }
        for (place, column) in entry.columns.iter().filter(|column| !column.is_hidden()).enumerate() {
            push_column(
                sink,
                &ColumnFacts {
                    schema: entry.schema.name,
                    table: entry.table.name,
                    name: column.name,
                    number: place + 1,
                    default: None,
                    nullable: true,
                    facts: type_facts(type_list::by_name(&column.type_name).unwrap_or(type_list::TEXT), -1),
                    updatable: "NO",
                },
            );
        }
    }
}

struct ColumnFacts<'a> {
    schema: &'a str,
    table: &'a str,
    name: &'a str,
    number: usize,
    default: Option<&'a str>,
    nullable: bool,
    facts: TypeFacts,
    updatable: &'static str,
}

fn push_column(sink: &mut Sink<'_>, column: &ColumnFacts<'_>) {
    let facts = &column.facts;
    row!(sink;
        DATABASE, column.schema, column.table, column.name, column.number, column.default, yes_or_no(column.nullable),
        facts.name, facts.length, facts.octets, facts.precision, facts.radix, facts.scale, facts.datetime, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, DATABASE, "pg_catalog", &facts.udt, NULL, NULL, NULL, NULL,
        column.number.to_string(), "NO", "NO", NULL, NULL, NULL, NULL, NULL, "NO", "NEVER", NULL, column.updatable,
    );
}

fn views(source: &Source, sink: &mut Sink<'_>) {
    for relation in asked_for(source, sink) {
        let table = &relation.table;
        if let Some(view) = &table.details.view {
            row!(sink; DATABASE, &table.database, &table.name, &view.text, "NONE", "NO", "NO", "NO", "NO", "NO");
        }
    }
}

fn kind_text(constraint: &Constraint) -> &'static str {
    match constraint.kind {
        ConstraintKind::PrimaryKey => "PRIMARY KEY",
        ConstraintKind::Unique => "UNIQUE",
        ConstraintKind::ForeignKey { .. } => "FOREIGN KEY",
    }
}

fn table_constraints(source: &Source, sink: &mut Sink<'_>) {
    for relation in asked_for(source, sink) {
        let table = &relation.table;
        for constraint in &table.details.constraints {
            let distinct = (constraint.kind == ConstraintKind::Unique).then_some("YES");
            row!(sink;
                DATABASE, &table.database, &constraint.name, DATABASE, &table.database, &table.name, kind_text(constraint),
                "NO", "NO", "NO", distinct,
            );
        }
    }
}

fn key_columns(source: &Source, sink: &mut Sink<'_>) {
    for relation in asked_for(source, sink) {
        let table = &relation.table;
        for constraint in &table.details.constraints {
            let refers = matches!(constraint.kind, ConstraintKind::ForeignKey { .. });
            for (place, column) in constraint.columns.iter().enumerate() {
                row!(sink;
                    DATABASE, &table.database, &constraint.name, DATABASE, &table.database, &table.name, column, place + 1,
                    refers.then_some(place + 1),
                );
            }
        }
    }
}

fn referential_constraints(source: &Source, sink: &mut Sink<'_>) {
    for relation in visible(source) {
        for constraint in &relation.table.details.constraints {
            let Some((target, columns)) = super::pg_catalog::referred(source, &constraint.kind) else { continue };
            let key = super::pg_catalog::unique_key(target, &columns);
            row!(sink;
                DATABASE, &relation.table.database, &constraint.name, key.map(|_| DATABASE),
                key.map(|_| target.table.database.as_str()), key.map(|key| key.name.as_str()), "NONE", "NO ACTION",
                "NO ACTION",
            );
        }
    }
}

fn constraint_columns(source: &Source, sink: &mut Sink<'_>) {
    for relation in visible(source) {
        let own = &relation.table;
        for constraint in &own.details.constraints {
            let (table, columns) = match super::pg_catalog::referred(source, &constraint.kind) {
                Some((target, columns)) => (&target.table, columns),
                None if matches!(constraint.kind, ConstraintKind::ForeignKey { .. }) => continue,
                None => (own, constraint.columns.clone()),
            };
            for column in columns {
                row!(sink;
                    DATABASE, &table.database, &table.name, column, DATABASE, &own.database, &constraint.name,
                );
            }
        }
    }
}

/// The user, and the roles that it is a member of.
fn enabled_roles(source: &Source) -> Vec<&str> {
    let grants = &source.known.objects.grants;
    let Some(user) = grants.user(&source.asker.user) else { return vec![&source.asker.user] };
    let roles = grants.roles_of(user.id);
    let mut names = vec![user.name.as_str()];
    names.extend(
        grants
            .users
            .iter()
            .filter(|role| role.id != user.id && roles.contains(&role.id))
            .map(|role| role.name.as_str()),
    );
    names
}

/// What can be granted on tables.
const TABLE_RIGHTS: &[(Privilege, &str)] = &[
    (Privilege::Select, "SELECT"),
    (Privilege::Insert, "INSERT"),
    (Privilege::Update, "UPDATE"),
    (Privilege::Delete, "DELETE"),
];

/// A name, and whether what it has can be passed on: the owner, and who was granted something.
fn holders<'a>(
    source: &'a Source,
    relation: &'a StoredRelation,
    privilege: Privilege,
) -> Vec<(&'a str, &'a str, bool)> {
    let table = &relation.table;
    let owner: &str = if table.details.owner.is_empty() { &source.asker.user } else { &table.details.owner };
    let grants = &source.known.objects.grants;
    let name = |id: Option<i64>, nobody: &'static str| {
        id.and_then(|id| grants.user_by_id(id)).map_or(nobody, |user| user.name.as_str())
    };
    let mut holders = vec![(owner, owner, true)];
    holders.extend(
        grants
            .on(&Securable::Relation(table.id))
            .filter(|grant| grant.privilege == privilege && grant.column.is_none())
            .map(|grant| (name(grant.grantor, "skep"), name(grant.grantee, "PUBLIC"), grant.grantable)),
    );
    holders
}

fn table_privileges(source: &Source, sink: &mut Sink<'_>) {
    for relation in asked_for(source, sink) {
        let table = &relation.table;
        for (privilege, text) in TABLE_RIGHTS {
            for (grantor, grantee, grantable) in holders(source, relation, *privilege) {
                row!(sink;
                    grantor, grantee, DATABASE, &table.database, &table.name, *text, yes_or_no(grantable),
                    yes_or_no(*privilege == Privilege::Select),
                );
            }
        }
    }
}

fn column_privileges(source: &Source, sink: &mut Sink<'_>) {
    for relation in asked_for(source, sink) {
        let table = &relation.table;
        for (privilege, text) in TABLE_RIGHTS.iter().filter(|(privilege, _)| *privilege != Privilege::Delete) {
            for (grantor, grantee, grantable) in holders(source, relation, *privilege) {
                for column in &table.columns {
                    row!(sink;
                        grantor, grantee, DATABASE, &table.database, &table.name, &column.name, *text, yes_or_no(grantable),
                    );
                }
            }
        }
        let grants = &source.known.objects.grants;
        for grant in grants.on(&Securable::Relation(table.id)) {
            let Some(column) = &grant.column else { continue };
            let name = |id: Option<i64>, nobody: &'static str| {
                id.and_then(|id| grants.user_by_id(id)).map_or(nobody, |user| user.name.as_str())
            };
            row!(sink;
                name(grant.grantor, "skep"), name(grant.grantee, "PUBLIC"), DATABASE, &table.database, &table.name, column,
                grant.privilege.text(), yes_or_no(grant.grantable),
            );
        }
    }
}

fn data_type_facts(data_type: &DataType) -> TypeFacts {
    let (type_oid, modifier) = type_list::of(data_type);
    type_facts(type_oid, modifier)
}

fn routines(source: &Source, sink: &mut Sink<'_>) {
    for stored in &source.known.objects.functions {
        let (function, definition) = (&stored.function, &stored.function.definition);
        if !source.asker.privileges.on_function(&function.database, &function.name, &definition.owner, Strength::Held) {
            continue;
        }
        let (name, udt) = match &definition.returns {
            FunctionResult::Value(data_type) => {
                let facts = data_type_facts(data_type);
                (facts.name, facts.udt)
            }
            FunctionResult::Table(_) => ("record", "record".to_owned()),
        };
        let specific = format!("{}_{}", function.name, stored.oid);
        row!(sink;
            DATABASE, &function.database, specific, DATABASE, &function.database, &function.name, "FUNCTION", name, DATABASE,
            "pg_catalog", udt, "SQL", &definition.body, NULL, "SQL", "SQL", yes_or_no(definition.is_deterministic),
            if definition.reads_data { "READS" } else { "CONTAINS" }, "NO", "INVOKER",
        );
    }
}

fn parameters(source: &Source, sink: &mut Sink<'_>) {
    for stored in &source.known.objects.functions {
        let function = &stored.function;
        let specific = format!("{}_{}", function.name, stored.oid);
        for (place, parameter) in function.definition.parameters.iter().enumerate() {
            let facts = data_type_facts(&parameter.data_type);
            row!(sink;
                DATABASE, &function.database, &specific, place + 1, "IN", "NO", "NO", &parameter.name, facts.name,
                facts.length, facts.precision, facts.scale, DATABASE, "pg_catalog", facts.udt, parameter.default.as_deref(),
            );
        }
    }
}
