import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tradeplat.core.errors import BadInput, Denied
from tradeplat.core.lease import Lease, lease_file

SRC = Path(__file__).resolve().parents[2] / "src"
HOLD = """
import sys, time
from pathlib import Path
from tradeplat.core.lease import Lease
with Lease(Path(sys.argv[1]), "PA1"):
    print("held", flush=True)
    time.sleep(60)
"""


def held_elsewhere(file: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", HOLD, str(file)]
    env = {**os.environ, "PYTHONPATH": str(SRC)}
    other = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=env)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def test_another_process_is_refused_by_name_until_the_holder_is_killed(tmp_path: Path) -> None:
    file = lease_file(tmp_path, "PA1")
    other = held_elsewhere(file)
    try:
        with pytest.raises(Denied, match=rf"NO_LEASE: account PA1 .*pid {other.pid}"):
            Lease(file, "PA1").take()
        other.send_signal(signal.SIGSTOP)
        with pytest.raises(Denied, match="NO_LEASE"):
            Lease(file, "PA1").take()
    finally:
        other.kill()
        other.communicate()
    with Lease(file, "PA1") as lease:
        assert lease.held
        assert file.read_text() == f"pid {os.getpid()}\n"


def test_a_disk_without_room_for_a_name_keeps_nobody_from_his_account(tmp_path: Path) -> None:
    file = lease_file(tmp_path, "PA1")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with Lease(file, "PA1") as lease:
            assert lease.held
            with pytest.raises(Denied, match="unnamed"):
                Lease(file, "PA1").take()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, told)


def test_two_owners_in_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    file = lease_file(tmp_path, "PA1")
    with Lease(file, "PA1") as lease:
        lease.take()
        with pytest.raises(Denied):
            Lease(file, "PA1").take()
    assert not lease.held
    lease.free()
    with Lease(file, "PA1"):
        pass  # free again


def test_a_lease_whose_file_was_taken_away_is_no_longer_held(tmp_path: Path) -> None:
    with Lease(lease_file(tmp_path, "PA1"), "PA1") as lease:
        assert lease.held
        lease.file.unlink()
        assert not lease.held
        with Lease(lease.file, "PA1") as second:
            assert second.held
            assert not lease.held


def test_only_what_carries_the_present_epoch_is_obeyed(tmp_path: Path) -> None:
    with Lease(lease_file(tmp_path, "PA1"), "PA1") as lease:
        assert not lease.current(1)
        lease.begin(7)
        assert lease.current(7)
        assert not lease.current(6)
        with pytest.raises(Denied, match="epoch 7 of PA1 is not after 7"):
            lease.begin(7)
    assert not lease.current(7)


@pytest.mark.parametrize("account", ["../../etc/x", "a/b", "", "ü", "x" * 500, "A B"])
def test_no_account_name_leads_out_of_the_folder(tmp_path: Path, account: str) -> None:
    assert lease_file(tmp_path, account).parent == tmp_path
    with Lease(lease_file(tmp_path, account), account) as lease:
        assert lease.held


def test_accounts_do_not_share_a_lease(tmp_path: Path) -> None:
    files = {lease_file(tmp_path, account) for account in ("PA1", "PA2", "a/b", "a.b", "")}
    assert len(files) == 5


def test_a_place_where_no_file_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with pytest.raises(BadInput, match=r"plain/PA1\.lease: cannot be the lease of PA1"):
        Lease(lease_file(tmp_path / "plain", "PA1"), "PA1").take()
