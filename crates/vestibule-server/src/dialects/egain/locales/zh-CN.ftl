# What people are told in zh-CN; `$value` is an id or a number.
forbidden = 您无权编辑这些客户。
type = 只有个人客户可以参与授权。
department = 所有客户必须属于同一部门。
cap = 最多允许 { $value } 个客户。
unknown = 未找到客户 { $value }。
no-grant = 此授权不存在。
generic = 无法处理该请求。
sign-in = 请重新登录。
individual = 个人
group = 群组
corporate = 企业
