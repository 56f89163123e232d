//! Functions: those of the table of functions, those that users made, and those that read and write values of types.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::catalog::FunctionResult;
use crate::functions::{self, Body};
use crate::system_schemas::cells::{Cell, NULL, Sink, row};
use crate::system_schemas::source::Source;
use crate::system_schemas::table::{SystemTable, nothing};

use super::type_list::{self, IO_FUNCTIONS};

pub(super) static TABLES: &[SystemTable] = &[
    SystemTable::table(
        "pg_proc",
        1255,
        "oid oid, proname name, pronamespace oid, proowner oid, prolang oid, procost float4, prorows float4, \
         provariadic oid, prosupport regproc, prokind char, prosecdef bool, proleakproof bool, proisstrict bool, \
         proretset bool, provolatile char, proparallel char, pronargs int2, pronargdefaults int2, prorettype oid, \
         proargtypes oidvector, proallargtypes oid[], proargmodes char[], proargnames text[], proargdefaults pg_node_tree, \
         protrftypes oid[], prosrc text, probin text, prosqlbody pg_node_tree, proconfig text[], proacl aclitem[], xmin xid",
        procedures,
    ),
    SystemTable::table(
        "pg_language",
        2612,
        "oid oid, lanname name, lanowner oid, lanispl bool, lanpltrusted bool, lanplcallfoid oid, laninline oid, \
         lanvalidator oid, lanacl aclitem[], xmin xid",
        |_, sink| {
            row!(sink; INTERNAL, "internal", 10, false, false, 0, 0, 0, NULL, 1);
            row!(sink; SQL, "sql", 10, false, true, 0, 0, 0, NULL, 1);
        },
    ),
    SystemTable::table(
        "pg_aggregate",
        2600,
        "aggfnoid regproc, aggkind char, aggnumdirectargs int2, aggtransfn regproc, aggfinalfn regproc, \
         aggcombinefn regproc, aggserialfn regproc, aggdeserialfn regproc, aggmtransfn regproc, aggminvtransfn regproc, \
         aggmfinalfn regproc, aggfinalextra bool, aggmfinalextra bool, aggfinalmodify char, aggmfinalmodify char, \
         aggsortop oid, aggtranstype oid, aggtransspace int4, aggmtranstype oid, aggmtransspace int4, agginitval text, \
         aggminitval text, xmin xid",
        nothing,
    ),
];

const INTERNAL: i64 = 12;
const SQL: i64 = 14;
const ANY: i64 = 2276;
/// Built-in functions that are not PostgreSQL's have numbers from here, by their places.
const FIRST_BUILTIN: i64 = 10_100;

/// A built-in function with its number.
#[derive(Debug)]
pub struct FunctionEntry {
    pub oid: i64,
    pub name: &'static str,
    kind: &'static str,
    returns_set: bool,
}

static BUILTIN: LazyLock<Vec<FunctionEntry>> = LazyLock::new(|| {
    let listed = functions::all().flat_map(|function| function.names().map(move |name| (name, &function.body)));
    listed
        .filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        .enumerate()
        .map(|(place, (name, body))| FunctionEntry {
            oid: FIRST_BUILTIN + i64::try_from(place).unwrap_or(0),
            name,
            kind: match body {
                Body::Aggregate(_) => "a",
                Body::Window(_) => "w",
                Body::Kernel(_)
                | Body::Scalar(_)
                | Body::Generator(_)
                | Body::TableGenerator(_)
                | Body::Table(_)
                | Body::Binder => "f",
            },
            returns_set: matches!(body, Body::Generator(_) | Body::TableGenerator(_) | Body::Table(_)),
        })
        .collect()
});

static BY_OID: LazyLock<HashMap<i64, &'static str>> = LazyLock::new(|| {
    let io = IO_FUNCTIONS.iter().map(|(oid, name)| (*oid, *name));
    io.chain(BUILTIN.iter().map(|entry| (entry.oid, entry.name))).collect()
});

/// The built-in functions.
pub fn functions() -> &'static [FunctionEntry] {
    &BUILTIN
}

/// The name of a built-in function.
pub(in crate::system_schemas) fn name_of(oid: i64) -> Option<&'static str> {
    BY_OID.get(&oid).copied()
}

/// The number of a function that is not a user's.
pub(in crate::system_schemas) fn oid_of(name: &str) -> Option<i64> {
    match type_list::io_function(name) {
        0 => BUILTIN.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).map(|entry| entry.oid),
        oid => Some(oid),
    }
}

fn procedures(source: &Source, sink: &mut Sink<'_>) {
    for (oid, name) in IO_FUNCTIONS {
        row!(sink;
            *oid, *name, 11, 10, INTERNAL, 1.0, 0.0, 0, 0, "f", false, false, true, false, "i", "s", 1, 0, ANY, vec![ANY],
            NULL, NULL, NULL, NULL, NULL, *name, NULL, NULL, NULL, NULL, 1,
        );
    }
    for entry in functions() {
        row!(sink;
            entry.oid, entry.name, 11, 10, INTERNAL, 1.0, 0.0, ANY, 0, entry.kind, false, false, false, entry.returns_set,
            "i", "s", 1, 0, ANY, vec![ANY], NULL, NULL, NULL, NULL, NULL, entry.name, NULL, NULL, NULL, NULL, 1,
        );
    }
    for stored in &source.known.objects.functions {
        let function = &stored.function;
        let definition = &function.definition;
        let types = |data_type| type_list::of(data_type).0;
        let mut all: Vec<i64> = definition.parameters.iter().map(|parameter| types(&parameter.data_type)).collect();
        let taken = all.clone();
        let mut names: Vec<String> = definition.parameters.iter().map(|parameter| parameter.name.clone()).collect();
        let mut modes = vec!["i".to_owned(); names.len()];
        let (returned, set) = match &definition.returns {
            FunctionResult::Value(data_type) => (types(data_type), false),
            FunctionResult::Table(columns) => {
                all.extend(columns.iter().map(|column| types(&column.data_type)));
                names.extend(columns.iter().map(|column| column.name.clone()));
                modes.extend(columns.iter().map(|_| "t".to_owned()));
                (2249, true)
            }
        };
        let defaults = definition.parameters.iter().filter(|parameter| parameter.default.is_some()).count();
        let (all, modes) = if set { (Cell::from(all), Cell::from(modes)) } else { (NULL, NULL) };
        let names = if names.is_empty() { NULL } else { Cell::from(names) };
        row!(sink;
            stored.oid, &function.name, source.namespace(&function.database), source.owner(&definition.owner), SQL, 100.0,
            if set { 1000.0 } else { 0.0 }, 0, 0, "f", false, false, false, set,
            if definition.is_deterministic { "i" } else { "v" }, "u", taken.len(), defaults, returned, taken, &all, &modes,
            &names, NULL, NULL, &definition.body, NULL, NULL, NULL, NULL, 1,
        );
    }
}
