//! SET, SHOW and RESET in PostgreSQL's sense: its parameters first, then Skep's settings.

use crate::config::postgres::{PARAMETERS, Parameter, TIME_ZONE, find, unrecognized};
use crate::error::Result;
use crate::session::Session;

/// The setting behind the parameter `TimeZone`.
const ZONE_SETTING: &str = "spark.sql.session.timeZone";
const DIALECT: &str = "skep.dialect";

/// A session that came in through this protocol speaks PostgreSQL's dialect.
pub fn begin(session: &Session) {
    if session.setting(DIALECT).is_some() {
        // The value is one of the list.
        let _ = session.set(DIALECT, "postgres");
    }
    let user = session.user();
    let superuser = "on".to_owned();
    session.change_parameters(|parameters| {
        for (name, value) in [("session_authorization", user.as_ref().to_owned()), ("is_superuser", superuser)] {
            if let Some(parameter) = find(name) {
                parameters.force(parameter, value);
            }
        }
    });
}

/// What it is now.
pub fn shown(session: &Session, parameter: &'static Parameter) -> String {
    match parameter.name {
        TIME_ZONE => session.time_zone().to_string(),
        "application_name" => session.info().application(),
        _ => session.read_parameters(|parameters| parameters.get(parameter).to_owned()),
    }
}

/// Sets a parameter or a setting; gives the parameter if clients are to be told.
///
/// # Errors
/// A name nobody knows, a value it does not take.
pub fn set(session: &Session, name: &str, value: &str) -> Result<Option<&'static Parameter>> {
    let Some(parameter) = find(name) else {
        if crate::config::find(name).is_none() && !name.contains('.') {
            return Err(unrecognized(name));
        }
        session.set(name, value)?;
        return Ok(None);
    };
    match parameter.name {
        TIME_ZONE => session.set(ZONE_SETTING, zone_name(value))?,
        "application_name" => session.info().set_application(value),
        _ => session.change_parameters(|parameters| parameters.set(parameter, value))?,
    }
    Ok(parameter.reported.then_some(parameter))
}

/// Zones as PostgreSQL's clients spell them.
fn zone_name(value: &str) -> &str {
    match value.to_ascii_lowercase().as_str() {
        "utc" | "gmt" | "zulu" | "etc/utc" => "UTC",
        _ => value,
    }
}

/// Back to the default.
pub fn reset(session: &Session, name: &str) -> Result<Option<&'static Parameter>> {
    let Some(parameter) = find(name) else {
        if crate::config::find(name).is_none() && !name.contains('.') {
            return Err(unrecognized(name));
        }
        session.reset(Some(name))?;
        return Ok(None);
    };
    match parameter.name {
        TIME_ZONE => session.reset(Some(ZONE_SETTING))?,
        "application_name" => session.info().set_application(""),
        _ => session.change_parameters(|parameters| parameters.reset(parameter)),
    }
    Ok(parameter.reported.then_some(parameter))
}

/// Everything back to what it was when the session began.
pub fn reset_all(session: &Session) -> Result<()> {
    let dialect = session.setting(DIALECT);
    session.reset(None)?;
    session.change_parameters(|parameters| {
        for parameter in PARAMETERS {
            parameters.reset(parameter);
        }
    });
    if let Some(dialect) = dialect {
        session.set(DIALECT, &dialect)?;
    }
    Ok(())
}

/// The value of a parameter or setting, with its name as it is spelled.
pub fn show(session: &Session, name: &str) -> Result<(String, String)> {
    if let Some(parameter) = find(name) {
        return Ok((parameter.name.to_owned(), shown(session, parameter)));
    }
    match session.setting(name) {
        Some(value) => Ok((name.to_owned(), value)),
        None => Err(unrecognized(name)),
    }
}

/// All parameters, for SHOW ALL.
pub fn all(session: &Session) -> Vec<(&'static str, String, &'static str)> {
    PARAMETERS.iter().map(|parameter| (parameter.name, shown(session, parameter), parameter.meaning)).collect()
}

/// A time in milliseconds that a parameter holds, unless it is none.
pub fn timeout(session: &Session, name: &str) -> Option<std::time::Duration> {
    session.read_parameters(|parameters| parameters.milliseconds(name)).map(std::time::Duration::from_millis)
}

/// `-c name=value --name=value` of the startup parameter `options`; a backslash keeps a blank.
pub fn startup_options(text: &str) -> Vec<(String, String)> {
    let mut words = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => words.last_mut().into_iter().for_each(|word| word.extend(letters.next())),
            letter if letter.is_whitespace() => words.push(String::new()),
            letter => words.last_mut().into_iter().for_each(|word| word.push(letter)),
        }
    }
    let mut given = Vec::new();
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let assignment = match word.as_str() {
            "-c" => words.next().unwrap_or_default(),
            _ => word.trim_start_matches("-c").trim_start_matches("--").to_owned(),
        };
        if let Some((name, value)) = assignment.split_once('=') {
            given.push((name.replace('-', "_"), value.to_owned()));
        }
    }
    given
}
