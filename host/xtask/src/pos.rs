//! `cargo xtask pos`: the POS on the desk. The firmware in QEMU, a virtual card in its slot, the sandbox centre, and a window into
//! screen, keys and slip; or, with `--once`, one swipe by itself.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::demo::Demo;
use crate::firmware;
use crate::packages;
use crate::pos_device::Device;
use crate::pos_screen::Picture;
use crate::pos_window;
use crate::processes::{self, PrivateFolder, Running};
use crate::terminal::{self, Step};
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(30);

/// Starts everything, and then either one swipe or the window.
///
/// # Errors
/// What went wrong, in words; everything is stopped all the same.
pub(crate) fn run(no_install: bool, keep: bool, once: bool) -> Result<(), String> {
    terminal::heading("一卡 Yika · 桌上的 POS the POS on the desk");
    packages::provide(packages::POS, no_install)?;
    let build = Step::announce("编译 building yika and the firmware (the first time takes minutes)");
    let yika = workspace::build_yika("dev")?;
    let firmware = firmware::build_board(no_install)?;
    build.done();

    let folder = PrivateFolder::create(keep)?;
    if keep {
        terminal::note(&format!("保留 kept: {}", folder.path().display()));
    }
    let shop = Demo::new(yika, folder.path());
    let (_centre, at) = shop.centre()?;
    shop.site(&at.url)?;
    let mut pos = Pos::start(&shop, &firmware, at.swipes)?;
    pos.enrol(&shop)?;
    if !once {
        return pos_window::show(&mut pos, &shop);
    }
    pos.swipe(&shop, "POS-0001")?;
    pos.measure_stack()
}

/// The device and the card beside it.
pub(crate) struct Pos {
    pub(crate) device: Device,
    _card: Running,
    card: ChildStdin,
}

impl Pos {
    /// Switches on a new device with an empty slot, and sets up its store.
    ///
    /// # Errors
    /// What went wrong.
    pub(crate) fn start(shop: &Demo, firmware: &Path, centre_port: u16) -> Result<Pos, String> {
        let step = Step::start("POS 开机 the POS starts (QEMU, Cortex-M3)");
        let folder = Self::folder(shop, centre_port)?;
        let device = Device::start(firmware, &folder)?;
        let mut pos = Self::with_card(shop, device)?;
        pos.set_up()?;
        step.done();
        Ok(pos)
    }

    /// A folder with a new SD image.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn folder(shop: &Demo, centre_port: u16) -> Result<PathBuf, String> {
        let folder = shop.file("pos");
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Device::make_image(&folder.join("sd.img"), centre_port)?;
        Ok(folder)
    }

    /// A device that runs, and a card beside its slot.
    ///
    /// # Errors
    /// The card's program does not start.
    pub(crate) fn with_card(shop: &Demo, device: Device) -> Result<Pos, String> {
        let slot = format!("unix:{}", shop.file("pos").join("slot").display());
        let (card, input) = Running::start_with_input(
            "sim card",
            &shop.words(&["sim", "card", "--slot", &slot, "--absent", "--reinsert", "0"]),
            &shop.file("pos-card.log"),
        )?;
        Ok(Pos { device, _card: card, card: input })
    }

    /// Says at the device that its store is new.
    ///
    /// # Errors
    /// It does not ask.
    pub(crate) fn set_up(&mut self) -> Result<(), String> {
        let device = &mut self.device;
        device.wait_for(&["Y-7001"], LIMIT)?;
        for key in ["right", "down", "ctrl"] {
            device.key(key)?;
        }
        device.wait_for(&["未入网"], LIMIT).map(drop)
    }

    /// Enrols the device over its till line: the code on its display is typed at the PC, then both sides agree.
    ///
    /// # Errors
    /// What went wrong.
    pub(crate) fn enrol(&mut self, shop: &Demo) -> Result<(), String> {
        let step = Step::start("入网登记 enrolment: the device makes its key, the codes are compared");
        let line = format!("unix:{}", shop.file("pos").join("till").display());
        let log = shop.file("enrol.log");
        let words = shop.words(&["terminal", "enrol", "--port", &line]).join(" ");
        // The command takes the digits from a terminal only: `script` makes one.
        let file = std::fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let errors = file.try_clone().map_err(|error| error.to_string())?;
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--flush", "--command", &words, "/dev/null"]);
        let mut child = shop
            .private(&mut command)
            .stdin(Stdio::piped())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("script: {error}"))?;
        let result = self.compare(child.stdin.take());
        if result.is_err() {
            let _ = child.kill();
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        let said = || processes::tail(&std::fs::read_to_string(&log).unwrap_or_default(), 10);
        result.map_err(|reason| format!("{reason}\n{}", said()))?;
        if !status.success() {
            return Err(format!("yika terminal enrol: {status}\n{}", said()));
        }
        self.device.key("ctrl")?;
        step.done();
        Ok(())
    }

    fn compare(&mut self, input: Option<ChildStdin>) -> Result<(), String> {
        let mut input = input.ok_or("script: no input")?;
        // The device asks whether it may make a key; a person at the device agrees.
        let code = self.device.compare_code(LIMIT)?;
        input.write_all(format!("{code}\n").as_bytes()).map_err(|error| error.to_string())?;
        self.device.key("ctrl")?;
        let started = Instant::now();
        while self.device.compare_code(Duration::ZERO).is_ok() && started.elapsed() < LIMIT {
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Puts the card in, or takes it out.
    ///
    /// # Errors
    /// The card's program has ended.
    pub(crate) fn card(&mut self, inside: bool) -> Result<(), String> {
        let order: &[u8] = if inside { b"in\n" } else { b"out\n" };
        self.card
            .write_all(order)
            .and_then(|()| self.card.flush())
            .map_err(|error| format!("sim card: {error}"))
    }

    /// The till asks for the sample basket to be paid.
    ///
    /// # Errors
    /// Its program does not start.
    pub(crate) fn sale(&self, shop: &Demo, order: &str, log: &Path) -> Result<Running, String> {
        let basket = shop.basket("basket-pos.json", order)?;
        let line = format!("unix:{}", shop.file("pos").join("till").display());
        let words = ["--json", "terminal", "sale", "--port", &line, "--basket", &basket, "--amount-only"];
        Running::start("terminal sale", &shop.words(&words), log)
    }

    /// A sale from the till, a card, the result on both sides and on paper.
    ///
    /// The display as it showed the result.
    ///
    /// # Errors
    /// It was not settled, or one of the three says otherwise.
    pub(crate) fn swipe(&mut self, shop: &Demo, order: &str) -> Result<Picture, String> {
        let step = Step::start("收银台发来销售 the till sends a sale");
        let mut sale = self.sale(shop, order, &shop.file("sale.log"))?;
        self.device.wait_for(&["请出示凭证"], LIMIT)?;
        step.done();
        let step = Step::start("插卡 → 一个数据报去，一个回 card in, one datagram there, one back");
        self.card(true)?;
        self.device.wait_for(&["余额"], LIMIT)?;
        step.done();
        let document = |log: &str| {
            let line = log.lines().find(|line| line.starts_with('{'))?;
            serde_json::from_str::<Value>(line).ok()
        };
        let result = sale.wait_until(LIMIT, document)?;
        if result["outcome"] != "settled" {
            return Err(format!("未结算 not settled: {result}"));
        }
        let picture = self.device.picture()?;
        terminal::quote(&picture.blocks());
        // The printer is slower than the display.
        let printed = Instant::now();
        while !self.device.slip().contains(order) && printed.elapsed() < LIMIT {
            std::thread::sleep(Duration::from_millis(50));
        }
        terminal::quote(self.device.slip().trim_end());
        terminal::note(&format!("收银机收到 the till got: {result}"));
        self.card(false)?;
        if !self.device.slip().contains(order) {
            return Err(format!("小票上没有单号 the slip does not name {order}"));
        }
        Ok(picture)
    }

    /// How deep the stack has been since power came, held to its budget.
    ///
    /// # Errors
    /// It is over its budget, or cannot be measured.
    pub(crate) fn measure_stack(&mut self) -> Result<(), String> {
        let stack = self.device.stack()?;
        terminal::note(&format!("栈 stack, deepest since power came: {stack} / {} bytes", firmware::STACK));
        match stack.checked_sub(firmware::STACK) {
            None | Some(0) => Ok(()),
            Some(over) => Err(format!("栈超出预算 the stack is over its budget by {over}")),
        }
    }
}
