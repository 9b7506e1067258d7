//! 2601: a reversal takes back a message whose fate the sender does not know, by its id.
//!
//! It must name institution and person of its original: ids can be guessed. The institution is the authenticated
//! sender itself, since ids are kept per institution. The person is compared when the original is there. When it is not,
//! the reversal leaves a tombstone that binds the person it names: an original for somebody else is not its original.

use yika_platform::envelope::Request;
use yika_platform::msgid::{MsgId, MsgIdForm};
use yika_platform::transactions::{Nothing, Reverse, ReverseRow};
use yika_protocol::fault::centre as faults;

use super::void::undo;
use super::{Context, Done};
use crate::StoreError;
use crate::refusal::Stop;
use crate::store::{IdState, Kind, Message, Work};

pub(super) fn reverse(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let Reverse { data: row } = context.input(request)?;
    // Provinces also reverse voids; here a void is repeated until it is answered, which needs no reversal.
    if row.oinfno != context.profile.pharmacy.settle || !context.profile.is_reversible(&row.oinfno) {
        return Err(Stop::refused_with(&faults::NOT_REVERSIBLE, &row.oinfno));
    }
    let omsgid = MsgId::parse(&row.omsgid, context.profile.session.msgid)
        .map_err(|e| Stop::refused_with(&faults::FIELDS, format!("omsgid: {e}")))?;
    let strict = context.profile.session.msgid == MsgIdForm::Strict;
    if strict && omsgid.institution() != Some(context.institution.code.as_str()) {
        return Err(Stop::refused(&faults::REVERSAL_FOREIGN));
    }
    let (reversed, outcome) = match work.message(&context.institution.code, &row.omsgid)? {
        None => (Some(tombstone(context, work, &row)?), "tombstone"),
        Some(original) => match original.state {
            IdState::Tombstone => (None, "tombstone again"),
            IdState::Reversed => {
                let named = original.psn_no.as_deref() == Some(row.psn_no.expose())
                    || work.is_reversed_for(&context.institution.code, &row.omsgid, row.psn_no.expose())?;
                if !named {
                    return Err(Stop::refused(&faults::REVERSAL_PERSON));
                }
                (None, "again")
            }
            IdState::Answered => take_back(context, work, request, &row, original)?,
        },
    };
    work.add_reversal(
        (&context.institution.code, &request.msgid, context.now.unix_millis()),
        (&row.omsgid, &row.oinfno, row.psn_no.expose()),
        outcome,
    )?;
    let output = context.output::<Reverse>(&Nothing {})?;
    Ok(Done { output: Some(output), setl_id: None, reversed })
}

fn tombstone(context: &Context<'_>, work: &Work<'_>, row: &ReverseRow) -> Result<Message, Stop> {
    let tombstone = Message {
        fixmedins_code: context.institution.code.clone(),
        msgid: row.omsgid.clone(),
        infno: row.oinfno.clone(),
        state: IdState::Tombstone,
        digest: None,
        psn_no: Some(row.psn_no.expose().to_owned()),
        setl_id: None,
        received: context.now.unix_millis(),
        answer: None,
    };
    if !work.take_id(&tombstone)? {
        return Err(StoreError("an id was taken while it was being reversed".into()).into());
    }
    Ok(tombstone)
}

fn take_back(
    context: &Context<'_>,
    work: &Work<'_>,
    request: &Request,
    row: &ReverseRow,
    mut original: Message,
) -> Result<(Option<Message>, &'static str), Stop> {
    if original.infno != row.oinfno {
        return Err(Stop::refused(&faults::REVERSAL_MISMATCH));
    }
    if original.psn_no.as_deref() != Some(row.psn_no.expose()) {
        return Err(Stop::refused(&faults::REVERSAL_PERSON));
    }
    let outcome = match &original.setl_id {
        // The original was refused: nothing was booked, and nothing ever will be.
        None => "nothing booked",
        Some(setl_id) => {
            let settlement = work
                .settlement(setl_id)?
                .ok_or_else(|| StoreError("the settlement of an id is gone".into()))?;
            if work.undone_by(setl_id)?.is_some() {
                return Err(Stop::refused(&faults::REVERSAL_OF_VOIDED));
            }
            undo(context, work, &settlement, Kind::Reversal, &request.msgid)?;
            "taken back"
        }
    };
    original.state = IdState::Reversed;
    Ok((Some(original), outcome))
}
