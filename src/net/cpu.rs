// SPDX-License-Identifier: GPL-2.0

//! The machine's CPUs.

use crate::bindings;
use kernel::cpu::CpuId;

/// How many CPUs are online now.
pub(crate) fn online() -> u32 {
    // SAFETY: Reads a number; no requirements.
    unsafe { bindings::num_online_cpus() }
}

/// Whether interrupts are off on this CPU.
pub(crate) fn interrupts_are_off() -> bool {
    // SAFETY: Reads a flag of this CPU; no requirements.
    unsafe { bindings::irqs_disabled() }
}

/// The CPUs that are online now, in the order of their numbers. Some may come or
/// go meanwhile.
pub(crate) fn all_online() -> impl Iterator<Item = CpuId> {
    // SAFETY: The number is below `nr_cpu_ids`, as a `CpuId` exists for it.
    let is_online = |cpu: &CpuId| unsafe { bindings::cpu_online(cpu.as_u32()) };
    (0..).map_while(CpuId::from_u32).filter(is_online)
}
