"""Every method that m3ter's official client (m3ter 0.9.0) has for permissions, users and groups.

Server, key and organization come from the client's own environment variables. With the argument
`strict` answers are validated against the client's types, enums included, and statements are spelt
as its enums are. `ben@acme.example` must be a user. Prints one line for each method.
"""

import datetime as dt
import sys

import m3ter

strict = sys.argv[1:] == ["strict"]
client = m3ter.M3ter(max_retries=0, _strict_response_validation=strict)
[user] = [u.id for u in client.users.list() if u.email == "ben@acme.example"]
service_user = client.users.me().service_user.id
rule = {"effect": "allow", "action": ["config:create", "marketplace_usage:retrieve"], "resource": ["config:meter/*"]}
if strict:
    rule = {"effect": "ALLOW", "action": ["CONFIG_CREATE", "MARKETPLACE_USAGE_RETRIEVE"], "resource": ["config:meter/*"]}


def did(method, good=True):
    assert good, method
    print(method)


def spelt(statements):
    """The statements of an answer as they were sent, whatever the client made of them."""
    return [{"effect": s.effect, "action": list(s.action), "resource": list(s.resource)} for s in statements]


def refused(status, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except m3ter.APIStatusError as err:
        assert err.status_code == status and err.body["message"], (err.status_code, err.body)
    else:
        raise SystemExit(f"{call} was accepted")


# Permission policies.
policies = client.permission_policies
policy = policies.create(name="tour", permission_policy=[rule])
did("create policy", policy.version == 1 and spelt(policy.permission_policy) == [rule] and not policy.managed_policy)
did("retrieve policy", policies.retrieve(policy.id) == policy)
changed = policies.update(policy.id, name="tour 2", permission_policy=[rule, rule], version=policy.version)
did("update policy", changed.version == 2 and changed.name == "tour 2" and len(changed.permission_policy) == 2)
refused(400, policies.update, policy.id, name="tour 3", permission_policy=[rule], version=1)
did("list policies", [p.id for p in policies.list(page_size=1)] == [p.id for p in policies.list()])

group = client.resource_groups.create("user", name="tourists")
for kind, add, remove, whom in [
    ("USER", policies.add_to_user, policies.remove_from_user, {"principal_id": user}),
    ("USERGROUP", policies.add_to_user_group, policies.remove_from_user_group, {"principal_id": group.id}),
    ("SERVICEUSER", policies.add_to_service_user, policies.remove_from_service_user, {"principal_id": service_user}),
    ("SUPPORTUSERS", policies.add_to_support_user, policies.remove_from_support_user, {}),
]:
    link = add(policy.id, **whom)
    principal = whom.get("principal_id", client.org_id)
    did(f"add to {kind}", (link.principal_type, link.principal_id, link.permission_policy_id) == (kind, principal, policy.id))
    assert add(policy.id, **whom) == link, "attaching twice answers the attachment"
    did(f"remove from {kind}", remove(policy.id, **whom).to_dict() == link.to_dict())
    refused(404, remove, policy.id, **whom)

# Users.
listed = list(client.users.list(ids=[user, service_user]))
did("list users", [u.id for u in listed] == [user] and user in [u.id for u in client.users.list(page_size=1)])
found = client.users.retrieve(user)
did("retrieve user", found.id == user and client.org_id in found.organizations)
ends = dt.datetime(2031, 1, 1, tzinfo=dt.timezone.utc)
updated = client.users.update(user, permission_policy=[rule], dt_end_access=ends, version=found.version)
did("update user", updated.version == found.version + 1 and updated.dt_end_access == ends and spelt(updated.permission_policy) == [rule])
policies.add_to_user(policy.id, principal_id=user)
# These two lists the client takes for single things (section 7), so that it would refuse them when it is strict.
listing = client.users.with_raw_response
did("user's permissions", policy.id in [p["id"] for p in listing.get_permissions(user).json()["data"]])
policies.remove_from_user(policy.id, principal_id=user)
client.resource_groups.add_resource(group.id, type="user", target_id=user, target_type="ITEM", version=group.version)
did("user's groups", group.id in [g["id"] for g in listing.get_user_groups(user).json()["data"]])
did("resend password", not client.users.resend_password(user))
did("me", client.users.me().service_user.id)

# Invitations.
invitations = client.users.invitations
invited = invitations.create(email="new@acme.example", first_name="New", last_name="Comer", permission_policy_ids=[policy.id])
did("create invitation", invited.version == 1 and not invited.accepted and invited.permission_policy_ids == [policy.id])
did("retrieve invitation", invitations.retrieve(invited.id).email == "new@acme.example")
did("list invitations", invited.id in [i.id for i in invitations.list(page_size=1)])

# Resource groups.
groups = client.resource_groups
outer = groups.create("plan", name="outer")
inner = groups.create("plan", name="inner")
did("create group", outer.version == 1 and outer.name == "outer")
did("retrieve group", groups.retrieve(outer.id, type="plan").name == "outer")
outer = groups.update(outer.id, type="plan", name="outer 2", version=outer.version)
did("update group", outer.version == 2)
did("list groups", {g.id for g in groups.list("plan", page_size=1)} == {inner.id, outer.id})
outer = groups.add_resource(outer.id, type="plan", target_id=inner.id, target_type="GROUP", version=outer.version)
outer = groups.add_resource(outer.id, type="plan", target_id="P1", target_type="ITEM", version=outer.version)
did("add resource", outer.name == "outer 2")
contents = list(groups.list_contents(outer.id, type="plan", page_size=1))
did("list contents", {(c.target_type, c.target_id) for c in contents} == {("GROUP", inner.id), ("ITEM", "P1")})
groups.remove_resource(outer.id, type="plan", target_id="P1", target_type="ITEM", version=outer.version)
did("remove resource", [c.target_id for c in groups.list_contents(outer.id, type="plan")] == [inner.id])
policies.add_to_user_group(policy.id, principal_id=group.id)
did("group's permissions", [p.id for p in groups.list_permissions(group.id, type="user")] == [policy.id])
did("delete group", groups.delete(outer.id, type="plan").id == outer.id)
refused(404, groups.retrieve, outer.id, type="plan")

did("delete policy", policies.delete(policy.id).id == policy.id)
refused(404, policies.retrieve, policy.id)
