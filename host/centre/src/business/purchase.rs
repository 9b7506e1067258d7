//! 2101 pre-settlement and 2102 settlement of a pharmacy purchase.

use yika_platform::amounts;
use yika_platform::envelope::Request;
use yika_platform::transactions::{
    CutRow, PharmacyInput, Preview, PreviewInfo, PreviewOutput, Settle, SettleInfo, SettleOutput,
};
use yika_protocol::fault::centre as faults;
use yika_protocol::money::{Fen, Price, Quantity};

use super::credential::{Credential, Identified, identify, insurance};
use super::lines::{self, Basket, Line};
use super::person::age;
use super::split::{Draws, split};
use super::{Context, Done};
use crate::refusal::Stop;
use crate::store::{
    Account, FeeLine, Insurance, Kind, Person, Policy, Posting, Settlement, TraceCode, Voucher, Work,
};

/// `clr_way`: by item.
const BY_ITEM: &str = "1";

/// What `pric_uplmt_amt` says where an item has no price limit: 999 999.999999 yuan.
const NO_PRICE_LIMIT: Price = Price(999_999_999_999);

/// 2101: computes and books nothing.
pub(super) fn preview(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let Preview(input) = context.input(request)?;
    let worked = work_out(context, work, request, &input, false)?;
    let output = PreviewOutput {
        setlinfo: info(context, &worked)?,
        setldetail: worked.settlement.fund_rows(),
        detlcutinfo: worked.basket.lines.iter().map(cut_row).collect(),
    };
    contradiction(&amounts::check_preview(&input, &output, &context.profile.pharmacy))?;
    Ok(Done::output(context.output::<Preview>(&output)?))
}

/// 2102: computes, books, and answers with what was booked.
pub(super) fn settle(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let Settle(input) = context.input(request)?;
    let worked = work_out(context, work, request, &input, true)?;
    let output = SettleOutput {
        setlinfo: SettleInfo { setl_id: worked.settlement.setl_id.clone(), info: info(context, &worked)? },
        setldetail: worked.settlement.fund_rows(),
        detlcutinfo: worked.basket.lines.iter().map(cut_row).collect(),
    };
    contradiction(&amounts::check_settlement(&input, &output, &context.profile.pharmacy))?;
    let value = context.output::<Settle>(&output)?;
    book(work, &worked)?;
    Ok(Done { output: Some(value), setl_id: Some(worked.settlement.setl_id), reversed: None })
}

/// What is bought, by whom, on whose account: where a till's message and a terminal's swipe meet.
pub(super) struct Sale<'a> {
    /// The id that makes it: of the message, or of the swipe.
    pub(super) msgid: &'a str,
    pub(super) person: Person,
    pub(super) voucher: Option<Voucher>,
    pub(super) insurance: Insurance,
    pub(super) policy: Policy,
    pub(super) mdtrt_cert_type: &'a str,
    pub(super) med_type: &'a str,
    pub(super) draws: Draws,
    pub(super) basket: Basket<'a>,
    /// Whether it will be booked; a pre-settlement has no settlement id.
    pub(super) final_step: bool,
}

/// A sale, worked out.
pub(super) struct Worked<'a> {
    pub(super) person: Person,
    voucher: Option<Voucher>,
    basket: Basket<'a>,
    pub(super) settlement: Settlement,
}

fn work_out<'a>(
    context: &Context<'_>,
    work: &Work<'_>,
    request: &'a Request,
    input: &'a PharmacyInput,
    final_step: bool,
) -> Result<Worked<'a>, Stop> {
    let head = &input.druginfo;
    let Identified { person, voucher } = identify(
        context,
        work,
        &Credential {
            mdtrt_cert_type: &head.mdtrt_cert_type,
            mdtrt_cert_no: &head.mdtrt_cert_no,
            card_sn: head.card_sn.as_ref(),
            certno: &head.certno,
            psn_name: &head.psn_name,
        },
        &request.msgid,
    )?;
    if person.psn_no != head.psn_no.expose() {
        return Err(Stop::refused_with(&faults::CREDENTIAL_MISMATCH, "psn_no"));
    }
    let insurance = insurance(work, &person, &head.insutype, &request.insuplc_admdvs)?;
    let policy = match work.policy(&head.insutype, &head.med_type)? {
        Some(policy) => policy,
        None if head.med_type != "41" => return Err(Stop::refused_with(&faults::MED_TYPE, &head.med_type)),
        None => return Err(Stop::refused_with(&faults::NO_POLICY, &head.insutype)),
    };
    let account = match head.acct_used_flag.as_str() {
        "0" => false,
        "1" => true,
        _ => return Err(Stop::refused(&faults::ACCOUNT_FLAG)),
    };
    let sale = Sale {
        msgid: &request.msgid,
        person,
        voucher,
        insurance,
        policy,
        mdtrt_cert_type: &head.mdtrt_cert_type,
        med_type: &head.med_type,
        draws: Draws { account, funds: true },
        basket: lines::check(context, work, &input.drugdetail, head.medfee_sumamt, final_step)?,
        final_step,
    };
    sale.work_out(context, work)
}

impl<'a> Sale<'a> {
    /// Who pays what of it.
    pub(super) fn work_out(self, context: &Context<'_>, work: &Work<'_>) -> Result<Worked<'a>, Stop> {
        let Self { person, voucher, insurance, policy, basket, .. } = self;
        let benefit_year = context.now.date().get(..4).and_then(|year| year.parse().ok()).unwrap_or(0);
        let used = work.year_use(&person.psn_no, &insurance.insutype, benefit_year)?;
        let balance =
            work.balance(Account::Person { psn_no: &person.psn_no, insutype: &insurance.insutype })?;
        let split = split(&basket.bill, &policy, &used, balance, self.draws)
            .ok_or_else(|| Stop::refused_with(&faults::TOTAL_AMOUNT, "too large"))?;
        let settlement = Settlement {
            // A pre-settlement has no settlement id.
            setl_id: if self.final_step { context.number(work, 'S', "settlement")? } else { String::new() },
            mdtrt_id: context.number(work, 'M', "visit")?,
            kind: Kind::Settle,
            undoes: None,
            fixmedins_code: context.institution.code.clone(),
            msgid: self.msgid.to_owned(),
            psn_no: person.psn_no.clone(),
            insutype: insurance.insutype,
            psn_type: insurance.psn_type,
            cvlserv_flag: insurance.cvlserv_flag,
            insuplc_admdvs: insurance.insuplc_admdvs,
            mdtrt_cert_type: self.mdtrt_cert_type.to_owned(),
            med_type: self.med_type.to_owned(),
            clr_type: policy.clr_type,
            setl_optins: context.settings.setl_optins.clone(),
            fund_pay_type: policy.fund_pay_type,
            setl_time: context.now.unix_millis(),
            benefit_year,
            medfee_sumamt: basket.bill.medfee_sumamt,
            fulamt_ownpay_amt: basket.bill.fulamt_ownpay_amt,
            overlmt_selfpay: basket.bill.overlmt_selfpay,
            preselfpay_amt: basket.bill.preselfpay_amt,
            inscp_scp_amt: basket.bill.inscp_scp_amt,
            act_pay_dedc: split.act_pay_dedc,
            pool_prop_selfpay: policy.ratio,
            hifp_pay: split.hifp_pay,
            hifp_limit: split.hifp_limit,
            acct_pay: split.acct_pay,
            acct_limit: balance,
            psn_cash_pay: split.psn_cash_pay,
            balc: split.balc,
        };
        Ok(Worked { person, voucher, basket, settlement })
    }
}

/// Books it: voucher spent, rows written, money moved.
pub(super) fn book(work: &Work<'_>, worked: &Worked<'_>) -> Result<(), Stop> {
    let s = &worked.settlement;
    if let Some(voucher) = &worked.voucher
        && !work.spend_voucher(voucher, &s.msgid)?
    {
        return Err(Stop::refused(&faults::CODE_USED));
    }
    work.add_settlement(s)?;
    let lines: Vec<FeeLine> = worked.basket.lines.iter().map(fee_line).collect();
    work.add_lines(&s.setl_id, &lines)?;
    let codes: Vec<TraceCode> = worked
        .basket
        .lines
        .iter()
        .flat_map(|line| &line.line.durg_trac_info)
        .map(|trace| TraceCode {
            feedetl_sn: trace.feedetl_sn.clone(),
            drug_trac_codg: trace.drug_trac_codg.clone(),
            trdn_flag: trace.trdn_flag.clone(),
        })
        .collect();
    work.add_trace_codes(&s.setl_id, &codes)?;
    post(work, s)
}

/// Books the money of a settlement, a void or a reversal: person and fund give, the institution receives.
pub(super) fn post(work: &Work<'_>, s: &Settlement) -> Result<(), Stop> {
    let received = s.acct_pay.checked_add(s.hifp_pay).ok_or_else(|| Stop::refused(&faults::CONTRADICTION))?;
    work.post(&Posting {
        setl_id: Some(&s.setl_id),
        booked: s.setl_time,
        rows: vec![
            (Account::Person { psn_no: &s.psn_no, insutype: &s.insutype }, Fen(-s.acct_pay.0)),
            (Account::Fund(&s.fund_pay_type), Fen(-s.hifp_pay.0)),
            (Account::Institution(&s.fixmedins_code), received),
        ],
    })?;
    Ok(())
}

/// Refuses an answer whose amounts contradict each other.
pub(super) fn contradiction(violations: &[amounts::Violation]) -> Result<(), Stop> {
    match violations.first() {
        None => Ok(()),
        Some(violation) => Err(Stop::refused_with(&faults::CONTRADICTION, violation)),
    }
}

fn info(context: &Context<'_>, worked: &Worked<'_>) -> Result<PreviewInfo, Stop> {
    let (s, identity) = (&worked.settlement, &worked.person.identity);
    Ok(PreviewInfo {
        mdtrt_id: s.mdtrt_id.clone(),
        psn_no: s.psn_no.as_str().into(),
        psn_name: identity.psn_name.clone(),
        psn_cert_type: identity.psn_cert_type.clone(),
        certno: identity.certno.clone(),
        gend: Some(identity.gend.clone()),
        naty: Some(identity.naty.clone()),
        brdy: Some(identity.brdy.as_str().into()),
        age: Some(age(&identity.brdy, context.now)),
        insutype: Some(s.insutype.clone()),
        psn_type: s.psn_type.clone(),
        cvlserv_flag: s.cvlserv_flag.clone(),
        setl_time: context.now,
        mdtrt_cert_type: Some(s.mdtrt_cert_type.clone()),
        med_type: s.med_type.clone(),
        amounts: s.amounts()?,
        medins_setl_id: s.msgid.clone(),
        clr_optins: Some(s.setl_optins.clone()),
        clr_way: Some(BY_ITEM.to_owned()),
        clr_type: s.clr_type.clone(),
        exp_content: None,
    })
}

fn cut_row(line: &Line<'_>) -> CutRow {
    CutRow {
        feedetl_sn: line.line.feedetl_sn.clone(),
        det_item_fee_sumamt: line.line.det_item_fee_sumamt,
        cnt: line.line.cnt,
        pric: line.line.pric,
        pric_uplmt_amt: line.item.pric_uplmt.unwrap_or(NO_PRICE_LIMIT),
        selfpay_prop: Some(Quantity(line.item.selfpay_prop)),
        fulamt_ownpay_amt: Some(line.cut.fulamt_ownpay_amt),
        overlmt_amt: Some(line.cut.overlmt_amt),
        preselfpay_amt: Some(line.cut.preselfpay_amt),
        inscp_scp_amt: Some(line.cut.inscp_scp_amt),
        chrgitm_lv: line.item.chrgitm_lv.clone(),
        med_chrgitm_type: line.item.med_chrgitm_type.clone(),
        bas_medn_flag: None,
        hi_nego_drug_flag: None,
        chld_medc_flag: None,
        list_sp_item_flag: None,
        drt_reim_flag: None,
        memo: None,
        hosp_part_amt: None,
    }
}

fn fee_line(line: &Line<'_>) -> FeeLine {
    FeeLine {
        feedetl_sn: line.line.feedetl_sn.clone(),
        med_list_codg: line.line.med_list_codg.clone(),
        medins_list_codg: line.line.medins_list_codg.clone(),
        cnt: line.line.cnt,
        pric: line.line.pric,
        det_item_fee_sumamt: line.line.det_item_fee_sumamt,
        fulamt_ownpay_amt: line.cut.fulamt_ownpay_amt,
        overlmt_amt: line.cut.overlmt_amt,
        preselfpay_amt: line.cut.preselfpay_amt,
        inscp_scp_amt: line.cut.inscp_scp_amt,
    }
}
