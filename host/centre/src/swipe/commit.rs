//! The one writer: takes what has gathered, decides about each message in one transaction, signs once for all answers,
//! commits, and only then lets them leave.
//!
//! While a commit waits for the disk, the next messages gather; when nothing is going on, a message is committed alone and at
//! once. Nobody waits for a batch to fill.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;

use yika_platform::business_time::BusinessTime;
use yika_protocol::swipe::{Answer, HintKind, MAX_BATCH, Tree};

use super::intake::{Answered, Core, Job};
use super::rules::{Bench, Keep, Verdict};
use crate::StoreError;
use crate::business::Settings;
use crate::store::Work;

/// What leaves after the commit.
enum Departure {
    Answer { bytes: Vec<u8>, outcome: &'static str, refused: Option<u16> },
    Silence(&'static str, Option<HintKind>),
}

/// Works until every sender of jobs is gone.
pub(super) fn run(core: &Core, jobs: &Receiver<Job>) {
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            match jobs.recv() {
                Ok(job) => waiting.push_back(job),
                Err(_) => return,
            }
        }
        waiting.extend(jobs.try_iter().take(MAX_BATCH));
        core.commit(batch(&mut waiting));
    }
}

/// Takes the oldest jobs, one per id and per order: a second message about one needs what became of the first.
fn batch(waiting: &mut VecDeque<Job>) -> Vec<Job> {
    let (mut ids, mut orders) = (HashSet::new(), HashSet::new());
    let (mut batch, mut later) = (Vec::new(), VecDeque::new());
    while let Some(job) = waiting.pop_front() {
        let id_is_free = ids.insert(job.header.swipe_id());
        let order_is_free = job.order().is_none_or(|order| orders.insert(order));
        if batch.len() < MAX_BATCH && id_is_free && order_is_free {
            batch.push(job);
        } else {
            later.push_back(job);
        }
    }
    *waiting = later;
    batch
}

impl Core {
    fn commit(&self, jobs: Vec<Job>) {
        match self.transact(&jobs) {
            Ok(departures) => {
                self.metrics.committed(jobs.len());
                jobs.into_iter().zip(departures).for_each(|(job, departure)| self.depart(job, departure));
            }
            // One row that cannot be read must not keep the others from their answers.
            Err(error) if jobs.len() > 1 => {
                tracing::warn!(%error, jobs = jobs.len(), "a batch failed; each alone");
                jobs.into_iter().for_each(|job| self.commit(vec![job]));
            }
            Err(error) => {
                tracing::error!(%error, "swipe not answered");
                self.metrics.dropped("store");
            }
        }
    }

    fn transact(&self, jobs: &[Job]) -> Result<Vec<Departure>, StoreError> {
        // A panic undoes the transaction; the thread must go on for the others.
        let done = catch_unwind(AssertUnwindSafe(|| {
            self.engine.store.write(|work| {
                let settings = Settings::read(work)?;
                let now = BusinessTime::from_unix_millis(self.now());
                let bench = Bench { engine: &self.engine, settings: &settings, now };
                let verdicts =
                    jobs.iter().map(|job| bench.decide(work, job)).collect::<Result<Vec<_>, _>>()?;
                self.seal(work, jobs, verdicts)
            })
        }));
        done.unwrap_or_else(|_| Err(StoreError("deciding about a swipe panicked".into())))
    }

    /// Gives every new answer its evidence and its seal, and keeps it.
    fn seal(
        &self,
        work: &Work<'_>,
        jobs: &[Job],
        verdicts: Vec<Verdict>,
    ) -> Result<Vec<Departure>, StoreError> {
        let identity = &self.engine.key.identity;
        let broken = |what: &dyn std::fmt::Display| StoreError(format!("an answer cannot be made: {what}"));
        let mut nodes = Vec::new();
        for (job, verdict) in jobs.iter().zip(&verdicts) {
            if let Verdict::Fresh { answer, .. } = verdict {
                nodes.push(job.known.keys.leaf(&job.header, answer).map_err(|e| broken(&e))?);
            }
        }
        let leaves = nodes.len();
        nodes.resize(Tree::nodes_for(leaves), [0; 32]);
        let tree = Tree::grow(&mut nodes, leaves);
        let signature = match &tree {
            Some(tree) => tree.sign(identity.id(), identity.signer()).map_err(|e| broken(&e))?,
            None => [0; 64],
        };
        let mut index = 0;
        let mut seal = |job: &Job, answer: &Answer| {
            let evidence = tree.as_ref().and_then(|tree| tree.evidence(index, signature));
            index += 1;
            let evidence = evidence.ok_or_else(|| broken(&"no evidence"))?;
            let sealed = job.known.keys.seal_answer(&job.header, answer, Some(&evidence));
            sealed.map(|datagram| datagram.to_vec()).map_err(|e| broken(&e))
        };
        let departure = |(job, verdict): (&Job, Verdict)| {
            Ok(match verdict {
                Verdict::Stored(bytes) => Departure::Answer { bytes, outcome: "stored", refused: None },
                Verdict::Silence(why, hint) => Departure::Silence(why, hint),
                Verdict::Fresh { answer, keep, outcome, refused } => {
                    let bytes = seal(job, &answer)?;
                    keep_answer(work, keep, &bytes)?;
                    Departure::Answer { bytes, outcome, refused }
                }
            })
        };
        jobs.iter().zip(verdicts).map(departure).collect()
    }

    fn depart(&self, job: Job, departure: Departure) {
        let (terminal, counter) = (job.header.terminal, job.header.counter.get());
        let kind = super::word(job.header.kind);
        match departure {
            Departure::Answer { bytes, outcome, refused } => {
                tracing::info!(%terminal, counter, kind, outcome, refused, "swipe answered");
                self.metrics.answered(outcome, refused, job.arrived.elapsed());
                (job.reply)(Answered { bytes, outcome });
            }
            Departure::Silence(why, hint) => {
                tracing::info!(%terminal, counter, kind, why, "swipe left without an answer");
                self.metrics.dropped(why);
                if let Some(kind) = hint {
                    self.hint(kind, terminal, job.source, job.reply);
                }
            }
        }
    }
}

fn keep_answer(work: &Work<'_>, keep: Keep, bytes: &[u8]) -> Result<(), StoreError> {
    let Keep::In { mut row, new, reversal } = keep else { return Ok(()) };
    let place = if reversal { &mut row.reversal } else { &mut row.answer };
    *place = Some(bytes.to_vec());
    match new {
        true if work.take_swipe(&row)? => Ok(()),
        true => Err(StoreError("a swipe id was taken while it was decided about".into())),
        false => work.put_swipe(&row),
    }
}
