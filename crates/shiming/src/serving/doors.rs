//! The doors, over one store: what each of them works with, and what they share.

use std::sync::Arc;

use shiming_core::{Checker, Clock, Redeemer, Submitter};
use shiming_server::{
    desk::{self, AcceptanceDesk},
    doors::{
        Door,
        alipay::{self, INSTALLATION},
        alipay_gateway::{self, Gateway},
        alipay_v3::V3,
        aliyun_domain::AliyunDomain,
        jdcloud::{self, JdCloud},
        papers,
        volcengine_sms::VolcengineSms,
    },
    keyring::Keyring,
    random::SystemRandom,
    refusals::Refusals,
};
use shiming_store::Store;

use crate::{config::Config, installation, platform, trouble::Trouble};

/// What every door works with.
pub(super) struct Shared<'a> {
    pub(super) config: &'a Config,
    pub(super) store: &'a Arc<Store>,
    pub(super) checker: Arc<Checker>,
    pub(super) submitter: Arc<Submitter>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) refusals: Arc<Refusals>,
    /// How callers reach the doors: `http` or `https`.
    pub(super) scheme: &'static str,
}

impl Shared<'_> {
    /// Every door. Must be called within the runtime: keyrings keep up with the store from here on.
    pub(super) fn doors(&self) -> Result<Vec<Arc<dyn Door>>, Trouble> {
        let alipay = Arc::new(self.alipay()?);
        let in_flight = self.config.limits.in_flight_per_caller;
        let gateway = alipay_gateway::Settings {
            desk: self.config.desk.base()?,
            scheme: self.scheme,
            ..self.config.alipay.for_gateway(in_flight)?
        };
        let v3 = self.config.alipay.for_v3(in_flight);
        let desk = self.config.desk.for_desk()?;
        tokio::spawn(desk::look_after(Arc::clone(&alipay)));
        let doors: [Arc<dyn Door>; 6] = [
            Arc::new(Gateway::new(gateway, Arc::clone(&alipay))),
            Arc::new(V3::new(v3, Arc::clone(&alipay))),
            Arc::new(AcceptanceDesk::new(desk, alipay)),
            Arc::new(AliyunDomain::new(
                self.config.aliyun.for_door(in_flight, self.scheme)?,
                self.papers(AliyunDomain::keyring())?,
            )),
            Arc::new(VolcengineSms::new(
                self.config.volcengine.for_door(in_flight),
                self.papers(VolcengineSms::keyring())?,
            )),
            Arc::new(JdCloud::new(self.config.jd.for_door(in_flight)?, self.jd()?)),
        ];
        Ok(doors.into())
    }

    fn jd(&self) -> Result<jdcloud::Tools, Trouble> {
        Ok(jdcloud::Tools {
            checker: Arc::clone(&self.checker),
            callers: self.kept_up(JdCloud::keyring())?,
            clock: Arc::clone(&self.clock),
            random: Arc::new(SystemRandom),
            refusals: Arc::clone(&self.refusals),
        })
    }

    fn papers<C: Send + Sync + 'static>(&self, keyring: Keyring<C>) -> Result<papers::Tools<C>, Trouble> {
        Ok(papers::Tools {
            submitter: Arc::clone(&self.submitter),
            ledger: self.store.ledger(),
            callers: self.kept_up(keyring)?,
            clock: Arc::clone(&self.clock),
            random: Arc::new(SystemRandom),
            refusals: Arc::clone(&self.refusals),
        })
    }

    fn alipay(&self) -> Result<alipay::Tools, Trouble> {
        platform::ensure(self.store, self.config)?;
        let platforms = self.kept_up(alipay::platforms())?;
        if platforms.find(INSTALLATION).is_none() {
            tracing::error!("the platform's key cannot be used: Alipay's doors answer nobody");
        }
        let (checker, clock) = (Arc::clone(&self.checker), Arc::clone(&self.clock));
        Ok(alipay::Tools {
            redeemer: Arc::new(Redeemer::new(self.store.sessions(), Arc::clone(&checker), Arc::clone(&clock))),
            checker,
            callers: self.kept_up(alipay::callers())?,
            platforms,
            clock,
            random: Arc::new(SystemRandom),
            refusals: Arc::clone(&self.refusals),
        })
    }

    /// A keyring that holds its callers, now and after every change.
    fn kept_up<K: Send + Sync + 'static>(&self, keyring: Keyring<K>) -> Result<Arc<Keyring<K>>, Trouble> {
        let (keyring, callers) = (Arc::new(keyring), self.store.callers());
        keyring.refresh(&*callers).map_err(|error| installation::store_trouble(self.config.data(), error))?;
        keyring.keep_up(callers);
        Ok(keyring)
    }
}
