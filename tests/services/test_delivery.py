"""Owed messages leave once, in order, and only while they are true, whatever breaks on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from scheduler.config import ROOT
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.hand_over import ATTEMPTS, Circuit, HandOver
from scheduler.domain.letter import Letter
from scheduler.domain.link import LinkPurpose
from scheduler.domain.notification import Channel
from scheduler.domain.visit import Visit
from scheduler.persistence import appointments, links, visits
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.people import RelatedPersonRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import changing, delivery, private_links
from scheduler.services.delivery import LEASE, SENDING_LEASE, Drained, drain
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from scheduler.services.settling import GRACE
from scheduler.worker.mail import Mailer
from tests.databases import Table
from tests.engines import NOW, OWNER, open_house
from tests.letters import a_helper
from tests.post import (
    ACCEPTED,
    BASE_URL,
    DEFERRED,
    REFUSED,
    SENDER,
    UNREACHABLE,
    UNSURE,
    Tray,
    book,
    invite_of,
    later,
    move,
    outbox_of,
    parsed,
    reap,
    room_of,
    states,
)


def send(room: PostRoom) -> Drained:
    return drain(room, Circuit())


def written(tray: Tray) -> list[bytes]:
    """What was posted, with its lines joined again."""
    return [message.replace(b"=\r\n", b"") for _, message in tray.posted]


def cancel(house: House, visit: Visit) -> None:
    changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, NOW)


def called_for(house: House) -> list[tuple[str, int | None]]:
    with house.database.reading() as connection:
        rows = connection.execute(select(WorklistRow.kind, WorklistRow.appointment_id))
        return [(row.kind, row.appointment_id) for row in rows]


class Killed(BaseException):
    """Stands for the end of the process: nobody catches it."""


def die() -> None:
    raise Killed


class TestWhatLeaves:
    """The right mail to the right reader."""

    def test_a_confirmation_reaches_the_patient_with_links_that_open(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house)
        assert send(room).sent == 1
        ((address, message),) = tray.posted
        assert address == visit.patient.email
        text = parsed(message).get_body(("plain",)).get_content()  # type: ignore[union-attr]
        secret = text.partition(f"{BASE_URL}/my/")[2].split()[0]
        with house.database.reading() as connection:
            found = links.find(connection, secret, LinkPurpose.MANAGE, NOW)
        assert found is not None
        assert found.appointment_id == visit.appointment.id

    def test_what_was_sent_leaves_no_bytes_behind(self, house: House, room: PostRoom) -> None:
        book(house)
        send(room)
        (row,) = outbox_of(house)
        assert (row.state, row.attempts, row.rendered, row.reason) == ("sent", 1, None, None)
        assert send(room).handled == 0

    def test_a_helper_gets_a_mail_and_an_invitation_of_their_own(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house, helper=a_helper())
        assert send(room).sent == 2
        assert [address for address, _ in tray.posted] == [visit.patient.email, "rosa@example.com"]
        for mail, address in zip(tray.mails, (visit.patient.email, "rosa@example.com"), strict=True):
            assert mail["To"] == address
            assert invite_of(mail).count(b"ATTENDEE") == 1
            assert f"mailto:{address}".encode() in invite_of(mail).replace(b"\r\n ", b"")

    def test_every_mail_of_a_visit_belongs_to_one_thread(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house)
        send(room)
        moved = move(house, visit, OWNER)
        send(room)
        cancel(house, moved)
        send(room)
        first, second, third = tray.mails
        assert first["References"] is None
        assert second["References"] == third["In-Reply-To"] == first["Message-ID"]
        assert len({mail["Message-ID"] for mail in tray.mails}) == 3

    def test_the_invitations_of_a_visit_count_up(self, house: House, room: PostRoom, tray: Tray) -> None:
        visit = book(house)
        send(room)
        cancel(house, move(house, visit, OWNER))
        send(room)
        lines = [invite_of(mail).split(b"\r\n") for mail in tray.mails]
        assert [next(x for x in each if x.startswith(b"SEQUENCE")) for each in lines] == [
            b"SEQUENCE:0",
            b"SEQUENCE:2",
        ]
        stamps = [next(x for x in each if x.startswith(b"DTSTAMP")) for each in lines]
        assert stamps == sorted(set(stamps))
        assert len({next(x for x in each if x.startswith(b"UID")) for each in lines}) == 1

    def test_links_are_sent_as_they_are_now(self, house: House, room: PostRoom, tray: Tray) -> None:
        visit = book(house)
        send(room)
        private_links.send_again(house, OWNER, NOW, phone=visit.patient.phone)
        private_links.renew(house, visit.appointment.id, OWNER, NOW)
        send(room)
        send(room)
        fresh = private_links.of_visit(house, visit.appointment.id)[LinkPurpose.MANAGE]
        assert fresh.encode() in tray.posted[-1][1].replace(b"=\r\n", b"")
        assert tray.subjects[1:] == ["The links for your visit"]

    @pytest.mark.parametrize("answer", [DEFERRED, UNSURE, UNREACHABLE])
    def test_a_mail_that_waits_for_another_try_forgets_the_links_that_were_renewed(
        self, house: House, room: PostRoom, tray: Tray, answer: HandOver
    ) -> None:
        visit = book(house)
        private_links.send_again(house, OWNER, NOW, phone=visit.patient.phone)
        old = private_links.of_visit(house, visit.appointment.id)[LinkPurpose.MANAGE].encode()
        tray.answers = [answer]
        send(room)
        assert old in written(tray)[0]
        private_links.renew(house, visit.appointment.id, OWNER, NOW)
        after = later(room, hours=1)
        for _ in range(3):
            reap(after)
            send(after)
        new = private_links.of_visit(house, visit.appointment.id)[LinkPurpose.MANAGE].encode()
        assert [(old in mail, new in mail) for mail in written(tray)[1:]] == [(False, True)] * 2
        assert states(house) == [("confirmation", "sent"), ("links", "cancelled"), ("links", "sent")]

    def test_links_renewed_between_writing_and_leaving_do_not_leave(self, house: House, tray: Tray) -> None:
        visit = book(house)
        old = private_links.of_visit(house, visit.appointment.id)[LinkPurpose.MANAGE].encode()
        written_before: list[bytes] = []

        class Slow(Mailer):
            def write(self, letter: Letter) -> bytes:
                mail = super().write(letter)
                if not written_before:
                    written_before.append(mail)
                    private_links.renew(house, visit.appointment.id, OWNER, NOW)
                return mail

        room = replace(room_of(house, tray), carrier=Slow(tray, SENDER, BASE_URL))
        assert send(room).dropped == 1
        assert tray.posted == []
        for _ in range(2):
            send(room)
        assert tray.subjects == ["Your visit is booked", "The links for your visit"]
        assert not any(old in mail for mail in written(tray))

    def test_what_is_due_later_waits(self, house: House, room: PostRoom, tray: Tray) -> None:
        book(house)
        assert send(later(room, minutes=-5)).handled == 0
        assert tray.posted == []

    def test_the_round_says_when_the_next_message_is_due(self, house: House, room: PostRoom) -> None:
        assert send(room).idle_for is None
        book(house)
        early = send(later(room, minutes=-5)).idle_for
        assert early is not None
        assert timedelta(minutes=4) < early < timedelta(minutes=5)


class TestOrder:
    """The last mail a person gets is the true one."""

    def test_a_change_before_the_first_mail_leaves_only_the_last_word(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house)
        cancel(house, move(house, visit, OWNER))
        send(room)
        assert tray.subjects == ["Your visit is cancelled"]
        assert states(house) == [
            ("confirmation", "cancelled"),
            ("moved", "cancelled"),
            ("cancelled", "sent"),
        ]

    def test_a_request_that_waits_for_another_try_never_follows_its_cancellation(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house)
        tray.answers = [DEFERRED]
        send(room)
        cancel(house, visit)
        for hours in range(6):
            send(later(room, hours=hours))
        assert tray.subjects == ["Your visit is booked", "Your visit is cancelled"]

    def test_nothing_overtakes_a_mail_whose_fate_is_unknown(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit, other = book(house), book(house)
        tray.answers = [UNSURE]
        send(room)
        cancel(house, visit)
        send(room)
        assert states(house)[0] == ("confirmation", "unknown")
        assert tray.subjects == ["Your visit is booked", "Your visit is booked"]
        after = later(room, seconds=GRACE[Channel.EMAIL].total_seconds() + 1)
        reap(after)
        send(after)
        send(after)
        assert tray.subjects[2:] == ["Your visit is cancelled"]
        assert states(house)[0] == ("confirmation", "cancelled")
        assert other.appointment.id != visit.appointment.id

    def test_a_later_mail_waits_for_an_earlier_one_to_the_same_reader_alone(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house, helper=a_helper())
        tray.answers = [DEFERRED]
        send(room)
        private_links.renew(house, visit.appointment.id, OWNER, NOW)
        send(room)
        assert [address for address, _ in tray.posted[2:]] == ["rosa@example.com"]

    def test_a_change_between_writing_and_leaving_stops_the_mail(self, house: House, tray: Tray) -> None:
        visit = book(house)

        class Slow(Mailer):
            def write(self, letter: Letter) -> bytes:
                written = super().write(letter)
                if letter.visit.appointment.sequence == 0:
                    cancel(house, visit)
                return written

        room = replace(room_of(house, tray), carrier=Slow(tray, SENDER, BASE_URL))
        assert send(room).dropped == 1
        assert tray.posted == []
        send(room)
        assert tray.subjects == ["Your visit is cancelled"]

    def test_too_late_is_said_and_not_sent(self, house: House, room: PostRoom, tray: Tray) -> None:
        visit = book(house)
        after = later(room, seconds=(visit.appointment.end - NOW).total_seconds())
        assert send(after).dropped == 1
        (row,) = outbox_of(house)
        assert (row.state, row.reason) == ("expired", "too late")
        assert tray.posted == []

    def test_an_address_taken_back_meanwhile_gets_no_mail(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house)
        silent = replace(visit.patient, email=None)
        sealed = visits.seal_details(house.vault, visit.appointment.uid, silent, None)
        with house.database.transaction() as connection:
            appointments.reseal(connection, visit.appointment.id, sealed)
        assert send(room).dropped == 1
        assert [(row.state, row.reason) for row in outbox_of(house)] == [("suppressed", "no-address")]
        assert tray.posted == []

    def test_a_helper_whom_the_patient_left_out_meanwhile_gets_no_copy(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house, helper=a_helper())
        with house.database.transaction() as connection:
            connection.execute(update(RelatedPersonRow).values(may_be_told=False))
        send(room)
        assert [recipient for recipient, _ in tray.posted] == [visit.patient.email]
        assert [(row.recipient, row.state, row.reason) for row in outbox_of(house)] == [
            ("patient", "sent", None),
            ("helper", "suppressed", "helper-not-told"),
        ]


class TestTrouble:
    """A post office may say not now, never, nothing at all, or not be there."""

    def test_not_now_is_tried_again_with_the_same_bytes(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        book(house)
        tray.answers = [DEFERRED, DEFERRED]
        assert send(room).later == 1
        assert send(room).handled == 0
        send(later(room, minutes=5))
        send(later(room, minutes=30))
        assert len(tray.posted) == 3
        assert len(set(tray.posted)) == 1
        assert [(row.state, row.attempts) for row in outbox_of(house)] == [("sent", 3)]

    def test_the_bytes_that_wait_are_sealed(
        self, house: House, room: PostRoom, tray: Tray, tables_of: Callable[[str], Table]
    ) -> None:
        visit = book(house)
        tray.answers = [DEFERRED]
        send(room)
        kept = repr(tables_of("outbox"))
        secret = private_links.of_visit(house, visit.appointment.id)[LinkPurpose.MANAGE]
        for known in (visit.patient.email, visit.patient.family_name, secret, "BEGIN:VCALENDAR", "El Paso"):
            assert str(known) not in kept

    def test_after_eight_tries_a_message_is_given_up(self, house: House, room: PostRoom, tray: Tray) -> None:
        book(house)
        tray.answers = [DEFERRED] * 20
        rounds = [send(later(room, hours=hours)) for hours in range(ATTEMPTS + 2)]
        assert len(tray.posted) == ATTEMPTS
        assert [done.dead for done in rounds].count(1) == 1
        assert [(row.state, row.attempts, row.reason) for row in outbox_of(house)] == [
            ("dead", ATTEMPTS, "smtp 451")
        ]

    def test_never_is_given_up_at_once_and_holds_up_nobody(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        book(house)
        book(house)
        tray.answers = [REFUSED]
        done = send(room)
        assert (done.dead, done.sent) == (1, 1)
        assert [row.state for row in outbox_of(house)] == ["dead", "sent"]
        assert done.troubles[0].reason == "smtp 550"

    def test_a_reader_who_cannot_be_reached_waits_for_the_desk_once(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house)
        tray.answers = [REFUSED]
        send(room)
        assert called_for(house) == [("call-the-patient", visit.appointment.id)]
        for hours in (1, 2):
            private_links.send_again(house, OWNER, NOW + timedelta(hours=hours), phone=visit.patient.phone)
            tray.answers = [REFUSED]
            send(later(room, hours=hours))
        assert called_for(house) == [("call-the-patient", visit.appointment.id)]

    def test_a_post_that_is_away_costs_no_tries_and_is_not_knocked_at_all_the_time(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        for _ in range(3):
            book(house)
        tray.answers = [UNREACHABLE] * 100
        done = send(room)
        assert done.circuit.is_broken
        assert len(tray.posted) == 1
        assert drain(room, done.circuit).handled == 0
        circuit = done.circuit
        for minutes in range(2, 40, 2):
            circuit = drain(later(room, minutes=minutes), circuit).circuit
        assert len(tray.posted) == 20
        assert [(row.state, row.attempts, row.ambiguous) for row in outbox_of(house)] == [
            ("pending", 0, False)
        ] * 3
        assert outbox_of(house)[0].reason == "smtp ConnectionRefusedError"

    def test_what_one_worker_finds_out_about_the_post_all_others_know(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        for _ in range(2):
            book(house)
        tray.answers = [UNREACHABLE]
        assert send(room).circuit.is_broken
        other = drain(room, Circuit())
        assert (other.handled, other.circuit.is_broken, len(tray.posted)) == (0, True, 1)
        assert send(later(room, minutes=2)).circuit == Circuit()
        stale = Circuit(3, NOW + timedelta(days=1))
        assert drain(later(room, minutes=2), stale).sent == 1, "another worker reached it since"

    def test_when_the_post_is_back_everything_leaves(self, house: House, room: PostRoom, tray: Tray) -> None:
        for _ in range(3):
            book(house)
        tray.answers = [UNREACHABLE, UNREACHABLE]
        circuit = send(room).circuit
        circuit = drain(later(room, minutes=1), circuit).circuit
        for minutes in (5, 6):
            circuit = drain(later(room, minutes=minutes), circuit).circuit
        assert circuit == Circuit()
        assert [row.state for row in outbox_of(house)] == ["sent"] * 3

    def test_silence_after_the_text_is_sent_once_more_and_marked(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        book(house)
        tray.answers = [UNSURE]
        send(room)
        reap(room)
        assert states(house) == [("confirmation", "unknown")]
        after = later(room, seconds=GRACE[Channel.EMAIL].total_seconds() + 1)
        reap(after)
        assert send(after).sent == 1
        first, second = tray.posted
        assert first == second
        (row,) = outbox_of(house)
        assert (row.state, row.ambiguous) == ("sent", True)

    def test_silence_twice_is_for_a_person(self, house: House, room: PostRoom, tray: Tray) -> None:
        book(house)
        tray.answers = [UNSURE] * 5
        for hours in range(5):
            reap(later(room, hours=hours))
            send(later(room, hours=hours))
        assert len(tray.posted) == 2
        assert [(row.state, row.reason) for row in outbox_of(house)] == [("dead", "unknown twice")]
        assert [kind for kind, _ in called_for(house)] == ["call-the-patient"]

    def test_a_carrier_that_breaks_leaves_the_fate_unknown_and_the_next_mail_leaves(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        book(house)
        book(house)
        broken = iter([True])

        def break_once() -> None:
            if next(broken, False):
                raise RuntimeError("a defect")

        tray.on_post = break_once
        assert send(room).sent == 1
        assert [row.state for row in outbox_of(house)] == ["unknown", "sent"]

    def test_a_message_that_cannot_be_written_dies_alone(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        poisoned, sound = book(house), book(house)
        with house.database.transaction() as connection:
            spoil = update(AppointmentRow).where(AppointmentRow.id == poisoned.appointment.id)
            connection.execute(spoil.values(sealed=b"rubbish"))
        rounds = [send(later(room, hours=hours)) for hours in range(ATTEMPTS + 2)]
        assert [address for address, _ in tray.posted] == [sound.patient.email]
        assert rounds[0].sent == 1
        assert sum(done.dead for done in rounds) == 1
        assert [(row.state, row.reason) for row in outbox_of(house)] == [
            ("dead", "unwritten SealBroken"),
            ("sent", None),
        ]


class TestCrashes:
    """A worker may die at any point; another finishes its work, and doubts are marked, never guessed away."""

    def test_a_worker_that_dies_before_the_gate_loses_nothing(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        book(house)

        class Dying(Mailer):
            def write(self, letter: Letter) -> bytes:
                raise Killed

        with pytest.raises(Killed):
            send(replace(room, carrier=Dying(tray, SENDER, BASE_URL)))
        assert states(house) == [("confirmation", "claimed")]
        reap(room)
        assert send(room).handled == 0
        after = later(room, seconds=LEASE.total_seconds() + 1)
        reap(after)
        assert send(after).sent == 1
        assert [(row.attempts, row.ambiguous) for row in outbox_of(house)] == [(1, False)]

    def test_a_worker_that_dies_in_the_hand_over_leaves_a_doubt_that_is_marked(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        book(house)
        tray.on_post = die
        with pytest.raises(Killed):
            send(room)
        assert states(house) == [("confirmation", "sending")]
        tray.on_post = lambda: None
        after = later(room, seconds=SENDING_LEASE.total_seconds() + 1)
        delivery.reap(after)
        assert states(house) == [("confirmation", "unknown")]
        reap(after)
        assert send(after).sent == 1
        first, second = tray.posted
        assert first == second
        assert [(row.state, row.ambiguous) for row in outbox_of(house)] == [("sent", True)]

    def test_a_worker_that_was_thought_dead_does_not_send_what_another_took(
        self, house: House, tray: Tray
    ) -> None:
        """It sleeps between writing and leaving; meanwhile its lease runs out and another worker sends."""
        book(house)
        awake = room_of(house, tray)

        class Sleeping(Mailer):
            def write(self, letter: Letter) -> bytes:
                after = later(awake, seconds=LEASE.total_seconds() + 1)
                reap(after)
                assert send(after).sent == 1
                return super().write(letter)

        done = send(replace(awake, carrier=Sleeping(tray, SENDER, BASE_URL)))
        assert done.dropped == 1
        assert len(tray.posted) == 1

    def test_an_answer_that_comes_after_the_lease_still_counts(self, house: House, tray: Tray) -> None:
        book(house)
        room = room_of(house, tray)
        tray.on_post = lambda: _reap_twice(later(room, seconds=SENDING_LEASE.total_seconds() + 1))
        assert send(room).sent == 1
        assert [row.state for row in outbox_of(house)] == ["sent"]
        tray.on_post = lambda: None
        assert send(later(room, hours=1)).handled == 0

    def test_asked_to_stop_it_gives_back_what_it_only_took(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        for _ in range(3):
            book(house)
        done = drain(room, Circuit(), stop=lambda: len(tray.posted) == 1)
        assert (done.sent, done.later) == (1, 2)
        assert [(row.state, row.attempts) for row in outbox_of(house)] == [
            ("sent", 1),
            ("pending", 0),
            ("pending", 0),
        ]
        assert send(room).sent == 2

    def test_workers_at_once_send_each_message_once(self, house: House) -> None:
        for _ in range(24):
            book(house)
        trays = [Tray() for _ in range(4)]
        start = threading.Barrier(len(trays))

        def work(tray: Tray) -> None:
            room = room_of(house, tray)
            start.wait()
            while send(room).handled:
                pass

        workers = [threading.Thread(target=work, args=(tray,)) for tray in trays]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        sent = Counter(address for tray in trays for address, _ in tray.posted)
        assert len(sent) == 24
        assert set(sent.values()) == {1}
        assert {row.state for row in outbox_of(house)} == {"sent"}

    def test_a_process_killed_in_the_hand_over_is_found_out(
        self, house: House, founded_url: str, tmp_path: Path, tray: Tray
    ) -> None:
        """A real process and a real SIGKILL: the message is out, and nobody was told."""
        book(house)
        sink = tmp_path / "sink"
        program = subprocess.run(
            [sys.executable, "-m", "tests.services.test_delivery", founded_url, str(sink)],
            cwd=ROOT,
            check=False,
            timeout=60,
        )
        assert program.returncode == -signal.SIGKILL
        assert states(house) == [("confirmation", "sending")]
        after = later(room_of(house, tray), seconds=SENDING_LEASE.total_seconds() + 1)
        _reap_twice(after)
        assert send(after).sent == 1
        assert tray.posted[0][1] == sink.read_bytes()
        assert outbox_of(house)[0].ambiguous


def _reap_twice(room: PostRoom) -> None:
    reap(room)
    reap(room)


class _DeadlyOffice:
    """Delivers a mail and takes the process down before it can say so."""

    def __init__(self, sink: Path) -> None:
        self._sink = sink

    def post(self, message: bytes, sender: str, recipient: str) -> HandOver:
        self._sink.write_bytes(message)
        os.kill(os.getpid(), signal.SIGKILL)
        return ACCEPTED


def main(url: str, sink: str) -> None:
    """The worker that the test above starts and that does not live long."""

    drain(room_of(open_house(url), _DeadlyOffice(Path(sink))), Circuit())


if __name__ == "__main__":
    main(*sys.argv[1:])
