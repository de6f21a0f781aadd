"""Who the visit is for, who helps, and where the patient will be for a video visit."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from werkzeug.datastructures import MultiDict

from scheduler.domain.draft import ForWhom, Step, Typed
from scheduler.domain.person import HelperDetails, PatientDetails, Relation, RemindBy, VirtualDetails
from scheduler.domain.whereabouts import STATES
from scheduler.domain.wording import N_, Language
from scheduler.translations import phones, places
from scheduler.web.forms.sheet import DATE_PARTS, Sheet, date_parts


class Whereabouts(StrEnum):
    """Where a patient may be during a video visit; whether a clinician is licensed there is not decided here.

    The three places most patients are at are named; for all others a list says which.
    """

    TEXAS = "US-TX"
    NEW_MEXICO = "US-NM"
    MEXICO = "MX"
    ANOTHER_STATE = "US"
    ANOTHER_COUNTRY = "other"


FIELDS = {
    Step.HELPER: frozenset({"name", "phone", "email", "relation", "may_be_told"}),
    Step.PATIENT: frozenset(
        {"given_name", "family_name", "phone", "email", "language", "remind_by"}
        | {f"birth_date-{part}" for part in DATE_PARTS}
    ),
    Step.VIDEO: frozenset({"state", "us_state", "country", "callback_phone", "consent", "consent_version"}),
}
"""What each form asks for; nothing else that a browser sends is kept."""

LONGEST_TYPED, MOST_TYPED = 300, 40

NO_NAME = N_("Enter your name.")
NO_PHONE = N_("Enter a phone number.")
NEW_CONSENT = N_("The text about care by video has changed. Please read it again.")
NO_WAY = N_("Choose at least one way to remind you.")
NO_ADDRESS = N_("To get reminders by e-mail, enter an e-mail address. Or choose another way.")


def typed_at(step: Step, typed: MultiDict[str, str]) -> Typed:
    """What was typed into a form, raw, to be shown again."""
    pairs = [(name, text[:LONGEST_TYPED]) for name, text in typed.items(multi=True) if name in FIELDS[step]]
    return Typed(step, tuple(pairs[:MOST_TYPED]))


def for_whom(typed: MultiDict[str, str]) -> ForWhom:
    """Whether a person books for themselves.

    :raises InvalidInput: when nothing was chosen.
    """
    sheet = Sheet(typed)
    chosen = sheet.one_of("for_whom", ForWhom, N_("Choose who the visit is for."))
    sheet.settle()
    assert chosen
    return chosen


def helper(typed: MultiDict[str, str]) -> HelperDetails:
    """Who books for somebody else.

    :raises InvalidInput: naming each field that needs another look.
    """
    sheet = Sheet(typed)
    name = sheet.text("name", NO_NAME)
    phone = sheet.phone("phone", NO_PHONE)
    email = sheet.email("email")
    relation = sheet.one_of("relation", Relation, N_("Choose how you know the patient."))
    may_be_told = sheet.yes_or_no("may_be_told", N_("Choose yes or no."))
    sheet.settle()
    assert relation
    return HelperDetails(name, phone, email, relation, may_be_told)


def typed_helper(helper: HelperDetails | None) -> dict[str, str]:
    """The helper's form as it shows them again."""
    if helper is None:
        return {}
    return {
        "name": helper.name,
        "phone": phones.shown(helper.phone),
        "email": helper.email or "",
        "relation": helper.relation.value,
        "may_be_told": "yes" if helper.may_be_told else "no",
    }


def patient(typed: MultiDict[str, str], today: date) -> PatientDetails:
    """The patient as asked at booking.

    :raises InvalidInput: naming each field that needs another look.
    """
    sheet = Sheet(typed)
    given_name = sheet.text("given_name", N_("Enter a first name."))
    family_name = sheet.text("family_name", N_("Enter a last name."))
    birth_date = sheet.birth_date("birth_date", today)
    phone = sheet.phone("phone", NO_PHONE)
    email = sheet.email("email")
    language = sheet.one_of("language", Language, N_("Choose a language."))
    remind_by = sheet.many_of("remind_by", RemindBy)
    if not remind_by:
        sheet.wrong("remind_by", NO_WAY)
    if RemindBy.EMAIL in remind_by and not email:
        sheet.wrong("email", NO_ADDRESS)
    sheet.settle()
    assert birth_date and language
    return PatientDetails(given_name, family_name, birth_date, phone, email, language.value, remind_by)


def typed_patient(patient: PatientDetails | None, language: str) -> MultiDict[str, str]:
    """The patient's form as it shows them again, or empty in the language of the page."""
    if patient is None:
        return MultiDict({"language": language})
    shown = MultiDict(
        {
            "given_name": patient.given_name,
            "family_name": patient.family_name,
            "phone": phones.shown(patient.phone),
            "email": patient.email or "",
            "language": patient.language,
            **date_parts("birth_date", patient.birth_date),
        }
    )
    shown.setlist("remind_by", [way.value for way in patient.remind_by])
    return shown


def virtual(typed: MultiDict[str, str]) -> VirtualDetails:
    """Where the patient will be for a video visit, where to call if it fails, and the consent.

    :raises InvalidInput: naming each field that needs another look.
    """
    sheet = Sheet(typed)
    state = place_said(sheet, typed)
    phone = sheet.phone("callback_phone", NO_PHONE)
    if not sheet.ticked("consent"):
        sheet.wrong(
            "consent", N_("To meet by video, please agree to video care. Or choose to come to the office.")
        )
    version = sheet.optional("consent_version", 32)
    sheet.settle()
    return VirtualDetails(state, phone, version)


def place_said(sheet: Sheet, typed: MultiDict[str, str]) -> str:
    """The code of the place; a list counts where its own choice is made, or where no choice is: it says enough."""
    state, country = (sheet.optional(name, 8) for name in ("us_state", "country"))
    if not typed.get("state") and bool(state) is not bool(country):
        chosen: Whereabouts | None = Whereabouts.ANOTHER_STATE if state else Whereabouts.ANOTHER_COUNTRY
    else:
        chosen = sheet.one_of("state", Whereabouts, N_("Choose where the patient will be."))
    if chosen is Whereabouts.ANOTHER_STATE:
        if state not in STATES:
            sheet.wrong("us_state", N_("Choose the state."))
        return state
    if chosen is Whereabouts.ANOTHER_COUNTRY:
        if country not in dict(places.countries(Language.ENGLISH)):
            sheet.wrong("country", N_("Choose the country."))
        return country
    return chosen.value if chosen else ""


def typed_place(code: str) -> dict[str, str]:
    """The place as the form shows it again."""
    if code in set(Whereabouts):
        return {"state": code}
    if code in STATES:
        return {"state": Whereabouts.ANOTHER_STATE.value, "us_state": code}
    return {"state": Whereabouts.ANOTHER_COUNTRY.value, "country": code}


def typed_virtual(virtual: VirtualDetails | None, phone: str) -> dict[str, str]:
    """The video form as it shows these details again; `phone` stands for a call-back number not given yet."""
    if virtual is None:
        return {"callback_phone": phones.shown(phone) if phone else ""}
    return {
        **typed_place(virtual.state),
        "callback_phone": phones.shown(virtual.callback_phone),
        "consent": "yes",
        "agreed_to": virtual.consent_version,
    }
