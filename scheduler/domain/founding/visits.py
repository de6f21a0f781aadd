"""The six kinds of visit the clinic begins with. Every number is the clinic's to change."""

from __future__ import annotations

from scheduler.domain.directory import Audience, Mode, VisitType
from scheduler.domain.wording import Text

_HOUR = 60
_DAY = 24 * _HOUR
_OPEN = frozenset({Audience.PATIENT, Audience.KNOWN_PATIENT, Audience.DESK})
_DESK = frozenset({Audience.DESK})

VISIT_TYPES = (
    VisitType(
        id=0,
        code="new-fracture-evaluation",
        title=Text("First visit: back exam", "Primera cita: examen de la espalda"),
        summary=Text(
            "Best if this is your first time here. The doctor asks about your pain, checks your back, "
            "and talks with you about what can help. We do this at our office, because the exam needs hands.",
            "Lo mejor si es su primera vez aquí. El médico le pregunta por su dolor, le revisa la espalda "
            "y habla con usted sobre lo que puede ayudarle. "
            "Se hace en el consultorio, porque el examen se hace con las manos.",
        ),
        modes=(Mode.IN_PERSON,),
        minutes=60,
        buffer_before=0,
        buffer_after=10,
        minimum_notice=4 * _HOUR,
        horizon_days=60,
        patient_cutoff=_DAY,
        daily_cap=5,
        bookable_by=_OPEN,
        room_kind="exam",
        preparation=Text(
            "Bring your X-ray, MRI or CT pictures, if you have them. A disc or the report is fine.\n"
            "Bring a list of all your medicines. Do not stop any medicine on your own.\n"
            "Bring your ID and your insurance card.\n"
            "Wear loose clothes. Someone may come with you.\n"
            "Tell us if you need a wheelchair, or if you cannot sit for long.",
            "Traiga sus imágenes de rayos X, resonancia o tomografía, si las tiene. Sirve un disco o el informe.\n"
            "Traiga una lista de todas sus medicinas. No deje ninguna medicina por su cuenta.\n"
            "Traiga su identificación y su tarjeta del seguro.\n"
            "Use ropa cómoda y suelta. Alguien puede venir con usted.\n"
            "Díganos si necesita silla de ruedas o si no puede sentarse por mucho tiempo.",
        ),
    ),
    VisitType(
        id=0,
        code="imaging-review",
        title=Text("Talk about your pictures", "Hablar de sus imágenes"),
        summary=Text(
            "Best if you already have an X-ray, MRI or CT of your back. We look at the pictures with you "
            "and tell you what may help you.",
            "Lo mejor si ya tiene rayos X, resonancia o tomografía de la espalda. Vemos las imágenes con usted "
            "y le decimos qué le puede ayudar.",
        ),
        modes=(Mode.IN_PERSON, Mode.VIRTUAL),
        minutes=30,
        buffer_before=0,
        buffer_after=5,
        minimum_notice=2 * _HOUR,
        horizon_days=60,
        patient_cutoff=_DAY,
        daily_cap=None,
        bookable_by=_OPEN,
        room_kind="exam",
        preparation=Text(
            "Have your pictures or the report with you. Tell us where they were made.\n"
            "Have a list of all your medicines with you. Do not stop any medicine on your own.\n"
            "Write down your questions.",
            "Tenga con usted sus imágenes o el informe. Díganos dónde se hicieron.\n"
            "Tenga con usted una lista de todas sus medicinas. No deje ninguna medicina por su cuenta.\n"
            "Escriba sus preguntas.",
        ),
    ),
    VisitType(
        id=0,
        code="nurse-triage-call",
        title=Text("Call from our nurse", "Llamada de enfermería"),
        summary=Text(
            "A short call. Our nurse asks how you are and helps you find the right next step.",
            "Una llamada corta de enfermería. Le preguntamos cómo está y le ayudamos con el siguiente paso.",
        ),
        modes=(Mode.PHONE,),
        minutes=15,
        buffer_before=0,
        buffer_after=0,
        minimum_notice=0,
        horizon_days=14,
        patient_cutoff=2 * _HOUR,
        daily_cap=None,
        bookable_by=_DESK,
        room_kind=None,
        preparation=Text(
            "Keep your phone near you. Have a list of your medicines at hand.",
            "Tenga su teléfono cerca. Tenga a la mano una lista de sus medicinas.",
        ),
    ),
    VisitType(
        id=0,
        code="pre-procedure",
        title=Text("Get ready for your procedure", "Prepararse para su procedimiento"),
        summary=Text(
            "We go over your medicines, your plan for the day, and who will drive you home.",
            "Repasamos sus medicinas, el plan del día y quién le llevará a casa.",
        ),
        modes=(Mode.IN_PERSON, Mode.VIRTUAL),
        minutes=30,
        buffer_before=0,
        buffer_after=5,
        minimum_notice=2 * _HOUR,
        horizon_days=60,
        patient_cutoff=_DAY,
        daily_cap=None,
        bookable_by=_DESK,
        room_kind="exam",
        preparation=Text(
            "Have a list of all your medicines. Tell us if you take a blood thinner. "
            "Do not stop any medicine on your own: the doctor gives you a plan.\n"
            "Tell us who will drive you home. Tell us about any allergy.",
            "Tenga una lista de todas sus medicinas. Díganos si toma un anticoagulante. "
            "No deje ninguna medicina por su cuenta: el médico le dará un plan.\n"
            "Díganos quién le llevará a casa. Díganos si tiene alguna alergia.",
        ),
    ),
    VisitType(
        id=0,
        code="follow-up",
        title=Text("Follow-up visit", "Cita de seguimiento"),
        summary=Text(
            "We see how you are doing and what comes next.",
            "Vemos cómo sigue usted y cuál es el siguiente paso.",
        ),
        modes=(Mode.IN_PERSON, Mode.VIRTUAL),
        minutes=20,
        buffer_before=0,
        buffer_after=0,
        minimum_notice=2 * _HOUR,
        horizon_days=120,
        patient_cutoff=_DAY,
        daily_cap=None,
        bookable_by=frozenset({Audience.KNOWN_PATIENT, Audience.DESK}),
        room_kind="exam",
        preparation=Text(
            "Think about how your pain has been since last time.\n"
            "Have a list of all your medicines. Do not stop any medicine on your own.",
            "Piense cómo ha estado su dolor desde la última vez.\n"
            "Tenga una lista de todas sus medicinas. No deje ninguna medicina por su cuenta.",
        ),
    ),
    VisitType(
        id=0,
        code="procedure",
        title=Text("Your procedure", "Su procedimiento"),
        summary=Text(
            "The procedure that you and your doctor chose. Most people go home the same day.",
            "El procedimiento que usted y su médico eligieron. Casi todas las personas vuelven a casa el mismo día.",
        ),
        modes=(Mode.IN_PERSON,),
        minutes=90,
        buffer_before=15,
        buffer_after=15,
        minimum_notice=2 * _DAY,
        horizon_days=90,
        patient_cutoff=2 * _DAY,
        daily_cap=3,
        bookable_by=_DESK,
        room_kind="procedure",
        preparation=Text(
            "Follow the plan the doctor gave you for food, drink and medicines.\n"
            "Someone must drive you home. You cannot drive on this day.\n"
            "Bring your ID, your insurance card and your list of medicines.",
            "Siga el plan que el médico le dio sobre comida, bebida y medicinas.\n"
            "Alguien debe llevarle a casa. Usted no puede manejar ese día.\n"
            "Traiga su identificación, su tarjeta del seguro y su lista de medicinas.",
        ),
    ),
)
