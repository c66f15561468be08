// SPDX-License-Identifier: GPL-2.0
//! Why a port is served where it is, and what it would need for better.

use serde::Serialize;

use super::family::{Nic, Port};
use super::named::{Placement, PlacementReason};
use super::{Vnic, named};

/// Where and why, as numbers and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Explanation {
    pub name: String,
    /// The NIC whose switch the port is in.
    pub nic: String,
    pub placement: Option<Placement>,
    pub reason: Option<PlacementReason>,
    pub slots_wanted: u32,
    pub slots_free: u32,
    pub slots_waiting: u32,
    pub rings_reserved: u32,
    /// The most that it can reserve.
    pub rings_most: u32,
    pub pool_free: u32,
    /// VNICs of this namespace that wait for slots, too.
    pub waiting: Vec<String>,
    /// Why it is served there.
    pub because: Vec<String>,
    /// What would be better, and how to have it.
    pub advice: Vec<String>,
}

/// Explains a VNIC's placement from what its NIC has, and from the ports of
/// the NIC that are in this namespace.
pub fn vnic(vnic: &Vnic, nic: &Nic, nic_name: &str, ports: &[Port]) -> Explanation {
    let (slots, used) = (nic.slots.unwrap_or(0), nic.slots_used.unwrap_or(0));
    let pool_used = nic.pool_used.unwrap_or(0);
    let waits = |port: &&Port| {
        port.placement == Some(named::FORCED_PROMISCUOUS) && port.ifindex != vnic.link.ifindex
    };
    let mut found = Explanation {
        name: vnic.link.name.clone(),
        nic: nic_name.to_owned(),
        placement: vnic.placement,
        reason: vnic.placement_reason,
        slots_wanted: vnic.slots.unwrap_or(0),
        slots_free: slots.saturating_sub(used),
        slots_waiting: nic.slots_waiting.unwrap_or(0),
        rings_reserved: vnic.rings.unwrap_or(0),
        rings_most: vnic.link.rx_rings,
        pool_free: nic.pool.unwrap_or(0).saturating_sub(pool_used),
        waiting: ports
            .iter()
            .filter(waits)
            .map(|port| port.name.clone())
            .collect(),
        because: Vec::new(),
        advice: Vec::new(),
    };
    match vnic.placement {
        Some(named::OWN_GROUP) => found.own_group(),
        Some(named::SHARED) => found.shared(),
        Some(named::FORCED_PROMISCUOUS) => found.forced(slots, used, ports),
        _ => {}
    }
    found
}

impl Explanation {
    fn own_group(&mut self) {
        self.because.push(format!(
            "it has {}, and {} in the filter table of {}",
            count(self.rings_reserved, "reserved ring"),
            count(self.slots_wanted, "slot"),
            self.nic
        ));
    }

    fn shared(&mut self) {
        self.because.push(format!(
            "it has {} in the filter table of {}, and no ring is reserved for it",
            count(self.slots_wanted, "slot"),
            self.nic
        ));
        self.advise_rings();
    }

    /// What it takes to have rings of its own.
    fn advise_rings(&mut self) {
        let (name, nic, most) = (&self.name, &self.nic, self.rings_most);
        self.advice.push(match self.pool_free.min(most) {
            0 => format!(
                "{nic} has no free ring in its pool for a group of its own: \
                 give it more (set-nic {nic} --pool), or take some from another"
            ),
            rings => format!(
                "for a group of its own, reserve 1 to {rings} rings \
                 (set-vnic {name} --rings {rings})"
            ),
        });
    }

    fn forced(&mut self, slots: u32, used: u32, ports: &[Port]) {
        let (name, nic, wanted) = (&self.name, &self.nic, self.slots_wanted);
        self.because.push(format!(
            "it wants {} in the filter table of {nic}, of whose {slots} {} free",
            count(wanted, "slot"),
            are(self.slots_free),
        ));
        if wanted > slots {
            self.because
                .push("it wants more than there are in all, so it keeps nobody waiting".to_owned());
        } else if self.slots_waiting > 1 {
            let others = self.slots_waiting - 1;
            let others = count(others, "other VNIC");
            self.because.push(format!(
                "with {others} it waits for slots; who has waited longest is first"
            ));
        }
        let own = used.saturating_add(wanted);
        let waiting = ports
            .iter()
            .filter(|port| self.waiting.contains(&port.name));
        let others = waiting.filter_map(|port| port.slots_wanted);
        let all = others.fold(own, u32::saturating_add);
        let give = |slots: u32| format!("give {nic} {slots} slots (set-nic {nic} --slots {slots})");
        // With as many as there are it would have been served, were nobody first.
        self.advice.push(match (own > slots, all > own) {
            (true, true) => format!("{}, or {all}, which serves all that wait here", give(own)),
            (true, false) => give(own),
            (false, _) if all > slots => {
                format!("{}, which serves all that wait here", give(all))
            }
            (false, _) => format!(
                "give {nic} more slots (set-nic {nic} --slots): \
                 who is first waits in another namespace"
            ),
        });
        if wanted > 1 {
            self.advice.push(format!(
                "or have {name} want fewer: one for each unicast address on each of its VLANs"
            ));
        }
        if self.rings_reserved == 0 {
            self.advise_rings();
        }
    }
}

/// `1 slot`, `2 slots`.
fn count(number: u32, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

/// `none is`, `1 is`, `2 are`.
fn are(number: u32) -> String {
    match number {
        0 => "none is".to_owned(),
        1 => "1 is".to_owned(),
        _ => format!("{number} are"),
    }
}

#[cfg(test)]
mod tests;
