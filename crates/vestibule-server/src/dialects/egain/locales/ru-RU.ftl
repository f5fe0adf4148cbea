# What people are told in ru-RU; `$value` is an id or a number.
forbidden = Вам нельзя изменять этих клиентов.
type = В разрешении могут участвовать только индивидуальные клиенты.
department = Все клиенты должны относиться к одному отделу.
cap = Допускается не более { $value } клиентов.
unknown = Клиент { $value } не найден.
no-grant = Такого разрешения нет.
generic = Не удалось обработать запрос.
sign-in = Войдите снова.
individual = Физическое лицо
group = Группа
corporate = Организация
