//! `yika keys`: the institution's signing key.

use std::path::{Path, PathBuf};

use ring::rand::SystemRandom;
use serde_json::{Value, json};
use yika_protocol::fault::settle::PASSPHRASE_WRONG;
use yika_settle::SigningKey;
use zeroize::Zeroizing;

use crate::args::{Global, KeysVerb};
use crate::failure::{Exit, Failure, Outcome};
use crate::lang::Words;
use crate::output::{Console, Page, Tone, View};
use crate::site::{PassphraseSource, Site};
use crate::till;

/// Runs the verb.
pub(crate) fn run(verb: &KeysVerb, global: &Global, console: &Console) -> Outcome {
    match verb {
        KeysVerb::New { out, passphrase_env, no_passphrase } => {
            new(out, passphrase_env.as_deref(), *no_passphrase, console)
        }
        KeysVerb::Show { key, passphrase_env, pem } => {
            show(key.as_deref(), passphrase_env.as_deref(), *pem, global, console)
        }
    }
}

fn new(out: &Path, env: Option<&str>, bare: bool, console: &Console) -> Outcome {
    if out.exists() {
        return Err(yika_settle::KeyError::Exists(out.to_owned()).into());
    }
    let passphrase = match env {
        _ if bare => None,
        Some(name) => Some(till::from_environment(name)?),
        None => Some(ask_twice(console)?),
    };
    let key = SigningKey::generate(&SystemRandom::new())?;
    key.save(out, passphrase.as_ref().map(|text| text.as_str()), &SystemRandom::new())?;
    let shown = Shown { file: out.to_owned(), pem: key.public_pem()?, made: true, bare, only_pem: false };
    let _ = console.print(&shown);
    Ok(Exit::Done)
}

/// A passphrase that is typed once is a passphrase that is mistyped.
fn ask_twice(console: &Console) -> Result<Zeroizing<String>, Failure> {
    let instead = "--passphrase-env VAR, --no-passphrase";
    let first = till::ask_secret(console, "新私钥的口令: ", "Passphrase of the new key: ", instead)?;
    if first.is_empty() {
        return Err(Failure::new(&yika_protocol::fault::settle::PASSPHRASE_NEEDED).detail(Words::new(
            "口令为空；确实不要口令时用 --no-passphrase",
            "the passphrase is empty; say --no-passphrase if none is wanted",
        )));
    }
    let second = till::ask_secret(console, "再次输入: ", "Again: ", instead)?;
    if *first != *second {
        return Err(
            Failure::new(&PASSPHRASE_WRONG).detail(Words::new("两次输入不一致", "the two entries differ"))
        );
    }
    Ok(first)
}

fn show(
    key: Option<&Path>,
    env: Option<&str>,
    only_pem: bool,
    global: &Global,
    console: &Console,
) -> Outcome {
    let named = env.map(|name| PassphraseSource::Env(name.to_owned()));
    let (file, source) = match key {
        Some(file) => (file.to_owned(), named.unwrap_or(PassphraseSource::Prompt)),
        None => {
            let site = Site::find(global.site.as_deref())?;
            (site.keys.file, named.unwrap_or(site.keys.passphrase))
        }
    };
    let key = till::load_key(&file, &source, console)?;
    let _ = console.print(&Shown { file, pem: key.public_pem()?, made: false, bare: false, only_pem });
    Ok(Exit::Done)
}

struct Shown {
    file: PathBuf,
    pem: String,
    made: bool,
    bare: bool,
    only_pem: bool,
}

impl View for Shown {
    fn json(&self) -> Value {
        json!({ "file": self.file.display().to_string(), "public_key_pem": self.pem })
    }

    fn page(&self, page: &mut Page) {
        if self.only_pem {
            return self.pem.lines().for_each(|line| page.line(line));
        }
        let file = self.file.display();
        if self.made {
            page.toned(Tone::Good, &format!("{} {file}", page.word("已生成私钥", "private key written:")));
            if self.bare {
                page.toned(
                    Tone::Warn,
                    page.word(
                        "没有口令：仅靠文件权限（0600）保护",
                        "no passphrase: only file permissions (0600) protect it",
                    ),
                );
            }
            page.line(page.word("把下面的公钥交给中心登记：", "Register this public key at the centre:"));
        } else {
            page.line(&format!("{} {file}", page.word("公钥，私钥文件：", "public key of")));
        }
        self.pem.lines().for_each(|line| page.line(line));
    }
}
