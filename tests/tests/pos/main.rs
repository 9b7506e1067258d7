//! POS devices end to end.

mod network;
