//! Client of a card-key service.
