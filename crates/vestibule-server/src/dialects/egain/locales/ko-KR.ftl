# What people are told in ko-KR; `$value` is an id or a number.
forbidden = 이 고객을 편집할 권한이 없습니다.
type = 개인 고객만 권한 부여 대상이 될 수 있습니다.
department = 모든 고객이 같은 부서에 속해야 합니다.
cap = 최대 { $value }명까지 허용됩니다.
unknown = 고객 { $value }을(를) 찾을 수 없습니다.
no-grant = 이 권한 부여가 존재하지 않습니다.
generic = 요청을 처리할 수 없습니다.
sign-in = 다시 로그인하십시오.
individual = 개인
group = 그룹
corporate = 기업
