//! Parts of URLs, and text escaped for them. A URL is what Java's `java.net.URI` takes for one.

use datafusion::logical_expr::ColumnarValue;

use super::{Arguments, Expected, Family, Function};
use crate::error::{CANNOT_DECODE_URL, Error, INVALID_URL, Result};
use crate::types::DataType;

const FAMILY: Family = Family::Url;
const TEXT: Expected = Expected::Type(DataType::String);

pub static FUNCTIONS: &[Function] = &[
    Function::kernel("parse_url", FAMILY, &[TEXT, TEXT, TEXT], DataType::String, |arguments| parse_url(arguments, false), "parse_url(url, partToExtract[, key]) - Extracts a part from a URL.", &["SELECT parse_url('http://spark.apache.org/path?query=1', 'HOST')", "SELECT parse_url('http://spark.apache.org/path?query=1', 'QUERY', 'query')"])
        .optional(1)
        .nullable()
        .fallible(),
    Function::kernel("try_parse_url", FAMILY, &[TEXT, TEXT, TEXT], DataType::String, |arguments| parse_url(arguments, true), "try_parse_url(url, partToExtract[, key]) - This is a special version of `parse_url` that performs the same operation, but returns a NULL value instead of raising an error if the parsing cannot be performed.", &["SELECT try_parse_url('http://spark.apache.org/path?query=1', 'HOST')", "SELECT try_parse_url('inva lid://spark.apache.org/path?query=1', 'QUERY')"])
        .optional(1)
        .nullable(),
    Function::kernel("url_encode", FAMILY, &[TEXT], DataType::String, url_encode, "url_encode(str) - Translates a string into 'application/x-www-form-urlencoded' format using a specific encoding scheme.", &["SELECT url_encode('https://spark.apache.org')"]),
    Function::kernel("url_decode", FAMILY, &[TEXT], DataType::String, |arguments| url_decode(arguments, false), "url_decode(str) - Decodes a `str` in 'application/x-www-form-urlencoded' format using a specific encoding scheme.", &["SELECT url_decode('https%3A%2F%2Fspark.apache.org')"]).fallible(),
    Function::kernel("try_url_decode", FAMILY, &[TEXT], DataType::String, |arguments| url_decode(arguments, true), "try_url_decode(str) - This is a special version of `url_decode` that performs the same operation, but returns a NULL value instead of raising an error if the decoding cannot be performed.", &["SELECT try_url_decode('https%3A%2F%2Fspark.apache.org')"]).nullable(),
];

fn parse_url(arguments: &Arguments<'_>, tolerant: bool) -> Result<ColumnarValue> {
    let (urls, parts) = (arguments.strings(0)?, arguments.strings(1)?);
    let keys = (arguments.len() == 3).then(|| arguments.strings(2)).transpose()?;
    arguments.try_write_strings(|row, out| {
        let (Some(text), Some(part)) = (urls.get(row), parts.get(row)) else { return Ok(None) };
        let key = match &keys {
            Some(keys) => match keys.get(row) {
                Some(key) => Some(key),
                None => return Ok(None),
            },
            None => None,
        };
        let Some(url) = Url::parse(text) else {
            return if tolerant { Ok(None) } else { Err(invalid(text)) };
        };
        Ok(url.write(part, key, out))
    })
}

fn invalid(text: &str) -> Error {
    Error::new(
        &INVALID_URL,
        format!("The url is invalid: {text}. Use `try_parse_url` to tolerate invalid URL and return NULL instead"),
    )
}

/// The parts of a URL, as they stand in it.
struct Url<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    /// `None` when it is opaque: `mailto:a@b`.
    path: Option<&'a str>,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Url<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (rest, fragment) = split(text, '#');
        if fragment.is_some_and(|fragment| !is_legal(fragment, true)) {
            return None;
        }
        let colon = rest.find(':').filter(|colon| !rest[..*colon].contains(['/', '?']));
        let (scheme, rest) = match colon {
            Some(colon) if is_scheme(&rest[..colon]) => (Some(&rest[..colon]), &rest[colon + 1..]),
            Some(_) => return None,
            None => (None, rest),
        };
        if scheme.is_some() && !rest.starts_with('/') {
            let is_opaque = !rest.is_empty() && is_legal(rest, true);
            return is_opaque.then_some(Url { scheme, authority: None, path: None, query: None, fragment });
        }
        let (rest, query) = split(rest, '?');
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                if authority.is_empty() && path.is_empty() && query.is_none() {
                    return None;
                }
                ((!authority.is_empty()).then_some(authority), path)
            }
            None => (None, rest),
        };
        let legal = authority.is_none_or(|authority| is_legal(authority, true))
            && is_legal(path, false)
            && query.is_none_or(|query| is_legal(query, true));
        legal.then_some(Url { scheme, authority, path: Some(path), query, fragment })
    }

    fn write(&self, part: &str, key: Option<&str>, out: &mut String) -> Option<()> {
        if key.is_some() && part != "QUERY" {
            return None;
        }
        match part {
            "HOST" => out.push_str(self.server()?.1),
            "PATH" => out.push_str(self.path?),
            "QUERY" => out.push_str(match key {
                Some(key) => parameter(self.query?, key)?,
                None => self.query?,
            }),
            "REF" => out.push_str(self.fragment?),
            "PROTOCOL" => out.push_str(self.scheme?),
            "FILE" => {
                out.push_str(self.path?);
                if let Some(query) = self.query {
                    out.push('?');
                    out.push_str(query);
                }
            }
            "AUTHORITY" => out.push_str(self.authority?),
            "USERINFO" => out.push_str(self.server()?.0?),
            _ => return None,
        }
        Some(())
    }

    /// The user and the host, if the authority names a server.
    fn server(&self) -> Option<(Option<&'a str>, &'a str)> {
        let authority = self.authority?;
        let (user, rest) = match authority.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, authority),
        };
        let host_end = match rest.strip_prefix('[') {
            Some(inside) => inside.find(']')? + 2,
            None => rest.find(':').unwrap_or(rest.len()),
        };
        let (host, port) = rest.split_at(host_end);
        let port_is_number = port.is_empty() || port[1..].bytes().all(|byte| byte.is_ascii_digit());
        (port_is_number && (host.starts_with('[') || is_host(host))).then_some((user, host))
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Labels of letters, digits and hyphens, the last of which begins with a letter; or four numbers.
fn is_host(host: &str) -> bool {
    let labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let named = labels.clone().next_back().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()));
    let numbered = labels.clone().count() == 4 && labels.clone().all(|label| label.parse::<u8>().is_ok());
    (named || numbered) && labels.clone().all(is_label)
}

/// Whether every character may stand in a part of a URL; `brackets` may where there can be no confusion.
fn is_legal(text: &str, brackets: bool) -> bool {
    const PUNCTUATION: &str = "_-!.~'()*,;:$&+=/@?";
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let legal = match c {
            '%' => characters.by_ref().take(2).filter(char::is_ascii_hexdigit).count() == 2,
            '[' | ']' => brackets,
            c if c.is_ascii() => c.is_ascii_alphanumeric() || PUNCTUATION.contains(c),
            c => !c.is_control() && !c.is_whitespace(),
        };
        if !legal {
            return false;
        }
    }
    true
}

/// The value of a parameter of the query.
fn parameter<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

fn url_encode(arguments: &Arguments<'_>) -> Result<ColumnarValue> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let texts = arguments.strings(0)?;
    arguments.write_strings(|row, out| {
        for byte in texts.get(row)?.bytes() {
            match byte {
                b' ' => out.push('+'),
                byte if byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte) => out.push(char::from(byte)),
                byte => {
                    out.push('%');
                    out.push(char::from(HEX[usize::from(byte >> 4)]));
                    out.push(char::from(HEX[usize::from(byte & 15)]));
                }
            }
        }
        Some(())
    })
}

fn url_decode(arguments: &Arguments<'_>, tolerant: bool) -> Result<ColumnarValue> {
    let texts = arguments.strings(0)?;
    let mut bytes = Vec::new();
    arguments.try_write_strings(|row, out| {
        let Some(text) = texts.get(row) else { return Ok(None) };
        bytes.clear();
        if decode(text, &mut bytes).is_none() {
            if tolerant {
                return Ok(None);
            }
            return Err(Error::new(
                &CANNOT_DECODE_URL,
                format!(
                    "The provided URL cannot be decoded: {text}. Please ensure that the URL is properly formatted and \
                     try again"
                ),
            ));
        }
        out.push_str(&String::from_utf8_lossy(&bytes));
        Ok(Some(()))
    })
}

fn decode(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16).map(|digit| digit as u8);
                digit()? << 4 | digit()?
            }
            byte => byte,
        });
    }
    Some(())
}
