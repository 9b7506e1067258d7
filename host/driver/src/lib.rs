//! Readers of a PC: PC/SC service, card reading, PIN, diagnosis.
