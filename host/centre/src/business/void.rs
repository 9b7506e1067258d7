//! 2103: a void takes a known settlement back, once, as a settlement of its own with negative amounts.

use yika_platform::amounts;
use yika_platform::envelope::Request;
use yika_platform::transactions::{Void, VoidInfo, VoidOutput};
use yika_protocol::fault::centre as faults;

use super::purchase::{contradiction, post};
use super::{Context, Done};
use crate::refusal::Stop;
use crate::store::{Account, Kind, Settlement, Work};

pub(super) fn void(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let Void { data: row } = context.input(request)?;
    let original = work
        .settlement(&row.setl_id)?
        .filter(|s| {
            s.fixmedins_code == context.institution.code
                && s.mdtrt_id == row.mdtrt_id
                && s.psn_no == row.psn_no.expose()
                && s.kind != Kind::Reversal
        })
        .ok_or_else(|| Stop::refused(&faults::SETTLEMENT_UNKNOWN))?;
    if original.kind == Kind::Void {
        return Err(Stop::refused(&faults::VOID_OF_VOID));
    }
    if let Some(undone) = work.undone_by(&original.setl_id)? {
        return Err(Stop::refused_with(&faults::ALREADY_VOIDED, undone.setl_id));
    }
    let void = undo(context, work, &original, Kind::Void, &request.msgid)?;
    let output = VoidOutput {
        setlinfo: VoidInfo {
            mdtrt_id: void.mdtrt_id.clone(),
            setl_id: void.setl_id.clone(),
            clr_optins: Some(void.setl_optins.clone()),
            setl_time: context.now,
            amounts: void.amounts()?,
            medins_setl_id: request.msgid.clone(),
        },
        setldetail: void.fund_rows(),
    };
    contradiction(&amounts::check_void(&original.amounts()?, &output, &context.profile.pharmacy))?;
    let value = context.output::<Void>(&output)?;
    Ok(Done { output: Some(value), setl_id: Some(void.setl_id), reversed: None })
}

/// Books the row that takes `original` back, and gives the account its money again.
pub(super) fn undo(
    context: &Context<'_>,
    work: &Work<'_>,
    original: &Settlement,
    kind: Kind,
    msgid: &str,
) -> Result<Settlement, Stop> {
    let balance = work.balance(Account::Person { psn_no: &original.psn_no, insutype: &original.insutype })?;
    let balc = balance.checked_add(original.acct_pay).ok_or_else(|| Stop::refused(&faults::CONTRADICTION))?;
    let setl_id = context.number(work, 'S', "settlement")?;
    let row = original.undone(kind, setl_id, msgid.to_owned(), context.now.unix_millis(), balc);
    work.add_settlement(&row)?;
    post(work, &row)?;
    Ok(row)
}
