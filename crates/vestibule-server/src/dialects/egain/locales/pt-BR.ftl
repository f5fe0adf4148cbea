# What people are told in pt-BR; `$value` is an id or a number.
forbidden = Você não pode editar estes clientes.
type = Somente clientes individuais podem participar de uma autorização.
department = Todos os clientes devem pertencer ao mesmo departamento.
cap = O limite é de { $value } clientes.
unknown = O cliente { $value } não foi encontrado.
no-grant = Esta autorização não existe.
generic = Não foi possível processar a solicitação.
sign-in = Faça login novamente.
individual = Individual
group = Grupo
corporate = Corporativo
