//! The key service of third-generation cards over the site's wire.

use std::sync::Arc;

use yika_driver::keys::KeyService;

use crate::failure::Failure;
use crate::output::Console;
use crate::site::Site;

/// Connects.
pub(crate) fn connect(url: &str, site: &Site, console: &Console) -> Result<Arc<dyn KeyService>, Failure> {
    let _ = (url, site, console);
    todo!()
}
