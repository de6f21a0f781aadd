"""The safety questions, first wording: signs that need care sooner than a booked visit.

Content: the clinic's own list, in words that a tired person reads at once (English grade 6 or below, Spanish with
"usted"). A new wording is a new version; the old one stays, because answers name the wording they were given to.
"""

from __future__ import annotations

from scheduler.domain.safety_gate import Gate, Question, Tier
from scheduler.domain.wording import Text

VERSION = "1"

GATE = Gate(
    VERSION,
    (
        Question(
            "bladder-bowel",
            Tier.EMERGENCY,
            Text(
                "Did you lose control of your bladder or bowels, and is this new? Or can you not pass urine?",
                "¿Perdió el control de la orina o del intestino, y esto es nuevo? ¿O no puede orinar?",
            ),
        ),
        Question(
            "saddle-numbness",
            Tier.EMERGENCY,
            Text(
                "Are you numb between your legs: where you sit, on your inner thighs, or at your private parts?",
                "¿Siente dormida la zona entre las piernas: donde se sienta, los muslos por dentro "
                "o las partes íntimas?",
            ),
        ),
        Question(
            "leg-weakness",
            Tier.EMERGENCY,
            Text(
                "Is a leg newly weak or getting weaker? Does a foot drag? Can you not walk?",
                "¿Siente una pierna débil desde hace poco, o cada vez más débil? ¿Arrastra un pie? ¿No puede caminar?",
            ),
        ),
        Question(
            "fall-crash",
            Tier.EMERGENCY,
            Text(
                "Did your back pain start after a fall from a height or after a crash?",
                "¿Le empezó el dolor de espalda después de una caída desde un lugar alto o de un choque?",
            ),
        ),
        Question(
            "chest-breath",
            Tier.EMERGENCY,
            Text(
                "Do you have chest pain? Is it hard to breathe? Did you pass out?",
                "¿Le duele el pecho? ¿Le cuesta respirar? ¿Se ha desmayado?",
            ),
        ),
        Question(
            "fever-infection",
            Tier.SAME_DAY,
            Text(
                "With your back pain, do you have a fever or chills? Or did you have an infection not long ago?",
                "Además del dolor de espalda, ¿tiene fiebre o escalofríos? ¿O tuvo una infección hace poco?",
            ),
        ),
        Question(
            "iv-immune",
            Tier.SAME_DAY,
            Text(
                "With your back pain, do you inject drugs no doctor gave you? Or is your body weak at fighting germs?",
                "Además del dolor de espalda, ¿se inyecta drogas que no le dio un médico? ¿O tiene las defensas bajas?",
            ),
        ),
        Question(
            "cancer",
            Tier.CALL_BACK,
            Text(
                "Do you have cancer, or did you ever have it, and is this back pain new?",
                "¿Tiene o ha tenido cáncer, y este dolor de espalda es nuevo?",
            ),
        ),
        Question(
            "weight-loss",
            Tier.CALL_BACK,
            Text("Did you lose weight and do not know why?", "¿Ha bajado de peso sin saber por qué?"),
        ),
        Question(
            "night-pain",
            Tier.CALL_BACK,
            Text(
                "Is your pain worse at night or when you lie down?",
                "¿Le duele más en la noche o cuando se acuesta?",
            ),
        ),
        Question(
            "thinner-fall",
            Tier.CALL_BACK,
            Text(
                "Do you take a blood thinner, and did you fall?",
                "¿Toma una medicina que hace menos espesa la sangre (anticoagulante), y se cayó?",
            ),
        ),
        Question(
            "steroids",
            Tier.CALL_BACK,
            Text(
                "Did you take steroids (like prednisone) for a long time, and did the pain start all at once?",
                "¿Ha tomado esteroides (como prednisona) por mucho tiempo, y el dolor empezó de repente?",
            ),
        ),
        Question(
            "under-18",
            Tier.CALL_BACK,
            Text("Is the patient under 18 years old?", "¿El paciente tiene menos de 18 años?"),
        ),
    ),
)
