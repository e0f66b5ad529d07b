"""Words of a text: sentences, stems, and which words say nothing by themselves, in five languages."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import get_args

from core.models import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
STEM_LENGTH = 5
"""Letters of a word that are compared, so that 'vibrates' and 'vibrating' are one."""

WORD = re.compile(r"[^\W_]+(?:['’](?:t|s|re|ve|ll|d|m)\b)?")
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|\n+")

SMALL_WORDS: dict[Language, str] = {
    "en": """
        a about above after again all also although am an and another any are around as at away back be because been
        before being below between both but by can cannot could did do does down during each either else even ever
        every few for from get gets give go goes got had has have having he her here hers him his how i if in inside
        into is it its itself just keep let like made make makes many may me might more most much must my near
        nearly no nor not now of off on once one only onto or other our out outside over own per put quite rather
        really s same say says see she should since so some something still such t than that the their them then
        there these they thing things this those though through to too toward towards under until up upon us very
        was we well were what when where which while who whom whose why will with within without would yet you your
        don't isn't it's that's there's doesn't can't won't aren't wasn't they're you're i'm i've
    """,
    "es": """
        a al algo algún alguna algunas alguno algunos allí ante antes apenas aquel aquella aquí así aun aunque aún
        bajo bien cada casi como con contra cual cuando cuál de del desde después donde dos durante e el ella ellas
        ello ellos en entonces entre era eran es esa esas ese eso esos esta estas este esto estos está están fue
        fueron ha hace hacen hacia han hasta hay incluso la las le les lo los luego me menos mi mientras mucha
        muchas mucho muchos muy más ni no nos o otra otras otro otros para pero poco por porque pues que quien quién
        qué se sea según ser si sido sin sino sobre son su sus sí también tan tanto te ti tiene tienen tienes tu tus
        tú u un una unas uno unos vez y ya yo él cómo cuánto dónde
    """,
    "de": """
        aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bis da dabei
        dadurch daher damit dann daran darauf darum das dass dazu dein deine dem den denn der des deshalb dich die
        dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwa
        etwas euch für gab ganz gar gegen gibt gleich hat hatte haben hier hin hinter ich ihm ihn ihnen ihr ihre
        ihrem ihren ihrer im immer in ist ja jede jedem jeden jeder jedes jetzt kann kein keine keinem keinen keiner
        können man manche mehr mein meine mich mir mit nach nicht noch nun nur ob oder ohne schon sehr sein seine
        seinem seinen seiner seit sich sie sind so sogar sondern sowie trotzdem um und uns unser unsere unter vom
        von vor war waren warum was weil wenn wer werden wie wieder wir wird wo wurde wurden zu zum zur zwischen
        über
    """,
    "fr": """
        a afin ai alors après as au aucun aussi autour autre autres aux avait avant avec avez avoir avons c ce cela
        ces cet cette ceux chaque chez comme comment d dans de depuis des donc dont du déjà elle elles en encore
        entre est et eu eux fait faut font il ils j je jusqu jusque l la le les leur leurs lors lorsque lui là m ma
        mais me mes moi moins mon même n ne ni nos notre nous on ont ou où par parce pas pendant peu peut peuvent
        plus pour pourquoi pourtant puis qu quand que quel quelle quelques qui quoi s sa sans se sera ses si son
        sont sous sur t ta tandis te tes toi ton toujours tous tout toute toutes tu tel très un une vers voici voilà
        vos votre vous y à ça étaient était être
    """,
    "it": """
        a abbia ad agli ai al alla alle allo allora altra altre altri altro anche ancora avere aveva c che chi ci
        ciò circa col come con contro cosa così cui d da dagli dai dal dalla dalle dallo degli dei del della delle
        dello dentro di dopo dove due dunque e ed era erano essere fa fino fra fu gli ha hai hanno ho i il in
        infatti invece io l la le lei li lo loro lui ma mentre mi mia mie mio molta molte molti molto ne negli nei
        nel nella nelle nello noi non nostra nostre nostri nostro o ogni oltre per perché perfino però più po poi
        prima pure qua quale quali qualche quando quanto quasi quel quella quelle quelli quello quest questa queste
        questi questo qui quindi s se sei sempre senza si sia sono sopra sotto sta stata state stati stato su sua
        sue sugli sui sul sulla sulle suo suoi tra tu tua tutte tutti tutto un una uno v vi è
    """,
}
"""Words that carry no statement; they also tell one language from another."""

STOP_WORDS: dict[Language, frozenset[str]] = {name: frozenset(words.split()) for name, words in SMALL_WORDS.items()}


def sentences_of(text: str) -> tuple[str, ...]:
    """Split a text after full stops, question and exclamation marks, and at line ends."""
    return tuple(part for part in SENTENCE_END.split(text.strip()) if part)


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters, elided articles apart: "l'été" gives 'l', 'été'."""
    return [word.replace("’", "'") for word in WORD.findall(text.casefold())]


@lru_cache(maxsize=1 << 14)
def bare(word: str) -> str:
    """Take the accents off a word and make its letters small."""
    return "".join(char for char in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(char))


def stem(word: str) -> str:
    """Return what two forms of a word have in common: its first letters, without accents or a plural s."""
    plain = bare(word.split("'")[0])
    return plain[:STEM_LENGTH] if len(plain) > STEM_LENGTH else plain.removesuffix("s")


def is_content(word: str, language: Language) -> bool:
    """Say whether a word states something: it is no small word, no number in digits and no single letter."""
    return len(word) > 1 and word not in STOP_WORDS[language] and not word[0].isdigit()


def content_stems(text: str, language: Language) -> list[str]:
    """Return the stems of the words that state something, in order."""
    return [stem(word) for word in words_of(text) if is_content(word, language)]


def language_of(text: str) -> Language | None:
    """Guess the language of a text by its small words; None when it is too short or no language stands out."""
    words = words_of(text)
    counts = sorted(((sum(word in STOP_WORDS[name] for word in words), name) for name in LANGUAGES), reverse=True)
    (most, best), (second, _) = counts[0], counts[1]
    return best if most >= 3 and most >= 1.4 * second else None
