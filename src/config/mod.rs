//! Settings: which there are, what they were started with, and what a session changed.
//!
//! Values are text, checked against the list in `settings.rs` when they are set. It knows nothing of what a setting
//! does.

mod dialect;
pub mod postgres;
pub mod settings;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{
    CANNOT_MODIFY_STATIC_CONFIG, Error, FAILED_READ_FILE, INVALID_CONF_VALUE, Result, SQL_CONF_NOT_FOUND,
    UNSUPPORTED_FEATURE,
};
use crate::types::time_zone::Zone;

pub use dialect::Dialect;
pub use settings::*;

/// What the process was started with: the file, the command line.
#[derive(Debug, Clone, Default)]
pub struct Config {
    values: BTreeMap<String, String>,
}

impl Config {
    /// Reads a `skep.toml`: tables are the parts of keys before a dot, so `[skep.memory]` `limit = "4g"` and
    /// `"skep.memory.limit" = "4g"` say the same.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io(path.display(), error))?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let (line, column) = error.span().map_or((1, 1), |span| position(&text, span.start));
            Error::new(&FAILED_READ_FILE, format!("`{}:{line}:{column}`: {}", path.display(), error.message()))
        })?;
        let mut config = Self::default();
        config.add_table("", &table).map_err(|error| error.hint(format!("it is set in `{}`", path.display())))?;
        Ok(config)
    }

    fn add_table(&mut self, prefix: &str, table: &toml::Table) -> Result<()> {
        for (name, value) in table {
            let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                toml::Value::Table(inner) => self.add_table(&key, inner)?,
                toml::Value::String(text) => self.set(&key, text)?,
                other => self.set(&key, &other.to_string())?,
            }
        }
        Ok(())
    }

    /// Sets what a session starts with; settings that cannot change later can be set here.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let (key, value) = checked(key, value)?;
        self.values.insert(key, value);
        Ok(())
    }

    /// The value set, else the default; `None` for a key nobody knows.
    pub fn get(&self, key: &str) -> Option<&str> {
        let key = canonical(key);
        self.values.get(key).map(String::as_str).or_else(|| find(key).map(|setting| setting.default))
    }
}

fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The settings of one session.
#[derive(Debug, Clone)]
pub struct Settings {
    started_with: Arc<Config>,
    changed: BTreeMap<String, String>,
    /// Those of PostgreSQL's protocol.
    pub parameters: postgres::Parameters,
    /// Whether no command of the operating system may run, whatever `skep.transform.enabled` says.
    pub without_commands: bool,
}

impl Settings {
    pub fn new(started_with: Arc<Config>) -> Self {
        Self {
            started_with,
            changed: BTreeMap::new(),
            parameters: postgres::Parameters::default(),
            without_commands: false,
        }
    }

    /// Sets a value, or says why it cannot be set.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        if let Some(setting) = find(key)
            && !setting.at_run_time
        {
            return Err(fixed(setting));
        }
        let (key, value) = checked(key, value)?;
        self.changed.insert(key, value);
        Ok(())
    }

    /// The value as it was set, else the default; `None` for a key that nobody set and nobody knows.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.changed.get(canonical(key)).map(String::as_str).or_else(|| self.started_with.get(key))
    }

    /// Back to what the session started with: one key, or all.
    pub fn reset(&mut self, key: Option<&str>) -> Result<()> {
        let Some(key) = key else {
            self.changed.clear();
            return Ok(());
        };
        match find(key) {
            Some(setting) if !setting.at_run_time => Err(fixed(setting)),
            _ => {
                self.changed.remove(canonical(key));
                Ok(())
            }
        }
    }

    /// Everything that was set, by name.
    pub fn explicit(&self) -> BTreeMap<&str, &str> {
        let entries = self.started_with.values.iter().chain(&self.changed);
        entries.map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    /// A setting of the list; its value was checked when it was set.
    pub fn text(&self, key: &str) -> &str {
        self.get(key).expect("only settings of the list are asked for")
    }

    pub fn flag(&self, key: &str) -> bool {
        self.text(key).eq_ignore_ascii_case("true")
    }

    /// A number, or 0 for `auto`.
    pub fn number(&self, key: &str) -> u64 {
        self.text(key).parse().unwrap_or(0)
    }

    /// A size in bytes, or 0 for `auto`.
    pub fn bytes(&self, key: &str) -> u64 {
        parse_bytes(self.text(key)).unwrap_or(0)
    }
}

fn refused(key: &str, value: &str) -> Error {
    Error::new(&UNSUPPORTED_FEATURE, format!("Setting \"{key}\" to '{value}' is not supported"))
}

fn fixed(setting: &Setting) -> Error {
    Error::new(
        &CANNOT_MODIFY_STATIC_CONFIG,
        format!("Cannot modify the value of the static Spark config: \"{}\"", setting.name),
    )
    .hint("set it with --conf or in skep.toml, when Skep starts")
}

/// Letters swapped, left out or wrong in a key that was meant to be one of the list. Other keys of Spark are further off.
const MAX_SLIPS: usize = 2;

/// The key as the list spells it, and the value if it is allowed.
fn checked(key: &str, value: &str) -> Result<(String, String)> {
    let key = key.trim();
    let value = value.trim();
    if let Some(setting) = find(key) {
        setting.check(value)?;
        return Ok((setting.name.to_owned(), value.to_owned()));
    }
    if let Some(fixed) = FIXED.iter().find(|fixed| fixed.name == key)
        && !fixed.allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(value))
    {
        return Err(refused(key, value).hint(fixed.instead));
    }
    if key.starts_with(LEGACY_PREFIX) && !FIXED.iter().any(|fixed| fixed.name == key) && value != "false" {
        return Err(refused(key, value).hint("remove it: Skep behaves as Spark 4.1 does by default"));
    }
    let known = SETTINGS.iter().map(|setting| setting.name);
    let lower = key.to_lowercase();
    let mut near = known.clone().filter(|name| strsim::osa_distance(&name.to_lowercase(), &lower) <= MAX_SLIPS);
    if key.starts_with("skep.") || (near.next().is_some() && !FIXED.iter().any(|fixed| fixed.name == key)) {
        let unknown = Error::new(&SQL_CONF_NOT_FOUND, format!("The SQL config \"{key}\" cannot be found"));
        return Err(unknown.suggest(key, known));
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// The list's name for a key or for one of its older names.
fn canonical(key: &str) -> &str {
    find(key).map_or(key, |setting| setting.name)
}

/// The setting of that name.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == key)
}

impl Setting {
    /// Fails with `INVALID_CONF_VALUE` unless the value is one of this setting's type.
    fn check(&self, value: &str) -> Result<()> {
        let problem = match self.kind {
            Kind::Flag => (!value.eq_ignore_ascii_case("true") && !value.eq_ignore_ascii_case("false"))
                .then(|| ("TYPE_MISMATCH", "boolean".to_owned())),
            Kind::Number { min } => match value.parse::<u64>() {
                Ok(number) if number >= min => None,
                Ok(_) => Some(("REQUIREMENT", format!("at least {min}"))),
                Err(_) => Some(("TYPE_MISMATCH", "int".to_owned())),
            },
            Kind::Auto => (!value.eq_ignore_ascii_case("auto") && value.parse::<u64>().is_err())
                .then(|| ("TYPE_MISMATCH", "a number or `auto`".to_owned())),
            Kind::Bytes => (!value.eq_ignore_ascii_case("auto") && parse_bytes(value).is_none())
                .then(|| ("TYPE_MISMATCH", "a size such as `512m` or `4g`, or `auto`".to_owned())),
            Kind::OneOf(choices) => (!choices.iter().any(|choice| choice.eq_ignore_ascii_case(value)))
                .then(|| ("OUT_OF_RANGE_OF_OPTIONS", choices.join(", "))),
            Kind::TimeZone => Zone::parse(value).is_err().then(|| ("TIME_ZONE", String::new())),
            Kind::Text => None,
        };
        let Some((sub, expected)) = problem else { return Ok(()) };
        let value_text = format!("The value '{value}' in the config \"{}\" is invalid.", self.name);
        let message = match sub {
            "TYPE_MISMATCH" => format!("{value_text} It should be a/an '{expected}' value"),
            "REQUIREMENT" => format!("{value_text} The value of {} must be {expected}", self.name),
            "TIME_ZONE" => format!("{value_text} Cannot resolve the given timezone"),
            _ => format!("{value_text} It should be one of '{expected}'"),
        };
        Err(Error::new(&INVALID_CONF_VALUE, message).subcondition(sub))
    }
}

/// `512m`, `4g`, `1048576`, `64KB`: bytes.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let shift = match text[digits..].trim() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}
