# What people are told in fr-CA; `$value` is an id or a number.
forbidden = Vous n'êtes pas autorisé à modifier ces clients.
type = Seuls les clients individuels peuvent faire l'objet d'une autorisation.
department = Tous les clients doivent relever du même service.
cap = Le maximum est de { $value } clients.
unknown = Le client { $value } est introuvable.
no-grant = Cette autorisation n'existe pas.
generic = Impossible de traiter la demande.
sign-in = Veuillez ouvrir une nouvelle session.
individual = Individuel
group = Groupe
corporate = Entreprise
