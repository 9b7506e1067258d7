//! Files that people name: read them, write new ones, say in words why not.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use yika_protocol::fault::settle::{INPUT_INVALID, INPUT_UNREADABLE, OUTPUT_UNWRITABLE};

use crate::failure::{Exit, Failure};
use crate::lang::Words;

/// Baskets, seeds, specs and site files are small; a larger file is a mistake.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads a UTF-8 text, `-` from stdin.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = read_bytes(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        Failure::new(&INPUT_INVALID).detail(Words::new(
            format!("{}:{line}  不是 UTF-8 文本（请把文件另存为 UTF-8）", path.display()),
            format!("{}:{line}  not UTF-8 text (save the file as UTF-8)", path.display()),
        ))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Where in a file an error is, and what it is.
pub(crate) fn error_at(path: &Path, line: Option<usize>, error: &dyn std::fmt::Display) -> Words {
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    Words::same(format!("{}{line}  {error}", path.display()))
}

/// Reads a file as it is, `-` from stdin.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::new(&INPUT_INVALID).detail(Words::new(
            format!("{}  文件过大", path.display()),
            format!("{}  the file is too large", path.display()),
        )));
    }
    Ok(bytes)
}

/// Writes a file that must not exist yet. `private`: only the owner may read it.
pub(crate) fn write_new(path: &Path, content: &[u8], private: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    write_with(options, path, content, private)
}

/// Writes or replaces a file that only the owner may read.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    write_with(options, path, content, true)
}

fn write_with(mut options: OpenOptions, path: &Path, content: &[u8], private: bool) -> Result<(), Failure> {
    #[cfg(unix)]
    if private {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = private;
    options
        .open(path)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .map_err(|error| unwritable(path, &error))
}

/// The failure of a read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(&INPUT_UNREADABLE).detail(io_words(path, error))
}

/// The failure of a write. A full disk is not the caller's usage: exit code 3.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::new(&OUTPUT_UNWRITABLE).detail(io_words(path, error));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => failure.exit(Exit::Device),
        _ => failure,
    }
}

/// A file and what the operating system said about it, in our words first.
pub(crate) fn io_words(path: &Path, error: &io::Error) -> Words {
    let (zh, en) = match error.kind() {
        io::ErrorKind::NotFound => ("没有这个文件或目录", "no such file or folder"),
        io::ErrorKind::PermissionDenied => ("没有权限", "permission denied"),
        io::ErrorKind::AlreadyExists => ("文件已存在，不会覆盖", "the file exists and is not overwritten"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("磁盘空间不足", "no space left on the disk")
        }
        io::ErrorKind::ReadOnlyFilesystem => ("文件系统只读", "the file system is read-only"),
        io::ErrorKind::IsADirectory => ("这是目录，不是文件", "this is a folder, not a file"),
        io::ErrorKind::AddrInUse => ("地址已被占用", "the address is in use"),
        io::ErrorKind::AddrNotAvailable => ("本机没有该地址", "this machine does not have the address"),
        _ => {
            let path = path.display();
            return Words::new(
                format!("{path}  系统错误：{error}"),
                format!("{path}  system error: {error}"),
            );
        }
    };
    Words::new(format!("{}  {zh}", path.display()), format!("{}  {en}", path.display()))
}

/// The user's folder for what must survive a restart and is no configuration.
pub(crate) fn state_folder() -> Option<PathBuf> {
    user_folder("XDG_STATE_HOME", ".local/state", "LOCALAPPDATA")
}

/// The user's folder for configuration.
pub(crate) fn config_folder() -> Option<PathBuf> {
    user_folder("XDG_CONFIG_HOME", ".config", "APPDATA")
}

/// By the XDG base-directory specification; on Windows the folder it keeps for the same use.
fn user_folder(xdg: &str, under_home: &str, windows: &str) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set(xdg).filter(|path| path.is_absolute());
    let base = if cfg!(windows) { base.or_else(|| set(windows)) } else { base };
    base.or_else(|| set("HOME").map(|home| home.join(under_home))).map(|base| base.join("yika"))
}
