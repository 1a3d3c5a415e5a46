"""Slips in what the network file says: values, times, references, and what is there twice."""

from tests.sites.import_cases import LEAD, VISTA, Case

STATES = "BW, BY, BE, BB, HB, HH, HE, MV, NI, NW, RP, SL, SN, ST, SH, TH"
SITE = "facility: vista-mitte, name: X, since: 2024-01-01, insurance_policy: clarify, series: []"

VALUES = [
    Case(
        "another version",
        [("version: 1", "version: 2 # HERE")],
        ["Netzdatei: «version»: erlaubt ist nur 1, gefunden: 2."],
    ),
    Case(
        "unknown state",
        [("state: BE", "state: XX # HERE #")],
        [f"Netzdatei: «state»: «XX» ist unbekannt. Möglich sind: {STATES}."],
    ),
    Case(
        "unknown time zone",
        [("Europe/Berlin", "Europa/Berlin # HERE")],
        [
            "Netzdatei: «time_zone»: Zeitzone «Europa/Berlin» ist unbekannt, "
            "erwartet wird zum Beispiel Europe/Berlin."
        ],
    ),
    Case(
        "unknown legal regime",
        [("legal_regime: KDG", "legal_regime: KDO # HERE #")],
        ["Klinik: «legal_regime»: «KDO» ist unbekannt. Meinten Sie «KDG»?"],
    ),
    Case(
        "district that is not listed",
        [("district: Neukölln", "district: Neuköln # HERE")],
        ["Einrichtung: «district»: Bezirk «Neuköln» gibt es in dieser Datei nicht. Meinten Sie «Neukölln»?"],
    ),
    Case(
        "district listed twice",
        [("[Mitte, Friedrichshain-Kreuzberg,", "[Mitte, Mitte, Friedrichshain-Kreuzberg, # HERE\n   ")],
        ["Netzdatei: «districts»: «Mitte» steht doppelt, zuerst in Zeile {here}."],
    ),
    Case(
        "phone that can't be dialled",
        [('"+493023125100"', '"bitte anrufen" # HERE')],
        [
            "Einrichtung: «callback_phone»: Diese Telefonnummer ist nicht gültig. "
            "Bitte prüfen Sie sie, zum Beispiel 0171 3920012."
        ],
    ),
    Case(
        "phone in national form",
        [('"+493023125100"', '"030 23125100" # HERE')],
        ["Einrichtung: «callback_phone»: Bitte in der Form +493023125100 angeben."],
    ),
    Case(
        "unknown kind of facility",
        [("    district: Mitte\n", "    district: Mitte\n    kind: bar # HERE\n")],
        [
            "Einrichtung: «kind»: «bar» ist unbekannt. Möglich sind: counselling, consumption_room, "
            "contact_centre, shelter, mobile."
        ],
    ),
    Case(
        "unknown insurance policy",
        [("insurance_policy: required", "insurance_policy: require # HERE")],
        ["Standort: «insurance_policy»: «require» ist unbekannt. Meinten Sie «required»?"],
    ),
    Case(
        "impossible date",
        [("since: 2022-01-01", "since: 2022-02-30 # HERE")],
        ["Standort: «since»: erwartet wird ein Datum wie 2026-12-01, gefunden: «2022-02-30»."],
    ),
    Case(
        "date of another century",
        [("since: 2022-01-01", "since: 0022-01-01 # HERE")],
        ["Standort: «since»: das Jahr muss zwischen 2000 und 2100 liegen: 0022-01-01."],
    ),
    Case(
        "until before since",
        [("since: 2022-01-01", "since: 2022-01-01\n    until: 2021-12-31 # HERE")],
        ["Standort: «until»: 2021-12-31 liegt vor «since» 2022-01-01."],
    ),
    Case(
        "last day before the first",
        [("starts_on: 2026-12-01", "starts_on: 2026-12-01\n        ends_on: 2026-11-30 # HERE")],
        ["Reihe: «ends_on»: 2026-11-30 liegt vor «starts_on» 2026-12-01."],
    ),
    Case(
        "first day whose clocks leave the time out",
        [
            ("starts_on: 2026-12-01", "starts_on: 2027-03-28"),
            ('from: "13:00"', 'from: "02:30" # HERE'),
        ],
        [
            "Reihe: «from»: 02:30 gibt es am ersten Tag (2027-03-28) nicht, weil die Uhren vorgestellt "
            "werden. Bitte «starts_on» einen Tag später setzen."
        ],
    ),
]
TIMES = [
    Case(
        "time without quotes",
        [('from: "13:00"', "from: 13:00 # HERE")],
        ['Reihe: «from»: Uhrzeiten bitte in Anführungszeichen setzen: "13:00".'],
    ),
    Case(
        "hour that no clock shows",
        [('to: "16:30"', 'to: "25:00" # HERE')],
        ['Reihe: «to»: erwartet wird eine Uhrzeit von "00:00" bis "23:59", gefunden: «25:00».'],
    ),
    Case(
        "time without minutes",
        [('from: "13:00"', "from: 13 # HERE")],
        ['Reihe: «from»: erwartet wird eine Uhrzeit von "00:00" bis "23:59", gefunden: «13».'],
    ),
    Case(
        "end before the start",
        [('to: "16:30"', 'to: "12:30" # HERE')],
        ["Reihe: «to»: 12:30 liegt nicht nach «from» 13:00."],
    ),
    Case(
        "end at the start",
        [('to: "16:30"', 'to: "13:00" # HERE')],
        ["Reihe: «to»: 13:00 liegt nicht nach «from» 13:00."],
    ),
    Case(
        "plan longer than the hour",
        [('to: "16:30"\n        slots:', 'to: "16:29"\n        slots: # HERE ')],
        ["Reihe: «slots»: die Zeitfenster dauern zusammen 210 Minuten, die Sprechstunde nur 209."],
    ),
    Case(
        "slot too short",
        [("{type: open, minutes: 60}", "{type: open, minutes: 4} # HERE")],
        ["Zeitfenster: «minutes»: erlaubt sind 5 bis 480, gefunden: 4."],
    ),
    Case(
        "slot too long",
        [("{type: open, minutes: 60}", "{type: open, minutes: 481} # HERE")],
        ["Zeitfenster: «minutes»: erlaubt sind 5 bis 480, gefunden: 481."],
    ),
    Case(
        "unknown type of slot",
        [("{type: open, minutes: 60}", "{type: walk_in, minutes: 60} # HERE")],
        ["Zeitfenster: «type»: «walk_in» ist unbekannt. Möglich sind: first, follow_up, open."],
    ),
    Case(
        "unknown weekday",
        [("weekday: WE", "weekday: MI"), ("nth: 2}", "nth: 2} # HERE")],
        ["Regel: «weekday»: «MI» ist unbekannt. Möglich sind: MO, TU, WE, TH, FR, SA, SU."],
    ),
    Case(
        "fifth weekday of the month",
        [("nth: 2}", "nth: 5} # HERE")],
        ["Regel: «nth»: erlaubt sind 1 bis 4 und -1 (der letzte im Monat), gefunden: 5."],
    ),
    Case(
        "zeroth weekday of the month",
        [("nth: 2}", "nth: 0} # HERE")],
        ["Regel: «nth»: erlaubt sind 1 bis 4 und -1 (der letzte im Monat), gefunden: 0."],
    ),
    Case(
        "monthly without nth",
        [(", nth: 2}", "} # HERE")],
        ["Regel: Schlüssel «nth» fehlt: der wievielte Wochentag im Monat, 1 bis 4 oder -1."],
    ),
    Case(
        "weekly with nth",
        [("{frequency: monthly, weekday: WE, nth: 2}", "{frequency: weekly, weekday: WE, nth: 2} # HERE")],
        ["Regel: «nth»: passt nur zu «frequency: monthly»."],
    ),
    Case(
        "interval out of range",
        [("nth: 2}", "nth: 2, interval: 13} # HERE")],
        ["Regel: «interval»: erlaubt sind 1 bis 12, gefunden: 13."],
    ),
]
REFERENCES = [
    Case(
        "unknown provider",
        [("provider: vista\n", "provider: visto # HERE\n")],
        ["Einrichtung: «provider»: Träger «visto» gibt es in dieser Datei nicht. Meinten Sie «vista»?"],
    ),
    Case(
        "unknown clinic",
        [("    clinic: st-hedwig", "    clinic: charite # HERE")],
        [
            "Standort: «clinic»: Klinik «charite» gibt es in dieser Datei nicht. "
            "Möglich sind: st-hedwig, vivantes-neukoelln."
        ],
    ),
    Case(
        "unknown facility",
        [("    facility: vista-mitte", "    facility: mitte # HERE")],
        [
            "Standort: «facility»: Einrichtung «mitte» gibt es in dieser Datei nicht. "
            "Meinten Sie «vista-mitte»?"
        ],
    ),
    Case(
        "room of another facility",
        [("        room: Beratungsraum 1", "        room: Beratungsraum 2 # HERE")],
        [
            "Reihe: «room»: Raum «Beratungsraum 2» gibt es in dieser Datei nicht. "
            "Meinten Sie «Beratungsraum 1»?"
        ],
    ),
    Case(
        "practitioner without an account",
        [("practitioner: psychiatrie.mitte@example.org", "practitioner: x@example.org # HERE")],
        ["Reihe: «practitioner»: «x@example.org» steht nicht unter «staff»."],
    ),
    Case(
        "practitioner who is none",
        [
            ("practitioner: psychiatrie.mitte@", "practitioner: koordination.mitte@"),
            ("koordination.mitte@example.org\n", "koordination.mitte@example.org # HERE\n"),
            ("clinic: st-hedwig}\n  - {email: soz", "clinic: st-hedwig} # FIRST\n  - {email: soz"),
        ],
        [
            "Reihe: «practitioner»: «koordination.mitte@example.org» hat unter «staff» (Zeile {first}) "
            "die Rolle «clinic_coordinator»; Sprechstunden hält nur «psychiatrist»."
        ],
    ),
    Case(
        "practitioner of another clinic",
        [
            (
                "practitioner: psychiatrie.mitte@example.org",
                "practitioner: psychiatrie.neukoelln@example.org # HERE",
            ),
            ("clinic: vivantes-neukoelln}", "clinic: vivantes-neukoelln} # FIRST"),
        ],
        [
            "Reihe: «practitioner»: «psychiatrie.neukoelln@example.org» gehört unter «staff» (Zeile {first}) "
            "zur Klinik «vivantes-neukoelln», der Standort aber zu «st-hedwig»."
        ],
    ),
    Case(
        "unknown place of a person",
        [("facility: vista-mitte}\n", "facility: vista-mite} # HERE\n")],
        [
            "Person: «facility»: Einrichtung «vista-mite» gibt es in dieser Datei nicht. "
            "Meinten Sie «vista-mitte»?"
        ],
    ),
    Case(
        "clinic role without clinic",
        [("role: clinic_coordinator, clinic: st-hedwig}", "role: clinic_coordinator} # HERE")],
        ["Person: zur Rolle «clinic_coordinator» gehört der Schlüssel «clinic»; er fehlt."],
    ),
    Case(
        "facility role at a clinic",
        [(LEAD, "L, role: facility_lead, facility: vista-mitte, clinic: st-hedwig} # HERE")],
        ["Person: «clinic»: passt nicht zur Rolle «facility_lead»."],
    ),
    Case(
        "network admin with a clinic",
        [("role: clinic_coordinator, clinic: st-hedwig}", "role: network_admin, clinic: st-hedwig} # HERE")],
        ["Person: «clinic»: passt nicht zur Rolle «network_admin»."],
    ),
    Case(
        "unknown role",
        [(LEAD, "L, role: boss, facility: vista-mitte} # HERE")],
        [
            "Person: «role»: «boss» ist unbekannt. Möglich sind: psychiatrist, clinic_coordinator, "
            "social_worker, facility_lead, network_admin."
        ],
    ),
    Case(
        "no e-mail address",
        [
            ("  - {email: leitung.mitte@example.org", "  # FIRST\n  - {email: leitung.mitte"),
            (LEAD, f"{LEAD} # HERE"),
        ],
        ["Person: «email»: «leitung.mitte» ist keine E-Mail-Adresse."],
    ),
    Case(
        "address of a machine",
        [(LEAD, f"{LEAD}\n  - {{email: cli@system.invalid, display_name: X, role: network_admin}} # HERE")],
        ["Person: «email»: Adressen mit @system.invalid gehören dem System."],
    ),
]
TWICE = [
    Case(
        "provider",
        [
            (VISTA, "  - slug: vista # FIRST\n"),
            ("clinics:\n", "  - {slug: vista, name: V, legal_regime: KDG} # HERE\nclinics:\n"),
        ],
        ["Träger: «slug» «vista» steht doppelt, zuerst in Zeile {first}."],
    ),
    Case(
        "site",
        [
            ("  - slug: pia-flex-mitte\n", "  - slug: pia-flex-mitte # FIRST\n"),
            (
                "staff:\n",
                f"  - {{slug: pia-flex-mitte, clinic: vivantes-neukoelln, {SITE}}} # HERE\nstaff:\n",
            ),
        ],
        ["Standort: «slug» «pia-flex-mitte» steht doppelt, zuerst in Zeile {first}."],
    ),
    Case(
        "clinic in a facility",
        [
            ("  - slug: pia-flex-mitte\n", "  - slug: pia-flex-mitte # FIRST\n"),
            ("staff:\n", f"  - {{slug: second, clinic: st-hedwig, {SITE}}} # HERE\nstaff:\n"),
        ],
        ["Standort: dieselbe Klinik in derselben Einrichtung wie der Standort in Zeile {first}."],
    ),
    Case(
        "e-mail address in other letters",
        [
            (
                LEAD,
                f"{LEAD} # FIRST\n"
                "  - {email: Leitung.Mitte@example.org, display_name: X, role: network_admin} # HERE",
            )
        ],
        ["Person: «email» «leitung.mitte@example.org» steht doppelt, zuerst in Zeile {first}."],
    ),
    Case(
        "room",
        [
            (
                "[Beratungsraum 1, Beratungsraum 2]",
                "[Beratungsraum 1, Beratungsraum 2, # FIRST\n Beratungsraum 2] # HERE",
            )
        ],
        ["Einrichtung: «rooms»: «Beratungsraum 2» steht doppelt, zuerst in Zeile {first}."],
    ),
]
