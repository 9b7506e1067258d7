//! What a card answers for, and how fresh the centre's part of it is.

use heapless::Vec;
use sm3::{Digest, Sm3};
use zeroize::Zeroizing;

use super::{
    BuildError, Challenge, Credential, Header, Kind, MAX_DATAGRAM, SwipeRequest, datagram, domain,
    request::Cryptogram,
};
use crate::cbor::Writer;

/// The challenge for INTERNAL AUTHENTICATE: the first 16 bytes of SM3 over domain, header and every field of the body
/// but the cryptogram and what may be skipped. The first eight are the process factor, the last eight the original data.
///
/// # Errors
/// As for the request itself: what could not be sent is not worth a card's answer.
pub fn card_challenge(header: &Header, request: &SwipeRequest<'_>) -> Result<[u8; 16], BuildError> {
    if header.kind != Kind::Swipe {
        return Err(BuildError::Header);
    }
    request.check()?;
    let mut buffer = Zeroizing::new([0; MAX_DATAGRAM]);
    let mut writer = Writer::new(buffer.as_mut());
    request.write(&mut writer, Cryptogram::Without).map_err(|_| BuildError::TooLarge)?;
    // What the challenge leaves out and the signature come on top: better told before the card has answered.
    let left_out = match &request.credential {
        Credential::Card(card) => card.left_out(),
        Credential::Voucher(_) | Credential::IdCard(_) => 0,
    };
    if !datagram::fits(header, writer.len().saturating_add(left_out + 64)) {
        return Err(BuildError::TooLarge);
    }
    let mut hash = Sm3::new_with_prefix(domain::CARD);
    hash.update(header.encoded());
    hash.update(writer.written());
    let digest: [u8; 32] = hash.finalize().into();
    digest.first_chunk().copied().ok_or(BuildError::TooLarge)
}

/// How fresh a request's `centre_challenge` is. Anything but fresh means the limit `no_challenge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// One of the last that the centre gave this terminal, young enough.
    Fresh,
    /// The request has none: a device after its first start.
    Missing,
    /// Not one that counts any more: too old, superseded, or never given.
    Stale,
}

/// The challenges that a centre gave one terminal and still takes as fresh.
///
/// A lost answer takes its challenge with it, so the terminal may come back with an older one: the last
/// [`ChallengeWindow::KEPT`] count. Each counts once: with its first use it is over, and all that were given before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChallengeWindow {
    // From the oldest to the newest: challenge, second it was given.
    given: Vec<(Challenge, u64), { ChallengeWindow::KEPT }>,
}

impl ChallengeWindow {
    /// Challenges that count at the same time.
    pub const KEPT: usize = 4;

    /// Remembers a challenge that goes out at `now` (unix seconds).
    pub fn give(&mut self, challenge: Challenge, now: u64) {
        if self.given.is_full() {
            self.given.remove(0);
        }
        let _ = self.given.push((challenge, now));
    }

    /// Looks at what a request brings at `now`. A challenge is fresh for `max_age` seconds.
    pub fn look(&self, challenge: Option<Challenge>, now: u64, max_age: u64) -> Freshness {
        let Some(challenge) = challenge else { return Freshness::Missing };
        let young =
            |(known, since): &(Challenge, u64)| *known == challenge && now.saturating_sub(*since) <= max_age;
        if self.given.iter().any(young) { Freshness::Fresh } else { Freshness::Stale }
    }

    /// A swipe has carried this challenge: it is over, and what was given before it. Were it to count twice, a terminal
    /// could have one card answer for several purchases ahead.
    pub fn used(&mut self, challenge: Challenge) {
        if let Some(at) = self.given.iter().position(|(known, _)| *known == challenge) {
            self.given.drain(..=at);
        }
    }

    /// The newest that is unused, if it is fresh at `now`. An answer that settles nothing new carries it again, so that
    /// no repetition of a question pushes out what the terminal holds.
    pub fn newest(&self, now: u64, max_age: u64) -> Option<Challenge> {
        let &(challenge, _) = self.given.last()?;
        (self.look(Some(challenge), now, max_age) == Freshness::Fresh).then_some(challenge)
    }

    /// What is kept, from the oldest to the newest, for a store.
    pub fn entries(&self) -> &[(Challenge, u64)] {
        &self.given
    }

    /// From a store; only the last [`ChallengeWindow::KEPT`] count.
    pub fn from_entries(entries: impl IntoIterator<Item = (Challenge, u64)>) -> Self {
        let mut window = Self::default();
        entries.into_iter().for_each(|(challenge, since)| window.give(challenge, since));
        window
    }
}
