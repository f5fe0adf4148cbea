# What people are told in it-IT; `$value` is an id or a number.
forbidden = Non è possibile modificare questi clienti.
type = Solo i clienti individuali possono partecipare a un'autorizzazione.
department = Tutti i clienti devono appartenere allo stesso reparto.
cap = Il limite è di { $value } clienti.
unknown = Cliente { $value } non trovato.
no-grant = Questa autorizzazione non esiste.
generic = Impossibile elaborare la richiesta.
sign-in = Eseguire di nuovo l'accesso.
individual = Individuale
group = Gruppo
corporate = Azienda
