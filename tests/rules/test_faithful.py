"""A beat may say its fact in other words, and nothing more."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Brief, Character, Fact, Language, WriteRequest
from core.settings import ROOT
from integrations.generation.outline import write_script
from rules.briefs import read_brief
from rules.faithful import additions, inventions
from rules.numerals import numbers_in
from rules.roster import parse_roster
from rules.wording import LANGUAGES

BRIEFS = sorted((ROOT / "examples/briefs").glob("*.md"))
ROSTER = {one.slug: one for one in parse_roster((ROOT / "examples/characters.toml").read_text())}


def brief_of(name: str) -> Brief:
    return read_brief((ROOT / "examples/briefs" / f"{name}.md").read_bytes())


def character_of(brief: Brief) -> Character:
    return ROSTER[brief.character]


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_the_outline_of_every_example_adds_nothing(path: Path) -> None:
    brief = read_brief(path.read_bytes())
    character = character_of(brief)
    request = WriteRequest(
        brief=brief, character_name=character.name, persona=character.persona, tone=brief.tone or character.tone
    )

    for line in write_script(request).lines:
        if line.fact is None:
            assert inventions(line.text, brief) == ()
        else:
            assert additions(line.text, brief.facts[line.fact].text, brief) == ()


HONEST = [
    (
        "octopus-three-hearts",
        1,
        "Three hearts! Two of them feed the gills, the third looks after the rest of the body.",
    ),
    ("octopus-three-hearts", 2, "Its blood runs blue, since copper, not iron, carries the oxygen."),
    ("octopus-three-hearts", 3, "Two out of three nerve cells aren't in the brain, they're out in the arms."),
    ("octopus-three-hearts", 3, "About 66 percent of its nerve cells live in the arms."),
    ("octopus-three-hearts", 4, "And every single sucker tastes the reef it touches."),
    ("octopus-three-hearts", 6, "No bones at all, so it pours itself through the narrowest gaps in the rock."),
    ("octopus-three-hearts", 6, "It's boneless, so very narrow gaps in the rock are wide open doors."),
    (
        "computer-bug-real-moth",
        1,
        "It's nineteen forty-seven, and at Harvard engineers work on a huge machine: the Mark II.",
    ),
    ("deepest-lake-own-seals", 1, "Siberia hides Lake Baikal, and it goes down over sixteen hundred metres."),
    ("deepest-lake-own-seals", 2, "At around 25 million years, it's the oldest lake of all."),
    ("deepest-lake-own-seals", 3, "One fifth of all the unfrozen fresh water in the world sits right here."),
    (
        "railways-gave-us-time-zones",
        4,
        "Then, on November 18, 1883, North America's railways switched to zones they shared.",
    ),
    ("railways-gave-us-time-zones", 6, "The law? It only caught up in 1918, 35 years later."),
    ("venus-day-longer-than-year", 1, "To turn around just once, Venus takes 243 of our days."),
    ("piano-twenty-tons", 4, "Around 1700, in Florence, Bartolomeo Cristofori built the very first pianos."),
    ("biggest-desert-made-of-ice", 4, "At Vostok station, in 1983, it was 89 degrees Celsius below zero."),
    ("fluffy-cloud-500-tonnes", 2, "And each cubic metre? Just half a gram of water, roughly."),
    (
        "anillos-de-saturno-hielo",
        2,
        "Ocupan cientos de miles de kilómetros, y sin embargo apenas tienen diez metros de grosor.",
    ),
    ("anillos-de-saturno-hielo", 5, "Su día no llega a 11 horas; su año dura veintinueve de los nuestros."),
    ("espejo-de-sal", 2, "Son unos 10 000 kilómetros cuadrados, por encima de los 3600 metros."),
    ("caballito-de-mar-padre", 6, "Sin estómago, se pasa el día comiendo casi sin parar."),
    ("volcan-en-un-campo-de-maiz", 3, "Un año después, la montaña nueva ya pasaba de trescientos metros."),
    ("machu-picchu-sin-cemento", 4, "Nació en el siglo XV, y unos cien años más tarde quedó vacía."),
    ("eulen-fliegen-lautlos", 4, "Dank 14 Halswirbeln schafft sie bis zu 270 Grad."),
    ("eulen-fliegen-lautlos", 3, "Weil ihre Augen fest sitzen, muss die Eule den ganzen Kopf drehen."),
    ("buchstaben-aus-metall", 6, "Etwa 180 Stück hat er gedruckt, knapp fünfzig gibt es heute noch."),
    (
        "ein-loeffel-neutronenstern",
        5,
        "Der schnellste, den wir kennen, dreht sich mehr als siebenhundertmal in jeder Sekunde.",
    ),
    ("la-tour-eiffel-grandit", 2, "Pour l'exposition de 1889, on l'a construite en à peine plus de deux ans."),
    ("la-tour-eiffel-grandit", 3, "Plus de 18 000 pièces, tenues par deux millions et demi de rivets."),
    ("cette-plante-sait-compter", 3, "Un contact tout seul ne suffit pas : c'est peut-être une goutte de pluie."),
    ("lumiere-du-soleil-huit-minutes", 5, "Il pèse à lui seul plus de 99 % du système solaire."),
    ("sedici-albe-al-giorno", 6, "Da novembre del 2000 c'è sempre qualcuno: non è mai rimasta vuota."),
    ("venezia-foresta-di-pali", 3, "Nel fango non c'è ossigeno, perciò il legno marcisce piano piano."),
    ("pomodoro-viene-dall-america", 3, "Nel Cinquecento le navi spagnole lo portarono in Europa."),
    (
        "bees-dance-directions",
        1,
        "Picture this: a honeybee finds flowers, races home, and starts dancing right on the comb.",
    ),
    ("bees-dance-directions", 3, "The angle she takes? That's the direction, read off the Sun."),
    ("bees-dance-directions", 4, "Long waggle, long flight. Short waggle, and the flowers are just next door."),
    ("bees-dance-directions", 5, "It's pitch dark in the hive, so her sisters feel each step instead of seeing it."),
    (
        "bees-dance-directions",
        6,
        "Karl von Frisch cracked the code, and in 1973 it earned him a share of a Nobel Prize.",
    ),
    ("bananas-are-berries", 1, "For a botanist, a berry is what one flower makes from a single ovary."),
    ("bananas-are-berries", 3, "The strawberry? It fails. That red flesh isn't the ovary at all."),
    ("bananas-are-berries", 6, "Oh, and the banana tree? Not a tree. It's a giant herb."),
    ("ampersand-was-a-letter", 4, "Open an English alphabet from the 1800s and there it is, straight after Z."),
    (
        "coral-reef-built-by-animals",
        5,
        "They cover less than one percent of the sea floor, yet a quarter of all sea life lives there.",
    ),
    ("fluffy-cloud-500-tonnes", 3, "Do the sum and you get around 500 tonnes of droplets, floating over your head."),
    ("fold-paper-reach-the-moon", 5, "Forty-two folds, and you're past the Moon, some 384,000 kilometres out."),
    ("lighthouse-became-a-word", 2, "On an island called Pharos it rose roughly a hundred metres into the air."),
    ("lighthouse-became-a-word", 1, "Alexandria, about 280 BC: beside the harbour, a giant lighthouse goes up."),
    ("pantheon-hole-in-the-roof", 3, "No glass up there. The rain simply falls in, and the floor drains it away."),
    ("sahara-feeds-the-amazon", 4, "Roughly 28 million tons land on the Amazon basin, and they're full of phosphorus."),
    ("railways-gave-us-time-zones", 1, "Until 1883, each American town set its clocks by the Sun."),
    ("venus-day-longer-than-year", 4, "The air holds in so much heat that lead on the ground would melt."),
    ("biggest-desert-made-of-ice", 1, "What makes a desert? Hardly any rain or snow. Antarctica fits the bill."),
    ("golden-record-between-the-stars", 5, "Voyager 1 has been out in interstellar space since 2012."),
    ("el-desierto-que-mira-mas-lejos", 4, "A 5000 metros de altura hay 66 antenas que escuchan el cosmos a la vez."),
    (
        "cacao-se-pagaba-en-el-mercado",
        1,
        "¿Dinero que crece en los árboles? En el México antiguo se pagaba con granos de cacao.",
    ),
    ("corazon-de-la-ballena-azul", 3, "Un corazón enorme que a veces late solo dos veces en un minuto."),
    ("colibri-vuela-hacia-atras", 5, "El más chiquito es de Cuba: apenas dos gramos de colibrí."),
    ("la-ene-nacio-para-ahorrar", 2, "El pergamino costaba caro, así que los copistas abreviaban todo lo posible."),
    (
        "volcan-en-un-campo-de-maiz",
        4,
        "La lava tapó dos pueblos, pero tan despacio que los vecinos tuvieron tiempo de irse.",
    ),
    (
        "semilla-diminuta-gigante",
        2,
        "La más alta que conocemos mide unos 115 metros: supera a un edificio de treinta pisos.",
    ),
    ("ein-loeffel-neutronenstern", 4, "Ein Stück, nicht größer als ein Zuckerwürfel, wöge rund eine Milliarde Tonnen."),
    ("ein-loeffel-neutronenstern", 6, "Manche schicken Strahlen ins All, wie ein Leuchtturm."),
    ("buchstaben-aus-metall", 2, "Blei, Zinn und Antimon: Diese Mischung war im Nu wieder hart."),
    ("eulen-fliegen-lautlos", 6, "Raschelt im Dunkeln eine Maus, dann weiß die Eule genau, wo sie sitzt."),
    ("la-tour-eiffel-grandit", 4, "Et dire qu'on voulait la démonter après vingt ans !"),
    ("la-tour-eiffel-grandit", 5, "Ce qui l'a sauvée ? La radio : ses antennes avaient besoin de hauteur."),
    ("cette-plante-sait-compter", 4, "Mais deux contacts en vingt secondes environ, et clac, le piège se ferme."),
    (
        "lumiere-du-soleil-huit-minutes",
        3,
        "Cette grande boule lumineuse pourrait contenir plus d'un million de Terres.",
    ),
    ("venezia-foresta-di-pali", 1, "Più di cento isolette in mezzo alla laguna: è lì che sta la città."),
    ("pomodoro-viene-dall-america", 4, "In Italia divenne pomo d'oro: forse i primi erano gialli."),
    ("sedici-albe-al-giorno", 4, "E così ogni giorno l'equipaggio si gode 16 albe e altrettanti tramonti."),
]


@pytest.mark.parametrize(("name", "fact", "text"), HONEST)
def test_an_honest_paraphrase_passes(name: str, fact: int, text: str) -> None:
    brief = brief_of(name)

    assert additions(text, brief.facts[fact - 1].text, brief) == ()


FALSE = [
    ("octopus-three-hearts", 1, "Two hearts push blood through the gills, and seven more serve the rest.", "seven"),
    ("octopus-three-hearts", 2, "The blood is not blue, though copper carries its oxygen.", "denies"),
    ("octopus-three-hearts", 3, "A third of its nerve cells sit in the arms.", "A third"),
    ("octopus-three-hearts", 3, "Three quarters of its nerve cells sit in the arms.", "Three quarters"),
    ("octopus-three-hearts", 4, "No sucker can taste what it touches on the reef.", "denies"),
    ("octopus-three-hearts", 5, "In less than a minute and a half its skin can change colour, up to 40 times.", "40"),
    (
        "octopus-three-hearts",
        6,
        "With its tiny bones, it slips through very narrow gaps in the rock.",
        "its fact denies",
    ),
    (
        "octopus-three-hearts",
        6,
        "Only sea snails and whales sleep upright while drifting slowly northward.",
        "in common",
    ),
    ("deepest-lake-own-seals", 1, "Lake Baikal in Siberia reaches down less than 1,600 metres.", "opposite"),
    ("deepest-lake-own-seals", 1, "Lake Baikal in Siberia reaches down more than 1,600 kilometres.", "unit"),
    ("deepest-lake-own-seals", 1, "Lake Baikal in Mongolia reaches down more than 1,600 metres.", "Mongolia"),
    ("deepest-lake-own-seals", 4, "Hundreds of rivers flow in, but only two flow out.", "two"),
    (
        "lightning-hotter-than-sun-surface",
        1,
        "A bolt heats the air to 28,000 degrees, five times colder than the Sun's surface.",
        "colder",
    ),
    ("railways-gave-us-time-zones", 4, "On November 19, 1883, the railways switched to shared zones.", "19"),
    (
        "railways-gave-us-time-zones",
        4,
        "On November 18, 1883, the railways of South America switched to shared zones.",
        "South",
    ),
    ("venus-day-longer-than-year", 1, "Venus needs 243 Earth years to turn around just once.", "unit"),
    ("venus-day-longer-than-year", 3, "It spins backwards, and the Sun rises in the east.", "east"),
    ("biggest-desert-made-of-ice", 4, "In 1983, Vostok measured a pleasant 89 degrees Celsius.", "89"),
    ("bananas-are-berries", 3, "A strawberry passes the test: its red flesh is the ovary.", "ovary"),
    ("golden-record-between-the-stars", 1, "In 1977, Carl Sagan put a golden record on two Voyager probes.", "Sagan"),
    ("pantheon-hole-in-the-roof", 3, "A sheet of glass keeps the rain out of the floor.", "glass"),
    ("popcorn-tiny-pressure-cooker", 5, "A popped kernel is always exactly 50 times bigger than before.", "always"),
    ("anillos-de-saturno-hielo", 2, "Suelen medir más de 10 metros de grosor.", "opposite"),
    ("el-desierto-que-mira-mas-lejos", 1, "En Atacama hay lugares donde nunca llueve.", "nunca"),
    ("espejo-de-sal", 2, "Cubre unos veinte mil kilómetros cuadrados.", "veinte mil"),
    ("caballito-de-mar-padre", 6, "Tiene un estómago enorme y come casi sin parar.", "estómago"),
    ("caballito-de-mar-padre", 3, "Es el pez más lento: su aleta vibra 35 veces por segundo.", "mas lento"),
    ("eulen-fliegen-lautlos", 4, "Bis zu 360 Grad sind möglich, dank vierzehn Halswirbeln.", "360"),
    ("eulen-fliegen-lautlos", 3, "Ihre Augen sitzen nicht fest, deshalb dreht die Eule den Kopf.", "denies"),
    (
        "buchstaben-aus-metall",
        1,
        "Um 1450 goss Gutenberg in Frankreich die ersten Buchstaben aus Metall.",
        "Frankreich",
    ),
    ("ein-loeffel-neutronenstern", 2, "Sie ist nur etwa zwanzig Meter groß, kaum mehr als eine Stadt.", "unit"),
    (
        "la-tour-eiffel-grandit",
        1,
        "Quand il fait froid, le fer se dilate et la tour gagne quelques centimètres.",
        "froid",
    ),
    ("la-tour-eiffel-grandit", 2, "Elle fut construite en trois ans pour l'exposition de 1889.", "trois"),
    ("cette-plante-sait-compter", 3, "Un seul contact suffit, et ce n'est pas la pluie.", "suffit"),
    ("lumiere-du-soleil-huit-minutes", 6, "Il brille depuis quatre millions et demi d'années.", "quatre millions"),
    ("sedici-albe-al-giorno", 1, "La Stazione Spaziale vola a circa 400 metri sopra di noi.", "unit"),
    ("venezia-foresta-di-pali", 3, "Nel fango manca l'ossigeno, e così il legno marcisce rapidamente.", "rapidamente"),
    ("venezia-foresta-di-pali", 6, "Il ponte di Rialto, tutto di pietra, fu finito nel 1951.", "1951"),
    ("pomodoro-viene-dall-america", 6, "La prima ricetta di salsa uscì a Parigi alla fine del Seicento.", "Parigi"),
    ("bees-dance-directions", 4, "The shorter she waggles, the farther away the flowers are.", "It "),
    ("bees-dance-directions", 6, "Karl von Frisch decoded the dance and won two Nobel Prizes in 1973.", "It "),
    ("bees-dance-directions", 5, "In the bright hive, her sisters watch every step.", "It "),
    ("bananas-are-berries", 2, "By that rule, bananas, grapes and tomatoes are not berries.", "It "),
    ("bananas-are-berries", 6, "The banana tree is the tallest tree in the garden.", "It "),
    ("ampersand-was-a-letter", 4, "In the 1700s, many English alphabets listed it right after Z.", "It "),
    ("coral-reef-built-by-animals", 1, "Corals are plants, and they don't live in colonies.", "It "),
    ("coral-reef-built-by-animals", 6, "The Great Barrier Reef stretches for less than 2,300 kilometres.", "It "),
    (
        "fold-paper-reach-the-moon",
        6,
        "Real paper never gives up early, and 12 folds once took 1,200 metres of it.",
        "It ",
    ),
    ("lighthouse-became-a-word", 4, "The Romans tore it down in 1375 after well over 1,000 years.", "It "),
    ("popcorn-tiny-pressure-cooker", 6, "In Peru, people invented popcorn 60,000 years ago.", "It "),
    ("sahara-feeds-the-amazon", 2, "It sails more than 2,500 miles across the Atlantic.", "It "),
    ("golden-record-between-the-stars", 4, "The cover doesn't explain how to play it.", "It "),
    ("piano-twenty-tons", 1, "A piano has 88 keys, but more than 20,000 strings.", "It "),
    ("colibri-vuela-hacia-atras", 3, "En vuelo, su corazón no puede pasar de 1200 latidos por minuto.", "It "),
    ("corazon-de-la-ballena-azul", 2, "Mide casi 30 metros, tanto como cinco autobuses en fila.", "It "),
    ("volcan-en-un-campo-de-maiz", 6, "Tras nueve años de fuego, el Parícutin se durmió en 1962.", "It "),
    ("buchstaben-aus-metall", 5, "Seine berühmte Bibel hat fast 1300 Seiten, meist in sieben Bänden.", "It "),
    ("ein-loeffel-neutronenstern", 3, "Trotzdem enthält sie weniger Masse als unsere Sonne.", "It "),
    ("lumiere-du-soleil-huit-minutes", 4, "Sa surface atteint 5500 degrés, et son cœur, 15 milliards.", "It "),
    ("cette-plante-sait-compter", 6, "Ensuite, la feuille ne digère pas sa proie.", "It "),
    ("sedici-albe-al-giorno", 6, "Dal novembre del 2000 è rimasta vuota.", "It "),
    ("venezia-foresta-di-pali", 5, "Meno di 400 ponti uniscono le isole.", "It "),
    ("pomodoro-viene-dall-america", 3, "Arrivò in Europa nel Trecento, con le navi di Colombo.", "It "),
]


@pytest.mark.parametrize(("name", "fact", "text", "named"), FALSE)
def test_what_changes_a_fact_is_named(name: str, fact: int, text: str, named: str) -> None:
    brief = brief_of(name)

    found = additions(text, brief.facts[fact - 1].text, brief)

    assert any(named in one for one in found), found
    assert all(one.endswith(".") for one in found)


def test_a_percentage_is_rounded_only_from_a_part() -> None:
    share = "More than 99 percent of the mass sits in the Sun."
    third = "One third of the mass sits in the Sun."

    assert any("98" in one for one in additions(share.replace("99", "98"), share, plain(share)))
    assert additions("33 percent of the mass sits in the Sun.", third, plain(third)) == ()
    assert any("36" in one for one in additions("36 percent of the mass sits in the Sun.", third, plain(third)))


def plain(*facts: str, language: Language = "en", research: bool = False) -> Brief:
    return Brief(
        title="A plain title", language=language, character="tester", research=research,
        facts=tuple(Fact(text=fact) for fact in facts),
    )  # fmt: skip


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_a_fact_of_another_brief_is_not_this_one(path: Path) -> None:
    brief = read_brief(path.read_bytes())
    other = next(one for one in map(read_brief, (p.read_bytes() for p in BRIEFS)) if one.title != brief.title)

    strangers = [fact.text for fact in other.facts if len(fact.text) > 40]

    assert sum(bool(additions(text, brief.facts[0].text, brief)) for text in strangers) >= len(strangers) - 1


def test_research_lets_more_be_said_but_no_contradiction() -> None:
    fact = "The tower stands about 100 metres tall and has no roof."
    strict, free = plain(fact), plain(fact, research=True)
    more = "The tower stands 100 metres tall, and Napoleon loved it first."

    assert additions(more, fact, strict)
    assert additions(more, fact, free) == ()
    assert additions("The tower stands 200 metres tall.", fact, free)
    assert additions("The tower has a roof.", fact, free)
    assert inventions("Napoleon's 7 secrets", free) == ()
    assert len(inventions("Napoleon's 7 secrets", strict)) == 2


def test_hooks_may_ask_anything_but_not_claim_it() -> None:
    brief = brief_of("octopus-three-hearts")

    assert inventions("Is this the strangest animal of all?", brief) == ()
    assert inventions("This is the strangest animal of all.", brief)
    assert inventions("You'll never guess how many hearts it has.", brief) == ()


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "thirty-five", {35}),
        ("en", "two hundred and five thousand", {205_000}),
        ("en", "two and a half million", {2_500_000}),
        ("en", "the twenty-first century", {21}),
        ("en", "1,600 and 2.5", {1600, 2.5}),
        ("en", "one of them and an owl", set()),
        ("es", "treinta y cinco", {35}),
        ("es", "mil millones", {1e9}),
        ("es", "dos y tres", {2, 3}),
        ("de", "fünfunddreißig", {35}),
        ("de", "neunzehnhundertsiebenundvierzig", {1947}),
        ("de", "1.600 und 2,5", {1600, 2.5}),
        ("fr", "quatre-vingt-dix-neuf", {99}),
        ("fr", "mille neuf cent soixante-dix-huit", {1978}),
        ("fr", "vingt et un", {21}),
        ("it", "duemilaquattrocento", {2400}),
        ("it", "tu sei qui con ventotto amici", {28}),
        ("it", "un miliardo e mezzo", {1.5e9}),
    ],
)
def test_numbers_are_read_in_words_and_digits(language: Language, text: str, values: set[float]) -> None:
    assert {value for number in numbers_in(text, language) for value in number.values} == values


@given(st.integers(min_value=2, max_value=999_999), st.sampled_from(LANGUAGES))
@settings(max_examples=60, deadline=None)
def test_a_number_with_a_sign_between_thousands_is_the_same_number(number: int, language: Language) -> None:
    grouped = f"{number:,}" if language == "en" else f"{number:,}".replace(",", ".")
    fact = f"km {number} km"

    assert not [one for one in additions(f"km {grouped} km", fact, plain(fact, language=language)) if "number" in one]
    assert [one for one in additions(f"km {number + 1} km", fact, plain(fact, language=language)) if "number" in one]


@given(st.text(max_size=120), st.text(min_size=1, max_size=120), st.sampled_from(LANGUAGES))
@settings(max_examples=80, deadline=None)
def test_any_text_can_be_compared(text: str, fact: str, language: Language) -> None:
    brief = plain(fact, language=language)

    assert all(isinstance(one, str) and one for one in additions(text, fact, brief) + inventions(text, brief))


def test_many_numbers_take_no_long_time() -> None:
    began = time.process_time()
    numbers_in("1,000, " * 4_000, "en")

    assert time.process_time() - began < 3
