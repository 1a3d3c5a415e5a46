"""Slips in the form of the network file: its keys, types and YAML."""

from tests.sites.import_cases import LEAD, VISTA, Case

KEYS = [
    Case(
        "unknown key at the top",
        [("version: 1\n", "version: 1\nplaces: []  # HERE\n")],
        [
            "Netzdatei: Schlüssel «places» ist unbekannt. Möglich sind: version, state, time_zone, "
            "districts, providers, clinics, facilities, sites, staff."
        ],
    ),
    Case(
        "unknown key with a likely one",
        [
            ("    district: Mitte\n", "    distrikt: Mitte # HERE\n"),
            ("  - slug: vista-mitte\n", "  - slug: vista-mitte # HERE\n"),
        ],
        [
            "Einrichtung: Schlüssel «district» fehlt.",
            "Einrichtung: Schlüssel «distrikt» ist unbekannt. Meinten Sie «district»?",
        ],
    ),
    Case(
        "unknown key in a slot",
        [("{type: first, minutes: 50}", "{type: first, minutes: 50, count: 2} # HERE")],
        ["Zeitfenster: Schlüssel «count» ist unbekannt. Möglich sind: type, minutes."],
    ),
    Case(
        "missing key",
        [(f"{VISTA}    name: vista gGmbH\n", "  - slug: vista # HERE\n")],
        ["Träger: Schlüssel «name» fehlt."],
    ),
    Case(
        "missing key in a rule",
        [("rule: {frequency: monthly, weekday: WE, nth: 2}", "rule: {frequency: monthly, nth: 2} # HERE")],
        ["Regel: Schlüssel «weekday» fehlt."],
    ),
    Case(
        "duplicate key",
        [("    name: vista gGmbH\n", "    name: vista gGmbH # FIRST\n    name: vista # HERE\n")],
        ["Schlüssel «name» steht doppelt, zuerst in Zeile {first}."],
    ),
    Case(
        "key that is a list",
        [("version: 1\n", "version: 1\n? [a, b] # HERE\n: c\n")],
        ["Ein Schlüssel muss ein einfaches Wort sein."],
    ),
]
TYPES = [
    Case(
        "number for a text",
        [("name: vista gGmbH", "name: 2025 # HERE")],
        [
            "Träger: «name»: erwartet wird ein Text, gefunden: eine Zahl. "
            'Bitte in Anführungszeichen setzen: "2025".'
        ],
    ),
    Case(
        "truth value for a text",
        [("state: BE", "state: NO # HERE #")],
        [
            "Netzdatei: «state»: erwartet wird ein Text, gefunden: ein Ja/Nein-Wert. "
            'Bitte in Anführungszeichen setzen: "NO".'
        ],
    ),
    Case(
        "phone without quotes",
        [('"+493023125100"', "+493023125100 # HERE")],
        [
            "Einrichtung: «callback_phone»: erwartet wird ein Text, gefunden: eine Zahl. "
            'Bitte in Anführungszeichen setzen: "+493023125100".'
        ],
    ),
    Case("empty text", [("name: vista gGmbH", "name: # HERE")], ["Träger: «name»: darf nicht leer sein."]),
    Case(
        "blank text", [("name: vista gGmbH", 'name: " " # HERE')], ["Träger: «name»: darf nicht leer sein."]
    ),
    Case(
        "list for a text",
        [("name: vista gGmbH", "name: [vista] # HERE")],
        ["Träger: «name»: erwartet wird ein Text, gefunden: eine Liste."],
    ),
    Case(
        "text for a list",
        [
            ("[Beratungsraum 1, Beratungsraum 2]", "Beratungsraum 2 # HERE"),
            ("room: Beratungsraum 2", "room: Raum # HERE"),
        ],
        [
            "Einrichtung: «rooms»: erwartet wird eine Liste, gefunden: ein Text.",
            "Reihe: «room»: Raum «Raum» gibt es in dieser Datei nicht. Es gibt dort noch keinen Eintrag.",
        ],
    ),
    Case(
        "text for a mapping",
        [("rule: {frequency: monthly, weekday: WE, nth: 2}", "rule: monthly # HERE")],
        ["Regel: erwartet werden Schlüssel wie «frequency:», gefunden: ein Text."],
    ),
    Case(
        "text for a number",
        [("{type: open, minutes: 60}", '{type: open, minutes: "60"} # HERE')],
        ["Zeitfenster: «minutes»: erwartet wird eine ganze Zahl, gefunden: «60»."],
    ),
    Case(
        "octal number",
        [("{type: open, minutes: 60}", "{type: open, minutes: 060} # HERE")],
        ["Zeitfenster: «minutes»: erwartet wird eine ganze Zahl, gefunden: «060»."],
    ),
    Case(
        "mapping in a list of names",
        [("rooms: [Beratungsraum 1]", "rooms: [Beratungsraum 1, {a: b}] # HERE")],
        ["Einrichtung: «rooms»: erwartet wird ein Text, gefunden: Schlüssel und Werte."],
    ),
    Case(
        "text too long",
        [("neutral_name: Büro Mitte ", f"neutral_name: {'B' * 61} # HERE ")],
        ["Einrichtung: «neutral_name»: höchstens 60 Zeichen, gefunden: 61."],
    ),
    Case(
        "control character",
        [("name: vista gGmbH", 'name: "vista\\e[2J" # HERE')],
        ["Träger: «name»: «vista?[2J» enthält Steuerzeichen oder Zeilenumbrüche."],
    ),
    Case(
        "no slug",
        [
            (VISTA, "  - slug: vista ggmbh # HERE\n"),
            ("provider: vista\n", "provider: vista ggmbh\n"),
            ("provider: vista\n", "provider: vista ggmbh\n"),
        ],
        [
            "Träger: «slug»: «vista ggmbh» ist kein Kürzel. "
            "Erlaubt sind Buchstaben ohne Umlaute, Ziffern, - und _."
        ],
    ),
]
YAML = [
    Case(
        "alias",
        [(VISTA, "  - slug: &v vista\n"), ("provider: vista\n", "provider: *v # HERE\n")],
        ["Der Verweis *v ist nicht erlaubt; bitte schreiben Sie es aus."],
    ),
    Case(
        "tag",
        [("name: vista gGmbH", "name: !!python/object/apply:os.getcwd [] # HERE")],
        [
            "Die YAML-Markierung «tag:yaml.org,2002:python/object/apply:os.getcwd» ist nicht erlaubt; "
            "bitte entfernen."
        ],
    ),
    Case(
        "second document",
        [(LEAD, f"{LEAD}\n--- # HERE\nversion: 1")],
        ["Hier beginnt ein zweites Dokument; eine Netzdatei hat nur eines."],
    ),
]
