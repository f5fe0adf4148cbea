# What people are told in de-DE; `$value` is an id or a number.
forbidden = Sie dürfen diese Kunden nicht bearbeiten.
type = Nur Einzelkunden können an einer Berechtigung beteiligt sein.
department = Alle Kunden müssen zur selben Abteilung gehören.
cap = Höchstens { $value } Kunden sind zulässig.
unknown = Kunde { $value } wurde nicht gefunden.
no-grant = Diese Berechtigung ist nicht vorhanden.
generic = Die Anfrage konnte nicht verarbeitet werden.
sign-in = Bitte melden Sie sich erneut an.
individual = Einzelperson
group = Gruppe
corporate = Unternehmen
