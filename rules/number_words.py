"""The words of numbers in five languages. Data only; `number_tokens` reads it.

Written in small letters without accents: '30 trenta trentina' says that both words stand for 30.
"""

from __future__ import annotations

from core.models import Language

ONES: dict[Language, str] = {
    "en": "1 a an one",
    "es": "1 un uno una",
    "de": "1 ein eine einem einen einer eines eins",
    "fr": "1 un une",
    "it": "1 un uno una",
}
SMALL: dict[Language, str] = {
    "en": "0 zero, 2 two twice double doubles doubled, 3 three triple triples, 4 four quadruple, 5 five, 6 six, 7 "
    "seven, 8 eight, 9 nine, 10 ten, 11 eleven, 12 twelve, 13 thirteen, 14 fourteen, 15 fifteen, 16 sixteen, 17 "
    "seventeen, 18 eighteen, 19 nineteen, 20 twenty, 30 thirty, 40 forty, 50 fifty, 60 sixty, 70 seventy, 80 "
    "eighty, 90 ninety",
    "es": "0 cero, 2 dos doble dobla duplica, 3 tres triple triplica, 4 cuatro, 5 cinco, 6 seis, 7 siete, 8 ocho, 9 "
    "nueve, 10 diez decena decenas, 11 once, 12 doce, 13 trece, 14 catorce, 15 quince, 16 dieciseis, 17 "
    "diecisiete, 18 dieciocho, 19 diecinueve, 20 veinte veintena, 21 veintiuno veintiun, 22 veintidos, 23 "
    "veintitres, 24 veinticuatro, 25 veinticinco, 26 veintiseis, 27 veintisiete, 28 veintiocho, 29 veintinueve, "
    "30 treinta, 40 cuarenta, 50 cincuenta, 60 sesenta, 70 setenta, 80 ochenta, 90 noventa, 200 doscientos "
    "doscientas, 300 trescientos trescientas, 400 cuatrocientos cuatrocientas, 500 quinientos quinientas, 600 "
    "seiscientos seiscientas, 700 setecientos setecientas, 800 ochocientos ochocientas, 900 novecientos "
    "novecientas",
    "de": "0 null, 2 zwei doppelt doppelte doppelten verdoppelt, 3 drei dreifach verdreifacht, 4 vier, 5 funf, 6 "
    "sechs, 7 sieben, 8 acht, 9 neun, 10 zehn, 11 elf, 12 zwolf, 13 dreizehn, 14 vierzehn, 15 funfzehn, 16 "
    "sechzehn, 17 siebzehn, 18 achtzehn, 19 neunzehn, 20 zwanzig, 30 dreissig, 40 vierzig, 50 funfzig, 60 "
    "sechzig, 70 siebzig, 80 achtzig, 90 neunzig",
    "fr": "0 zero, 2 deux double doublent, 3 trois triple, 4 quatre, 5 cinq, 6 six, 7 sept, 8 huit, 9 neuf, 10 dix "
    "dizaine dizaines, 11 onze, 12 douze douzaine, 13 treize, 14 quatorze, 15 quinze quinzaine, 16 seize, 20 "
    "vingt vingts vingtaine, 30 trente trentaine, 40 quarante quarantaine, 50 cinquante cinquantaine, 60 "
    "soixante soixantaine",
    "it": "0 zero, 2 due doppio doppia raddoppia, 3 tre triplo tripla, 4 quattro, 5 cinque, 7 sette, 8 otto, 9 nove, "
    "10 dieci decina decine, 11 undici, 12 dodici, 13 tredici, 14 quattordici, 15 quindici, 16 sedici, 17 "
    "diciassette, 18 diciotto, 19 diciannove, 20 venti ventina, 21 ventuno, 30 trenta trentina, 40 quaranta "
    "quarantina, 50 cinquanta cinquantina, 60 sessanta sessantina, 70 settanta, 80 ottanta, 90 novanta",
}
ONLY_WITHIN: dict[Language, str] = {
    "en": "",
    "es": "",
    "de": "",
    "fr": "",
    "it": "6 sei, 20 vent, 30 trent, 40 quarant, 50 cinquant, 60 sessant, 70 settant, 80 ottant, 90 novant",
}
"""What only stands for a number within a longer word; alone, 'sei' is mostly 'you are'."""

HUNDREDS: dict[Language, str] = {
    "en": "100 hundred hundreds",
    "es": "100 cien ciento cientos centenar centenares",
    "de": "100 hundert hunderte hunderten",
    "fr": "100 cent cents centaine centaines",
    "it": "100 cento centinaio centinaia",
}
SCALES: dict[Language, str] = {
    "en": "12 dozen dozens, 1e3 thousand thousands, 1e6 million millions, 1e9 billion billions, 1e12 trillion "
    "trillions",
    "es": "12 docena docenas, 1e3 mil miles millar millares, 1e6 millon millones, 1e12 billon billones",
    "de": "12 dutzend dutzende dutzenden, 1e3 tausend tausende tausenden, 1e6 million millionen, 1e9 milliarde "
    "milliarden, 1e12 billion billionen",
    "fr": "1e3 mille millier milliers, 1e6 million millions, 1e9 milliard milliards, 1e12 billion billions",
    "it": "12 dozzina dozzine, 1e3 mille mila migliaio migliaia, 1e6 milione milioni, 1e9 miliardo miliardi, 1e12 "
    "bilione bilioni",
}
PARTS: dict[Language, str] = {
    "en": "1 first, 2 half halves, 3 third thirds, 4 quarter quarters fourth, 5 fifth fifths, 6 sixth sixths, 7 "
    "seventh, 8 eighth eighths, 9 ninth, 10 tenth tenths, 12 twelfth, 20 twentieth, 100 hundredth hundredths, "
    "1000 thousandth thousandths",
    "es": "2 mitad, 3 tercio tercios tercer tercero tercera, 4 cuarto cuarta cuartos, 5 quinto quinta quintos, 6 "
    "sexto sexta, 7 septimo septima, 8 octavo octava, 9 noveno novena, 10 decimo decima decimas, 100 centesima "
    "centesimas, 1000 milesima milesimas",
    "de": "2 halfte halb halbe halben halber halbes, 3 drittel dritte dritten dritter drittes, 4 viertel vierte "
    "vierten vierter, 5 funftel funfte funften funfter, 6 sechstel sechste sechsten, 7 siebtel siebte siebten, "
    "8 achtel achte achten, 9 neuntel neunte neunten, 10 zehntel zehnte zehnten, 100 hundertstel, 1000 "
    "tausendstel",
    "fr": "2 moitie, 3 tiers troisieme, 4 quart quarts quatrieme, 5 cinquieme cinquiemes, 6 sixieme, 7 septieme, 8 "
    "huitieme, 9 neuvieme, 10 dixieme dixiemes, 100 centieme centiemes, 1000 millieme milliemes",
    "it": "2 meta, 3 terzo terza terzi, 4 quarto quarta quarti, 5 quinto quinta quinti, 6 sesto sesta, 7 settimo "
    "settima, 8 ottavo ottava, 9 nono nona, 10 decimo decima decimi, 100 centesimo centesimi, 1000 millesimo "
    "millesimi",
}
"""Parts and ordinals, which share their words in most languages: 'a third' is either."""

HALVES: dict[Language, str] = {
    "en": "0.5 half",
    "es": "0.5 medio media",
    "de": "",
    "fr": "0.5 demi demie",
    "it": "0.5 mezzo mezza",
}
"""Half as an addition: 'two and a half', 'quatre milliards et demi'. Alone the words mean other things too."""

ANDS: dict[Language, str] = {"en": "0 and", "es": "0 y", "de": "0 und", "fr": "0 et", "it": "0 e"}
