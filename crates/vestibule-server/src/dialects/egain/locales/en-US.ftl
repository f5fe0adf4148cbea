# What people are told in en-US; `$value` is an id or a number.
forbidden = You may not edit these customers.
type = Only individual customers can take part in a grant.
department = All customers must be in the same department.
cap = The limit is { $value } customers.
unknown = Customer { $value } was not found.
no-grant = This grant does not exist.
generic = The request could not be processed.
sign-in = Please sign in again.
individual = Individual
group = Group
corporate = Corporate
