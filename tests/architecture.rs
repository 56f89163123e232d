//! The rules of the tree, checked on the sources: who may use whom, what a file looks like, what stands at the root.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

/// Longer files are split by noun.
const MAX_LINES: usize = 800;

/// Names that say nothing about what is in a file.
const BANNED_NAMES: [&str; 7] = ["utils", "util", "helpers", "common", "misc", "core", "manager"];

/// All that stands at the root, beside dot files and what git ignores.
const ROOT: [&str; 10] =
    ["Cargo.toml", "Cargo.lock", "README.md", "LICENSE", "src", "sql", "data", "tests", "benches", "docs"];

/// Attributes nobody may write, with what to do instead. They are written in two pieces so that this file passes.
const BANNED_ATTRIBUTES: [(&str, &str); 4] = [
    (concat!("#[", "allow"), "use #[expect(lint, reason = \"…\")]"),
    (concat!("#![", "allow"), "use #[expect(lint, reason = \"…\")]"),
    (concat!("#[", "ignore"), "assert what happens today, with a FIXME"),
    (concat!("#[", "should_panic"), "return an error and assert its text"),
];

/// Gives what offends.
type Check = fn() -> Vec<String>;

/// All checks, each a test.
pub fn trials() -> Vec<Trial> {
    let checks: [(&str, Check); 6] = [
        ("modules_use_only_lower_modules", modules_use_only_lower_modules),
        ("every_file_says_what_it_is", every_file_says_what_it_is),
        ("files_are_short", files_are_short),
        ("files_are_named_by_what_they_hold", files_are_named_by_what_they_hold),
        ("nothing_is_silenced", nothing_is_silenced),
        ("the_root_is_tidy", the_root_is_tidy),
    ];
    let trial = |(name, check): (&str, Check)| {
        Trial::test(format!("architecture::{name}"), move || match check() {
            offences if offences.is_empty() => Ok(()),
            offences => Err(Failed::from(offences.join("\n"))),
        })
    };
    checks.into_iter().map(trial).collect()
}

/// A module may name another only if that stands in a later group of `src/lib.rs`.
fn modules_use_only_lower_modules() -> Vec<String> {
    let groups = module_groups();
    let mut offences = Vec::new();
    for file in rust_files("src") {
        let Some(module) = module_of(&file) else { continue };
        let Some(own) = groups.get(&module) else {
            offences.push(format!("{}: module `{module}` is not in src/lib.rs", shown(&file)));
            continue;
        };
        for (number, line) in read(&file).lines().enumerate() {
            for used in modules_named_in(line) {
                let lower = groups.get(&used).is_some_and(|group| group > own);
                if used != module && groups.contains_key(&used) && !lower {
                    offences.push(format!(
                        "{}:{}: `{module}` uses `{used}`, which does not stand below it in src/lib.rs",
                        shown(&file),
                        number + 1
                    ));
                }
            }
        }
    }
    offences
}

/// The modules of `src/lib.rs` with the number of their group; groups are set apart by blank lines and comments.
fn module_groups() -> BTreeMap<String, usize> {
    let mut groups = BTreeMap::new();
    let mut group = 0;
    for line in read(&root().join("src/lib.rs")).lines().map(str::trim) {
        match line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")) {
            Some(name) => {
                groups.insert(name.trim_end_matches(';').to_owned(), group);
            }
            None => group += 1,
        }
    }
    groups
}

/// `src/sql/lexer.rs` and `src/sql.rs` belong to `sql`; `main.rs` and `lib.rs` to no module.
fn module_of(file: &Path) -> Option<String> {
    let below = file.strip_prefix(root().join("src")).ok()?;
    let first = below.components().next()?.as_os_str().to_str()?;
    let name = first.trim_end_matches(".rs");
    (!matches!(first, "main.rs" | "lib.rs")).then(|| name.to_owned())
}

/// The names that follow `crate::` in code, also in braces: `use crate::{error, types::DataType};`.
fn modules_named_in(line: &str) -> Vec<String> {
    if line.trim_start().starts_with("//") {
        return Vec::new();
    }
    let mut names = Vec::new();
    for rest in line.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => names.extend(list.split(',').map(leading_name)),
            None => names.push(leading_name(rest)),
        }
    }
    names
}

fn leading_name(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

fn every_file_says_what_it_is() -> Vec<String> {
    let silent = |file: &PathBuf| !read(file).starts_with("//! ");
    let offence = |file: PathBuf| format!("{}: the first line does not say what it is (`//! …`)", shown(&file));
    all_rust_files().into_iter().filter(silent).map(offence).collect()
}

fn files_are_short() -> Vec<String> {
    let mut offences = Vec::new();
    for file in all_rust_files() {
        let lines = read(&file).lines().count();
        if lines > MAX_LINES {
            offences.push(format!("{}: {lines} lines, split it by noun (at most {MAX_LINES})", shown(&file)));
        }
    }
    offences
}

fn files_are_named_by_what_they_hold() -> Vec<String> {
    let vague = |file: &PathBuf| {
        file.components().any(|part| {
            let part = part.as_os_str().to_string_lossy();
            BANNED_NAMES.contains(&part.trim_end_matches(".rs"))
        })
    };
    let below_root = |file: PathBuf| file.strip_prefix(root()).map(Path::to_owned).unwrap_or(file);
    let offence = |file: PathBuf| format!("{}: the name does not say what it holds", file.display());
    all_rust_files().into_iter().map(below_root).filter(vague).map(offence).collect()
}

fn nothing_is_silenced() -> Vec<String> {
    let mut offences = Vec::new();
    for file in all_rust_files() {
        for (number, line) in read(&file).lines().enumerate() {
            for (attribute, instead) in BANNED_ATTRIBUTES {
                if line.contains(attribute) {
                    offences.push(format!("{}:{}: `{attribute}`: {instead}", shown(&file), number + 1));
                }
            }
        }
    }
    offences
}

fn the_root_is_tidy() -> Vec<String> {
    let ignored = read(&root().join(".gitignore"));
    let ignored: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('/')).collect();
    let names = fs::read_dir(root()).expect("the root can be listed").flatten().map(|entry| entry.file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !ROOT.contains(&name.as_str()) && !ignored.contains(&name.as_str()))
        .map(|name| format!("{name}: does not belong at the root"))
        .collect()
}

fn all_rust_files() -> Vec<PathBuf> {
    ["src", "tests", "benches"].into_iter().flat_map(rust_files).collect()
}

/// The Rust files below a folder of the root, in order.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    crate::slt::files_below(&root().join(folder), "rs")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| format!("{}: {error}", file.display()))
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
