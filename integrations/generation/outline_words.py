"""What the outline writer says by itself, in five languages: openings and closings.

None of it states a fact. French puts a no-break space before its marks.
"""

from __future__ import annotations

from core.models import Language, Tone

OPENINGS_OF_STATEMENTS: dict[Language, dict[Tone, str]] = {
    "en": {
        "curious": "Did you know?",
        "warm": "Come a little closer.",
        "playful": "You won't believe this.",
        "calm": "Take a breath.",
        "dramatic": "Stop for a second.",
    },
    "es": {
        "curious": "¿Lo sabías?",
        "warm": "Acércate un poco.",
        "playful": "¡No te lo vas a creer!",
        "calm": "Respira un momento.",
        "dramatic": "Detente un segundo.",
    },
    "de": {
        "curious": "Wusstest du das?",
        "warm": "Komm ein bisschen näher.",
        "playful": "Das glaubst du nie!",
        "calm": "Atme einmal durch.",
        "dramatic": "Halt kurz inne.",
    },
    "fr": {
        "curious": "Le saviez-vous\u00a0?",
        "warm": "Approchez un peu.",
        "playful": "Vous n'allez pas le croire\u00a0!",
        "calm": "Respirez un instant.",
        "dramatic": "Arrêtez-vous une seconde.",
    },
    "it": {
        "curious": "Lo sapevi?",
        "warm": "Vieni un po' più vicino.",
        "playful": "Non ci crederai!",
        "calm": "Fai un bel respiro.",
        "dramatic": "Fermati un secondo.",
    },
}
"""Before a title that is a sentence: 'Did you know? The octopus has three hearts.'"""

OPENINGS_OF_TOPICS: dict[Language, dict[Tone, str]] = {
    "en": {
        "curious": "Look closer.",
        "warm": "Here's a lovely one.",
        "playful": "Ready for this?",
        "calm": "Take a breath.",
        "dramatic": "Listen closely.",
    },
    "es": {
        "curious": "Fíjate bien.",
        "warm": "Te va a gustar.",
        "playful": "¿Todo listo?",
        "calm": "Respira un momento.",
        "dramatic": "Escucha con atención.",
    },
    "de": {
        "curious": "Schau genau hin.",
        "warm": "Das wird dir gefallen.",
        "playful": "Bereit?",
        "calm": "Atme einmal durch.",
        "dramatic": "Hör gut zu.",
    },
    "fr": {
        "curious": "Regardez de plus près.",
        "warm": "Cela va vous plaire.",
        "playful": "On y va\u00a0?",
        "calm": "Respirez un instant.",
        "dramatic": "Écoutez bien.",
    },
    "it": {
        "curious": "Guarda più da vicino.",
        "warm": "Questa ti piacerà.",
        "playful": "Si comincia?",
        "calm": "Fai un bel respiro.",
        "dramatic": "Ascolta bene.",
    },
}
"""Before a title that is not surely a sentence: 'Look closer. Seven secrets of the deep sea.'"""

VERBS: dict[Language, str] = {
    "en": (
        "is are was were isn't aren't has have had can can't cannot could will would does do did give gives gave live "
        "lives grow grows feeds feed fly flies weigh weighs sleep sleeps became become becomes came comes need needs "
        "holds taste tastes smell smells make makes made built"
    ),
    "es": (
        "es son era eran fue fueron está están tiene tienen tenía puede pueden hay ha han hace hacen vive viven crece "
        "pesa pesan duerme duermen sabe saben viene vienen nació nacieron dura duran mira resiste pagaba cambió"
    ),
    "de": (
        "ist sind war waren hat haben hatte kann können wird werden wurde gibt wiegt wiegen schläft schlafen wächst "
        "wachsen lebt leben kommt kommen fliegt fliegen veränderte veränderten dauert braucht macht machen"
    ),
    "fr": (
        "est sont était étaient fut a ont avait peut peuvent vit vivent pèse pèsent dort dorment grandit vient "
        "viennent sait savent fait font dure n'est n'a résiste"
    ),
    "it": (
        "è sono era erano fu ha hanno aveva può possono vive vivono pesa pesano dorme dormono cresce viene vengono "
        "sa sanno dura poggia nacque fa fanno sorge"
    ),
}
"""Words that make a short title a sentence."""

SUBORDINATE: dict[Language, str] = {
    "en": "how why what when where who which that",
    "es": "cómo por qué que cuando cuándo donde dónde quien quién",
    "de": "wie warum was wann wo wer weshalb wieso dass",
    "fr": "comment pourquoi que qui quand où quoi dont",
    "it": "come perché che quando dove chi cosa",
}
"""Words whose verb does not make a title a sentence: 'How bees have fun'."""

CLOSINGS: dict[Language, dict[Tone, tuple[str, str, str]]] = {
    "en": {
        "curious": (
            "Which of these surprised you most?",
            "Which one did you know already?",
            "What should we look into next?",
        ),
        "warm": (
            "Which one made you smile? Tell me below.",
            "Who would you share this with?",
            "Which one will you remember? I'd love to know.",
        ),
        "playful": (
            "Be honest: how many did you know?",
            "Which one wins? Vote in the comments!",
            "Got a better one? Prove it in the comments!",
        ),
        "calm": (
            "Which one will you take with you?",
            "Which of these stays with you?",
            "What would you like to hear about next?",
        ),
        "dramatic": (
            "Which of these stopped you in your tracks?",
            "And which one would you never have guessed?",
            "Which one will you not forget? Tell me.",
        ),
    },
    "es": {
        "curious": (
            "¿Cuál te ha sorprendido más?",
            "¿Cuál conocías ya?",
            "¿Qué quieres descubrir la próxima vez?",
        ),
        "warm": (
            "¿Cuál te ha hecho sonreír? Cuéntamelo abajo.",
            "¿Con quién lo compartirías?",
            "¿Con cuál te quedas? Me encantará leerte.",
        ),
        "playful": (
            "Di la verdad: ¿cuántos sabías?",
            "¿Cuál gana? ¡Vota en los comentarios!",
            "¿Sabes uno mejor? ¡Demuéstralo en los comentarios!",
        ),
        "calm": (
            "¿Con cuál te quedas hoy?",
            "¿Cuál de ellos te llevas contigo?",
            "¿De qué te gustaría oír hablar la próxima vez?",
        ),
        "dramatic": (
            "¿Cuál te ha dejado sin palabras?",
            "¿Y cuál no habrías imaginado nunca?",
            "¿Cuál no vas a olvidar? Cuéntamelo.",
        ),
    },
    "de": {
        "curious": (
            "Was davon hat dich am meisten überrascht?",
            "Was davon wusstest du schon?",
            "Was schauen wir uns als Nächstes an?",
        ),
        "warm": (
            "Was hat dich zum Lächeln gebracht? Schreib es mir.",
            "Mit wem würdest du das teilen?",
            "Was bleibt dir in Erinnerung? Erzähl es mir.",
        ),
        "playful": (
            "Mal ehrlich: Wie viel davon wusstest du?",
            "Was gewinnt? Stimm in den Kommentaren ab!",
            "Weißt du etwas Besseres? Ab in die Kommentare!",
        ),
        "calm": (
            "Was davon nimmst du heute mit?",
            "Was davon bleibt bei dir?",
            "Wovon möchtest du als Nächstes hören?",
        ),
        "dramatic": (
            "Was davon hat dir den Atem geraubt?",
            "Und was davon hättest du nie gedacht?",
            "Was davon vergisst du nicht mehr? Schreib es mir.",
        ),
    },
    "fr": {
        "curious": (
            "Qu'est-ce qui vous surprend le plus\u00a0?",
            "Lequel de ces faits connaissiez-vous déjà\u00a0?",
            "Que voulez-vous découvrir la prochaine fois\u00a0?",
        ),
        "warm": (
            "Qu'est-ce qui vous a fait sourire\u00a0? Dites-le-moi.",
            "Avec qui aimeriez-vous partager cela\u00a0?",
            "Qu'allez-vous retenir\u00a0? J'aimerais le savoir.",
        ),
        "playful": (
            "Soyez honnête\u00a0: vous en saviez combien\u00a0?",
            "Qui gagne\u00a0? Votez en commentaire\u00a0!",
            "Vous avez mieux\u00a0? Prouvez-le en commentaire\u00a0!",
        ),
        "calm": (
            "Qu'allez-vous garder de tout cela\u00a0?",
            "Laquelle de ces images vous reste\u00a0?",
            "De quoi voulez-vous entendre parler ensuite\u00a0?",
        ),
        "dramatic": (
            "Qu'est-ce qui vous laisse sans voix\u00a0?",
            "Et lequel n'auriez-vous jamais deviné\u00a0?",
            "Lequel n'oublierez-vous pas\u00a0? Dites-le-moi.",
        ),
    },
    "it": {
        "curious": (
            "Quale ti ha sorpreso di più?",
            "Quale conoscevi già?",
            "Che cosa scopriamo la prossima volta?",
        ),
        "warm": (
            "Quale ti ha fatto sorridere? Scrivimelo.",
            "Con chi lo condivideresti?",
            "Quale ti resterà nel cuore? Raccontamelo.",
        ),
        "playful": (
            "Dì la verità: quante ne sapevi?",
            "Quale vince? Vota nei commenti!",
            "Ne conosci una migliore? Scrivila nei commenti!",
        ),
        "calm": (
            "Quale porti con te oggi?",
            "Quale di queste cose ti resta?",
            "Di che cosa vorresti sentire parlare?",
        ),
        "dramatic": (
            "Quale ti ha lasciato senza parole?",
            "E quale non avresti mai immaginato?",
            "Quale non dimenticherai? Scrivimelo.",
        ),
    },
}
"""The last line: an invitation to answer."""
