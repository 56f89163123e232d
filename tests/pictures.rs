//! The picture of the shell in the documentation, as a terminal shows it. `SKEP_UPDATE=1 cargo test pictures` draws it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use expectrl::ControlCode;
use libtest_mimic::{Failed, Trial};
use vt100::{Color, Screen};

use crate::program;
use crate::terminal::{self, PROMPT, Terminal};

/// What is typed after the shell is open and the screen empty.
const STATEMENTS: &[&[&str]] = &[
    &["\\d flights"],
    &[
        "SELECT carrier, count(*) AS flights, round(avg(delay), 1) AS delay,",
        "  rank() OVER (ORDER BY avg(delay) DESC) AS place",
        "FROM flights WHERE month BETWEEN 6 AND 8 GROUP BY carrier ORDER BY place LIMIT 4;",
    ],
    &["SELECT carier, max(delay) FROM flights GROUP BY ALL;"],
];

const TABLES: &str = "CREATE TEMPORARY VIEW delivered USING csv
  OPTIONS (path 'data/nycflights13/flights.csv.gz', header 'true', nullValue 'NA');
CREATE TABLE flights USING parquet PARTITIONED BY (month)
AS SELECT carrier, dest AS destination, CAST(dep_delay AS INT) AS delay, CAST(month AS INT) AS month FROM delivered;";

/// Pixels of a character.
const WIDTH: f32 = 8.43;
const HEIGHT: u16 = 19;
const MARGIN: u16 = 16;

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("pictures/shell", shell)]
}

fn shell() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    program::output_of(program::command(&folder.path().join("skep-warehouse")).args(["-e", TABLES]))?;
    let mut terminal = Terminal::open_with(&folder, &[("TERM", "xterm-256color")])?;
    // The time would differ each time.
    terminal.enter("\\timing")?;
    terminal.see(PROMPT)?;
    terminal.control(ControlCode::FormFeed)?;
    terminal.see(PROMPT)?;
    for statement in STATEMENTS {
        for line in *statement {
            terminal.enter(line)?;
        }
        terminal.see("\u{1b}[?2004h")?;
        terminal.see(PROMPT)?;
    }
    let drawn = draw(terminal.screen.screen());
    terminal.leave()?;

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures/shell.svg");
    if std::env::var_os("SKEP_UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap_or(&file))?;
        return Ok(fs::write(file, drawn)?);
    }
    let differs = program::difference(&fs::read_to_string(file)?, &drawn, |expected, actual| expected == actual);
    differs.map_or(Ok(()), |differences| Err(format!("docs/pictures/shell.svg\n{differences}").into()))
}

/// The rows that hold something, as SVG.
fn draw(screen: &Screen) -> String {
    let (rows, columns) = (terminal::HEIGHT.get(), terminal::WIDTH.get());
    let is_blank = |row: u16| screen.contents_between(row, 0, row, columns).trim().is_empty();
    let last = (0..rows).rev().find(|row| !is_blank(*row)).unwrap_or(0);
    let width = f32::from(columns) * WIDTH + 2.0 * f32::from(MARGIN);
    let height = (last + 1) * HEIGHT + 2 * MARGIN;
    let mut drawn = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" \
         font-family=\"ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1f27\"/>\n"
    );
    for row in 0..=last {
        let baseline = MARGIN + row * HEIGHT + 14;
        for run in runs(screen, row) {
            let weight = if run.bold { " font-weight=\"bold\"" } else { "" };
            let text = run.text.replace('&', "&amp;").replace('<', "&lt;");
            let _ = writeln!(
                drawn,
                "<text xml:space=\"preserve\" x=\"{:.1}\" y=\"{baseline}\" textLength=\"{:.1}\" fill=\"{}\"{weight}>{text}</text>",
                f32::from(MARGIN) + f32::from(run.start) * WIDTH,
                run.text.chars().count() as f32 * WIDTH,
                run.color,
            );
        }
    }
    drawn + "</svg>\n"
}

/// Characters beside one another that look alike.
struct Run {
    start: u16,
    text: String,
    color: &'static str,
    bold: bool,
}

fn runs(screen: &Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..terminal::WIDTH.get() {
        let Some(cell) = screen.cell(row, column) else { break };
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let (color, bold) = (color(cell), cell.bold());
        match runs.last_mut() {
            Some(run) if run.bold == bold && run.color == color => run.text.push_str(text),
            _ => runs.push(Run { start: column, text: text.to_owned(), color, bold }),
        }
    }
    for run in &mut runs {
        run.text.truncate(run.text.trim_end().len());
    }
    runs.retain(|run| !run.text.is_empty());
    runs
}

fn color(cell: &vt100::Cell) -> &'static str {
    match cell.fgcolor() {
        _ if cell.dim() => "#8b93a3",
        Color::Idx(1 | 9) => "#ff6b6b",
        Color::Idx(2 | 10) => "#8fd18a",
        Color::Idx(3 | 11) => "#e5c07b",
        Color::Idx(4 | 12) => "#6cb2ff",
        Color::Idx(5 | 13) => "#d19ae8",
        Color::Idx(6 | 14) => "#62c9c3",
        Color::Idx(_) | Color::Default | Color::Rgb(..) => "#d6dae2",
    }
}
