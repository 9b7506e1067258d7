//! One file for each verb.

pub(crate) mod authenticate;
pub(crate) mod card;
pub(crate) mod centre;
pub(crate) mod doctor;
pub(crate) mod errors;
pub(crate) mod id;
pub(crate) mod init;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod pin;
pub(crate) mod readers;
pub(crate) mod reconcile;
pub(crate) mod settle;
pub(crate) mod sim;
pub(crate) mod sim_id_reader;
pub(crate) mod sim_phone;
pub(crate) mod sim_pos;
pub(crate) mod sim_psam;
pub(crate) mod sim_scanner;
pub(crate) mod sim_slot;
pub(crate) mod terminal;
mod terminal_enrol;
mod terminal_sale;
pub(crate) mod void;
pub(crate) mod voucher;
