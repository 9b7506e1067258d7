//! `yika sim phone`: the screen of a telephone that shows an e-voucher.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use yika_sim::phone::Phone;

use crate::args::SimPhoneArgs;
use crate::codes;
use crate::failure::{Exit, Failure, Outcome};
use crate::files;
use crate::lang::Words;
use crate::output::{Console, Page, Tone, View};
use crate::signals;
use crate::till;

/// Pixels a module in the PNG.
const SCALE: u32 = 8;
/// A telephone renews its code while the old one still lives for a moment.
const EARLY: u32 = 5;

/// Shows a given code, or fresh ones of a person until Ctrl-C.
pub(crate) fn run(args: &SimPhoneArgs, console: &Console) -> Outcome {
    let (person, centre) = match (&args.code.code, &args.code.person, &args.centre) {
        (Some(code), ..) => {
            show(code, None, args, console)?;
            return Ok(Exit::Done);
        }
        (None, Some(person), Some(centre)) => (person, centre),
        // The parser asks for one of them.
        _ => return Err(Failure::new(&yika_protocol::fault::settle::ARGUMENT_INVALID)),
    };
    till::block_on(async {
        let stop = signals::stop()?;
        tokio::pin!(stop);
        let mut first = true;
        loop {
            let issued = codes::issue(centre, person).await?;
            // One document a run: programs wait for it, then look at the pictures.
            if first || !console.json {
                show(&issued.code, Some((&issued.expires, issued.valid_seconds)), args, console)?;
            } else {
                draw(&issued.code, args)?;
            }
            if args.once {
                return Ok(Exit::Done);
            }
            first = false;
            let renew = Duration::from_secs(u64::from(issued.valid_seconds.saturating_sub(EARLY).max(1)));
            tokio::select! {
                () = &mut stop => return Ok(Exit::Done),
                () = tokio::time::sleep(renew) => {}
            }
        }
    })
}

fn show(
    code: &str,
    life: Option<(&str, u32)>,
    args: &SimPhoneArgs,
    console: &Console,
) -> Result<(), Failure> {
    let phone = draw(code, args)?;
    let _ = console.print(&Shown { phone, life, args });
    Ok(())
}

/// Writes the pictures, each in one step, so that whoever looks at them never sees half of one.
fn draw(code: &str, args: &SimPhoneArgs) -> Result<Phone, Failure> {
    let phone = Phone::show(code).map_err(|error| Failure::new(error.fault()).detail(Words::same(error)))?;
    if let Some(file) = &args.png {
        replace(file, &phone.png(SCALE))?;
    }
    if let Some(file) = &args.svg {
        replace(file, phone.svg().as_bytes())?;
    }
    Ok(phone)
}

fn replace(file: &Path, content: &[u8]) -> Result<(), Failure> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = file.with_file_name(name);
    files::write_private(&part, content)?;
    std::fs::rename(&part, file).map_err(|error| files::unwritable(file, &error))
}

struct Shown<'a> {
    phone: Phone,
    life: Option<(&'a str, u32)>,
    args: &'a SimPhoneArgs,
}

impl View for Shown<'_> {
    /// Never the code: the pictures show it to a scanner, and that is enough.
    fn json(&self) -> Value {
        json!({
            "ready": true,
            "length": self.phone.length(),
            "expires": self.life.map(|(expires, _)| expires),
            "valid_seconds": self.life.map(|(_, seconds)| seconds),
            "png": self.args.png.as_ref().map(|file| file.display().to_string()),
            "svg": self.args.svg.as_ref().map(|file| file.display().to_string()),
        })
    }

    fn page(&self, page: &mut Page) {
        for line in self.phone.terminal(page.has_colour()).lines() {
            page.line(line);
        }
        if let Some((expires, _)) = self.life {
            let until = page.word("有效至", "valid until");
            page.toned(Tone::Dim, &format!("  {until} {expires}"));
        }
        for file in [&self.args.png, &self.args.svg].into_iter().flatten() {
            page.toned(Tone::Dim, &format!("  {}", file.display()));
        }
    }
}
