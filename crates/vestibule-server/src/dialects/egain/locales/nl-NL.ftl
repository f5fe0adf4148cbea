# What people are told in nl-NL; `$value` is an id or a number.
forbidden = U mag deze klanten niet bewerken.
type = Alleen individuele klanten kunnen aan een machtiging deelnemen.
department = Alle klanten moeten tot dezelfde afdeling behoren.
cap = Maximaal { $value } klanten zijn toegestaan.
unknown = Klant { $value } is niet gevonden.
no-grant = Deze machtiging bestaat niet.
generic = De aanvraag kon niet worden verwerkt.
sign-in = Meld u opnieuw aan.
individual = Individueel
group = Groep
corporate = Bedrijf
