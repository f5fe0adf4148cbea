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
refused-title = Das ging nicht
refused-forbidden = Das dürfen Sie hier nicht.
refused-absent = Diese Seite gibt es nicht, oder sie ist nicht für Sie.
refused-too-many = Zu viele Anfragen. Versuchen Sie es später wieder.
refused-conflict = Es hat sich inzwischen geändert.
refused-signed-out = Sie sind abgemeldet.
refused-unavailable = Der Dienst ist gerade nicht erreichbar. Versuchen Sie es später wieder.
refused-internal = Hier ist etwas schiefgegangen. Versuchen Sie es später wieder.
refused-malformed = Was gesendet wurde, ist nicht lesbar.
fault-form = Bitte sehen Sie noch einmal nach: { $what }.
fault-entry = Bitte sehen Sie noch einmal nach: { $what }.
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
extend-to = Es soll enden
extend = Verlängern
close = Schließen
close-words = Das Fenster schließt sofort, und die Besuche, die auf ihm beruhen, enden.
invite = Einladen
invited = Eingeladen
uninvite = Zurücknehmen
uninvite-words = Die Einladung von { $who } wird sofort zurückgenommen, und die Besuche, die auf ihr beruhen, enden.
take-back = So machen
address = E-Mail-Adresse
address-hint = Bei { $domain }
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
