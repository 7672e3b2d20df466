"""A private SLURM of three nodes on this machine: loopback only, own ports and key, no systemd."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

PACKAGES = "munge slurm-wlm"
NODES = ("n1", "n2", "n3")
NODE_CPUS = 8
NODE_MEMORY_MB = 32_000
_COMMANDS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
_COLUMNS = (
    "JobID", "State", "NodeList", "Comment", "MinMemory", "restartcnt", "StartTime", "EndTime",
)  # fmt: skip
_SBIN = "/usr/sbin:/sbin"
_END_STATES = ("COMPLETED", "CANCELLED", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT")

# The nodes share one machine, so their CPUs and memory are declared, not detected, and are more
# than there are. A job that takes more memory than it asked for is killed by the node itself,
# which looks every second, because control groups may not be writable here. `cred_expire` is how
# long SLURM waits before it starts a job again whose node went down.
_CONFIGURATION = """\
ClusterName=atrasig
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdSpoolDir={folder}/spool/%n
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=500
MinJobAge=3600
KillWait=2
ReturnToService=2
SlurmdTimeout=30
"""


@dataclass(frozen=True)
class Job:
    """A job as the controller shows it.

    Parameters
    ----------
    number
        Its id.
    state
        As in ``COMPLETED``.
    node
        Where it runs or ran; empty while it waits.
    rules
        The rule or group of rules, as the executor notes it in the comment.
    memory_mb
        What it asked for.
    restarts
        How often SLURM has started it again.
    seconds
        From its (last) start to its end; 0 before.
    """

    number: int
    state: str
    node: str
    rules: str
    memory_mb: int
    restarts: int
    seconds: float

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in _END_STATES


@dataclass(frozen=True)
class _Process:
    number: int
    command: str
    environment: bytes

    def guards(self, jobs: set[int]) -> bool:
        """Whether this is SLURM's guard of one of these jobs, which waits for its end."""
        return self.command.startswith(tuple(f"slurmstepd: [{job}." for job in jobs))

    def belongs_to(self, jobs: set[int]) -> bool:
        """Whether one of these jobs started this."""
        return any(f"\0SLURM_JOB_ID={job}\0".encode() in self.environment for job in jobs)


def absence() -> str:
    """Say why no cluster can be started here; empty where one can."""
    if os.geteuid() != 0:
        return "starting a private SLURM needs root rights"
    missing = [name for name in (*_COMMANDS, "setpriv") if not _path(name)]
    if missing:
        return f"no {', '.join(missing)} here (apt-get install {PACKAGES})"
    return ""


@dataclass
class Slurm:
    """A running cluster; every process it started is a child of this one.

    Parameters
    ----------
    folder
        Key, sockets, state and logs.
    """

    folder: Path
    _daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    def start(cls) -> Slurm:
        """Start the authentication daemon, the controller and the nodes.

        Raises
        ------
        RuntimeError
            If one does not come up; nothing is left running then.
        """
        cluster = cls(Path(tempfile.mkdtemp(prefix="atrasig-slurm-")))
        try:
            cluster._lay_out()
            cluster._start_munge()
            cluster._daemon("slurmctld", "slurmctld", "-D", "-c")
            for node in NODES:
                cluster.start_node(node)
            idle = dict.fromkeys(NODES, "idle")
            cluster.wait(lambda: cluster.node_states() == idle, "three idle nodes")
        except BaseException:
            cluster.stop()
            raise
        return cluster

    @property
    def environment(self) -> dict[str, str]:
        """Variables under which commands talk to this cluster and to no other."""
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"], _SBIN])
        return {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def run(self, *command: str) -> str:
        """Run a command of SLURM and return what it printed."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=30, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def jobs(self) -> list[Job]:
        """List all jobs since the cluster was started, oldest first."""
        columns = ":|,".join(_COLUMNS) + ":"
        lines = self.run("squeue", "--states=all", "--noheader", f"--Format={columns}").splitlines()
        return sorted((_job(line) for line in lines), key=lambda job: job.number)

    def node_states(self) -> dict[str, str]:
        """State of every node."""
        lines = self.run("sinfo", "--noheader", "--Node", "--format=%N %T").splitlines()
        return dict(line.split() for line in lines)

    def lose_node(self, node: str) -> None:
        """Kill everything on a node at once, as a power failure would, and declare it down."""
        running = {job.number for job in self.jobs() if job.node == node and not job.ended}
        self._daemons[node].kill()
        self._daemons.pop(node).wait()
        # The guards of the jobs first: a guard that sees its job die would report it.
        _kill(self._processes(lambda process: process.guards(running)))
        _kill(self._processes(lambda process: process.belongs_to(running)))
        self.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")

    def return_node(self, node: str) -> None:
        """Start the daemon of a node again and put the node back to work."""
        self.start_node(node)
        self.run("scontrol", "update", f"NodeName={node}", "State=RESUME")

    def start_node(self, node: str) -> None:
        """Start the daemon of a node."""
        self._daemon(node, "slurmd", "-D", "-N", node)

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait until something holds.

        Raises
        ------
        RuntimeError
            With the logs of the daemons, if it does not hold in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
                problem = ""
            except RuntimeError as error:
                problem = str(error)
            if time.monotonic() > deadline:
                raise RuntimeError(f"no {what} in {seconds:g} s. {problem}\n{self.logs(1500)}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End every job and every process of the cluster, and none besides.

        Raises
        ------
        RuntimeError
            If a process is left that knows this cluster.
        """
        if "slurmctld" in self._daemons:
            self._end_jobs()
        for name in reversed(list(self._daemons)):
            self._stop_daemon(name)
        left = self.processes()
        if left:
            raise RuntimeError(f"processes of the cluster are left: {left}")
        shutil.rmtree(self.folder)

    def processes(self) -> dict[int, str]:
        """Command by process id of everything whose environment names this cluster."""
        return {one.number: one.command for one in self._processes(lambda process: True)}

    def _processes(self, wanted: Callable[[_Process], bool]) -> list[_Process]:
        mark = f"SLURM_CONF={self.folder}".encode()
        found = [_read_process(entry) for entry in Path("/proc").glob("[0-9]*")]
        return [one for one in found if one and mark in one.environment and wanted(one)]

    def _lay_out(self) -> None:
        self.folder.chmod(0o755)  # the munge user must reach its part
        for name in ("bin", "log", "munge", "state", *(f"spool/{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        port, *node_ports = _free_ports(1 + len(NODES))
        host = socket.gethostname().split(".")[0]
        text = _CONFIGURATION.format(host=host, port=port, folder=self.folder)
        for node, node_port in zip(NODES, node_ports, strict=True):
            text += (
                f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port}"
                f" CPUs={NODE_CPUS} RealMemory={NODE_MEMORY_MB} State=UNKNOWN\n"
            )
        # LLN: the least loaded node first, so that few jobs use all nodes
        text += "PartitionName=main Nodes=ALL Default=YES MaxTime=01:00:00 LLN=YES State=UP\n"
        (self.folder / "slurm.conf").write_text(text, encoding="utf-8")
        # The executor starts a job's work by srun with its SLURM_ variables taken away, after
        # which srun would look for /etc/slurm, which belongs to the machine.
        srun = self.folder / "bin" / "srun"
        srun.write_text(
            f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {_path("srun")} "$@"\n',
            encoding="utf-8",
        )
        srun.chmod(0o755)

    def _start_munge(self) -> None:
        home = self.folder / "munge"
        key = home / "key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(1024))
        for path in (home, key):
            shutil.chown(path, "munge", "munge")
        options = [f"--{name}-file={home / name}" for name in ("key", "pid", "seed", "log")]
        user = ("--reuid=munge", "--regid=munge", "--clear-groups")
        munged = ("munged", "--foreground", *options, f"--socket={home / 'socket'}")
        self._daemon("munged", *munged, privileges=user)
        self.wait((home / "socket").is_socket, "socket of munge")

    def _daemon(self, name: str, *command: str, privileges: Sequence[str] = ()) -> None:
        """Start a child in the foreground, which ends when this process does, however it ends."""
        limits = [_path("setpriv"), *privileges, "--pdeathsig=TERM"]
        with (self.folder / "log" / f"{name}.log").open("ab") as log:
            self._daemons[name] = subprocess.Popen(
                [*limits, _path(command[0]), *command[1:]],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )

    def _stop_daemon(self, name: str) -> None:
        daemon = self._daemons.pop(name)
        daemon.terminate()
        try:
            daemon.wait(timeout=15)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def _end_jobs(self) -> None:
        try:
            open_jobs = [str(job.number) for job in self.jobs() if not job.ended]
            if open_jobs:
                self.run("scancel", *open_jobs)
                self.wait(lambda: all(job.ended for job in self.jobs()), "end of all jobs", 20)
        except (RuntimeError, subprocess.TimeoutExpired):
            # the controller does not answer: end what its nodes started
            own = {daemon.pid for daemon in self._daemons.values()}
            _kill(self._processes(lambda process: process.number not in own))

    def logs(self, end: int = 0) -> str:
        """Give what the daemons have written, of each the last characters or all for 0."""
        texts = [
            f"{path.name}: {path.read_text(encoding='utf-8', errors='replace')[-end:]}"
            for path in sorted((self.folder / "log").glob("*.log"))
        ]
        return "\n".join(texts)


def _job(line: str) -> Job:
    number, state, node, comment, memory, restarts, *times = map(str.strip, line.split("|"))
    unit = {"M": 1, "G": 1024}[memory[-1]]
    rules = comment.removeprefix("rule_").removeprefix("group_").split("_wildcards_")[0]
    ended = state in _END_STATES and "N/A" not in times
    start, end = map(datetime.fromisoformat, times) if ended else (datetime.min, datetime.min)
    return Job(
        number=int(number),
        state=state,
        node=node,
        rules=rules,
        memory_mb=int(float(memory[:-1]) * unit),
        restarts=int(restarts),
        seconds=(end - start).total_seconds(),
    )


def _read_process(entry: Path) -> _Process | None:
    """A process by its entry in /proc; None if it ended meanwhile, or is the one that looks."""
    if int(entry.name) == os.getpid():
        return None
    try:
        command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        environment = b"\0" + (entry / "environ").read_bytes()
    except OSError:
        return None
    return _Process(int(entry.name), command.strip(), environment) if command else None


def _kill(processes: Sequence[_Process]) -> None:
    for one in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one.number, signal.SIGKILL)


def _path(command: str) -> str:
    return shutil.which(command, path=os.pathsep.join([os.environ.get("PATH", ""), _SBIN])) or ""


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()
