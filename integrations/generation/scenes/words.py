"""Which words of a text call for which prop, in English, Spanish, German, French and Italian."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORDS = """
octopus: octopus* pulpo* krake* oktopus* tintenfisch* poulpe* pieuvre* polpo polpi piovra kraken*
whale: whale* ballena* wal wale wals blauwal* baleine* balena balene
dolphin: dolphin* delfin* dauphin*
shark: shark* tiburon* haie haien haifisch* requin* squalo squali
turtle: turtle* tortoise* tortuga* schildkrote* tortue* tartarug*
jellyfish: jellyfish* medusa* qualle* meduse*
fish: fish fishes pez peces pescado* fisch fische fischen poisson* pesce pesci coral* koralle* corail coraux
crab: crab crabs cangrejo* krabbe* krebs* crabe* granchi*
penguin: penguin* pinguin* manchot* pinguino*
swan: swan* cisne* schwan* schwane* cygne* cigno cigni duck* pato patos ente enten canard* anatra anatre
ship: ship ships barco* buque* schiff* navire* nave navi ferry*
canoe: canoe* canoa* kayak* kanu* kajak* paddle* paddel*
boat: boat* sail* velero* bote botes boot boote segel* bateau* voile* voilier* barca barche vela vele
elephant: elephant* elefant*
camel: camel camels camello* kamel* chameau* cammell* dromedar*
giraffe: giraf* jirafa*
lion: lion lions leon leones lowe lowen leone leoni lioness*
deer: deer stag ciervo* hirsch* reh rehe cerf* cerv* renne* rentier* reindeer* reno renos
fox: fox foxes zorro* fuchs* renard* volpe volpi wolf wolves lobo lobos wolfe loup* lupo lupi
cat: cat cats gato* gata* katze* kater chat chats chatte* gatto gatti gatta kitten*
dog: dog dogs perro* perra* hund hunde hunden chien* cane cani puppy puppies
bear: bear bears oso osos baren ourson* orso orsi
horse: horse* caballo* pferd* cheval chevaux cavallo cavalli
owl: owl owls buho* lechuza* eule* hibou* chouette* gufo gufi civetta
snail: snail* caracol* schnecke* escargot* lumaca lumache
butterfly: butterfl* mariposa* schmetterling* papillon* farfall* moth moths
bee: bee bees bumblebee* abeja* biene* hummel* abeille* bourdon* honey miel honig miele
bird: bird* pajaro* ave aves vogel* oiseau* uccell* swallow* gull* gaviota* mowe* mouette* eagle* aguila* adler*
    aigle* aquila hummingbird* colibri* kolibri* tern
lighthouse: lighthouse* faro faros leuchtturm* phare* fari
castle: castle* castillo* schloss* burg burgen chateau* castell* fortress* palace* palacio* palais palazzo
windmill: windmill* molino* windmuhle* muhle* moulin* mulino mulini
bridge: bridge* puente* brucke* pont ponts ponte ponti
train: train trains tren trenes zug zuge eisenbahn* treno treni locomot* lokomotiv* tram trams railway* ferrocarril*
car: cars coche* auto autos wagen voiture* macchina automobil* road*
bicycle: bicycle* bike* bici* fahrrad* velo velos bicyclette* biciclett*
balloon: balloon* globo globos aerostat* ballon* heissluft* montgolfier* mongolfier*
plane: plane planes airplane* aircraft avion* flugzeug* aereo aerei aeroplan*
rocket: rocket* cohete* rakete* fusee* razzo razzi spaceship* spacecraft* nave-espacial raumschiff*
satellite: satellite* satelite* satellit* probe probes sonda sondas sonde voyager
astronaut: astronaut* astronauta* raumfahrer* cosmonaut* kosmonaut* spacesuit*
fountain: fountain* fuente* brunnen fontaine* fontana fontane
house: house* home cabin* casa casas haus hauser hutte* maison* chalet*
tent: tent tents camp camping campfire* tienda zelt* tente* tenda tende
cactus: cactus* cacto* kaktus* kakteen cactee*
palm: palm palms palmera* palme palmen palmier* palma coconut* coco cocos kokos*
mushroom: mushroom* fung* seta setas hongo* pilz* champignon*
flower: flower* flor flores blume* blute* fleur* fiore fiori roses rosa rosas tulip* sunflower* blossom*
tree: tree trees arbol* baum* arbre* alber* oak oaks roble* eiche* chene* quercia
book: book books libro* buch bucher livre* libri story stories manuscript*
cup: coffee* cafe cafes kaffee* caffe tea teas tee tasse* cup cups taza* tazza*
bread: bread* loaf sourdough* pan panes brot* pane dough* masa teig baker* panader* backer* boulang*
    yeast* levadura*
clock: clock* watches reloj* uhr uhren horloge* orolog* montres
hourglass: hourglass* sanduhr* sablier* clessidr* time tiempo zeit temps tempo century centuries siglo*
violin: violin* geige* violon* strings cello*
piano: piano* klavier* pianoforte* music* musik* musique*
microphone: microphone* microfono* mikrofon* sing sings singer* song songs canta* cancion* canzon* chanson* lied
    lieder voice voices
telescope: telescop* teleskop* fernrohr* cannocchiale lens lenses
microscope: microscop* mikroskop* bacteri* bakteri* cell cells celula* zelle* cellule*
flask: flask* chemi* quimic* chimi* potion* experiment* liquid*
lantern: lantern* candle* linterna* farol* vela laterne* kerze* lanterne* bougie* lanterna candela candele
bulb: idea ideas bulb* invent* gluhbirne* bombilla* ampoule* lampadina erfind* electric* elektri*
globe: globe globus map maps mapa* karte* carte cartes mappa mappe world welt mundo monde mondo
gear: gear* engrana* zahnrad* engrenage* ingranagg* machine* maquina* maschine* engine* motor* moteur*
gem: gem gems crystal* cristal* kristall* cristall* diamond* diamant* treasure* tesoro* schatz* tresor* gold oro
umbrella: umbrella* paraguas regenschirm* parapluie* ombrell*
comet: comet comets cometa* komet* comete* meteor* shooting
planet: planet* saturn* jupiter* giove
lightning: lightning* thunder* storm* rayo rayos trueno* tormenta* blitz* gewitter* donner eclair* tonnerre orage*
    fulmin* tempest* sturm*
rainbow: rainbow* arcoiris arco-iris regenbogen* arc-en-ciel arcobalen*
snowflake: snowflake* snow snows nieve* copo copos schnee* neige* flocon* neve fiocc*
kite: kite kites cometa-de-papel drachen cerf-volant aquilone aquiloni
star: star stars estrella* stern sterne etoile* stella stelle
heart: heart hearts corazon* herz* coeur* cuore cuori love amor liebe amour amore
"""
"""A prop, then the words that call for it, without accents; a star stands for any ending. Exact words go before
endings, longer ones before shorter, and the upper line before the lower."""


def plain(text: str) -> str:
    """Return the text in lower case without accents, so that `Búho` finds `buho`."""
    folded = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss").replace("œ", "oe"))
    return "".join(ch for ch in folded if not unicodedata.combining(ch))


@lru_cache(maxsize=1)
def _index() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    exact: dict[str, str] = {}
    stems: list[tuple[str, str]] = []
    name = ""
    for token in WORDS.split():
        if token.endswith(":"):
            name = token[:-1]
        elif token.endswith("*"):
            stems.append((token[:-1], name))
        else:
            exact.setdefault(token, name)
    return exact, tuple(sorted(stems, key=lambda pair: -len(pair[0])))


def named_props(text: str) -> list[str]:
    """Return the names of the props that the words of a text call for, in the order of the text."""
    exact, stems = _index()
    names: list[str] = []
    for word in re.findall(r"[a-z]+(?:-[a-z]+)*", plain(text)):
        name = exact.get(word) or next((n for stem, n in stems if word.startswith(stem)), None)
        if name is not None and name not in names:
            names.append(name)
    return names
