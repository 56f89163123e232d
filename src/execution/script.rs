//! Rows through a command: each partition of the input is written to a process as lines of text, and what the process
//! writes are rows again. Nothing is kept but the batch at hand.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, StringViewArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::cast::as_string_view_array;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchemaRef, Result as PlanResult, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::{StreamExt, TryStreamExt, stream};
use regex::Regex;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};

use crate::error::{_LEGACY_ERROR_TEMP_2264, Error, Result};

const SHELL: &str = "/bin/bash";
const BUFFER: usize = 256 * 1024;
/// Bytes of a line that are waited for at most: a command that ends none must not fill the memory.
const LONGEST_LINE: u64 = 64 << 20;
/// So much of what a command complains of is told.
const COMPLAINT: usize = 16 * 1024;

/// The folder that commands run in, whose files they find as commands too. An extension of the session's configuration.
#[derive(Debug)]
pub struct ScriptFolder(pub PathBuf);

/// What is run, and how it reads and writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Hash)]
pub struct Command {
    /// For the shell.
    pub text: String,
    /// What stands between the values of a row.
    pub fields: String,
    pub null: String,
    pub answer: Answer,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Hash)]
pub struct Answer {
    /// A regular expression for what stands between values.
    pub pattern: String,
    /// The text of NULL, if it has one.
    pub null: Option<String>,
}

/// The node of a plan. All columns of its input are texts, and so are its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub input: LogicalPlan,
    pub command: Command,
    pub schema: DFSchemaRef,
}

impl Script {
    pub(super) fn physical(&self, inputs: &[Arc<dyn ExecutionPlan>]) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let [input] = inputs else { return internal_err!("a command has one input") };
        let pattern = Regex::new(&self.command.answer.pattern).map_err(|error| Error::internal(error.to_string()))?;
        let schema = Arc::clone(self.schema.inner());
        Ok(Arc::new(ScriptExec::new(Arc::clone(input), Arc::new(self.command.clone()), pattern, schema)))
    }
}

impl Hash for Script {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.command.hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for Script {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.command.partial_cmp(&other.command)
    }
}

impl UserDefinedLogicalNodeCore for Script {
    fn name(&self) -> &str {
        "Script"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Script: {}", self.command.text)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> PlanResult<Self> {
        let (Some(input), true) = (inputs.pop(), inputs.is_empty()) else {
            return internal_err!("a command has one input");
        };
        Ok(Self { input, command: self.command.clone(), schema: Arc::clone(&self.schema) })
    }
}

#[derive(Debug)]
struct ScriptExec {
    input: Arc<dyn ExecutionPlan>,
    command: Arc<Command>,
    pattern: Regex,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl ScriptExec {
    fn new(input: Arc<dyn ExecutionPlan>, command: Arc<Command>, pattern: Regex, schema: SchemaRef) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, command, pattern, schema, properties: Arc::new(properties) }
    }
}

impl DisplayAs for ScriptExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScriptExec: {}", self.command.text)
    }
}

impl ExecutionPlan for ScriptExec {
    fn name(&self) -> &str {
        "ScriptExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> PlanResult<TreeNodeRecursion>,
    ) -> PlanResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let Some(input) = children.pop() else { return internal_err!("a command has one input") };
        Ok(Arc::new(Self::new(input, Arc::clone(&self.command), self.pattern.clone(), Arc::clone(&self.schema))))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> PlanResult<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> PlanResult<SendableRecordBatchStream> {
        let input = self.input.execute(partition, Arc::clone(&context))?;
        let (command, pattern, schema) = (Arc::clone(&self.command), self.pattern.clone(), Arc::clone(&self.schema));
        let started = stream::once(async move {
            let running = RunningScript::start(&command, pattern, input, &context, schema)?;
            Ok::<_, datafusion::error::DataFusionError>(stream::try_unfold(running, |mut running| async move {
                Ok(running.next().await?.map(|batch| (batch, running)))
            }))
        });
        let rows = Box::pin(started.try_flatten());
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows)))
    }
}

/// A process with those who write to it and read from it. Dropping it ends the process.
struct RunningScript {
    child: Child,
    lines: BufReader<ChildStdout>,
    feeding: Option<SpawnedTask<Result<()>>>,
    complaints: Option<SpawnedTask<Vec<u8>>>,
    line: Vec<u8>,
    command: Arc<Command>,
    pattern: Regex,
    schema: SchemaRef,
    batch_rows: usize,
}

impl RunningScript {
    fn start(
        command: &Arc<Command>,
        pattern: Regex,
        input: SendableRecordBatchStream,
        context: &TaskContext,
        schema: SchemaRef,
    ) -> Result<Self> {
        let mut process = tokio::process::Command::new(SHELL);
        process.arg("-c").arg(&command.text).kill_on_drop(true);
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(folder) = context.session_config().get_extension::<ScriptFolder>() {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let folders = std::iter::once(folder.0.clone()).chain(std::env::split_paths(&path));
            if let Ok(path) = std::env::join_paths(folders) {
                process.env("PATH", path);
            }
            process.current_dir(&folder.0);
        }
        let mut child = process.spawn().map_err(|error| Error::io(SHELL, error))?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Error::internal("a process without pipes"));
        };
        Ok(Self {
            child,
            lines: BufReader::with_capacity(BUFFER, stdout),
            feeding: Some(SpawnedTask::spawn(feed(stdin, input, Arc::clone(command)))),
            complaints: Some(SpawnedTask::spawn(collect(stderr))),
            line: Vec::new(),
            command: Arc::clone(command),
            pattern,
            schema,
            batch_rows: context.session_config().batch_size(),
        })
    }

    /// The next rows; none when the command has ended, and ended well.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let mut columns = self.schema.fields().iter().map(|_| StringViewBuilder::new()).collect::<Vec<_>>();
        let (mut rows, mut bytes) = (0, 0);
        while rows < self.batch_rows && bytes < BUFFER * 16 {
            self.line.clear();
            let read = (&mut self.lines).take(LONGEST_LINE).read_until(b'\n', &mut self.line).await;
            let read = read.map_err(|error| Error::io(&self.command.text, error))?;
            if read as u64 == LONGEST_LINE {
                let message = format!("Subprocess wrote a line of more than {} MB", LONGEST_LINE >> 20);
                return Err(Error::new(&_LEGACY_ERROR_TEMP_2264, message).hint("rows end with a line feed"));
            }
            if read == 0 {
                break;
            }
            bytes += read;
            let line = String::from_utf8_lossy(&self.line);
            let line = line.strip_suffix('\n').unwrap_or(&line);
            let line = line.strip_suffix('\r').unwrap_or(line);
            // A carriage return alone ends a line too.
            for line in line.split('\r') {
                self.append(line, &mut columns);
                rows += 1;
            }
        }
        if rows == 0 {
            self.end().await?;
            return Ok(None);
        }
        let columns = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
        Ok(Some(RecordBatch::try_new(Arc::clone(&self.schema), columns)?))
    }

    /// Adds a line as a row: columns that it lacks are NULL, those it has too many are left out.
    fn append(&self, line: &str, columns: &mut [StringViewBuilder]) {
        let begins_empty = self.pattern.find(line).is_some_and(|found| found.end() == 0);
        let mut values = self.pattern.split(line).skip(usize::from(begins_empty));
        for column in columns {
            let value = values.next();
            column.append_option(value.filter(|value| self.command.answer.null.as_deref() != Some(value)));
        }
    }

    async fn end(&mut self) -> Result<()> {
        let ended = |error: tokio::task::JoinError| Error::internal(error.to_string());
        // What went wrong before the command comes first: the command has seen only a part.
        if let Some(feeding) = self.feeding.take() {
            feeding.join().await.map_err(ended)??;
        }
        let status = self.child.wait().await.map_err(|error| Error::io(&self.command.text, error))?;
        let complaints = match self.complaints.take() {
            Some(complaints) if !status.success() => complaints.join().await.map_err(ended)?,
            _ => Vec::new(),
        };
        if status.success() {
            return Ok(());
        }
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
        let complaints = String::from_utf8_lossy(&complaints).into_owned();
        Err(Error::new(&_LEGACY_ERROR_TEMP_2264, format!("Subprocess exited with status {code}. Error: {complaints}.")))
    }
}

/// Writes all rows to the process, unless it stops listening.
async fn feed(mut stdin: ChildStdin, mut rows: SendableRecordBatchStream, command: Arc<Command>) -> Result<()> {
    let mut text = Vec::new();
    while let Some(batch) = rows.next().await {
        text.clear();
        write_rows(&batch?, &command, &mut text)?;
        match stdin.write_all(&text).await {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(|error| Error::io(&command.text, error))?,
        }
    }
    Ok(())
}

fn write_rows(batch: &RecordBatch, command: &Command, text: &mut Vec<u8>) -> Result<()> {
    let columns = batch.columns().iter().map(|column| cast(column, &DataType::Utf8View));
    let columns = columns.collect::<std::result::Result<Vec<_>, _>>()?;
    let columns =
        columns.iter().map(|column| as_string_view_array(column)).collect::<PlanResult<Vec<&StringViewArray>>>()?;
    for row in 0..batch.num_rows() {
        for (number, column) in columns.iter().enumerate() {
            if number > 0 {
                text.extend_from_slice(command.fields.as_bytes());
            }
            let value = if column.is_null(row) { &command.null } else { column.value(row) };
            text.extend_from_slice(value.as_bytes());
        }
        text.push(b'\n');
    }
    Ok(())
}

/// The end of what a command complains of; all of it is read, so that the command goes on.
async fn collect(mut stderr: ChildStderr) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = vec![0; COMPLAINT];
    while let Ok(read) = stderr.read(&mut buffer).await {
        if read == 0 {
            break;
        }
        kept.extend_from_slice(&buffer[..read]);
        if kept.len() > COMPLAINT {
            kept.drain(..kept.len() - COMPLAINT);
        }
    }
    kept
}
