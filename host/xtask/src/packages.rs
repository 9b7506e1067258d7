//! System packages: which are missing, and installing them with apt after saying so.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::processes;
use crate::terminal;

/// Something the machine must have, the Debian/Ubuntu package that brings it, and what it is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Package {
    name: &'static str,
    purpose: &'static str,
    present: Probe,
}

/// How we tell that a thing is there. The thing itself is looked for, not the package: it may come from elsewhere.
#[derive(Debug, Clone, Copy)]
enum Probe {
    Command(&'static str),
    PkgConfig(&'static str),
    File(&'static [&'static str]),
}

const C_COMPILER: Package = Package {
    name: "gcc",
    purpose: "链接与内置 SQLite 的编译 linking, and SQLite inside the program",
    present: Probe::Command("cc"),
};
const C_LIBRARY: Package = Package {
    name: "libc6-dev",
    purpose: "C 库头文件 headers of the C library",
    present: Probe::File(&["/usr/include/stdio.h"]),
};
const PKG_CONFIG: Package = Package {
    name: "pkg-config",
    purpose: "查找 PC/SC 库 finds the PC/SC library",
    present: Probe::Command("pkg-config"),
};
const PCSC_LIBRARY: Package = Package {
    name: "libpcsclite-dev",
    purpose: "PC/SC 开发库 PC/SC library to link with",
    present: Probe::PkgConfig("libpcsclite"),
};
const PCSCD: Package =
    Package { name: "pcscd", purpose: "PC/SC 服务 the PC/SC service", present: Probe::Command("pcscd") };
const VIRTUAL_READER: Package = Package {
    name: "vsmartcard-vpcd",
    purpose: "虚拟读卡器驱动 driver of the virtual reader",
    present: Probe::File(&["/etc/reader.conf.d/vpcd"]),
};
const OPENSSL: Package = Package {
    name: "openssl",
    purpose: "独立验签 a second opinion on signatures",
    present: Probe::Command("openssl"),
};
const PYTHON: Package = Package {
    name: "python3",
    purpose: "独立计算签名原文 a second implementation of the signed text",
    present: Probe::Command("python3"),
};
const OPENSC: Package = Package {
    name: "opensc",
    purpose: "独立的读卡工具 a second opinion on cards and readers",
    present: Probe::Command("opensc-tool"),
};
const QRENCODE: Package = Package {
    name: "qrencode",
    purpose: "独立绘制二维码 draws QR codes for the reader of pictures",
    present: Probe::Command("qrencode"),
};
const ZINT: Package = Package {
    name: "zint",
    purpose: "独立绘制条码 draws bar codes for the reader of pictures",
    present: Probe::Command("zint"),
};
const ZBAR: Package = Package {
    name: "zbar-tools",
    purpose: "独立识读二维码 reads the codes that we draw",
    present: Probe::Command("zbarimg"),
};

const IMAGEMAGICK: Package = Package {
    name: "imagemagick",
    purpose: "比较屏幕图片 compares pictures of the screen",
    present: Probe::Command("convert"),
};
const TCPDUMP: Package =
    Package {
        name: "tcpdump", purpose: "清点数据报 counts datagrams", present: Probe::Command("tcpdump")
    };

/// To build the command and run the demo.
pub(crate) const DEMO: &[Package] = &[C_COMPILER, C_LIBRARY, PKG_CONFIG, PCSC_LIBRARY, PCSCD, VIRTUAL_READER];

/// To run every test.
pub(crate) const TEST: &[Package] = &[
    C_COMPILER,
    C_LIBRARY,
    PKG_CONFIG,
    PCSC_LIBRARY,
    PCSCD,
    VIRTUAL_READER,
    OPENSSL,
    PYTHON,
    OPENSC,
    QRENCODE,
    ZINT,
    ZBAR,
    IMAGEMAGICK,
    TCPDUMP,
    QEMU,
    ARM_TOOLS,
];

/// To measure.
pub(crate) const BENCH: &[Package] = DEMO;

const QEMU: Package = Package {
    name: "qemu-system-arm",
    purpose: "运行 POS 固件 runs the firmware of the POS",
    present: Probe::Command("qemu-system-arm"),
};
const ARM_TOOLS: Package = Package {
    name: "binutils-arm-none-eabi",
    purpose: "查看固件映像 looks into firmware images",
    present: Probe::Command("arm-none-eabi-objdump"),
};

/// To build the firmware and run it.
pub(crate) const FIRMWARE: &[Package] = &[C_COMPILER, C_LIBRARY, QEMU, ARM_TOOLS];

/// To build the command and run the POS on the desk.
pub(crate) const POS: &[Package] = &[C_COMPILER, C_LIBRARY, PKG_CONFIG, PCSC_LIBRARY, QEMU, ARM_TOOLS];

/// Debian's own newer compiler with the library source: the way to the embedded target where rustup cannot fetch it.
pub(crate) const EMBEDDED_COMPILER: &[Package] = &[
    Package {
        name: "rustc-web",
        purpose: "带源码的编译器 a compiler with library source",
        present: Probe::File(&["/usr/bin/rustc"]),
    },
    Package { name: "cargo-web", purpose: "cargo", present: Probe::File(&["/usr/bin/cargo"]) },
    Package {
        name: "rust-web-src",
        purpose: "标准库源码 source of the standard library",
        present: Probe::File(&["/usr/lib/rustlib/src/rust/library/core", "/usr/src/rustc/library/core"]),
    },
];

/// Makes sure that all of `wanted` is there. Says which packages are missing, then installs them, or refuses when told
/// not to install.
///
/// # Errors
/// What is missing and how a person can install it.
pub(crate) fn provide(wanted: &[Package], no_install: bool) -> Result<(), String> {
    let missing = missing(wanted);
    if missing.is_empty() {
        return Ok(());
    }
    terminal::plain("缺少下列软件包 missing packages:");
    for package in &missing {
        terminal::plain(&format!("  {} {}", terminal::padded(package.name, 18), package.purpose));
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let by_hand = format!("sudo apt-get install {}", names.join(" "));
    if no_install {
        return Err(format!(
            "已指定 --no-install，未安装 nothing was installed, as told. 请先执行 run first: {by_hand}"
        ));
    }
    if !in_path("apt-get") {
        return Err(format!(
            "这台机器没有 apt-get，请自行安装上述软件 no apt-get here: install the above by hand (on Debian: {by_hand})"
        ));
    }
    terminal::plain(&format!("正在安装 installing: {by_hand}"));
    apt(&["update"])?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(&names);
    apt(&install)?;
    let still: Vec<&str> = self::missing(wanted).iter().map(|package| package.name).collect();
    if still.is_empty() {
        Ok(())
    } else {
        Err(format!("安装后仍缺少 still missing after the installation: {}", still.join(", ")))
    }
}

fn missing(wanted: &[Package]) -> Vec<Package> {
    wanted.iter().filter(|package| !package.present.holds()).copied().collect()
}

impl Probe {
    fn holds(self) -> bool {
        match self {
            Probe::Command(name) => in_path(name),
            Probe::PkgConfig(name) => Command::new("pkg-config")
                .args(["--exists", name])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
            Probe::File(paths) => paths.iter().any(|path| Path::new(path).exists()),
        }
    }
}

/// True when a program of this name is found. Services live in `sbin`, which a plain user's path leaves out.
pub(crate) fn in_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into(), "/usr/local/sbin".into()])
        .any(|folder| folder.join(name).is_file())
}

fn apt(arguments: &[&str]) -> Result<(), String> {
    let mut words = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"];
    words.extend(arguments);
    let status = processes::as_root(&words)?
        .status()
        .map_err(|error| format!("apt-get 无法启动 cannot be started: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("apt-get {} 失败 failed: {status}", arguments.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Package = Package {
        name: "yika-no-such-package",
        purpose: "a test",
        present: Probe::File(&["/nonexistent/yika"]),
    };

    #[test]
    fn what_is_there_is_not_asked_for() {
        let shell = Package { name: "dash", purpose: "a test", present: Probe::Command("sh") };
        let names: Vec<&str> = missing(&[shell, NOWHERE]).iter().map(|package| package.name).collect();
        assert_eq!(names, ["yika-no-such-package"]);
    }

    #[test]
    fn told_not_to_install_it_names_the_packages_and_refuses() {
        let refusal = provide(&[NOWHERE], true).expect_err("nothing may be installed");
        assert!(refusal.contains("--no-install") && refusal.contains("yika-no-such-package"), "{refusal}");
    }
}
