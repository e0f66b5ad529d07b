"""Words that claim something, in five languages: superlatives, absolutes, negations, opposites, units, names.

Data only; `faithful` and `claim_names` read it. All of it is compared without accents and in small letters, except
the names.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.models import Language


@dataclass(frozen=True)
class Absolute:
    """A claim that admits no exception: how it is said, and what in a fact allows saying it. Both are patterns."""

    claim: str
    allowed_by: str


ABSOLUTES: dict[Language, tuple[Absolute, ...]] = {
    "en": (
        Absolute(r"(?<!at )first(?! of all)", r"first|earliest|oldest"),
        Absolute(r"the (?:only|sole)|unique|nowhere else", r"only|sole|unique|alone|no other|single|nowhere else"),
        Absolute(
            r"always|forever|eternal\w*", r"always|forever|every|each|all|constant\w*|permanent\w*|never|eternal\w*"
        ),
        Absolute(
            r"never(?! (?:guess|believe|forget|have|look|see))|nobody|no one|none|nowhere",
            r"never|no|not|\w+n't|none|without|cannot|nobody|nowhere",
        ),
        Absolute(r"everyone|everybody|everywhere|without exception", r"every\w*|all|each"),
        Absolute(
            r"exactly|proven|guaranteed|definitely|undoubtedly", r"exact\w*|precise\w*|proven|guaranteed|certain\w*"
        ),
        Absolute(r"impossible|world record", r"impossible|cannot|can't|world record"),
    ),
    "es": (
        Absolute(r"(?<!en )(?<!a )primer[oa]?s?", r"primer[oa]?s?|antigu[oa]s?"),
        Absolute(r"unic[oa]s?", r"unic[oa]s?|sol[oa]"),
        Absolute(r"siempre|etern[oa]s?", r"siempre|nunca|cada|tod[oa]s?|constante\w*|etern[oa]s?"),
        Absolute(
            r"nunca(?! (?:adivin|cre|imagin|olvid|mir|ver|volver))|jamas|nadie|ningun[oa]?",
            r"nunca|jamas|nadie|ningun[oa]?|no|sin|ni",
        ),
        Absolute(r"en todas partes|todo el mundo|sin excepcion", r"tod[oa]s?|cada"),
        Absolute(
            r"exactamente|demostrado|garantizado|sin duda|imposible", r"exact\w*|preci\w*|demostrado|no|imposible"
        ),
    ),
    "de": (
        Absolute(r"erste[nrsm]?|erstmals", r"erste[nrsm]?|erstmals|altest\w*|fruhest\w*"),
        Absolute(r"einzige[nrsm]?|einzigartig\w*", r"einzig\w*|nur|allein"),
        Absolute(
            r"immer(?! (?:wieder|noch|mehr|weiter|\w+er\b))|ewig\w*|stets",
            r"immer|nie|ewig\w*|stets|jede[nrsm]?|alle[nrs]?|standig|dauernd",
        ),
        Absolute(
            r"(?<!st du )nie(?! (?:erraten|glauben|vergessen))|niemals|niemand|nirgends|nirgendwo",
            r"nie\w*|nirgend\w*|kein\w*|nicht|ohne",
        ),
        Absolute(r"uberall|ausnahmslos|alle menschen", r"uberall|alle[nrs]?|jede[nrsm]?"),
        Absolute(r"exakt|bewiesen|garantiert|zweifellos|unmoglich", r"exakt|genau|bewiesen|garantiert|nicht|unmoglich"),
    ),
    "fr": (
        Absolute(r"(?<!en )(?<!au )premier(?:s|es?)?", r"premier(?:s|es?)?|ancien\w*"),
        Absolute(r"l[ea]s? seule?s?|uniques?", r"seule?s?|uniques?|que"),
        Absolute(
            r"toujours|eternel\w*|sans cesse", r"toujours|jamais|eternel\w*|chaque|tou[st]|toutes?|constam\w*|encore"
        ),
        Absolute(
            r"jamais(?! (?:devin|cru|croir|imagin|oubli|regard|voir|verr))|personne ne|nulle part|aucune?",
            r"jamais|personne|nulle|aucune?|pas|sans|ni|ne|n",
        ),
        Absolute(r"partout|tout le monde|sans exception", r"partout|tou[st]|toutes?|chaque"),
        Absolute(
            r"exactement|prouve|garanti|sans aucun doute|impossible", r"exact\w*|precis\w*|prouve|ne|n|impossible"
        ),
    ),
    "it": (
        Absolute(r"(?:il|la|i|le|lo) prim[oaie]", r"prim[oaie]|antic\w+"),
        Absolute(r"unic[oai]|uniche|l[ao] sol[oa]|il solo", r"unic\w+|sol[oa]|soltanto"),
        Absolute(r"sempre(?! piu)|etern[oaie]", r"sempre|mai|ogni|tutt[oaie]|continu\w+|costant\w+|etern[oaie]"),
        Absolute(
            r"mai(?! (?:indovin|creder|immagin|dimentic|guard|vedr|piu))|nessun[oa]?", r"mai|nessun[oa]?|non|senza|ne"
        ),
        Absolute(r"ovunque|dappertutto|tutti quanti|senza eccezion[ei]", r"ovunque|dappertutto|tutt[oaie]|ogni"),
        Absolute(
            r"esattamente|dimostrato|garantito|senza dubbio|impossibile",
            r"esatt\w+|precis\w+|dimostrato|non|impossibile",
        ),
    ),
}

ALMOST: dict[Language, str] = {
    "en": r"almost|nearly|hardly",
    "es": r"casi",
    "de": r"fast|beinahe",
    "fr": r"presque",
    "it": r"quasi",
}
"""What takes the edge off an absolute: 'hardly ever' does not allow to say 'never'."""

SUPERLATIVES: dict[Language, str] = {
    "en": r"(larg|bigg|great|small|tini|tall|high|deep|long|short|fast|quick|slow|old|young|new|heavi|light|hott|cold"
    r"|warm|strong|tough|bright|dark|rar|loud|quiet|rich|dead|wid|near|clos|dri|wett|smart|clever|steep|strang)est"
    r"|(best|worst)|the most (\w+)",
    "es": r"(?:el|la|los|las|lo|su|sus)(?: \w+)? mas ((?!de |que )\w+)"
    r"|(?:el|la|los|las|su|sus) (mayor|menor|mejor|peor)(?:es)?(?! parte)",
    "de": r"(gross|hoch|schnell|alt|jung|klein|lang|kurz|tief|schwer|leicht|hell|dunkel|stark|heiss|kalt|reich|breit"
    r"|laut|trocken|selten|weit|be|schlimm|gefahrlich)(?:e?st|(?<=gross)t)(?:e|en|er|es|em)",
    "fr": r"(?:le|la|les|sa|ses|son) plus ((?!de |d |que )\w+)|(?:le|la|les) (meilleur|pire)e?s?",
    "it": r"(?:il|la|i|le|lo|gli|suo|sua|l)(?: \w+)? piu ((?!di |che )\w+)"
    r"|(?:il|la|i|le|suo|sua) (maggior|minor|miglior|peggior)[ei]?(?! parte)",
}
"""How the highest degree is said; the group holds the word that is raised."""

SAME_DEGREE: dict[str, str] = {
    "bigg": "larg",
    "great": "larg",
    "tini": "small",
    "high": "tall",
    "quick": "fast",
    "hott": "warm",
    "tough": "strong",
    "clos": "near",
    "mayor": "grand",
    "menor": "peque",
    "chiqu": "peque",
    "maggior": "grand",
    "minor": "picco",
}
"""Degrees that are one: the greatest is the largest."""

THAN_ANY_OTHER: dict[Language, str] = {
    "en": r"than (?:any|all|every)",
    "es": r"que (?:cualquier|ningun|tod[oa]s)",
    "de": r"als (?:jede|alle)\w*",
    "fr": r"que (?:tou[st]|toutes|n'importe)",
    "it": r"(?:di|che) (?:ogni|qualsiasi|tutt[ie])|di qualunque",
}
"""A comparison with all others allows a superlative."""

NEGATORS: dict[Language, str] = {
    "en": "not no never without cannot neither nor lacks lack",
    "es": "no sin ni nunca jamas ningun ninguna tampoco carece falta faltan",
    "de": "nicht kein keine keinen keinem keiner ohne nie niemals weder fehlt fehlen",
    "fr": "pas sans ni jamais aucun aucune manque manquent",
    "it": "non senza mai nessun nessuna manca mancano",
}
NOT_QUITE_NEGATIONS: dict[Language, str] = {
    "en": r"not (?:only|just|merely)|nothing but|no (?:more|less|fewer) than|no wonder|(?:no|not) \w+er than"
    r"|no matter|not even|why not",
    "es": r"no (?:solo|solamente)|no obstante|nada mas que|no mas (?:de|\w+ que)|sin duda|sin embargo",
    "de": r"nicht (?:nur|bloss|mehr als|\w+er als)|nichts als|ohne zweifel",
    "fr": r"pas seulement|pas moins de|sans doute|pas plus (?:de|\w+ qu)",
    "it": r"non (?:solo|soltanto)|nientemeno|non piu (?:di|\w+ di)|senza dubbio",
}
"""Negations in form only; they are taken out before negations are compared."""

INSTEAD: dict[Language, str] = {
    "en": r"instead of|rather than|unlike|in place of|fails?",
    "es": r"en vez de|en lugar de|a diferencia de",
    "de": r"statt|anstatt|anstelle|anders als",
    "fr": r"au lieu d[eu]?|plutot que|contrairement a",
    "it": r"invece d[ei]\w*|anziche|al posto d[ei]\w*|a differenza d[ei]\w*",
}
"""What follows is set aside: it counts neither as said nor as denied."""

BUTS: dict[Language, str] = {
    "en": r"but|because|so|and yet|while",
    "es": r"sino|pero|porque|aunque",
    "de": r"sondern|aber|denn|weil",
    "fr": r"mais|car|puisque",
    "it": r"ma|bensi|perche|pero",
}
"""Words that end what a negation reaches."""

OPPOSITES: dict[Language, str] = {
    "en": "before/after hot|hotter|hottest/cold|colder|coldest bigger|larger/smaller longer/shorter faster/slower "
    "higher/lower older/younger heavier/lighter north*/south* east|eastern/west|western "
    "expand*/shrink*|contract* male/female backward*/forward* inside/outside summer/winter gain*/lose*|loses "
    "increas*/decreas* sweet/bitter|sour dark*/bright* rises|rise/sinks|sink|sets fewer/more soft/hard "
    "hotter/cooler closer|nearer/farther|further poisonous/harmless",
    "es": "mayor*/menor* antes/despues rapid*/lento|lenta|lentos|lentas|lentamente calient*/frio|fria|frios|frias "
    "norte/sur oriente/occidente verano/invierno oscur*/luminos* atras/adelante ligero|ligera/pesado|pesada "
    "gana/pierde crece/encoge dulce/amarg* viej*/joven* largo|larga/corto|corta dentro/fuera lejos/cerca "
    "cubrio/descubrio llueve/nieva caro/barato ensancha*/estrecha* sube/baja",
    "de": "grosser/kleiner langer/kurzer schneller/langsamer alter/junger heiss*/kalt* warm*/kalt* norden/suden "
    "dunkel*/hell* osten/westen sommer/winter mannchen/weibchen vorwarts/ruckwarts hart*/weich* "
    "lautlos|leise/laut hoher/tiefer|niedriger wachst/schrumpft fruher/spater mehr/weniger oben/unten tag/nacht",
    "fr": "avant/apres grandi*/retreci*|rapetiss* chaud*/froid* nord/sud rapide*/lent|lente|lents|lentement "
    "lourd*/leger* vieux|vieille/jeune sombre*/lumineu* dedans/dehors male/femelle "
    "ouvre|ouvrent|ouvert*/ferme|ferment|fermee dilat*/contract* gagn*/perd* toujours/parfois lointain*/proche*",
    "it": "caldo|calda/freddo|fredda estate/inverno nord/sud est/ovest veloce|veloci/lento|lenta|lenti "
    "pesante/leggero|leggera vecchi*/giovan* dentro/fuori maschio/femmina cresc*/rimpicciolisc* dolce/amar* "
    "lontan*/vicin* sopra/sotto lentamente|piano/velocemente|rapidamente|presto",
}
"""Pairs that contradict each other when a fact has one side and a beat only the other; '*' takes any ending."""

MORE_THAN: dict[Language, str] = {
    "en": r"more than|over|above|at least|beyond|upwards of",
    "es": r"mas de|mas que|al menos|por encima de|por lo menos",
    "de": r"mehr als|uber|mindestens|wenigstens",
    "fr": r"plus d[e']|au moins|au-dela de",
    "it": r"piu di|oltre|almeno",
}
LESS_THAN: dict[Language, str] = {
    "en": r"less than|fewer than|under|below|at most|barely",
    "es": r"menos de|menos que|como mucho|apenas",
    "de": r"weniger als|unter|hochstens|knapp",
    "fr": r"moins d[e']|au plus|a peine",
    "it": r"meno di|al massimo|appena",
}

UNITS: dict[Language, str] = {
    "en": "mm:millimet* cm:centimet* km:kilomet* m:metre|metres|meter|meters mi:mile|miles ft:foot|feet "
    "in:inch|inches kg:kilo|kilos|kilogram* g:gram|grams t:ton|tons|tonne|tonnes lb:pound|pounds "
    "s:second|seconds min:minute|minutes h:hour|hours d:day|days w:week|weeks mo:month|months y:year|years "
    "c:century|centuries deg:degree|degrees l:litre*|liter*",
    "es": "mm:milimetr* cm:centimetr* km:kilometr* m:metro|metros mi:milla|millas kg:kilo|kilos|kilogram* "
    "g:gramo|gramos t:tonelada* s:segundo|segundos min:minuto|minutos h:hora|horas d:dia|dias w:semana* "
    "mo:mes|meses y:ano|anos c:siglo|siglos deg:grado|grados l:litro|litros",
    "de": "mm:millimeter* cm:zentimeter* km:kilometer* m:meter|metern|metre* mi:meile* kg:kilo|kilogramm* g:gramm "
    "t:tonne|tonnen s:sekunde* min:minute* h:stunde* d:tag|tage|tagen w:woche* mo:monat* y:jahr|jahre|jahren "
    "c:jahrhundert* deg:grad l:liter*",
    "fr": "mm:millimetre* cm:centimetre* km:kilometre* m:metre|metres mi:mille|milles kg:kilo|kilos|kilogramme* "
    "g:gramme* t:tonne|tonnes s:seconde* min:minute* h:heure* d:jour|jours w:semaine* mo:mois y:an|ans|annee* "
    "c:siecle* deg:degre* l:litre*",
    "it": "mm:millimetr* cm:centimetr* km:chilometr* m:metro|metri mi:miglio|miglia kg:chilo|chili|chilogramm* "
    "g:grammo|grammi t:tonnellat* s:secondo|secondi min:minut* h:ora|ore|all'ora d:giorno|giorni w:settiman* "
    "mo:mese|mesi y:anno|anni c:secolo|secoli deg:grado|gradi l:litro|litri",
}

COMMON_CAPITALS: dict[Language, str] = {
    "en": "i i'm i'll i've i'd earth sun moon internet mr mrs ms dr ok bc ad monday tuesday wednesday",
    "es": "tierra sol luna internet",
    "de": "",
    "fr": "terre soleil lune internet",
    "it": "terra sole luna internet",
}
"""Words that are written large inside a sentence and name nobody."""

MEASURES: str = """
    grad meter kilometer zentimeter millimeter gramm kilo kilogramm tonnen tonne liter prozent stück mal ende anfang
    mitte jahre tage stunden minuten sekunden millionen milliarden tausend hundert dutzend
"""
"""German words after which another noun follows without an article: 'Grad Celsius', 'Tonnen Stahl'."""

WELL_KNOWN_NAMES: str = """
    einstein newton napoleon darwin galileo edison tesla shakespeare columbus mozart beethoven aristotle plato
    cleopatra churchill kennedy lincoln washington picasso gandhi kepler copernicus archimedes pythagoras marconi
    gutenberg goethe voltaire pasteur curie hawking humboldt magellan africa europe asia america australia india
    china japan russia france germany italy spain england britain greece egypt mexico brazil canada peru chile paris
    london berlin rome madrid tokyo moscow vienna athens afrika europa asien amerika australien indien japan
    russland frankreich deutschland italien spanien griechenland ägypten mexiko brasilien kanada rom wien athen
    moskau afrique amérique inde chine japon russie allemagne italie espagne grèce égypte brésil áfrica américa
    alemania francia italia españa inglaterra grecia egipto rusia londres parís roma germania spagna inghilterra
    egitto parigi londra nasa google youtube tiktok wikipedia microsoft
"""
"""Names that are found wherever they stand, also at the start of a sentence and among German nouns."""
