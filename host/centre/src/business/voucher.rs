//! 6101: a scanned e-voucher code becomes token and person.

use yika_platform::ec::{Decode, DecodeOutput};
use yika_platform::envelope::Request;

use super::{Context, Done};
use crate::refusal::Stop;
use crate::store::Work;
use crate::vouchers;

pub(super) fn decode(context: &Context<'_>, work: &mut Work<'_>, request: &Request) -> Result<Done, Stop> {
    let input: Decode = context.input(request)?;
    let now = context.now.unix_millis();
    let out_data = vouchers::decode(work, context.institution, &input.in_data, now, context.random)?;
    Ok(Done::output(context.output::<Decode>(&DecodeOutput { out_data })?))
}
