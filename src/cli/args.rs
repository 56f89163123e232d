//! The command line: what may be typed, and in which order it was.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::output::FORMATS;

/// Skep: a SQL warehouse in one binary. Without -e and -f it is an interactive shell.
#[derive(Debug, Parser)]
#[command(name = "skep", version, about, max_term_width = 120)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,

    #[command(subcommand)]
    pub command: Option<Command>,

    /// Run the statements of SQL; may be repeated, in order with -f
    #[arg(short = 'e', value_name = "SQL", action = ArgAction::Append, allow_hyphen_values = true)]
    execute: Vec<String>,

    /// Run the script FILE, `-` for standard input, or several; may be repeated, in order with -e
    #[arg(short = 'f', value_name = "FILE", action = ArgAction::Append, num_args = 1..)]
    file: Vec<PathBuf>,

    /// Run the script FILE before anything else
    #[arg(short = 'i', value_name = "FILE", action = ArgAction::Append)]
    pub init: Vec<PathBuf>,

    /// The database to begin with
    #[arg(long, value_name = "DB")]
    pub database: Option<String>,

    /// Give the variable ${NAME} a value; also --hivevar
    #[arg(short = 'd', long = "define", alias = "hivevar", value_name = "NAME=VALUE", value_parser = assignment)]
    pub define: Vec<(String, String)>,

    /// How results are printed: a table on a terminal, tsv elsewhere
    #[arg(long, value_name = "FORMAT", ignore_case = true, value_parser = format_names())]
    pub format: Option<String>,

    /// Print results and errors only
    #[arg(short = 'S', long)]
    pub silent: bool,

    /// Print each statement before it runs, and how long it took
    #[arg(short = 'v', long)]
    pub verbose: bool,

    /// Go on after a statement that failed
    #[arg(long)]
    pub keep_going: bool,

    /// What -e and -f gave, in the order typed.
    #[arg(skip)]
    pub inputs: Vec<Input>,
}

/// Options of the shell and of every subcommand.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The folder of the warehouse; it is made if there is none
    #[arg(long, global = true, env = "SKEP_WAREHOUSE", value_name = "DIR", default_value = "skep-warehouse")]
    pub warehouse: PathBuf,

    /// Change a setting; also --hiveconf
    #[arg(long, global = true, alias = "hiveconf", value_name = "KEY=VALUE", value_parser = assignment)]
    pub conf: Vec<(String, String)>,

    /// Read settings from FILE (skep.toml)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Look at the metastore of the warehouse
    Metastore {
        #[command(subcommand)]
        action: MetastoreAction,
    },
    /// Serve the warehouse to other programs until SIGTERM or Ctrl-C
    Server(ServerOptions),
}

/// Where and how to listen. Each is a setting too, see `skep.server` in the reference.
#[derive(Debug, Clone, Args)]
pub struct ServerOptions {
    /// PostgreSQL's protocol on ADDRESS:PORT, or `off`
    #[arg(long, value_name = "ADDRESS")]
    pub postgres: Option<String>,

    /// HTTP on ADDRESS:PORT, or `off`
    #[arg(long, value_name = "ADDRESS")]
    pub http: Option<String>,

    /// Let clients in without a password, and listen on any address without TLS
    #[arg(long)]
    pub insecure: bool,

    /// Show the certificates in FILE (PEM)
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// The private key of the certificate, in FILE (PEM)
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

impl ServerOptions {
    /// The settings that were given, with their values.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let given = [
            ("skep.server.postgres", self.postgres.clone()),
            ("skep.server.http", self.http.clone()),
            ("skep.server.insecure", self.insecure.then(|| "true".to_owned())),
            ("skep.server.tls.certificate", self.tls_cert.as_ref().map(path)),
            ("skep.server.tls.key", self.tls_key.as_ref().map(path)),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum MetastoreAction {
    /// Print where it is, its version and what it holds
    Info,
    /// Compare it with the files of the tables; exit status 1 if they do not fit
    Check,
    /// Copy it to FILE, as it is at one moment; the files of the tables are not in it
    Backup { file: PathBuf },
    /// Bring one that an earlier Skep made up to date, as any statement does
    Upgrade,
}

/// One source of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Text(String),
    File(PathBuf),
}

impl Arguments {
    /// Reads the process's arguments; ends it with status 2 and a message if they are wrong.
    pub fn read() -> Self {
        let matches = Self::command().get_matches();
        match Self::from_arg_matches(&matches) {
            Ok(mut arguments) => {
                arguments.inputs = arguments.in_order(&matches);
                arguments
            }
            Err(error) => error.exit(),
        }
    }

    fn in_order(&self, matches: &ArgMatches) -> Vec<Input> {
        let places = |name: &str| matches.indices_of(name).into_iter().flatten();
        let texts = self.execute.iter().map(|text| Input::Text(text.clone()));
        let files = self.file.iter().map(|path| Input::File(path.clone()));
        let mut inputs: Vec<(usize, Input)> = places("execute").zip(texts).chain(places("file").zip(files)).collect();
        inputs.sort_by_key(|(place, _)| *place);
        inputs.into_iter().map(|(_, input)| input).collect()
    }
}

fn format_names() -> PossibleValuesParser {
    PossibleValuesParser::new(
        FORMATS.iter().map(|(_, name, help)| clap::builder::PossibleValue::new(*name).help(*help)),
    )
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("it must have the form NAME=VALUE".to_owned()),
    }
}
