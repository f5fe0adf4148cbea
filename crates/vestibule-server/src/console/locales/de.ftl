# The console in German.

unit-day = { $count } T.
unit-hour = { $count } Std.
unit-minute = { $count } Min.
unit-second = { $count } Sek.
time-now = jetzt
time-in = in { $length }
time-ago = vor { $length }
days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
in-hours = { $count ->
    [one] in { $count } Stunde
    [24] in 1 Tag
    [72] in 3 Tagen
    [168] in 7 Tagen
   *[other] in { $count } Stunden
}
skip = Zur Seite springen
nav = Orte
nav-now = Jetzt
nav-support = Support-Zugang
nav-log = Protokoll
nav-realms = Mandanten
staff = Support
sign-out = Abmelden
inside = Sie sind bei { $realm }.
leave = Verlassen
cancel = Abbrechen
pages = Seiten
older = Älter
newer = Neuer
back-to-start = Zurück zum Anfang
sign-in = Anmelden
sign-in-words = Für die Leute eines Mandanten: wer herein darf, wer da ist und was getan wurde.
sign-in-staff-words = Für den Support des Anbieters: Mandanten betreten, die Sie hereinlassen.
sign-in-user = Konto oder E-Mail-Adresse
sign-in-password = Passwort
sign-in-wrong = Dieser Name und dieses Passwort gehören nicht zusammen.
sign-in-too-many = Zu viele Versuche. Versuchen Sie es in { $seconds } Sekunden wieder.
sign-in-as-staff = Ich gehöre zum Support
sign-in-as-tenant = Ich gehöre zu einem Mandanten
sign-in-link-words = Dieser Link meldet Sie einmal an.
sign-in-link-spent = Dieser Link wurde schon benutzt oder ist zu alt.
sign-in-code-title = Noch etwas
sign-in-code-words = Geben Sie den Code ein, den Ihre App jetzt zeigt, oder einen Ihrer Wiederherstellungscodes.
sign-in-code-wrong = Das ist nicht der Code von jetzt, oder er wurde schon benutzt.
sign-in-too-late = Das hat zu lange gedauert. Bitte beginnen Sie von vorn.
sign-in-anew = Von vorn beginnen
sign-in-passkey = Passkey verwenden
sign-in-passkey-wrong = Mit diesem Passkey meldet sich hier niemand an.
passkey-failed = Der Browser hat keinen Passkey benutzt. Versuchen Sie es noch einmal oder gehen Sie einen anderen Weg.
code = Code
refused-title = Das ging nicht
refused-forbidden = Das dürfen Sie hier nicht.
refused-absent = Diese Seite gibt es nicht, oder sie ist nicht für Sie.
refused-too-many = Zu viele Anfragen. Versuchen Sie es später wieder.
refused-conflict = Es hat sich inzwischen geändert.
refused-signed-out = Sie sind abgemeldet.
refused-unavailable = Der Dienst ist gerade nicht erreichbar. Versuchen Sie es später wieder.
refused-internal = Hier ist etwas schiefgegangen. Versuchen Sie es später wieder.
refused-malformed = Was gesendet wurde, ist nicht lesbar.
fault-undone = Was Sie gesendet haben, wurde nicht getan: Es gehörte zu einer Anmeldung, die vorbei ist. Bitte senden Sie es noch einmal.
fault-stale = Jemand hat das inzwischen geändert. So steht es jetzt.
done-invited = Eingeladen. Wer gemeint ist, bekommt eine Mail.
done-amended = Geändert.
done-uninvited = Die Einladung ist zurückgenommen, und wer durch sie da war, ist draußen.
done-opened = Das Fenster ist offen.
done-extended = Das Fenster endet zur neuen Zeit.
done-closed = Das Fenster ist zu, und wer durch es da war, ist draußen.
done-ended = Der Besuch ist beendet.
done-ended-all = Alle Besuche sind beendet.
done-entered = Sie sind drin.
done-left = Sie sind gegangen.
who = Wer
reason = Grund
reason-hint = Der Mandant liest ihn.
ticket = Ticket
ticket-hint = Freiwillig, ohne Leerzeichen
since = Seit
until = Bis
ends = Endet
over = Zu Ende
why = Warum
act = Tun
effect = Wirkung
actions = Aktionen
resources = Worauf
where = wenn
allow = erlaubt
allow-destructive = erlaubt, kann wegnehmen
deny = verbietet
anyone = Alle vom Support
no-end = ohne Ende
open = offen
any = Alle
live = live
now-title = Jetzt
now-inside = Wer da ist
now-nobody = Niemand vom Anbieter ist da.
now-nobody-words = Herein kommt nur, wer eingeladen ist oder durch ein Fenster, das Sie öffnen:
now-may = Wer herein darf
now-no-invitations = Niemand ist eingeladen.
now-past = Letzte Besuche
count-sessions = { $count ->
    [0] Niemand ist da
    [one] { $count } Person ist da
   *[other] { $count } Personen sind da
}
what-they-did = Was getan wurde
what-it-opens = Was es öffnet
end = Beenden
end-all = Alle beenden
end-title = Den Besuch beenden
end-words = Der Besuch von { $who } endet sofort und überall. Der Token wird von da an abgewiesen.
end-all-words = { $count ->
    [one] Der Besuch einer Person endet sofort und überall.
   *[other] Die Besuche von { $count } Personen enden sofort und überall.
}
end-lapsed = die Zeit war um
end-tenant = vom Mandanten beendet
end-left = selbst gegangen
end-invitation = die Einladung wurde zurückgenommen
end-window = das Fenster wurde geschlossen
end-support = der Support-Zugang wurde abgeschaltet
picture = Wer wann hereingelassen wurde
zoom = Länge des Bildes
lane-window = Fenster
title-window = Das Fenster, bis { $until }
title-invitation = Einladung von { $who }
title-session = Besuch von { $who }
title-grant = Vollmacht: { $who }
legend-invitation = Einladung
legend-window = Fenster
legend-session = Besuch
legend-grant = Vollmacht: wer für wen handelt
left-out = { $count ->
    [one] Eine weitere Zeile ist nicht gezeichnet.
   *[other] { $count } weitere Zeilen sind nicht gezeichnet.
}
support-off = Der Support-Zugang ist für diesen Mandanten abgeschaltet: niemand vom Anbieter kommt herein.
support-window = Das Fenster
support-people = Eingeladene
window-never = Es wurde noch nie ein Fenster geöffnet.
window-never-words = Ein Fenster lässt den ganzen Support eine Zeit lang herein, für das, was Sie wählen, und sonst nichts.
window-nothing = Es lässt herein und erlaubt nichts.
window-closed = Es schloss
window-open = Ein Fenster öffnen
window-what = Was, und wie lange
window-scope = Was es öffnet
scope-read = Die Konfiguration ansehen
scope-configure = Die Konfiguration ansehen und ändern
scope-all = Alles
scope-own = Eigene Regeln
window-own = Regeln
window-own-hint = Eine Liste in JSON, jede mit effect, actions und resources
window-preview = Zeigen, was es öffnet
window-opens = Das öffnet es
window-confirm = Öffnen
window-everything = Ein Stern steht für alles, was der Mandant hat. Das ist jetzt:
action-rest = (und jede andere, nach der das Produkt fragt)
thing-user = { $count ->
    [one] { $count } Person
   *[other] { $count } Personen
  }
thing-service = { $count ->
    [one] { $count } Dienstkonto
   *[other] { $count } Dienstkonten
  }
thing-customer = { $count ->
    [one] { $count } Kunde
   *[other] { $count } Kunden
  }
end-at = Es soll enden
end-later = Später als bisher
end-sooner = Früher als bisher
end-hint = Ein früheres gilt auch für die Besuche, die auf ihm beruhen.
end-change = Ende ändern
close = Schließen
close-words = Das Fenster schließt sofort, und die Besuche, die auf ihm beruhen, enden.
invite = Einladen
invited = Eingeladen
uninvite = Zurücknehmen
uninvite-words = Die Einladung von { $who } wird sofort zurückgenommen, und die Besuche, die auf ihr beruhen, enden.
take-back = So machen
address = E-Mail-Adresse
address-hint = Bei { $domain }
nav-people = Leute und Maschinen
people-accounts = Konten
people-new = Jemanden hinzufügen
people-search = Suche nach Name, Adresse, Rolle oder Gruppe
people-none = Niemand gefunden.
people-none-words = Suchen Sie nach weniger, oder fügen Sie jemanden hinzu: Leute werden per Mail eingeladen, Maschinen bekommen sofort ein Konto.
people-invited = Eingeladen und noch nicht da
account = Konto
name = Name
description = Wozu
department = Abteilung
kind = Art
kind-all = Leute und Maschinen
kind-user = Person
kind-service = Maschine
kind-support = Besuch vom Support
standing = Stand
standing-active = an
standing-disabled = aus
standing-expired = beendet
roles = Rollen
groups = Gruppen
members = Mitglieder
last-used = Zuletzt benutzt
made-at = Angelegt
never = nie
tick = Auswahl
tick-one = { $who } auswählen
with-ticked = Mit den Ausgewählten
choose = Wählen
further = Weiter
see-change = Zeigen, was sich ändert
act-on = Einschalten
act-off = Ausschalten
act-delete = Löschen
act-join = In eine Gruppe aufnehmen
act-leave = Aus der Gruppe nehmen
act-give = Eine Rolle geben
act-take = Die Rolle nehmen
to-join = In { $name } aufnehmen
to-leave = Aus { $name } nehmen
to-give = { $name } geben
to-take = { $name } nehmen
new-person = Eine Person einladen
new-person-words = Die Person bekommt einen Brief mit einem Link und wählt ein Passwort.
first-name = Vorname
last-name = Nachname
new-machine = Ein Konto für eine Maschine anlegen
new-machine-words = Seine Tokens bekommt es auf der nächsten Seite.
new-machine-hint = Ohne Leerzeichen; das Konto heißt sa:: und dieser Name
make-account = Das Konto anlegen
account-own = Das ist Ihr eigenes Konto: nur jemand anders kann es ausschalten oder löschen.
account-holds = Was es hat
roles-of-none = Keine eigene Rolle.
groups-of-none = In keiner Gruppe.
give-or-take = Geben oder nehmen
credentials = Womit es sich ausweist
credentials-none = Nichts: niemand kann sich damit anmelden. Erstellen Sie ein Token, oder lassen Sie die Person ein Passwort wählen.
proof-token = Token
proof-access-key = Zugangsschlüssel
proof-password = Passwort
proof-public-key = Öffentlicher Schlüssel
proof-name-hint = Wo es benutzt wird
proof-id = Kennung
proof-secret = Geheimnis
proves = gültig
proves-nothing = ungültig
make-proof = Erstellen
in-days = { $count ->
    [one] in { $count } Tag
   *[other] in { $count } Tagen
}
made-title = Erstellt: jetzt aufheben
made-words = Damit weist sich { $who } aus. Es wird nur dieses eine Mal gezeigt.
made-kept = Ich habe es aufgehoben
revoke = Widerrufen
revoke-title = Einen Ausweis widerrufen
revoke-words = { $what }: ab der nächsten Anfrage ungültig, mit allem, was daraus entstand, und für immer.
revoke-whose = Es gehört zu { $who }.
rights = Was es darf
rights-none = Nichts erlaubt ihm etwas.
says-nothing = Es sagt nichts.
way-own = eigene Aussagen
way-group = Gruppe { $name }
way-role = Rolle { $name }
gate-disabled = Es ist ausgeschaltet: es darf nichts, was auch hier steht.
gate-expired = Seine Zeit ist um: es darf nichts, was auch hier steht.
gate-outside = Es ist draußen: es darf jetzt nichts, was auch hier steht.
what-changes = Was sich ändert
change-count = { $count ->
    [0] Nichts ändert sich.
    [one] Ein Konto ändert sich.
   *[other] { $count } Konten ändern sich, alle oder keines.
}
change-nobody = Niemand ist ausgewählt. Gehen Sie zurück, und wählen Sie erst jemanden aus.
change-passed = Diese bleiben, wie sie sind
change-gains = Was dazukommt
change-loses = Was auf diesem Weg wegfällt
passed-own = Ihr eigenes Konto
passed-already = ist schon so
passed-unknown = kein Konto heißt so
change-on-title = Einschalten
change-off-title = Ausschalten
change-delete-title = Löschen
change-join-title = In { $name } aufnehmen
change-leave-title = Aus { $name } nehmen
change-give-title = { $name } geben
change-take-title = { $name } nehmen
change-join-one = kommt in { $name }
change-leave-one = geht aus { $name }
change-give-one = bekommt { $name }
change-take-one = verliert { $name }
becomes-on = aus wird an: womit es sich ausweist, gilt wieder
becomes-off = an wird aus: überall abgemeldet und abgewiesen
becomes-off-machine = an wird aus: Tokens und Schlüssel werden abgewiesen
goes-with-credentials = { $count ->
    [0] geht für immer, mit Rollen und Gruppen
    [one] geht für immer, mit Rollen, Gruppen und seinem Ausweis
   *[other] geht für immer, mit Rollen, Gruppen und { $count } Ausweisen
}
groups-words = Eine Gruppe gibt ihre Rollen allen, die in ihr sind.
kept-by-realm = führt sich selbst
group-new = Eine Gruppe anlegen
group-empty = Niemand ist darin. Nehmen Sie jemanden mit dem Namen des Kontos auf.
group-users = { $count ->
    [0] Niemand ist direkt darin.
    [one] Ein Konto ist direkt darin.
   *[other] { $count } Konten sind direkt darin.
}
group-roles-none = Sie gibt keine Rolle.
group-role-words = Es ändert sich für alle in { $name } und in den Gruppen darin.
group-delete = Die Gruppe löschen
group-delete-words = { $name } geht für immer; die Mitglieder bleiben, ohne sie.
group-delete-roles = Sie verlieren, was durch ihre Rollen kam: { $names }.
group-to-add = Gruppe, die hineinkommt
group-to-add-hint = Name oder Kennung
groups-around = In welchen Gruppen sie ist
groups-around-none = In keiner anderen Gruppe.
groups-around-words = Alle darin haben auch die Rollen dieser Gruppen.
act-go-out = Herausnehmen
nest-words = { $name } und die Gruppen darin:
nest-accounts = { $count ->
    [0] niemand ist jetzt in ihnen.
    [one] ein Konto ist in ihnen.
   *[other] { $count } Konten sind in ihnen.
}
nest-gains = Alle darin bekommen, was diese Rollen sagen: { $names }.
nest-gains-nothing = Es gibt ihnen keine Rolle, die sie nicht schon durch ihre Gruppen haben.
nest-loses = Alle darin verlieren auf diesem Weg diese Rollen: { $names }.
nest-loses-nothing = Es nimmt ihnen keine Rolle, die sie nicht durch ihre Gruppen behalten.
account-to-add = Konto, das dazukommt
account-to-give = Konto, das sie bekommt
roles-words = Eine Rolle ist ein benannter Satz von Aussagen; Konten und Gruppen haben sie.
role-managed = eingebaut
role-new = Eine Rolle schreiben
role-edit = { $name } ändern
role-write = Wie sie heißt, und was sie sagt
role-preview = Zeigen, was sie sagt
role-says = Was sie sagt
role-keep = Behalten
edit = Ändern
role-holders = Wer sie hat
role-holders-none = Noch hat sie niemand. Geben Sie sie einer Gruppe auf deren Seite, oder hier einem Konto.
role-more = { $count } Konten haben sie; das sind die ältesten.
role-delete = Die Rolle löschen
role-delete-words = { $name } geht für immer, und niemand hat sie mehr.
role-accounts = { $count ->
    [one] Ein Konto verliert sie.
   *[other] { $count } Konten verlieren sie.
}
role-groups = { $count ->
    [one] Eine Gruppe verliert sie.
   *[other] { $count } Gruppen verlieren sie.
}
nav-customers = Kunden
customers-search = Suche
customers-search-hint = Name, Kennung, Nummer, ganze E-Mail-Adresse oder Telefonnummer ab +
customers-none = Kein Kunde gefunden.
customers-none-words = Suchen Sie nach weniger, oder legen Sie einen Kunden an. Kunden kommen auch durch ein Manifest herein und durch die API des Dienstes, der sie kennt.
customer-new = Einen Kunden anlegen
customer-make = Den Kunden anlegen
customer-edit = { $name } ändern
customer-what = Was er ist
customer-status-hint = Wenn er nicht offen ist, handelt er für niemanden und niemand für ihn
customer-name-hint = Einer Gruppe oder Firma; eine Person heißt wie ihr Kontakt
customer-number-hint = Freiwillig, und nur dieses Kunden; Aussagen nennen ihn bei seiner Nummer
customer-first = Erster Kontakt
customer-first-words = Freiwillig. Mehr sagt man von einem Kontakt auf dessen eigener Seite.
department-none = Keine
purge = Löschen
purge-title = Den Kunden löschen
purge-words = { $name } geht für immer und für alle; Kennung und Nummer werden nicht wieder vergeben.
purge-contacts = { $count ->
    [0] Er hat keine Kontakte.
    [one] Sein Kontakt geht mit ihm.
   *[other] Seine { $count } Kontakte gehen mit ihm.
}
purge-grants = { $count ->
    [0] Niemand handelt für ihn, und er für niemanden.
    [one] Eine Vollmacht endet.
   *[other] { $count } Vollmachten enden.
}
purge-cases = { $count ->
    [0] Er hat keine Fälle.
    [one] Sein Fall geht.
   *[other] Seine { $count } Fälle gehen.
}
purge-links = Auch alles, was mit ihm gesprochen wurde, geht. Links, die seinen Kontakten geschickt wurden, gelten nicht mehr; eine Übergabe der letzten Minuten vielleicht noch.
customer-id = Kennung
customer-number = Nummer
customer-individual = Einzelperson
customer-group = Gruppe
customer-corporate = Firma
status-pending = wartet
status-open = offen
status-suspended = ausgesetzt
status-closed = geschlossen
contacts = Kontakte
contacts-none = Er hat keine Kontakte.
contact-part = Rolle
contact-primary = Erster Ansprechpartner
contact-regular = Kontakt
contact-billing = Rechnungen
contact-administrator = Verwaltung
contact-technical = Technik
contact-add = Hinzufügen:
contact-name = Wie er heißt
contact-media = Wo ihn Mails und Anrufe erreichen
contact-letters = Wo ihn Briefe erreichen
contact-remove = Den Kontakt entfernen
contact-remove-words = { $who } geht für immer. Ein Link, der die Adresse bestätigen sollte, gilt nicht mehr.
contact-remove-whose = Es ist ein Kontakt von { $customer }.
field-salutation = Anrede
field-first_name = Vorname
field-middle_name = Zweiter Vorname
field-last_name = Nachname
field-company = Firma
field-email1 = E-Mail-Adresse
field-email1-hint = Eine andere Adresse ist erst bestätigt, wenn ihr Brief beantwortet ist
field-phone1 = Telefon
field-email2 = Zweite E-Mail-Adresse
field-phone2 = Zweites Telefon
field-fax = Fax
field-fax-hint = Ab +, nur mit Ziffern
field-street1 = Straße
field-street2 = Straße, zweite Zeile
field-postal_code = Postleitzahl
field-city = Ort
field-state_or_province = Staat oder Provinz
field-country_code = Land
field-country_code-hint = Zwei Großbuchstaben, etwa US
verified = Adresse bestätigt
verified-yes = bestätigt
verified-no = nicht bestätigt
verify = Brief schicken
grants = Wer für wen handeln darf
grants-none = Niemand darf für diesen Kunden handeln, und er für niemanden.
grants-none-words = Lassen Sie einen anderen Kunden für ihn handeln: geben Sie unten dessen Kennung an.
grant-holder = Handelt
grant-granter = An der Stelle von
grant-give = Für diesen Kunden handeln lassen
grant-give-hint = Kennung oder Nummer des anderen
grant-act = Geben
in-force = in Kraft
not-in-force = nicht in Kraft
ungrant-title = Eine Vollmacht zurücknehmen
ungrant-words = { $holder } darf ab der nächsten Anfrage nicht mehr handeln
ungrant-for = für { $granter }.
hand-off = Übergeben
hand-off-for = Jemanden übergeben, für den er handelt
hand-off-for-words = Der Kontakt des anderen Kunden wird beim Helpdesk angemeldet.
hand-off-words = Der Link meldet, wer ihn öffnet, beim Helpdesk als diesen Kontakt an. Er gilt einmal und für Minuten.
hand-off-open = Den Helpdesk öffnen
desk-none = Der Helpdesk ist nicht eingerichtet oder ausgeschaltet: niemand kann übergeben werden.
fault-too-many = Zu viele in zu kurzer Zeit. Versuchen Sie es in { $seconds } Sekunden wieder.
fault-circle = Eine Gruppe kann nicht in sich selbst sein und nicht in einer Gruppe, die in ihr ist.
fault-no-help-desk = Beim Helpdesk kann niemand angemeldet werden: er ist ausgeschaltet oder hat kein aktives Geheimnis.
fault-not-verified = Die Adresse des Kontakts ist nicht bestätigt. Schicken Sie erst den Brief.
fault-form = Bitte sehen Sie noch einmal nach. { $what }
fault-missing = „{ $field }“ fehlt.
fault-form-of = „{ $field }“ passt nicht. Es passt: { $form }.
fault-other = „{ $field }“ passt nicht.
fault-too-long = „{ $field }“ ist zu lang: höchstens { $limit } Zeichen (Umlaute und Ähnliche zählen womöglich doppelt).
fault-too-many-of = „{ $field }“: höchstens { $limit }.
fault-out-of-range = „{ $field }“ muss zwischen { $min } und { $max } liegen.
fault-not-in-future = „{ $field }“ muss in der Zukunft liegen.
fault-foreign = „{ $field }“ muss eine Adresse bei { $domain } sein.
fault-unknown-value = „{ $field }“ ist keiner der Werte, die es hier gibt: { $known }.
fault-unknown-member = „{ $field }“ gibt es hier nicht.
fault-repeated = „{ $field }“ ist mehrmals angegeben.
fault-not-json = „{ $field }“ ist nicht als JSON zu lesen{ $at }.
fault-at = , ab Zeile { $line }, Zeichen { $column }
fault-too-deep = „{ $field }“: höchstens { $limit } Stufen ineinander.
fault-entry = { $field }, Nr. { $number }: { $member }
fault-unreadable = Was gesendet wurde, ist nicht zu lesen.
fault-unknown-ids = Unter { $ids } gibt es nichts.
fault-none-valid = Nichts davon gibt es hier.
fault-invitations-full = { $cap } Leute sind eingeladen, mehr geht nicht: Nehmen Sie erst eine Einladung zurück.
fault-address-barred = Mit dieser E-Mail-Adresse wird niemand übergeben.
form-action = dienst:tun wie config:retrieve, oder all
form-address = eine E-Mail-Adresse
form-code = der Code, den die App jetzt zeigt
form-condition = ein Name ab subject., resource., action. oder context., dazu ein Wert oder eines von eq, ne, in, not_in, exists, eq_attr
form-country = zwei Großbuchstaben eines Landes wie US
form-customer = Kennung oder Nummer eines Kunden
form-day = ein Tag
form-domain = eine Domain wie here.com
form-group = Name oder Kennung einer Gruppe
form-instant = ein Tag und eine Uhrzeit
form-name = Buchstaben, Ziffern, Leerzeichen, Punkte, Bindestriche und Apostrophe
form-no-spaces = ein Wort ohne Leerzeichen
form-number = Buchstaben, Ziffern, Punkte, Binde- und Unterstriche
form-offered = was angeboten wird
form-passkey = ein Passkey, der gerade eben gemacht wurde, mit einem Gerät, das prüft, wer es benutzt
form-password-long = 12 Zeichen oder mehr
form-password-unknown = eines, das nicht aus Datenlecks bekannt ist, mit denen das Raten beginnt
form-pattern = *, service:*, service:type/*, service:type/item/id oder service:type/group/id
form-phone = eine internationale Nummer wie +13125550142
form-plain = Text ohne Steuerzeichen
form-role = Rollen dieses Mandanten
form-secret = 32 Zeichen oder mehr
form-subdomain = ein Teil einer Domain wie acme
form-ticket = Buchstaben ohne Umlaute, Ziffern und Zeichen ohne Leerzeichen
exists-address = Ein anderer Kunde hat diese E-Mail-Adresse.
exists-customer = Ein anderer Kunde hat diese Nummer.
exists-name = Diesen Namen gibt es schon.
exists-person = Unter dieser E-Mail-Adresse gibt es schon jemanden.
grant-not-individual = Kunde { $customer } ist keine Person: Nur Personen handeln füreinander.
grant-same = Kunde { $customer } handelt ohnehin für sich selbst.
grant-department = Kunde { $customer } ist in einer anderen Abteilung.
grant-full = Kunde { $customer } hätte mehr als { $limit } Vollmachten.
state-departments = Es gibt Kunden: Kreuzen Sie an, dass sie trotzdem getrennt werden.
state-group-kept = Diese Gruppe führt der Mandant von selbst: Nur ihre Rollen ändern sich.
state-joined = Die Person ist schon beigetreten.
state-keys-full = Das Konto hat 20 Zugangsschlüssel: Widerrufen Sie erst einen.
state-last-manager = Dann könnte niemand sonst Konten verwalten.
state-no-factor = Neben dem Passwort gibt es nichts.
state-other = So wie es steht, geht das nicht.
state-own = Das ist Ihr eigenes Konto: Jemand anderes muss es tun.
state-role-built-in = Diese Rolle ist eingebaut und bleibt, wie sie ist.
state-secret-active = Dieses Geheimnis signiert schon.
state-secret-retired = Dieses Geheimnis ist im Ruhestand.
state-tokens-full = Das Konto hat 20 Tokens: Widerrufen Sie erst eines.
state-verified = Diese E-Mail-Adresse ist schon bestätigt.
state-visit-over = Der Besuch ist vorbei.
state-visiting = Dieses Konto gehört zu einem Besuch und lässt sich nicht ändern.
done-made = Angelegt.
done-removed = Gelöscht.
done-asked-to-join = Eingeladen. Die Person bekommt einen Brief mit einem Link.
done-letter-sent = Der Brief ist unterwegs.
done-revoked = Widerrufen. Es weist niemanden mehr aus.
agent-title = Mandanten
agent-inside = Sie sind bei { $realm }
agent-may = Was Sie dort dürfen
agent-may-nothing = Der Mandant erlaubt Ihnen noch nichts.
agent-open = Offen für Sie
agent-none = Kein Mandant steht Ihnen offen.
agent-none-words = Bitten Sie um eine Einladung oder um ein Fenster.
agent-by-window = Durch ein Fenster
agent-by-invitation = Auf Einladung
enter = Betreten
enter-title = { $realm } betreten
enter-words = Der Mandant sieht, dass Sie da sind, warum, und was Sie tun. Ein Besuch dauert höchstens eine Stunde.
log-size = { $count } Ereignisse
log-none = Kein Ereignis passt.
log-none-words = Fragen Sie nach weniger oder nach längerer Zeit.
log-proof = Beweisen
log-proof-words = Der Export enthält das ganze Protokoll mit allem, was es beweist. Wer ihn hat, kann ihn prüfen, ohne uns zu fragen:
log-export = Protokoll exportieren
action = Aktion
outcome = Ausgang
session = Besuch
target = Worum
time = Wann
from = Von
before = Vor
filter = Zeigen
filter-none = Alles zeigen
event = Ereignis
event-hash = Blatt-Hash
event-sealed = Personenbezogenes
event-sealed-words = Es lässt sich löschen, ohne den Beweis zu brechen.
event-text = So wurde es protokolliert
event-redacted = Der Text wurde geschwärzt. Sein Hash steht noch.
nav-decide = Entscheiden
decide-words = Fragen Sie, ob jemand etwas darf, wie jeder Dienst fragt. Die Antwort sagt, warum und bis wann.
decide-kind = Art
decide-id-hint = Ein Konto, die Adresse eines Agenten oder die Nummer eines Kunden
decide-resource-kind = Art der Sache
decide-resource-id = Welche
decide-at = Zur Zeit
decide-at-hint = Freiwillig, in UTC; sonst jetzt
decide-ask = Fragen
decide-yes = Ja
decide-no = Nein
decide-until = Die Antwort ändert sich
decide-stands = Die Antwort ändert sich nicht von selbst.
decide-because = Weil
decide-path = Auf dem Weg
decide-near = Was es beinahe erlaubt
decide-considered = Betrachtete Regeln: { $count }
missed-action = sie nennt andere Aktionen
missed-resource = sie nennt andere Sachen
missed-condition = ihre Bedingung gilt nicht
missed-clock = ihre Zeit ist um

# Eigene Einstellungen.
nav-settings = Einstellungen
remove = Entfernen
own-title = Ihre Anmeldung
own-factors = Neben Ihrem Passwort
own-no-factor = Ihr Passwort allein meldet Sie an.
own-no-factor-words = Fügen Sie eine App hinzu, die Codes zeigt, oder einen Passkey: Dann kommt niemand herein, der nur Ihr Passwort kennt.
own-what = Was
own-used = Zuletzt benutzt
own-never = nie
own-app = App, die Codes zeigt
own-passkey = Passkey
own-add-app = App hinzufügen, die Codes zeigt
own-add-passkey = Passkey hinzufügen
own-add = Hinzufügen
own-exists = Das gibt es schon.
own-no-passkeys-here = Passkeys brauchen eine Adresse mit Namen und TLS; dieser Server wird unter einer anderen erreicht.
own-app-scan = Lesen Sie dies mit einer App, die Codes zeigt.
own-app-picture = Das Geheimnis der App als Bild
own-app-type = Oder tippen Sie dies hinein:
own-app-code = Der Code, den sie jetzt zeigt
own-passkey-words = Ihr Gerät oder Ihr Passwortmanager bewahrt einen Schlüssel für diese Konsole auf. Er meldet Sie allein an, ohne Passwort.
own-passkey-script = Browser benutzen Passkeys nur mit Skript, und dieser führt keines aus.
own-passkey-name = Name
own-passkey-hint = Freiwillig, etwa das Gerät, das ihn aufbewahrt
own-remove-app = Die Codes der App melden Sie nicht mehr an. Ihre anderen Sitzungen enden.
own-remove-passkey = Der Passkey { $name } meldet Sie nicht mehr an. Ihre anderen Sitzungen enden.
own-remove-last = Ohne das meldet Ihr Passwort allein Sie an, und Ihre Wiederherstellungscodes sind fort. Ihre anderen Sitzungen enden.
own-codes = Wiederherstellungscodes
own-codes-left = { $count ->
    [one] { $count } Wiederherstellungscode ist übrig.
   *[other] { $count } Wiederherstellungscodes sind übrig.
}
own-codes-make = Neue Codes machen
own-codes-words = Die Codes, die Sie jetzt haben, gelten nicht mehr.
own-codes-keep = Bewahren Sie diese dort auf, wo Sie sie ohne Ihr Gerät finden. Jeder meldet Sie einmal an, nach Ihrem Passwort. Sie werden nur dieses Mal gezeigt.
own-codes-kept = Ich habe sie aufbewahrt
own-password = Passwort
own-password-words = Sie haben ein Passwort.
own-password-none = Sie haben kein Passwort.
own-password-change = Passwort ändern
own-password-choose = Passwort wählen
own-password-rule = 12 Zeichen oder mehr, und keines, das aus Lecks bekannt ist. Ihre anderen Sitzungen enden.
own-password-current = Das jetzige
own-password-new = Das neue
own-password-again = Das neue noch einmal
own-password-differs = Das neue wurde nicht zweimal gleich eingegeben.
own-password-wrong = Das ist nicht Ihr jetziges Passwort.
own-sessions = Wo Sie angemeldet sind
own-signed-in = Angemeldet
own-which = Welche
own-this = diese
own-other = eine andere
own-sign-out = Überall abmelden
done-factor-added = Hinzugefügt. Ihre anderen Sitzungen sind beendet.
done-factor-removed = Entfernt. Ihre anderen Sitzungen sind beendet.
done-password-changed = Das Passwort ist geändert. Ihre anderen Sitzungen sind beendet.
realm-title = Der Mandant

# Einstellungen des Mandanten.
save = Speichern
realm-name = Name
realm-domain = Domain der Supportleute
realm-departments = Kunden und Leute nach Abteilungen getrennt halten
realm-departments-force = Auch wenn es Kunden gibt: Wer in keiner Abteilung ist, ist dann für alle unerreichbar
realm-support-on = Der Supportzugang ist eingeschaltet: Wen Sie einladen, der kann herein.
realm-support-off = Der Supportzugang ist ausgeschaltet: Mit einer Einladung kommt niemand herein.
realm-switch-on = Supportzugang einschalten
realm-switch-off = Supportzugang ausschalten
realm-switch-off-words = Mit einer Einladung kommt niemand vom Anbieter mehr herein. { $count ->
    [0] Jetzt ist niemand darin.
    [one] Der Besuch einer Person endet sofort, wenn eine Einladung sie hereinließ.
   *[other] Die Besuche von { $count } Personen enden sofort, wenn eine Einladung sie hereinließ.
}
desk-title = Helpdesk
desk-absent = Es gibt keinen Helpdesk.
desk-none-words = Nennen Sie ihn und bringen Sie das Geheimnis ein, das er mit Ihnen teilt: Dann werden die Kontakte Ihrer Kunden übergeben, ohne sich dort anzumelden.
desk-subdomain = Subdomain
desk-enabled = Kontakte werden übergeben
desk-delivery = Wie ein Token hinüberkommt
desk-delivery-query = in einem Link
desk-delivery-form = in einem Formular
desk-secrets = Geteilte Geheimnisse
desk-secret-new = Nächstes Geheimnis
desk-secret-hint = Es wartet, bis Sie es aktivieren, in der Minute, in der es beim Helpdesk gewechselt wird.
desk-secret-add = Einbringen
desk-secret-activate = Aktivieren
desk-secret-activate-words = Von jetzt an unterschreibt { $name }, und das vorige wird vergessen.
desk-secret-remove-words = Das Geheimnis { $name } geht. Ohne ein aktives wird niemand übergeben.
desk-state = Stand
desk-state-pending = wartet
desk-state-active = unterschreibt
desk-state-retired = im Ruhestand
fingerprint = Fingerabdruck
mail-title = Mail
mail-try = Mir einen Brief schicken
mail-words = Ein Brief an Sie selbst, verschickt wie jeder andere.
mail-none = Noch ist kein Brief verschickt.
mail-to = An
mail-subject = Worüber
mail-state-pending = wartet
mail-state-sent = verschickt
mail-state-failed = aufgegeben
keys-title = Schlüssel
keys-log = Schlüssel des Protokolls
keys-token = Name des Schlüssels der Token
keys-words = Schreiben Sie den Schlüssel des Protokolls anderswo auf: Gegen ihn lässt sich ein Export prüfen.
done-realm-changed = Geändert.
done-support-off = Der Supportzugang ist ausgeschaltet.
done-desk-changed = Der Helpdesk ist geändert.
done-secret-added = Das Geheimnis ist da und wartet.
done-secret-activated = Das Geheimnis unterschreibt von jetzt an.
done-secret-removed = Das Geheimnis ist fort.
done-mail-tried = Ein Brief an Sie ist unterwegs.
