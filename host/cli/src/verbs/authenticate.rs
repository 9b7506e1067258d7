//! `yika card authenticate`: card and PSAM prove themselves to each other.

use std::time::Duration;

use serde_json::{Value, json};
use yika_driver::keys::{PsamKeys, PsamOptions};
use yika_driver::social_card::{Authenticated, ExternalKey, authenticate};
use yika_driver::{Cancel, CardService};

use crate::args::{AuthenticateArgs, AuthenticateKey, Global};
use crate::devices;
use crate::failure::{Exit, Outcome};
use crate::output::{Console, Page, Tone, View};
use crate::site::Site;

/// The whole attempt ends in this time.
const LIMIT: Duration = Duration::from_secs(15);

/// Reads nobody's data.
pub(crate) fn run(args: &AuthenticateArgs, global: &Global, console: &Console) -> Outcome {
    let site = Site::find_optional(global.site.as_deref())?;
    let service = CardService::pcsc();
    let of_site = site.as_ref().map(|site| &site.devices);
    let mut reader = devices::selection(args.reader.as_deref(), site.as_ref());
    reader.modules.extend(args.sam_reader.clone());
    if args.wait > 0 {
        service.wait_for_card(&reader, Duration::from_secs(args.wait), &Cancel::default())?;
    }
    let options = PsamOptions {
        slot: args.sam_reader.clone().or_else(|| of_site?.sam_reader.clone()),
        scheme: of_site.map(|devices| devices.psam_scheme).unwrap_or_default(),
    };
    let psam = PsamKeys::new(service.clone(), options);
    let key = match args.key {
        AuthenticateKey::Update => ExternalKey::Update,
        AuthenticateKey::Read => ExternalKey::Read,
    };
    let proved = authenticate(&service, &reader, &psam, key, LIMIT)
        .map_err(|error| devices::failure(error.fault(), error.detail()))?;
    let _ = console.print(&Proved { proved, key: args.key });
    Ok(Exit::Done)
}

struct Proved {
    proved: Authenticated,
    key: AuthenticateKey,
}

impl View for Proved {
    fn json(&self) -> Value {
        json!({
            "authenticated": true,
            "generation": self.proved.generation,
            "algorithm": format!("{:02}", self.proved.algorithm),
            "key": match self.key {
                AuthenticateKey::Update => "update",
                AuthenticateKey::Read => "read",
            },
        })
    }

    fn page(&self, page: &mut Page) {
        let words = page.word(
            "内部认证和外部认证均通过：卡和 PSAM 互相证明了身份。",
            "Internal and external authentication passed: card and PSAM proved themselves to each other.",
        );
        page.toned(Tone::Good, words);
    }
}
