# SPDX-License-Identifier: GPL-2.0
"""Runs a test's process, which has a limited time."""

import os
import signal
import subprocess
import threading


def run(command, limit, take, **options):
    """Runs COMMAND and gives each line that it prints to `take` as it comes,
    without its end. After `limit` seconds it and its process group are killed.
    Returns its status and whether it was late. `options` are those of Popen."""
    process = subprocess.Popen(
        command, text=True, errors="replace", stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, **options)
    late = threading.Event()

    def stop():
        late.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(limit, stop)
    timer.start()
    for line in process.stdout:
        take(line.rstrip("\n"))
    status = process.wait()
    timer.cancel()
    return status, late.is_set()
