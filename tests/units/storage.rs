//! Tables of files: written, read back, pruned, overwritten, repaired, and what is left after a crash.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Schema};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::functions::core::expr_fn::named_struct;
use datafusion::functions_aggregate::expr_fn::{count, min, sum};
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::physical_plan::{ExecutionPlan, displayable};
use datafusion::prelude::{DataFrame, Expr, SessionConfig, SessionContext, cast, col, ident, lit};
use libtest_mimic::{Failed, Trial};
use skep::catalog::{Catalog, FileFormat, NewTable, PartitionChoice, PartitionValue, Table, TableDetails, TableKind};
use skep::error::Result;
use skep::storage::write::{CreateRequest, WriteMode, WriteRequest, WriteSummary, create, write};
use skep::storage::{self, ReadOptions, partitions, remove, repair};
use skep::types::{DataType, StructField, time_zone::Zone};
use tempfile::TempDir;

type Test = fn(&tokio::runtime::Runtime, &Path) -> std::result::Result<(), Failed>;

pub fn trials() -> Vec<Trial> {
    let all: &[(&str, Test)] = &[
        ("append_and_read", append_and_read),
        ("null_and_escaped_partitions", null_and_escaped_partitions),
        ("partition_pruning_reads_only_what_is_needed", pruning),
        ("many_partitions_are_sorted", many_partitions),
        ("overwrite_static_and_dynamic", overwrites),
        ("two_overwrites_conflict", conflict),
        ("readers_keep_their_snapshot", snapshot),
        ("read_and_overwrite_in_one", read_and_overwrite),
        ("create_with_rows", create_with_rows),
        ("external_tables_and_repair", external),
        ("rename_and_drop_partitions", rename_and_drop),
        ("names_differ_in_case", names_differ_in_case),
        ("broken_files_are_named", broken_files),
        ("failed_write_leaves_nothing", failed_write),
        ("crash_leaves_old_or_new", crash),
        ("files_without_a_table", direct_files),
        ("csv_is_read_as_spark_reads_it", csv),
        ("json_is_read_as_spark_reads_it", json),
        ("csv_and_json_are_written", text_tables),
    ];
    all.iter()
        .map(|(name, test)| {
            let test = *test;
            Trial::test(format!("units::storage::{name}"), move || {
                let folder = TempDir::new()?;
                let runtime = tokio::runtime::Runtime::new()?;
                test(&runtime, folder.path())
            })
        })
        .chain([crash_child()])
        .collect()
}

fn context() -> SessionContext {
    SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2))
}

fn details(location: &str) -> TableDetails {
    TableDetails {
        format: Some(FileFormat::Parquet),
        location: location.to_owned(),
        options: Vec::new(),
        properties: Vec::new(),
        comment: None,
        owner: String::new(),
        provider: Some("parquet".to_owned()),
        ..TableDetails::default()
    }
}

fn new_table(name: &str, columns: &[(&str, DataType)], partition_columns: usize) -> NewTable {
    NewTable {
        database: "default".to_owned(),
        name: name.to_owned(),
        kind: TableKind::Managed,
        columns: columns.iter().map(|(name, data_type)| StructField::new(*name, data_type.clone())).collect(),
        partition_columns,
        details: details(""),
    }
}

/// A plan of these rows.
async fn values(rows: &[&[Expr]]) -> Result<Arc<dyn ExecutionPlan>> {
    let rows = rows.iter().map(|row| row.to_vec()).collect();
    let plan = LogicalPlanBuilder::values(rows)?.build()?;
    Ok(DataFrame::new(context().state(), plan).create_physical_plan().await?)
}

/// A plan of expressions over the numbers from 0 on, in a column `n`.
async fn numbers(count: i64, columns: Vec<Expr>) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = Arc::new(Schema::new(vec![Field::new("n", Arrow::Int64, false)]));
    let batches = (0..count)
        .step_by(10_000)
        .map(|start| {
            let column = Int64Array::from_iter_values(start..count.min(start + 10_000));
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(column)])
        })
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let half = batches.len() / 2;
    let table = MemTable::try_new(schema, vec![batches[..half].to_vec(), batches[half..].to_vec()])?;
    let columns = columns.into_iter().enumerate().map(|(number, column)| column.alias(format!("c{number}")));
    Ok(context().read_table(Arc::new(table))?.select(columns.collect::<Vec<_>>())?.create_physical_plan().await?)
}

async fn insert_with(
    catalog: &Catalog,
    table: &Arc<Table>,
    input: Arc<dyn ExecutionPlan>,
    mode: WriteMode,
    static_partition: Vec<Option<PartitionValue>>,
) -> Result<WriteSummary> {
    let request = WriteRequest {
        table: Arc::clone(table),
        input,
        task: context().task_ctx(),
        static_partition,
        mode,
        pin: Arc::new(catalog.pin().await?),
        time_zone: "UTC".into(),
        committing: Arc::default(),
    };
    write(catalog, request).await
}

async fn insert(catalog: &Catalog, name: &str, rows: &[&[Expr]], mode: WriteMode) -> Result<WriteSummary> {
    let table = lookup(catalog, name).await?;
    insert_with(catalog, &table, values(rows).await?, mode, Vec::new()).await
}

async fn lookup(catalog: &Catalog, name: &str) -> Result<Arc<Table>> {
    Ok(catalog.table("default", name).await?.expect("the test made the table"))
}

async fn read_options(catalog: &Catalog) -> Result<ReadOptions> {
    Ok(ReadOptions { time_zone: "UTC".into(), pin: Arc::new(catalog.pin().await?) })
}

async fn open(catalog: &Catalog, name: &str) -> Result<DataFrame> {
    let table = lookup(catalog, name).await?;
    let provider = storage::open(catalog, &table, &read_options(catalog).await?).await?;
    Ok(context().read_table(provider)?)
}

/// The rows of a table, sorted.
async fn rows(catalog: &Catalog, name: &str, columns: &[&str]) -> Result<String> {
    show(open(catalog, name).await?.select_columns(columns)?).await
}

async fn rows_where(catalog: &Catalog, name: &str, columns: &[&str], condition: Expr) -> Result<String> {
    show(open(catalog, name).await?.filter(condition)?.select_columns(columns)?).await
}

async fn count_where(catalog: &Catalog, name: &str, condition: Expr) -> Result<usize> {
    Ok(open(catalog, name).await?.filter(condition)?.count().await?)
}

/// A result as lines of commas, sorted.
async fn show(frame: DataFrame) -> Result<String> {
    let batches = frame.collect().await?;
    let table = pretty_format_batches(&batches)?.to_string();
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(1);
    let cells = rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join(","));
    let mut lines = cells.collect::<Vec<_>>();
    lines.sort();
    Ok(lines.join("\n"))
}

async fn explain(frame: DataFrame) -> Result<String> {
    let plan = frame.create_physical_plan().await?;
    Ok(displayable(plan.as_ref()).indent(false).to_string())
}

fn date(text: &str) -> Expr {
    let value =
        storage::partition_path::parse(&Some(text.to_owned()), &DataType::Date, &Zone::utc()).expect("it is a date");
    Expr::Literal(value, None)
}

fn null(data_type: &Arrow) -> Expr {
    Expr::Literal(ScalarValue::try_from(data_type).expect("every type has a NULL"), None)
}

fn same(found: &str, expected: &str) -> std::result::Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("expected\n{expected}\nfound\n{found}").into()) }
}

fn fails(result: Result<impl std::fmt::Debug>, condition: &str) -> std::result::Result<String, Failed> {
    match result {
        Err(error) if error.condition() == condition => Ok(error.message().to_owned()),
        other => Err(format!("expected {condition}, found {other:?}").into()),
    }
}

/// Data files below a folder, hidden ones too.
fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => open.push(entry.path()),
                false => files.push(entry.path().display().to_string()),
            }
        }
    }
    files.sort();
    files
}

const SALES: &[(&str, DataType)] = &[("id", DataType::Long), ("name", DataType::String), ("day", DataType::Date)];

fn append_and_read(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        catalog.create_table(new_table("sales", SALES, 1)).await?;
        let day = date("2024-01-01");
        let input: &[&[Expr]] = &[
            &[lit(1_i64), lit("a"), day.clone()],
            &[lit(2_i64), lit("b"), date("2024-01-02")],
            &[lit(3_i64), null(&Arrow::Utf8), day.clone()],
        ];
        let written = insert(&catalog, "sales", input, WriteMode::Append).await?;
        assert_eq!((written.rows, written.files), (3, 2));
        let all = ["id", "name", "day"];
        same(&rows(&catalog, "sales", &all).await?, "1,a,2024-01-01\n2,b,2024-01-02\n3,,2024-01-01")?;
        assert_eq!(count_where(&catalog, "sales", col("day").eq(day)).await?, 2);
        same(&rows_where(&catalog, "sales", &["day", "id"], col("id").gt(lit(2))).await?, "2024-01-01,3")?;
        let parts = catalog.partitions(&*lookup(&catalog, "sales").await?, PartitionChoice::All).await?;
        assert_eq!(parts.len(), 2);
        // The table knows its size without looking at files, so that count(*) need not read any.
        let counted = open(&catalog, "sales").await?.aggregate(vec![], vec![count(lit(1_i64)), min(col("id"))])?;
        let plan = explain(counted.clone()).await?;
        assert!(plan.contains("PlaceholderRowExec"), "{plan}");
        same(&show(counted).await?, "3,1")?;
        Ok(())
    })
}

fn null_and_escaped_partitions(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let columns = [("v", DataType::Long), ("p", DataType::String)];
        catalog.create_table(new_table("t", &columns, 1)).await?;
        let input: &[&[Expr]] = &[
            &[lit(1_i64), lit("a/b")],
            &[lit(2_i64), null(&Arrow::Utf8)],
            &[lit(3_i64), lit("")],
            &[lit(4_i64), lit("x=%?")],
            &[lit(5_i64), lit("ü")],
        ];
        insert(&catalog, "t", input, WriteMode::Append).await?;
        let files = files_below(&folder.join("t")).join("\n");
        for part in ["p=a%2Fb/", "p=__HIVE_DEFAULT_PARTITION__/", "p=x%3D%25%3F/", "p=ü/"] {
            assert!(files.contains(part), "{part} in {files}");
        }
        same(&rows(&catalog, "t", &["v", "p"]).await?, "1,a/b\n2,\n3,\n4,x=%?\n5,ü")?;
        assert_eq!(count_where(&catalog, "t", col("p").is_null()).await?, 2);
        same(&rows_where(&catalog, "t", &["v"], col("p").eq(lit("x=%?"))).await?, "4")?;
        Ok(())
    })
}

fn pruning(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let columns = [("v", DataType::Long), ("a", DataType::Int), ("b", DataType::String)];
        let table = catalog.create_table(new_table("t", &columns, 2)).await?;
        let n = || ident("n");
        let input = vec![n(), cast(n() / lit(10_i64), Arrow::Int32), cast(n() % lit(3_i64), Arrow::Utf8)];
        insert_with(&catalog, &table, numbers(100, input).await?, WriteMode::Append, Vec::new()).await?;
        for (condition, files, found) in [
            (col("a").eq(lit(3)).and(col("b").eq(lit("1"))), 1, 3),
            (col("a").eq(lit(3)), 3, 10),
            (col("a").in_list(vec![lit(1), lit(2)], false).and(col("b").gt(lit("0"))), 4, 14),
            (col("b").eq(lit("2")), 10, 33),
            ((col("a") * lit(2)).eq(lit(6)).and(col("v").lt(lit(33_i64))), 3, 3),
            // By the files' smallest and largest values.
            (col("v").eq(lit(35_i64)), 3, 1),
        ] {
            let plan = explain(open(&catalog, "t").await?.filter(condition.clone())?).await?;
            assert_eq!(plan.matches(".parquet").count(), files, "{condition}: {plan}");
            assert_eq!(count_where(&catalog, "t", condition).await?, found);
        }
        Ok(())
    })
}

fn many_partitions(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let columns = [("v", DataType::Long), ("p", DataType::Long)];
        let table = catalog.create_table(new_table("t", &columns, 1)).await?;
        let input = numbers(200_000, vec![ident("n"), ident("n") % lit(700_i64)]).await?;
        let written = insert_with(&catalog, &table, input, WriteMode::Append, Vec::new()).await?;
        assert_eq!(written.rows, 200_000);
        assert!(written.files <= 1400 + 200, "{written:?}");
        let partitions = catalog.partitions(&*lookup(&catalog, "t").await?, PartitionChoice::All).await?;
        assert_eq!(partitions.len(), 700);
        let total = open(&catalog, "t").await?.aggregate(vec![], vec![count(col("v")), sum(col("v"))])?;
        same(&show(total).await?, "200000,19999900000")?;
        assert_eq!(count_where(&catalog, "t", (col("v") % lit(700_i64)).not_eq(col("p"))).await?, 0);
        Ok(())
    })
}

fn overwrites(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let columns = [("v", DataType::Long), ("a", DataType::Long), ("b", DataType::Long)];
        let table = catalog.create_table(new_table("t", &columns, 2)).await?;
        let row = |v: i64, a: i64, b: i64| [lit(v), lit(a), lit(b)];
        insert(&catalog, "t", &[&row(1, 1, 1), &row(2, 1, 2), &row(3, 2, 1)], WriteMode::Append).await?;
        // Only the partitions that get rows.
        insert(&catalog, "t", &[&row(20, 1, 2), &row(40, 3, 1)], WriteMode::OverwriteDynamic).await?;
        let all = ["v", "a", "b"];
        same(&rows(&catalog, "t", &all).await?, "1,1,1\n20,1,2\n3,2,1\n40,3,1")?;
        // All partitions with a = 1.
        let now = lookup(&catalog, "t").await?;
        let fixed = vec![Some(Some("1".to_owned())), None];
        insert_with(&catalog, &now, values(&[&row(7, 1, 7)]).await?, WriteMode::Overwrite, fixed).await?;
        same(&rows(&catalog, "t", &all).await?, "3,2,1\n40,3,1\n7,1,7")?;
        // A partition that is named in full is there even without rows.
        let now = lookup(&catalog, "t").await?;
        let fixed = vec![Some(Some("2".to_owned())), Some(Some("1".to_owned()))];
        let none = numbers(0, vec![ident("n"), lit(2_i64), lit(1_i64)]).await?;
        insert_with(&catalog, &now, none, WriteMode::Overwrite, fixed).await?;
        same(&rows(&catalog, "t", &all).await?, "40,3,1\n7,1,7")?;
        let found = catalog.partitions(&*lookup(&catalog, "t").await?, PartitionChoice::All).await?;
        let found =
            found.into_iter().map(|p| p.values.into_iter().flatten().collect::<Vec<_>>().join("/")).collect::<Vec<_>>();
        assert_eq!(found, ["1/7", "2/1", "3/1"]);
        insert(&catalog, "t", &[&row(9, 9, 9)], WriteMode::Overwrite).await?;
        same(&rows(&catalog, "t", &all).await?, "9,9,9")?;
        storage::sweep(&catalog).await;
        assert_eq!(files_below(&folder.join("t")).len(), 1);
        remove::truncate(&catalog, &*lookup(&catalog, "t").await?, &[], &catalog.pin().await?).await?;
        assert_eq!(open(&catalog, "t").await?.count().await?, 0);
        remove::drop_table(&catalog, &table).await?;
        assert!(!folder.join("t").exists());
        Ok(())
    })
}

fn conflict(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let one = Catalog::open(folder).await?;
        let two = Catalog::open(folder).await?;
        let columns = [("v", DataType::Long), ("p", DataType::Long)];
        let seen = one.create_table(new_table("t", &columns, 1)).await?;
        let row = |v: i64, p: i64| [lit(v), lit(p)];
        insert(&two, "t", &[&row(1, 1), &row(2, 2)], WriteMode::OverwriteDynamic).await?;
        let partition = |p: &str| vec![Some(Some(p.to_owned()))];
        // Both overwrite partition 1, having seen the same table.
        let late = insert_with(&one, &seen, values(&[&row(5, 1)]).await?, WriteMode::Overwrite, partition("1")).await;
        fails(late, "CONCURRENT_WRITE")?;
        same(&rows(&one, "t", &["v", "p"]).await?, "1,1\n2,2")?;
        assert_eq!(files_below(&folder.join("t")).len(), 2, "nothing is left of the second");
        // Another partition, and appends, are no conflict.
        insert_with(&one, &seen, values(&[&row(6, 3)]).await?, WriteMode::Overwrite, partition("3")).await?;
        insert_with(&one, &seen, values(&[&row(7, 1)]).await?, WriteMode::Append, Vec::new()).await?;
        same(&rows(&two, "t", &["v", "p"]).await?, "1,1\n2,2\n6,3\n7,1")?;
        // Neither is an append after a change of columns unnoticed.
        let mut altered = (*lookup(&two, "t").await?).clone();
        altered.columns.insert(1, StructField::new("w", DataType::Int));
        two.alter_table(&altered).await?;
        let late = insert_with(&one, &seen, values(&[&row(8, 1)]).await?, WriteMode::Append, Vec::new()).await;
        fails(late, "CONCURRENT_WRITE")?;
        same(&rows_where(&one, "t", &["v", "w", "p"], col("p").eq(lit(3))).await?, "6,,3")?;
        Ok(())
    })
}

fn snapshot(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let reader = Catalog::open(folder).await?;
        let writer = Catalog::open(folder).await?;
        reader.create_table(new_table("t", &[("v", DataType::Long)], 0)).await?;
        insert(&writer, "t", &[&[lit(1_i64)]], WriteMode::Append).await?;
        let seen = open(&reader, "t").await?;
        insert(&writer, "t", &[&[lit(2_i64)]], WriteMode::Overwrite).await?;
        storage::sweep(&writer).await;
        same(&show(seen.clone()).await?, "1")?;
        // Even if the table is dropped and made again meanwhile.
        remove::drop_table(&writer, &*lookup(&writer, "t").await?).await?;
        writer.create_table(new_table("t", &[("v", DataType::Long)], 0)).await?;
        insert(&writer, "t", &[&[lit(3_i64)]], WriteMode::Append).await?;
        same(&show(seen.clone().filter(col("v").gt(lit(0)))?).await?, "1")?;
        same(&rows(&reader, "t", &["v"]).await?, "3")?;
        drop(seen);
        storage::sweep(&writer).await;
        let left = files_below(folder).into_iter().filter(|file| file.ends_with(".parquet")).count();
        assert_eq!(left, 1);
        Ok(())
    })
}

fn read_and_overwrite(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(&folder.join("warehouse")).await?;
        let elsewhere = folder.join("elsewhere");
        for kind in [TableKind::Managed, TableKind::External] {
            let mut new = new_table(&format!("{kind:?}"), &[("v", DataType::Long)], 0);
            new.kind = kind;
            if kind == TableKind::External {
                new.details.location = format!("file:{}", elsewhere.display());
            }
            let name = new.name.clone();
            catalog.create_table(new).await?;
            insert(&catalog, &name, &[&[lit(1_i64)], &[lit(2_i64)]], WriteMode::Append).await?;
            let old = open(&catalog, &name).await?;
            let input = old.clone().select(vec![(col("v") + lit(10)).alias("v")])?.union(old)?;
            let table = lookup(&catalog, &name).await?;
            let input = input.create_physical_plan().await?;
            insert_with(&catalog, &table, input, WriteMode::Overwrite, Vec::new()).await?;
            same(&rows(&catalog, &name, &["v"]).await?, "1\n11\n12\n2")?;
        }
        assert!(files_below(&elsewhere).iter().all(|file| file.ends_with(".parquet")));
        Ok(())
    })
}

fn create_with_rows(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let columns = [("v", DataType::Long), ("p", DataType::Long)];
        let request = async |replaces: Option<Arc<Table>>, v: i64| -> Result<CreateRequest> {
            Ok(CreateRequest {
                table: new_table("t", &columns, 1),
                replaces,
                input: values(&[&[lit(v), lit(v)], &[lit(v + 1), lit(v + 1)]]).await?,
                task: context().task_ctx(),
                pin: Arc::new(catalog.pin().await?),
                time_zone: "UTC".into(),
                committing: Arc::default(),
            })
        };
        let (table, written) = create(&catalog, request(None, 1).await?).await?;
        assert_eq!(written.rows, 2);
        fails(create(&catalog, request(None, 5).await?).await, "TABLE_OR_VIEW_ALREADY_EXISTS")?;
        same(&rows(&catalog, "t", &["v", "p"]).await?, "1,1\n2,2")?;
        create(&catalog, request(Some(table), 3).await?).await?;
        same(&rows(&catalog, "t", &["v", "p"]).await?, "3,3\n4,4")?;
        storage::sweep(&catalog).await;
        let parquet = files_below(folder).into_iter().filter(|file| file.ends_with(".parquet")).collect::<Vec<_>>();
        assert_eq!(parquet.len(), 2, "{parquet:?}");
        Ok(())
    })
}

fn external(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(&folder.join("warehouse")).await?;
        let root = folder.join("data");
        // Somebody's files: made by a managed table, then copied.
        let columns = [("v", DataType::Long), ("p", DataType::Int)];
        catalog.create_table(new_table("m", &columns, 1)).await?;
        let input: &[&[Expr]] = &[&[lit(1_i64), lit(7)], &[lit(2_i64), lit(8)], &[lit(3_i64), null(&Arrow::Int32)]];
        insert(&catalog, "m", input, WriteMode::Append).await?;
        for file in files_below(&folder.join("warehouse/m")) {
            let to = root.join(Path::new(&file).strip_prefix(folder.join("warehouse/m"))?);
            std::fs::create_dir_all(to.parent().expect("a file is in a folder"))?;
            std::fs::copy(&file, &to)?;
            // Hidden files are no data; extensions don't matter.
            std::fs::write(to.with_file_name("_SUCCESS"), "")?;
            std::fs::write(to.with_file_name(".x.crc"), "x")?;
            std::fs::rename(&to, to.with_file_name("000000_0"))?;
        }
        std::fs::rename(root.join("p=7"), root.join("P=07"))?;
        let mut new = new_table("e", &columns, 1);
        new.kind = TableKind::External;
        new.details.location = storage::location_url(&root.display().to_string())?;
        catalog.create_table(new).await?;
        assert_eq!(open(&catalog, "e").await?.count().await?, 0);
        let table = lookup(&catalog, "e").await?;
        let found = repair::repair(&catalog, &table, repair::RepairMode::Add).await?;
        assert_eq!(found.added, 3);
        same(&rows(&catalog, "e", &["v", "p"]).await?, "1,7\n2,8\n3,")?;
        same(&rows_where(&catalog, "e", &["v"], col("p").eq(lit(7))).await?, "1")?;
        insert(&catalog, "e", &[&[lit(4_i64), lit(9)]], WriteMode::Append).await?;
        insert(&catalog, "e", &[&[lit(20_i64), lit(8)]], WriteMode::OverwriteDynamic).await?;
        same(&rows(&catalog, "e", &["v", "p"]).await?, "1,7\n20,8\n3,\n4,9")?;
        std::fs::remove_dir_all(root.join("p=9"))?;
        // As in Spark a folder that is gone has no rows.
        same(&rows(&catalog, "e", &["v"]).await?, "1\n20\n3")?;
        let table = lookup(&catalog, "e").await?;
        let found = repair::repair(&catalog, &table, repair::RepairMode::Sync).await?;
        assert_eq!((found.added, found.dropped), (0, 1));
        std::fs::create_dir_all(root.join("p=often"))?;
        let table = lookup(&catalog, "e").await?;
        let message =
            fails(repair::repair(&catalog, &table, repair::RepairMode::Add).await, "INVALID_PARTITION_VALUE")?;
        assert!(message.contains("`p=often`"), "{message}");
        remove::drop_table(&catalog, &table).await?;
        assert!(root.join("P=07/000000_0").exists());
        Ok(())
    })
}

fn rename_and_drop(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let columns = [("v", DataType::Long), ("p", DataType::Long)];
        catalog.create_table(new_table("t", &columns, 1)).await?;
        insert(&catalog, "t", &[&[lit(1_i64), lit(1_i64)], &[lit(2_i64), lit(2_i64)]], WriteMode::Append).await?;
        let value = |p: &str| vec![Some(p.to_owned())];
        let table = lookup(&catalog, "t").await?;
        let pin = catalog.pin().await?;
        partitions::rename_partition(&catalog, &table, &value("1"), &value("5"), &pin).await?;
        let table = lookup(&catalog, "t").await?;
        fails(
            partitions::rename_partition(&catalog, &table, &value("2"), &value("5"), &pin).await,
            "PARTITIONS_ALREADY_EXIST",
        )?;
        fails(
            partitions::rename_partition(&catalog, &table, &value("4"), &value("6"), &pin).await,
            "PARTITIONS_NOT_FOUND",
        )?;
        drop(pin);
        storage::sweep(&catalog).await;
        same(&rows(&catalog, "t", &["v", "p"]).await?, "1,5\n2,2")?;
        assert!(!folder.join("t/p=1").exists() && folder.join("t/p=5").exists());
        let dropped =
            partitions::drop_partitions(&catalog, &table, PartitionChoice::Exactly(&[value("5"), value("77")])).await?;
        assert_eq!(dropped.len(), 1);
        assert!(!folder.join("t/p=5").exists());
        let new = skep::catalog::NewPartition { values: value("3"), ..Default::default() };
        partitions::add_partitions(&catalog, &table, std::slice::from_ref(&new), false).await?;
        fails(
            partitions::add_partitions(&catalog, &table, std::slice::from_ref(&new), false).await,
            "PARTITIONS_ALREADY_EXIST",
        )?;
        partitions::add_partitions(&catalog, &table, &[new], true).await?;
        same(&rows(&catalog, "t", &["v", "p"]).await?, "2,2")?;
        Ok(())
    })
}

fn names_differ_in_case(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(&folder.join("warehouse")).await?;
        let root = folder.join("data").display().to_string();
        let make = async |columns: &[(&str, DataType)], name: &str| -> Result<()> {
            let mut new = new_table(name, columns, 0);
            new.kind = TableKind::External;
            new.details.location = storage::location_url(&root)?;
            catalog.create_table(new).await.map(|_| ())
        };
        let inner = |name: &str| DataType::Struct(vec![StructField::new(name, DataType::String)]);
        make(&[("Id", DataType::Int), ("Name", DataType::String), ("S", inner("Field"))], "a").await?;
        let structure = |text: &str| named_struct(vec![lit("Field"), lit(text)]);
        let input: &[&[Expr]] = &[&[lit(1), lit("x"), structure("x")], &[lit(2), lit("y"), structure("y")]];
        insert(&catalog, "a", input, WriteMode::Append).await?;
        make(
            &[("name", DataType::String), ("ID", DataType::Long), ("s", inner("fIELD")), ("later", DataType::Date)],
            "b",
        )
        .await?;
        let condition = ident("ID").gt_eq(lit(2_i64)).and(col("name").eq(lit("y")));
        let found = open(&catalog, "b").await?.filter(condition)?.select(["name", "ID", "s", "later"].map(ident))?;
        same(&show(found).await?, "y,2,{fIELD: y},")?;
        make(&[("id", DataType::Date)], "c").await?;
        let message = fails(rows(&catalog, "c", &["id"]).await, "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH")?;
        assert!(message.contains("<id>") && message.contains("part-00000"), "{message}");
        Ok(())
    })
}

fn broken_files(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let table = catalog.create_table(new_table("t", &[("v", DataType::Long)], 0)).await?;
        let input = numbers(10_000, vec![ident("n")]).await?;
        insert_with(&catalog, &table, input, WriteMode::Append, Vec::new()).await?;
        let file = files_below(&folder.join("t")).remove(0);
        let bytes = std::fs::read(&file)?;
        for (content, expected) in [
            (&bytes[..bytes.len() / 2], "truncated"),
            (&bytes[..bytes.len() - 1], "truncated"),
            (b"hello, world", "not a Parquet file"),
            (b"", "empty"),
        ] {
            std::fs::write(&file, content)?;
            let message = fails(rows(&catalog, "t", &["v"]).await, "CANNOT_READ_FILE_FOOTER")?;
            assert!(message.contains(expected) && message.contains("part-00000"), "{message}");
        }
        std::fs::remove_file(&file)?;
        let message = fails(rows(&catalog, "t", &["v"]).await, "FAILED_READ_FILE.FILE_NOT_EXIST")?;
        assert!(message.contains("part-00000"), "{message}");
        Ok(())
    })
}

fn failed_write(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        catalog.create_table(new_table("t", &[("v", DataType::Long), ("p", DataType::Long)], 1)).await?;
        insert(&catalog, "t", &[&[lit(1_i64), lit(1_i64)]], WriteMode::Append).await?;
        let table = lookup(&catalog, "t").await?;
        let before = files_below(&folder.join("t"));
        let remainder = || ident("n") % lit(3_i64);
        let bad = numbers(200_000, vec![lit(10_i64) / (ident("n") - lit(150_000_i64)), remainder()]).await?;
        assert!(insert_with(&catalog, &table, bad, WriteMode::Overwrite, Vec::new()).await.is_err());
        assert_eq!(files_below(&folder.join("t")), before);
        // A write that is given up.
        let slow = numbers(20_000_000, vec![ident("n"), remainder()]).await?;
        let given_up = tokio::time::timeout(
            std::time::Duration::from_millis(100),
            insert_with(&catalog, &table, slow, WriteMode::Overwrite, Vec::new()),
        );
        assert!(given_up.await.is_err());
        for _ in 0..100 {
            if files_below(&folder.join("t")) == before {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(files_below(&folder.join("t")), before);
        same(&rows(&catalog, "t", &["v", "p"]).await?, "1,1")?;
        Ok(())
    })
}

/// Set for the process that is to crash: where its warehouse is.
const CHILD: &str = "SKEP_TEST_CRASH_CHILD";

fn crash_child() -> Trial {
    Trial::test("units::storage::crash_child", || {
        let Ok(folder) = std::env::var(CHILD) else { return Ok(()) };
        tokio::runtime::Runtime::new()?.block_on(async {
            let catalog = Catalog::open(Path::new(&folder)).await?;
            let row = |v: i64, p: i64| [lit(v), lit(p)];
            insert(&catalog, "t", &[&row(10, 1), &row(20, 2), &row(30, 3)], WriteMode::Overwrite).await?;
            Ok(())
        })
    })
}

fn crash(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    for step in ["before-rename", "between-renames", "after-rename", "before-commit", "after-commit"] {
        let folder = folder.join(step);
        runtime.block_on(async {
            let catalog = Catalog::open(&folder).await?;
            catalog.create_table(new_table("t", &[("v", DataType::Long), ("p", DataType::Long)], 1)).await?;
            insert(&catalog, "t", &[&[lit(1_i64), lit(1_i64)], &[lit(2_i64), lit(2_i64)]], WriteMode::Append).await
        })?;
        let child = std::process::Command::new(std::env::current_exe()?)
            .args(["--exact", "units::storage::crash_child"])
            .env(CHILD, &folder)
            .env("SKEP_CRASH_AT", step)
            .output()?;
        assert!(!child.status.success(), "{step}: the child lived");
        runtime.block_on(async {
            let catalog = Catalog::open(&folder).await?;
            storage::sweep(&catalog).await;
            let expected = if step == "after-commit" { "10,1\n20,2\n30,3" } else { "1,1\n2,2" };
            same(&rows(&catalog, "t", &["v", "p"]).await?, expected)?;
            let files = files_below(&folder.join("t"));
            let all_data = files.iter().all(|file| file.ends_with(".parquet") && !file.contains("_staging"));
            assert!(all_data && files.len() == expected.lines().count(), "{step}: {files:?}");
            Ok::<_, Failed>(())
        })?;
    }
    Ok(())
}

fn direct_files(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        catalog.create_table(new_table("sales", SALES, 1)).await?;
        let input: &[&[Expr]] =
            &[&[lit(1_i64), lit("a"), date("2024-01-01")], &[lit(2_i64), lit("b"), null(&Arrow::Date32)]];
        insert(&catalog, "sales", input, WriteMode::Append).await?;
        let read = read_options(&catalog).await?;
        let pattern = folder.join("sa*").display().to_string();
        let found = storage::files::open_files(FileFormat::Parquet, &pattern, &Vec::new(), &read).await?;
        let types = found.columns.iter().map(|c| format!("{} {}", c.name, c.data_type)).collect::<Vec<_>>();
        assert_eq!(types, ["id BIGINT", "name STRING", "day DATE"]);
        same(&show(context().read_table(found.provider)?).await?, "1,a,2024-01-01\n2,b,")?;
        let missing = folder.join("none").display().to_string();
        fails(storage::files::open_files(FileFormat::Parquet, &missing, &Vec::new(), &read).await, "PATH_NOT_FOUND")?;
        std::fs::create_dir(folder.join("empty"))?;
        let empty = folder.join("empty").display().to_string();
        fails(
            storage::files::open_files(FileFormat::Parquet, &empty, &Vec::new(), &read).await,
            "UNABLE_TO_INFER_SCHEMA",
        )?;
        Ok(())
    })
}

async fn direct(
    catalog: &Catalog,
    format: FileFormat,
    path: &Path,
    options: &[(&str, &str)],
) -> Result<(String, String)> {
    let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let read = read_options(catalog).await?;
    let found = storage::files::open_files(format, &path.display().to_string(), &options, &read).await?;
    let types = found.columns.iter().map(|c| format!("{} {}", c.name, c.data_type)).collect::<Vec<_>>().join(", ");
    Ok((types, show(context().read_table(found.provider)?).await?))
}

fn csv(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(&folder.join("warehouse")).await?;
        let path = folder.join("q.csv");
        let content = concat!(
            "a,b,c,d\n",
            "\"x \"\"q\"\" y\",1,\"\",\n",
            "\"a\\\"b\",2,\"m, n\",\" s \"\r\n",
            "un\"quo\"ted,3,NA, t\n\n",
            "\"open,4,u\n",
            "\"c\" d,5,6,7,8",
        );
        std::fs::write(&path, content)?;
        let expected = "\"c\" d,5,6,7\n\"x \"\"q\"\" y\",1,,\na\"b,2,m, n,s\nopen,4,u,,,\nun\"quo\"ted,3,NA,t";
        let (types, found) =
            direct(&catalog, FileFormat::Csv, &path, &[("header", "true"), ("inferSchema", "true")]).await?;
        same(&types, "a STRING, b INT, c STRING, d STRING")?;
        same(&found, expected)?;
        let (types, _) = direct(&catalog, FileFormat::Csv, &path, &[]).await?;
        same(&types, "_c0 STRING, _c1 STRING, _c2 STRING, _c3 STRING")?;
        // In many small parts.
        let mut big = String::from("n;when;amount\n");
        for n in 0..100_000 {
            big.push_str(&format!("{n};{:02}/01/2024 10:{:02};{n}.25\n", n % 28 + 1, n % 60));
        }
        let path = folder.join("big.csv");
        std::fs::write(&path, &big)?;
        let mut new =
            new_table("big", &[("n", DataType::Long), ("when", DataType::Timestamp), ("amount", DataType::Double)], 0);
        new.kind = TableKind::External;
        new.details.format = Some(FileFormat::Csv);
        new.details.location = storage::location_url(&path.display().to_string())?;
        new.details.options = [("sep", ";"), ("header", "true"), ("timestampFormat", "dd/MM/yyyy HH:mm")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec();
        catalog.create_table(new.clone()).await?;
        let table = open(&catalog, "big").await?;
        let total = vec![count(col("n")), count(ident("when")), sum(col("n")), sum(col("amount"))];
        let config = SessionConfig::new().with_target_partitions(7).with_repartition_file_min_size(1);
        let (_, plan) = table.clone().aggregate(vec![], total)?.into_parts();
        let frame = DataFrame::new(SessionContext::new_with_config(config).state(), plan);
        same(&show(frame).await?, "100000,100000,4999950000,4999975000.0")?;
        same(&show(table.filter(col("n").eq(lit(35_i64)))?).await?, "35,2024-01-08T10:35:00Z,35.25")?;
        Ok(())
    })
}

fn json(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(&folder.join("warehouse")).await?;
        let path = folder.join("t.json");
        let lines =
            [r#"{"a":1,"b":{"y":1,"x":[1,2]},"c":"s"}"#, r#"{"a":1.5,"c":null,"d":true}"#, "bad", r#"{"a":"t","b":5}"#];
        std::fs::write(&path, lines.join("\n"))?;
        let (types, found) = direct(&catalog, FileFormat::Json, &path, &[]).await?;
        same(&types, "_corrupt_record STRING, a STRING, b STRING, c STRING, d BOOLEAN")?;
        same(&found, ",1,{\"y\":1,\"x\":[1,2]},s,\n,1.5,,,true\n,t,5,,\nbad,,,,")?;
        std::fs::write(&path, lines[..2].join("\n"))?;
        let (types, found) = direct(&catalog, FileFormat::Json, &path, &[]).await?;
        same(&types, "a DOUBLE, b STRUCT<x: ARRAY<BIGINT>, y: BIGINT>, c STRING, d BOOLEAN")?;
        same(&found, "1.0,{x: [1, 2], y: 1},s,\n1.5,,,true")?;
        let failed = direct(&catalog, FileFormat::Json, &path, &[("samplingRatio", "0.5")]).await;
        fails(failed, "UNSUPPORTED_FEATURE")?;
        Ok(())
    })
}

fn text_tables(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let columns = [("a", DataType::Long), ("b", DataType::String), ("d", DataType::Date), ("p", DataType::Int)];
        for (format, expected) in [
            (FileFormat::Csv, "1,\"x\\\"y\",2024-01-02\n2,,\n"),
            (FileFormat::Json, "{\"a\":1,\"b\":\"x\\\"y\",\"d\":\"2024-01-02\"}\n{\"a\":2}\n"),
        ] {
            let mut new = new_table(&format!("{format:?}"), &columns, 1);
            new.details.format = Some(format);
            let table = catalog.create_table(new).await?;
            let input: &[&[Expr]] = &[
                &[lit(1_i64), lit("x\"y"), date("2024-01-02"), lit(7)],
                &[lit(2_i64), null(&Arrow::Utf8), null(&Arrow::Date32), lit(7)],
            ];
            insert_with(&catalog, &table, values(input).await?, WriteMode::Append, Vec::new()).await?;
            let files = files_below(&folder.join(&table.name));
            same(&std::fs::read_to_string(&files[0])?, expected)?;
            same(&rows(&catalog, &table.name, &["a", "b", "d", "p"]).await?, "1,x\"y,2024-01-02,7\n2,,,7")?;
        }
        Ok(())
    })
}
