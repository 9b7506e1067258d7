//! What the end-to-end scenarios stand on: the real PC/SC service, the built command, a shop with its centre, and second
//! opinions that share no code with the project.
//!
//! | module | gives |
//! |---|---|
//! | [`pcscd`] | the PC/SC service with virtual readers of our own choice, one scenario at a time |
//! | [`books`] | the centre's own tables, by SQL |
//! | [`command`] | the built `yika`, run to its end or as a service, never outliving the test |
//! | [`shop`] | an institution with its key, card, site file and sandbox centre |
//! | [`relay`] | stops a message between till and centre |
//! | [`second_opinion`] | openssl for signatures, Python for the signed text |
//! | [`figures`] | percentiles of a bench |
//! | [`fuzz_targets`] | bodies of the fuzz targets, also run from fixed seeds by the ordinary tests |
//! | [`http`] | one request, one answer |
//! | [`pos`] | POS devices, a bad network and a centre |
//! | [`random`] | numbers from a seed |
//! | [`world`] | centre and tills in one process, by seed |

pub mod books;
pub mod command;
pub mod figures;
pub mod fuzz_targets;
pub mod http;
pub mod pcscd;
pub mod pos;
pub mod random;
pub mod relay;
pub mod second_opinion;
pub mod shop;
pub mod world;
