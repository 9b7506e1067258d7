//! The least HTTP a test needs: one request, one answer, on loopback.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// GET: status and body.
///
/// # Errors
/// No connection, or no whole answer.
pub fn get(base: &str, path: &str) -> Result<(u16, String)> {
    request("GET", base, path, "")
}

/// POST of JSON: status and body.
///
/// # Errors
/// No connection, or no whole answer.
pub fn post(base: &str, path: &str, body: &str) -> Result<(u16, String)> {
    request("POST", base, path, body)
}

/// Any method: status and body.
///
/// # Errors
/// No connection, or no whole answer.
pub fn request(method: &str, base: &str, path: &str, body: &str) -> Result<(u16, String)> {
    let host = base.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    status.map(|status| (status, body.to_owned())).ok_or_else(|| Error::other(head.to_owned()))
}
