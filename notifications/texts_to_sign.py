"""The words of version 2026-11 that clients agree to, in every language, and of the sheets they sign.

A version that somebody agreed to is never altered: a better wording is a new version. German is what counts in
a dispute; the others say the same.
"""

from typing import NamedTuple


class Words(NamedTuple):
    """`release` takes {facility}, {clinic}, {what} (one of the scopes) and {ends} (dd.mm.yyyy)."""

    consent_title: str
    consent: str
    release_title: str
    release: str
    name: str
    coordination: str
    code: str
    place_and_date: str
    signature: str


WORDS = {
    "de": Words(
        "Einwilligung in SMS zu meinen Terminen",
        "Ich möchte SMS zu meinen Terminen bekommen: wenn ein Termin vereinbart, verschoben oder "
        "abgesagt wird, und am Tag davor eine Erinnerung. Dafür wird meine Handynummer gespeichert "
        "und an den Versanddienst gegeben, der die SMS verschickt. In der SMS stehen nur Tag und "
        "Uhrzeit und eine Nummer zum Zurückrufen, nicht worum es geht. Wer mein Handy in der Hand "
        "hat, kann die SMS lesen. Ich kann jederzeit Nein sagen, zum Beispiel mit einer SMS mit dem "
        "Wort STOP, einem Anruf oder vor Ort. Mein Termin bleibt dann bestehen. Auch ohne SMS "
        "bekomme ich Termine wie alle anderen.",
        "Entbindung von der Schweigepflicht",
        "Ich erlaube den Mitarbeitenden von {facility}, der {clinic} zu sagen: {what}. Dafür entbinde ich sie "
        "von der Schweigepflicht. Das gilt bis zum {ends}. Ich kann es jederzeit zurücknehmen, auch "
        "mündlich; dann erfährt die Klinik ab sofort nichts mehr. Auch wenn ich nicht zustimme, bekomme ich "
        "Termine, dann unter einem Kürzel statt unter meinem Namen.",
        "meinen Namen",
        "meinen Namen und was für meine Behandlung abgesprochen werden muss",
        "Kürzel",
        "Ort und Datum",
        "Unterschrift",
    ),
    "en": Words(
        "Consent to text messages about my appointments",
        "I would like to get text messages (SMS) about my appointments: when an appointment is made, moved or "
        "cancelled, and a reminder the day before. For this my mobile number is stored and given to the service "
        "that sends the messages. A message contains only the day, the time and a number to call back, not what "
        "it is about. Anyone who holds my phone can read the messages. I can say no at any time, for example "
        "by a text message with the word STOP, by a call or in person. My appointment then still stands. "
        "Without text messages, too, I get appointments like everyone else.",
        "Release from confidentiality",
        "I allow the staff of {facility} to tell {clinic}: {what}. For this I release them from their duty of "
        "confidentiality. This holds until {ends}. I can take it back at any time, also by word of mouth; from "
        "then on the clinic learns nothing more. If I do not agree, I still get appointments, under a code "
        "instead of my name.",
        "my name",
        "my name and what must be arranged for my treatment",
        "Code",
        "Place and date",
        "Signature",
    ),
    "tr": Words(
        "Randevularım hakkında SMS almak için onay",
        "Randevularım hakkında SMS almak istiyorum: bir randevu verildiğinde, değiştirildiğinde veya iptal "
        "edildiğinde ve bir gün önce hatırlatma olarak. Bunun için cep telefonu numaram kaydedilir ve SMS'leri "
        "gönderen hizmete verilir. SMS'te yalnızca gün, saat ve geri arama numarası yazar; konunun ne olduğu "
        "yazmaz. Telefonumu eline alan herkes SMS'leri okuyabilir. İstediğim zaman hayır diyebilirim, örneğin "
        "STOP yazan bir SMS'le, telefonla veya yerinde. Randevum yine geçerli kalır. SMS olmadan da herkes gibi "
        "randevu alırım.",
        "Sır saklama yükümlülüğünden muafiyet",
        "{facility} çalışanlarının {clinic} kliniğine şunu söylemesine izin veriyorum: {what}. Bunun için onları "
        "sır saklama yükümlülüğünden muaf tutuyorum. Bu, {ends} tarihine kadar geçerlidir. İstediğim zaman, "
        "sözlü olarak da geri alabilirim; o andan itibaren klinik başka bir şey öğrenmez. Onay vermesem de "
        "randevu alırım; o zaman adım yerine bir kod kullanılır.",
        "adım",
        "adım ve tedavim için konuşulması gerekenler",
        "Kod",
        "Yer ve tarih",
        "İmza",
    ),
    "ar": Words(
        "الموافقة على رسائل SMS بشأن مواعيدي",
        "أريد أن أتلقى رسائل SMS بشأن مواعيدي: عند تحديد موعد أو تغييره أو إلغائه، وتذكيرًا في اليوم السابق. "
        "لهذا يُحفظ رقم هاتفي المحمول ويُعطى للخدمة التي ترسل الرسائل. لا تحتوي الرسالة إلا على اليوم والساعة "
        "ورقم لمعاودة الاتصال، وليس على موضوع الموعد. من يمسك هاتفي يستطيع قراءة الرسائل. يمكنني أن أرفض في أي "
        "وقت، مثلًا برسالة فيها كلمة STOP أو باتصال هاتفي أو في المكان نفسه. ويبقى موعدي قائمًا. وبدون رسائل SMS "
        "أيضًا أحصل على مواعيد مثل الجميع.",
        "الإعفاء من واجب السرية",
        "أسمح للعاملين في {facility} بأن يخبروا {clinic} بما يلي: {what}. ولهذا أعفيهم من واجب السرية. يسري هذا "
        "حتى {ends}. يمكنني سحبه في أي وقت، شفهيًا أيضًا؛ ومنذ ذلك الحين لا تعرف العيادة شيئًا آخر. وإذا لم أوافق "
        "أحصل على مواعيد أيضًا، ولكن برمز بدلًا من اسمي.",
        "اسمي",
        "اسمي وما يلزم الاتفاق عليه من أجل علاجي",
        "الرمز",
        "المكان والتاريخ",
        "التوقيع",
    ),
    "ru": Words(
        "Согласие на SMS о моих приёмах",
        "Я хочу получать SMS о моих приёмах: когда приём назначен, перенесён или отменён, и напоминание накануне. "
        "Для этого номер моего мобильного телефона сохраняется и передаётся службе, которая отправляет SMS. В SMS "
        "указаны только день, время и номер для обратного звонка, но не то, о чём идёт речь. Тот, у кого в руках "
        "мой телефон, может прочитать SMS. Я могу отказаться в любое время, например, отправив SMS со словом STOP, "
        "по телефону или на месте. Мой приём при этом сохраняется. И без SMS мне назначают приёмы, как всем.",
        "Освобождение от обязанности хранить тайну",
        "Я разрешаю сотрудникам {facility} сообщить в {clinic}: {what}. Для этого я освобождаю их от обязанности "
        "хранить тайну. Это действует до {ends}. Я могу отозвать разрешение в любое время, в том числе устно; с "
        "этого момента клиника больше ничего не узнает. Если я не соглашусь, мне всё равно назначат приёмы — под "
        "кодом вместо имени.",
        "моё имя",
        "моё имя и то, что нужно согласовать для моего лечения",
        "Код",
        "Место и дата",
        "Подпись",
    ),
    "uk": Words(
        "Згода на SMS про мої прийоми",
        "Я хочу отримувати SMS про мої прийоми: коли прийом призначено, перенесено або скасовано, і нагадування "
        "напередодні. Для цього номер мого мобільного телефону зберігається і передається службі, яка надсилає "
        "SMS. У SMS зазначено лише день, час і номер для зворотного дзвінка, але не те, про що йдеться. Той, хто "
        "тримає в руках мій телефон, може прочитати SMS. Я можу відмовитися будь-коли, наприклад, надіславши SMS "
        "зі словом STOP, телефоном або на місці. Мій прийом при цьому залишається. І без SMS мені призначають "
        "прийоми, як усім.",
        "Звільнення від обов’язку зберігати таємницю",
        "Я дозволяю працівникам {facility} повідомити {clinic}: {what}. Для цього я звільняю їх від обов’язку "
        "зберігати таємницю. Це діє до {ends}. Я можу відкликати дозвіл будь-коли, також усно; з цього моменту "
        "клініка більше нічого не дізнається. Якщо я не погоджуся, мені все одно призначать прийоми — під кодом "
        "замість імені.",
        "моє ім’я",
        "моє ім’я і те, що треба узгодити для мого лікування",
        "Код",
        "Місце і дата",
        "Підпис",
    ),
    "pl": Words(
        "Zgoda na SMS-y o moich terminach",
        "Chcę dostawać SMS-y o moich terminach: gdy termin zostanie ustalony, przełożony lub odwołany, oraz "
        "przypomnienie dzień wcześniej. W tym celu mój numer telefonu komórkowego jest zapisywany i przekazywany "
        "usłudze, która wysyła SMS-y. W SMS-ie są tylko dzień, godzina i numer do oddzwonienia, nie ma tam, o co "
        "chodzi. Kto ma w ręku mój telefon, może przeczytać SMS-y. Mogę odmówić w każdej chwili, na przykład "
        "SMS-em ze słowem STOP, telefonicznie lub na miejscu. Mój termin pozostaje wtedy ważny. Także bez SMS-ów "
        "dostaję terminy jak wszyscy inni.",
        "Zwolnienie z obowiązku zachowania tajemnicy",
        "Pozwalam pracownikom {facility} powiedzieć {clinic}: {what}. W tym celu zwalniam ich z obowiązku "
        "zachowania tajemnicy. Obowiązuje to do {ends}. Mogę to cofnąć w każdej chwili, także ustnie; od tego "
        "momentu klinika nie dowie się niczego więcej. Jeśli się nie zgodzę, i tak dostanę terminy, pod kodem "
        "zamiast nazwiska.",
        "moje imię i nazwisko",
        "moje imię i nazwisko oraz to, co trzeba uzgodnić w sprawie mojego leczenia",
        "Kod",
        "Miejsce i data",
        "Podpis",
    ),
    "bg": Words(
        "Съгласие за SMS за моите часове",
        "Искам да получавам SMS за моите часове: когато час бъде уговорен, преместен или отменен, и напомняне "
        "предния ден. За това номерът на мобилния ми телефон се записва и се дава на услугата, която изпраща SMS. "
        "В SMS са само денят, часът и номер за обратно обаждане, но не и за какво става дума. Който държи "
        "телефона ми, може да прочете SMS. Мога да откажа по всяко време, например със SMS с думата STOP, с "
        "обаждане или на място. Тогава часът ми остава. И без SMS получавам часове като всички останали.",
        "Освобождаване от задължението за тайна",
        "Разрешавам на служителите на {facility} да кажат на {clinic}: {what}. За това ги освобождавам от "
        "задължението за тайна. Това важи до {ends}. Мога да го оттегля по всяко време, също и устно; оттогава "
        "клиниката не научава нищо повече. И ако не се съглася, получавам часове — под код вместо с името ми.",
        "името ми",
        "името ми и това, което трябва да се уговори за лечението ми",
        "Код",
        "Място и дата",
        "Подпис",
    ),
    "ro": Words(
        "Acord pentru SMS-uri despre programările mele",
        "Doresc să primesc SMS-uri despre programările mele: când o programare este stabilită, mutată sau anulată "
        "și un memento cu o zi înainte. Pentru aceasta, numărul meu de mobil este păstrat și dat serviciului care "
        "trimite SMS-urile. În SMS apar doar ziua, ora și un număr la care pot suna, nu și despre ce este vorba. "
        "Cine are telefonul meu în mână poate citi SMS-urile. Pot spune nu oricând, de exemplu printr-un SMS cu "
        "cuvântul STOP, printr-un apel sau la fața locului. Programarea mea rămâne valabilă. Și fără SMS primesc "
        "programări ca toți ceilalți.",
        "Scutire de obligația de confidențialitate",
        "Permit angajaților {facility} să spună către {clinic}: {what}. Pentru aceasta îi scutesc de obligația de "
        "confidențialitate. Este valabil până la {ends}. Pot retrage permisiunea oricând, și verbal; de atunci "
        "clinica nu mai află nimic. Dacă nu sunt de acord, primesc totuși programări, cu un cod în locul numelui.",
        "numele meu",
        "numele meu și ce trebuie stabilit pentru tratamentul meu",
        "Cod",
        "Locul și data",
        "Semnătura",
    ),
    "fr": Words(
        "Accord pour des SMS sur mes rendez-vous",
        "Je souhaite recevoir des SMS sur mes rendez-vous : quand un rendez-vous est fixé, déplacé ou annulé, et un "
        "rappel la veille. Pour cela, mon numéro de portable est enregistré et transmis au service qui envoie les "
        "SMS. Le SMS ne contient que le jour, l’heure et un numéro à rappeler, pas le sujet. Toute personne qui a "
        "mon téléphone en main peut lire les SMS. Je peux dire non à tout moment, par exemple par un SMS avec le "
        "mot STOP, par un appel ou sur place. Mon rendez-vous reste alors valable. Même sans SMS, je reçois des "
        "rendez-vous comme tout le monde.",
        "Levée du secret professionnel",
        "J’autorise les personnes qui travaillent à {facility} à communiquer à {clinic} : {what}. Pour cela, je "
        "les délie du secret professionnel. Cela vaut jusqu’au {ends}. Je peux revenir là-dessus à tout moment, "
        "aussi oralement ; dès lors, la clinique n’apprend plus rien. Même si je refuse, je reçois des "
        "rendez-vous, sous un code au lieu de mon nom.",
        "mon nom",
        "mon nom et ce qui doit être convenu pour mon traitement",
        "Code",
        "Lieu et date",
        "Signature",
    ),
    "es": Words(
        "Consentimiento para SMS sobre mis citas",
        "Quiero recibir SMS sobre mis citas: cuando una cita se acuerde, se cambie o se cancele, y un recordatorio "
        "el día anterior. Para ello se guarda mi número de móvil y se entrega al servicio que envía los SMS. En el "
        "SMS solo aparecen el día, la hora y un número para devolver la llamada, no de qué se trata. Quien tenga "
        "mi móvil en la mano puede leer los SMS. Puedo decir que no en cualquier momento, por ejemplo con un SMS "
        "con la palabra STOP, con una llamada o en persona. Mi cita se mantiene. También sin SMS recibo citas como "
        "todos los demás.",
        "Exención del deber de secreto",
        "Permito que el personal de {facility} comunique a {clinic}: {what}. Para ello lo eximo del deber de "
        "secreto. Esto vale hasta el {ends}. Puedo retirarlo en cualquier momento, también de palabra; a partir "
        "de entonces la clínica no se entera de nada más. Aunque no esté de acuerdo, recibo citas, con un código "
        "en lugar de mi nombre.",
        "mi nombre",
        "mi nombre y lo que haya que acordar para mi tratamiento",
        "Código",
        "Lugar y fecha",
        "Firma",
    ),
    "fa": Words(
        "رضایت برای دریافت پیامک دربارهٔ نوبت‌هایم",
        "می‌خواهم دربارهٔ نوبت‌هایم پیامک دریافت کنم: وقتی نوبتی تعیین، جابه‌جا یا لغو می‌شود و یک یادآوری در روز "
        "پیش از آن. برای این کار شمارهٔ موبایل من ذخیره و به سرویسی داده می‌شود که پیامک‌ها را می‌فرستد. در پیامک "
        "فقط روز و ساعت و شماره‌ای برای تماس نوشته می‌شود، نه موضوع آن. هر کس تلفن من را در دست داشته باشد "
        "می‌تواند پیامک‌ها را بخواند. هر زمان می‌توانم نه بگویم، مثلاً با پیامکی با کلمهٔ STOP، با تماس تلفنی یا "
        "حضوری. نوبت من در این صورت باقی می‌ماند. بدون پیامک هم مانند دیگران نوبت می‌گیرم.",
        "معاف کردن از رازداری",
        "اجازه می‌دهم کارکنان {facility} این را به {clinic} بگویند: {what}. برای این کار آنها را از وظیفهٔ رازداری "
        "معاف می‌کنم. این تا {ends} اعتبار دارد. هر زمان می‌توانم آن را پس بگیرم، شفاهی هم؛ از آن پس کلینیک چیز "
        "دیگری نمی‌داند. اگر موافق نباشم هم نوبت می‌گیرم، با یک کد به جای نامم.",
        "نام من",
        "نام من و آنچه باید برای درمانم هماهنگ شود",
        "کد",
        "محل و تاریخ",
        "امضا",
    ),
}
