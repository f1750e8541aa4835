"""One process measured: wall and CPU seconds and the peak memory of the largest process in it."""
import dataclasses
import os
import shutil
import subprocess
import threading
import time

TIME_LIMIT = 1800  # seconds


class Failed(Exception):
    """A command that was to be measured ended with an error."""


@dataclasses.dataclass
class Measurement:
    wall: float  # seconds, the whole process
    cpu: float
    peak: int  # bytes, of the largest process that it was or started; never less than this script's (some 20 MB)
    report_wall: float = 0.0  # ordermill's own account, which leaves out the start of mpirun and MPI


def measure(command, environment, log):
    """Runs it to its end, its messages in the file `log`. Raises Failed."""
    with open(log, "wb") as messages:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=messages, stderr=messages)
        limit = threading.Timer(TIME_LIMIT, process.terminate)
        limit.daemon = True
        limit.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            limit.cancel()
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"status {process.returncode}: {last_line(log)}")
    return Measurement(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def last_line(log):
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file if line.strip()]
    return lines[-1][:200] if lines else "no message"


def delete(path):
    """Outside of every timing: the kernel needs 50 ms for some hundred megabytes."""
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def size_of(path):
    """Bytes of a file, or of all files below a folder."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(where, name)) for where, _, names in os.walk(path) for name in names)
