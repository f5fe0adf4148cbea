"""The support grant and a policy, with m3ter's official client (m3ter 0.9.0).

This is the script of `spec/m3ter-support.md`, section 9. It expects a fresh organization; server, key
and organization come from the client's own environment variables (M3TER_BASE_URL, M3TER_API_KEY, ...).
"""

import datetime as dt

import m3ter

client = m3ter.M3ter(max_retries=0)
path = f"/organizations/{client.org_id}/support"
ends = (dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=2)).isoformat()
rule = {"effect": "allow", "action": ["config:retrieve"], "resource": ["config:*"]}
grant = {"dtEndSupportUsersAccess": ends, "supportUsersPermissionPolicy": [rule]}

one = client.put(path, cast_to=object, body=grant)
two = client.put(path, cast_to=object, body={**grant, "version": one["version"]})
assert (one["version"], two["version"]) == (1, 2)
try:
    client.put(path, cast_to=object, body={**grant, "version": 1})
    raise SystemExit("stale version was accepted")
except m3ter.APIStatusError as err:
    print("refused:", err.status_code, err.body["message"])
assert client.get(path, cast_to=object)["version"] == 2

policy = client.permission_policies.create(name="support read-only", permission_policy=[rule])
link = client.permission_policies.add_to_support_user(policy.id)
assert link.principal_type == "SUPPORTUSERS"
print([p.name for p in client.permission_policies.list(page_size=1)])
client.permission_policies.remove_from_support_user(policy.id)
client.permission_policies.delete(policy.id)
