//! The disk under the journal is full: no new purchase, a clear code, and nothing that was open is lost.

use std::path::Path;
use std::process::Command;

use yika_tests::books;
use yika_tests::shop::Shop;

/// A small file system of its own, unmounted when dropped. Needs root; without it the limit on file sizes stands in.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(folder: &'a Path) -> Option<SmallDisk<'a>> {
        std::fs::create_dir(folder).expect("a folder");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(folder).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(SmallDisk(folder))
    }

    /// Fills what is left.
    fn fill(&self) {
        let ballast = self.0.join("ballast");
        let _ = Command::new("dd")
            .args(["if=/dev/zero", "bs=4096"])
            .arg(format!("of={}", ballast.display()))
            .output();
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("ballast")).expect("the ballast");
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_stops_new_purchases_and_loses_none() {
    let shop = Shop::open();
    let folder = shop.path("disk");
    let Some(disk) = SmallDisk::mount(&folder) else {
        return with_a_limit_on_file_sizes(&shop);
    };
    let site = std::fs::read_to_string(shop.site("till-a")).expect("the site file");
    let moved = site.replace("till-a.journal", "disk/journal.db");
    assert_ne!(moved, site, "the journal lies on the small disk");
    std::fs::write(shop.site("till-a"), moved).expect("a file");

    let _ = shop.buy("till-a", "ORDER-1").exits(0);
    shop.fault("lose-answer:2102:*");
    let _ = shop.settle("till-a", &shop.basket("ORDER-2"), &["--wait", "0"]).exits(5);
    shop.clear_faults();
    disk.fill();

    let full = shop.buy("till-a", "ORDER-3");
    assert_eq!(full.fault(), "Y-4032", "{full:#?}");
    assert_eq!(books::live_settlements(&shop.centre_database()), 2, "nothing was sent for it");

    // What was open is still brought to its end on the full disk.
    let recovered = shop.at("till-a", &["journal", "recover"]);
    assert_eq!(recovered.code, Some(0), "{recovered:#?}");
    assert_eq!(shop.entry("till-a", "ORDER-2").expect("known")["outcome"], "settled");

    disk.empty();
    let _ = shop.buy("till-a", "ORDER-3").exits(0);
    assert_eq!(books::live_settlements(&shop.centre_database()), 3);
    shop.books_are_equal("till-a");
}

/// Files may not grow beyond what they are: writing fails as on a full disk.
fn with_a_limit_on_file_sizes(shop: &Shop) {
    let _ = shop.buy("till-a", "ORDER-1").exits(0);
    let settle = shop.settle_command("till-a", &shop.basket("ORDER-2"), &[]);
    let words: Vec<_> = std::iter::once(settle.get_program()).chain(settle.get_args()).collect();
    let mut limited = Command::new("prlimit");
    limited.args(["--fsize=4096", "--"]).args(words).current_dir(shop.path(""));
    let full = yika_tests::command::finish(&mut limited);
    assert!(full.code != Some(0), "{full:#?}");
    assert_eq!(books::live_settlements(&shop.centre_database()), 1, "nothing was sent for it");
    let _ = shop.buy("till-a", "ORDER-2").exits(0);
    shop.books_are_equal("till-a");
}
