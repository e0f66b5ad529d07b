"""What makes the first line of a reel strong or weak, in five languages. Data only; `hooks` reads it.

Patterns over text in small letters without accents.
"""

from __future__ import annotations

from core.models import Language

CLICHES: dict[Language, str] = {
    "en": r"you won't believe|you'll never guess|mind ?blow\w*|blow your mind|shock\w*|this one (?:simple )?trick"
    r"|wait (?:for|until|till) (?:it|the end)|nobody (?:talks|tells)|they don't want|insane|jaw.dropping|crazy|hack"
    r"|game.?changer|secret they|number \d+ will|what happens next|viral",
    "es": r"no te lo vas a creer|no vas a creer|te (?:va a )?volar\w* la cabeza|impactante|alucinante|increible\w*"
    r"|truco|nadie te (?:lo )?cuenta|espera (?:al|hasta el) final|te dejara sin palabras|viral",
    "de": r"das glaubst du nie|du wirst (?:es )?nicht glauben|unglaublich\w*|schockier\w*|krass|wahnsinn|umhauen"
    r"|dieser (?:eine )?trick|bis zum (?:ende|schluss)|niemand (?:sagt|erzahlt)|viral",
    "fr": r"vous n'allez pas (?:le )?croire|tu ne vas pas (?:le )?croire|incroyable\w*|choquant\w*|hallucinant\w*"
    r"|cette astuce|jusqu'a la fin|personne ne (?:vous|te) (?:le )?dit|dingue|viral\w*",
    "it": r"non ci crederai|incredibil\w*|scioccant\w*|pazzesc\w*|questo trucco|fino alla fine"
    r"|nessuno (?:ti|ve) (?:lo )?dice|ti lascera a bocca aperta|viral\w*",
}
"""Phrases that promise and say nothing."""

ANNOUNCEMENTS: dict[Language, str] = {
    "en": r"in this (?:video|reel|clip)|in today's|today (?:we|i|you)|let me tell you|welcome"
    r"|hi (?:guys|everyone|there)|hey (?:guys|everyone|there)|hello"
    r"|i'm going to|we're going to|let's talk about|did you know",
    "es": r"en este (?:video|reel|clip)|hoy (?:vamos|te|os|les|hablamos)|bienvenid\w*|hola|te voy a contar"
    r"|vamos a hablar|sabias que|lo sabias",
    "de": r"in diesem (?:video|reel|clip)|heute (?:zeige|erzahle|geht|sprechen|reden|lernst)|willkommen|hallo"
    r"|hey leute|ich zeige (?:dir|euch)|wusstest du|wusstet ihr",
    "fr": r"dans cette video|dans ce (?:reel|clip)|aujourd'hui|bienvenue|bonjour|salut|je vais vous|je vais te"
    r"|parlons de|saviez-vous|savais-tu",
    "it": r"in questo (?:video|reel)|oggi (?:vi|ti|parliamo|vediamo|scopriamo)|benvenut\w*|ciao|vi racconto|ti racconto"
    r"|lo sapevi|sapevi che",
}
"""Phrases that announce the reel instead of beginning it."""

CONTRASTS: dict[Language, str] = {
    "en": r"but|yet|not|no|never|without|instead|than|isn't|aren't|doesn't|don't|can't|except|until|only",
    "es": r"pero|sin|no|nunca|sino|aunque|mas que|salvo|ni|solo|antes de|en vez",
    "de": r"aber|doch|ohne|nicht|kein\w*|nie|sondern|trotzdem|als|nur|statt",
    "fr": r"mais|sans|pas|jamais|pourtant|sauf|plus que|ni|seul\w*|au lieu",
    "it": r"ma|senza|non|mai|eppure|tranne|piu di|ne|solo|invece",
}
"""Words that set one thing against another."""

WEAK_OPENINGS: dict[Language, str] = {
    "en": r"so|well|okay|ok|um|and|there (?:is|are|was|were)|it is|it's|this is|here is|here's|basically|actually",
    "es": r"bueno|pues|entonces|hay|es|esto es|este es|esta es|aqui",
    "de": r"also|nun|so|es gibt|das ist|dies ist|hier ist|es ist",
    "fr": r"alors|bon|donc|il y a|c'est|ceci est|voici|voila",
    "it": r"allora|dunque|beh|c'e|ci sono|questo e|questa e|ecco",
}
"""First words that give the viewer time to leave."""
