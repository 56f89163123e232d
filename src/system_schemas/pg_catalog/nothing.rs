//! Tables of what Skep has none of, with the columns that tools ask for: no rows, but no errors either.

use crate::system_schemas::table::{SystemTable, nothing};

const fn empty(name: &'static str, oid: i64, columns: &'static str) -> SystemTable {
    SystemTable::table(name, oid, columns, nothing)
}

const fn empty_view(name: &'static str, columns: &'static str) -> SystemTable {
    SystemTable::view(name, columns, nothing)
}

pub(super) static TABLES: &[SystemTable] = &[
    empty(
        "pg_trigger",
        2620,
        "oid oid, tgrelid oid, tgparentid oid, tgname name, tgfoid oid, tgtype int2, tgenabled char, tgisinternal bool, \
         tgconstrrelid oid, tgconstrindid oid, tgconstraint oid, tgdeferrable bool, tginitdeferred bool, tgnargs int2, \
         tgattr int2vector, tgargs text, tgqual pg_node_tree, tgoldtable name, tgnewtable name, xmin xid",
    ),
    empty(
        "pg_event_trigger",
        3466,
        "oid oid, evtname name, evtevent name, evtowner oid, evtfoid oid, evtenabled char, evttags text[], xmin xid",
    ),
    empty(
        "pg_rewrite",
        2618,
        "oid oid, rulename name, ev_class oid, ev_type char, ev_enabled char, is_instead bool, ev_qual pg_node_tree, \
         ev_action pg_node_tree, xmin xid",
    ),
    empty_view("pg_rules", "schemaname name, tablename name, rulename name, definition text"),
    empty(
        "pg_depend",
        2608,
        "classid oid, objid oid, objsubid int4, refclassid oid, refobjid oid, refobjsubid int4, deptype char",
    ),
    empty(
        "pg_shdepend",
        1214,
        "dbid oid, classid oid, objid oid, objsubid int4, refclassid oid, refobjid oid, deptype char",
    ),
    empty(
        "pg_policy",
        3256,
        "oid oid, polname name, polrelid oid, polcmd char, polpermissive bool, polroles oid[], polqual pg_node_tree, \
         polwithcheck pg_node_tree, xmin xid",
    ),
    empty_view(
        "pg_policies",
        "schemaname name, tablename name, policyname name, permissive text, roles name[], cmd text, qual text, with_check text",
    ),
    empty(
        "pg_statistic_ext",
        3381,
        "oid oid, stxrelid oid, stxname name, stxnamespace oid, stxowner oid, stxstattarget int4, stxkeys int2vector, \
         stxkind char[], stxexprs pg_node_tree, xmin xid",
    ),
    empty(
        "pg_publication",
        6104,
        "oid oid, pubname name, pubowner oid, puballtables bool, pubinsert bool, pubupdate bool, pubdelete bool, \
         pubtruncate bool, pubviaroot bool",
    ),
    empty("pg_publication_rel", 6106, "oid oid, prpubid oid, prrelid oid, prqual pg_node_tree, prattrs int2vector"),
    empty("pg_publication_namespace", 6237, "oid oid, pnpubid oid, pnnspid oid"),
    empty_view(
        "pg_publication_tables",
        "pubname name, schemaname name, tablename name, attnames name[], rowfilter text",
    ),
    empty(
        "pg_subscription",
        6100,
        "oid oid, subdbid oid, subskiplsn text, subname name, subowner oid, subenabled bool, subbinary bool, \
         substream bool, subtwophasestate char, subdisableonerr bool, subconninfo text, subslotname name, \
         subsynccommit text, subpublications text[]",
    ),
    empty(
        "pg_foreign_data_wrapper",
        2328,
        "oid oid, fdwname name, fdwowner oid, fdwhandler oid, fdwvalidator oid, fdwacl aclitem[], fdwoptions text[], xmin xid",
    ),
    empty(
        "pg_foreign_server",
        1417,
        "oid oid, srvname name, srvowner oid, srvfdw oid, srvtype text, srvversion text, srvacl aclitem[], srvoptions text[], xmin xid",
    ),
    empty("pg_foreign_table", 3118, "ftrelid oid, ftserver oid, ftoptions text[], xmin xid"),
    empty("pg_user_mapping", 1418, "oid oid, umuser oid, umserver oid, umoptions text[]"),
    empty_view("pg_user_mappings", "umid oid, srvid oid, srvname name, umuser oid, usename name, umoptions text[]"),
    empty(
        "pg_extension",
        3079,
        "oid oid, extname name, extowner oid, extnamespace oid, extrelocatable bool, extversion text, extconfig oid[], \
         extcondition text[], xmin xid",
    ),
    empty_view("pg_available_extensions", "name name, default_version text, installed_version text, comment text"),
    empty_view(
        "pg_available_extension_versions",
        "name name, version text, installed bool, superuser bool, trusted bool, relocatable bool, schema name, requires name[], comment text",
    ),
    empty(
        "pg_sequence",
        2224,
        "seqrelid oid, seqtypid oid, seqstart int8, seqincrement int8, seqmax int8, seqmin int8, seqcache int8, seqcycle bool",
    ),
    empty_view(
        "pg_sequences",
        "schemaname name, sequencename name, sequenceowner name, data_type regtype, start_value int8, min_value int8, \
         max_value int8, increment_by int8, cycle bool, cache_size int8, last_value int8",
    ),
    empty("pg_largeobject_metadata", 2995, "oid oid, lomowner oid, lomacl aclitem[]"),
    empty("pg_largeobject", 2613, "loid oid, pageno int4, data text"),
    empty(
        "pg_default_acl",
        826,
        "oid oid, defaclrole oid, defaclnamespace oid, defaclobjtype char, defaclacl aclitem[]",
    ),
    empty("pg_init_privs", 3394, "objoid oid, classoid oid, objsubid int4, privtype char, initprivs aclitem[]"),
    empty("pg_seclabel", 3596, "objoid oid, classoid oid, objsubid int4, provider text, label text"),
    empty("pg_shseclabel", 3592, "objoid oid, classoid oid, provider text, label text"),
    empty("pg_db_role_setting", 2964, "setdatabase oid, setrole oid, setconfig text[]"),
    empty("pg_ts_config", 3602, "oid oid, cfgname name, cfgnamespace oid, cfgowner oid, cfgparser oid"),
    empty("pg_ts_config_map", 3603, "mapcfg oid, maptokentype int4, mapseqno int4, mapdict oid"),
    empty(
        "pg_ts_dict",
        3600,
        "oid oid, dictname name, dictnamespace oid, dictowner oid, dicttemplate oid, dictinitoption text",
    ),
    empty(
        "pg_ts_parser",
        3601,
        "oid oid, prsname name, prsnamespace oid, prsstart regproc, prstoken regproc, prsend regproc, prsheadline regproc, prslextype regproc",
    ),
    empty("pg_ts_template", 3764, "oid oid, tmplname name, tmplnamespace oid, tmplinit regproc, tmpllexize regproc"),
    empty("pg_transform", 3576, "oid oid, trftype oid, trflang oid, trffromsql regproc, trftosql regproc"),
    empty_view(
        "pg_locks",
        "locktype text, database oid, relation oid, page int4, tuple int2, virtualxid text, transactionid xid, classid oid, \
         objid oid, objsubid int2, virtualtransaction text, pid int4, mode text, granted bool, fastpath bool, \
         waitstart timestamptz",
    ),
    empty_view("pg_prepared_xacts", "transaction xid, gid text, prepared timestamptz, owner name, database name"),
    empty_view(
        "pg_file_settings",
        "sourcefile text, sourceline int4, seqno int4, name text, setting text, applied bool, error text",
    ),
    empty_view(
        "pg_hba_file_rules",
        "line_number int4, type text, database text[], user_name text[], address text, netmask text, auth_method text, options text[], error text",
    ),
    empty_view(
        "pg_stat_replication",
        "pid int4, usesysid oid, usename name, application_name text, client_addr inet, client_hostname text, \
         client_port int4, backend_start timestamptz, backend_xmin xid, state text, sent_lsn text, write_lsn text, \
         flush_lsn text, replay_lsn text, write_lag interval, flush_lag interval, replay_lag interval, sync_priority int4, \
         sync_state text, reply_time timestamptz",
    ),
    empty_view(
        "pg_stat_user_indexes",
        "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_scan int8, idx_tup_read int8, idx_tup_fetch int8",
    ),
    empty_view(
        "pg_stat_all_indexes",
        "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_scan int8, idx_tup_read int8, idx_tup_fetch int8",
    ),
    empty_view(
        "pg_stat_user_functions",
        "funcid oid, schemaname name, funcname name, calls int8, total_time float8, self_time float8",
    ),
];
