//! What each scan puts on the line.

use super::{ScanFault, ScannerSpec};
use crate::random::Random;
use std::fmt;
use std::time::Duration;

/// One thing that happens on the line.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// These bytes go out together.
    Send(Vec<u8>),
    /// Nothing happens for so long.
    Pause(Duration),
    /// The plug is pulled.
    Unplug,
    /// The plug is put back.
    Plug,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A code is a bearer secret.
            Self::Send(bytes) => write!(f, "Send({} bytes)", bytes.len()),
            Self::Pause(time) => write!(f, "Pause({time:?})"),
            Self::Unplug => f.write_str("Unplug"),
            Self::Plug => f.write_str("Plug"),
        }
    }
}

/// A scanner without a line: bytes and mishaps, by seed.
pub struct Gun {
    spec: ScannerSpec,
    random: Random,
}

impl Gun {
    /// A scanner of this kind.
    #[must_use]
    pub fn new(spec: ScannerSpec) -> Self {
        let random = Random::new(spec.seed);
        Self { spec, random }
    }

    /// One scan of `code`: what happens, and what went wrong with it.
    pub fn scan(&mut self, code: &[u8]) -> (Vec<Step>, Option<ScanFault>) {
        let scan = [&self.spec.before, &self.spec.aim, code, &self.spec.after].concat();
        let fault = self.draw();
        let steps = match fault {
            None => vec![Step::Send(scan)],
            Some(ScanFault::Split) => self.pieces(&scan),
            Some(ScanFault::Merge) => vec![Step::Send([scan.clone(), scan].concat())],
            Some(ScanFault::Noise) => vec![Step::Send(self.with_noise(&scan))],
            Some(ScanFault::Double) => {
                let pause = Duration::from_millis(self.random.below(300));
                vec![Step::Send(scan.clone()), Step::Pause(pause), Step::Send(scan)]
            }
            Some(ScanFault::NoSuffix) => {
                let length = scan.len() - self.spec.after.len();
                vec![Step::Send(scan.into_iter().take(length).collect())]
            }
            Some(ScanFault::Stall) => {
                let (head, tail) = self.halves(scan);
                vec![Step::Send(head), Step::Pause(Duration::from_millis(700)), Step::Send(tail)]
            }
            Some(ScanFault::Unplug) => {
                let (head, _) = self.halves(scan);
                vec![Step::Send(head), Step::Unplug, Step::Pause(Duration::from_millis(500)), Step::Plug]
            }
        };
        (steps, fault)
    }

    fn draw(&mut self) -> Option<ScanFault> {
        let count = self.spec.faults.len() as u64;
        if count == 0 || self.random.below(2) == 0 {
            return None;
        }
        let at = self.random.below(count) as usize;
        self.spec.faults.get(at).copied()
    }

    fn pieces(&mut self, scan: &[u8]) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut rest = scan;
        while !rest.is_empty() {
            let length = 1 + self.random.below(rest.len() as u64) as usize;
            let (piece, tail) = rest.split_at(length);
            steps.push(Step::Send(piece.to_vec()));
            rest = tail;
            if !rest.is_empty() {
                steps.push(Step::Pause(Duration::from_millis(self.random.below(80))));
            }
        }
        steps
    }

    /// Never at its end or its beginning.
    fn halves(&mut self, mut scan: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
        let inner = (scan.len() as u64).saturating_sub(1);
        let tail = scan.split_off((1 + self.random.below(inner) as usize).min(scan.len()));
        (scan, tail)
    }

    /// One to three bytes outside of ASCII, before the end: a program sees that they are no code.
    fn with_noise(&mut self, scan: &[u8]) -> Vec<u8> {
        let mut noisy = scan.to_vec();
        let inside = (scan.len() - self.spec.after.len()) as u64;
        for _ in 0..=self.random.below(3) {
            let at = self.random.below(inside) as usize;
            noisy.insert(at, 0x80 | self.random.below(128) as u8);
        }
        noisy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &[u8] = b"2800000000000000000000000001";

    fn sent(steps: &[Step]) -> Vec<u8> {
        let bytes = steps.iter().filter_map(|step| match step {
            Step::Send(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        bytes.collect::<Vec<_>>().concat()
    }

    fn gun(faults: &[ScanFault], seed: u64) -> Gun {
        Gun::new(ScannerSpec {
            faults: faults.to_vec(),
            seed,
            aim: b"]Q1".to_vec(),
            ..ScannerSpec::default()
        })
    }

    #[test]
    fn without_faults_every_scan_is_the_code_as_set() {
        let mut gun = Gun::new(ScannerSpec {
            before: b"\x02*".to_vec(),
            aim: b"]Q1".to_vec(),
            after: b"\x03".to_vec(),
            ..ScannerSpec::default()
        });
        for _ in 0..3 {
            assert_eq!(sent(&gun.scan(CODE).0), b"\x02*]Q12800000000000000000000000001\x03");
        }
    }

    #[test]
    fn each_fault_is_what_its_word_says_and_half_go_well() {
        let good = b"]Q12800000000000000000000000001\r".to_vec();
        for fault in ScanFault::ALL {
            assert_eq!(fault.word().parse(), Ok(fault));
            let mut gun = gun(&[fault], 9);
            let mut clean = 0;
            for _ in 0..100 {
                let (steps, happened) = gun.scan(CODE);
                let bytes = sent(&steps);
                match happened {
                    None => {
                        assert_eq!(steps, [Step::Send(good.clone())]);
                        clean += 1;
                    }
                    Some(ScanFault::Split | ScanFault::Stall) => assert_eq!(bytes, good),
                    Some(ScanFault::Merge) => assert_eq!(steps, [Step::Send(good.repeat(2))]),
                    Some(ScanFault::Double) => assert_eq!((bytes, steps.len()), (good.repeat(2), 3)),
                    Some(ScanFault::NoSuffix) => assert_eq!(bytes, good[..good.len() - 1]),
                    Some(ScanFault::Noise) => {
                        assert_eq!(bytes.last(), Some(&b'\r'));
                        let text: Vec<u8> = bytes.iter().copied().filter(u8::is_ascii).collect();
                        assert!(text == good && bytes.len() > good.len());
                    }
                    Some(ScanFault::Unplug) => {
                        assert!(good.starts_with(&bytes) && bytes.len() < good.len());
                        assert!(steps.contains(&Step::Unplug) && steps.last() == Some(&Step::Plug));
                    }
                }
            }
            assert!((30..70).contains(&clean), "{fault}: {clean}");
        }
        assert!("unknown".parse::<ScanFault>().is_err());
    }

    #[test]
    fn a_seed_repeats_its_scans() {
        let run = |seed| {
            let mut gun = gun(&ScanFault::ALL, seed);
            (0..50).map(|_| gun.scan(CODE)).collect::<Vec<_>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
    }

    #[test]
    fn steps_never_show_the_code() {
        let shown = format!("{:?}", gun(&[], 0).scan(CODE));
        assert!(!shown.contains("28000") && !shown.contains("50, 56"), "{shown}");
    }
}
