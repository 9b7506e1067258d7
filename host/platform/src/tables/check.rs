//! Checking a message against its table.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::business_time::BusinessTime;
use crate::envelope::{BODY_CHARACTERS, ERR_MSG_CHARACTERS, InfCode, Request, Response};
use crate::msgid::{MsgId, MsgIdForm};
use crate::profile::{FieldRules, Profile};

use super::{FaultKind, Field, FieldFault, FieldType, Node, Report, Rows, Side, When, tables};

/// Checks the business data of a request.
pub fn check_input(infno: &str, input: &Value, profile: &Profile) -> Report {
    let Some(transaction) = tables().get(infno) else { return unknown_transaction(infno) };
    Checker::new(infno, "input", &profile.fields).run(&transaction.input, input)
}

/// Checks the business data of an answer. Fields and codes that the table does not know are notes, not faults:
/// provinces add some. A required field that is absent, and a value of the wrong form, are faults.
pub fn check_output(infno: &str, output: &Value, profile: &Profile) -> Report {
    let Some(transaction) = tables().get(infno) else { return unknown_transaction(infno) };
    Checker::new(infno, "output", &profile.fields).run(&transaction.output, output)
}

/// Checks the envelope of a request: required fields, lengths, characters, forms.
pub fn check_request_envelope(request: &Request, profile: &Profile) -> Vec<FieldFault> {
    // name, type, required
    const ENVELOPE: [(&str, FieldType, bool); 17] = [
        ("infno", FieldType::Text(Some(6)), true),
        ("msgid", FieldType::Text(Some(30)), true),
        ("mdtrtarea_admvs", FieldType::Text(Some(6)), true),
        ("insuplc_admdvs", FieldType::Text(Some(6)), false),
        ("recer_sys_code", FieldType::Text(Some(10)), true),
        ("dev_no", FieldType::Text(Some(100)), false),
        ("dev_safe_info", FieldType::Text(Some(2000)), false),
        ("cainfo", FieldType::Text(Some(1024)), false),
        ("signtype", FieldType::Text(Some(10)), false),
        ("infver", FieldType::Text(Some(6)), true),
        ("opter_type", FieldType::Text(Some(3)), true),
        ("opter", FieldType::Text(Some(30)), true),
        ("opter_name", FieldType::Text(Some(50)), true),
        ("inf_time", FieldType::DateTime, true),
        ("fixmedins_code", FieldType::Text(Some(12)), true),
        ("fixmedins_name", FieldType::Text(Some(200)), true),
        ("sign_no", FieldType::Text(Some(30)), false),
    ];
    let checker = Checker::new("envelope", "", &profile.fields);
    let mut faults = Vec::new();
    let mut fault = |path: &str, kind| faults.push(FieldFault { path: path.to_owned(), kind });
    let present: Vec<(&str, &str)> = request.fields().collect();
    for (name, kind, required) in ENVELOPE {
        match present.iter().find(|(present, _)| *present == name) {
            Some((_, value)) => {
                if let Err(kind) = kind.check(value, checker.max(name)) {
                    fault(name, kind);
                }
            }
            None if required => fault(name, FaultKind::Missing),
            None => {}
        }
    }
    for (name, value) in &present {
        if value.chars().any(|c| c == '&' || c.is_control()) {
            fault(name, FaultKind::ForbiddenCharacter);
        }
    }
    for (name, value) in
        [("mdtrtarea_admvs", &request.mdtrtarea_admvs), ("insuplc_admdvs", &request.insuplc_admdvs)]
    {
        if !value.is_empty() && !value.bytes().all(|b| b.is_ascii_digit()) {
            fault(name, FaultKind::NotANumber);
        }
    }
    if !matches!(request.opter_type.as_str(), "" | "1" | "2" | "3") {
        fault("opter_type", FaultKind::NotInDictionary { dictionary: "opter_type".to_owned() });
    }
    if profile.session.msgid == MsgIdForm::Strict
        && !request.msgid.is_empty()
        && let Err(error) = MsgId::parse(&request.msgid, MsgIdForm::Strict)
    {
        fault("msgid", msgid_fault(error));
    }
    // Without it the platform takes a person of another region for a local one.
    if request.insuplc_admdvs.is_empty() && names_person(&request.input) {
        fault("insuplc_admdvs", FaultKind::Missing);
    }
    let body = request.input.to_string().chars().count();
    if body > BODY_CHARACTERS {
        fault("input", FaultKind::TooLong { max: BODY_CHARACTERS, found: body });
    }
    faults
}

/// Checks the envelope of an answer. Real centres write longer error texts and leave things out, so only what makes an
/// answer unusable as a record is a fault; the rest is noted.
pub fn check_response_envelope(response: &Response) -> Report {
    let mut report = Report::default();
    let at = |path: &str, kind| FieldFault { path: path.to_owned(), kind };
    if response.code() == InfCode::Unreadable {
        report.faults.push(at("infcode", FaultKind::NotANumber));
    }
    for (name, value, max) in [
        ("inf_refmsgid", &response.inf_refmsgid, 30),
        ("signtype", &response.signtype, 10),
        ("cainfo", &response.cainfo, 1024),
    ] {
        if let Err(kind) = FieldType::Text(Some(max)).check(value, None) {
            report.faults.push(at(name, kind));
        }
    }
    if let Some(output) = &response.output {
        let found = output.to_string().chars().count();
        if found > BODY_CHARACTERS {
            report.faults.push(at("output", FaultKind::TooLong { max: BODY_CHARACTERS, found }));
        }
    }
    if response.inf_refmsgid.is_empty() {
        report.notes.push(at("inf_refmsgid", FaultKind::Missing));
    }
    for (name, value) in [("refmsg_time", &response.refmsg_time), ("respond_time", &response.respond_time)] {
        // yyyyMMddHHmmss and three digits of milliseconds.
        let sound = value.len() == 17
            && value.bytes().all(|b| b.is_ascii_digit())
            && value.get(..14).is_some_and(|time| BusinessTime::parse_compact(time).is_ok());
        if !value.is_empty() && !sound {
            report.notes.push(at(name, FaultKind::NotATime));
        }
    }
    if let Err(kind) = FieldType::Text(Some(ERR_MSG_CHARACTERS)).check(&response.err_msg, None) {
        report.notes.push(at("err_msg", kind));
    }
    if response.code() != InfCode::Success && response.err_msg.is_empty() {
        report.notes.push(at("err_msg", FaultKind::Missing));
    }
    report
}

fn msgid_fault(error: crate::msgid::MsgIdError) -> FaultKind {
    use crate::msgid::MsgIdError;
    match error {
        MsgIdError::Time => FaultKind::NotATime,
        MsgIdError::Sequence => FaultKind::NotANumber,
        MsgIdError::Length | MsgIdError::Character | MsgIdError::Institution => FaultKind::NotInDictionary {
            dictionary: "msgid: institution (12), time (14), sequence (4)".to_owned(),
        },
    }
}

fn names_person(input: &Value) -> bool {
    let Value::Object(nodes) = input else { return false };
    nodes.values().any(|node| node.get("psn_no").and_then(Value::as_str).is_some_and(|text| !text.is_empty()))
}

fn unknown_transaction(infno: &str) -> Report {
    // Only what can be a number of the tables is repeated.
    let path: String = infno.chars().take(6).filter(char::is_ascii_alphanumeric).collect();
    Report { faults: vec![FieldFault { path, kind: FaultKind::UnknownTransaction }], notes: Vec::new() }
}

struct Checker<'a> {
    infno: &'a str,
    direction: &'static str,
    rules: &'a FieldRules,
    report: Report,
}

impl<'a> Checker<'a> {
    fn new(infno: &'a str, direction: &'static str, rules: &'a FieldRules) -> Self {
        Self { infno, direction, rules, report: Report::default() }
    }

    fn run(mut self, side: &Side, body: &Value) -> Report {
        let root = self.direction.to_owned();
        if side.nodes.is_empty() {
            // No business data in this direction, so any of it is unknown.
            let empty = match body {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Object(object) => object.is_empty(),
                _ => false,
            };
            if !empty {
                self.odd(root, FaultKind::Unknown);
            }
            return self.report;
        }
        let Value::Object(object) = body else {
            self.fault(root, FaultKind::NotAnObject);
            return self.report;
        };
        if !side.checked {
            self.check_leaves(&root, body);
            return self.report;
        }
        if let [node] = side.nodes.as_slice()
            && node.name.is_empty()
        {
            self.check_row(node, &root, object);
            return self.report;
        }
        for name in object.keys() {
            if !side.nodes.iter().any(|node| &node.name == name) {
                self.odd(format!("{root}.{}", printable(name)), FaultKind::Unknown);
            }
        }
        for node in &side.nodes {
            self.check_node(node, &format!("{root}.{}", node.name), object.get(&node.name));
        }
        self.report
    }

    fn check_node(&mut self, node: &Node, path: &str, value: Option<&Value>) {
        let value = match value {
            None | Some(Value::Null) => None,
            Some(Value::Array(rows)) if rows.is_empty() => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(value) => Some(value),
        };
        match (value, node.rows) {
            (None, _) => {
                if node.required {
                    self.fault(path.to_owned(), FaultKind::Missing);
                }
            }
            (Some(Value::Object(row)), Rows::One | Rows::Either) => self.check_row(node, path, row),
            (Some(Value::Array(rows)), Rows::Many | Rows::Either) => {
                for (index, row) in rows.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    match row {
                        Value::Object(row) => self.check_row(node, &path, row),
                        _ => self.fault(path, FaultKind::NotAnObject),
                    }
                }
            }
            // Centres that answer with a lone row, or wrap a single one, are understood (see `wire`).
            (Some(Value::Object(row)), Rows::Many) if self.direction == "output" => {
                self.check_row(node, path, row)
            }
            (Some(Value::Array(rows)), Rows::One) if self.direction == "output" && rows.len() == 1 => {
                match rows.first() {
                    Some(Value::Object(row)) => self.check_row(node, path, row),
                    _ => self.fault(path.to_owned(), FaultKind::NotAnObject),
                }
            }
            (Some(_), Rows::Many) => self.fault(path.to_owned(), FaultKind::NotRows),
            (Some(_), Rows::One | Rows::Either) => self.fault(path.to_owned(), FaultKind::NotAnObject),
        }
    }

    fn check_row(&mut self, node: &Node, path: &str, row: &Map<String, Value>) {
        for (name, value) in row {
            if node.fields.iter().any(|field| &field.name == name)
                || node.nested.iter().any(|nested| &nested.name == name)
            {
                continue;
            }
            match self.added_type(node, name) {
                Some(kind) => {
                    let field = Field {
                        name: name.clone(),
                        label: String::new(),
                        kind,
                        required: false,
                        when: None,
                        coded: false,
                    };
                    self.check_field(&field, path, Some(value), false);
                }
                None => self.odd(format!("{path}.{}", printable(name)), FaultKind::Unknown),
            }
        }
        for field in &node.fields {
            let required = self.required(node, field) || holds(field.when.as_ref(), row);
            self.check_field(field, path, row.get(&field.name), required);
        }
        for nested in &node.nested {
            self.check_node(nested, &format!("{path}.{}", nested.name), row.get(&nested.name));
        }
    }

    fn check_field(&mut self, field: &Field, path: &str, value: Option<&Value>, required: bool) {
        let path = || format!("{path}.{}", field.name);
        let text = match value {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) if !self.rules.leaves_are_text => Some(number.to_string()),
            Some(Value::Bool(flag)) if !self.rules.leaves_are_text && field.kind == FieldType::Flag => {
                Some(flag.to_string())
            }
            Some(nested @ (Value::Object(_) | Value::Array(_))) if field.kind == FieldType::Open => {
                self.check_leaves(&path(), nested);
                return;
            }
            Some(_) => {
                self.fault(path(), FaultKind::NotText);
                return;
            }
        };
        if self.rules.leaves_are_text && matches!(value, Some(Value::Null)) {
            self.fault(path(), FaultKind::NotText);
        }
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            if required {
                self.fault(path(), FaultKind::Missing);
            }
            return;
        };
        if let Err(kind) = field.kind.check(&text, self.max(&field.name)) {
            self.fault(path(), kind);
        } else if field.coded && self.rules.check_dictionaries && !self.in_dictionary(&field.name, &text) {
            self.odd(path(), FaultKind::NotInDictionary { dictionary: field.name.clone() });
        }
    }

    /// For what no table describes: only that every leaf is text, where the profile says so.
    fn check_leaves(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    self.check_leaves(&format!("{path}.{}", printable(name)), value);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    self.check_leaves(&format!("{path}[{index}]"), value);
                }
            }
            Value::String(_) => {}
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                if self.rules.leaves_are_text {
                    self.fault(path.to_owned(), FaultKind::NotText);
                }
            }
        }
    }

    fn max(&self, name: &str) -> Option<usize> {
        self.rules.lengths.get(name).or_else(|| tables().lengths.get(name)).copied()
    }

    fn required(&self, node: &Node, field: &Field) -> bool {
        if self.rules.required.is_empty() {
            return field.required;
        }
        self.rules.required.get(&self.key(node, &field.name)).copied().unwrap_or(field.required)
    }

    fn added_type(&self, node: &Node, name: &str) -> Option<FieldType> {
        if self.rules.added.is_empty() {
            return None;
        }
        self.rules.added.get(&self.key(node, name)).and_then(|kind| FieldType::parse(kind))
    }

    fn key(&self, node: &Node, field: &str) -> String {
        format!("{}.{}.{}.{field}", self.infno, self.direction, node.name)
    }

    fn in_dictionary(&self, name: &str, code: &str) -> bool {
        let has = |codes: Option<&BTreeSet<String>>| codes.map(|codes| codes.contains(code));
        let built_in = has(tables().dictionary(name));
        let added = has(self.rules.dictionaries.get(name));
        match (built_in, added) {
            // A dictionary that nobody wrote down cannot be checked.
            (None, None) => true,
            (built_in, added) => built_in.unwrap_or(false) || added.unwrap_or(false),
        }
    }

    /// A fault in a request, a note in an answer.
    fn odd(&mut self, path: String, kind: FaultKind) {
        if self.direction == "output" {
            self.report.notes.push(FieldFault { path, kind });
        } else {
            self.fault(path, kind);
        }
    }

    fn fault(&mut self, path: String, kind: FaultKind) {
        self.report.faults.push(FieldFault { path, kind });
    }
}

fn holds(when: Option<&When>, row: &Map<String, Value>) -> bool {
    when.is_some_and(|when| row.get(&when.field).and_then(Value::as_str) == Some(when.is.as_str()))
}

/// Names come from outside: only what can be a field name is repeated in a message.
fn printable(name: &str) -> String {
    name.chars().take(64).map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '?' }).collect()
}
