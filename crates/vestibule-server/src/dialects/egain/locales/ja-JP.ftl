# What people are told in ja-JP; `$value` is an id or a number.
forbidden = これらの顧客を編集する権限がありません。
type = 権限付与の対象は個人顧客のみです。
department = すべての顧客が同じ部門に属している必要があります。
cap = 上限は { $value } 件です。
unknown = 顧客 { $value } が見つかりません。
no-grant = この権限付与は存在しません。
generic = 要求を処理できませんでした。
sign-in = もう一度サインインしてください。
individual = 個人
group = グループ
corporate = 法人
