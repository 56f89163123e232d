//! The lines of a file or of a part of one. A line ends with `\n`, `\r\n` or `\r`.
//!
//! Of a part, those lines are read that begin in it: parts that lie side by side give every line once.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use memchr::memchr2;

use super::in_file;
use crate::error::{Error, Result};
use crate::records::Charset;

const BUFFER: usize = 1024 * 1024;

/// Compression by the end of the file's name.
pub(super) fn compression_of(name: &str) -> FileCompressionType {
    match name.rsplit('.').next().unwrap_or_default().to_lowercase().as_str() {
        "gz" | "gzip" => FileCompressionType::GZIP,
        "bz2" => FileCompressionType::BZIP2,
        "xz" => FileCompressionType::XZ,
        "zst" | "zstd" => FileCompressionType::ZSTD,
        _ => FileCompressionType::UNCOMPRESSED,
    }
}

pub(in crate::storage) struct Lines {
    path: PathBuf,
    input: Box<dyn Read + Send>,
    charset: Charset,
    buffer: Vec<u8>,
    /// What of the buffer is not yet read.
    unread: Range<usize>,
    /// Where in the file the unread bytes begin.
    position: u64,
    /// No line that begins here or later is ours.
    end: u64,
    at_end: bool,
    line: String,
}

impl Lines {
    /// Lines of a whole file, or of a range of its bytes.
    pub fn open(path: &Path, charset: Charset, range: Option<Range<u64>>) -> Result<Self> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::new(
                &crate::error::FAILED_READ_FILE,
                format!("Encountered error while reading file file:{}. File does not exist", path.display()),
            )
            .subcondition("FILE_NOT_EXIST"),
            _ => in_file(path, &error).cause(error),
        };
        let mut file = File::open(path).map_err(failed)?;
        let range = range.unwrap_or(0..u64::MAX);
        // From the byte before: if that ends a line, the line after it is ours.
        let start = range.start.saturating_sub(1);
        if start > 0 {
            file.seek(SeekFrom::Start(start)).map_err(failed)?;
        }
        let input = compression_of(&path.to_string_lossy()).convert_read(file)?;
        let mut lines = Self {
            path: path.to_owned(),
            input,
            charset,
            buffer: vec![0; BUFFER],
            unread: 0..0,
            position: start,
            end: range.end,
            at_end: false,
            line: String::new(),
        };
        if range.start > 0 {
            lines.take_line()?;
        } else {
            lines.skip_byte_order_mark()?;
        }
        Ok(lines)
    }

    /// The next line, without its end.
    pub fn next(&mut self) -> Result<Option<&str>> {
        if self.position >= self.end {
            return Ok(None);
        }
        let Some(range) = self.take_line()? else { return Ok(None) };
        let bytes = &self.buffer[range];
        self.line.clear();
        match self.charset {
            Charset::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => self.line.push_str(text),
                Err(_) => self.line.push_str(&String::from_utf8_lossy(bytes)),
            },
            Charset::Latin1 => self.line.extend(bytes.iter().map(|&byte| char::from(byte))),
        }
        Ok(Some(&self.line))
    }

    /// Where in the buffer the next line is.
    fn take_line(&mut self) -> Result<Option<Range<usize>>> {
        let mut searched = 0;
        loop {
            let unread = &self.buffer[self.unread.clone()];
            if let Some(found) = memchr2(b'\n', b'\r', &unread[searched..]) {
                let length = searched + found;
                let mut ending = 1;
                if unread[length] == b'\r' {
                    if length + 1 == unread.len() && !self.at_end {
                        searched = length;
                        self.fill()?;
                        continue;
                    }
                    if unread.get(length + 1) == Some(&b'\n') {
                        ending = 2;
                    }
                }
                return Ok(Some(self.take(length, ending)));
            }
            searched = unread.len();
            if self.at_end {
                return Ok((searched > 0).then(|| self.take(searched, 0)));
            }
            self.fill()?;
        }
    }

    fn take(&mut self, length: usize, ending: usize) -> Range<usize> {
        let start = self.unread.start;
        self.unread.start += length + ending;
        self.position += (length + ending) as u64;
        start..start + length
    }

    /// Reads more behind what is unread.
    fn fill(&mut self) -> Result<()> {
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        if self.unread.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let read = self
            .input
            .read(&mut self.buffer[self.unread.end..])
            .map_err(|error| in_file(&self.path, &error).cause(error))?;
        self.unread.end += read;
        self.at_end = read == 0;
        Ok(())
    }

    fn skip_byte_order_mark(&mut self) -> Result<()> {
        while self.unread.len() < 3 && !self.at_end {
            self.fill()?;
        }
        if self.charset == Charset::Utf8 && self.buffer[self.unread.clone()].starts_with(b"\xef\xbb\xbf") {
            self.take(0, 3);
        }
        Ok(())
    }
}
