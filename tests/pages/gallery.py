"""A page that shows every part pages are built of, so that the parts are tested before and apart from any page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, render_template_string

from scheduler.domain.appointment import Appointment, Status
from scheduler.domain.directory import Mode
from scheduler.domain.person import PatientDetails
from scheduler.domain.visit import Visit
from tests.factories import a_location, a_practitioner, a_visit_type, an_organization

SOURCE = (Path(__file__).parent / "gallery.html").read_text(encoding="utf-8")
ERRORS = {
    "given_name": "Please answer this question.",
    "birth_date": "Please answer this question.",
    "mode": "Please answer this question.",
    "start": "Please answer this question.",
    "note": "Please answer this question.",
}


def add_gallery(app: Flask) -> None:
    """Serve the gallery at /gallery, as if it were one of the public pages."""
    app.add_url_rule("/gallery", "public.gallery", show)


def show() -> str:
    """Every part, with errors and without a database."""
    return render_template_string(SOURCE, errors=ERRORS, visit=a_visit())


def a_visit() -> Visit:
    """A video visit on a winter afternoon."""
    start, end = datetime(2026, 12, 1, 21, tzinfo=UTC), datetime(2026, 12, 1, 21, 30, tzinfo=UTC)
    appointment = Appointment(
        id=1,
        uid="a@example.com",
        sequence=0,
        status=Status.BOOKED,
        mode=Mode.VIRTUAL,
        visit_type_code="imaging-review",
        patient_id=31,
        practitioner_id=21,
        location_id=1,
        room_id=None,
        start=start,
        end=end,
        created_at=start,
        changed_at=start,
        language="en",
    )
    patient = PatientDetails(
        "Rosa", "Example", datetime(1951, 3, 9, tzinfo=UTC).date(), "+19155550123", None, "en"
    )
    return Visit(
        appointment, an_organization(), a_visit_type(), a_practitioner(), a_location(), None, patient
    )
