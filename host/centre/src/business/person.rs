//! 1101: who is it, and how insured.

use yika_platform::business_time::BusinessTime;
use yika_platform::envelope::Request;
use yika_platform::transactions::{BaseInfo, InsuranceRow, PersonInfo, PersonQuery};

use super::credential::{Credential, identify};
use super::{Context, Done};
use crate::refusal::Stop;
use crate::store::{Account, Work};

pub(super) fn query(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let input: PersonQuery = context.input(request)?;
    let row = &input.data;
    let person = identify(
        context,
        work,
        &Credential {
            mdtrt_cert_type: &row.mdtrt_cert_type,
            mdtrt_cert_no: &row.mdtrt_cert_no,
            card_sn: row.card_sn.as_ref(),
            certno: &row.certno,
            psn_name: &row.psn_name,
        },
        &request.msgid,
    )?
    .person;
    let mut insuinfo = Vec::new();
    for insurance in work.insurances(&person.psn_no)? {
        let account = Account::Person { psn_no: &person.psn_no, insutype: &insurance.insutype };
        insuinfo.push(InsuranceRow {
            balc: work.balance(account)?,
            insutype: insurance.insutype,
            psn_type: insurance.psn_type,
            psn_insu_stas: Some(insurance.psn_insu_stas),
            psn_insu_date: None,
            paus_insu_date: None,
            cvlserv_flag: insurance.cvlserv_flag,
            insuplc_admdvs: insurance.insuplc_admdvs,
            emp_name: None,
        });
    }
    let identity = &person.identity;
    let output = PersonInfo {
        baseinfo: BaseInfo {
            psn_no: person.psn_no.as_str().into(),
            psn_cert_type: identity.psn_cert_type.clone(),
            certno: identity.certno.clone(),
            psn_name: identity.psn_name.clone(),
            gend: identity.gend.clone(),
            naty: Some(identity.naty.clone()),
            brdy: Some(identity.brdy.as_str().into()),
            age: age(&identity.brdy, context.now),
            exp_content: None,
        },
        insuinfo,
        idetinfo: Vec::new(),
    };
    Ok(Done::output(context.output::<PersonQuery>(&output)?))
}

/// Age in years with one decimal, rounded down: `41.4`.
pub(super) fn age(brdy: &str, now: BusinessTime) -> String {
    let parts = |date: &str| {
        let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    };
    let ((year, month, day), (born_year, born_month, born_day)) = (parts(&now.date()), parts(brdy));
    let months = (year - born_year) * 12 + month - born_month - i64::from(day < born_day);
    let months = months.clamp(0, 999 * 12);
    format!("{}.{}", months / 12, months % 12 * 10 / 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_counts_whole_months() {
        let at = |now: &str| age("1985-06-15", now.parse().unwrap());
        assert_eq!(at("2026-06-15 00:00:00"), "41.0");
        assert_eq!(at("2026-06-14 23:59:59"), "40.9"); // 40 years 11 months
        assert_eq!(at("2026-11-22 00:00:00"), "41.4"); // 41 years 5 months = 41.41
        assert_eq!(at("1980-01-01 00:00:00"), "0.0");
    }
}
