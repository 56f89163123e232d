//! PostgreSQL's types as its catalogue lists them, with the numbers that drivers know them by, and what Skep's types are
//! among them.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::types::{DataType, ObjectKind};

/// A type of PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub struct PostgresType {
    pub oid: i64,
    pub name: &'static str,
    /// Of arrays of it; 0: there are none.
    pub array: i64,
    /// Bytes of a value; -1: it varies.
    pub length: i64,
    pub category: &'static str,
    pub is_preferred: bool,
    /// What the names of the functions that read and write it begin with.
    pub io: &'static str,
    /// The name in declarations.
    pub shown: &'static str,
}

const fn listed(
    oid: i64,
    name: &'static str,
    array: i64,
    length: i64,
    category: &'static str,
    io: &'static str,
    shown: &'static str,
) -> PostgresType {
    PostgresType { oid, name, array, length, category, is_preferred: false, io, shown }
}

const fn preferred(of: PostgresType) -> PostgresType {
    PostgresType { is_preferred: true, ..of }
}

pub const JSON: i64 = 114;
pub const TEXT: i64 = 25;
const PSEUDO: &str = "P";

/// By number. Arrays are not among them.
pub static TYPES: &[PostgresType] = &[
    preferred(listed(16, "bool", 1000, 1, "B", "bool", "boolean")),
    listed(17, "bytea", 1001, -1, "U", "bytea", "bytea"),
    listed(18, "char", 1002, 1, "Z", "char", "\"char\""),
    listed(19, "name", 1003, 64, "S", "name", "name"),
    listed(20, "int8", 1016, 8, "N", "int8", "bigint"),
    listed(21, "int2", 1005, 2, "N", "int2", "smallint"),
    listed(22, "int2vector", 1006, -1, "A", "int2vector", "int2vector"),
    listed(23, "int4", 1007, 4, "N", "int4", "integer"),
    listed(24, "regproc", 1008, 4, "N", "regproc", "regproc"),
    preferred(listed(25, "text", 1009, -1, "S", "text", "text")),
    preferred(listed(26, "oid", 1028, 4, "N", "oid", "oid")),
    listed(27, "tid", 1010, 6, "U", "tid", "tid"),
    listed(28, "xid", 1011, 4, "U", "xid", "xid"),
    listed(29, "cid", 1012, 4, "U", "cid", "cid"),
    listed(30, "oidvector", 1013, -1, "A", "oidvector", "oidvector"),
    listed(114, "json", 199, -1, "U", "json_", "json"),
    listed(142, "xml", 143, -1, "U", "xml_", "xml"),
    listed(194, "pg_node_tree", 0, -1, "Z", "pg_node_tree_", "pg_node_tree"),
    listed(650, "cidr", 651, -1, "I", "cidr_", "cidr"),
    listed(700, "float4", 1021, 4, "N", "float4", "real"),
    preferred(listed(701, "float8", 1022, 8, "N", "float8", "double precision")),
    listed(705, "unknown", 0, -2, "X", "unknown", "unknown"),
    preferred(listed(869, "inet", 1041, -1, "I", "inet_", "inet")),
    listed(1033, "aclitem", 1034, 12, "U", "aclitem", "aclitem"),
    listed(1042, "bpchar", 1014, -1, "S", "bpchar", "character"),
    listed(1043, "varchar", 1015, -1, "S", "varchar", "character varying"),
    listed(1082, "date", 1182, 4, "D", "date_", "date"),
    listed(1083, "time", 1183, 8, "D", "time_", "time without time zone"),
    listed(1114, "timestamp", 1115, 8, "D", "timestamp_", "timestamp without time zone"),
    preferred(listed(1184, "timestamptz", 1185, 8, "D", "timestamptz_", "timestamp with time zone")),
    preferred(listed(1186, "interval", 1187, 16, "T", "interval_", "interval")),
    listed(1266, "timetz", 1270, 12, "D", "timetz_", "time with time zone"),
    listed(1560, "bit", 1561, -1, "V", "bit_", "bit"),
    preferred(listed(1562, "varbit", 1563, -1, "V", "varbit_", "bit varying")),
    listed(1700, "numeric", 1231, -1, "N", "numeric_", "numeric"),
    listed(2202, "regprocedure", 2207, 4, "N", "regprocedure", "regprocedure"),
    listed(2203, "regoper", 2208, 4, "N", "regoper", "regoper"),
    listed(2204, "regoperator", 2209, 4, "N", "regoperator", "regoperator"),
    listed(2205, "regclass", 2210, 4, "N", "regclass", "regclass"),
    listed(2206, "regtype", 2211, 4, "N", "regtype", "regtype"),
    listed(2249, "record", 2287, -1, PSEUDO, "record_", "record"),
    listed(2275, "cstring", 1263, -2, PSEUDO, "cstring_", "cstring"),
    listed(2276, "any", 0, 4, PSEUDO, "any_", "\"any\""),
    listed(2277, "anyarray", 0, -1, PSEUDO, "anyarray_", "anyarray"),
    listed(2278, "void", 0, 4, PSEUDO, "void_", "void"),
    listed(2279, "trigger", 0, 4, PSEUDO, "trigger_", "trigger"),
    listed(2283, "anyelement", 0, 4, PSEUDO, "anyelement_", "anyelement"),
    listed(2776, "anynonarray", 0, 4, PSEUDO, "anynonarray_", "anynonarray"),
    listed(2950, "uuid", 2951, 16, "U", "uuid_", "uuid"),
    listed(3802, "jsonb", 3807, -1, "U", "jsonb_", "jsonb"),
    listed(4089, "regnamespace", 4090, 4, "N", "regnamespace", "regnamespace"),
    listed(4096, "regrole", 4097, 4, "N", "regrole", "regrole"),
    listed(5069, "xid8", 271, 8, "U", "xid8", "xid8"),
];

/// Functions that read and write values, with PostgreSQL's numbers.
pub static IO_FUNCTIONS: &[(i64, &str)] = &[
    (1242, "boolin"),
    (1243, "boolout"),
    (2436, "boolrecv"),
    (2437, "boolsend"),
    (1244, "byteain"),
    (31, "byteaout"),
    (2412, "bytearecv"),
    (2413, "byteasend"),
    (1245, "charin"),
    (33, "charout"),
    (2434, "charrecv"),
    (2435, "charsend"),
    (34, "namein"),
    (35, "nameout"),
    (2422, "namerecv"),
    (2423, "namesend"),
    (460, "int8in"),
    (461, "int8out"),
    (2408, "int8recv"),
    (2409, "int8send"),
    (38, "int2in"),
    (39, "int2out"),
    (2404, "int2recv"),
    (2405, "int2send"),
    (40, "int2vectorin"),
    (41, "int2vectorout"),
    (2410, "int2vectorrecv"),
    (2411, "int2vectorsend"),
    (42, "int4in"),
    (43, "int4out"),
    (2406, "int4recv"),
    (2407, "int4send"),
    (44, "regprocin"),
    (45, "regprocout"),
    (2444, "regprocrecv"),
    (2445, "regprocsend"),
    (46, "textin"),
    (47, "textout"),
    (2414, "textrecv"),
    (2415, "textsend"),
    (1798, "oidin"),
    (1799, "oidout"),
    (2418, "oidrecv"),
    (2419, "oidsend"),
    (48, "tidin"),
    (49, "tidout"),
    (2438, "tidrecv"),
    (2439, "tidsend"),
    (50, "xidin"),
    (51, "xidout"),
    (2440, "xidrecv"),
    (2441, "xidsend"),
    (52, "cidin"),
    (53, "cidout"),
    (2442, "cidrecv"),
    (2443, "cidsend"),
    (54, "oidvectorin"),
    (55, "oidvectorout"),
    (2420, "oidvectorrecv"),
    (2421, "oidvectorsend"),
    (321, "json_in"),
    (322, "json_out"),
    (323, "json_recv"),
    (324, "json_send"),
    (2893, "xml_in"),
    (2894, "xml_out"),
    (2898, "xml_recv"),
    (2899, "xml_send"),
    (195, "pg_node_tree_in"),
    (196, "pg_node_tree_out"),
    (197, "pg_node_tree_recv"),
    (198, "pg_node_tree_send"),
    (1267, "cidr_in"),
    (1427, "cidr_out"),
    (2498, "cidr_recv"),
    (2499, "cidr_send"),
    (200, "float4in"),
    (201, "float4out"),
    (2424, "float4recv"),
    (2425, "float4send"),
    (214, "float8in"),
    (215, "float8out"),
    (2426, "float8recv"),
    (2427, "float8send"),
    (109, "unknownin"),
    (110, "unknownout"),
    (2416, "unknownrecv"),
    (2417, "unknownsend"),
    (910, "inet_in"),
    (911, "inet_out"),
    (2496, "inet_recv"),
    (2497, "inet_send"),
    (1031, "aclitemin"),
    (1032, "aclitemout"),
    (1044, "bpcharin"),
    (1045, "bpcharout"),
    (2430, "bpcharrecv"),
    (2431, "bpcharsend"),
    (1046, "varcharin"),
    (1047, "varcharout"),
    (2432, "varcharrecv"),
    (2433, "varcharsend"),
    (1084, "date_in"),
    (1085, "date_out"),
    (2468, "date_recv"),
    (2469, "date_send"),
    (1143, "time_in"),
    (1144, "time_out"),
    (2470, "time_recv"),
    (2471, "time_send"),
    (1312, "timestamp_in"),
    (1313, "timestamp_out"),
    (2474, "timestamp_recv"),
    (2475, "timestamp_send"),
    (1150, "timestamptz_in"),
    (1151, "timestamptz_out"),
    (2476, "timestamptz_recv"),
    (2477, "timestamptz_send"),
    (1160, "interval_in"),
    (1161, "interval_out"),
    (2478, "interval_recv"),
    (2479, "interval_send"),
    (1350, "timetz_in"),
    (1351, "timetz_out"),
    (2472, "timetz_recv"),
    (2473, "timetz_send"),
    (1564, "bit_in"),
    (1565, "bit_out"),
    (2456, "bit_recv"),
    (2457, "bit_send"),
    (1579, "varbit_in"),
    (1580, "varbit_out"),
    (2458, "varbit_recv"),
    (2459, "varbit_send"),
    (1701, "numeric_in"),
    (1702, "numeric_out"),
    (2460, "numeric_recv"),
    (2461, "numeric_send"),
    (2212, "regprocedurein"),
    (2213, "regprocedureout"),
    (2446, "regprocedurerecv"),
    (2447, "regproceduresend"),
    (2214, "regoperin"),
    (2215, "regoperout"),
    (2448, "regoperrecv"),
    (2449, "regopersend"),
    (2216, "regoperatorin"),
    (2217, "regoperatorout"),
    (2450, "regoperatorrecv"),
    (2451, "regoperatorsend"),
    (2218, "regclassin"),
    (2219, "regclassout"),
    (2452, "regclassrecv"),
    (2453, "regclasssend"),
    (2220, "regtypein"),
    (2221, "regtypeout"),
    (2454, "regtyperecv"),
    (2455, "regtypesend"),
    (2290, "record_in"),
    (2291, "record_out"),
    (2402, "record_recv"),
    (2403, "record_send"),
    (2292, "cstring_in"),
    (2293, "cstring_out"),
    (2500, "cstring_recv"),
    (2501, "cstring_send"),
    (2294, "any_in"),
    (2295, "any_out"),
    (2296, "anyarray_in"),
    (2297, "anyarray_out"),
    (2502, "anyarray_recv"),
    (2503, "anyarray_send"),
    (2298, "void_in"),
    (2299, "void_out"),
    (3120, "void_recv"),
    (3121, "void_send"),
    (2300, "trigger_in"),
    (2301, "trigger_out"),
    (2312, "anyelement_in"),
    (2313, "anyelement_out"),
    (2777, "anynonarray_in"),
    (2778, "anynonarray_out"),
    (2952, "uuid_in"),
    (2953, "uuid_out"),
    (2961, "uuid_recv"),
    (2962, "uuid_send"),
    (3806, "jsonb_in"),
    (3804, "jsonb_out"),
    (3805, "jsonb_recv"),
    (3803, "jsonb_send"),
    (4084, "regnamespacein"),
    (4085, "regnamespaceout"),
    (4087, "regnamespacerecv"),
    (4088, "regnamespacesend"),
    (4098, "regrolein"),
    (4092, "regroleout"),
    (4094, "regrolerecv"),
    (4095, "regrolesend"),
    (5070, "xid8in"),
    (5081, "xid8out"),
    (5082, "xid8recv"),
    (5083, "xid8send"),
    (750, "array_in"),
    (751, "array_out"),
    (2400, "array_recv"),
    (2401, "array_send"),
    (6179, "array_subscript_handler"),
];

static BY_OID: LazyLock<HashMap<i64, (&'static PostgresType, bool)>> = LazyLock::new(|| {
    let single = TYPES.iter().map(|listed| (listed.oid, (listed, false)));
    let arrays = TYPES.iter().filter(|listed| listed.array != 0).map(|listed| (listed.array, (listed, true)));
    single.chain(arrays).collect()
});

static IO_BY_NAME: LazyLock<HashMap<&'static str, i64>> =
    LazyLock::new(|| IO_FUNCTIONS.iter().map(|(oid, name)| (*name, *oid)).collect());

/// The type of that number, and whether the number is that of its arrays.
pub fn by_oid(oid: i64) -> Option<(&'static PostgresType, bool)> {
    BY_OID.get(&oid).copied()
}

/// The number of a function that reads or writes values; 0: there is none.
pub fn io_function(name: &str) -> i64 {
    IO_BY_NAME.get(name).copied().unwrap_or(0)
}

/// The number of the type of that name: as `pg_type` or as declarations have it.
pub fn by_name(name: &str) -> Option<i64> {
    let name = name.trim();
    if let Some(element) = name.strip_suffix("[]") {
        return TYPES.iter().find(|listed| is_called(listed, element.trim())).map(|listed| listed.array);
    }
    if let Some(element) = name.strip_prefix('_')
        && let Some(listed) = TYPES.iter().find(|listed| listed.name == element && listed.array != 0)
    {
        return Some(listed.array);
    }
    TYPES.iter().find(|listed| is_called(listed, name)).map(|listed| listed.oid)
}

fn is_called(listed: &PostgresType, name: &str) -> bool {
    // Without a length.
    let name = name.split('(').next().unwrap_or(name).trim_end();
    let bare = match name.to_ascii_lowercase().as_str() {
        "char" => "bpchar".to_owned(),
        "int" => "int4".to_owned(),
        "decimal" => "numeric".to_owned(),
        "float" => "float8".to_owned(),
        "\"char\"" => return listed.name == "char",
        other => other.to_owned(),
    };
    listed.name == bare || listed.shown == bare
}

/// The number of the type that stands for a type of Skep's, and its modifier.
pub fn of(data_type: &DataType) -> (i64, i64) {
    match data_type {
        DataType::Boolean => (16, -1),
        DataType::Byte | DataType::Short => (21, -1),
        DataType::Int => (23, -1),
        DataType::Long => (20, -1),
        DataType::Float => (700, -1),
        DataType::Double => (701, -1),
        DataType::Decimal { precision, scale } => (1700, (i64::from(*precision) << 16 | i64::from(*scale)) + 4),
        DataType::Char(length) => (1042, i64::from(*length) + 4),
        DataType::Varchar(length) => (1043, i64::from(*length) + 4),
        DataType::Binary => (17, -1),
        DataType::Date => (1082, -1),
        DataType::Time(_) => (1083, -1),
        DataType::Timestamp => (1184, -1),
        DataType::TimestampNtz => (1114, -1),
        DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) | DataType::CalendarInterval => (1186, -1),
        DataType::String | DataType::Collated(_) | DataType::Null => (TEXT, -1),
        DataType::Object(kind) => (
            match kind {
                ObjectKind::Any => 26,
                ObjectKind::Class => 2205,
                ObjectKind::Type => 2206,
                ObjectKind::Procedure => 24,
                ObjectKind::Namespace => 4089,
                ObjectKind::Role => 4096,
            },
            -1,
        ),
        DataType::Spatial(_) => (17, -1),
        DataType::Array { element, .. } => match by_oid(of(element).0) {
            Some((listed, false)) if listed.oid != JSON && listed.array != 0 => (listed.array, of(element).1),
            _ => (JSON, -1),
        },
        DataType::Variant | DataType::Map { .. } | DataType::Struct(_) => (JSON, -1),
    }
}

/// As `format_type` shows it: `numeric(10,2)`, `character varying(20)[]`.
pub fn shown(oid: i64, modifier: i64) -> Option<String> {
    let (listed, is_array) = by_oid(oid)?;
    let mut text = match listed.oid {
        1700 if modifier >= 4 => {
            let digits = modifier - 4;
            format!("numeric({},{})", digits >> 16, digits & 0xffff)
        }
        1042 | 1043 if modifier >= 4 => format!("{}({})", listed.shown, modifier - 4),
        1042 if modifier == -1 => "bpchar".to_owned(),
        _ => listed.shown.to_owned(),
    };
    if is_array {
        text.push_str("[]");
    }
    Some(text)
}
