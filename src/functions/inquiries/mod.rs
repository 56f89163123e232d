//! PostgreSQL's functions about objects of its catalogue: what is called how, what defines it, who may do what with it,
//! how large it is. They ask the catalogue, and stand in PostgreSQL's dialect only.

mod answers;
pub mod plain;
mod privileges;

use super::objects::{NumberQuestion, PrivilegeKind, TextQuestion};
use super::{Call, Family, Function, Typed};
use crate::error::Result;
use crate::functions::cast::{CastMode, cast};
use crate::types::{DataType, ObjectKind};

use answers::{is_visible, number_of, optional_object, text_of};
use privileges::privilege;

const FAMILY: Family = Family::Misc;

const fn asking(name: &'static str, bind: fn(&Call<'_>) -> Result<Typed>, usage: &'static str) -> Function {
    Function::scalar(name, FAMILY, bind, usage, &[])
}

/// All of them.
pub static FUNCTIONS: &[Function] = &[
    asking("current_setting", answers::setting, "current_setting(name [, missing_ok]) - The value of a parameter."),
    asking("pg_backend_pid", answers::backend, "pg_backend_pid() - The number of the session."),
    asking("pg_postmaster_start_time", answers::started, "pg_postmaster_start_time() - When the server was started.")
        .aliases(&["pg_conf_load_time"]),
    asking(
        "pg_cancel_backend",
        |call| {
            answers::stop(call, "pg_cancel_backend", |catalogue, values, rows| {
                answers::stopped(catalogue, values, rows, false)
            })
        },
        "pg_cancel_backend(session) - Stops what a session runs.",
    ),
    asking(
        "pg_terminate_backend",
        |call| {
            answers::stop(call, "pg_terminate_backend", |catalogue, values, rows| {
                answers::stopped(catalogue, values, rows, true)
            })
        },
        "pg_terminate_backend(session) - Ends a session.",
    ),
    asking(
        "regclass",
        |call| object(call, ObjectKind::Class),
        "regclass(name) - The number of the table of that name.",
    ),
    asking("regtype", |call| object(call, ObjectKind::Type), "regtype(name) - The number of the type of that name."),
    asking(
        "regproc",
        |call| object(call, ObjectKind::Procedure),
        "regproc(name) - The number of the function of that name.",
    )
    .aliases(&["regprocedure"]),
    asking(
        "regnamespace",
        |call| object(call, ObjectKind::Namespace),
        "regnamespace(name) - The number of the schema of that name.",
    ),
    asking("regrole", |call| object(call, ObjectKind::Role), "regrole(name) - The number of the role of that name."),
    asking("to_regclass", |call| optional_object(call, ObjectKind::Class), "to_regclass(name) - As regclass, or NULL."),
    asking("to_regtype", |call| optional_object(call, ObjectKind::Type), "to_regtype(name) - As regtype, or NULL."),
    asking(
        "to_regproc",
        |call| optional_object(call, ObjectKind::Procedure),
        "to_regproc(name) - As regproc, or NULL.",
    )
    .aliases(&["to_regprocedure"]),
    asking(
        "to_regnamespace",
        |call| optional_object(call, ObjectKind::Namespace),
        "to_regnamespace(name) - As regnamespace, or NULL.",
    ),
    asking("to_regrole", |call| optional_object(call, ObjectKind::Role), "to_regrole(name) - As regrole, or NULL."),
    asking(
        "pg_get_userbyid",
        |call| {
            text_of(call, 1..=1, "pg_get_userbyid", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::UserName)
            })
        },
        "pg_get_userbyid(oid) - The name of a role.",
    ),
    asking(
        "pg_get_viewdef",
        |call| {
            text_of(call, 1..=2, "pg_get_viewdef", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::ViewDefinition)
            })
        },
        "pg_get_viewdef(view [, pretty]) - The query of a view.",
    ),
    asking(
        "pg_get_indexdef",
        |call| {
            text_of(call, 1..=3, "pg_get_indexdef", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::IndexDefinition)
            })
        },
        "pg_get_indexdef(index [, column, pretty]) - What would make an index.",
    ),
    asking(
        "pg_get_constraintdef",
        |call| {
            text_of(call, 1..=2, "pg_get_constraintdef", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::ConstraintDefinition)
            })
        },
        "pg_get_constraintdef(constraint [, pretty]) - What defines a key.",
    ),
    asking(
        "pg_get_partkeydef",
        |call| {
            text_of(call, 1..=1, "pg_get_partkeydef", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::PartitionKey)
            })
        },
        "pg_get_partkeydef(table) - The columns that partition a table.",
    ),
    asking(
        "pg_get_functiondef",
        |call| {
            text_of(call, 1..=1, "pg_get_functiondef", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::FunctionDefinition)
            })
        },
        "pg_get_functiondef(function) - What would make a function.",
    ),
    asking(
        "pg_get_function_arguments",
        |call| {
            text_of(call, 1..=1, "pg_get_function_arguments", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::FunctionArguments)
            })
        },
        "pg_get_function_arguments(function) - The parameters of a function.",
    )
    .aliases(&["pg_get_function_identity_arguments"]),
    asking(
        "pg_get_function_result",
        |call| {
            text_of(call, 1..=1, "pg_get_function_result", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::FunctionResult)
            })
        },
        "pg_get_function_result(function) - What a function returns.",
    ),
    asking(
        "format_type",
        |call| {
            text_of(call, 2..=2, "format_type", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::Type)
            })
        },
        "format_type(type, modifier) - The name of a type in SQL.",
    ),
    asking(
        "obj_description",
        answers::object_description,
        "obj_description(object [, catalogue]) - The comment of an object.",
    ),
    asking(
        "shobj_description",
        |call| {
            call.count(2..=2)?;
            answers::null(DataType::String)
        },
        "shobj_description(object, catalogue) - The comment of an object of the server.",
    ),
    asking(
        "col_description",
        |call| {
            text_of(call, 2..=2, "col_description", |catalogue, values, rows| {
                answers::texts(catalogue, values, rows, TextQuestion::ColumnComment)
            })
        },
        "col_description(table, column) - The comment of a column.",
    ),
    asking(
        "pg_table_is_visible",
        |call| {
            is_visible(call, "pg_table_is_visible", |catalogue, values, rows| {
                answers::visibilities(catalogue, values, rows, ObjectKind::Class)
            })
        },
        "pg_table_is_visible(table) - Whether a table can be named without its schema.",
    ),
    asking(
        "pg_function_is_visible",
        |call| {
            is_visible(call, "pg_function_is_visible", |catalogue, values, rows| {
                answers::visibilities(catalogue, values, rows, ObjectKind::Procedure)
            })
        },
        "pg_function_is_visible(function) - Whether a function can be named without its schema.",
    ),
    asking(
        "pg_type_is_visible",
        |call| {
            is_visible(call, "pg_type_is_visible", |catalogue, values, rows| {
                answers::visibilities(catalogue, values, rows, ObjectKind::Type)
            })
        },
        "pg_type_is_visible(type) - Whether a type can be named without its schema.",
    )
    .aliases(&[
        "pg_collation_is_visible",
        "pg_conversion_is_visible",
        "pg_opclass_is_visible",
        "pg_operator_is_visible",
        "pg_opfamily_is_visible",
        "pg_statistics_obj_is_visible",
        "pg_ts_config_is_visible",
        "pg_ts_dict_is_visible",
        "pg_ts_parser_is_visible",
        "pg_ts_template_is_visible",
    ]),
    asking(
        "pg_relation_size",
        |call| {
            number_of(call, 1..=2, "pg_relation_size", |catalogue, values, rows| {
                answers::numbers(catalogue, values, rows, NumberQuestion::RelationSize)
            })
        },
        "pg_relation_size(table) - Bytes of a table's files.",
    )
    .aliases(&["pg_table_size", "pg_total_relation_size"]),
    asking(
        "pg_indexes_size",
        |call| {
            call.count(1..=1)?;
            answers::constant(datafusion::scalar::ScalarValue::Int64(Some(0)), DataType::Long)
        },
        "pg_indexes_size(table) - 0: there are no indexes.",
    ),
    asking(
        "pg_database_size",
        answers::database_size,
        "pg_database_size(database) - Bytes of the files of all tables.",
    ),
    asking(
        "has_table_privilege",
        |call| privilege(call, PrivilegeKind::Table),
        "has_table_privilege([user,] table, privileges) - Whether a user has one of the privileges.",
    ),
    asking(
        "has_column_privilege",
        |call| privilege(call, PrivilegeKind::Column),
        "has_column_privilege([user,] table, column, privileges) - Whether a user has one of the privileges.",
    ),
    asking(
        "has_any_column_privilege",
        |call| privilege(call, PrivilegeKind::AnyColumn),
        "has_any_column_privilege([user,] table, privileges) - Whether a user has one of the privileges on some column.",
    ),
    asking(
        "has_schema_privilege",
        |call| privilege(call, PrivilegeKind::Schema),
        "has_schema_privilege([user,] schema, privileges) - Whether a user has one of the privileges.",
    ),
    asking(
        "has_database_privilege",
        |call| privilege(call, PrivilegeKind::Database),
        "has_database_privilege([user,] database, privileges) - Whether a user has one of the privileges.",
    ),
    asking(
        "has_function_privilege",
        |call| privilege(call, PrivilegeKind::Function),
        "has_function_privilege([user,] function, privileges) - Whether a user has one of the privileges.",
    ),
    asking(
        "has_type_privilege",
        |call| privilege(call, PrivilegeKind::Type),
        "has_type_privilege([user,] type, privileges) - True.",
    )
    .aliases(&[
        "has_language_privilege",
        "has_sequence_privilege",
        "has_server_privilege",
        "has_tablespace_privilege",
        "has_foreign_data_wrapper_privilege",
    ]),
    asking(
        "pg_has_role",
        |call| privilege(call, PrivilegeKind::Role),
        "pg_has_role([user,] role, privileges) - Whether a user is a member of a role.",
    ),
];

/// A cast that is written `x::regclass`.
fn object(call: &Call<'_>, kind: ObjectKind) -> Result<Typed> {
    call.count(1..=1)?;
    cast(call.argument(0).clone(), &DataType::Object(kind), CastMode::Ansi, call.context)
}
