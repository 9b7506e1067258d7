//! Formats and conversations of a settlement terminal: no_std, no heap, sans-IO.
#![no_std]
