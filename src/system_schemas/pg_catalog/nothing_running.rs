//! More of what Skep has none of: statistics of a server that keeps its rows in pages, replication, cursors of others.

use crate::system_schemas::table::{SystemTable, nothing};

pub(super) static TABLES: &[SystemTable] = &[
    SystemTable::view("pg_config", "name text, setting text", nothing),
    SystemTable::view(
        "pg_cursors",
        "name text, statement text, is_holdable bool, is_binary bool, is_scrollable bool, creation_time \
         timestamptz",
        nothing,
    ),
    SystemTable::view(
        "pg_prepared_statements",
        "name text, statement text, prepare_time timestamptz, parameter_types oid[], from_sql bool, generic_plans \
         int8, custom_plans int8",
        nothing,
    ),
    SystemTable::table("pg_parameter_acl", 6243, "oid oid, parname text, paracl aclitem[]", nothing),
    SystemTable::table("pg_replication_origin", 6000, "roident oid, roname text", nothing),
    SystemTable::view(
        "pg_replication_slots",
        "slot_name name, plugin name, slot_type text, datoid oid, database name, temporary bool, active bool, \
         active_pid int4, xmin xid, catalog_xmin xid, restart_lsn text, confirmed_flush_lsn text, wal_status \
         text, safe_wal_size int8, two_phase bool",
        nothing,
    ),
    SystemTable::view(
        "pg_seclabels",
        "objoid oid, classoid oid, objsubid int4, objtype text, objnamespace oid, objname text, provider text, \
         label text",
        nothing,
    ),
    SystemTable::view("pg_shmem_allocations", "name text, off int8, size int8, allocated_size int8", nothing),
    SystemTable::view(
        "pg_stat_archiver",
        "archived_count int8, last_archived_wal text, last_archived_time timestamptz, failed_count int8, \
         last_failed_wal text, last_failed_time timestamptz, stats_reset timestamptz",
        nothing,
    ),
    SystemTable::view(
        "pg_stat_bgwriter",
        "checkpoints_timed int8, checkpoints_req int8, checkpoint_write_time float8, checkpoint_sync_time float8, \
         buffers_checkpoint int8, buffers_clean int8, maxwritten_clean int8, buffers_backend int8, \
         buffers_backend_fsync int8, buffers_alloc int8, stats_reset timestamptz",
        nothing,
    ),
    SystemTable::view("pg_stat_gssapi", "pid int4, gss_authenticated bool, principal text, encrypted bool", nothing),
    SystemTable::view(
        "pg_stat_progress_analyze",
        "pid int4, datid oid, datname name, relid oid, phase text, sample_blks_total int8, sample_blks_scanned \
         int8, ext_stats_total int8, ext_stats_computed int8, child_tables_total int8, child_tables_done int8, \
         current_child_table_relid oid",
        nothing,
    ),
    SystemTable::view(
        "pg_stat_progress_copy",
        "pid int4, datid oid, datname name, relid oid, command text, type text, bytes_processed int8, bytes_total \
         int8, tuples_processed int8, tuples_excluded int8",
        nothing,
    ),
    SystemTable::view(
        "pg_stat_progress_create_index",
        "pid int4, datid oid, datname name, relid oid, index_relid oid, command text, phase text, lockers_total \
         int8, lockers_done int8, current_locker_pid int8, blocks_total int8, blocks_done int8, tuples_total \
         int8, tuples_done int8, partitions_total int8, partitions_done int8",
        nothing,
    ),
    SystemTable::view(
        "pg_stat_progress_vacuum",
        "pid int4, datid oid, datname name, relid oid, phase text, heap_blks_total int8, heap_blks_scanned int8, \
         heap_blks_vacuumed int8, index_vacuum_count int8, max_dead_tuples int8, num_dead_tuples int8",
        nothing,
    ),
    SystemTable::view(
        "pg_stat_subscription",
        "subid oid, subname name, pid int4, relid oid, received_lsn text, last_msg_send_time timestamptz, \
         last_msg_receipt_time timestamptz, latest_end_lsn text, latest_end_time timestamptz",
        nothing,
    ),
    SystemTable::view(
        "pg_stat_sys_tables",
        "relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, idx_tup_fetch \
         int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, n_tup_hot_upd int8, n_live_tup int8, n_dead_tup \
         int8, n_mod_since_analyze int8, n_ins_since_vacuum int8, last_vacuum timestamptz, last_autovacuum \
         timestamptz, last_analyze timestamptz, last_autoanalyze timestamptz, vacuum_count int8, autovacuum_count \
         int8, analyze_count int8, autoanalyze_count int8",
        nothing,
    ),
    SystemTable::view(
        "pg_stat_wal",
        "wal_records int8, wal_fpi int8, wal_bytes text, wal_buffers_full int8, wal_write int8, wal_sync int8, \
         wal_write_time float8, wal_sync_time float8, stats_reset timestamptz",
        nothing,
    ),
    SystemTable::view(
        "pg_stat_xact_user_tables",
        "relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, idx_tup_fetch \
         int8, n_tup_ins int8, n_tup_upd int8, n_tup_del int8, n_tup_hot_upd int8",
        nothing,
    ),
    SystemTable::view(
        "pg_statio_all_tables",
        "relid oid, schemaname name, relname name, heap_blks_read int8, heap_blks_hit int8, idx_blks_read int8, \
         idx_blks_hit int8, toast_blks_read int8, toast_blks_hit int8, tidx_blks_read int8, tidx_blks_hit int8",
        nothing,
    ),
    SystemTable::view(
        "pg_statio_all_indexes",
        "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_blks_read int8, \
         idx_blks_hit int8",
        nothing,
    ),
    SystemTable::view(
        "pg_statio_user_indexes",
        "relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_blks_read int8, \
         idx_blks_hit int8",
        nothing,
    ),
    SystemTable::view(
        "pg_statio_user_sequences",
        "relid oid, schemaname name, relname name, blks_read int8, blks_hit int8",
        nothing,
    ),
    SystemTable::table(
        "pg_statistic",
        2619,
        "starelid oid, staattnum int2, stainherit bool, stanullfrac float4, stawidth int4, stadistinct float4, \
         stakind1 int2, stakind2 int2, stakind3 int2, stakind4 int2, stakind5 int2, staop1 oid, staop2 oid, \
         staop3 oid, staop4 oid, staop5 oid, stacoll1 oid, stacoll2 oid, stacoll3 oid, stacoll4 oid, stacoll5 \
         oid, stanumbers1 float4[], stanumbers2 float4[], stanumbers3 float4[], stanumbers4 float4[], stanumbers5 \
         float4[], stavalues1 text, stavalues2 text, stavalues3 text, stavalues4 text, stavalues5 text",
        nothing,
    ),
    SystemTable::table(
        "pg_statistic_ext_data",
        3429,
        "stxoid oid, stxdinherit bool, stxdndistinct text, stxddependencies text, stxdmcv text, stxdexpr text",
        nothing,
    ),
    SystemTable::view(
        "pg_stats_ext",
        "schemaname name, tablename name, statistics_schemaname name, statistics_name name, statistics_owner \
         name, attnames name[], exprs text[], kinds text, inherited bool, n_distinct text, dependencies text, \
         most_common_vals text[], most_common_val_nulls text, most_common_freqs text, most_common_base_freqs text",
        nothing,
    ),
    SystemTable::table(
        "pg_subscription_rel",
        6102,
        "srsubid oid, srrelid oid, srsubstate char, srsublsn text",
        nothing,
    ),
];
