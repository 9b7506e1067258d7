//! A wire that fails on purpose, repeatably: the same seed and the same calls give the same faults.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Call, Lost, NotSent, Reply, SendError, Sending, Transport};
use crate::deps::SeededRandom;

/// How often each fault happens, in percent of the calls. The sum must not exceed 100.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// No connection.
    pub not_sent: u64,
    /// The request is lost after it left.
    pub lose_request: u64,
    /// The centre does its work, the answer is lost.
    pub lose_answer: u64,
    /// The request arrives twice; the first answer is given.
    pub duplicate: u64,
    /// The caller sees a timeout; the request arrives before some later call.
    pub late: u64,
    /// The answer arrives with one byte changed.
    pub corrupt: u64,
    /// The centre does its work, a gateway answers 502.
    pub bad_gateway: u64,
}

impl FaultPlan {
    /// Every fault now and then, about four calls of ten.
    pub const ROUGH: Self = Self {
        not_sent: 6,
        lose_request: 6,
        lose_answer: 8,
        duplicate: 6,
        late: 6,
        corrupt: 4,
        bad_gateway: 4,
    };

    /// Nothing ever.
    pub const CALM: Self = Self {
        not_sent: 0,
        lose_request: 0,
        lose_answer: 0,
        duplicate: 0,
        late: 0,
        corrupt: 0,
        bad_gateway: 0,
    };
}

/// A transport with faults in front of another one.
pub struct Faulty {
    inner: Arc<dyn Transport>,
    random: SeededRandom,
    plan: Mutex<FaultPlan>,
    late: Mutex<Vec<Call>>,
}

impl Faulty {
    /// `inner` with the faults of `plan`, drawn from `seed`.
    pub fn new(inner: Arc<dyn Transport>, plan: FaultPlan, seed: u64) -> Self {
        Self { inner, random: SeededRandom::new(seed), plan: Mutex::new(plan), late: Mutex::new(Vec::new()) }
    }

    /// Another plan from here on.
    pub fn set_plan(&self, plan: FaultPlan) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
    }

    /// Delivers what is still under way; the answers go nowhere.
    pub async fn deliver_late(&self) {
        loop {
            let next = self.late.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(call) = next else { return };
            let _ = self.inner.send(call).await;
        }
    }

    async fn faulty(&self, call: Call) -> Result<Reply, SendError> {
        if self.random.chance(30) {
            self.deliver_late().await;
        }
        let plan = *self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let mut draw = self.random.next_u64() % 100;
        let mut hit = |percent: u64| {
            let hit = draw < percent;
            draw = if hit { u64::MAX } else { draw - percent };
            hit
        };
        if hit(plan.not_sent) {
            return Err(SendError::NotSent(NotSent::Connect));
        }
        if hit(plan.lose_request) {
            return Err(SendError::Lost(Lost::Timeout));
        }
        if hit(plan.lose_answer) {
            let _ = self.inner.send(call).await;
            return Err(SendError::Lost(Lost::Broke));
        }
        if hit(plan.duplicate) {
            let first = self.inner.send(call.clone()).await;
            let _ = self.inner.send(call).await;
            return first;
        }
        if hit(plan.late) {
            self.late.lock().unwrap_or_else(PoisonError::into_inner).push(call);
            return Err(SendError::Lost(Lost::Timeout));
        }
        if hit(plan.corrupt) {
            let mut reply = self.inner.send(call).await?;
            let at = (self.random.next_u64() % reply.body.len().max(1) as u64) as usize;
            if let Some(byte) = reply.body.get_mut(at) {
                *byte ^= 1 << (self.random.next_u64() % 7);
            }
            return Ok(reply);
        }
        if hit(plan.bad_gateway) {
            let _ = self.inner.send(call).await;
            return Ok(Reply { status: 502, date: None, body: b"<html>Bad Gateway</html>".to_vec() });
        }
        self.inner.send(call).await
    }
}

impl Transport for Faulty {
    fn send(&self, call: Call) -> Sending<'_> {
        Box::pin(self.faulty(call))
    }
}
