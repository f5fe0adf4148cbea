# What people are told in pt-PT; `$value` is an id or a number.
forbidden = Não pode editar estes clientes.
type = Só os clientes individuais podem participar numa autorização.
department = Todos os clientes têm de pertencer ao mesmo departamento.
cap = O limite é de { $value } clientes.
unknown = O cliente { $value } não foi encontrado.
no-grant = Esta autorização não existe.
generic = Não foi possível processar o pedido.
sign-in = Inicie sessão novamente.
individual = Individual
group = Grupo
corporate = Empresa
