# What people are told in es-ES; `$value` is an id or a number.
forbidden = No puede editar estos clientes.
type = Solo los clientes individuales pueden participar en una autorización.
department = Todos los clientes deben pertenecer al mismo departamento.
cap = El límite es de { $value } clientes.
unknown = No se encontró el cliente { $value }.
no-grant = Esta autorización no existe.
generic = No se pudo procesar la solicitud.
sign-in = Vuelva a iniciar sesión.
individual = Individual
group = Grupo
corporate = Empresa
