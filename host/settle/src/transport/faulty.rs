//! A wire that fails on purpose, repeatably.
