//! `ADD FILE path …` and `LIST FILES`, which take what stands behind them as it was typed.

use crate::error::{_LEGACY_ERROR_TEMP_0035, Error, Result};
use crate::sql::ast::{AddFiles, ListResources, Statement};

use super::cursor::Parser;

/// What can be added in Spark.
enum Resource {
    File,
    Jar,
    Archive,
}

impl Parser<'_> {
    pub fn add_resource(&mut self) -> Result<Statement> {
        let start = self.start();
        self.advance();
        let resource = self.resource("ADD", start)?;
        let paths = paths(self.rest_of_text());
        let span = self.since(start);
        match resource {
            Resource::File if paths.is_empty() => {
                Err(Error::syntax("Syntax error at or near end of input", span).hint("ADD FILE takes a path"))
            }
            Resource::File => Ok(Statement::AddFiles(AddFiles { paths, span })),
            Resource::Jar => {
                Err(Error::unsupported("ADD JAR", "no Java code is loaded: write the function in SQL").at(span))
            }
            Resource::Archive => {
                Err(Error::unsupported("ADD ARCHIVE", "unpack it, and ADD FILE what is in it").at(span))
            }
        }
    }

    pub fn list_resources(&mut self) -> Result<Statement> {
        let start = self.start();
        self.advance();
        let files = matches!(self.resource("LIST", start)?, Resource::File);
        Ok(Statement::ListResources(ListResources { files, paths: paths(self.rest_of_text()) }))
    }

    fn resource(&mut self, verb: &str, start: usize) -> Result<Resource> {
        let name = self.plain_identifier()?.value.to_lowercase();
        match name.as_str() {
            "file" | "files" => Ok(Resource::File),
            "jar" | "jars" => Ok(Resource::Jar),
            "archive" | "archives" => Ok(Resource::Archive),
            _ => {
                let message = format!("Operation not allowed: {verb} with resource type '{name}'.");
                Err(Error::new(&_LEGACY_ERROR_TEMP_0035, message).at(self.since(start)))
            }
        }
    }
}

/// Words, and texts in quotes, which may have blanks in them.
fn paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '"' | '\'').then(|| rest[1..].find(first)).flatten();
        let (path, behind) = match quoted {
            Some(length) => (&rest[1..=length], &rest[length + 2..]),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        found.push(path.to_owned());
        rest = behind.trim_start();
    }
    found
}
