"""Words that tell where and when a line plays, in five languages. Data only; `scene_setting` reads it.

Written without accents and in small letters. `whale*` stands for every word that begins so, `sea` for
this word alone, `old_town` for two words in a row. A stem is only used where no other word begins like
it: `star*` would find "start".
"""

from __future__ import annotations

from core.models import Language, Place, TimeOfDay

PLACE_WORDS: dict[Language, dict[Place, str]] = {
    "en": {
        "mountains": "mountain* alps alpine summit* everest himalaya* andes hiker* climber* glacier* valley* cliff*",
        "sea": "sea seas ocean* wave waves whale* dolphin* shark* squid* submarine* sailor* tide tides marine "
        "jellyfish* seawater deep_sea anglerfish*",
        "reef": "reef* coral* octop* seahorse* clownfish* starfish* anemone* lagoon* fish fishes gill gills tentacle* "
        "crab crabs turtle* cuttlefish*",
        "forest": "forest* wood woods woodland* tree trees oak oaks fox foxes owl owls squirrel* bear bears wolf "
        "wolves mushroom* fungus fungi deer badger* hedgehog* moss mosses woodpecker*",
        "jungle": "jungle* rainforest* monkey* gorilla* chimp* sloth sloths parrot* tiger* orchid* amazon toucan* "
        "chameleon* jaguar* ape apes tropical",
        "desert": "desert* dune dunes sahara camel camels cactus* scorpion* oasis oases cacti sandstorm*",
        "savanna": "savanna* lion lions elephant* giraffe* zebra* rhino* hippo* cheetah* hyena* ostrich* antelope* "
        "safari* meerkat* wildebeest* africa*",
        "river": "river* stream streams waterfall* otter* beaver* salmon* rapids brook brooks crocodile* nile canal "
        "canals flood floods",
        "lake": "lake* pond ponds frog frogs swan swans duck ducks heron* flamingo* newt newts dragonfl* tadpole*",
        "polar": "polar arctic antarctic* penguin* iceberg* seal seals walrus* snow* ice icy frozen freez* north_pole "
        "south_pole reindeer*",
        "volcano": "volcan* lava magma erupt* geyser* crater_lake basalt*",
        "island": "island* archipelag* beach* palm palms coconut* atoll* shipwreck* pirate* galapagos",
        "meadow": "meadow* bee bees honey* butterfl* grass grasses hare hares sheep cow cows horse horses field "
        "fields wildflower* ladybird* ladybug* grasshopper* pollen*",
        "garden": "garden* flower* rose roses tulip* sunflower* snail* worm worms earthworm* seed seeds plant plants "
        "leaf leaves tomato* strawberr* spider* ant ants",
        "city": "city cities skyscraper* traffic subway* metro london york tokyo street_lights skyline* downtown "
        "eiffel tower towers elevator* neon building*",
        "old-town": "old_town medieval castle* cathedral* church* village* square cobble* knight* market* king kings "
        "queen queens clock clocks venice middle_ages century centuries",
        "harbour": "harbour* harbor* port ports ship ships boat boats fisher* lighthouse* anchor* dock docks cargo "
        "sail sails titanic",
        "road": "road roads highway* car cars bicycle* bike bikes truck* driver* wheel wheels motorway* bus buses",
        "railway": "railway* railroad* train trains locomotive* steam_engine train_station railway_station rails "
        "tunnel*",
        "workshop": "workshop* tool tools hammer* machine* invent* engine engines gear gears screw* patent* craft* "
        "robot* pencil* toy toys",
        "kitchen": "kitchen* cook* bread* baker* bake* chocolate* coffee tea cheese* pizza* pasta spice* pepper* "
        "potato* recipe* chef* flavour* flavor* banana* fridge*",
        "library": "library libraries book books read reads reader* letter letters word words alphabet* writer* "
        "novel* poet* poem* manuscript* language* dictionar* paper",
        "stage": "stage* theatre* theater* music* song songs sing sings singer* dance* dancing violin* piano* "
        "orchestra* actor* opera* guitar* concert* film films audience* magician*",
        "observatory": "observator* telescope* astronom* meteor* comet* constellation* milky_way aurora* "
        "northern_lights galileo star stars eclipse*",
        "space": "outer_space in_space into_space deep_space spacecraft* astronaut* planet* galaxy galaxies venus "
        "mars jupiter saturn neptune uranus mercury orbit* rocket* satellite* black_hole black_holes asteroid* cosmos "
        "cosmic universe light_years solar_system gravity",
        "moon": "moon moons lunar apollo armstrong",
        "sky": "sky skies cloud* rain rains raindrop* rainbow* storm* thunder* lightning bird birds eagle* flight* "
        "fly flies flying wing wings balloon* wind winds plane planes aircraft feather* bat bats swift swifts "
        "swallow* hummingbird* air",
        "cave": "cave caves cavern* stalactite* stalagmite* underground crystal* mine mines miner* gemstone* "
        "cave_paintings diamond* gold",
        "ruins": "ruin ruins rome roman romans pyramid* egypt* pharaoh* temple* tomb tombs ancient maya mayan aztec* "
        "greek greeks archaeolog* gladiator* pompeii mummy mummies colosseum dinosaur* fossil*",
        "laboratory": "laborator* lab labs scientist* experiment* microscop* chemi* molecul* dna researcher* atom "
        "atoms bacteri* virus* gene genes electron* vaccin*",
    },
    "es": {
        "mountains": "montana* alpes alpin* cumbre* everest himalaya andes escalador* glaciar* valle valles "
        "acantilado*",
        "sea": "mar mares oceano* ola olas ballena* delfin* tiburon* calamar* submarin* marea mareas marin* medusa*",
        "reef": "arrecife* coral* pulpo* caballito* pez peces branquia* tentaculo* cangrejo* tortuga* anemona* "
        "estrellas_marinas sepia*",
        "forest": "bosque* arbol* roble* zorro* buho* ardilla* oso osos lobo* seta setas hongo* ciervo* tejon* erizo* "
        "musgo* carpintero*",
        "jungle": "selva* jungla* mono monos gorila* chimpance* perezoso* loro loros tigre* orquidea* amazon* tucan* "
        "camaleon* jaguar* tropical*",
        "desert": "desierto* duna dunas sahara camello* dromedario* cactus escorpion* oasis arena",
        "savanna": "sabana* leon leones elefante* jirafa* cebra* rinoceronte* hipopotamo* guepardo* hiena* avestru* "
        "antilope* safari* suricata* africa*",
        "river": "rio rios arroyo* cascada* nutria* castor* salmon* cocodrilo* nilo canal canales inundacion*",
        "lake": "lago* laguna* estanque* rana ranas cisne* pato patos garza* flamenco* libelula* renacuajo*",
        "polar": "polar* artico* artica* antartid* antartic* pinguino* iceberg* foca focas morsa* nieve* nevad* "
        "hielo* helad* congela* polo_norte polo_sur",
        "volcano": "volcan* lava magma erupcion* geiser* basalto*",
        "island": "isla islas archipielago* playa* palmera* coco cocos atolon* naufrag* pirata* galapagos",
        "meadow": "prado* pradera* abeja* miel mariposa* hierba* liebre* oveja* vaca vacas caballo* campo campos "
        "mariquita* polen saltamontes",
        "garden": "jardin* flor flores rosa rosas tulipan* girasol* caracol* lombri* semilla* planta plantas hoja "
        "hojas tomate* fresa fresas arana* hormiga*",
        "city": "ciudad* rascacielos trafico metro londres tokio eiffel torre torres ascensor* edificio* semaforo*",
        "old-town": "medieval* castillo* catedral* iglesia* pueblo* plaza* caballero* mercado* rey reyes reina* "
        "reloj* venecia edad_media siglo siglos",
        "harbour": "puerto* barco* barca* buque* pescador* faro faros ancla* muelle* vela velas marinero* titanic",
        "road": "carretera* autopista* coche* bicicleta* camion* conductor* rueda* autobus*",
        "railway": "ferrocarril* tren trenes locomotora* rieles via_ferrea tunel*",
        "workshop": "taller* herramienta* martillo* maquina* invento* invent* motor motores engranaje* tornillo* "
        "robot* patent* lapi* juguete*",
        "kitchen": "cocina* cociner* pan panader* horno* chocolate* cafe queso* pizza* pasta especias pimient* "
        "patata* receta* azucar lengua comestible* platano* tortilla*",
        "library": "biblioteca* libro* leer lectura* letra letras palabra* alfabeto* escritor* novela* poeta* poema* "
        "manuscrito* idioma* diccionario* papel",
        "stage": "escenario* teatro* musica* cancion* cantar cantante* canta bail* danza* violin* piano* orquesta* "
        "actor* opera guitarra* concierto* pelicula* mago",
        "observatory": "observatorio* telescopio* astronom* meteor* cometa* constelacion* via_lactea aurora* galileo "
        "estrella estrellas eclipse*",
        "space": "el_espacio espacial* astronauta* planeta* galaxia* venus marte jupiter saturno neptuno urano "
        "orbita* cohete* satelite* agujero_negro agujeros_negros asteroide* cosmos universo gravedad sistema_solar",
        "moon": "luna lunas lunar* apolo armstrong",
        "sky": "cielo* nube nubes lluvia* arcoiris arco_iris tormenta* trueno* relampago* rayo rayos ave aves pajaro* "
        "aguila* vuelo* vuela* volar ala alas globo globos viento* avion* pluma* colibri* golondrina* aire",
        "cave": "cueva* caverna* estalactita* estalagmita* subterrane* cristales mina minas minero* diamante* "
        "murcielago* oro",
        "ruins": "ruina* roma romano* romana* piramide* egip* faraon* templo* tumba* maya mayas azteca* griego* "
        "arqueolog* gladiador* pompeya momia* coliseo dinosaurio* fosil*",
        "laboratory": "laboratorio* cientific* experimento* microscopi* quimic* molecula* adn investigador* atomo* "
        "bacteria* virus gen genes electron* vacuna*",
    },
    "de": {
        "mountains": "berg berge bergen gebirge* alpen gipfel* everest himalaya anden kletter* gletscher* tal taler",
        "sea": "meer meere meeres* meeren tiefsee* ozean* welle wellen wal wale walen blauwal* pottwal* delfin* "
        "delphin* hai haie haien tintenfisch* kalmar* u_boot gezeiten qualle*",
        "reef": "riff riffe riffs korall* oktop* krake* seepferd* fisch fische fischen kiemen tentakel* krabbe* "
        "schildkrote* seestern* anemone* sepia*",
        "forest": "wald walder waldern waldes wald* baum* baume* eiche* fuchs* eule* eichhorn* bar baren braunbar* "
        "wolf wolfe* pilz* hirsch* reh rehe dachs* igel moos* specht*",
        "jungle": "dschungel* regenwald* affe affen gorilla* schimpanse* faultier* papagei* tiger* orchidee* amazonas "
        "tukan* chamaleon* jaguar* tropisch*",
        "desert": "wuste wusten dune dunen sahara kamel kamele* kakt* skorpion* oase* sandsturm*",
        "savanna": "savanne* lowe lowen elefant* giraffe* zebra* nashorn* nilpferd* flusspferd* gepard* hyane* "
        "strauss* antilope* safari* erdmannchen* afrika*",
        "river": "fluss flusse* flussen bach bache wasserfall* otter* biber* lachs* krokodil* nil kanal kanale* flut*",
        "lake": "see seen teich* frosch* schwan* ente enten reiher* flamingo* libelle* kaulquapp* weiher*",
        "polar": "polar* arktis* arktisch* antarktis* pinguin* eisberg* eisbar* robbe* walross* schnee* eis eisig* "
        "gefror* gefrier* nordpol* sudpol* rentier*",
        "volcano": "vulkan* lava magma ausbruch* geysir* basalt*",
        "island": "insel* strand* palme* kokosnuss* atoll* piraten* schiffbruch* galapagos",
        "meadow": "wiese* biene* honig* schmetterling* gras graser hase hasen schaf schafe kuh kuhe pferd pferde feld "
        "felder marienkafer* heuschrecke* pollen hummel*",
        "garden": "garten* blume* blute* rose rosen tulpe* sonnenblume* schnecke* wurm wurmer regenwurm* samen "
        "pflanze* blatt blatter tomate* erdbeer* spinne spinnen ameise*",
        "city": "stadt stadte* hochhaus* hochhauser* wolkenkratzer* verkehr* u_bahn london tokio eiffelturm* turm "
        "turme* aufzug* gebaude* ampel*",
        "old-town": "altstadt* mittelalter* burg burgen schloss schlosser kathedrale* kirche* dorf dorfer ritter* "
        "markt markte konig* uhr uhren venedig jahrhundert*",
        "harbour": "hafen* schiff* boot boote* fischer* leuchtturm* anker* segel* seeleute matrose* titanic",
        "road": "strasse strassen autobahn* auto autos fahrrad* lastwagen* fahrer* rad rader bus busse",
        "railway": "eisenbahn* zug zuge zugen lokomotiv* dampflok* bahnhof* schiene* tunnel*",
        "workshop": "werkstatt* werkzeug* hammer* maschine* erfind* erfand* motor motoren zahnrad* schraube* roboter* "
        "patent* bleistift* spielzeug*",
        "kitchen": "kuche kuchen koch* brot* backer* backen schokolade* kaffee* tee kase* pizza* pasta nudel* gewurz* "
        "pfeffer* kartoffel* rezept* geniessbar* banane*",
        "library": "bibliothek* buch bucher* lesen leser* buchstabe* wort worter* alphabet* dichter* roman romane "
        "gedicht* handschrift* sprache* worterbuch* papier*",
        "stage": "buhne* theater* musik* lied lieder singen singt sanger* tanz* geige* klavier* orchester* "
        "schauspiel* oper opern gitarre* konzert* film filme zauberer*",
        "observatory": "sternwarte* teleskop* astronom* meteor* komet* sternbild* milchstrasse* polarlicht* "
        "nordlicht* galilei stern sterne sternen sternschnuppe* finsternis*",
        "space": "weltraum* weltall* raumschiff* raumfahr* astronaut* planet* galaxie* venus mars jupiter saturn "
        "neptun uranus merkur umlaufbahn* rakete* satellit* schwarze_loch schwarzes_loch schwarze_locher asteroid* "
        "kosmos universum* schwerkraft* sonnensystem*",
        "moon": "mond monde monden mondes mond* apollo armstrong",
        "sky": "himmel* wolke wolken regen regentropfen* regenbogen* gewitter* donner* blitz* sturm* vogel* adler* "
        "flug fluge* fliegen fliegt flugel* ballon* wind winde flugzeug* feder federn fledermaus* schwalbe* kolibri* "
        "luft",
        "cave": "hohle hohlen hohlen* tropfstein* stalaktit* stalagmit* unterirdisch* kristall* bergwerk* mine minen "
        "diamant* gold",
        "ruins": "ruine* rom romer romern romisch* pyramide* agypt* pharao* tempel* grab graber* antik* maya azteken "
        "griech* archaolog* gladiator* pompeji mumie* kolosseum dinosaurier* fossil*",
        "laboratory": "labor labore* laboratori* wissenschaft* experiment* mikroskop* chemi* molekul* dna forscher* "
        "atom atome* bakteri* virus viren gen gene elektron* impfstoff*",
    },
    "fr": {
        "mountains": "montagne* alpes alpin* sommet* everest himalaya andes grimpeur* glacier* vallee* falaise*",
        "sea": "mer mers ocean* vague* baleine* dauphin* requin* calmar* calamar* sous_marin maree* marin* meduse*",
        "reef": "recif* corail coraux corallien* pieuvre* poulpe* hippocampe* poisson* branchie* tentacule* crabe* "
        "tortue* anemone* seiche*",
        "forest": "foret* arbre* chene* renard* hibou* chouette* ecureuil* ours loup loups champignon* cerf* "
        "blaireau* herisson* mousse* pivert*",
        "jungle": "jungle* singe* gorille* chimpanze* paresseux perroquet* tigre* orchidee* amazon* toucan* cameleon* "
        "jaguar* tropica* foret_tropicale",
        "desert": "desert deserts desertique* dune dunes sahara chameau* dromadaire* cactus scorpion* oasis sable",
        "savanna": "savane* lion lions lionne* elephant* girafe* zebre* rhinoceros hippopotame* guepard* hyene* "
        "autruche* antilope* safari* suricate* afri*",
        "river": "riviere* fleuve* ruisseau* cascade* loutre* castor* saumon* crocodile* nil canal canaux inondation*",
        "lake": "lac lacs etang* mare mares grenouille* cygne* canard* heron* flamant* libellule* tetard*",
        "polar": "polaire* arctique* antarctique* manchot* pingouin* iceberg* phoque* morse morses neige* glace "
        "glaces glacial* banquise* gele gelee pole_nord pole_sud renne rennes",
        "volcano": "volcan* lave laves magma eruption* geyser* basalt*",
        "island": "ile iles archipel* plage* palmier* coco cocotier* atoll* naufrag* pirate* galapagos",
        "meadow": "prairie* abeille* miel papillon* herbe* lievre* mouton* vache* cheval chevaux champ champs "
        "coccinelle* sauterelle* pollen",
        "garden": "jardin* fleur* rose roses tulipe* tournesol* escargot* ver lombric* graine* plante plantes "
        "feuille* tomate* fraise* araignee* fourmi*",
        "city": "ville* gratte_ciel circulation metro paris londres tokyo eiffel ascenseur* immeuble* batiment*",
        "old-town": "medieva* chateau* cathedrale* eglise* village* chevalier* marche_aux roi rois reine reines "
        "horloge* venise moyen_age siecle*",
        "harbour": "port ports bateau* navire* pecheur* phare* ancre* quai quais voile voiles voilier* matelot* "
        "titanic",
        "road": "route* autoroute* voiture* bicyclette* velo velos camion* conducteur* roue roues bus",
        "railway": "train trains locomotive* gare gares rails ferroviaire* tunnel*",
        "workshop": "atelier* outil* marteau* machine* invent* moteur* engrenage* robot* brevet* crayon* jouet*",
        "kitchen": "cuisine* cuisinier* pain pains boulang* four fours chocolat* cafe the fromage* pizza* epice* "
        "poivr* recette* sucre* comestible* banane*",
        "library": "bibliotheque* livre* lire lecture* lettre* mot mots alphabet* ecrivain* roman romans poete* "
        "poeme* manuscrit* langues dictionnaire* papier*",
        "stage": "scene scenes theatre* musique* musicien* chanson* chanter chante chanteu* danse* violon* piano* "
        "orchestre* acteur* actrice* opera* guitare* concert* film films magicien*",
        "observatory": "observatoire* telescope* astronom* meteor* comete* constellation* voie_lactee aurore_boreale "
        "aurores_boreales galilee etoile etoiles eclipse*",
        "space": "l_espace spatia* astronaute* planete* galaxie* venus mars jupiter saturne neptune uranus orbite* "
        "fusee* satellite* trou_noir trous_noirs asteroide* cosmos cosmique* univers gravite systeme_solaire",
        "moon": "lune lunes lunaire* apollo armstrong",
        "sky": "ciel cieux nuage* pluie* arc_en orage* tonnerre* foudre eclair eclairs oiseau* aigle* vol vols voler "
        "vole aile ailes ballon* vent vents avion* plume* chauve_souris hirondelle* colibri*",
        "cave": "grotte* caverne* stalactite* stalagmite* souterrain* cristal cristaux mine mines mineur* diamant*",
        "ruins": "ruine* rome romain* pyramide* egypt* pharaon* temple* tombe tombes tombeau* antique* antiquite maya "
        "mayas azteque* grec grecs grecque* archeolog* gladiateur* pompei momie* colisee dinosaure* fossile*",
        "laboratory": "laboratoire* scientifique* experience* microscop* chimi* molecul* adn chercheu* atome* "
        "bacterie* virus gene genes electron* vaccin*",
    },
    "it": {
        "mountains": "montagn* monte monti alpi alpin* vetta vette everest himalaya ande scalator* ghiacciai* valle "
        "valli dolomit*",
        "sea": "mare mari oceano oceani oceanic* onda onde balena balene delfin* squal* calamar* sottomarin* marea "
        "maree marin* medus*",
        "reef": "barrier* corall* polpo polpi piovr* ippocamp* pesce pesci branchi* tentacol* granchi* tartarug* "
        "anemon* seppi*",
        "forest": "bosc* forest* albero alberi querc* volp* gufo gufi civett* scoiattol* orso orsi lupo lupi fungo "
        "funghi cervo cervi tasso tassi riccio ricci muschi* picchi*",
        "jungle": "giungl* scimmi* gorill* scimpanz* bradip* pappagall* tigre tigri orchide* amazzon* tucan* "
        "camaleont* giaguar* tropical*",
        "desert": "desert* duna dune sahara cammell* dromedari* cactus scorpion* oasi sabbia",
        "savanna": "savan* leone leoni elefant* giraff* zebr* rinoceront* ippopotam* ghepard* iena iene struzz* "
        "antilop* safari suricat* afric*",
        "river": "fiume fiumi ruscell* torrent* cascat* lontr* castor* salmon* coccodrill* nilo canale canali "
        "alluvion*",
        "lake": "lago laghi stagno stagni rana rane cigno cigni anatr* airon* fenicotter* libellul* girin*",
        "polar": "polar* artic* antartic* antartide pinguin* iceberg foca foche trichec* neve nevi nevos* ghiaccio "
        "ghiacci gelat* congel* polo_nord polo_sud renna renne",
        "volcano": "vulcan* lava magma eruzion* geyser basalt* vesuvio etna",
        "island": "isola isole arcipelag* spiaggi* palma palme cocco atoll* naufrag* pirat* galapagos",
        "meadow": "prato prati prateri* ape api miele farfall* erba erbe lepre lepri pecor* mucc* cavall* campo campi "
        "coccinell* polline cavallett*",
        "garden": "giardin* fiore fiori rosa rose tulipan* girasol* lumac* chiocciol* lombric* seme semi pianta "
        "piante foglia foglie pomodor* fragol* ragno ragni formic*",
        "city": "citta grattaciel* traffico metropolitan* londra tokyo eiffel torre torri ascensor* edific* semafor*",
        "old-town": "medieval* castell* cattedral* chies* villaggi* borgo borghi piazza piazze cavaliere cavalieri "
        "mercat* re regin* orologi* venezia medioevo secolo secoli",
        "harbour": "porto porti nave navi barca barche pescator* faro fari ancora_di molo moli vela vele marinai* "
        "titanic",
        "road": "strada strade autostrad* auto automobil* biciclett* camion* conducent* ruota ruote autobus",
        "railway": "ferrovi* treno treni locomotiv* binari* galleri*",
        "workshop": "officin* attrezz* martell* macchin* invent* motore motori ingranagg* robot brevett* matit* "
        "giocattol* bottega",
        "kitchen": "cucin* cuoc* pane panett* forno cioccolat* caffe te_verde formagg* pizz* pasta spezie pepe "
        "peperon* patat* ricett* zuccher* commestibil* banan*",
        "library": "bibliotec* libro libri legger* lettura letter* parola parole alfabet* scrittor* romanzo romanzi "
        "poet* poesi* manoscritt* lingue dizionari* carta",
        "stage": "palcoscenic* teatr* music* canzon* canta cantare cantant* danz* ball* violin* pianofort* orchestr* "
        "attor* attric* opera opere chitarr* concert* film mago",
        "observatory": "osservatori* telescop* astronom* meteor* comet* costellazion* via_lattea aurora_boreale "
        "galileo stella stelle eclissi",
        "space": "lo_spazio nello_spazio dallo_spazio spazial* astronaut* pianet* galassi* venere marte giove saturno "
        "nettuno urano orbit* razzo razzi satellit* buco_nero buchi_neri asteroid* cosmo cosmic* universo gravita "
        "sistema_solare",
        "moon": "luna lune lunar* apollo armstrong",
        "sky": "cielo cieli nuvol* nube nubi pioggi* arcobalen* tempest* tuono tuoni fulmin* uccell* aquil* volo voli "
        "vola volano volare ala ali mongolfier* vento venti aereo aerei piuma piume pipistrell* rondin* colibri aria",
        "cave": "grott* cavern* stalattit* stalagmit* sotterrane* cristall* miniera miniere minator* diamant* oro",
        "ruins": "rovin* roma roman* piramid* egit* egizi* faraon* tempio templi tomba tombe maya aztech* grec* "
        "archeolog* gladiator* antica_roma antico_egitto antica_grecia pompei mummi* colosseo dinosaur* fossil*",
        "laboratory": "laborator* scienziat* esperiment* microscop* chimic* molecol* dna ricercator* atomo atomi "
        "batter* virus gene geni elettron* vaccin*",
    },
}

TIME_WORDS: dict[Language, dict[TimeOfDay, str]] = {
    "en": {
        "night": "night* midnight moon moonlight* star stars starlight nocturnal dark* owl owls bat bats sleep* "
        "dream* firefl* constellation* milky_way glow glows bioluminesc*",
        "dawn": "dawn* sunrise* morning* rooster* breakfast* awake* wake wakes dew",
        "day": "sun sunny sunlight sunshine noon midday daylight rainbow* daytime",
        "golden-hour": "sunset* golden_hour afternoon* autumn* honey* harvest*",
        "dusk": "dusk* twilight evening* nightfall",
    },
    "es": {
        "night": "noche* medianoche luna estrella* nocturn* oscur* buho* murcielago* dormir duerme* sueno* "
        "luciernaga* via_lactea bioluminisc*",
        "dawn": "amanecer* alba madrugada gallo* desayun* despert* despierta* rocio manana_temprano",
        "day": "sol soleado* mediodia arcoiris arco_iris luz_solar",
        "golden-hour": "atardecer* la_tarde las_tardes otono* miel cosecha* puesta_de",
        "dusk": "anochecer* crepuscul* ocaso*",
    },
    "de": {
        "night": "nacht* nachts mitternacht mond mond* stern sterne* nachtaktiv* dunkel* dunkl* eule* fledermaus* "
        "schlaf* traum* gluhwurm* milchstrasse*",
        "dawn": "morgendammerung* sonnenaufgang* morgens morgen hahn hahne fruhstuck* aufwach* tau",
        "day": "sonne sonnig* sonnenlicht* mittag* regenbogen* tagsuber tageslicht*",
        "golden-hour": "sonnenuntergang* nachmittag* herbst* honig* ernte*",
        "dusk": "abend* dammerung* zwielicht",
    },
    "fr": {
        "night": "nuit* minuit lune etoile* nocturne* obscur* hibou* chouette* chauve_souris dormir dort dorment "
        "sommeil* reve reves luciole* voie_lactee bioluminesc*",
        "dawn": "aube aurore lever_du matin matins coq coqs reveil* rosee petit_dejeuner",
        "day": "soleil ensoleill* midi arc_en",
        "golden-hour": "coucher_du apres_midi automne* miel recolte*",
        "dusk": "soir soirs soiree crepuscul* tombee_de",
    },
    "it": {
        "night": "notte notti mezzanotte luna stella stelle notturn* buio oscur* gufo gufi civett* pipistrell* dorm* "
        "sogn* lucciol* via_lattea bioluminescen*",
        "dawn": "alba albe mattin* gallo colazion* svegli* rugiada",
        "day": "sole soleggiat* mezzogiorno arcobalen* luce_solare",
        "golden-hour": "tramont* pomeriggi* autunn* miele raccolt*",
        "dusk": "sera sere crepuscol* imbrunire",
    },
}
