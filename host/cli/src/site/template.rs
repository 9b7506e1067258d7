//! The site file that `yika init` writes.

use yika_settle::SeqRange;

use crate::lang::Lang;

/// What goes into it.
#[derive(Debug, Clone)]
pub(crate) struct Answers {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) opter: String,
    pub(crate) opter_name: String,
    pub(crate) seq_range: SeqRange,
    pub(crate) url: String,
    pub(crate) profile: String,
    pub(crate) centre_key: String,
    pub(crate) ca: Option<String>,
    pub(crate) key_file: String,
    pub(crate) passphrase: String,
    pub(crate) journal: String,
    pub(crate) reader: String,
    pub(crate) key_service: Option<String>,
}

/// The file with comments in one language.
pub(crate) fn render(answers: &Answers, lang: Lang) -> String {
    let word = |zh: &'static str, en: &'static str| lang.pick(zh, en).to_owned();
    let setting = |key: &str, value: &Option<String>, sample: &str| match value {
        Some(value) => format!("{key} = {}", quoted(value)),
        None => format!("# {key} = {}", quoted(sample)),
    };
    let mut lines = vec![
        word(
            "# 一卡站点文件：这台收银机属于谁，中心、密钥、设备和日志在哪里。",
            "# Yika site: whose till this is, and where its centre, keys, devices and journal are.",
        ),
        word(
            "# 相对路径以本文件所在目录为准。写错的项会被拒绝并指出行号。",
            "# Relative paths start at this file's folder. A wrong setting is refused with its line.",
        ),
        String::new(),
        word("# 提示语言：zh 或 en", "# language of messages: zh or en"),
        format!("language = {}", quoted(lang.pick("zh", "en"))),
        String::new(),
        "[institution]".into(),
        word(
            "# 定点医药机构编号：H（医院）或 P（药店）加 11 位数字",
            "# institution code: H (hospital) or P (pharmacy) and 11 digits",
        ),
        format!("code = {}", quoted(&answers.code)),
        word("# 定点医药机构名称", "# institution name"),
        format!("name = {}", quoted(&answers.name)),
        word("# 就医地医保区划，6 位数字", "# administrative division of the institution, 6 digits"),
        format!("region = {}", quoted(&answers.region)),
        word(
            "# 对账用的清算经办机构，与区划不同时填写",
            "# settling agency in reconciliation, where it is not the region",
        ),
        format!("# setl_optins = {}", quoted(&answers.region)),
        String::new(),
        "[operator]".into(),
        word(
            "# 经办人编号、姓名；类别 1 经办人，2 自助终端，3 移动终端",
            "# number and name; type 1 a person, 2 a self-service terminal, 3 a mobile terminal",
        ),
        format!("opter = {}", quoted(&answers.opter)),
        format!("opter_name = {}", quoted(&answers.opter_name)),
        "opter_type = \"1\"".into(),
        String::new(),
        "[workstation]".into(),
        word(
            "# 本机的报文序号段（msgid 末四位）。同一机构每台收银机各用一段，不得重叠",
            "# last four digits of this till's msgids. Every till of an institution has its own range, without overlap",
        ),
        format!("seq_range = [{}, {}]", answers.seq_range.first(), answers.seq_range.last()),
        word("# 签到（9001）时上报的网卡地址和 IP", "# MAC and IP address told at sign-in (9001)"),
        "# mac = \"00-00-00-00-00-00\"".into(),
        "# ip = \"127.0.0.1\"".into(),
        String::new(),
        "[centre]".into(),
        word("# 结算中心地址", "# address of the settlement centre"),
        format!("url = {}", quoted(&answers.url)),
        word(
            "# 省份方案：sandbox、csb、tif、hubei、jilin，或一个方案文件",
            "# province profile: sandbox, csb, tif, hubei, jilin, or a profile file",
        ),
        format!("profile = {}", quoted(&answers.profile)),
        word(
            "# 中心的 SM2 公钥（PEM），用来验证中心的应答；请通过可信渠道取得",
            "# the centre's SM2 public key (PEM), which checks its answers; get it over a channel you trust",
        ),
        format!("centre_key = {}", quoted(&answers.centre_key)),
        word(
            "# HTTPS：签发中心证书的机构；中心要求客户端证书时再给出后两项",
            "# HTTPS: who vouches for the centre; the other two where it asks for a client certificate",
        ),
        setting("ca", &answers.ca, "ca.pem"),
        "# client_cert = \"client.pem\"".into(),
        "# client_key = \"client.key\"".into(),
        word(
            "# 等待应答的最长秒数（默认由方案决定）",
            "# longest wait for an answer, in seconds (the profile's own by default)",
        ),
        "# timeout_seconds = 20".into(),
        String::new(),
        word(
            "# 省份方案的网关（csb、tif）需要：访问标识，以及密钥所在的环境变量（env:）或文件（file:）",
            "# for profiles with a gateway (csb, tif): access id, and the variable (env:) or file (file:) with its secret",
        ),
        "# [gateway]".into(),
        "# id = \"access-key\"".into(),
        "# secret = \"env:YIKA_GATEWAY_SECRET\"".into(),
        String::new(),
        "[keys]".into(),
        word(
            "# 机构的 SM2 私钥，由 yika keys new 生成",
            "# the institution's SM2 private key, made by `yika keys new`",
        ),
        format!("file = {}", quoted(&answers.key_file)),
        word(
            "# 口令来源：prompt（终端询问）、env:变量名、none（仅靠文件权限）",
            "# its passphrase: \"prompt\" (asked on the terminal), \"env:NAME\", or \"none\" (only file permissions)",
        ),
        format!("passphrase = {}", quoted(&answers.passphrase)),
        String::new(),
        word(
            "# 电子凭证接口（ec.query）；不填则用交易 6101 解码。密钥写在环境变量（env:）或文件（file:）里",
            "# the e-voucher interface (ec.query); without it codes are decoded by transaction 6101. Secret: env: or file:",
        ),
        "# [voucher]".into(),
        format!(
            "# url = {}",
            quoted(&format!("{}{}", answers.url.trim_end_matches('/'), yika_platform::ec::PATH))
        ),
        "# app_id = \"YOUR-APPLICATION-ID\"".into(),
        "# app_secret = \"env:YIKA_VOUCHER_SECRET\"".into(),
        word("# 柜台的科室编号和名称", "# number and name of the counter's department"),
        "# office_id = \"01\"".into(),
        "# office_name = \"药房\"".into(),
        String::new(),
        "[devices]".into(),
        word(
            "# 读卡器：名称、名称的一部分或编号（yika readers）；auto 为自动选择",
            "# reader: a name, a part of one, or an id (`yika readers`); auto chooses by rule",
        ),
        format!("reader = {}", quoted(&answers.reader)),
        word(
            "# 第三代社保卡的密钥服务；没有它时三代卡只能读出部分信息",
            "# key service of third-generation cards; without it such a card is read in part",
        ),
        setting("key_service", &answers.key_service, &service_beside(&answers.url)),
        word(
            "# PSAM 卡所在的卡槽（名称、名称的一部分或编号）：先用它打开三代卡，不行再用 key_service；",
            "# slot of the PSAM (a name, a part of one, or an id): it opens third-generation cards before key_service is asked;",
        ),
        word(
            "# 名称中有 SAM 的卡槽会自动使用。psam_scheme：assumed-1（主密钥）或 assumed-2（本地区密钥）",
            "# slots called SAM are found by themselves. psam_scheme: assumed-1 (masters) or assumed-2 (keys of one region)",
        ),
        "# sam_reader = \"Virtual PCD 00 01\"".into(),
        "# psam_scheme = \"assumed-1\"".into(),
        word(
            "# 读卡器自带密码键盘时：auto 使用，off 不用；密码位数",
            "# where the reader has keys of its own: \"auto\" uses them for the PIN, \"off\" does not; digits of the PIN",
        ),
        "# pinpad = \"auto\"".into(),
        "# pin_digits = 6".into(),
        String::new(),
        word(
            "# 串口设备要在这里登记：扫码枪、身份证阅读器；读卡器可在此命名。详见 hw-docs/terminal.md",
            "# devices on ports are named here: scanners, ID readers; card readers may be. See hw-docs/terminal.md",
        ),
        "# [[devices.attached]]".into(),
        format!("# label = {}", quoted(lang.pick("扫码枪", "scanner"))),
        "# kind = \"scanner\"".into(),
        "# at = \"usb:0c2e:0b6a:7711\"".into(),
        "# speed = 9600".into(),
        "# suffix = \"cr\"".into(),
        String::new(),
        "[journal]".into(),
        word(
            "# 交易日志，结算前先落盘；密钥在同目录 .key 文件中",
            "# written to disk before anything is sent; its key lies beside it as .key",
        ),
        format!("path = {}", quoted(&answers.journal)),
        word(
            "# 已完结的交易保留多少天（默认永久保留）",
            "# days that closed purchases are kept (for ever by default)",
        ),
        "# retention_days = 1100".into(),
    ];
    lines.push(String::new());
    lines.join("\n")
}

/// The sandbox centre's own key service.
fn service_beside(url: &str) -> String {
    format!("{}{}", url.trim_end_matches('/'), yika_platform::keyservice::PATH)
}

/// A TOML basic string.
fn quoted(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Site;

    fn answers() -> Answers {
        Answers {
            code: "P99010100001".into(),
            name: "一卡示例大药房 \"东\\西\"".into(),
            region: "990100".into(),
            opter: "0001".into(),
            opter_name: "柜台一".into(),
            seq_range: SeqRange::new(0, 4999).unwrap(),
            url: "http://127.0.0.1:8470/".into(),
            profile: "sandbox".into(),
            centre_key: "centre.pem".into(),
            ca: None,
            key_file: "yika.key".into(),
            passphrase: "none".into(),
            journal: "journal.db".into(),
            reader: "auto".into(),
            key_service: None,
        }
    }

    #[test]
    fn what_is_written_is_read_back_in_both_languages() {
        let folder = tempfile::tempdir().unwrap();
        for (name, lang) in [("zh.toml", Lang::Zh), ("en.toml", Lang::En)] {
            let path = folder.path().join(name);
            std::fs::write(&path, render(&answers(), lang)).unwrap();
            let site = Site::load(&path).unwrap();
            assert_eq!(site.institution.name, "一卡示例大药房 \"东\\西\"");
            assert_eq!((site.workstation.seq_range.first(), site.workstation.seq_range.last()), (0, 4999));
            assert_eq!(site.keys.file, folder.path().join("yika.key"));
            assert_eq!(site.language, Some(lang));
        }
    }

    #[test]
    fn every_commented_setting_is_a_real_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.toml");
        let all: String = render(&answers(), Lang::En)
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.starts_with('[') || rest.split(' ').nth(1) == Some("=") => {
                    format!("{rest}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        std::fs::write(&path, all.replace("http://127.0.0.1:8470/\"", "https://127.0.0.1:8470/\"")).unwrap();
        let site = Site::load(&path).unwrap();
        assert_eq!(site.journal.retention_days, Some(1100));
        assert!(site.centre.client.is_some());
        assert_eq!(site.devices.attached.len(), 1);
        assert_eq!(site.devices.key_service.as_deref(), Some("http://127.0.0.1:8470/keys/card-auth"));
    }
}
