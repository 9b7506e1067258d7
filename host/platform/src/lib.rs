//! The settlement platform's interface: envelope, field tables, signature text, profiles, typed transactions.
