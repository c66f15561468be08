#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""bash, zsh and fish complete vnicadm's words: those that it knows, and the
names of what is there. The shells are real ones, in a terminal of tmux's."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "helpers"))
# pylint: disable=wrong-import-position
from softnic.ktap import defer, main, test, until
from softnic.net import attempt, make_netns, run

SHELLS = {
    # What is run, and what has it complete.
    "bash": ("bash --norc --noprofile", "source /tmp/completion"),
    "zsh": ("zsh -f", "autoload -Uz compinit && compinit -u && source /tmp/completion"),
    "fish": ("fish --no-config", "source /tmp/completion"),
}


class Terminal:
    """A shell to type into."""

    def __init__(self, shell):
        command, setting_up = SHELLS[shell]
        with open("/tmp/completion", "w", encoding="utf-8") as f:
            f.write(run(f"vnicadm completion {shell}"))
        run(f"tmux -L {shell} -f /dev/null new-session -d -x 200 -y 50 'TERM=screen {command}'")
        self.socket = shell
        defer(attempt, f"tmux -L {shell} kill-server")
        # A shell that is not ready loses what is typed. zsh looks into a thousand
        # files to get ready.
        self.answers("echo re''ady", "ready", 60)
        self.answers(f"{setting_up}; echo loa''ded", "loaded", 100)

    def answers(self, text, want, seconds):
        """Types a command until its answer is there."""
        self.type(text, "Enter")
        until(lambda: want in self.screen(), self.screen, seconds)

    def type(self, *keys):
        """Presses keys."""
        for key in keys:
            run(f'tmux -L {self.socket} send-keys -- "{key}"')

    def screen(self):
        """What is to be seen."""
        return run(f"tmux -L {self.socket} capture-pane -p").strip()

    def completes(self, text, want):
        """Has a line completed, which must then have this in it."""
        self.type("C-u", "C-l", text, "Tab")
        until(lambda: want in self.screen(), lambda: f"{want!r} of {text!r}: {self.screen()}", 30)


def completes_all(shell):
    """The words of the tool, and names of this and another namespace."""
    make_netns("far")
    run("vnicadm create-nic firstnic --peer secondnic --peer-netns far")
    run("vnicadm create-vnic --over firstnic myvnic")
    terminal = Terminal(shell)
    terminal.completes("vnicadm create-v", "vnicadm create-vnic")
    terminal.completes("vnicadm create-vnic --vlan-p", "--vlan-protocol")
    terminal.completes("vnicadm create-vnic v0 --mode pas", "--mode passthru")
    terminal.completes("vnicadm show-nic fir", "vnicadm show-nic firstnic")
    terminal.completes("vnicadm show-vnic my", "vnicadm show-vnic myvnic")
    terminal.completes("vnicadm create-vnic v0 --over my", "--over myvnic")
    terminal.completes("vnicadm reset-prop myvnic -p vlan-pr", "-p vlan-protocol")
    terminal.completes("vnicadm set-prop myvnic -p vlan-pr", "-p vlan-protocol=")
    terminal.completes("vnicadm set-prop myvnic -p mtu=1400,vlan-pr", "mtu=1400,vlan-protocol=")
    terminal.completes("vnicadm set-prop myvnic -p mtu=1400,mode=pri", "mtu=1400,mode=private")
    terminal.completes("vnicadm set-vnic myvnic --vlan-protocol=802.1a", "-protocol=802.1ad")
    terminal.completes("vnicadm show-nic -o name,car", "-o name,carrier")
    terminal.completes("vnicadm stat --ring -o name,cap", "-o name,capacity")
    terminal.completes("vnicadm --netns fa", "vnicadm --netns far")
    terminal.completes("vnicadm --netns far delete-nic sec", "delete-nic secondnic")


@test
def bash_completes():
    completes_all("bash")


@test
def zsh_completes():
    completes_all("zsh")


@test
def fish_completes():
    completes_all("fish")


main()
