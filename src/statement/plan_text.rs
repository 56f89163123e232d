//! Plans as trees of text: what EXPLAIN prints.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::stats::Precision;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::{ExecutionPlan, StatisticsArgs, StatisticsContext, displayable};

/// One node, with those below it.
struct Node {
    text: String,
    children: Vec<Node>,
}

pub(super) fn logical_tree(plan: &LogicalPlan) -> String {
    draw(&logical_node(plan))
}

pub(super) fn physical_tree(plan: &Arc<dyn ExecutionPlan>) -> String {
    draw(&physical_node(plan, &|_| String::new()))
}

/// With the rows and bytes that the planner expects.
pub(super) fn cost_tree(plan: &Arc<dyn ExecutionPlan>) -> String {
    draw(&physical_node(plan, &estimate))
}

/// With what each operator did.
pub(super) fn analyzed_tree(plan: &Arc<dyn ExecutionPlan>) -> String {
    draw(&physical_node(plan, &|plan| plan.metrics().map(|metrics| measured(&metrics)).unwrap_or_default()))
}

/// Names in a tree with numbers, then what there is to say of each number.
pub(super) fn formatted(plan: &Arc<dyn ExecutionPlan>) -> String {
    let mut details = Vec::new();
    let tree = draw(&numbered(plan, &mut details));
    format!("{tree}\n\n{}", details.join("\n"))
}

fn logical_node(plan: &LogicalPlan) -> Node {
    let mut children: Vec<Node> = plan.inputs().into_iter().map(logical_node).collect();
    // Subqueries in expressions have plans of their own.
    let _ = plan.apply_subqueries(|subquery| {
        children.push(logical_node(subquery));
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Jump)
    });
    Node { text: plan.display().to_string(), children }
}

fn physical_node(plan: &Arc<dyn ExecutionPlan>, more: &dyn Fn(&Arc<dyn ExecutionPlan>) -> String) -> Node {
    let text = format!("{}{}", one_line(plan), more(plan));
    Node { text, children: plan.children().into_iter().map(|child| physical_node(child, more)).collect() }
}

fn one_line(plan: &Arc<dyn ExecutionPlan>) -> String {
    displayable(plan.as_ref()).one_line().to_string().trim_end().to_owned()
}

/// Numbers go up from the leaves, as rows do.
fn numbered(plan: &Arc<dyn ExecutionPlan>, details: &mut Vec<String>) -> Node {
    let children = plan.children().into_iter().map(|child| numbered(child, details)).collect();
    let number = details.len() + 1;
    let name = plan.name().trim_end_matches("Exec");
    let mut text = format!("({number}) {name}\n");
    let line = one_line(plan);
    if let Some((_, arguments)) = line.split_once(": ") {
        let _ = writeln!(text, "Arguments: {arguments}");
    }
    let schema = plan.schema();
    let output = schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>();
    let _ = writeln!(text, "Output [{}]: [{}]", output.len(), output.join(", "));
    if let Some(files) = files_read(plan) {
        let _ = writeln!(text, "Reads: {files}");
    }
    details.push(text);
    Node { text: format!("{name} ({number})"), children }
}

/// What is left of a table's files after pruning, for a scan of files.
fn files_read(plan: &Arc<dyn ExecutionPlan>) -> Option<String> {
    let source = plan.downcast_ref::<DataSourceExec>()?;
    let scan = source.data_source().downcast_ref::<FileScanConfig>()?;
    // A large file may be cut into ranges, one for each thread.
    let files = scan.file_groups.iter().flat_map(|group| group.files());
    let files: HashMap<_, _> = files.map(|file| (&file.object_meta.location, file)).collect();
    let bytes: u64 = files.values().map(|file| file.object_meta.size).sum();
    let partitions = files.values().map(|file| &file.partition_values).collect::<HashSet<_>>().len();
    let partitions = match scan.table_partition_cols().is_empty() {
        true => String::new(),
        false => format!(" of {}", counted(partitions, "partition")),
    };
    Some(format!("{}{partitions}, {}", counted(files.len(), "file"), size(bytes as usize)))
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn estimate(plan: &Arc<dyn ExecutionPlan>) -> String {
    let Ok(statistics) = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new()) else {
        return String::new();
    };
    let number = |value: &Precision<usize>| match value {
        Precision::Exact(number) => number.to_string(),
        Precision::Inexact(number) => format!("~{number}"),
        Precision::Absent => "unknown".to_owned(),
    };
    let bytes = match &statistics.total_byte_size {
        Precision::Exact(bytes) => size(*bytes),
        Precision::Inexact(bytes) => format!("~{}", size(*bytes)),
        Precision::Absent => "unknown".to_owned(),
    };
    format!(", Statistics(sizeInBytes={bytes}, rowCount={})", number(&statistics.num_rows))
}

/// Rows, time, memory, what was spilled, bytes read: what there is of them.
fn measured(metrics: &MetricsSet) -> String {
    let value = |name: &str| metrics.sum_by_name(name).map_or(0, |value| value.as_usize());
    let mut parts = Vec::new();
    if let Some(rows) = metrics.output_rows() {
        parts.push(format!("rows={rows}"));
    }
    if let Some(nanoseconds) = metrics.elapsed_compute() {
        parts.push(format!("time={}", time(nanoseconds)));
    }
    for (name, shown) in [
        ("peak_mem_used", "memory"),
        ("build_mem_used", "memory"),
        ("spilled_bytes", "spilled"),
        ("bytes_scanned", "read"),
    ] {
        let bytes = value(name);
        if bytes > 0 {
            parts.push(format!("{shown}={}", size(bytes)));
        }
    }
    for (name, shown) in [("spill_count", "spills"), ("files_opened", "files")] {
        let count = value(name);
        if count > 0 {
            parts.push(format!("{shown}={count}"));
        }
    }
    if parts.is_empty() { String::new() } else { format!("  [{}]", parts.join(", ")) }
}

fn time(nanoseconds: usize) -> String {
    let milliseconds = Duration::from_nanos(nanoseconds as u64).as_secs_f64() * 1e3;
    if milliseconds < 1000.0 { format!("{milliseconds:.1} ms") } else { format!("{:.2} s", milliseconds / 1e3) }
}

/// `1.5 MiB`, as Spark shows sizes in plans.
fn size(bytes: usize) -> String {
    let mut number = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if number < 1024.0 {
            return format!("{number:.1} {unit}");
        }
        number /= 1024.0;
    }
    format!("{number:.1} TiB")
}

fn draw(node: &Node) -> String {
    let mut text = String::new();
    draw_node(node, "", "", &mut text);
    text
}

/// `own` stands before this node's line, `below` before those of its children.
fn draw_node(node: &Node, own: &str, below: &str, text: &mut String) {
    let _ = writeln!(text, "{own}{}", node.text);
    for (n, child) in node.children.iter().enumerate() {
        let last = n + 1 == node.children.len();
        let (branch, stem) = if last { ("+- ", "   ") } else { (":- ", ":  ") };
        draw_node(child, &format!("{below}{branch}"), &format!("{below}{stem}"), text);
    }
}
