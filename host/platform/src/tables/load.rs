//! The tables as read from the data files that are built in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;

use super::FieldType;

/// All tables.
#[derive(Debug)]
pub struct Tables {
    pub(super) transactions: BTreeMap<String, Transaction>,
    /// Longest length by field name, in place of the printed one.
    pub(super) lengths: BTreeMap<String, usize>,
    /// Codes by dictionary.
    pub(super) dictionaries: BTreeMap<String, BTreeSet<String>>,
}

/// The tables of one transaction.
#[derive(Debug)]
pub struct Transaction {
    /// Chinese name.
    pub name: String,
    /// Business data of the request.
    pub input: Side,
    /// Business data of the answer.
    pub output: Side,
}

/// One direction of a transaction.
#[derive(Debug, Default)]
pub struct Side {
    /// Nodes at the top of `input` or `output`.
    pub nodes: Vec<Node>,
    /// False when the published table is too unclear to check against (several nodes without a name, or nodes without
    /// a direction): then only the JSON form is checked.
    pub checked: bool,
}

/// A group of fields under one name.
#[derive(Debug)]
pub struct Node {
    /// Name; empty when the fields stand directly in `input` or `output`.
    pub name: String,
    /// One row or many.
    pub rows: Rows,
    /// An absent node is a fault.
    pub required: bool,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Nodes inside its rows.
    pub nested: Vec<Node>,
}

/// One row or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rows {
    /// An object.
    One,
    /// An array of objects.
    Many,
    /// Either; the tables do not say.
    Either,
}

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name on the wire.
    pub name: String,
    /// Chinese name.
    pub label: String,
    /// Type.
    pub kind: FieldType,
    /// Absent or empty is a fault.
    pub required: bool,
    /// Required only when another field of the row has a certain value.
    pub when: Option<When>,
    /// The value is a code of the dictionary of the same name.
    pub coded: bool,
}

/// A condition on another field of the same row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Which field.
    pub field: String,
    /// Its value.
    pub is: String,
}

/// The built-in tables.
pub fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        #[expect(clippy::expect_used, reason = "built into the program; a test reads them")]
        Tables::read().expect("the built-in tables are sound")
    })
}

impl Tables {
    /// The tables of a transaction.
    pub fn get(&self, infno: &str) -> Option<&Transaction> {
        self.transactions.get(infno)
    }

    /// Transaction numbers in order.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.transactions.keys().map(String::as_str)
    }

    /// Codes of a dictionary, when it is built in.
    pub fn dictionary(&self, name: &str) -> Option<&BTreeSet<String>> {
        self.dictionaries.get(name)
    }

    fn read() -> Result<Self, String> {
        let raw: BTreeMap<String, RawTransaction> =
            serde_json::from_str(include_str!("../../data/transactions.json")).map_err(|e| e.to_string())?;
        let notes: Notes =
            toml::from_str(include_str!("../../data/nodes.toml")).map_err(|e| e.to_string())?;
        let dictionaries =
            toml::from_str(include_str!("../../data/dictionaries.toml")).map_err(|e| e.to_string())?;
        let mut transactions = BTreeMap::new();
        for (infno, raw) in raw {
            let input = side(&infno, "input", &raw, &notes)?;
            let output = side(&infno, "output", &raw, &notes)?;
            transactions.insert(infno, Transaction { name: raw.name, input, output });
        }
        for path in notes.nodes.keys().chain(notes.types.keys()).chain(notes.when.keys()) {
            let mut parts = path.split('.');
            let known = parts.next().and_then(|infno| transactions.get(infno)).is_some();
            if !known {
                return Err(format!("nodes.toml names {path}, which no table has"));
            }
        }
        Ok(Self { transactions, lengths: notes.lengths, dictionaries })
    }
}

fn side(infno: &str, direction: &str, raw: &RawTransaction, notes: &Notes) -> Result<Side, String> {
    let own: Vec<&RawNode> = raw.nodes.iter().filter(|node| node.direction == direction).collect();
    let unclear = raw.nodes.iter().any(|node| node.direction == "other")
        || own.len() > 1 && own.iter().any(|node| node.node.is_none());
    let mut nodes: Vec<Node> = Vec::new();
    for raw_node in &own {
        let name = raw_node.node.clone().unwrap_or_default();
        let path = format!("{infno}.{direction}.{name}");
        let note = notes.nodes.get(&path);
        let only = own.len() == 1;
        let fields = raw_node
            .fields
            .iter()
            .map(|field| {
                let kind = notes.types.get(&format!("{path}.{}", field.field)).unwrap_or(&field.kind);
                let kind =
                    FieldType::parse(kind).ok_or_else(|| format!("{path}.{}: type {kind}", field.field))?;
                Ok(Field {
                    name: field.field.clone(),
                    label: field.name.clone(),
                    kind,
                    required: field.required,
                    when: notes.when.get(&format!("{path}.{}", field.field)).cloned(),
                    coded: field.dictionary,
                })
            })
            .collect::<Result<Vec<Field>, String>>()?;
        let node = Node {
            name: name.clone(),
            rows: note.map_or(if only && direction == "input" { Rows::One } else { Rows::Either }, |note| {
                note.rows
            }),
            required: note.map_or(only && direction == "input", |note| note.required),
            fields,
            nested: Vec::new(),
        };
        match note.and_then(|note| note.inside.as_deref()) {
            Some(outer) => {
                let outer = nodes
                    .iter_mut()
                    .find(|node| node.name == outer)
                    .ok_or_else(|| format!("{path}: there is no node {outer} before it"))?;
                // The outer table lists the nested node as a field without a type.
                outer.fields.retain(|field| field.name != name);
                outer.nested.push(node);
            }
            None => nodes.push(node),
        }
    }
    Ok(Side { nodes, checked: !unclear })
}

#[derive(Deserialize)]
struct RawTransaction {
    name: String,
    nodes: Vec<RawNode>,
}

#[derive(Deserialize)]
struct RawNode {
    direction: String,
    node: Option<String>,
    fields: Vec<RawField>,
}

#[derive(Deserialize)]
struct RawField {
    field: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    dictionary: bool,
    required: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notes {
    nodes: BTreeMap<String, NodeNote>,
    when: BTreeMap<String, When>,
    types: BTreeMap<String, String>,
    lengths: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeNote {
    rows: Rows,
    #[serde(default)]
    required: bool,
    inside: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_transactions_are_there() {
        let tables = tables();
        assert_eq!(tables.numbers().count(), 118);
        for infno in ["9001", "9002", "1101", "2101", "2102", "2103", "2601", "3201", "5203"] {
            let transaction = tables.get(infno).unwrap();
            assert!(transaction.input.checked && transaction.output.checked, "{infno}");
            assert!(!transaction.input.nodes.is_empty(), "{infno}");
        }
    }

    #[test]
    fn trace_codes_stand_inside_the_lines() {
        let settle = tables().get("2102").unwrap();
        let names: Vec<&str> = settle.input.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["druginfo", "drugdetail"]);
        let lines = &settle.input.nodes[1];
        assert_eq!(lines.rows, Rows::Many);
        assert_eq!(lines.nested[0].name, "durg_trac_info");
        assert!(lines.fields.iter().all(|field| field.name != "durg_trac_info"));
    }

    #[test]
    fn every_note_meets_a_node() {
        let notes: Notes = toml::from_str(include_str!("../../data/nodes.toml")).unwrap();
        for path in notes.nodes.keys() {
            let parts: Vec<&str> = path.split('.').collect();
            let transaction = tables().get(parts[0]).unwrap();
            let side = if parts[1] == "input" { &transaction.input } else { &transaction.output };
            let mut names = side.nodes.iter().flat_map(|node| node.nested.iter().chain([node]));
            assert!(names.any(|node| node.name == parts[2]), "{path}");
        }
    }
}
