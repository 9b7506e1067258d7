//! Signed request, journal, three-way outcome, recovery, reconciliation.
