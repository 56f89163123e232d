//! USING, STORED AS and ROW FORMAT: which format a table's files have, and its options.

use crate::catalog::{FileFormat, Properties};
use crate::error::{DATA_SOURCE_NOT_FOUND, Error, INVALID_SQL_SYNTAX, Result};
use crate::sql::ast::{CreateTable, ObjectName, RowFormat, StoredAs};

/// The format, its name as SHOW CREATE TABLE tells it, and options that the clauses imply.
pub(super) struct TableFormat {
    pub format: FileFormat,
    pub provider: String,
    pub options: Properties,
}

/// Formats that Spark has and Skep does not, so that the message can say so.
const ELSEWHERE: &[&str] = &["orc", "avro", "jdbc", "delta", "iceberg", "hudi", "binaryfile", "xml", "libsvm"];

/// What the clauses of a CREATE TABLE say; Parquet if they say nothing.
pub(super) fn table_format(statement: &CreateTable) -> Result<TableFormat> {
    match (&statement.using, &statement.stored_as, &statement.row_format) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Err(Error::new(
            &INVALID_SQL_SYNTAX,
            "Operation not allowed: USING cannot be combined with STORED AS or ROW FORMAT",
        )
        .at(statement.span)),
        (Some(using), None, None) => {
            let (format, provider) = provider(using)?;
            Ok(TableFormat { format, provider, options: Properties::new() })
        }
        (None, stored_as, row_format) => {
            hive_format(stored_as.as_ref(), row_format.as_ref()).map_err(|error| error.at(statement.span))
        }
    }
}

/// The format of a provider's name; Spark's own class names are taken too.
pub(super) fn provider(name: &ObjectName) -> Result<(FileFormat, String)> {
    let text = name.parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".");
    let short = text.to_lowercase();
    let short = short.strip_prefix("org.apache.spark.sql.").unwrap_or(&short);
    let short = short.strip_prefix("execution.datasources.").unwrap_or(short);
    // A short name is shown as it was typed.
    let shown = if text.eq_ignore_ascii_case(short) { text.clone() } else { short.to_owned() };
    match short {
        "parquet" => Ok((FileFormat::Parquet, shown)),
        "csv" => Ok((FileFormat::Csv, shown)),
        "json" => Ok((FileFormat::Json, shown)),
        "text" => Ok((FileFormat::Text, shown)),
        "hive" => Ok((FileFormat::Parquet, "parquet".to_owned())),
        other if ELSEWHERE.contains(&other) => {
            Err(Error::unsupported(format!("The format `{text}`"), "use parquet, csv, json or text").at(name.span))
        }
        _ => Err(Error::new(
            &DATA_SOURCE_NOT_FOUND,
            format!(
                "Failed to find the data source: {text}. Make sure the provider name is correct and the package is \
                 properly registered and compatible with your Spark version"
            ),
        )
        .suggest(&text, ["parquet", "csv", "json", "text"])
        .at(name.span)),
    }
}

pub(super) fn hive_format(stored_as: Option<&StoredAs>, row_format: Option<&RowFormat>) -> Result<TableFormat> {
    let table =
        |format, provider: &str| Ok(TableFormat { format, provider: provider.to_owned(), options: Properties::new() });
    let stored = match stored_as {
        None => None,
        Some(StoredAs::Format(name)) => Some(name.value.to_lowercase()),
        Some(StoredAs::Classes { input, .. }) if input.to_lowercase().contains("parquet") => Some("parquet".to_owned()),
        Some(StoredAs::Classes { input, .. }) => {
            return Err(Error::unsupported(format!("INPUTFORMAT '{input}'"), "use STORED AS PARQUET or TEXTFILE"));
        }
    };
    match (stored.as_deref(), row_format) {
        (None | Some("parquet"), None) => table(FileFormat::Parquet, "parquet"),
        (Some("jsonfile" | "json"), None) => table(FileFormat::Json, "json"),
        (Some("textfile"), None) => delimited(None, None, None),
        (
            None | Some("textfile"),
            Some(RowFormat::Delimited { fields, escape, collection_items, map_keys, lines, null }),
        ) => {
            if collection_items.is_some() || map_keys.is_some() {
                return Err(Error::unsupported(
                    "COLLECTION ITEMS or MAP KEYS TERMINATED BY",
                    "text tables hold no collections: use STORED AS PARQUET or JSONFILE",
                ));
            }
            if lines.as_deref().is_some_and(|lines| lines != "\n") {
                return Err(Error::unsupported("LINES TERMINATED BY other than '\\n'", "convert the files"));
            }
            delimited(fields.as_deref(), escape.as_deref(), null.as_deref())
        }
        (stored, Some(RowFormat::Serde { class, properties })) => serde(stored, class, properties),
        (Some(other), None) => Err(Error::unsupported(
            format!("STORED AS {}", other.to_uppercase()),
            "use STORED AS PARQUET, TEXTFILE or JSONFILE",
        )),
        (Some(other), Some(RowFormat::Delimited { .. })) => Err(Error::new(
            &INVALID_SQL_SYNTAX,
            format!(
                "Operation not allowed: ROW FORMAT DELIMITED is only compatible with 'textfile', not '{}'",
                other.to_lowercase()
            ),
        )),
    }
}

/// Hive's text files: no header, nothing quoted, `\N` is NULL.
fn delimited(fields: Option<&str>, escape: Option<&str>, null: Option<&str>) -> Result<TableFormat> {
    let mut options: Properties = vec![
        ("sep".to_owned(), fields.unwrap_or("\u{1}").to_owned()),
        ("quote".to_owned(), String::new()),
        ("nullValue".to_owned(), null.unwrap_or("\\N").to_owned()),
        ("emptyValue".to_owned(), String::new()),
    ];
    if let Some(escape) = escape {
        options.push(("escape".to_owned(), escape.to_owned()));
    }
    Ok(TableFormat { format: FileFormat::Csv, provider: "csv".to_owned(), options })
}

fn serde(stored: Option<&str>, class: &str, properties: &Properties) -> Result<TableFormat> {
    let name = class.rsplit('.').next().unwrap_or(class);
    let refused =
        || Error::unsupported(format!("ROW FORMAT SERDE '{class}'"), "use USING csv, json or parquet with OPTIONS");
    match (name, stored) {
        ("ParquetHiveSerDe", None | Some("parquet")) => {
            Ok(TableFormat { format: FileFormat::Parquet, provider: "parquet".to_owned(), options: Properties::new() })
        }
        ("JsonSerDe", None | Some("textfile" | "jsonfile")) => {
            Ok(TableFormat { format: FileFormat::Json, provider: "json".to_owned(), options: Properties::new() })
        }
        ("OpenCSVSerde", None | Some("textfile")) => {
            let mut options = Properties::new();
            for (key, value) in properties {
                let option = match key.as_str() {
                    "separatorChar" => "sep",
                    "quoteChar" => "quote",
                    "escapeChar" => "escape",
                    _ => return Err(refused()),
                };
                options.push((option.to_owned(), value.clone()));
            }
            Ok(TableFormat { format: FileFormat::Csv, provider: "csv".to_owned(), options })
        }
        _ => Err(refused()),
    }
}
