# What people are told in sv-SE; `$value` is an id or a number.
forbidden = Du får inte redigera de här kunderna.
type = Endast enskilda kunder kan ingå i ett medgivande.
department = Alla kunder måste tillhöra samma avdelning.
cap = Högst { $value } kunder är tillåtna.
unknown = Kunden { $value } hittades inte.
no-grant = Medgivandet finns inte.
generic = Begäran kunde inte behandlas.
sign-in = Logga in igen.
individual = Enskild
group = Grupp
corporate = Företag
