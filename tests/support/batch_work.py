"""What worker processes run in the tests (进程任务): importable by name, as the real work is."""

from __future__ import annotations

import os
import signal
import time


def work(task: str) -> str:
    """`hang`, `die`, `exit`, `slow` and anything else, which is answered in upper case."""
    if task == "hang":
        time.sleep(3600)
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "exit":
        os._exit(7)
    if task == "slow":
        time.sleep(0.3)
    return task.upper()


def never(job: object) -> object:
    """A unit that is never done."""
    time.sleep(3600)
    return job
