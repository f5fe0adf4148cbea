# What people are told in fr-FR; `$value` is an id or a number.
forbidden = Vous ne pouvez pas modifier ces clients.
type = Seuls les clients individuels peuvent faire l'objet d'une autorisation.
department = Tous les clients doivent appartenir au même service.
cap = La limite est de { $value } clients.
unknown = Client { $value } introuvable.
no-grant = Cette autorisation n'existe pas.
generic = La demande n'a pas pu être traitée.
sign-in = Veuillez vous reconnecter.
individual = Individuel
group = Groupe
corporate = Entreprise
