# SPDX-License-Identifier: GPL-2.0
"""Runs QEMU for scripts/guest, inside the build root.

QEMU is called directly and not by virtme-ng: a guest of our own disk image
boots the same on every host, and the exit status, both output streams and the
kernel's log come out apart from one another.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import guest_log

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VIRTIOFSD = "/usr/libexec/virtiofsd"


def arguments():
    p = argparse.ArgumentParser(
        prog="scripts/guest",
        description="Boots a guest with softnic loaded and the tools and "
        "selftests there, runs COMMAND in the selftests' folder, prints its "
        "output and exits with its status. A kernel report (warning, oops, "
        "lockdep, KASAN, kmemleak) fails the run and is printed.",
    )
    p.add_argument("--kernel", choices=["stock", "debug"], default="stock",
                   help="Debian's kernel, or the one with all checks on")
    p.add_argument("--disk", choices=["usual", "upstream"], default="usual",
                   help="upstream: with the kernel's own driver selftests in /ksft")
    p.add_argument("--smp", type=int, default=2, metavar="N", help="CPUs (2)")
    p.add_argument("--mem", default=None, metavar="M",
                   help="memory, as QEMU takes it (1G; debug kernel: 2G)")
    p.add_argument("--icount", action="store_true",
                   help="1 ns of guest time for each instruction, one CPU")
    p.add_argument("--timeout", type=float, default=600, metavar="S",
                   help="seconds until the guest is stopped (600)")
    p.add_argument("--share", metavar="DIR",
                   help="host directory to write to, at /mnt/share in the guest")
    p.add_argument("--nic", choices=["virtio"],
                   help="add two virtio-net NICs, connected to each other")
    p.add_argument("--no-module", action="store_true",
                   help="leave the loading of softnic to COMMAND")
    p.add_argument("--append", default="", metavar="WORDS",
                   help="more words for the kernel's command line")
    p.add_argument("--plugin", metavar="FILE,ARG=VALUE",
                   help="a plugin for QEMU")
    p.add_argument("--tree", required=True, help=argparse.SUPPRESS)
    p.add_argument("--image", required=True, help=argparse.SUPPRESS)
    p.add_argument("--tsc-khz", help=argparse.SUPPRESS)
    p.add_argument("command", nargs="+", metavar="COMMAND")
    a = p.parse_args()
    if a.icount:
        a.smp = 1
    if a.mem is None:
        a.mem = "2G" if a.kernel == "debug" else "1G"
    return a


def settings(a, terminal, run):
    """What guest-init has to know."""
    columns, rows = shutil.get_terminal_size()
    lines = {
        "kernel": a.kernel,
        "share": "yes" if a.share else "",
        "nic": a.nic or "",
        "load_module": "" if a.no_module else "yes",
        "terminal": "yes" if terminal else "",
        "rows": rows,
        "columns": columns,
    }
    with open(os.path.join(run, "settings"), "w") as f:
        for name, value in lines.items():
            f.write(f"{name}={shlex.quote(str(value))}\n")
    with open(os.path.join(run, "command"), "w") as f:
        f.write("exec " + shlex.join(a.command) + "\n")


def kernel_line(a):
    words = ["root=/dev/nvme0n1 rw rootfstype=ext4 init=/sbin/softnic-init",
             "console=ttyS0 loglevel=7 panic=-1 oops=panic net.ifnames=0",
             "hung_task_panic=0 mce=off tsc=reliable no_timer_check"]
    if a.icount:
        # Where things lie is no part of what is measured.
        words.append("mitigations=off nokaslr norandmaps")
    elif a.tsc_khz:
        words.append(f"tsc_early_khz={a.tsc_khz}")
    return " ".join(words + [a.append])


class Shares:
    """The virtiofsd processes, one for each directory that the guest sees."""

    def __init__(self, run):
        self.run = run
        self.daemons = []

    def add(self, tag, directory, *options):
        socket = os.path.join(self.run, f"{tag}.sock")
        log = open(os.path.join(self.run, f"{tag}.virtiofsd"), "wb")
        self.daemons.append(subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", VIRTIOFSD,
             "--socket-path", socket, "--shared-dir", directory,
             "--sandbox", "none", *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        return ["-chardev", f"socket,id=fs-{tag},path={socket},reconnect-ms=0",
                "-device", f"vhost-user-fs-pci,chardev=fs-{tag},tag={tag}"]

    def wait(self):
        """QEMU does not wait for a socket that is not there yet."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if any(d.poll() is not None for d in self.daemons):
                break
            made = sum(n.endswith(".sock") for n in os.listdir(self.run))
            if made == len(self.daemons):
                return
            time.sleep(0.01)
        sys.exit(f"softnic: virtiofsd did not start; its output is in {self.run}")

    def stop(self):
        for d in self.daemons:
            d.kill()
            d.wait()


def qemu_line(a, log, terminal, pipes):
    line = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "q35,sata=off,smbus=off,i8042=off,memory-backend=mem", "-cpu", "EPYC-v1",
            "-smp", str(a.smp),
            "-m", a.mem, "-object", f"memory-backend-memfd,id=mem,size={a.mem},share=on",
            "-kernel", os.path.join(a.tree, "kernel"), "-append", kernel_line(a),
            "-drive", f"if=none,id=disk,format=raw,snapshot=on,file={a.image}",
            "-device", "nvme,drive=disk,serial=softnic",
            "-chardev", f"file,id=log,path={log}", "-serial", "chardev:log",
            "-device", "virtio-serial-pci"]
    if a.icount:
        line += ["-accel", "tcg", "-icount", "shift=0,sleep=off", "-seed", "1"]
    else:
        line += ["-accel", "tcg,thread=multi"]
    if terminal:
        line += ["-chardev", "stdio,id=tty,signal=off", "-device", "virtconsole,chardev=tty"]
    else:
        for name, fd in pipes.items():
            line += ["-chardev", f"file,id={name},append=on,path=/dev/fd/{fd}",
                     "-device", f"virtserialport,chardev={name},name={name}"]
    if a.plugin:
        line += ["-plugin", a.plugin]
    if a.nic:
        for n in range(2):
            line += ["-netdev", f"hubport,id=net{n},hubid=0",
                     "-device", f"virtio-net-pci,netdev=net{n},mac=52:54:00:50:0f:0{n}"]
    return line


def relay(reader, writer):
    """A child that copies what the guest prints to where we print."""
    return subprocess.Popen(["cat"], stdin=reader, stdout=writer)


def boot(a, run, log, terminal):
    """Runs the guest to its end; returns whether it ended in time."""
    shares = Shares(run)
    devices = shares.add("softnic", REPO, "--readonly", "--cache", "always")
    devices += shares.add("run", run, "--cache", "never")
    if a.share:
        devices += shares.add("share", os.path.realpath(a.share))
        print("softnic: the guest has", a.share, "at /mnt/share", file=sys.stderr)
    pipes, relays = {}, []
    if not terminal:
        for name, stream in (("out", sys.stdout), ("err", sys.stderr)):
            reader, writer = os.pipe()
            relays.append(relay(reader, stream))
            os.close(reader)
            pipes[name] = writer
    try:
        shares.wait()
        guest = subprocess.Popen(
            qemu_line(a, log, terminal, pipes) + devices,
            stdin=None if terminal else subprocess.DEVNULL,
            stderr=open(os.path.join(run, "qemu"), "wb"),
            pass_fds=list(pipes.values()))
        try:
            guest.wait(a.timeout)
            return True
        except subprocess.TimeoutExpired:
            return False
        finally:
            guest.kill()
            guest.wait()
    finally:
        for writer in pipes.values():
            os.close(writer)
        for r in relays:
            r.wait()
        shares.stop()


def read(run, name):
    try:
        with open(os.path.join(run, name), errors="replace") as f:
            return f.read().strip()
    except FileNotFoundError:
        return ""


def main():
    a = arguments()
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    folder = os.path.join(REPO, "build", "guest")
    os.makedirs(folder, exist_ok=True)
    run = tempfile.mkdtemp(prefix="run-", dir=folder)
    log = os.path.join(folder, os.path.basename(run)[4:] + ".log")
    try:
        settings(a, terminal, run)
        in_time = boot(a, run, log, terminal)
        sys.exit(guest_log.verdict(
            log, in_time, a.timeout, status=read(run, "status"),
            tainted=read(run, "tainted"), leaks=read(run, "leaks"),
            emulator=read(run, "qemu")))
    finally:
        shutil.rmtree(run, ignore_errors=True)


if __name__ == "__main__":
    main()
