//! Types and what hangs on them: casts, operators, collations, access methods.

use crate::system_schemas::cells::{Cell, NULL, Sink, row};
use crate::system_schemas::source::Source;
use crate::system_schemas::table::{SystemTable, nothing};

use super::type_list::{PostgresType, TYPES, io_function};

pub(super) static TABLES: &[SystemTable] = &[
    SystemTable::table(
        "pg_type",
        1247,
        "oid oid, typname name, typnamespace oid, typowner oid, typlen int2, typbyval bool, typtype char, \
         typcategory char, typispreferred bool, typisdefined bool, typdelim char, typrelid oid, typsubscript regproc, \
         typelem oid, typarray oid, typinput regproc, typoutput regproc, typreceive regproc, typsend regproc, \
         typmodin regproc, typmodout regproc, typanalyze regproc, typalign char, typstorage char, typnotnull bool, \
         typbasetype oid, typtypmod int4, typndims int4, typcollation oid, typdefaultbin pg_node_tree, typdefault text, \
         typacl aclitem[], xmin xid",
        types,
    ),
    SystemTable::table(
        "pg_range",
        3541,
        "rngtypid oid, rngsubtype oid, rngmultitypid oid, rngcollation oid, rngsubopc oid, rngcanonical regproc, \
         rngsubdiff regproc",
        nothing,
    ),
    SystemTable::table("pg_enum", 3501, "oid oid, enumtypid oid, enumsortorder float4, enumlabel name", nothing),
    SystemTable::table(
        "pg_collation",
        3456,
        "oid oid, collname name, collnamespace oid, collowner oid, collprovider char, collisdeterministic bool, \
         collencoding int4, collcollate text, collctype text, colliculocale text, collversion text, xmin xid",
        collations,
    ),
    SystemTable::table(
        "pg_cast",
        2605,
        "oid oid, castsource oid, casttarget oid, castfunc oid, castcontext char, castmethod char, xmin xid",
        casts,
    ),
    SystemTable::table(
        "pg_operator",
        2617,
        "oid oid, oprname name, oprnamespace oid, oprowner oid, oprkind char, oprcanmerge bool, oprcanhash bool, \
         oprleft oid, oprright oid, oprresult oid, oprcom oid, oprnegate oid, oprcode regproc, oprrest regproc, \
         oprjoin regproc, xmin xid",
        operators,
    ),
    SystemTable::table("pg_am", 2601, "oid oid, amname name, amhandler regproc, amtype char, xmin xid", |_, sink| {
        row!(sink; 2, "heap", 0, "t", 1);
        row!(sink; 403, "btree", 0, "i", 1);
    }),
    SystemTable::table(
        "pg_opclass",
        2616,
        "oid oid, opcmethod oid, opcname name, opcnamespace oid, opcowner oid, opcfamily oid, opcintype oid, \
         opcdefault bool, opckeytype oid",
        nothing,
    ),
    SystemTable::table(
        "pg_opfamily",
        2753,
        "oid oid, opfmethod oid, opfname name, opfnamespace oid, opfowner oid",
        nothing,
    ),
    SystemTable::table(
        "pg_amop",
        2602,
        "oid oid, amopfamily oid, amoplefttype oid, amoprighttype oid, amopstrategy int2, amoppurpose char, amopopr oid, \
         amopmethod oid, amopsortfamily oid",
        nothing,
    ),
    SystemTable::table(
        "pg_amproc",
        2603,
        "oid oid, amprocfamily oid, amproclefttype oid, amprocrighttype oid, amprocnum int2, amproc regproc",
        nothing,
    ),
    SystemTable::table(
        "pg_conversion",
        2607,
        "oid oid, conname name, connamespace oid, conowner oid, conforencoding int4, contoencoding int4, \
         conproc regproc, condefault bool",
        nothing,
    ),
];

const PG_CATALOG_OID: i64 = 11;
const OWNER: i64 = 10;
const DEFAULT_COLLATION: i64 = 100;

fn types(_: &Source, sink: &mut Sink<'_>) {
    for listed in TYPES {
        push_type(sink, listed, false);
        if listed.array != 0 {
            push_type(sink, listed, true);
        }
    }
}

fn push_type(sink: &mut Sink<'_>, listed: &PostgresType, is_array: bool) {
    let pseudo = listed.category == "P";
    let collation = if listed.category == "S" { DEFAULT_COLLATION } else { 0 };
    if is_array {
        let name = format!("_{}", listed.name);
        row!(sink;
            listed.array, name, PG_CATALOG_OID, OWNER, -1, false, if pseudo { "p" } else { "b" },
            if pseudo { "P" } else { "A" }, false, true, ",", 0, io_function("array_subscript_handler"), listed.oid, 0,
            io_function("array_in"), io_function("array_out"), io_function("array_recv"), io_function("array_send"), 0, 0,
            0, if listed.length == 8 { "d" } else { "i" }, "x", false, 0, -1, 0, collation, NULL, NULL, NULL, 1,
        );
        return;
    }
    let io = |what: &str| io_function(&format!("{}{what}", listed.io));
    let by_value = matches!(listed.length, 1 | 2 | 4 | 8);
    let align = match listed.length {
        1 | -2 => "c",
        2 => "s",
        8 => "d",
        _ => "i",
    };
    let element = match listed.name {
        "int2vector" => 21,
        "oidvector" => 26,
        "name" => 18,
        _ => 0,
    };
    row!(sink;
        listed.oid, listed.name, PG_CATALOG_OID, OWNER, listed.length, by_value, if pseudo { "p" } else { "b" },
        listed.category, listed.is_preferred, true, ",", 0, 0, element, listed.array, io("in"), io("out"), io("recv"),
        io("send"), 0, 0, 0, align, if listed.length == -1 { "x" } else { "p" }, false, 0, -1, 0, collation, NULL, NULL,
        NULL, 1,
    );
}

fn collations(_: &Source, sink: &mut Sink<'_>) {
    let listed = [(DEFAULT_COLLATION, "default", "d", -1), (950, "C", "c", -1), (951, "POSIX", "c", -1)];
    for (oid, name, provider, encoding) in listed {
        let locale = match name {
            "default" => NULL,
            name => Cell::from(name),
        };
        row!(sink; oid, name, PG_CATALOG_OID, OWNER, provider, true, encoding, &locale, &locale, NULL, NULL, 1);
    }
}

/// Casts among numbers and among texts: source, target, context.
const CASTS: &[(i64, i64, &str)] = &[
    (20, 21, "a"),
    (20, 23, "a"),
    (20, 700, "i"),
    (20, 701, "i"),
    (20, 1700, "i"),
    (21, 20, "i"),
    (21, 23, "i"),
    (21, 700, "i"),
    (21, 701, "i"),
    (21, 1700, "i"),
    (23, 20, "i"),
    (23, 21, "a"),
    (23, 700, "i"),
    (23, 701, "i"),
    (23, 1700, "i"),
    (23, 16, "e"),
    (16, 23, "e"),
    (700, 20, "a"),
    (700, 21, "a"),
    (700, 23, "a"),
    (700, 701, "i"),
    (700, 1700, "a"),
    (701, 20, "a"),
    (701, 21, "a"),
    (701, 23, "a"),
    (701, 700, "a"),
    (701, 1700, "a"),
    (1700, 20, "a"),
    (1700, 21, "a"),
    (1700, 23, "a"),
    (1700, 700, "i"),
    (1700, 701, "i"),
    (20, 26, "i"),
    (23, 26, "i"),
    (26, 20, "a"),
    (26, 23, "a"),
    (25, 1043, "i"),
    (1043, 25, "i"),
    (25, 1042, "i"),
    (1042, 25, "i"),
    (25, 2205, "i"),
    (1043, 2205, "i"),
    (1082, 1114, "i"),
    (1082, 1184, "i"),
    (1114, 1082, "a"),
    (1114, 1184, "i"),
    (1184, 1082, "a"),
    (1184, 1114, "a"),
    (1184, 1083, "a"),
    (1114, 1083, "a"),
];

fn casts(_: &Source, sink: &mut Sink<'_>) {
    for (place, (from, to, context)) in CASTS.iter().enumerate() {
        row!(sink; 10_035 + place as i64, *from, *to, 0, *context, "b", 1);
    }
}

/// Comparisons: number, sign, operand, its mirror, its opposite.
const OPERATORS: &[(i64, &str, i64, i64, i64)] = &[
    (96, "=", 23, 96, 518),
    (518, "<>", 23, 518, 96),
    (97, "<", 23, 521, 525),
    (521, ">", 23, 97, 523),
    (523, "<=", 23, 525, 521),
    (525, ">=", 23, 523, 97),
    (410, "=", 20, 410, 411),
    (411, "<>", 20, 411, 410),
    (412, "<", 20, 413, 415),
    (413, ">", 20, 412, 414),
    (98, "=", 25, 98, 531),
    (531, "<>", 25, 531, 98),
    (664, "<", 25, 666, 667),
    (666, ">", 25, 664, 665),
    (1209, "~~", 25, 0, 1210),
    (1210, "!~~", 25, 0, 1209),
    (641, "~", 25, 0, 642),
    (642, "!~", 25, 0, 641),
    (670, "=", 701, 670, 671),
    (1752, "=", 1700, 1752, 1753),
    (1093, "=", 1082, 1093, 1094),
    (2060, "=", 1114, 2060, 2061),
    (1320, "=", 1184, 1320, 1321),
    (607, "=", 26, 607, 608),
];

fn operators(_: &Source, sink: &mut Sink<'_>) {
    for (oid, sign, operand, mirror, opposite) in OPERATORS {
        let hashes = *sign == "=";
        row!(sink;
            *oid, *sign, PG_CATALOG_OID, OWNER, "b", hashes, hashes, *operand, *operand, 16, *mirror, *opposite, 0, 0, 0, 1,
        );
    }
}
