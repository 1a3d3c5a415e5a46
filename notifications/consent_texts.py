"""The texts that clients agree to, by version. A version that somebody agreed to is never altered."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class ConsentText:
    version: str
    language: str
    text: str

    def __str__(self) -> str:
        return self.text


TEXTS = {
    text.version: text
    for text in (
        ConsentText(
            version="2026-11",
            language="de",
            text=(
                "Ich möchte SMS zu meinen Terminen bekommen: wenn ein Termin vereinbart, verschoben oder "
                "abgesagt wird, und am Tag davor eine Erinnerung. Dafür wird meine Handynummer gespeichert "
                "und an den Versanddienst gegeben, der die SMS verschickt. In der SMS stehen nur Tag und "
                "Uhrzeit und eine Nummer zum Zurückrufen, nicht worum es geht. Wer mein Handy in der Hand "
                "hat, kann die SMS lesen. Ich kann jederzeit Nein sagen, zum Beispiel mit einer SMS mit dem "
                "Wort STOP, einem Anruf oder vor Ort. Mein Termin bleibt dann bestehen. Auch ohne SMS "
                "bekomme ich Termine wie alle anderen."
            ),
        ),
    )
}
CURRENT_TEXT = TEXTS["2026-11"]
