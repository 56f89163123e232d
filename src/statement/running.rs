//! One statement while it runs: its settings, its time, what it reads, and the way from a query to rows.

use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::record_batch::RecordBatchOptions;
use datafusion::common::DFSchema;
use datafusion::common::ScalarValue;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SessionState;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::{ColumnarValue, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use parking_lot::Mutex;

use crate::binder::{self, BoundQuery, Environment, Names, OnlyVariables, Relation, ViewSchema};
use crate::catalog::Catalog;
use crate::config::Settings;
use crate::error::{CONCURRENT_WRITE, Result};
use crate::execution::cached::{CacheLevel, CachedRows, keep};
use crate::execution::{CancelHandle, Cancellation, Progress, Run, run};
use crate::functions::cast::{CastMode, cast};
use crate::functions::objects::Objects;
use crate::functions::{Context, Typed, denied};
use crate::session::{
    EvolvingView, Reader, Session, ansi, function_settings, identifiers, parse_options, query_settings,
};
use crate::sql::ast::{Expression, ObjectName, Query};
use crate::sql::{Mentioned, ParseOptions};
use crate::storage;
use crate::types::{DataType, StructField};

use super::cache_table::fill_caches;
use super::column_changes::check_duplicates;
use super::constant_rows::constant_row;
use super::{Outcome, Rows, RowsKind};

/// One statement while it runs.
pub(super) struct Running<'a> {
    pub session: &'a Session,
    /// As they were when the statement began.
    pub settings: Settings,
    pub parsing: ParseOptions,
    pub context: Context,
    pub reader: Reader<'a>,
    pub cancellation: Cancellation,
    pub progress: Arc<Progress>,
    /// How many rows were written; `None` if it is none of those that write.
    pub written: Mutex<Option<u64>>,
    /// Stops this statement alone.
    pub cancel: CancelHandle,
    meanings: binder::Settings,
    /// With the memory that the statement may use.
    runtime: OnceLock<Arc<RuntimeEnv>>,
}

impl<'a> Running<'a> {
    pub fn new(session: &'a Session) -> Self {
        let settings = session.settings();
        let context = Context {
            ansi: ansi(&settings),
            time_zone: settings.text("spark.sql.session.timeZone").into(),
            now: chrono::Utc::now().timestamp_micros(),
            current_database: session.current_database(),
            user: session.user(),
            settings: function_settings(&settings),
            objects: Objects::default(),
            parameters: Arc::default(),
            here: Arc::default(),
        };
        let meanings = query_settings(&settings);
        let cancel = CancelHandle::default();
        let identifiers = identifiers(context.clone(), meanings.clone(), session.variables());
        Self {
            session,
            reader: Reader::new(session, settings.clone(), identifiers.clone(), context.objects.clone()),
            parsing: ParseOptions { identifiers, ..parse_options(&settings) },
            settings,
            context,
            cancellation: session.cancel_handle().watch_with(&cancel),
            cancel,
            written: Mutex::default(),
            progress: session.begin(),
            meanings,
            runtime: OnceLock::new(),
        }
    }

    /// Rows were written.
    pub fn wrote(&self, rows: u64) {
        *self.written.lock().get_or_insert(0) += rows;
    }

    /// The metastore.
    pub async fn catalog(&self) -> Result<&'a Catalog> {
        self.session.catalog().await
    }

    pub fn environment<'e>(&'e self, names: &'e dyn Names) -> Environment<'e> {
        Environment { names, context: &self.context, settings: &self.meanings }
    }

    /// Looks up what a query mentions, and binds it.
    pub async fn bind(&self, query: &Query) -> Result<BoundQuery> {
        self.bind_to_keep(query).await.map(|(bound, _)| bound)
    }

    /// As [`Running::bind`], with the columns as a table or view made of them declares them.
    pub async fn bind_to_keep(&self, query: &Query) -> Result<(BoundQuery, Vec<StructField>)> {
        let mentioned = Mentioned::in_query(query);
        let mut names = self.reader.names(&mentioned).await?;
        if fill_caches(self).await? {
            names = self.reader.names(&mentioned).await?;
        }
        let bound = binder::bind_query_to_keep(query, &self.environment(names.as_ref()))?;
        self.keep_evolved_views().await?;
        Ok(bound)
    }

    /// Views that evolve get the columns that their queries have now, as soon as a statement meets them.
    pub async fn keep_evolved_views(&self) -> Result<()> {
        for EvolvingView { view, relation } in self.reader.evolving_views() {
            let columns = binder::view_columns(&relation, &self.environment(&NoNames))?;
            check_duplicates(columns.iter().map(|column| column.name.as_str()))?;
            let same = |now: &StructField, before: &StructField| {
                now.name == before.name && now.data_type == before.data_type && now.comment == before.comment
            };
            if columns.len() == view.columns.len() && columns.iter().zip(&view.columns).all(|(a, b)| same(a, b)) {
                continue;
            }
            let mut evolved = view.as_ref().clone();
            if relation.schema == ViewSchema::Evolution
                && let Some(details) = &mut evolved.details.view
            {
                details.query_columns = columns.iter().map(|column| column.name.clone()).collect();
            }
            evolved.columns = columns;
            match self.catalog().await?.alter_table(&evolved).await {
                // Somebody else was faster, with the same columns or newer ones.
                Err(error) if error.is(&CONCURRENT_WRITE) => {}
                result => {
                    result?;
                }
            }
        }
        Ok(())
    }

    pub fn state(&self) -> SessionState {
        self.session.state(&self.settings, Arc::clone(self.runtime.get_or_init(|| self.session.runtime())))
    }

    /// The plan that runs.
    ///
    /// # Errors
    /// Among others, a column is read that may not be: the optimizer has taken out those that nobody asks for.
    pub async fn physical_plan(&self, state: &SessionState, plan: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
        if self.reader.has_guards() {
            denied::check(&state.optimize(plan)?)?;
        }
        Ok(state.create_physical_plan(plan).await?)
    }

    /// What a plan runs under.
    pub fn run(&self, state: &SessionState) -> Run {
        Run {
            tasks: state.task_ctx(),
            cancellation: self.cancellation.clone(),
            progress: Arc::clone(&self.progress),
            explain: storage::name_damaged_file,
            pin: self.reader.taken_pin().map(|pin| pin as _),
        }
    }

    /// Starts a bound query.
    pub async fn rows(&self, bound: BoundQuery) -> Result<Outcome> {
        let row = constant_row(&bound.plan, || self.session.config_options(&self.settings));
        let stream: SendableRecordBatchStream = match row {
            Some(row) => Box::pin(RecordBatchStreamAdapter::new(row.schema(), futures::stream::iter([Ok(row)]))),
            None => {
                let state = self.state();
                let plan = self.physical_plan(&state, &bound.plan).await?;
                run(plan, &self.run(&state))?
            }
        };
        Ok(Outcome::Rows(Rows {
            columns: bound.columns,
            stream,
            kind: RowsKind::Query,
            progress: Arc::clone(&self.progress),
        }))
    }

    /// Reads a stream to its end and keeps its rows; `None` if they may only be kept in memory and do not fit.
    pub async fn keep(&self, stream: SendableRecordBatchStream, level: CacheLevel) -> Result<Option<Arc<CachedRows>>> {
        let (warehouse, limit) = (self.session.warehouse(), self.settings.bytes("skep.cache.limit"));
        keep(stream, level, limit, &warehouse.cached_tables().memory, warehouse.runtime()).await
    }

    /// An expression that mentions no column; it may mention variables.
    pub fn bind_constant(&self, expression: &Expression) -> Result<Typed> {
        let names = OnlyVariables(self.session.variables());
        binder::bind_standalone_expression(expression, Vec::new(), &self.environment(&names))
    }

    /// The value of an expression that mentions no column, as `to`.
    pub fn constant(&self, expression: &Expression, to: &DataType) -> Result<ScalarValue> {
        let bound = self.bind_constant(expression)?;
        let typed = cast(bound, to, CastMode::implicit(&self.context), &self.context)?;
        self.evaluate(typed).map_err(|error| error.at(expression.span))
    }

    /// The value of a bound expression without columns.
    pub fn evaluate(&self, typed: Typed) -> Result<ScalarValue> {
        let schema = Arc::new(Schema::empty());
        let physical = self.state().create_physical_expr(typed.expr, &DFSchema::empty())?;
        let one_row = RecordBatchOptions::new().with_row_count(Some(1));
        let row = RecordBatch::try_new_with_options(schema, Vec::new(), &one_row)?;
        match physical.evaluate(&row)? {
            ColumnarValue::Scalar(value) => Ok(value),
            ColumnarValue::Array(array) => Ok(ScalarValue::try_from_array(&array, 0)?),
        }
    }
}

/// Expressions outside of queries mention no relations.
pub(super) struct NoNames;

impl Names for NoNames {
    fn relation(&self, _name: &ObjectName) -> Result<Option<Relation>> {
        Ok(None)
    }

    fn candidates(&self) -> Vec<String> {
        Vec::new()
    }
}
