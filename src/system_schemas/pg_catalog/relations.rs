//! Schemas, tables, views, columns, keys and their comments.

use crate::catalog::{Constraint, ConstraintKind, StoredRelation, TableKind};
use crate::system_schemas::SCHEMAS;
use crate::system_schemas::cells::{Cell, NULL, Sink, row};
use crate::system_schemas::definitions;
use crate::system_schemas::pg_catalog::type_list;
use crate::system_schemas::source::{Class, Source, column_numbers, has_index, relation_kind, row_count};
use crate::system_schemas::table::{SystemTable, nothing};

/// The number of the table that lists tables.
pub const CLASS_OID: i64 = 1259;
const NAMESPACE_OID: i64 = 2615;
const PAGE: u64 = 8192;
const NO_ACL: Cell<'static> = NULL;

pub(super) static TABLES: &[SystemTable] = &[
    SystemTable::table(
        "pg_namespace",
        NAMESPACE_OID,
        "oid oid, nspname name, nspowner oid, nspacl aclitem[], xmin xid",
        namespaces,
    ),
    SystemTable::table(
        "pg_class",
        CLASS_OID,
        "oid oid, relname name, relnamespace oid, reltype oid, reloftype oid, relowner oid, relam oid, relfilenode oid, \
         reltablespace oid, relpages int4, reltuples float4, relallvisible int4, reltoastrelid oid, relhasindex bool, \
         relisshared bool, relpersistence char, relkind char, relnatts int2, relchecks int2, relhasrules bool, \
         relhastriggers bool, relhassubclass bool, relrowsecurity bool, relforcerowsecurity bool, relispopulated bool, \
         relreplident char, relispartition bool, relrewrite oid, relfrozenxid xid, relminmxid xid, relacl aclitem[], \
         reloptions text[], relpartbound pg_node_tree, xmin xid",
        classes,
    ),
    SystemTable::table(
        "pg_attribute",
        1249,
        "attrelid oid, attname name, atttypid oid, attstattarget int4, attlen int2, attnum int2, attndims int4, \
         attcacheoff int4, atttypmod int4, attbyval bool, attalign char, attstorage char, attcompression char, \
         attnotnull bool, atthasdef bool, atthasmissing bool, attidentity char, attgenerated char, attisdropped bool, \
         attislocal bool, attinhcount int4, attcollation oid, attacl aclitem[], attoptions text[], attfdwoptions text[], \
         attmissingval text, xmin xid",
        attributes,
    ),
    SystemTable::table("pg_attrdef", 2604, "oid oid, adrelid oid, adnum int2, adbin pg_node_tree, xmin xid", defaults),
    SystemTable::table(
        "pg_description",
        2609,
        "objoid oid, classoid oid, objsubid int4, description text, xmin xid",
        comments,
    ),
    SystemTable::table(
        "pg_index",
        2610,
        "indexrelid oid, indrelid oid, indnatts int2, indnkeyatts int2, indisunique bool, indnullsnotdistinct bool, \
         indisprimary bool, indisexclusion bool, indimmediate bool, indisclustered bool, indisvalid bool, \
         indcheckxmin bool, indisready bool, indislive bool, indisreplident bool, indkey int2vector, \
         indcollation oidvector, indclass oidvector, indoption int2vector, indexprs pg_node_tree, indpred pg_node_tree, \
         xmin xid",
        indexes,
    ),
    SystemTable::table(
        "pg_constraint",
        2606,
        "oid oid, conname name, connamespace oid, contype char, condeferrable bool, condeferred bool, convalidated bool, \
         conrelid oid, contypid oid, conindid oid, conparentid oid, confrelid oid, confupdtype char, confdeltype char, \
         confmatchtype char, conislocal bool, coninhcount int4, connoinherit bool, conkey int2[], confkey int2[], \
         conpfeqop oid[], conppeqop oid[], conffeqop oid[], confdelsetcols int2[], conexclop oid[], \
         conbin pg_node_tree, xmin xid",
        constraints,
    ),
    SystemTable::table(
        "pg_inherits",
        2611,
        "inhrelid oid, inhparent oid, inhseqno int4, inhdetachpending bool, xmin xid",
        nothing,
    ),
    SystemTable::table(
        "pg_partitioned_table",
        3350,
        "partrelid oid, partstrat char, partnatts int2, partdefid oid, partattrs int2vector, partclass oidvector, \
         partcollation oidvector, partexprs pg_node_tree, xmin xid",
        partitioned_tables,
    ),
    SystemTable::view(
        "pg_tables",
        "schemaname name, tablename name, tableowner name, tablespace name, hasindexes bool, hasrules bool, \
         hastriggers bool, rowsecurity bool",
        tables,
    ),
    SystemTable::view("pg_views", "schemaname name, viewname name, viewowner name, definition text", views),
    SystemTable::view(
        "pg_matviews",
        "schemaname name, matviewname name, matviewowner name, tablespace name, hasindexes bool, ispopulated bool, \
         definition text",
        nothing,
    ),
    SystemTable::view(
        "pg_indexes",
        "schemaname name, tablename name, indexname name, tablespace name, indexdef text",
        index_definitions,
    ),
    SystemTable::view("pg_stat_user_tables", TABLE_ACTIVITY, user_table_activity),
    SystemTable::view("pg_stat_all_tables", TABLE_ACTIVITY, user_table_activity),
    SystemTable::view(
        "pg_statio_user_tables",
        "relid oid, schemaname name, relname name, heap_blks_read int8, heap_blks_hit int8, idx_blks_read int8, \
         idx_blks_hit int8, toast_blks_read int8, toast_blks_hit int8, tidx_blks_read int8, tidx_blks_hit int8",
        |source, sink| {
            for relation in files_of(source) {
                let table = &relation.table;
                row!(sink; relation.oid, &table.database, &table.name, 0, 0, 0, 0, 0, 0, 0, 0);
            }
        },
    ),
    SystemTable::view(
        "pg_stats",
        "schemaname name, tablename name, attname name, inherited bool, null_frac float4, avg_width int4, \
         n_distinct float4, most_common_vals text, most_common_freqs float4[], histogram_bounds text, \
         correlation float4, most_common_elems text, most_common_elem_freqs float4[], elem_count_histogram float4[]",
        nothing,
    ),
];

const TABLE_ACTIVITY: &str = "relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, \
     idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, n_tup_hot_upd int8, n_live_tup int8, \
     n_dead_tup int8, n_mod_since_analyze int8, n_ins_since_vacuum int8, last_vacuum timestamptz, \
     last_autovacuum timestamptz, last_analyze timestamptz, last_autoanalyze timestamptz, vacuum_count int8, \
     autovacuum_count int8, analyze_count int8, autoanalyze_count int8";

fn namespaces(source: &Source, sink: &mut Sink<'_>) {
    for schema in SCHEMAS {
        row!(sink; schema.oid, schema.name, 10, NO_ACL, 1);
    }
    for stored in &source.known.objects.databases {
        row!(sink; stored.oid, &stored.database.name, source.owner(&stored.database.owner), NO_ACL, 1);
    }
}

/// What differs among the rows of `pg_class`.
struct ClassRow<'a> {
    oid: i64,
    name: &'a str,
    namespace: i64,
    owner: i64,
    access: i64,
    pages: u64,
    tuples: f64,
    has_index: bool,
    kind: &'static str,
    columns: usize,
}

fn classes(source: &Source, sink: &mut Sink<'_>) {
    let by_name = sink.wanted_texts("relname");
    for class in source.classes_of(sink.wanted_numbers("oid")) {
        let row = class_row(source, class);
        if by_name.as_ref().is_some_and(|names| !names.contains(&row.name)) {
            continue;
        }
        let (partitioned, view) = (row.kind == "p", row.kind == "v");
        let file = if partitioned || view { 0 } else { row.oid };
        row!(sink;
            row.oid, row.name, row.namespace, 0, 0, row.owner, row.access, file, 0,
            row.pages.min(i32::MAX as u64), row.tuples, 0, 0, row.has_index, false, "p", row.kind, row.columns, 0, view,
            false, false, false, false, true, "d", false, 0, 0, 0, NO_ACL, NULL, NULL, 1,
        );
    }
}

/// The access methods that tables and indexes claim to have.
const HEAP: i64 = 2;
const BTREE: i64 = 403;

fn class_row<'a>(source: &'a Source, class: Class<'a>) -> ClassRow<'a> {
    match class {
        Class::Stored(relation) => {
            let table = &relation.table;
            let tuples = row_count(relation).map_or(-1.0, |rows| rows as f64);
            ClassRow {
                oid: relation.oid,
                name: &table.name,
                namespace: source.namespace(&table.database).unwrap_or(0),
                owner: source.owner(&table.details.owner),
                access: if table.kind == TableKind::View { 0 } else { HEAP },
                pages: relation.size.bytes.div_ceil(PAGE),
                tuples: if table.kind == TableKind::View { 0.0 } else { tuples },
                has_index: table.details.constraints.iter().any(has_index),
                kind: relation_kind(table),
                columns: table.columns.len(),
            }
        }
        Class::Index(relation, constraint) => ClassRow {
            oid: constraint.oid + 1,
            name: &constraint.name,
            namespace: source.namespace(&relation.table.database).unwrap_or(0),
            owner: source.owner(&relation.table.details.owner),
            access: BTREE,
            pages: 1,
            tuples: row_count(relation).map_or(-1.0, |rows| rows as f64),
            has_index: false,
            kind: "i",
            columns: constraint.columns.len(),
        },
        Class::System(entry) => ClassRow {
            oid: entry.oid,
            name: entry.table.name,
            namespace: entry.schema.oid,
            owner: 10,
            access: if entry.table.is_view { 0 } else { HEAP },
            pages: 0,
            tuples: if entry.table.is_view { 0.0 } else { -1.0 },
            has_index: false,
            kind: if entry.table.is_view { "v" } else { "r" },
            columns: entry.columns.iter().filter(|column| !column.is_hidden()).count(),
        },
    }
}

/// A column as `pg_attribute` has it.
struct Attribute<'a> {
    relation: i64,
    name: &'a str,
    number: usize,
    type_oid: i64,
    modifier: i64,
    not_null: bool,
    has_default: bool,
}

fn push_attribute(sink: &mut Sink<'_>, attribute: &Attribute<'_>) {
    let listed = type_list::by_oid(attribute.type_oid);
    let is_array = listed.is_some_and(|(_, is_array)| is_array);
    let length = listed.map_or(-1, |(listed, is_array)| if is_array { -1 } else { listed.length });
    let by_value = matches!(length, 1 | 2 | 4 | 8) && !is_array;
    let collated = listed.is_some_and(|(listed, _)| listed.category == "S");
    let align = match length {
        1 => "c",
        2 => "s",
        8 => "d",
        _ => "i",
    };
    let collation = if collated { DEFAULT_COLLATION } else { 0 };
    row!(sink;
        attribute.relation, attribute.name, attribute.type_oid, -1, length, attribute.number,
        i64::from(is_array), -1, attribute.modifier, by_value, align, if length == -1 { "x" } else { "p" }, "",
        attribute.not_null, attribute.has_default, false, "", "", false, true, 0, collation, NO_ACL, NULL, NULL, NULL, 1,
    );
}

const DEFAULT_COLLATION: i64 = 100;

fn attributes(source: &Source, sink: &mut Sink<'_>) {
    for class in source.classes_of(sink.wanted_numbers("attrelid")) {
        match class {
            Class::Stored(relation) => {
                let details = &relation.table.details;
                for (place, column) in relation.table.columns.iter().enumerate() {
                    let (type_oid, modifier) = type_list::of(&column.data_type);
                    push_attribute(
                        sink,
                        &Attribute {
                            relation: relation.oid,
                            name: &column.name,
                            number: place + 1,
                            type_oid,
                            modifier,
                            not_null: is_not_null(relation, &column.name),
                            has_default: details
                                .defaults
                                .iter()
                                .any(|(name, _)| name.eq_ignore_ascii_case(&column.name)),
                        },
                    );
                }
            }
            Class::Index(relation, constraint) => {
                for (place, name) in constraint.columns.iter().enumerate() {
                    let column = relation.table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
                    let (type_oid, modifier) =
                        column.map_or((type_list::TEXT, -1), |column| type_list::of(&column.data_type));
                    let (relation, number) = (constraint.oid + 1, place + 1);
                    let (not_null, has_default) = (false, false);
                    push_attribute(
                        sink,
                        &Attribute { relation, name, number, type_oid, modifier, not_null, has_default },
                    );
                }
            }
            Class::System(entry) => {
                for (place, column) in entry.columns.iter().filter(|column| !column.is_hidden()).enumerate() {
                    push_attribute(
                        sink,
                        &Attribute {
                            relation: entry.oid,
                            name: column.name,
                            number: place + 1,
                            type_oid: type_list::by_name(&column.type_name).unwrap_or(type_list::TEXT),
                            modifier: -1,
                            not_null: place == 0 && column.name == "oid",
                            has_default: false,
                        },
                    );
                }
            }
        }
    }
}

/// Whether INSERT gives the column no NULL, or its table's primary key says so.
pub(in crate::system_schemas) fn is_not_null(relation: &StoredRelation, column: &str) -> bool {
    let details = &relation.table.details;
    let in_key = |constraint: &Constraint| {
        constraint.kind == ConstraintKind::PrimaryKey
            && constraint.columns.iter().any(|name| name.eq_ignore_ascii_case(column))
    };
    details.not_null.iter().any(|name| name.eq_ignore_ascii_case(column)) || details.constraints.iter().any(in_key)
}

/// The number of a default: none other has it in one snapshot, and it stays as long as table and column do.
fn default_oid(relation: i64, number: usize) -> i64 {
    0x4000_0000 | ((relation << 11) ^ i64::try_from(number).unwrap_or(0)) & 0x3fff_ffff
}

fn defaults(source: &Source, sink: &mut Sink<'_>) {
    for class in source.classes_of(sink.wanted_numbers("adrelid")) {
        let Class::Stored(relation) = class else { continue };
        for (name, text) in &relation.table.details.defaults {
            let place = relation.table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
            let Some(place) = place else { continue };
            row!(sink; default_oid(relation.oid, place + 1), relation.oid, place + 1, text, 1);
        }
    }
}

fn comments(source: &Source, sink: &mut Sink<'_>) {
    for schema in SCHEMAS {
        row!(sink; schema.oid, NAMESPACE_OID, 0, schema.comment, 1);
    }
    for stored in &source.known.objects.databases {
        if let Some(comment) = stored.database.comment.as_ref().filter(|comment| !comment.is_empty()) {
            row!(sink; stored.oid, NAMESPACE_OID, 0, comment, 1);
        }
    }
    for class in source.classes_of(sink.wanted_numbers("objoid")) {
        let Class::Stored(relation) = class else { continue };
        if let Some(comment) = &relation.table.details.comment {
            row!(sink; relation.oid, CLASS_OID, 0, comment, 1);
        }
        for (place, column) in relation.table.columns.iter().enumerate() {
            if let Some(comment) = &column.comment {
                row!(sink; relation.oid, CLASS_OID, place + 1, comment, 1);
            }
        }
    }
    for stored in &source.known.objects.functions {
        if let Some(comment) = &stored.function.definition.comment {
            row!(sink; stored.oid, 1255, 0, comment, 1);
        }
    }
}

fn indexes(source: &Source, sink: &mut Sink<'_>) {
    for relation in source.relations() {
        for constraint in relation.table.details.constraints.iter().filter(|constraint| has_index(constraint)) {
            let keys = column_numbers(&relation.table, &constraint.columns);
            let count = keys.len();
            row!(sink;
                constraint.oid + 1, relation.oid, count, count, true, false,
                constraint.kind == ConstraintKind::PrimaryKey, false, true, false, true, false, true, true, false,
                keys, vec![0_i64; count], vec![0_i64; count], vec![0_i64; count], NULL, NULL, 1,
            );
        }
    }
}

/// The key that a foreign one refers to.
pub(in crate::system_schemas) fn unique_key<'a>(
    relation: &'a StoredRelation,
    columns: &[String],
) -> Option<&'a Constraint> {
    let same = |constraint: &&Constraint| {
        !matches!(constraint.kind, ConstraintKind::ForeignKey { .. })
            && constraint.columns.len() == columns.len()
            && constraint.columns.iter().zip(columns).all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    relation.table.details.constraints.iter().find(same)
}

/// The table that a foreign key refers to, and the places of the columns there.
pub(in crate::system_schemas) fn referred<'a>(
    source: &'a Source,
    kind: &ConstraintKind,
) -> Option<(&'a StoredRelation, Vec<String>)> {
    let ConstraintKind::ForeignKey { database, table, columns } = kind else { return None };
    let relation = source.known.relation_named(database, table)?;
    if !columns.is_empty() {
        return Some((relation, columns.clone()));
    }
    let primary = |constraint: &&Constraint| constraint.kind == ConstraintKind::PrimaryKey;
    let key = relation.table.details.constraints.iter().find(primary);
    Some((relation, key.map(|key| key.columns.clone()).unwrap_or_default()))
}

fn constraints(source: &Source, sink: &mut Sink<'_>) {
    let (of_table, of_name) = (sink.wanted_numbers("conrelid"), sink.wanted_texts("conname"));
    for class in source.classes_of(of_table) {
        let Class::Stored(relation) = class else { continue };
        let namespace = source.namespace(&relation.table.database).unwrap_or(0);
        for constraint in &relation.table.details.constraints {
            if of_name.as_ref().is_some_and(|names| !names.contains(&constraint.name.as_str())) {
                continue;
            }
            let keys = column_numbers(&relation.table, &constraint.columns);
            let (kind, index) = match constraint.kind {
                ConstraintKind::PrimaryKey => ("p", constraint.oid + 1),
                ConstraintKind::Unique => ("u", constraint.oid + 1),
                ConstraintKind::ForeignKey { .. } => ("f", 0),
            };
            let foreign = kind == "f";
            let (target, target_keys, index) = match referred(source, &constraint.kind) {
                Some((target, columns)) => {
                    // That of the key which it refers to.
                    let key = unique_key(target, &columns).map_or(0, |key| key.oid + 1);
                    (target.oid, Cell::from(column_numbers(&target.table, &columns)), key)
                }
                None => (0, NULL, index),
            };
            let action = if foreign { "a" } else { " " };
            // Nobody checks the rows: none is known to be valid.
            row!(sink;
                constraint.oid, &constraint.name, namespace, kind, false, false, false, relation.oid, 0, index, 0, target,
                action, action, if foreign { "s" } else { " " }, true, 0, true, keys, &target_keys, NULL, NULL, NULL,
                NULL, NULL, NULL, 1,
            );
        }
    }
}

fn partitioned_tables(source: &Source, sink: &mut Sink<'_>) {
    for relation in source.relations().filter(|relation| relation_kind(&relation.table) == "p") {
        let (all, count) = (relation.table.columns.len(), relation.table.partition_columns);
        let numbers: Vec<i64> = (all - count + 1..=all).map(|number| i64::try_from(number).unwrap_or(0)).collect();
        let nothing = vec![0_i64; count];
        row!(sink; relation.oid, "l", count, 0, numbers, nothing.clone(), nothing, NULL, 1);
    }
}

fn owner_name<'a>(source: &'a Source, owner: &'a str) -> &'a str {
    if owner.is_empty() { &source.asker.user } else { owner }
}

fn tables(source: &Source, sink: &mut Sink<'_>) {
    for relation in files_of(source) {
        let table = &relation.table;
        let has_indexes = table.details.constraints.iter().any(has_index);
        let owner = owner_name(source, &table.details.owner);
        row!(sink; &table.database, &table.name, owner, NULL, has_indexes, false, false, false);
    }
    for entry in super::super::entries().iter().filter(|entry| !entry.table.is_view) {
        row!(sink; entry.schema.name, entry.table.name, "skep", NULL, false, false, false, false);
    }
}

fn views(source: &Source, sink: &mut Sink<'_>) {
    for relation in source.relations() {
        let table = &relation.table;
        if let Some(view) = &table.details.view {
            row!(sink; &table.database, &table.name, owner_name(source, &table.details.owner), &view.text);
        }
    }
    for entry in super::super::entries().iter().filter(|entry| entry.table.is_view) {
        row!(sink; entry.schema.name, entry.table.name, "skep", NULL);
    }
}

fn index_definitions(source: &Source, sink: &mut Sink<'_>) {
    for relation in source.relations() {
        let table = &relation.table;
        for constraint in table.details.constraints.iter().filter(|constraint| has_index(constraint)) {
            let definition = definitions::index(constraint, table);
            row!(sink; &table.database, &table.name, &constraint.name, NULL, definition);
        }
    }
}

/// Tables that have rows of their own.
fn files_of(source: &Source) -> impl Iterator<Item = &StoredRelation> {
    source.relations().filter(|relation| relation.table.kind != TableKind::View)
}

fn user_table_activity(source: &Source, sink: &mut Sink<'_>) {
    for relation in files_of(source) {
        let table = &relation.table;
        let rows = row_count(relation).unwrap_or(0);
        row!(sink;
            relation.oid, &table.database, &table.name, 0, 0, 0, 0, rows, 0, 0, 0, rows, 0, 0, 0, NULL, NULL, NULL, NULL, 0,
            0, 0, 0,
        );
    }
}
