# SPDX-License-Identifier: GPL-2.0
"""A terminal of 80 by 24 characters with a shell in it, by tmux."""

from .ktap import defer, until
from .net import attempt, run


class Terminal:
    """A shell in a namespace, and what can be seen of it."""

    def __init__(self, netns=None):
        self.server = f"tmux -L softnic-{netns} -f /dev/null"
        run(f"{self.server} new-session -d -s test -x 80 -y 24 'bash --norc'", netns)
        defer(attempt, f"{self.server} kill-server")
        run(f"{self.server} set-option -g status off")
        self.shows(lambda lines: any("#" in line or "$" in line for line in lines), "a prompt")

    def type(self, *keys):
        """Presses keys, named as tmux names them."""
        run(f"{self.server} send-keys -t test " + " ".join(f"'{key}'" for key in keys))

    def command(self, command):
        """Types a command."""
        self.type(command, "Enter")

    def lines(self):
        """What is on the screen."""
        return run(f"{self.server} capture-pane -t test -p").splitlines()

    def shows(self, condition, what):
        """Waits until the screen's lines fulfil a condition; returns them."""
        def seen():
            lines = self.lines()
            return lines if condition(lines) else None
        return until(seen, lambda: f"{what}: " + "\n".join(self.lines()))

    def resize(self, width, height):
        """Gives it another size."""
        run(f"{self.server} resize-window -t test -x {width} -y {height}")

    def child(self):
        """The process that runs in the shell."""
        shell = run(f"{self.server} display-message -t test -p '#{{pane_pid}}'").strip()
        return int(run(f"pgrep -P {shell}"))
