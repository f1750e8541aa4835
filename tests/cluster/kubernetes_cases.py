"""jobs/kubernetes: there is no Kubernetes here, so what the MPI Operator does is done by hand, as far as it goes: its hostfile, its
keys, its environment, the workers' sshd of an ordinary user on a high port, and the launcher's command. The manifest's fields
are checked against the operator's own resource definition, and the image's packages are installed in a bare Debian."""
import os
import re
import shutil
import subprocess

from harness import ROOT, case
from hosts import read, wait_until, write

FOLDER = os.path.join(ROOT, "jobs/kubernetes")
PODS = {"node1": "ordermill-launcher", "node2": "ordermill-worker-0", "node3": "ordermill-worker-1"}
AS_MPIUSER = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "env", "HOME=/home/mpiuser", "USER=mpiuser"]
# What the operator puts into the launcher's environment.
ENVIRONMENT = {"OMPI_MCA_orte_default_hostfile": "/etc/mpi/hostfile", "OMPI_MCA_orte_keep_fqdn_hostnames": "true",
               "OMPI_MCA_plm_rsh_args": "-o ConnectionAttempts=10", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}
# The pod's own /home (its /etc is its own already), and the operator's secret, with root's as the owner and the pod's fsGroup as the group.
BECOME_A_POD = """
set -eu
hostname {pod}
mount -t tmpfs tmpfs /home
sed -i '/^[^:]*:[^:]*:1000:/d' /etc/passwd && echo 'mpiuser:x:1000:1000::/home/mpiuser:/bin/bash' >> /etc/passwd
mkdir -p /home/mpiuser/.ssh /etc/mpi && chown 1000:1000 /home/mpiuser
cp {site}/pod/hosts /etc/hosts && cp {site}/pod/hostfile /etc/mpi/hostfile
cp {site}/pod/id_rsa {site}/pod/id_rsa.pub /home/mpiuser/.ssh && cp {site}/pod/id_rsa.pub /home/mpiuser/.ssh/authorized_keys
chown root:1000 /home/mpiuser/.ssh/* && chmod 440 /home/mpiuser/.ssh/*
cp {folder}/sshd_config /home/mpiuser/.sshd_config
cp {folder}/ssh_config /etc/ssh/ssh_config.d/mpijob.conf && printf 'Include /etc/ssh/ssh_config.d/*.conf\\n' > /etc/ssh/ssh_config
"""

STRING, NUMBER, FLAG, STRINGS, NAMES = str, int, bool, [str], {"*": str}
POD = {  # the parts of Kubernetes' PodTemplateSpec (core/v1) that are used here
    "metadata": {"labels": NAMES, "annotations": NAMES},
    "spec": {
        "securityContext": {"runAsUser": NUMBER, "runAsGroup": NUMBER, "runAsNonRoot": FLAG, "fsGroup": NUMBER},
        "containers": [{
            "name": STRING, "image": STRING, "command": STRINGS, "args": STRINGS, "imagePullPolicy": STRING,
            "env": [{"name": STRING, "value": STRING}],
            "resources": {"limits": NAMES, "requests": NAMES},
            "readinessProbe": {"tcpSocket": {"port": NUMBER}, "periodSeconds": NUMBER},
            "volumeMounts": [{"name": STRING, "mountPath": STRING, "readOnly": FLAG}],
        }],
        "volumes": [{"name": STRING, "persistentVolumeClaim": {"claimName": STRING, "readOnly": FLAG}, "emptyDir": {}}],
    },
}
# What kubeflow.org_mpijobs.yaml of the MPI Operator (v0.6) defines for v2beta1, by name and type; a tuple is an enum.
MPI_JOB = {
    "apiVersion": ("kubeflow.org/v2beta1",),
    "kind": ("MPIJob",),
    "metadata": {"name": STRING, "namespace": STRING, "labels": NAMES, "annotations": NAMES},
    "spec": {
        "launcherCreationPolicy": ("AtStartup", "WaitForWorkersReady"),
        "mpiImplementation": ("OpenMPI", "Intel", "MPICH"),
        "runLauncherAsWorker": FLAG,
        "slotsPerWorker": NUMBER,
        "sshAuthMountPath": STRING,
        "runPolicy": {
            "activeDeadlineSeconds": NUMBER, "backoffLimit": NUMBER, "cleanPodPolicy": ("None", "Running", "All"), "managedBy": STRING,
            "suspend": FLAG, "ttlSecondsAfterFinished": NUMBER,
            "schedulingPolicy": {"minAvailable": NUMBER, "minResources": NAMES, "priorityClass": STRING, "queue": STRING,
                                 "scheduleTimeoutSeconds": NUMBER},
        },
        "mpiReplicaSpecs": {role: {"replicas": NUMBER, "restartPolicy": ("Always", "OnFailure", "Never", "ExitCode"), "template": POD}
                            for role in ("Launcher", "Worker")},
    },
}


def faults(value, schema, place=""):
    """Where a manifest departs from the schema, in words."""
    if isinstance(schema, tuple):
        return [] if value in schema else [f"{place}: {value!r} is none of {schema}"]
    if isinstance(schema, list):
        if not isinstance(value, list):
            return [f"{place}: not a list"]
        return [fault for i, item in enumerate(value) for fault in faults(item, schema[0], f"{place}[{i}]")]
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return [f"{place}: not a mapping"]
        found = []
        for key, item in value.items():
            known = schema.get(key, schema.get("*"))
            found += faults(item, known, f"{place}.{key}") if known is not None else [f"{place}.{key} is not defined"]
        return found
    return [] if type(value) is schema else [f"{place}: {value!r} is not a {schema.__name__}"]


def manifest():
    import yaml  # python3-yaml, installed by then
    return yaml.safe_load(read(f"{FOLDER}/mpijob.yaml"))


def container(job, role):
    return job["spec"]["mpiReplicaSpecs"][role]["template"]["spec"]["containers"][0]


@case(quick=True)
def mpijob_manifest(t):
    job = manifest()
    t.check(faults(job, MPI_JOB) == [], f"{faults(job, MPI_JOB)}")
    # The check itself can fail.
    for place, key, wrong in ((job["spec"], "launcherCreationPolicy", "Later"), (job["spec"], "slotsperWorker", 1),
                              (job["spec"]["runPolicy"], "backoffLimit", "3"), (container(job, "Worker"), "comand", ["sshd"])):
        before = dict(place)
        place[key] = wrong
        t.check(faults(job, MPI_JOB) != [], f"{key}: {wrong} is found")
        place.clear()
        place.update(before)
    replicas = job["spec"]["mpiReplicaSpecs"]
    slots = (replicas["Worker"]["replicas"] + replicas["Launcher"]["replicas"]) * job["spec"]["slotsPerWorker"]
    words = container(job, "Launcher")["command"] + container(job, "Launcher")["args"]
    ranks = str(slots + 1)
    t.check(words[words.index("-n") + 1] == ranks and words[words.index("--expect-ranks") + 1] == ranks, f"one rank more than slots: {words}")
    t.check(container(job, "Worker")["readinessProbe"]["tcpSocket"]["port"] == int(re.search(r"Port (\d+)", read(f"{FOLDER}/sshd_config"))[1]),
            "the probe asks the sshd's port")


def pods(t, slots):
    """Turns the hosts into pods, with an sshd on each worker."""
    os.chmod(t.site, 0o755)
    folder = f"{t.site}/pod"
    names = {node: f"{pod}.ordermill.default.svc" for node, pod in PODS.items()}
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-C", "", "-f", f"{folder}/id_rsa"], check=True)
    write(f"{folder}/hosts", "127.0.0.1 localhost\n" + "".join(f"{t.hosts.address(n)} {name} {PODS[n]}\n" for n, name in names.items()))
    write(f"{folder}/hostfile", "".join(f"{name} slots={slots}\n" for name in names.values()))
    for node, pod in PODS.items():
        t.run(node, "bash", "-c", BECOME_A_POD.format(pod=pod, site=t.site, folder=t.path("jobs/kubernetes")))


def sshd(t, job, node):
    words = container(job, "Worker")["command"]
    log = os.path.join(t.site, f"{node}-pod.log")
    with open(log, "wb") as file:
        running = subprocess.Popen(t.hosts.command(node, *AS_MPIUSER, *words), stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    listens = ["bash", "-c", f"exec 3<>/dev/tcp/{t.hosts.address(node)}/2222"]
    t.check(wait_until(lambda: t.hosts.inside(node, *listens).returncode == 0, 10), f"{node}'s sshd listens: {read(log)}")
    return running


@case(quick=True)
def operators_contract(t):
    """The launcher's command, word by word but for the paths, with what the operator gives it."""
    job = manifest()
    data = t.path("data")
    os.makedirs(data)
    shutil.copy(t.path("orders.csv"), data)
    os.chmod(data, 0o777)
    running = []
    try:
        pods(t, job["spec"]["slotsPerWorker"])
        running = [sshd(t, job, node) for node in PODS if node != "node1"]
        launcher = container(job, "Launcher")
        words = [word.replace("/data/", data + "/").replace("/jobs/", t.path("jobs") + "/") for word in launcher["command"] + launcher["args"]]
        words[0] = t.ordermill
        said = t.run("node1", *AS_MPIUSER, *(f"{key}={value}" for key, value in ENVIRONMENT.items()), *words)
        output = os.path.join(data, "out/retail")
        t.same(output, [os.path.join(data, "orders.csv")])
        run = t.report(output)["run"]
        t.check({rank["host"] for rank in run["by_rank"]} == set(PODS.values()), f"ranks in all pods: {run['by_rank']}\n{said}")
        t.check(os.stat(os.path.join(output, "clean.csv")).st_uid == 1000, "the outputs are the ordinary user's")
    finally:
        for one in running:
            one.kill()
            one.wait()
        for node in PODS:  # as hosts they come back before the next case
            t.hosts.power_off(node)
        t.slurm_daemons = None


@case()
def image_packages(t):
    """The Containerfile's packages in a bare Debian are enough for the program, sshd and mpirun."""
    root = os.path.join(t.site, "image")
    listed = re.search(r"install --yes --no-install-recommends(.*?)&&", read(f"{FOLDER}/Containerfile"), re.S)[1]
    packages = listed.replace("\\", " ").split()
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], check=True, stdout=subprocess.DEVNULL)
    chroot = ["chroot", root, "env", "DEBIAN_FRONTEND=noninteractive"]
    subprocess.run([*chroot, "apt-get", "install", "--yes", "-qq", "--no-install-recommends", *packages], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.copy2(t.ordermill, f"{root}/usr/local/bin/ordermill")
    shutil.copytree(os.path.join(ROOT, "jobs"), f"{root}/jobs")
    shutil.copy(t.path("orders.csv"), f"{root}/tmp/orders.csv")
    missing = subprocess.run([*chroot, "ldd", "/usr/local/bin/ordermill"], check=True, capture_output=True, text=True).stdout
    t.check("not found" not in missing, missing)
    subprocess.run([*chroot, "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "ordermill", "clean", "/jobs/retail.cfg",
                    "--input", "/tmp/orders.csv", "--output", "/tmp/out", "--quiet"], check=True)
    t.check(os.path.getsize(f"{root}/tmp/out/clean.csv") > 0, "it cleans")
    for words in (["mpirun", "--version"], ["ssh", "-V"], ["sshd", "-t", "-f", "/dev/null", "-h", "/etc/ssh/ssh_host_ed25519_key"]):
        done = subprocess.run([*chroot, "sh", "-c", 'mkdir -p /run/sshd; PATH=$PATH:/usr/sbin; exec "$(command -v "$0")" "$@"', *words],
                              capture_output=True, text=True, check=False)
        t.check(done.returncode == 0, f"{words}: {done.stderr}")
