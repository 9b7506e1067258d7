//! Devices that do not exist: a virtual card, in process and as a client of the virtual reader.
