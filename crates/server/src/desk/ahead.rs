//! What is said to a request's head alone, before its body is read.
//!
//! A photo may have megabytes. Nobody gets to send one who does not sit here, whose form another site sent, whom nobody
//! asked for a photo, or who has sent too many: all of that stands in the head. The form's proof stands in the body, and
//! is looked at with it.

use std::net::IpAddr;

use shiming_core::{Session, redeem::DeskSecret};

use super::{
    access::{is_our_own, is_secret},
    reply::Said,
    trouble::Trouble,
    visit::{Visit, session_name, wanted},
};
use crate::doors::Head;

/// A form without its photo, in bytes.
pub(super) const FORM: usize = 64 << 10;

/// What is said to the head.
pub(super) enum Ahead {
    /// The body is to be read, up to so many bytes.
    Read(usize),
    /// The answer is known without it.
    Said(Said),
}

impl Visit<'_> {
    pub(super) async fn ahead(&self, head: Head<'_>, connected: Option<IpAddr>) -> Result<Ahead, Trouble> {
        self.come(head.headers, connected)?;
        let path = head.bare().path();
        let name = path.strip_prefix("/desk/").unwrap_or_default();
        match (head.method, name) {
            ("POST", "consent" | "decline") => {
                self.at_the_desk(head).await?;
                Ok(Ahead::Read(FORM))
            }
            ("POST", "details") => self.details_ahead(head).await,
            ("POST", link) if is_secret(link) => {
                self.may_start(head, DeskSecret::new(link)).await?;
                Ok(Ahead::Read(FORM))
            }
            ("POST", _) => Err(Trouble::NoSuchPage),
            ("GET" | "HEAD", _) => Ok(Ahead::Read(FORM)),
            _ => Err(Trouble::WrongMethod),
        }
    }

    async fn details_ahead(&self, head: Head<'_>) -> Result<Ahead, Trouble> {
        let session = self.at_the_desk(head).await?;
        let Some(wanted) = wanted(&session, self.now) else { return Ok(Ahead::Said(Said::to("./", "to_the_page"))) };
        self.desk.sessions.come(session_name(&session), self.now).map_err(Trouble::TooOften)?;
        Ok(Ahead::Read(if wanted.photo { self.desk.settings.photo_limit + FORM } else { FORM }))
    }

    /// Who sits here, and whose form comes from our own page as far as the browser says.
    async fn at_the_desk(&self, head: Head<'_>) -> Result<Session, Trouble> {
        let seated = self.seated(head.headers).await?.ok_or(Trouble::NoSeat)?;
        if is_our_own(head.headers) { Ok(seated.session) } else { Err(Trouble::NotOurs) }
    }

    /// Whether a link may be used up by this browser.
    async fn may_start(&self, head: Head<'_>, link: DeskSecret) -> Result<(), Trouble> {
        if !is_our_own(head.headers) {
            return Err(Trouble::NotOurs);
        }
        self.knock(head.headers, &link).await.map(drop)
    }
}
