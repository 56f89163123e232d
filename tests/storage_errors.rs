//! What goes wrong with files: each a clear error that names the file, nothing lost, nothing left behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::program::{command, output_of};

type Test = fn(&Warehouse) -> Result<(), Failed>;

pub fn trials() -> Vec<Trial> {
    let all: &[(&str, Test)] = &[
        ("bad_files_are_named", bad_files),
        ("damaged_pages_are_named", damaged_page),
        ("failed_inserts_change_nothing", failed_inserts),
        ("folders_that_cannot_be_written", unwritable),
        ("full_disk", full_disk),
        ("folders_that_do_not_match", mismatched_folders),
        ("folders_that_are_gone", removed_folders),
        ("folders_that_are_spelled_otherwise", respelled_folders),
        ("locations_that_are_not_there", missing_locations),
        ("warehouse_of_a_later_version", later_version),
        ("several_processes_at_once", several_processes),
    ];
    let trial = |(name, test): &(&str, Test)| {
        let test = *test;
        Trial::test(format!("storage_errors::{name}"), move || test(&Warehouse::new()?))
    };
    all.iter().map(trial).collect()
}

fn bad_files(warehouse: &Warehouse) -> Result<(), Failed> {
    warehouse.run("CREATE TABLE t (a INT, b STRING) USING parquet; INSERT INTO t VALUES (1, 'x')")?;
    let file = warehouse.data_file("t")?;
    let whole = fs::read(&file)?;
    let name = file.display().to_string();
    let cases: [(&str, Option<&[u8]>, &str); 4] = [
        ("CANNOT_READ_FILE_FOOTER", Some(b""), "the file is empty"),
        ("CANNOT_READ_FILE_FOOTER", Some(&whole[..whole.len() / 2]), "truncated or damaged"),
        ("CANNOT_READ_FILE_FOOTER", Some(b"a,b\n1,2\n3,4\n"), "it is not a Parquet file"),
        ("FAILED_READ_FILE.FILE_NOT_EXIST", None, "File does not exist"),
    ];
    for (condition, content, why) in cases {
        match content {
            Some(content) => fs::write(&file, content)?,
            None => fs::remove_file(&file)?,
        }
        warehouse.fails("SELECT * FROM t", &[condition, &name, why])?;
        warehouse.fails("INSERT OVERWRITE t SELECT a + 1, b FROM t", &[condition, &name, why])?;
    }
    fs::write(&file, &whole)?;
    warehouse.answers("SELECT * FROM t", "1\tx\n")
}

fn damaged_page(warehouse: &Warehouse) -> Result<(), Failed> {
    warehouse.run("CREATE TABLE t USING parquet AS SELECT id, md5(string(id)) AS b FROM range(1000)")?;
    let file = warehouse.data_file("t")?;
    let mut bytes = fs::read(&file)?;
    let middle = bytes.len() / 2;
    bytes[4..middle].fill(0xff);
    fs::write(&file, bytes)?;
    let expected = ["FAILED_READ_FILE", &file.display().to_string(), "damaged"];
    warehouse.fails("SELECT * FROM t", &expected)?;
    warehouse.fails("SELECT max(b), sum(id) FROM t", &expected)?;
    warehouse.fails("CREATE TABLE u USING parquet AS SELECT * FROM t", &expected)?;
    warehouse.answers("SHOW TABLES", "t\n")
}

fn failed_inserts(warehouse: &Warehouse) -> Result<(), Failed> {
    warehouse.run(
        "CREATE TABLE t (a INT, b STRING) USING parquet PARTITIONED BY (b);
         INSERT INTO t VALUES (1, 'x'), (2, 'y')",
    )?;
    let before = warehouse.files()?;
    for (statement, condition) in [
        ("INSERT INTO t VALUES ('abc', 'x')", "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST"),
        ("INSERT INTO t VALUES (3000000000, 'x')", "CAST_OVERFLOW_IN_TABLE_INSERT"),
        // The last of many rows: files have been begun by then.
        ("INSERT INTO t SELECT id * 30000, id % 5 FROM range(100000)", "CAST_OVERFLOW_IN_TABLE_INSERT"),
        ("INSERT OVERWRITE t SELECT id * 30000, 'x' FROM range(100000)", "CAST_OVERFLOW_IN_TABLE_INSERT"),
        ("INSERT OVERWRITE t PARTITION (b = 'x') SELECT 1 DIV (99999 - id) FROM range(100000)", "DIVIDE_BY_ZERO"),
        ("CREATE TABLE u USING parquet AS SELECT 1 DIV (99999 - id) AS a FROM range(100000)", "DIVIDE_BY_ZERO"),
    ] {
        warehouse.fails(statement, &[condition])?;
        warehouse.is_as(&before, statement)?;
    }
    warehouse.answers("SELECT * FROM t ORDER BY a", "1\tx\n2\ty\n")
}

fn unwritable(warehouse: &Warehouse) -> Result<(), Failed> {
    let file = warehouse.scratch("file")?;
    fs::write(&file, "in the way")?;
    let below = file.join("below").display().to_string();
    let create = format!("CREATE TABLE t USING parquet LOCATION '{below}' AS SELECT 1 AS a");
    warehouse.fails(&create, &["FAILED_WRITE_FILE", &below])?;
    warehouse.answers("SHOW TABLES", "")?;
    warehouse.run(&format!("CREATE TABLE e (a INT) USING parquet LOCATION '{below}'"))?;
    warehouse.fails("INSERT INTO e VALUES (1)", &["FAILED_WRITE_FILE", &below])?;
    assert_eq!(fs::read_to_string(&file)?, "in the way");
    let output = command(&file).args(["-e", "SHOW TABLES"]).output()?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() || !error.contains(&file.display().to_string()) {
        return Err(format!("a warehouse that is a file: {error}").into());
    }

    let Some(mount) = Mount::new(warehouse.scratch("read-only")?, "size=1m")? else { return Ok(()) };
    let location = mount.0.display().to_string();
    warehouse.run(&format!("CREATE TABLE r (a INT) USING parquet LOCATION '{location}'; INSERT INTO r VALUES (1)"))?;
    mount.remount("ro")?;
    warehouse.fails("INSERT INTO r VALUES (2)", &["PERMISSION_DENIED", &location])?;
    warehouse.fails("INSERT OVERWRITE r VALUES (2)", &["PERMISSION_DENIED", &location])?;
    warehouse.answers("SELECT * FROM r", "1\n")
}

fn full_disk(warehouse: &Warehouse) -> Result<(), Failed> {
    let Some(mount) = Mount::new(warehouse.scratch("full")?, "size=4m")? else { return Ok(()) };
    let inner = Warehouse::at(mount.0.join("warehouse"));
    inner.run("CREATE TABLE t (a BIGINT, b STRING) USING parquet; INSERT INTO t VALUES (1, 'x')")?;
    let before = inner.files()?;
    for statement in [
        "INSERT INTO t SELECT id, md5(string(id)) FROM range(1000000)",
        "INSERT OVERWRITE t SELECT id, md5(string(id)) FROM range(1000000)",
        "CREATE TABLE u USING parquet AS SELECT id, md5(string(id)) AS b FROM range(1000000)",
    ] {
        inner.fails(statement, &["DISK_FULL", &mount.0.display().to_string()])?;
        inner.is_as(&before, statement)?;
    }
    inner.run("INSERT INTO t VALUES (2, 'y')")?;
    inner.answers("SELECT * FROM t ORDER BY a", "1\tx\n2\ty\n")
}

/// Partitions without a folder go only where that is asked for, and no others do.
fn removed_folders(warehouse: &Warehouse) -> Result<(), Failed> {
    let folder = warehouse.scratch("partitions")?;
    warehouse.run(&format!(
        "CREATE TABLE e (a INT, k INT) USING parquet PARTITIONED BY (k) LOCATION '{}';
         INSERT INTO e VALUES (1, 1), (2, 2), (3, 3)",
        folder.display()
    ))?;
    fs::remove_dir_all(folder.join("k=1"))?;
    warehouse.answers("MSCK REPAIR TABLE e; SHOW PARTITIONS e", "k=1\nk=2\nk=3\n")?;
    warehouse.answers("MSCK REPAIR TABLE e DROP PARTITIONS; SHOW PARTITIONS e", "k=2\nk=3\n")?;
    fs::rename(folder.join("k=2"), folder.join("k=4"))?;
    warehouse.answers("MSCK REPAIR TABLE e SYNC PARTITIONS; SELECT * FROM e ORDER BY k", "3\t3\n2\t4\n")
}

/// What a filter looks up is `1`, whatever the folder is called.
fn respelled_folders(warehouse: &Warehouse) -> Result<(), Failed> {
    warehouse.run("CREATE TABLE t (a INT, k INT) USING parquet PARTITIONED BY (k); INSERT INTO t VALUES (10, 5)")?;
    let file = warehouse.data_file("t/k=5")?;
    let table = file.parent().and_then(Path::parent).ok_or("a file lies in a folder of a folder")?;
    fs::create_dir(table.join("k=01"))?;
    fs::copy(&file, table.join("k=01/part-0.parquet"))?;
    warehouse.answers("MSCK REPAIR TABLE t; SHOW PARTITIONS t", "k=1\nk=5\n")?;
    warehouse.answers("SELECT * FROM t WHERE k = 1", "10\t1\n")?;
    warehouse.answers("MSCK REPAIR TABLE t; SELECT count(*) FROM t", "2\n")
}

fn mismatched_folders(warehouse: &Warehouse) -> Result<(), Failed> {
    warehouse.run("CREATE TABLE t (a INT) USING parquet; INSERT INTO t VALUES (1)")?;
    let file = warehouse.data_file("t")?;
    let folder = warehouse.scratch("folder")?;
    let put = |place: &str| -> Result<(), Failed> {
        fs::create_dir_all(folder.join(place))?;
        fs::copy(&file, folder.join(place).join("part-0.parquet"))?;
        Ok(())
    };
    put("k=1")?;
    put("k=abc")?;
    let location = folder.display().to_string();
    warehouse.run(&format!(
        "CREATE TABLE e (a INT, k INT) USING parquet PARTITIONED BY (k) LOCATION '{location}';
         CREATE TABLE j (a INT, j INT) USING parquet PARTITIONED BY (j) LOCATION '{location}'"
    ))?;
    warehouse.fails("MSCK REPAIR TABLE e", &["INVALID_PARTITION_VALUE", "'abc'", "k=abc"])?;
    warehouse.answers("MSCK REPAIR TABLE j; SELECT * FROM j", "")?;
    let direct = format!("SELECT count(*) FROM parquet.`{location}`");
    warehouse.answers(&direct, "2\n")?;
    // Files on two levels: none is passed over in silence.
    put("k=1/deeper=2")?;
    warehouse.fails(&direct, &["CONFLICTING_PARTITION_COLUMN_NAMES", &location])?;
    fs::remove_dir_all(folder.join("k=1/deeper=2"))?;
    put("other=1")?;
    warehouse.fails(&direct, &["CONFLICTING_PARTITION_COLUMN_NAMES", "other"])
}

fn missing_locations(warehouse: &Warehouse) -> Result<(), Failed> {
    let folder = warehouse.scratch("none")?;
    let location = folder.display().to_string();
    for format in ["parquet", "csv", "json"] {
        warehouse.run(&format!("CREATE TABLE {format}_t (a INT) USING {format} LOCATION '{location}/{format}'"))?;
        // As in Spark there is nothing rather than an error.
        warehouse.answers(&format!("SELECT * FROM {format}_t; SELECT count(*) FROM {format}_t"), "0\n")?;
        let direct = format!("SELECT * FROM {format}.`{location}/{format}`");
        warehouse.fails(&direct, &["PATH_NOT_FOUND", &location])?;
        let infer = format!("CREATE TABLE u USING {format} LOCATION '{location}/{format}'");
        warehouse.fails(&infer, &["UNABLE_TO_INFER_SCHEMA", &location])?;
        warehouse.run(&format!("INSERT INTO {format}_t VALUES (1)"))?;
        warehouse.answers(&format!("SELECT * FROM {format}_t"), "1\n")?;
        fs::remove_dir_all(folder.join(format))?;
        warehouse.answers(&format!("SELECT * FROM {format}_t"), "")?;
    }
    Ok(())
}

fn later_version(warehouse: &Warehouse) -> Result<(), Failed> {
    warehouse.run("CREATE TABLE t (a INT) USING parquet")?;
    let metastore = warehouse.path.join("metastore.db");
    crate::slt::RUNTIME.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&metastore);
        let pool = sqlx::sqlite::SqlitePool::connect_with(options).await?;
        sqlx::query("INSERT INTO migration VALUES (99, 'later', 0)").execute(&pool).await?;
        pool.close().await;
        Ok::<_, sqlx::Error>(())
    })?;
    let before = fs::read(&metastore)?;
    warehouse.fails("SHOW TABLES", &["METASTORE_TOO_NEW", &metastore.display().to_string(), "version"])?;
    assert!(fs::read(&metastore)? == before, "the later metastore was written to");
    Ok(())
}

fn several_processes(warehouse: &Warehouse) -> Result<(), Failed> {
    const PROCESSES: usize = 4;
    warehouse.run("CREATE TABLE t (a INT, p INT) USING parquet PARTITIONED BY (p)")?;
    let statements = |number: usize| {
        format!(
            "INSERT INTO t VALUES ({number}, 0); INSERT OVERWRITE t PARTITION (p = {}) VALUES ({number}); \
             INSERT INTO t VALUES ({number}, 0); CREATE TABLE t{number} USING parquet AS SELECT * FROM t",
            number + 1
        )
    };
    let running = (0..PROCESSES).map(|number| command(&warehouse.path).args(["-e", &statements(number)]).spawn());
    for process in running.collect::<Vec<_>>() {
        let status = process?.wait()?;
        if !status.success() {
            return Err(format!("one of several processes failed: {status}").into());
        }
    }
    warehouse.answers(
        "SELECT p, count(*), sum(a) FROM t GROUP BY p ORDER BY p",
        "0\t8\t12\n1\t1\t0\n2\t1\t1\n3\t1\t2\n4\t1\t3\n",
    )?;
    assert_eq!(warehouse.run("SHOW TABLES")?.lines().count(), PROCESSES + 1);
    output_of(command(&warehouse.path).args(["metastore", "check"])).map(drop)
}

/// A warehouse and room beside it.
struct Warehouse {
    path: PathBuf,
    folder: Option<tempfile::TempDir>,
}

impl Warehouse {
    fn new() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        Ok(Self { path: folder.path().join("warehouse"), folder: Some(folder) })
    }

    fn at(path: PathBuf) -> Self {
        Self { path, folder: None }
    }

    /// A path outside the warehouse.
    fn scratch(&self, name: &str) -> Result<PathBuf, Failed> {
        let folder = self.folder.as_ref().ok_or("no folder of its own")?;
        Ok(folder.path().canonicalize()?.join(name))
    }

    fn run(&self, statements: &str) -> Result<String, Failed> {
        output_of(command(&self.path).args(["-e", statements]))
    }

    fn answers(&self, statements: &str, expected: &str) -> Result<(), Failed> {
        let found = self.run(statements)?;
        if found == expected { Ok(()) } else { Err(format!("{statements}\nexpected\n{expected}found\n{found}").into()) }
    }

    /// The statement fails, and what it says has all these words.
    fn fails(&self, statement: &str, words: &[&str]) -> Result<(), Failed> {
        let output = command(&self.path).args(["-e", statement]).output()?;
        let error = String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(1) {
            return Err(format!("{statement}\nmust fail but ended with {}:\n{error}", output.status).into());
        }
        match words.iter().find(|word| !error.contains(**word)) {
            Some(missing) => Err(format!("{statement}\nthe error does not name `{missing}`:\n{error}").into()),
            None => Ok(()),
        }
    }

    /// The one data file of a table.
    fn data_file(&self, table: &str) -> Result<PathBuf, Failed> {
        let files = fs::read_dir(self.path.canonicalize()?.join(table))?;
        let mut files = files.flatten().map(|entry| entry.path());
        files.find(|path| path.is_file()).ok_or_else(|| "the table has no file".into())
    }

    /// All folders and files but the metastore's own, with their contents.
    fn files(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>, Failed> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.path.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if name == ".leases" || name.starts_with("metastore.db") {
                    continue;
                }
                if path.is_dir() {
                    found.insert(path.clone(), Vec::new());
                    open.push(path);
                } else {
                    found.insert(path.clone(), fs::read(&path)?);
                }
            }
        }
        Ok(found)
    }

    fn is_as(&self, before: &BTreeMap<PathBuf, Vec<u8>>, after: &str) -> Result<(), Failed> {
        let now = self.files()?;
        let differs = |path: &&PathBuf| before.get(*path) != now.get(*path);
        match before.keys().chain(now.keys()).find(differs) {
            Some(path) => Err(format!("{after}\nchanged `{}`", path.display()).into()),
            None => Ok(()),
        }
    }
}

/// A file system of its own, unmounted in the end.
struct Mount(PathBuf);

impl Mount {
    /// None where one may not mount anything.
    fn new(folder: PathBuf, options: &str) -> Result<Option<Self>, Failed> {
        fs::create_dir_all(&folder)?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&folder).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Ok(Some(Self(folder)));
        }
        writeln(&folder, "skipped: this needs the right to mount a file system");
        Ok(None)
    }

    fn remount(&self, options: &str) -> Result<(), Failed> {
        let options = format!("remount,{options}");
        let done = Command::new("mount").args(["-o", &options]).arg(&self.0).status()?;
        if done.success() { Ok(()) } else { Err(format!("mount -o {options}: {done}").into()) }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A mount that stays is seen by whoever removes the folder.
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn writeln(folder: &Path, message: &str) {
    use std::io::Write;
    // If no one sees the message, the test is skipped all the same.
    let _ = writeln!(std::io::stderr(), "{}: {message}", folder.display());
}
