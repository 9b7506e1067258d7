//! Programs we start, and their end: none outlives this one, however it ends.
//!
//! Three nets under one another: a guard stops its program when dropped; an interrupt stops all that are listed; and the
//! kernel signals each when this process dies without a word (`setpriv --pdeathsig`).

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::packages::in_path;
use crate::terminal;

const PATIENCE: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(5);

/// Everything that must be gone when we are: one list, so that the interrupt handler finds it.
static OURS: Mutex<Vec<Ours>> = Mutex::new(Vec::new());

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ours {
    Process {
        id: u32,
        as_root: bool,
    },
    Folder(PathBuf),
    /// The terminal's settings, as `stty -g` says them.
    Terminal(String),
}

/// A running program of ours with its log.
#[derive(Debug)]
pub(crate) struct Running {
    name: &'static str,
    child: Child,
    as_root: bool,
    log: PathBuf,
}

impl Running {
    /// Starts `words` with both outputs in the file `log`.
    pub(crate) fn start(name: &'static str, words: &[&str], log: &Path) -> Result<Running, String> {
        Self::launch(name, with_death_signal(words), false, log)
    }

    /// The same, with a line to the program's input.
    pub(crate) fn start_with_input(
        name: &'static str,
        words: &[&str],
        log: &Path,
    ) -> Result<(Running, ChildStdin), String> {
        let mut running = Self::launch_with(name, with_death_signal(words), false, log, Stdio::piped())?;
        let input = running.child.stdin.take().ok_or_else(|| format!("{name}: no input"))?;
        Ok((running, input))
    }

    /// The same as root: directly, or through sudo.
    pub(crate) fn start_as_root(name: &'static str, words: &[&str], log: &Path) -> Result<Running, String> {
        let watched = death_signal_words(words);
        let command = as_root(&watched.iter().map(String::as_str).collect::<Vec<_>>())?;
        Self::launch(name, command, !is_root(), log)
    }

    fn launch(name: &'static str, command: Command, as_root: bool, log: &Path) -> Result<Running, String> {
        Self::launch_with(name, command, as_root, log, Stdio::null())
    }

    fn launch_with(
        name: &'static str,
        mut command: Command,
        as_root: bool,
        log: &Path,
        input: Stdio,
    ) -> Result<Running, String> {
        let file = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let errors = file.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
        let child = command
            .stdin(input)
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("{name} 无法启动 cannot be started: {error}"))?;
        list(Ours::Process { id: child.id(), as_root });
        Ok(Running { name, child, as_root, log: log.to_path_buf() })
    }

    /// Waits until `ready` answers, at most `limit`.
    ///
    /// # Errors
    /// The program ended or was not ready in time; with the end of its log.
    pub(crate) fn wait_until<T>(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, String> {
        let started = Instant::now();
        loop {
            // First the end, then the log: its last words count.
            let ended = self.child.try_wait().ok().flatten();
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            if let Some(answer) = ready(&log) {
                return Ok(answer);
            }
            if ended.is_some() || started.elapsed() > limit {
                let why = ended.map_or("没有及时就绪 was not ready in time".to_owned(), |status| {
                    format!("已退出 ended: {status}")
                });
                return Err(format!("{} {why}\n{}", self.name, tail(&log, 15)));
            }
            sleep(POLL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.child.id();
        if self.child.try_wait().ok().flatten().is_none() {
            signal(id, self.as_root, "TERM");
            if !ended_in_time(&mut self.child) {
                signal(id, self.as_root, "KILL");
                let _ = self.child.wait();
            }
        }
        unlist(&Ours::Process { id, as_root: self.as_root });
    }
}

fn ended_in_time(child: &mut Child) -> bool {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if child.try_wait().ok().flatten().is_some() {
            return true;
        }
        sleep(POLL);
    }
    false
}

/// A private folder (0700) that goes away with us.
#[derive(Debug)]
pub(crate) struct PrivateFolder {
    path: PathBuf,
    keep: bool,
}

impl PrivateFolder {
    pub(crate) fn create(keep: bool) -> Result<PrivateFolder, String> {
        use std::os::unix::fs::DirBuilderExt;
        let base = std::env::temp_dir();
        for attempt in 0..100 {
            let path = base.join(format!("yika-{}-{attempt}", std::process::id()));
            // Creating must fail when the name exists: another user could have prepared it.
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {
                    if !keep {
                        list(Ours::Folder(path.clone()));
                    }
                    return Ok(PrivateFolder { path, keep });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(format!("{}: {error}", path.display())),
            }
        }
        Err(format!("无法在此建立临时目录 no private folder could be made in {}", base.display()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.path);
            unlist(&Ours::Folder(self.path.clone()));
        }
    }
}

/// Ctrl-C, a closed terminal or a polite kill: stop what we started, remove our folders, leave.
pub(crate) fn stop_everything_on_interrupt() -> Result<(), String> {
    ctrlc::set_handler(|| {
        terminal::plain_error(
            "\n已中断，正在停止本程序启动的一切 interrupted: stopping everything this program started",
        );
        stop_everything();
        std::process::exit(130);
    })
    .map_err(|error| format!("无法处理中断信号 interrupts cannot be handled: {error}"))
}

/// Stops every listed program and removes every listed folder.
pub(crate) fn stop_everything() {
    let ours = std::mem::take(&mut *OURS.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    let processes: Vec<(u32, bool)> = ours
        .iter()
        .filter_map(|one| match one {
            Ours::Process { id, as_root } => Some((*id, *as_root)),
            Ours::Folder(_) | Ours::Terminal(_) => None,
        })
        .collect();
    for (id, as_root) in &processes {
        signal(*id, *as_root, "TERM");
    }
    let started = Instant::now();
    while started.elapsed() < PATIENCE && processes.iter().any(|(id, _)| is_alive(*id)) {
        sleep(POLL);
    }
    for (id, as_root) in processes.iter().filter(|(id, _)| is_alive(*id)) {
        signal(*id, *as_root, "KILL");
    }
    for one in ours {
        match one {
            Ours::Process { .. } => {}
            Ours::Folder(path) => {
                let _ = std::fs::remove_dir_all(path);
            }
            Ours::Terminal(settings) => reset_terminal(&settings),
        }
    }
}

/// The terminal is about to be changed, and is set back when we are stopped.
pub(crate) fn remember_terminal(settings: &str) {
    list(Ours::Terminal(settings.to_owned()));
}

/// The terminal is as it was.
pub(crate) fn forget_terminal(settings: &str) {
    unlist(&Ours::Terminal(settings.to_owned()));
}

/// Leaves the page of a window, shows the cursor, and sets the terminal back.
pub(crate) fn reset_terminal(settings: &str) {
    let mut out = std::io::stdout();
    // A terminal that is gone needs nothing.
    let _ = out.write_all(b"\x1b[?25h\x1b[?1049l").and_then(|()| out.flush());
    let _ = Command::new("stty").arg(settings).stdin(Stdio::inherit()).status();
}

/// A command that runs as root: as it is when we are root, else through sudo.
///
/// # Errors
/// We are not root and there is no sudo.
pub(crate) fn as_root(words: &[&str]) -> Result<Command, String> {
    let (program, arguments) = words.split_first().ok_or("an empty command")?;
    if is_root() {
        let mut command = Command::new(program);
        command.args(arguments);
        return Ok(command);
    }
    if !in_path("sudo") {
        return Err(format!(
            "需要 root 权限，且没有 sudo this needs root, and there is no sudo: {}",
            words.join(" ")
        ));
    }
    let mut command = Command::new("sudo");
    command.args(words);
    Ok(command)
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // The owner of our own entry under /proc is the effective user.
    std::fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

/// Output of a command that must end by itself.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Result<Finished, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        format!("{} 无法启动 cannot be started: {error}", command.get_program().to_string_lossy())
    })?;
    Ok(Finished {
        status: output.status,
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The last `count` lines.
pub(crate) fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn with_death_signal(words: &[&str]) -> Command {
    let words = death_signal_words(words);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

/// The kernel's own net, through a tool every Debian has. The signal follows the thread that started the program, so
/// programs are started from the main thread only.
fn death_signal_words(words: &[&str]) -> Vec<String> {
    let wrapper: &[&str] = if in_path("setpriv") { &["setpriv", "--pdeathsig", "TERM", "--"] } else { &[] };
    wrapper.iter().chain(words).map(|&word| word.to_owned()).collect()
}

fn signal(id: u32, root_needed: bool, name: &str) {
    let id = id.to_string();
    let words = ["kill", "-s", name, &id];
    let command = if root_needed { as_root(&words) } else { Ok(plain_command(&words)) };
    if let Ok(mut command) = command {
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn plain_command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

/// Alive and not merely waiting to be collected.
fn is_alive(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim_start().starts_with('Z'))
}

fn list(one: Ours) {
    OURS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(one);
}

fn unlist(one: &Ours) {
    OURS.lock().unwrap_or_else(std::sync::PoisonError::into_inner).retain(|other| other != one);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_ends_its_program_and_its_folder() {
        let folder = PrivateFolder::create(false).expect("a folder");
        let path = folder.path().to_path_buf();
        let running =
            Running::start("sleep", &["sleep", "60"], &folder.path().join("log")).expect("sleep starts");
        let id = running.child.id();
        assert!(is_alive(id));
        drop(running);
        assert!(!is_alive(id));
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn a_program_that_ends_early_is_told_with_its_last_words() {
        let folder = PrivateFolder::create(false).expect("a folder");
        let mut running =
            Running::start("sh", &["sh", "-c", "echo no disk; exit 3"], &folder.path().join("log"))
                .expect("sh starts");
        let reason = running.wait_until(Duration::from_secs(20), |_| None::<()>).expect_err("it ends");
        assert!(reason.contains("no disk") && reason.contains('3'), "{reason}");
    }

    #[test]
    fn the_tail_is_the_end() {
        assert_eq!(tail("a\nb\nc", 2), "b\nc");
        assert_eq!(tail("a", 5), "a");
    }
}
