"""The mailbox is read to its end: each mail once, in order, in little memory, whatever one of them does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from scheduler.domain.mailbox_address import MailboxAddress
from scheduler.persistence import mailboxes
from scheduler.persistence.inbox import InboundMailRow
from scheduler.services import mailbox_reading, replies
from scheduler.services.house import House
from scheduler.services.mailbox_reading import LEASE, Looked, Mailbox
from scheduler.services.replies import Trust
from scheduler.worker.mailbox import ImapBox, Maildir
from tests.answer_corpus import ANA, OWN, SERVER, letter, nested, of_any_sort
from tests.engines import NOW
from tests.imap_server import ImapServer
from tests.memory import resident
from tests.odd_imap import OddImap
from tests.services.test_replies import on_the_list

TRUST = Trust(OWN, SERVER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty Maildir."""
    for name in ("cur", "new", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def mailbox(folder: Path) -> Mailbox:
    return Mailbox(MailboxAddress.parse(str(folder)).name, lambda: Maildir(folder), TRUST)


def drop(folder: Path, name: str, content: bytes) -> Path:
    """Put a mail into the mailbox as a mail server does."""
    path = folder / "new" / name
    path.write_bytes(content)
    return path


def look(house: House, box: Mailbox, now: datetime = NOW, stop: Callable[[], bool] = bool) -> Looked | None:
    return mailbox_reading.look(house, box, lambda: now, stop)


def count(house: House) -> int:
    with house.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(InboundMailRow)).scalar_one())


class TestMaildir:
    def test_each_mail_is_read_once_and_marked_as_seen(self, house: House, folder: Path) -> None:
        drop(folder, "1.a.host", letter("First"))
        drop(folder, "2.b.host", letter("Second"))
        assert look(house, mailbox(folder)) == Looked({"to-read": 2})
        assert look(house, mailbox(folder)) == Looked({})
        assert sorted(path.name for path in (folder / "cur").iterdir()) == ["1.a.host:2,S", "2.b.host:2,S"]
        assert count(house) == 2

    def test_what_another_program_only_looked_at_is_read_too(self, house: House, folder: Path) -> None:
        (folder / "cur" / "1.a.host:2,F").write_bytes(letter("First"))
        assert look(house, mailbox(folder)) == Looked({"to-read": 1})
        assert [path.name for path in (folder / "cur").iterdir()] == ["1.a.host:2,FS"]

    def test_a_crash_before_the_mark_reads_it_again_and_does_nothing_twice(
        self, house: House, folder: Path
    ) -> None:
        path = drop(folder, "1.a.host", letter("First"))
        look(house, mailbox(folder))
        drop(folder, path.name, letter("First"))
        assert look(house, mailbox(folder)) == Looked({"repeated": 1})
        assert count(house) == 1

    def test_links_pipes_and_folders_are_not_mails(self, house: House, folder: Path) -> None:
        (folder / "new" / "link").symlink_to("/etc/passwd")
        os.mkfifo(folder / "new" / "pipe")
        (folder / "new" / "folder").mkdir()
        assert look(house, mailbox(folder)) == Looked({})

    def test_a_large_mail_is_read_by_its_beginning(self, house: House, folder: Path) -> None:
        drop(folder, "1.a.host", letter("x" * 5_000_000))
        assert look(house, mailbox(folder)) == Looked({"to-read": 1})

    def test_a_folder_that_went_away_is_a_failure_that_is_seen(self, house: House, folder: Path) -> None:
        box = mailbox(folder)
        look(house, box)
        (folder / "new").rmdir()
        assert look(house, box, NOW + timedelta(minutes=1)) == Looked({}, "FileNotFoundError")
        found = mailbox_reading.freshness(house)
        assert found is not None
        assert (found.looked_at, found.failed_at) == (NOW, NOW + timedelta(minutes=1))
        assert found.failure == "FileNotFoundError"


class TestPoison:
    def test_a_mail_that_breaks_its_reader_stops_no_other(
        self, house: House, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = replies.receive

        def break_on_one(house: House, trust: Trust, raw: bytes, now: datetime, **more: Any) -> Any:
            if b"poison" in raw:
                raise ZeroDivisionError
            return real(house, trust, raw, now, **more)

        monkeypatch.setattr(replies, "receive", break_on_one)
        for number, words in enumerate(("before", "poison", "after")):
            drop(folder, f"{number}.host", letter(words))
        assert look(house, mailbox(folder)) == Looked({"to-read": 2, "refused": 1})

    def test_a_mail_that_kills_its_reader_three_times_is_passed_over(
        self, house: House, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drop(folder, "1.host", letter("poison"))
        drop(folder, "2.host", letter("after"))
        real = replies.receive

        def die(house: House, trust: Trust, raw: bytes, now: datetime, **more: Any) -> Any:
            if b"poison" in raw:
                raise KeyboardInterrupt
            return real(house, trust, raw, now, **more)

        monkeypatch.setattr(replies, "receive", die)
        for turn in range(3):
            with pytest.raises(KeyboardInterrupt):
                look(house, mailbox(folder), NOW + turn * LEASE)
        assert look(house, mailbox(folder), NOW + 3 * LEASE) == Looked({"refused": 1, "to-read": 1})
        assert [item.note["because"] for item in on_the_list(house)] == ["broken", "words"]

    def test_a_database_that_is_away_costs_no_mail_its_turn(
        self, house: House, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drop(folder, "1.host", letter("hello"))

        def away(*_: object, **__: object) -> None:
            raise OperationalError("", {}, Exception("away"))

        with monkeypatch.context() as broken:
            broken.setattr(replies, "receive", away)
            for _ in range(5):
                with pytest.raises(OperationalError):
                    look(house, mailbox(folder))
        assert look(house, mailbox(folder)) == Looked({"to-read": 1})

    @pytest.mark.parametrize("levels", [9, 60, 3000])
    def test_a_nest_of_parts_is_refused_and_the_next_mail_read(
        self, house: House, folder: Path, levels: int
    ) -> None:
        drop(folder, "1.host", nested(levels))
        drop(folder, "2.host", letter("after"))
        assert look(house, mailbox(folder)) == Looked({"refused": 1, "to-read": 1})


def test_one_worker_reads_at_a_time(house: House, folder: Path) -> None:
    drop(folder, "1.host", letter("hello"))
    box = mailbox(folder)
    with house.database.transaction() as connection:
        assert mailboxes.claim(connection, box.name, "another", NOW, NOW + LEASE)
    assert look(house, box) is None
    assert look(house, box, NOW + LEASE) == Looked({"to-read": 1})


def test_a_worker_that_stops_leaves_the_rest_for_the_next(house: House, folder: Path) -> None:
    for number in range(4):
        drop(folder, f"{number}.host", letter(f"mail {number}"))
    turns = iter([False, False, True])
    assert look(house, mailbox(folder), stop=lambda: next(turns)) == Looked({"to-read": 2})
    found = mailbox_reading.freshness(house)
    assert found is not None
    assert found.looked_at is None
    assert look(house, mailbox(folder)) == Looked({"to-read": 2})


MANY, OF_THEM_LARGE = 600, 60


def test_many_mails_are_worked_through_in_little_memory(sqlite_house: House, folder: Path) -> None:
    """Nearly twice what memory may grow by passes through; ten thousand mails do so in `./dev bench inbox`."""
    for number in range(MANY):
        drop(folder, f"{number:05d}.host", of_any_sort(number, MANY // OF_THEM_LARGE))
    taken: list[int] = []

    def watch() -> bool:
        taken.append(resident())
        return False

    looked = look(sqlite_house, mailbox(folder), stop=watch)
    assert looked is not None
    assert sum(looked.counts.values()) == MANY
    assert looked.failure == ""
    assert not any((folder / "new").iterdir())
    assert max(taken) - taken[MANY // 6] < 30_000_000


class TestImap:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[ImapServer]:
        """Dovecot with one mailbox, on a port of its own; without it the reason is said."""
        with ImapServer.started(tmp_path / "imap") as server:
            yield server

    def box(self, server: ImapServer) -> Mailbox:
        address = MailboxAddress.parse(server.url)
        return Mailbox(address.name, lambda: ImapBox(address, server.tls), TRUST)

    def test_each_mail_is_fetched_once_by_its_number(self, house: House, server: ImapServer) -> None:
        server.deliver(letter("First"), letter("Second"))
        assert look(house, self.box(server)) == Looked({"to-read": 2})
        server.deliver(letter("Third"))
        assert look(house, self.box(server)) == Looked({"to-read": 1})
        assert look(house, self.box(server)) == Looked({})
        assert server.unseen() == 0

    def test_a_mail_that_somebody_read_before_us_is_read_all_the_same(
        self, house: House, server: ImapServer
    ) -> None:
        server.deliver(letter("First"))
        server.see_everything()
        assert look(house, self.box(server)) == Looked({"to-read": 1})

    def test_a_large_mail_is_fetched_by_its_beginning(self, house: House, server: ImapServer) -> None:
        server.deliver(letter("x" * 3_000_000, sender=f"Ana <{ANA}>"))
        assert look(house, self.box(server)) == Looked({"to-read": 1})

    def test_numbers_with_gaps_and_more_than_a_window_of_them(
        self, house: House, server: ImapServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("scheduler.worker.mailbox.WINDOW", 3)
        server.deliver(*(letter(f"mail {number}", sender=f"a{number}@example.com") for number in range(10)))
        server.delete(2, 3, 4, 5, 6)
        assert look(house, self.box(server)) == Looked({"to-read": 5})

    def test_a_wrong_password_is_a_failure_without_its_words(self, house: House, server: ImapServer) -> None:
        address = MailboxAddress.parse(server.url.replace("secret", "wrong"))
        box = Mailbox(address.name, lambda: ImapBox(address, server.tls), TRUST)
        assert look(house, box) == Looked({}, "error")

    def test_a_certificate_that_nobody_signed_is_refused(self, house: House, server: ImapServer) -> None:
        address = MailboxAddress.parse(server.url)
        box = Mailbox(address.name, lambda: ImapBox(address), TRUST)
        assert look(house, box) == Looked({}, "SSLCertVerificationError")


class TestOddServers:
    """What servers leave out or say wrongly (RFC 9051, 2.3.1.1 and 6.3.2)."""

    def box(self, server: OddImap) -> Mailbox:
        address = MailboxAddress.parse(server.url)
        return Mailbox(address.name, lambda: ImapBox(address), TRUST)

    @pytest.mark.parametrize("uid_next", [None, "0", "1", "4294967295"])
    @pytest.mark.parametrize("chatters", [False, True])
    def test_no_next_uid_or_a_wrong_one_makes_no_difference(
        self, sqlite_house: House, uid_next: str | None, chatters: bool
    ) -> None:
        server = OddImap({3: letter("First"), 9: letter("Second")}, uid_next=uid_next, chatters=chatters)
        with server.running():
            assert look(sqlite_house, self.box(server)) == Looked({"to-read": 2})
            server.mails[12] = letter("Third")
            assert look(sqlite_house, self.box(server)) == Looked({"to-read": 1})
            assert look(sqlite_house, self.box(server)) == Looked({})

    def test_an_empty_mailbox_is_no_failure(self, sqlite_house: House) -> None:
        with OddImap().running() as server:
            assert look(sqlite_house, self.box(server)) == Looked({})

    def test_a_mailbox_numbered_anew_is_read_again_and_nothing_done_twice(self, sqlite_house: House) -> None:
        server = OddImap({5: letter("First"), 6: letter("Second")})
        with server.running():
            look(sqlite_house, self.box(server))
            server.validity = "78"
            server.mails = {1: letter("First"), 2: letter("Second"), 3: letter("Third")}
            assert look(sqlite_house, self.box(server)) == Looked({"repeated": 2, "to-read": 1})
            assert look(sqlite_house, self.box(server)) == Looked({})

    def test_what_came_before_our_record_begins_is_left_alone_when_the_numbers_begin_anew(
        self, sqlite_house: House
    ) -> None:
        server = OddImap({1: letter("Old"), 2: letter("New")}, came={1: "long ago"})
        with server.running():
            assert look(sqlite_house, self.box(server)) == Looked({"to-read": 1})
        assert "UID SEARCH SINCE 15-Jun-2026" in server.asked

    def test_a_gap_of_millions_of_numbers_is_one_question(self, sqlite_house: House) -> None:
        server = OddImap({1: letter("First"), 4_000_000_000: letter("Last")})
        with server.running():
            assert look(sqlite_house, self.box(server)) == Looked({"to-read": 2})
        assert len(server.asked) < 30

    def test_a_mail_that_the_server_itself_cannot_read_does_not_stop_the_line(
        self, sqlite_house: House
    ) -> None:
        server = OddImap(
            {1: letter("First"), 2: letter("Second"), 3: letter("Third")}, spoiled=frozenset({2})
        )
        with server.running():
            box = self.box(server)
            looks = [look(sqlite_house, box) for _ in range(4)]
        assert looks[:3] == [
            Looked({"to-read": 1}, "MailboxFault"),
            Looked({}, "MailboxFault"),
            Looked({}, "MailboxFault"),
        ]
        assert looks[3] == Looked({"refused": 1, "to-read": 1})

    def test_a_server_without_lasting_numbers_is_a_failure_that_is_seen(self, sqlite_house: House) -> None:
        with OddImap({1: letter("First")}, validity=None).running() as server:
            assert look(sqlite_house, self.box(server)) == Looked({}, "MailboxFault")


def test_a_server_that_is_away_is_a_failure(house: House) -> None:
    address = MailboxAddress.parse("imap://ana:secret@127.0.0.1:1/INBOX")
    box = Mailbox(address.name, lambda: ImapBox(address), TRUST)
    assert look(house, box) == Looked({}, "ConnectionRefusedError")
