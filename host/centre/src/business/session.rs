//! 9001 sign-in and 9002 sign-out.

use yika_platform::envelope::Request;
use yika_platform::hex;
use yika_platform::profile::SignInRenew;
use yika_platform::transactions::{SignIn, SignOut, SignedIn, SignedInRow, SignedOut, SignedOutRow};
use yika_protocol::fault::centre as faults;

use super::{Context, Done};
use crate::StoreError;
use crate::refusal::Stop;
use crate::store::{self, Work};

pub(super) fn sign_in(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let input: SignIn = context.input(request)?;
    let opter_no = input.sign_in.opter_no;
    if opter_no != request.opter || !work.may_sign_in(&context.institution.code, &opter_no)? {
        return Err(Stop::refused(&faults::UNKNOWN_OPERATOR));
    }
    // Unguessable, so that knowing the counter is not enough to borrow a sign-in.
    let mut unguessable = [0; 8];
    context.random.fill(&mut unguessable).map_err(|e| StoreError(format!("random bytes: {e}")))?;
    let now = context.now.unix_millis();
    let expires = match context.profile.session.sign_in_renew {
        SignInRenew::Midnight => context.now.next_midnight().unix_millis(),
        SignInRenew::Hourly => now + 3_600_000,
    };
    let sign_in = store::SignIn {
        sign_no: format!("{:010}{}", work.next("sign_in")?, hex::upper(&unguessable)),
        fixmedins_code: context.institution.code.clone(),
        opter_no,
        expires,
        ended: None,
    };
    work.add_sign_in(&sign_in, now)?;
    let row = SignedInRow { sign_time: context.now, sign_no: sign_in.sign_no };
    Ok(Done::output(context.output::<SignIn>(&SignedIn { signinoutb: row })?))
}

pub(super) fn sign_out(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let input: SignOut = context.input(request)?;
    let row = input.sign_out;
    let known = work.sign_in(&row.sign_no)?.is_some_and(|sign_in| {
        sign_in.fixmedins_code == context.institution.code && sign_in.opter_no == row.opter_no
    });
    if !known {
        return Err(Stop::refused_with(&faults::SETTLEMENT_UNKNOWN, "sign_no"));
    }
    work.end_sign_in(&row.sign_no, context.now.unix_millis())?;
    let row = SignedOutRow { sign_time: context.now };
    Ok(Done::output(context.output::<SignOut>(&SignedOut { sign_time: row })?))
}
