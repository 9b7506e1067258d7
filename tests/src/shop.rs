//! An institution with its key, card, site file and sandbox centre.
