//! What `yika sim phone` draws, read by others.

use std::path::Path;
use std::process::Command;

use yika_tests::command::{Finished, finish, watched, yika};

use crate::support::{CODE, LETTERS, squares, zbarimg};

fn phone(folder: &Path, arguments: &[&str]) -> Finished {
    let mut command: Command = watched(yika());
    command
        .current_dir(folder)
        .args(["sim", "phone"])
        .args(arguments)
        .args(["--lang", "en"])
        .env("NO_COLOR", "1");
    finish(&mut command)
}

#[test]
fn the_png_is_read_by_zbarimg_and_by_us() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("code.png");
    for code in [CODE, LETTERS] {
        let shown = phone(folder.path(), &["--code", code, "--png", "code.png", "--json"]).exits(0);
        let document = shown.json();
        assert_eq!((&document["ready"], &document["length"]), (&true.into(), &28.into()));
        assert!(!shown.out.contains(&code[..8]) && !shown.err.contains(&code[..8]), "{shown:?}");
        assert_eq!(zbarimg(&file), code);
        let name = file.to_str().expect("UTF-8");
        let form = crate::support::run(&["voucher", "scan", "--image", name, "--no-decode", "--json"]);
        assert_eq!(form.exits(0).json()["length"], 28);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "a picture of a code is the code");
    }
}

#[test]
fn the_terminal_shows_a_code_that_can_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let shown = phone(folder.path(), &["--code", CODE]).exits(0);
    let rows: Vec<Vec<char>> = shown.out.lines().map(|line| line.chars().collect()).collect();
    let side = rows[0].len() as u32;
    // Two rows a line; without colours the light squares are the filled ones.
    let picture = squares(side, 6, |x, y| {
        let cell = rows.get(y as usize / 2).and_then(|row| row.get(x as usize)).copied().unwrap_or('█');
        let light = match cell {
            '█' => true,
            '▀' => y % 2 == 0,
            '▄' => y % 2 == 1,
            _ => false,
        };
        !light
    });
    let file = folder.path().join("terminal.png");
    picture.save(&file).expect("saved");
    assert_eq!(zbarimg(&file), CODE);
}

#[test]
fn the_svg_shows_a_code_that_can_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let _ = phone(folder.path(), &["--code", LETTERS, "--svg", "code.svg", "--json"]).exits(0);
    let svg = std::fs::read_to_string(folder.path().join("code.svg")).expect("the file");
    let view = svg.split("viewBox=\"0 0 ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a viewBox");
    let side: u32 = view.parse().expect("a number");
    // The dark path is rectangles: move, right, down, left, close.
    let path = svg.rsplit(" d=\"").next().and_then(|rest| rest.split('"').next()).expect("a path");
    let mut dark = vec![vec![false; side as usize]; side as usize];
    for rectangle in path.split('M').filter(|part| !part.is_empty()) {
        let (x, rest) = rectangle.split_once(' ').expect("x y");
        let (y, rest) = rest.split_once('h').expect("right");
        let (width, rest) = rest.split_once('v').expect("down");
        assert_eq!(rest, format!("1h-{width}z"));
        let number = |text: &str| text.parse::<usize>().expect("a number");
        dark[number(y)][number(x)..number(x) + number(width)].fill(true);
    }
    let file = folder.path().join("svg.png");
    squares(side, 6, |x, y| dark[y as usize][x as usize]).save(&file).expect("saved");
    assert_eq!(zbarimg(&file), LETTERS);
    assert!(!svg.contains(&LETTERS[..6]));
}

#[test]
fn what_cannot_be_a_code_is_not_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    for text in ["123", "2899 0012 3456 7890 1234 5678 9012", "二维码二维码二维码二维码二维码二维码"]
    {
        assert_eq!(phone(folder.path(), &["--code", text, "--json"]).exits(2).fault(), "Y-6207");
    }
    assert_eq!(phone(folder.path(), &["--json"]).exits(2).fault(), "Y-3006");
    let away = phone(folder.path(), &["--person", "1", "--centre", "http://127.0.0.1:9", "--once", "--json"]);
    assert_eq!(away.exits(6).fault(), "Y-4002");
}
