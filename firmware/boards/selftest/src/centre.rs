//! A centre with one terminal, that settles everything from the account.

use heapless::{String, Vec};
use yika_firmware::entropy::Tested;
use yika_protocol::identity::{Date, Institution, Secret};
use yika_protocol::money::Fen;
use yika_protocol::swipe::{
    Answer, CentreId, CentreIdentity, Datagram, Identity, Limits, OpenedRequest, Outcome, PendingEnrolment,
    Request, ReversalAnswer, ReversalOutcome, Settled, SwipeAnswer, TerminalCertificate, TerminalId,
    TerminalKeys, Terms, Tree, device_verifier,
};

use crate::noise::Counted;

const NEXT: [u8; 8] = *b"nextcard";

pub(crate) struct Centre(CentreIdentity);

/// What the centre keeps of its terminal.
pub(crate) struct Terminal {
    keys: TerminalKeys,
    certificate: TerminalCertificate,
}

impl Centre {
    pub(crate) fn new() -> Option<Self> {
        CentreIdentity::new(CentreId(*b"SELFTEST"), &Secret::new([0x11; 32])).ok().map(Self)
    }

    /// Both ends of an enrolment.
    pub(crate) fn enrol(&self) -> Option<(Identity, Terminal)> {
        let seed = Tested::new().seed(&mut Counted::default())?;
        let pending = PendingEnrolment::begin(&seed, "SELFTEST", "selftest").ok()?;
        let terms = Terms {
            terminal: TerminalId(*b"terminal"),
            institution: Institution::parse(b"P99010000001").ok()?,
            limits: Limits { per_swipe: Fen(200_000), no_challenge: Fen(20_000), per_day: Fen(2_000_000) },
            not_before: 1_790_000_000,
            not_after: 1_950_000_000,
        };
        let certificate = self.0.issue(pending.request(), terms).ok()?;
        let keys = self.0.terminal_keys(&certificate).ok()?;
        let terminal = Terminal { keys, certificate: certificate.clone() };
        pending.accept(certificate).ok().map(|identity| (identity, terminal))
    }

    /// Opens a swipe, checks everything, settles it from the account.
    pub(crate) fn answer(&self, terminal: &Terminal, datagram: &[u8], amount: Fen) -> Option<Datagram> {
        let opened = terminal.keys.open_request(datagram).ok()?;
        let Request::Swipe(swipe) = opened.verify(&device_verifier(&terminal.certificate).ok()?).ok()? else {
            return None;
        };
        if swipe.amount != amount {
            return None;
        }
        let settled = Settled {
            setl_id: String::try_from("SELFTEST-SETTLEMENT").ok()?,
            amount,
            acct_pay: amount,
            fund_pay: Fen(0),
            cash: Fen(0),
            balance: Fen(98_750),
            slip_name: Vec::from_slice(b"\xD5\xC5**").ok()?,
        };
        let answer = SwipeAnswer {
            outcome: Outcome::Settled(settled),
            business_day: Date::new(2026, 11, 22).ok()?,
            next_challenge: NEXT,
        };
        self.seal(terminal, &opened, &Answer::Swipe(answer))
    }

    /// Acknowledges a reversal.
    pub(crate) fn undone(&self, terminal: &Terminal, datagram: &[u8]) -> Option<Datagram> {
        let opened = terminal.keys.open_request(datagram).ok()?;
        opened.verify(&device_verifier(&terminal.certificate).ok()?).ok()?;
        let answer = ReversalAnswer { outcome: ReversalOutcome::NeverHappened, next_challenge: NEXT };
        self.seal(terminal, &opened, &Answer::Reversal(answer))
    }

    /// With the evidence of a batch of one.
    fn seal(&self, terminal: &Terminal, request: &OpenedRequest, answer: &Answer) -> Option<Datagram> {
        let header = request.header();
        let mut nodes = [terminal.keys.leaf(header, answer).ok()?];
        let tree = Tree::grow(&mut nodes, 1)?;
        let signature = tree.sign(self.0.id(), self.0.signer()).ok()?;
        let evidence = tree.evidence(0, signature)?;
        terminal.keys.seal_answer(header, answer, Some(&evidence)).ok()
    }
}
