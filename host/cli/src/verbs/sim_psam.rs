//! `yika sim psam`: a security module that does not exist, in the second slot of the virtual reader.

use yika_sim::{PsamSpec, Torn, VirtualPsam};

use super::sim::{sit, tears};
use crate::args::SimPsamArgs;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::lang::Words;
use crate::output::Console;

/// Runs until Ctrl-C, or until the module is out of the reader for good.
pub(crate) fn run(args: &SimPsamArgs, console: &Console) -> Outcome {
    let module = Torn::new(VirtualPsam::new(spec(args)?), tears(&args.tear)?);
    let words = Words::new("虚拟 PSAM 卡已插入", "virtual PSAM is in");
    sit(module, args.slot, &args.seat, &words, console)
}

fn spec(args: &SimPsamArgs) -> Result<PsamSpec, Failure> {
    let Some(file) = &args.spec else { return Ok(PsamSpec::default()) };
    let text = files::read_text(file)?;
    PsamSpec::parse(&text)
        .map_err(|error| Failure::new(PsamSpec::fault()).detail(files::error_at(file, error.line(), &error)))
}
