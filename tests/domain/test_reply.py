"""Every answer of the corpus gets its verdict: the big four act, and what is stale, forged or broken does nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain import incoming_mail, reply
from scheduler.domain.incoming_mail import CalendarPart, Unreadable
from scheduler.domain.reply import Invited, Judgement, NoAnswer, Reason, Verdict
from tests.answer_corpus import ANA, NOW, OWN, SERVER, SHAPES, START, UID, Said, Shape, bare, gmail, ics

REAL = (
    b"mx.clinic.example.com; dkim=pass header.d=example.com;\r\n"
    b"\tdmarc=pass (p=none dis=none) header.from=example.com"
)
"""What our own server says on top of a mail of the corpus."""

INVITED = Invited(sequence=0, addresses=frozenset({ANA, "rosa@example.com"}), is_ahead=True)


def judged(raw: bytes, invited: Invited | None = INVITED, server: str = SERVER) -> Judgement:
    """What a mail comes to, by the same steps as in the house."""
    try:
        mail = incoming_mail.read(raw, server, OWN)
        answer = reply.answer_in(mail.calendars)
    except (NoAnswer, Unreadable) as none:
        return Judgement(Verdict.REFUSED, str(none))
    known = invited if answer.uid == UID else None
    return reply.judge(answer, known, sender=mail.sender, vouched=mail.vouched, own_address=OWN, now=NOW)


def shapes() -> list[object]:
    return [pytest.param(shape, id=name) for name, shape in SHAPES.items()]


@pytest.mark.parametrize("shape", shapes())
@pytest.mark.parametrize(
    ("word", "verdict"),
    [("ACCEPTED", Verdict.ACCEPTED), ("TENTATIVE", Verdict.TENTATIVE), ("DECLINED", Verdict.DECLINED)],
)
def test_an_answer_of_every_calendar_is_understood(shape: Shape, word: str, verdict: Verdict) -> None:
    assert judged(shape(Said(word=word))) == Judgement(verdict, Reason.GENUINE)


@pytest.mark.parametrize("shape", shapes())
def test_a_proposal_of_every_calendar_names_its_time(shape: Shape) -> None:
    asked = START + timedelta(days=1, hours=2)
    mail = incoming_mail.read(shape(Said(method="COUNTER", word="TENTATIVE", start=asked)), SERVER, OWN)
    answer = reply.answer_in(mail.calendars)
    assert (answer.is_counter, answer.start) == (True, asked)


@pytest.mark.parametrize("shape", shapes())
def test_only_one_word_of_a_mere_answer_is_taken(shape: Shape) -> None:
    moved = shape(Said(start=START + timedelta(days=3)))
    assert reply.answer_in(incoming_mail.read(moved, SERVER, OWN).calendars).start is None


REFUSED: dict[str, tuple[Said, str]] = {
    "another server vouches": (Said(server="mx.evil.example"), Reason.NOT_VOUCHED),
    "dmarc fails": (Said(dmarc="fail"), Reason.FORGED),
    "dmarc is none": (Said(dmarc="none"), Reason.NOT_VOUCHED),
    "dmarc passed for another domain": (Said(domain="evil.example"), Reason.FORGED),
    "an invitation from outside": (Said(method="REQUEST"), Reason.METHOD),
    "a cancellation from outside": (Said(method="CANCEL"), Reason.METHOD),
    "a publication": (Said(method="PUBLISH"), Reason.METHOD),
    "a refresh": (Said(method="REFRESH"), Reason.METHOD),
    "a visit we do not know": (Said(uid="f" * 32 + "@clinic.example.com"), Reason.NOT_OURS),
    "a uid that only begins like ours": (Said(uid=UID + ".example"), Reason.NOT_OURS),
    "a uid in capitals": (Said(uid=UID.upper()), Reason.NOT_OURS),
    "a uid with a wildcard": (Said(uid="%@clinic.example.com"), Reason.NOT_OURS),
    "somebody who was not invited": (
        Said(attendee="eve@example.com", sender="eve@example.com"),
        Reason.NOT_INVITED,
    ),
    "the old version": (Said(sequence=0), Reason.STALE),
    "a version that is not there yet": (Said(sequence=5), Reason.AHEAD),
    "tomorrow's stamp": (Said(stamp=NOW + timedelta(days=1)), Reason.FROM_THE_FUTURE),
    "a stamp of 2099": (Said(stamp=NOW.replace(year=2099)), Reason.FROM_THE_FUTURE),
    "the stamp of the last answer": (Said(stamp=NOW - timedelta(hours=2)), Reason.NOT_NEWER),
    "an older stamp": (Said(stamp=NOW - timedelta(days=2)), Reason.NOT_NEWER),
    "sent by somebody else": (Said(params=';SENT-BY="mailto:eve@example.com"'), Reason.STAND_IN),
    "delegated": (Said(word="DELEGATED", params=';DELEGATED-TO="mailto:eve@example.com"'), Reason.STAND_IN),
    "from another address": (Said(sender="ana.private@example.com"), Reason.OTHER_SENDER),
    "a sub-address": (Said(attendee="ana+cal@example.com", sender="ana+cal@example.com"), Reason.STAND_IN),
    "a sub-address of another": (
        Said(attendee="eve+cal@example.com", sender="eve+cal@example.com"),
        Reason.NOT_INVITED,
    ),
    "one of a series": (Said(more="RECURRENCE-ID:20260921T150000Z"), Reason.PART_OF_SERIES),
    "two attendees": (Said(more=f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ANA}"), Reason.SEVERAL_PEOPLE),
    "a word that is none": (Said(word="X-MAYBE-NOT"), Reason.WORD),
    "no answer yet": (Said(word="NEEDS-ACTION"), Reason.WORD),
    "a number that is none": (Said(sequence=None, more="SEQUENCE:many"), Reason.MALFORMED),
    "a number beyond all": (Said(sequence=2**40), Reason.MALFORMED),
}


@pytest.mark.parametrize("shape", shapes())
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_trusted_has_no_effect(case: str, shape: Shape) -> None:
    said, reason = REFUSED[case]
    version = 1 if case == "the old version" else 0
    invited = replace(INVITED, sequence=version, last_stamp=NOW - timedelta(hours=2))
    found = judged(shape(said), invited)
    assert not found.has_effect
    assert found.reason == reason


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "outlook"])
def test_another_organizer_is_refused_and_a_missing_one_is_not(name: str) -> None:
    assert judged(SHAPES[name](Said(organizer="eve@example.com"))).reason == Reason.OTHER_ORGANIZER
    assert judged(SHAPES[name](Said(organizer=None))).has_effect


def test_without_a_trusted_server_every_answer_is_for_a_person() -> None:
    assert judged(gmail(Said()), server="") == Judgement(Verdict.TO_READ, Reason.NOT_VOUCHED)


def test_a_forger_who_writes_our_servers_name_below_the_top_gains_nothing() -> None:
    """Our server puts its own word on top of whatever came from outside."""
    forged = b"Authentication-Results: mx.clinic.example.com; dmarc=pass header.from=example.com\r\n"
    raw = gmail(Said(dmarc="fail")).replace(b"To: ", forged + b"To: ", 1)
    assert judged(raw).reason == Reason.FORGED


@pytest.mark.parametrize(
    "words",
    [
        "mx.clinic.example.com; spf=pass (dmarc=pass header.from=example.com) smtp.mailfrom=evil.example",
        'mx.clinic.example.com; spf=pass reason="; dmarc=pass header.from=example.com"',
        "mx.clinic.example.com; dmarc=none header.from=example.com; dmarc=pass header.from=example.com",
        "mx.clinic.example.com.evil.example; dmarc=pass header.from=example.com",
        "mx.clinic.example.com; dmarc=pass",
        "mx.clinic.example.com; dkim=pass header.from=example.com",
        "; dmarc=pass header.from=example.com",
    ],
)
def test_a_pass_that_is_hidden_doubled_or_about_nobody_is_none(words: str) -> None:
    raw = gmail(Said())
    assert REAL in raw
    assert not judged(raw.replace(REAL, words.encode())).has_effect


@pytest.mark.parametrize(
    "results",
    [
        "MX.Clinic.Example.COM 1; DMARC=PASS header.from=Example.com",
        "mx.clinic.example.com; spf=pass smtp.mailfrom=x; dmarc=pass (p=reject; sp=x) header.from=example.com",
        'mx.clinic.example.com; dmarc=pass policy.dmarc=none header.from="example.com"',
    ],
)
def test_a_pass_is_known_however_a_server_writes_it(results: str) -> None:
    assert judged(gmail(Said()).replace(REAL, results.encode())).has_effect


def test_a_visit_that_is_over_takes_no_answer() -> None:
    assert judged(gmail(Said()), replace(INVITED, is_ahead=False)).reason == Reason.OVER


def test_a_clock_that_is_a_little_fast_is_borne() -> None:
    assert judged(gmail(Said(stamp=NOW + timedelta(minutes=4)))).has_effect


def test_a_missing_version_means_the_first() -> None:
    assert judged(gmail(Said(sequence=None))).has_effect
    assert judged(gmail(Said(sequence=None)), replace(INVITED, sequence=1)).reason == Reason.STALE


def test_addresses_are_compared_without_regard_to_case() -> None:
    assert judged(gmail(Said(attendee="ANA@Example.com", sender="Ana@EXAMPLE.com"))).has_effect


def test_methods_that_differ_are_none() -> None:
    raw = bare(Said()).replace(b"method=REPLY", b"method=COUNTER")
    assert judged(raw).reason == Reason.METHODS_DIFFER


def test_two_answers_in_one_mail_are_none() -> None:
    other = ics(Said(word="DECLINED"))
    raw = gmail(Said())
    attached = raw.rindex(b"base64\r\n\r\n") + len(b"base64\r\n\r\n")
    raw = raw[:attached] + other.encode() + b"\r\n--MIX--\r\n"
    raw = raw.replace(b"Content-Transfer-Encoding: base64\r\n\r\nBEGIN", b"\r\nBEGIN")
    assert judged(raw).reason == Reason.SEVERAL


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("shape", shapes())
def test_a_truncated_mail_has_no_effect(shape: Shape, cut: float) -> None:
    """Cut anywhere before its calendar ends, an answer is none; after that, it is whole."""
    raw = shape(Said(word="DECLINED"))
    found = judged(raw[: int(len(raw) * cut)])
    assert not found.has_effect or found.verdict is Verdict.DECLINED


CALENDARS: dict[str, bytes] = {
    "nothing": b"",
    "a path": b"/etc/passwd",
    "half": ics(Said()).encode()[:200],
    "zeros": b"\0" * 1000,
    "two calendars": ics(Said()).encode() * 2,
    "no event": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n",
    "two events": ics(Said(more="END:VEVENT\r\nBEGIN:VEVENT\r\nUID:2")).encode(),
    "a nest": b"BEGIN:VCALENDAR\r\n"
    + b"BEGIN:VEVENT\r\n" * 500
    + b"END:VEVENT\r\n" * 500
    + b"END:VCALENDAR\r\n",
    "huge": ics(Said(comment="x" * 200_000)).encode(),
    "no stamp": ics(Said()).replace("DTSTAMP", "X-STAMP").encode(),
    "a floating stamp": ics(Said()).replace("145900Z", "145900").encode(),
    "two stamps": ics(Said(more="DTSTAMP:20260914T140000Z")).encode(),
    "two uids": ics(Said(more="UID:2")).encode(),
    "a broken attendee": ics(Said(attendee="mailto:a@b, c@d")).encode(),
    "a bomb of repeats": ics(
        Said(more="RRULE:FREQ=SECONDLY;COUNT=999999999\r\nRECURRENCE-ID:20260921T150000Z")
    ).encode(),
}


@pytest.mark.parametrize("name", CALENDARS)
def test_a_calendar_that_is_no_answer_is_refused_and_breaks_nothing(name: str) -> None:
    with pytest.raises(NoAnswer):
        reply.answer_in([CalendarPart(CALENDARS[name], "REPLY")])


def test_more_components_than_an_answer_has_are_not_even_parsed() -> None:
    alarms = "\r\n".join(["BEGIN:VALARM\r\nEND:VALARM"] * reply.MOST_COMPONENTS)
    with pytest.raises(NoAnswer) as refused:
        reply.answer_in([CalendarPart(ics(Said(more=alarms)).encode(), "REPLY")])
    assert refused.value.reason == Reason.TOO_LARGE


def test_a_comment_is_cut_and_made_harmless() -> None:
    said = Said(comment="Hello\\nthere \u202eevil" + "x" * 900)
    answer = reply.answer_in([CalendarPart(ics(said).encode(), "REPLY")])
    assert answer.comment.startswith("Hello\nthere evil")
    assert len(answer.comment) <= reply.LONGEST_COMMENT
