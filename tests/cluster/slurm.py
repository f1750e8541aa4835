"""A real Slurm cluster on the test hosts: slurmctld on node1, slurmd on all others, munge on each."""
import os
import subprocess

from hosts import HERE, NotUp, read, wait_until, write

ENDED = {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT"}


def configure(site, nodes):
    """Before the hosts boot: they mount the folder at /etc/slurm."""
    text = read(f"{HERE}/slurm.conf.in")
    for mark, value in (("SITE", site), ("NODES", ",".join(nodes)), ("FIRST", nodes[0]), ("OTHERS", ",".join(nodes[1:]))):
        text = text.replace(f"@{mark}@", value)
    write(f"{site}/slurm/slurm.conf", text)
    os.makedirs(f"{site}/slurmctld")
    for node in nodes:
        os.makedirs(f"{site}/{node}/spool")


class Slurm:
    def __init__(self, hosts, folder):
        self.hosts = hosts
        self.nodes = hosts.names[1:]
        self.folder = folder
        self.munge_key = f"{hosts.site}/munge.key"
        with open(os.open(self.munge_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(128))
        self.start(hosts.names[0], "slurmctld")
        for node in self.nodes:
            self.start(node, "slurmd")
        if not self.idle():
            raise NotUp("Slurm doesn't come up: " + self.ask("sinfo", "-R"))

    def start(self, host, daemon):
        """Starts a host's daemons; again after a boot."""
        munged = ["munged", f"--key-file={self.munge_key}", "--socket=/run/munge/munge.socket.2",
                  "--pid-file=/run/munge/munged.pid", "--log-file=/run/munge/munged.log", "--seed-file=/run/munge/munged.seed"]
        for command in (munged, [daemon]):
            try:
                subprocess.run(self.hosts.command(host, *command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, timeout=30, check=True)
            except subprocess.SubprocessError:
                raise NotUp(f"{command[0]} doesn't come up on {host}") from None

    def ask(self, *command):
        return self.hosts.inside(self.hosts.names[0], *command, folder=self.folder).stdout.strip()

    def idle(self, limit=30):
        return wait_until(lambda: self.ask("sinfo", "-h", "-t", "idle", "-o", "%D") == str(len(self.nodes)), limit, 0.1)

    def submit(self, *words, environment=None):
        """Submits a script; the job's number."""
        done = self.hosts.inside(self.hosts.names[0], "sbatch", "--parsable", *words, folder=self.folder, environment=environment)
        if done.returncode != 0:
            raise RuntimeError(f"sbatch {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout.strip()

    def states(self, job):
        """The states of a job, or of an array's tasks."""
        words = self.ask("scontrol", "-o", "show", "job", job).split()
        return [word.removeprefix("JobState=") for word in words if word.startswith("JobState=")]

    def follow(self, job, limit):
        """Waits for the job's end: its states, more than one for an array."""
        def ended():
            states = self.states(job)
            return states if states and all(state in ENDED for state in states) else None
        return wait_until(ended, limit, 0.2) or ["still " + state for state in self.states(job)]
