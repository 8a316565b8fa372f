//! How many calls are in work at once: at the door, of an operation, of a caller. Docs: Alibaba Cloud Domain specification,
//! section 8, which has a refusal for each.
//!
//! Only calls whose signature is right take a place: strangers cannot keep callers out.

use shiming_wire::aliyun::{
    No, Operation,
    operations::{COUNT, OPERATIONS},
};

use crate::in_flight::{InFlight, Place};

/// The door's own counts; a caller's stands with the caller.
#[derive(Default)]
pub(super) struct Flow {
    all: InFlight,
    operations: [InFlight; COUNT],
}

/// Places that a call takes; given back when dropped.
pub(super) struct Places {
    _all: Place,
    _operation: Option<Place>,
}

impl Flow {
    /// Places for a call, within the limits for the door and for each operation.
    pub(super) fn enter(&self, operation: &Operation, all: usize, each: usize) -> Result<Places, No> {
        let at = OPERATIONS.iter().position(|known| known.name == operation.name);
        let own = at.and_then(|at| self.operations.get(at));
        Ok(Places {
            _all: self.all.enter(all).ok_or(No::Throttling)?,
            _operation: own.map(|own| own.enter(each).ok_or(No::ThrottlingApi)).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_that_is_full_keeps_no_other_out_and_places_come_back() {
        let flow = Flow::default();
        let [one, other] = [&OPERATIONS[0], &OPERATIONS[1]];
        let first = flow.enter(one, 3, 1).ok().unwrap();
        assert_eq!(flow.enter(one, 3, 1).err(), Some(No::ThrottlingApi));
        let second = flow.enter(other, 3, 1).ok().unwrap();
        assert_eq!(flow.enter(other, 2, 9).err(), Some(No::Throttling), "the door is full");
        drop(first);
        assert!(flow.enter(one, 2, 1).is_ok(), "and what was refused has taken no place");
        drop(second);
    }
}
