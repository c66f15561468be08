// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Transmit queues spread over CPUs: which queues a CPU sends by.

/// Whether the CPU that is number `cpu` of `cpus` sends by queue `queue` of
/// `queues`. Each CPU has a queue and each queue a CPU, and the shares differ
/// by one at the most: neighbouring CPUs share a queue, or a CPU has several.
pub(crate) fn serves(queue: u32, queues: u32, cpu: u32, cpus: u32) -> bool {
    if queue >= queues || cpu >= cpus {
        return false;
    }
    match queues > cpus {
        true => queue % cpus == cpu,
        false => u64::from(cpu) * u64::from(queues) / u64::from(cpus) == u64::from(queue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_has_its_share(queues in 1..300u32, cpus in 1..300u32) {
            let of_cpu = |cpu| (0..queues).filter(|q| serves(*q, queues, cpu, cpus)).count();
            let of_queue = |queue| (0..cpus).filter(|c| serves(queue, queues, *c, cpus)).count();
            let shares = [
                (0..cpus).map(of_cpu).collect::<Vec<_>>(),
                (0..queues).map(of_queue).collect::<Vec<_>>(),
            ];
            for share in shares {
                let (least, most) = (share.iter().min().unwrap(), share.iter().max().unwrap());
                prop_assert!(*least >= 1);
                prop_assert!(most - least <= 1);
            }
        }

        #[test]
        fn none_out_of_range(queue: u32, queues: u32, cpu: u32, cpus: u32) {
            prop_assert!(!serves(queue, queues, cpu, cpus) || (queue < queues && cpu < cpus));
        }
    }

    #[test]
    fn neighbours_share() {
        let queues = [0, 1, 2, 3].map(|cpu| (0..2).find(|q| serves(*q, 2, cpu, 4)));
        assert_eq!(queues, [Some(0), Some(0), Some(1), Some(1)]);
    }
}
