//! What a system table is: a name, columns, and a function that tells its rows. Plans read it as any other table.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Field, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::TableType;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, Operator, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;

use crate::error::Result;
use crate::types::{DataType, ObjectKind, StructField, arrow_schema};

use super::cells::{Sink, Wanted};
use super::source::Source;

/// A table that Skep makes up when it is read.
pub struct SystemTable {
    pub name: &'static str,
    /// The number that PostgreSQL gives it; 0: it gets one from its place in the list.
    pub oid: i64,
    pub is_view: bool,
    /// `name type, name type`, with PostgreSQL's names of types.
    pub columns: &'static str,
    pub(super) rows: fn(&Source, &mut Sink<'_>),
}

/// A table that has no rows, for Skep has none of what it lists.
pub(super) fn nothing(_: &Source, _: &mut Sink<'_>) {}

impl SystemTable {
    pub(super) const fn table(
        name: &'static str,
        oid: i64,
        columns: &'static str,
        rows: fn(&Source, &mut Sink<'_>),
    ) -> Self {
        Self { name, oid, is_view: false, columns, rows }
    }

    pub(super) const fn view(name: &'static str, columns: &'static str, rows: fn(&Source, &mut Sink<'_>)) -> Self {
        Self { name, oid: 0, is_view: true, columns, rows }
    }

    /// The columns, read from their text.
    pub(super) fn read_columns(&self) -> Vec<Column> {
        let told = self.columns.split(',').filter_map(|column| column.trim().split_once(' ')).map(Column::new);
        let mut columns: Vec<Column> = told.collect();
        if columns.iter().any(Column::is_hidden) {
            columns.push(Column::new((TABLE_OID, "oid")));
        }
        columns
    }
}

impl fmt::Debug for SystemTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The column in which each row has its table's number.
pub(super) const TABLE_OID: &str = "tableoid";

/// A column of a system table.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: &'static str,
    /// In PostgreSQL: `int2vector`, `_text`.
    pub type_name: String,
    pub data_type: DataType,
}

impl Column {
    fn new((name, type_name): (&'static str, &'static str)) -> Self {
        let type_name = type_name.trim();
        let (base, array) = match type_name.strip_suffix("[]") {
            Some(base) => (base, true),
            None => (type_name, false),
        };
        let data_type = match base {
            "bool" => DataType::Boolean,
            "int2" => DataType::Short,
            "int4" => DataType::Int,
            "int8" | "xid" | "cid" => DataType::Long,
            "float8" | "float4" => DataType::Double,
            "oid" => DataType::Object(ObjectKind::Any),
            "regproc" => DataType::Object(ObjectKind::Procedure),
            "regclass" => DataType::Object(ObjectKind::Class),
            "regtype" => DataType::Object(ObjectKind::Type),
            "timestamptz" => DataType::Timestamp,
            "int2vector" => DataType::array(DataType::Short),
            "oidvector" => DataType::array(DataType::Object(ObjectKind::Any)),
            _ => DataType::String,
        };
        match array {
            true => Self { name, type_name: format!("_{base}"), data_type: DataType::array(data_type) },
            false => Self { name, type_name: base.to_owned(), data_type },
        }
    }

    /// Whether it is there only for those who name it.
    pub fn is_hidden(&self) -> bool {
        self.name == "xmin" || self.name == TABLE_OID
    }

    pub(super) fn field(&self) -> Field {
        Field::new(self.name, self.data_type.to_arrow(), true)
    }
}

/// A system table with what it tells of.
pub(super) struct Provider {
    pub table: &'static SystemTable,
    pub columns: &'static [Column],
    pub source: Arc<Source>,
    oid: i64,
    schema: SchemaRef,
}

impl Provider {
    pub fn new(table: &'static SystemTable, oid: i64, columns: &'static [Column], source: Arc<Source>) -> Self {
        Self { table, oid, columns, source, schema: arrow_schema(&fields(columns)) }
    }

    fn read(&self, projection: &[usize], wanted: &[Wanted]) -> Result<RecordBatch> {
        let mut sink = Sink::new(self.columns, self.oid, projection, wanted)?;
        (self.table.rows)(&self.source, &mut sink);
        sink.finish(self.table.name)
    }
}

pub(super) fn fields(columns: &[Column]) -> Vec<StructField> {
    columns.iter().map(|column| StructField::new(column.name, column.data_type.clone())).collect()
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemTable").field("name", &self.table.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for Provider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    /// Rows that are not wanted may be told all the same.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        let kinds = filters.iter().map(|filter| match wanted(filter, self.columns) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        });
        Ok(kinds.collect())
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let projection = projection.unwrap_or(&all);
        let wanted: Vec<Wanted> = filters.iter().filter_map(|filter| wanted(filter, self.columns)).collect();
        let batch = self.read(projection, &wanted)?;
        let schema = batch.schema();
        let memory = MemorySourceConfig::try_new(&[vec![batch]], schema, None)?;
        Ok(DataSourceExec::from_data_source(memory))
    }
}

/// The filter, if it is `column = value` or `column IN (values)`.
fn wanted(filter: &Expr, columns: &[Column]) -> Option<Wanted> {
    let place = |expr: &Expr| match expr {
        Expr::Column(column) => columns.iter().position(|known| known.name == column.name),
        _ => None,
    };
    let literal = |expr: &Expr| match expr {
        Expr::Literal(value, _) => Some(value.clone()),
        _ => None,
    };
    let (column, values): (usize, Vec<ScalarValue>) = match filter {
        Expr::BinaryExpr(binary) if binary.op == Operator::Eq => match place(&binary.left) {
            Some(column) => (column, vec![literal(&binary.right)?]),
            None => (place(&binary.right)?, vec![literal(&binary.left)?]),
        },
        Expr::BinaryExpr(binary) if binary.op == Operator::Or => {
            let (left, right) = (wanted(&binary.left, columns)?, wanted(&binary.right, columns)?);
            if left.column != right.column {
                return None;
            }
            (left.column, [left.values, right.values].concat())
        }
        Expr::InList(list) if !list.negated => {
            (place(&list.expr)?, list.list.iter().map(literal).collect::<Option<_>>()?)
        }
        _ => return None,
    };
    Some(Wanted { column, values })
}
