# What people are told in da-DK; `$value` is an id or a number.
forbidden = Du må ikke redigere disse kunder.
type = Kun individuelle kunder kan indgå i en tilladelse.
department = Alle kunder skal tilhøre samme afdeling.
cap = Grænsen er { $value } kunder.
unknown = Kunden { $value } blev ikke fundet.
no-grant = Denne tilladelse findes ikke.
generic = Anmodningen kunne ikke behandles.
sign-in = Log på igen.
individual = Individuel
group = Gruppe
corporate = Virksomhed
