//! `zhima.customer.certification.material.certify`: name, number and portrait in, verdict out.
//! Docs: Alipay gateway specification, section 4.
//!
//! Departures:
//!
//! * A portrait that nobody can compare (no face engine, no portrait on record, a picture without a usable face) is
//!   `BIZ_ERROR`, the code for a check that could not be carried out; it never passes (section 4.6). What is wrong with
//!   a picture is said behind the vendor's text, in words of ours.
//! * A face engine that has too much to do is `SYSTEM_ERROR` (系统繁忙): the caller may ask again with the same
//!   `transaction_id` (sections 4.4 and 4.6).
//! * No record under the number is `BIZ_ERROR` too, as is a number that cannot be anybody's (wrong check digit, no such
//!   day): section 4.2 wants the data to decide, and the document's own sample is such a number.
//! * A first-generation number of fifteen digits is looked up in its later form (section 4.2).
//! * `CERT_INFO` is a scenario of ours, off until it is contracted: name and number without a portrait. A picture that
//!   nobody would look at is refused there, so that nobody takes `passed` for a compared face.

use jiff::civil::Date;
use shiming_core::{Again, Asking, CannotCheck, Claim, Decision, Element, Elements, Fault, Spend, Unusable, Verdict};
use shiming_identity::{Flaw, PersonName, ResidentId, upgrade15};
use shiming_wire::{
    alipay_gateway::{
        Business, No, Refusal,
        material::{self, FACE_API, Identity, MaterialCertify, Picture},
    },
    base64_field::Base64Error,
    image_head::{Head, Kind},
};

use super::{Asked, Exchange, NAME, Outage};
use crate::doors::{Answer, alipay};

/// The scenario of ours: name and number (姓名身份证二要素).
pub(super) const CERT_INFO: &str = "CERT_INFO";
/// The one document that `cert_type` knows.
const IDENTITY_CARD: &str = "IDENTITY_CARD";

/// The reasons that go with `passed`; the vendor's own list is not public (section 4.7).
pub(super) const PASSED: &str = "认证完成";
pub(super) const UNUSABLE: &str = "照片质量不合格";

pub(super) async fn certify(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let Asked { exchange, app, opened, arrived, .. } = *asked;
    let mut call = MaterialCertify::read(opened)?;
    if !app.has_product(&call.product_code) {
        return Err(Business::Arrangement.into());
    }
    let Some(scenario) = Scenario::of(&call.biz_code).filter(|_| app.has_biz_code(&call.biz_code)) else {
        return Err(Business::UnsupportedBizCode.into());
    };
    let picture = call.picture.take();
    let claim = claim(exchange, &call, picture, scenario)?;
    let biz_no = exchange.door.numbers.biz_no(exchange.now);
    let asking =
        Asking { door: NAME, caller: &app.app_id, operation: exchange.operation, request_id: &biz_no, arrived };
    let spend = spend(asked, &call, &claim);
    let decision = exchange.door.tools.checker.check(asking, &claim, Some(spend)).await;
    let decision = decision.map_err(|fault| match fault {
        Fault::Differs | Fault::Replayed => Refusal::field("transaction_id", "已用于其他请求"),
        Fault::Ledger(error) => {
            tracing::error!(door = NAME, biz_no, error = ?error, "a decision could not be made durable");
            Business::Transaction.into()
        }
    })?;
    say(asked, &decision).await
}

/// What a `biz_code` asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scenario {
    /// Name, number and portrait (人像三要素).
    Face,
    /// Name and number.
    NameAndNumber,
}

impl Scenario {
    fn of(biz_code: &str) -> Option<Self> {
        match biz_code {
            FACE_API => Some(Self::Face),
            CERT_INFO => Some(Self::NameAndNumber),
            _ => None,
        }
    }
}

fn claim(
    exchange: &Exchange<'_>,
    call: &MaterialCertify,
    picture: Option<Result<Picture, Base64Error>>,
    scenario: Scenario,
) -> Result<Claim, Refusal> {
    let identity = &call.identity;
    identity_card(identity)?;
    let name =
        PersonName::parse(identity.cert_name.expose()).map_err(|_| Refusal::field("cert_name", "不是合法姓名"))?;
    let portrait = match (scenario, picture) {
        (Scenario::Face, None) => return Err(Refusal::field("materials", "缺少FACIAL_PICTURE_FRONT")),
        (Scenario::NameAndNumber, Some(_)) => return Err(Refusal::field("materials", "该认证场景不比对照片")),
        (Scenario::NameAndNumber, None) => None,
        (Scenario::Face, Some(picture)) => {
            let Picture(bytes) = picture.map_err(|_| Refusal::field("FACIAL_PICTURE_FRONT", "不是合法的base64"))?;
            if !usable(&bytes, exchange.door.settings.portrait_sides) {
                return Err(cannot(UNUSABLE));
            }
            Some(bytes)
        }
    };
    let id = resident_id(identity.cert_no.expose(), exchange.now.china_date())?;
    Ok(Claim::Resident { id, name: name.value, portrait })
}

/// Nobody here is known by another document.
pub(super) fn identity_card(identity: &Identity) -> Result<(), Refusal> {
    if identity.cert_type == IDENTITY_CARD { Ok(()) } else { Err(Refusal::field("cert_type", "不支持的取值")) }
}

/// Whether an engine could look at a picture at all.
fn usable(bytes: &[u8], (least, most): (u32, u32)) -> bool {
    let sides = least..=most;
    Head::read(bytes)
        .is_some_and(|head| head.kind != Kind::Bmp && sides.contains(&head.width) && sides.contains(&head.height))
}

/// Reads a number. One that is well formed and cannot be anybody's has no record.
pub(super) fn resident_id(text: &str, today: Date) -> Result<ResidentId, Refusal> {
    let read = match ResidentId::parse(text, today) {
        Err(Flaw::FirstGeneration) => upgrade15(text, today),
        read => read.map(|parsed| parsed.value),
    };
    read.map_err(|flaw| match flaw {
        Flaw::Empty | Flaw::Length | Flaw::Charset => Refusal::field("cert_no", "不是合法的证件号码"),
        _ => Business::Biz.into(),
    })
}

/// What the call uses up: its number, which belongs to a merchant (section 4.4). Its repetition with the same content is
/// given the first answer.
fn spend(asked: &Asked<'_>, call: &MaterialCertify, claim: &Claim) -> Spend {
    let Asked { exchange, app, .. } = asked;
    let ledger = exchange.door.tools.ledger();
    let number = merchants(asked, call.linked_merchant_id.as_deref(), &call.transaction_id);
    let names = [alipay::NAME, "certification", &app.app_id, &number].map(str::as_bytes);
    let portrait = if let Claim::Resident { portrait: Some(bytes), .. } = claim { bytes.as_slice() } else { &[] };
    let said = call.content().map(|(_, value)| value.as_bytes());
    let content: Vec<&[u8]> = said.into_iter().chain([portrait]).collect();
    let remember = i64::try_from(exchange.door.settings.remember.as_millis()).unwrap_or(i64::MAX);
    Spend {
        key: ledger.tag(&names),
        until: exchange.now.plus_millis(remember),
        again: Again::RepeatIfSame { content: ledger.tag(&content) },
    }
}

/// A merchant's `transaction_id` among those of all merchants that an app calls for.
pub(super) fn merchants(asked: &Asked<'_>, linked: Option<&str>, transaction_id: &str) -> String {
    let token = asked.opened.call().app_auth_token().unwrap_or_default();
    let merchant = asked.exchange.door.tools.ledger().tag(&[token, linked.unwrap_or_default().as_bytes()]);
    format!("{}{transaction_id}", alipay::hex(&merchant))
}

/// The verdict in the vendor's words.
async fn say(asked: &Asked<'_>, decision: &Decision) -> Result<Answer, Refusal> {
    let (passed, reason) = match &decision.verdict {
        Verdict::Match => (true, PASSED),
        Verdict::Mismatch(elements) => (false, mismatch(*elements)),
        Verdict::NoRecord => return Err(Business::Biz.into()),
        Verdict::CannotCheck(CannotCheck::SourceDown(_)) => {
            return Err(match asked.exchange.door.settings.outage {
                Outage::Unreachable => No::BackEndDown.into(),
                Outage::SystemError => Business::System.into(),
            });
        }
        Verdict::CannotCheck(CannotCheck::PortraitUnusable(reason)) => return Err(cannot(unusable(*reason))),
        Verdict::CannotCheck(CannotCheck::FaceEngineBusy) => return Err(Business::System.into()),
        Verdict::CannotCheck(
            CannotCheck::NoFaceEngine | CannotCheck::NoPortraitOnRecord | CannotCheck::TemplateOutdated,
        ) => return Err(cannot("无法比对照片")),
        Verdict::CannotCheck(CannotCheck::NameNotComparable) => return Err(cannot("姓名无法比对")),
    };
    let verdict = material::Verdict { biz_no: &decision.request_id, passed, failed_reason: reason };
    Ok(asked.success(&verdict.node(), decision.verdict.word()).await)
}

/// What does not match, as far as the caller is told. Which of name and number it is, is not.
pub(super) fn mismatch(elements: Elements) -> &'static str {
    if elements == Elements::NONE.with(Element::Portrait) {
        "身份信息与照片不一致"
    } else {
        "姓名与证件号不匹配"
    }
}

/// What is wrong with a photo. That it seems to be no living person's is not told: it would help who tries again.
pub(super) const fn unusable(reason: Unusable) -> &'static str {
    match reason {
        Unusable::Unsaid | Unusable::NotLive => UNUSABLE,
        Unusable::NoFace => "照片中未检测到人脸",
        Unusable::SeveralFaces => "照片中有多张人脸",
        Unusable::TooSmall => "照片中人脸过小",
        Unusable::Incomplete => "照片中人脸不完整",
        Unusable::Blurred => "照片模糊",
        Unusable::TooDark => "照片过暗",
        Unusable::TooBright => "照片过亮",
        Unusable::Flat => "照片对比度不足",
        Unusable::Pose => "照片中人脸角度过大",
        Unusable::NotAnImage => "照片无法读取",
        Unusable::TooLarge => "照片过大",
    }
}

/// `BIZ_ERROR` with the reason behind the vendor's text.
fn cannot(why: &str) -> Refusal {
    Refusal::with_text(Business::Biz, format!("{}，{why}", Business::Biz.row().sub_msg))
}
