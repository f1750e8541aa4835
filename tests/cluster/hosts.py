"""Several hosts on one machine: each has its own network, name, processes, /tmp, /dev/shm, /run and sshd. Everything else of
the file system is shared. They live in namespaces, and end with the process that made them, however that ends."""
import os
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NETWORK = "10.77.0"
# What a command inside a host finds in its environment; nothing of the user's leaks in.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "USER": "root",
               "LANG": "C.UTF-8", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
DIES_WITH_ITS_PARENT = ["setpriv", "--pdeathsig", "KILL"]
OWN_NAMESPACES = ["unshare", "--net", "--uts", "--ipc", "--pid", "--mount", "--propagation", "private", "--fork",
                  "--kill-child", "--mount-proc"]

SSH_CONFIG = """Host node*
  User root
  IdentityFile {site}/id
  IdentitiesOnly yes
  UserKnownHostsFile {site}/known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 5
  LogLevel ERROR
"""
SSHD_CONFIG = """Port 22
ListenAddress {address}
HostKey {folder}/key
PidFile none
AuthorizedKeysFile {site}/id.pub
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
UseDNS no
"""


class NotUp(Exception):
    """A host that doesn't come up."""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def wait_until(holds, limit, pause=0.05):
    """What `holds` answers, once it is true; else its last answer, after `limit` seconds."""
    until = time.monotonic() + limit
    while True:
        answer = holds()
        if answer or time.monotonic() > until:
            return answer
        time.sleep(pause)


def processes_of_this_machine():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def namespaces_of(process):
    """The names of a process' namespaces, as `net:[4026531840]`."""
    found = set()
    for kind in ("net", "pid", "mnt", "uts", "ipc"):
        try:
            found.add(os.readlink(f"/proc/{process}/ns/{kind}"))
        except OSError:
            pass
    return found


def name_and_state(process):
    """As in its `stat`; the state of a dead one whose parent hasn't asked yet is Z."""
    try:
        stat = read(f"/proc/{process}/stat")
    except OSError:
        return "", "gone"
    return stat[stat.index("(") + 1:stat.rindex(")")], stat[stat.rindex(")") + 2]


def links():
    return set(os.listdir("/sys/class/net"))


def why_not():
    """A reason why this machine can't have hosts; None if it can."""
    tried = "mount -t tmpfs tmpfs /tmp && ip link add v0 type veth peer name v1 && ip link add b0 type bridge"
    probe = subprocess.run([*OWN_NAMESPACES, "sh", "-c", tried], capture_output=True, check=False)
    if probe.returncode != 0:
        return "this machine doesn't allow network namespaces: " + probe.stderr.decode(errors="replace").strip().replace("\n", "; ")
    return None


class Hosts:
    """node1, node2, ... on one switch. `site` is a folder that all of them share and that isn't below /tmp or /run; /tmp is
    each host's own."""

    def __init__(self, site, count):
        self.site = site
        self.names = [f"node{i}" for i in range(1, count + 1)]
        self.running = {}  # name -> (unshare, process number of the host's first process)
        self.switch = None
        self.links_before = links()
        self.namespaces = set()

    def up(self):
        self.switch = subprocess.Popen([*DIES_WITH_ITS_PARENT, "unshare", "--net", "sleep", "infinity"],
                                       stdin=subprocess.DEVNULL, start_new_session=True)
        if not wait_until(lambda: self.remember(self.switch.pid), 10, 0.01):
            raise NotUp("the switch's network namespace doesn't come up")
        self.on_switch("ip", "link", "add", "br0", "type", "bridge")
        self.on_switch("ip", "link", "set", "br0", "up")
        self.write_files()
        for name in self.names:
            self.boot(name)

    def remember(self, process):
        """Keeps the names of a process' own namespaces, to look for what is left of them: whether it has any."""
        new = namespaces_of(process) - namespaces_of("self")
        self.namespaces |= new
        return new

    def write_files(self):
        keys = {name: self.key(os.path.join(self.site, name, "key")) for name in self.names}
        self.key(os.path.join(self.site, "id"))
        write(f"{self.site}/hosts", "127.0.0.1 localhost\n" + "".join(f"{self.address(n)} {n}\n" for n in self.names))
        write(f"{self.site}/known_hosts", "".join(f"{n},{self.address(n)} {keys[n]}\n" for n in self.names))
        write(f"{self.site}/ssh_config", SSH_CONFIG.format(site=self.site))
        for name in self.names:
            folder = os.path.join(self.site, name)
            write(f"{folder}/sshd_config", SSHD_CONFIG.format(site=self.site, folder=folder, address=self.address(name)))

    @staticmethod
    def key(path):
        """Makes a key; its public half."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
        return " ".join(read(path + ".pub").split()[:2])

    @staticmethod
    def number(name):
        return int(name.removeprefix("node"))

    def address(self, name):
        return f"{NETWORK}.{self.number(name)}"

    def link(self, name):
        """The switch's end of a host's cable."""
        return f"v{self.number(name)}"

    def on_switch(self, *command):
        subprocess.run(["nsenter", "-t", str(self.switch.pid), "-n", *command], check=True)

    def boot(self, name):
        log = os.path.join(self.site, name, "init.log")
        with open(log, "wb") as file:
            unshare = subprocess.Popen([*DIES_WITH_ITS_PARENT, *OWN_NAMESPACES, f"{HERE}/host_init", name, self.address(name),
                                        self.site], stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
        children = f"/proc/{unshare.pid}/task/{unshare.pid}/children"
        first = wait_until(lambda: read(children).split(), 10, 0.01)
        if not first:
            raise NotUp(f"{name} doesn't come up: {read(log)}")
        self.running[name] = (unshare, int(first[0]))
        self.remember(first[0])
        # Always the same card: the others remember its address over a boot.
        self.on_switch("ip", "link", "add", self.link(name), "type", "veth", "peer", "name", "eth0",
                       "address", f"02:00:00:00:00:{self.number(name):02x}", "netns", first[0])
        self.on_switch("ip", "link", "set", self.link(name), "master", "br0", "up")
        if not wait_until(lambda: self.listens(name), 10):
            raise NotUp(f"{name}'s sshd doesn't answer: {read(log)}")

    def listens(self, name):
        return self.inside(name, "bash", "-c", f"exec 3<>/dev/tcp/{self.address(name)}/22").returncode == 0

    def command(self, name, *words, folder=None, environment=None):
        """The command line that runs `words` inside a host, in `folder`."""
        variables = dict(ENVIRONMENT, **(environment or {}))
        return ["nsenter", "-t", str(self.running[name][1]), "-n", "-u", "-i", "-p", "-m", "--", *DIES_WITH_ITS_PARENT,
                "env", "-i", "-C", folder or self.site, *(f"{key}={value}" for key, value in variables.items()),
                *map(str, words)]

    def inside(self, name, *words, limit=60, **more):
        """Runs a command inside a host to its end: a finished process, with what it said as text."""
        return subprocess.run(self.command(name, *words, **more), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=limit, check=False)

    def processes(self, name, program):
        """The process numbers, seen from outside, of a host's living processes of that name."""
        home = f"/proc/{self.running[name][1]}/ns/pid"
        return [process for process in processes_of_this_machine()
                if os.readlink(home) in namespaces_of(process) and name_and_state(process)[0] == program
                and name_and_state(process)[1] != "Z"]

    def cut(self, name):
        """Nothing goes in or out any more, and nobody is told."""
        self.on_switch("ip", "link", "set", self.link(name), "nomaster")

    def heal(self, name):
        self.on_switch("ip", "link", "set", self.link(name), "master", "br0")

    def shape(self, name, rate):
        """Both ways of a host's link at a rate as tc writes it (`100mbit`); None: as fast as it can be."""
        switch = ["nsenter", "-t", str(self.switch.pid), "-n"]
        for inside, device in ((switch, self.link(name)), (self.command(name), "eth0")):
            subprocess.run([*inside, "tc", "qdisc", "del", "dev", device, "root"], check=False, capture_output=True)
            if rate is None:
                continue
            for words in (["qdisc", "add", "dev", device, "root", "handle", "1:", "htb", "default", "1"],
                          ["class", "add", "dev", device, "parent", "1:", "classid", "1:1", "htb", "rate", rate,
                           "burst", "64kb", "cburst", "64kb", "quantum", "60000"]):
                subprocess.run([*inside, "tc", *words], check=True)

    def own(self, name, path):
        """A path of a host (below /tmp, for example), as it is seen from outside."""
        return f"/proc/{self.running[name][1]}/root{path}"

    def power_off(self, name):
        """Kills all processes of a host at once; its link goes, too."""
        unshare, first = self.running.pop(name)
        try:
            os.kill(first, 9)
        except ProcessLookupError:  # it didn't come up
            pass
        unshare.wait()
        # The kernel takes its time to remove a dead host's network, and the next one has a link of that name.
        subprocess.run(["nsenter", "-t", str(self.switch.pid), "-n", "ip", "link", "del", self.link(name)], check=False,
                       capture_output=True)

    def down(self):
        for name in list(self.running):
            self.power_off(name)
        if self.switch:
            self.switch.kill()
            self.switch.wait()

    def left_behind(self):
        """What is still there after `down`, in words."""
        def processes():
            return [process for process in processes_of_this_machine() if self.namespaces & namespaces_of(process)]
        wait_until(lambda: not processes(), 5)
        left = [f"process {process} ({name_and_state(process)[0]})" for process in processes()]
        left += [f"mount {line}" for line in read("/proc/self/mountinfo").splitlines() if self.site in line]
        left += [f"network link {link}" for link in sorted(links() - self.links_before)]
        return left
