"""The texts people agree to, first wording: care by video, and how the clinic keeps what it knows.

The clinic's lawyer owns these words. They are stored by version, so that each agreement says what was seen.
"""

from __future__ import annotations

from scheduler.domain.directory import ConsentText
from scheduler.domain.wording import Text

TELEHEALTH = "telehealth"
PRIVACY = "privacy"

CONSENTS = (
    ConsentText(
        TELEHEALTH,
        "1",
        Text(
            "A video visit is a visit with your clinician over the internet, with picture and sound.\n"
            "You get the same care as at our office. Some things need an exam by hand. If so, we ask you to come in.\n"
            "You may say no, or stop the video at any time. You can then have a visit at our office.\n"
            "Our clinician must be licensed in the place where you are. "
            "We ask you where you are, now and when you join.\n"
            "We do not record the visit. Please be in a private place. Others may be with you if you wish.\n"
            "If the picture or the sound fails, we call you at the number you give us.\n"
            "A video visit is not for emergencies. In an emergency, call 911.\n"
            "If you are not happy with your care, tell us. You may also write to the Texas Medical Board.",
            "En una cita por video, usted ve por internet a quien le atiende, con imagen y sonido.\n"
            "Usted recibe la misma atención que en el consultorio. Algunas cosas necesitan un examen con las manos. "
            "En ese caso le pedimos que venga.\n"
            "Usted puede decir que no, o dejar el video en cualquier momento. "
            "Entonces puede tener su cita en el consultorio.\n"
            "Quien le atiende debe tener licencia en el lugar donde usted está. "
            "Le preguntamos dónde está, ahora y al entrar.\n"
            "No grabamos la cita. Por favor, esté en un lugar privado. "
            "Otras personas pueden acompañarle si usted quiere.\n"
            "Si falla la imagen o el sonido, le llamamos al número que usted nos dé.\n"
            "Una cita por video no es para emergencias. En una emergencia, llame al 911.\n"
            "Si no está conforme con su atención, díganos. También puede escribir a la Junta Médica de Texas "
            "(Texas Medical Board).",
        ),
    ),
    ConsentText(
        PRIVACY,
        "1",
        Text(
            "We keep your name, birth date, phone, e-mail and the answers you give us.\n"
            "We use them to plan your visit and to care for you. We do not sell them.\n"
            "What you tell us about your health is locked with a key in our records. Only our staff may read it.\n"
            "Our messages say when and where you come. They never say why.\n"
            "You may ask us what we keep about you, and ask us to correct it.\n"
            "If you think we did not keep your data safe, tell us. You may also write to the U.S. Department of "
            "Health and Human Services, Office for Civil Rights. This will never change your care.",
            "Guardamos su nombre, fecha de nacimiento, teléfono, correo electrónico "
            "y las respuestas que usted nos da.\n"
            "Los usamos para planear su cita y para atenderle. No los vendemos.\n"
            "Lo que usted nos dice sobre su salud se guarda con llave en nuestros archivos. "
            "Solo nuestro personal lo puede leer.\n"
            "Nuestros mensajes dicen cuándo y dónde es su cita. Nunca dicen por qué.\n"
            "Usted puede preguntarnos qué guardamos sobre usted y pedir que lo corrijamos.\n"
            "Si cree que no cuidamos bien sus datos, díganos. También puede escribir a la Oficina de Derechos "
            "Civiles del Departamento de Salud y Servicios Humanos de EE. UU. Esto nunca cambiará su atención.",
        ),
    ),
)
