//! 5203: a settlement or a void looked up by its ids.
//!
//! A settlement that was reversed is not found: for the sender it never was. `refd_setl_flag` is 1 for a void, and for a
//! settlement that was voided since.

use yika_platform::business_time::BusinessTime;
use yika_platform::envelope::Request;
use yika_platform::transactions::{Query, QueryInfo, QueryOutput};
use yika_protocol::fault::centre as faults;

use super::person::age;
use super::{Context, Done};
use crate::StoreError;
use crate::refusal::Stop;
use crate::store::{Kind, Work};

/// `pay_loc`: at the institution.
const AT_THE_INSTITUTION: &str = "2";

pub(super) fn query(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let Query { data: row } = context.input(request)?;
    let unknown = || Stop::refused(&faults::SETTLEMENT_UNKNOWN);
    let s = work
        .settlement(&row.setl_id)?
        .filter(|s| {
            s.fixmedins_code == context.institution.code
                && s.mdtrt_id == row.mdtrt_id
                && s.psn_no == row.psn_no.expose()
                && s.kind != Kind::Reversal
        })
        .ok_or_else(unknown)?;
    let undone = work.undone_by(&s.setl_id)?;
    if undone.as_ref().is_some_and(|undone| undone.kind == Kind::Reversal) {
        return Err(unknown());
    }
    let refunded = s.kind == Kind::Void || undone.is_some();
    let person =
        work.person(&s.psn_no)?.ok_or_else(|| StoreError("the person of a settlement is gone".into()))?;
    let identity = &person.identity;
    let setl_time = BusinessTime::from_unix_millis(s.setl_time);
    let output = QueryOutput {
        setlinfo: QueryInfo {
            setl_id: s.setl_id.clone(),
            mdtrt_id: s.mdtrt_id.clone(),
            psn_no: s.psn_no.as_str().into(),
            psn_name: identity.psn_name.clone(),
            psn_cert_type: identity.psn_cert_type.clone(),
            certno: identity.certno.clone(),
            gend: identity.gend.clone(),
            naty: Some(identity.naty.clone()),
            brdy: Some(identity.brdy.as_str().into()),
            age: Some(age(&identity.brdy, setl_time)),
            insutype: s.insutype.clone(),
            psn_type: s.psn_type.clone(),
            cvlserv_flag: s.cvlserv_flag.clone(),
            insu_optins: Some(s.insuplc_admdvs.clone()),
            emp_name: None,
            pay_loc: AT_THE_INSTITUTION.to_owned(),
            fixmedins_code: context.institution.code.clone(),
            fixmedins_name: context.institution.name.clone(),
            begndate: setl_time.date(),
            enddate: setl_time.date(),
            setl_time,
            mdtrt_cert_type: Some(s.mdtrt_cert_type.clone()),
            med_type: s.med_type.clone(),
            clr_type: s.clr_type.clone(),
            clr_way: Some("1".to_owned()),
            clr_optins: Some(s.setl_optins.clone()),
            amounts: s.amounts()?,
            medins_setl_id: s.msgid.clone(),
            refd_setl_flag: if refunded { "1" } else { "0" }.to_owned(),
            year: format!("{:04}", s.benefit_year),
            dise_codg: None,
            dise_name: None,
            invono: None,
            pref_fund_pay: None,
        },
        setldetail: s.fund_rows(),
    };
    Ok(Done::output(context.output::<Query>(&output)?))
}
