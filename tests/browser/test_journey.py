"""The whole way of a patient with a small phone, in Spanish and without scripts: book, read the mail, move, cancel."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import Page

from scheduler.domain.hand_over import Circuit
from scheduler.services import delivery
from scheduler.services.post_room import PostRoom
from scheduler.worker.mail import Mailer
from scheduler.worker.post_office import FolderOffice
from tests.pages.world import World
from tests.post import invite_of

ADDRESS = "rosa.viaje@example.com"


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    """A phone of 320 px whose owner reads Spanish and has switched scripts off."""
    return new_page(
        locale="es-MX",
        viewport={"width": 320, "height": 640},
        java_script_enabled=False,
        has_touch=True,
    )


@pytest.fixture
def letters(world: World, tmp_path: Path) -> Callable[[], list[EmailMessage]]:
    """Lets the worker send what is due, and returns the mails to this test's patient, oldest first."""
    room = PostRoom(world.house, Mailer(FolderOffice(tmp_path), "visits@example.com", world.base), world.base)

    def sent() -> list[EmailMessage]:
        while delivery.drain(room, Circuit()).handled:
            pass
        mails = [
            message_from_bytes(path.read_bytes(), policy=policy.default) for path in tmp_path.glob("*.eml")
        ]
        own = [mail for mail in mails if ADDRESS in str(mail["To"])]
        return sorted(own, key=lambda mail: int(said_of(mail, "SEQUENCE")))

    return sent


def said_of(mail: EmailMessage, name: str) -> str:
    """What the event in a mail's calendar file says under a name."""
    event = Calendar.from_ical(invite_of(mail)).walk("VEVENT")[0]
    return str(event[name])


def own_page(mail: EmailMessage) -> str:
    """The private link in a mail's text."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://[\w.:]+/my/[\w-]{43}", body.get_content())
    assert found
    return found.group(0)


def press(page: Page, name: str) -> None:
    """Press a button by what it says."""
    page.get_by_role("button", name=name, exact=True).first.click()


def no_sideways(page: Page) -> bool:
    """Whether the page fits the phone: it cannot be pushed aside."""
    box = page.locator("body").bounding_box()
    return box is not None and box["width"] <= 320


def book(page: Page, world: World) -> None:
    """From the home page to the page that says it is done."""
    page.goto(world.base)
    page.get_by_role("link", name="Hacer una cita").first.click()
    for _ in range(3):
        page.get_by_label("Ninguna de estas").check()
        press(page, "Continuar")
    page.get_by_label("Hablar de sus imágenes, en el consultorio").check()
    press(page, "Continuar")
    assert "Todas las horas son de El Paso." in page.inner_text("main")
    page.locator(".clinic-days__link").nth(4).click()
    page.locator("input[name=start]").nth(1).check()
    press(page, "Tomar esta hora")
    page.get_by_label("Para mí").check()
    press(page, "Continuar")
    page.get_by_label("Nombre", exact=True).fill("Rosa")
    page.get_by_label("Apellido").fill("Viaje")
    press(page, "Continuar")
    assert page.title().startswith("Error:")
    assert page.get_by_label("Nombre", exact=True).input_value() == "Rosa"
    page.get_by_label("Mes", exact=True).fill("marzo")
    page.get_by_label("Día", exact=True).fill("9")
    page.get_by_label("Año", exact=True).fill("1951")
    page.get_by_label("Número de teléfono").fill("915 555 0171")
    page.get_by_label("Correo electrónico (opcional)").fill(ADDRESS)
    page.get_by_label("Por correo electrónico").check()
    press(page, "Continuar")
    summary = page.inner_text("main")
    assert "9 de marzo de 1951" in summary.replace("\u00a0", " ")
    assert "hora de El Paso" in summary.replace("\u00a0", " ")
    assert no_sideways(page)
    press(page, "Hacer esta cita")


@pytest.mark.slow
def test_a_patient_books_reads_the_mail_moves_and_cancels(
    world: World,
    phone: Page,
    new_page: Callable[..., Page],
    letters: Callable[[], list[EmailMessage]],
) -> None:
    book(phone, world)
    assert "Su cita está programada" in phone.inner_text("h1")
    phone.go_back()
    assert phone.url == f"{world.base}/book/booked"

    [confirmation] = letters()
    own = new_page(locale="en-US", viewport={"width": 320, "height": 640}, java_script_enabled=False)
    own.goto(own_page(confirmation))
    assert own.locator("html").get_attribute("lang") == "es"
    before = own.locator(".clinic-visit__time").inner_text(), own.locator(".clinic-visit__day").inner_text()

    own.get_by_role("link", name="Elegir otra hora").click()
    own.locator(".clinic-days__link").nth(5).click()
    own.locator("input[name=start]").last.check()
    press(own, "Tomar esta hora")
    press(own, "Sí, cambiar mi cita")
    assert "Su cita tiene una hora nueva" in own.inner_text("main")
    after = own.locator(".clinic-visit__time").inner_text(), own.locator(".clinic-visit__day").inner_text()
    assert after != before

    _, moved = letters()
    assert said_of(moved, "UID") == said_of(confirmation, "UID")
    assert own_page(moved) == own_page(confirmation)

    own.get_by_role("link", name="Cancelar esta cita").click()
    assert "¿Le serviría otra opción?" in own.inner_text("main")
    press(own, "Sí, cancelar esta cita")
    assert own.inner_text("h1") == "Esta cita está cancelada"
    *_, cancelled = letters()
    assert said_of(cancelled, "STATUS") == "CANCELLED"
    assert no_sideways(own)
    for mail in (confirmation, moved, cancelled):
        for word in ("espalda", "imágenes", "columna", "fractura"):
            assert word not in mail.as_string()


def test_pressing_twice_on_a_slow_line_books_once(world: World, new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(world.address("/book"))
    for _ in range(3):
        page.get_by_label("None of these").check()
        press(page, "Continue")
    page.locator("input[name=visit][value='imaging-review/in-person']").check()
    press(page, "Continue")
    page.locator(".clinic-days__link").nth(6).click()
    page.locator("input[name=start]").last.check()
    press(page, "Take this time")
    page.get_by_label("For me", exact=True).check()
    press(page, "Continue")
    for name, typed in {
        "given_name": "Rosa",
        "family_name": "Doble",
        "phone": "915 555 0172",
        "birth_date-month": "3",
        "birth_date-day": "9",
        "birth_date-year": "1951",
    }.items():
        page.fill(f"[name='{name}']", typed)
    page.get_by_label("By a phone call").check()
    press(page, "Continue")
    page.get_by_role("button", name="Book this visit").dblclick()
    page.wait_for_url("**/book/booked")
    assert page.locator("h1").inner_text() == "Your visit is booked"
    assert page.locator(".clinic-visit__day").count() == 1


def test_a_browser_with_scripts_tells_its_zone_and_sees_its_own_time(
    world: World, new_page: Callable[..., Page]
) -> None:
    page = new_page(timezone_id="America/Chicago")
    page.goto(world.address("/book"))
    for _ in range(3):
        page.get_by_label("None of these").check()
        press(page, "Continue")
    page.locator("input[name=visit][value='imaging-review/virtual']").check()
    press(page, "Continue")
    assert "Central time" in page.inner_text("main").replace("\u00a0", " ")
