//! Decoding an e-voucher code by transaction 6101.

use yika_platform::ec::Decode;
use yika_platform::transactions;

use super::Till;
use super::exchange::{Draft, Verdict, Weight};
use super::session::Unanswered;
use super::settle::canonical_content;
use crate::error::SettleError;
use crate::journal::{Begun, State};
use crate::outcome::Settlement;
use crate::voucher::{Decoding, SENDINGS, Scan, Voucher, VoucherError, VoucherService};
use yika_platform::basket::Basket;

impl VoucherService for Till {
    fn decode<'a>(&'a self, scan: &'a Scan) -> Decoding<'a> {
        Box::pin(self.decode_voucher(scan))
    }
}

impl Till {
    /// What the journal knows of an order with this content, whoever it was for; `None` when it is new or never left. For
    /// a code that cannot be decoded any more because it has served this very purchase.
    pub fn known_order(&self, basket: &Basket) -> Result<Option<Settlement>, SettleError> {
        let content = canonical_content(basket).map_err(SettleError::Input)?;
        let institution = &self.config.institution.code;
        match self.journal.known_content(institution, &basket.order_no, &content)? {
            Some(Begun::Conflict) => Err(SettleError::Conflict { order_no: basket.order_no.clone() }),
            Some(Begun::Known(p) | Begun::New(p)) if p.state != State::NotSent => {
                Ok(Some(p.settlement(true)))
            }
            Some(Begun::Known(_) | Begun::New(_)) | None => Ok(None),
        }
    }

    async fn decode_voucher(&self, scan: &Scan) -> Result<Voucher, VoucherError> {
        let sign_no = self.sign_no().await?;
        match self.decode_under(scan, &sign_no).await {
            Err(Unanswered::Refused(refusal)) if refusal.sign_in => {
                let fresh = self.sign_no_after(&sign_no).await?;
                self.decode_under(scan, &fresh).await?
            }
            other => other?,
        }
    }

    async fn decode_under(
        &self,
        scan: &Scan,
        sign_no: &str,
    ) -> Result<Result<Voucher, VoucherError>, Unanswered> {
        let profile = &self.config.profile;
        let input = transactions::write(&Decode { in_data: scan.row(&self.config) }, profile)
            .map_err(|e| Unanswered::Input(e.to_string()))?;
        let msgid = self.fresh_msgid()?;
        let draft = Draft { infno: &profile.voucher.decode, msgid: &msgid, insuplc: None, sign_no, input };
        let bytes = zeroize::Zeroizing::new(self.build(draft).map_err(Unanswered::Input)?);
        let sendings = if profile.outcome.idempotent { SENDINGS } else { 1 };
        let mut left = sendings;
        loop {
            left -= 1;
            match self.exchange::<Decode>(&bytes, Weight::Asks).await {
                Verdict::Accepted { output, .. } => return Ok(Voucher::new(output.out_data)),
                Verdict::Refused(refusal) => return Err(Unanswered::Refused(refusal)),
                Verdict::NotSent(reason) if left + 1 == sendings => return Err(Unanswered::NotSent(reason)),
                Verdict::Unsure { reason, .. } | Verdict::NotSent(reason) if left == 0 => {
                    return Err(Unanswered::NoAnswer(reason));
                }
                // The answer was lost: the same bytes get it again.
                Verdict::Unsure { .. } | Verdict::NotSent(_) => {}
            }
        }
    }
}

impl From<Unanswered> for VoucherError {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::NotSent(reason) => Self::NotSent(reason),
            Unanswered::Refused(refusal) => Self::Refused(refusal.reason),
            Unanswered::NoAnswer(reason) => Self::NoAnswer(reason),
            Unanswered::Journal(error) => Self::Journal(error),
            Unanswered::Input(text) => Self::Input(text),
        }
    }
}
