//! Writing a seed into the store.

use yika_protocol::money::Fen;

use super::{Seed, SeedInsurance, SeedPerson};
use crate::store::{Account, Posting, Store, Work};
use crate::{SeedReport, StoreError};

impl Seed {
    /// Writes everything in one transaction.
    pub(crate) fn write(&self, store: &Store, now: i64) -> Result<SeedReport, StoreError> {
        store.write(|work| {
            if let Some(centre) = &self.centre {
                work.set("region", centre.region.as_str())?;
                work.set("setl_optins", centre.setl_optins.as_str())?;
                work.set("trace_codes_required", if centre.trace_codes_required { "1" } else { "0" })?;
            }
            self.institutions.iter().try_for_each(|row| work.put_institution(row))?;
            self.catalogue.iter().try_for_each(|row| work.put_item(row))?;
            self.mappings.iter().try_for_each(|row| work.put_mapping(row))?;
            self.policies.iter().try_for_each(|row| work.put_policy(row))?;
            self.card_keys.iter().try_for_each(|row| work.put_card_keys(row))?;
            let mut balances = 0;
            for person in &self.people {
                work.put_person(person)?;
                for insurance in &person.insurances {
                    balances += usize::from(self.set_balance(work, person, insurance, now)?);
                }
            }
            Ok(SeedReport {
                institutions: self.institutions.len(),
                people: self.people.len(),
                balances,
                catalogue: self.catalogue.len(),
                mappings: self.mappings.len(),
                policies: self.policies.len(),
                card_keys: self.card_keys.len(),
            })
        })
    }

    /// Opens an account that has no entries yet, or with `reset` brings it to the balance of the file. True when an
    /// account was set.
    fn set_balance(
        &self,
        work: &Work<'_>,
        person: &SeedPerson,
        insurance: &SeedInsurance,
        now: i64,
    ) -> Result<bool, StoreError> {
        let Some(wanted) = insurance.balance else { return Ok(false) };
        let account = Account::Person { psn_no: &person.psn_no, insutype: &insurance.insutype };
        if work.has_entries(account)? && !self.reset {
            return Ok(false);
        }
        let too_large = || StoreError("a balance does not fit".into());
        let missing = wanted.checked_sub(work.balance(account)?).ok_or_else(too_large)?;
        let rows = vec![(account, missing), (Account::Opening, Fen(-missing.0))];
        work.post(&Posting { setl_id: None, booked: now, rows })?;
        Ok(true)
    }
}
