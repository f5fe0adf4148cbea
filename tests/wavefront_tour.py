"""Every method that Wavefront's official client has for accounts, roles, groups, tokens, their searches and its older users.

WF_HOST is the server, WF_TOKEN the token of a user who may manage accounts and make tokens. Prints each method's name
when it was first called and answered as it should; ends badly if there is one that was not called.
"""

import json
import os

import wavefront_api_client as wavefront
from wavefront_api_client.rest import ApiException

settings = wavefront.Configuration()
settings.host = os.environ["WF_HOST"]
# The other way to hand over a token: the header that the contract names, here with the prefix that the client can make.
settings.api_key["X-AUTH-TOKEN"] = os.environ["WF_TOKEN"]
settings.api_key_prefix["X-AUTH-TOKEN"] = "Bearer"
admin = wavefront.ApiClient(settings)
ADA = "ada@acme.example"
met = set()


class Api:
    """One of the client's classes, whose calls are noted."""

    def __init__(self, kind, only=""):
        self.api, self.kind, self.only = kind(admin), kind.__name__, only

    def __getattr__(self, name):
        def called(*args, **kwargs):
            answer = getattr(self.api, name)(*args, **kwargs)
            if (self.kind, name) not in met:
                met.add((self.kind, name))
                print(name)
            return answer

        return called

    def methods(self):
        public = [name for name in dir(type(self.api)) if not name.startswith("_") and not name.endswith("_with_http_info")]
        kinds = ("account", "role", "service_account", "token", "user", "user_group")
        ends = ("_entities", "_for_facet", "_for_facets")
        found = {f"search_{kind}{end}" for kind in kinds for end in ends} if self.only else set(public)
        assert found <= set(public)
        return {(self.kind, name) for name in found if callable(getattr(self.api, name, None))}


def refused(status, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except ApiException as refusal:
        told = json.loads(refusal.body)["status"]
        assert (refusal.status, told["code"], told["result"]) == (status, status, "ERROR"), (refusal.status, refusal.body)
        return told["message"]
    raise SystemExit(f"not refused with {status}")


accounts = Api(wavefront.AccountUserAndServiceAccountApi)
roles, groups, tokens = Api(wavefront.RoleApi), Api(wavefront.UserGroupApi), Api(wavefront.ApiTokenApi)
users, searches = Api(wavefront.UserApi), Api(wavefront.SearchApi, only="search")
BOT, ANN, BOB = "sa::tour", "ann+tour@example.com", "bob@example.com"
NOWHERE = "01900000-0000-7000-8000-000000000000"

# Roles.
role = roles.create_role(wavefront.RoleCreateDTO(name="tour", description="a role", permissions=["ingestion", "log_management"])).response
assert role.permissions == ["ingestion", "log_management"] and role.customer and role.created_epoch_millis
assert (role.linked_accounts_count, role.linked_groups_count, role.sample_linked_accounts) == (0, 0, [])
refused(409, roles.create_role, wavefront.RoleCreateDTO(name="tour", permissions=[]))
refused(400, roles.create_role, wavefront.RoleCreateDTO(name="tour 2", permissions=["browse"]))
assert roles.get_role(role.id).response.name == "tour"
changed = roles.update_role(role.id, wavefront.RoleUpdateDTO(id=role.id, permissions=["ingestion"])).response
assert (changed.permissions, changed.name, changed.description) == (["ingestion"], "tour", "a role")
assert changed.last_updated_account_id == ADA
assert "alerts_management" in roles.grant_permission_to_roles("alerts_management", [role.id]).response.permissions
assert roles.revoke_permission_from_roles("alerts_management", [role.id]).response.permissions == ["ingestion"]
page = roles.get_all_roles(offset=0, limit=1).response
assert len(page.items) == 1 and page.more_items and page.total_items > 1

# Groups.
group = groups.create_user_group(body=wavefront.UserGroupWrite(name="tourists", role_ids=[], description="a group")).response
assert (group.name, group.roles, group.users, group.user_count, group.role_count) == ("tourists", [], [], 0, 0)
assert group.properties.name_editable and group.properties.users_editable and group.properties.roles_editable
refused(409, groups.create_user_group, body=wavefront.UserGroupWrite(name="tourists", role_ids=[]))
assert groups.get_user_group(group.id).response.description == "a group"
write = wavefront.UserGroupWrite(id=group.id, name="travellers", role_ids=[role.id])
assert groups.update_user_group(group.id, body=write).response.roles[0].id == role.id
assert groups.remove_roles_from_user_group(group.id, body=[role.id]).response.roles == []
assert [held.id for held in groups.add_roles_to_user_group(group.id, body=[role.id]).response.roles] == [role.id]
everyone, robots = groups.get_all_user_groups(offset=0, limit=2).response.items
assert (everyone.name, robots.name) == ("Everyone", "Service Accounts")
assert not everyone.properties.name_editable and not everyone.properties.users_editable and everyone.properties.roles_editable
refused(400, groups.delete_user_group, everyone.id)

# Accounts: the 26 operations.
write = wavefront.ServiceAccountWrite(identifier=BOT, description="before", user_groups=[group.id], roles=[], groups=[], tokens=[])
bot = accounts.create_service_account(body=write).response
assert bot.active and [held.name for held in bot.user_groups] == ["Service Accounts", "travellers"]
assert (bot.roles, bot.united_roles, bot.united_permissions, bot.groups) == ([], [role.id], ["ingestion"], [])
write = wavefront.ServiceAccountWrite(identifier=BOT, description="after", groups=["events_management"])
bot = accounts.update_service_account(BOT, body=write).response
assert (bot.description, bot.groups, len(bot.user_groups)) == ("after", ["events_management"], 2)
refused(400, accounts.update_service_account, BOT, body=wavefront.ServiceAccountWrite(identifier="sa::other"))
assert accounts.get_service_account("sa::TOUR").response.identifier == BOT
assert BOT in [one.identifier for one in accounts.get_all_service_accounts().response]
assert accounts.deactivate_account(BOT).response.active is False
assert accounts.activate_account(BOT).response.active is True

ann = accounts.create_or_update_user_account(send_email=True, body=wavefront.UserToCreate(email_address=ANN, groups=[], user_groups=[]))
assert (ann.identifier, ann.groups, ann.roles) == (ANN, [], []) and ann.customer
again = wavefront.UserToCreate(email_address=ANN, groups=["host_tag_management"], user_groups=[], roles=[role.id])
ann = accounts.create_or_update_user_account(body=again)
assert ann.groups == ["host_tag_management"] and [held.id for held in ann.roles] == [role.id]
assert accounts.get_user_account(ANN).groups == ["host_tag_management"]
ann = accounts.update_user_account(ANN, body=wavefront.UserRequestDTO(identifier=ANN, sso_id="ann-7", user_groups=[group.id], roles=[]))
assert (ann.sso_id, ann.roles, ann.groups) == ("ann-7", [], ["host_tag_management"])
assert [held.name for held in ann.user_groups] == ["Everyone", "travellers"]
assert ANN in [one.identifier for one in accounts.get_all_user_accounts().response]
assert ADA in accounts.get_users_with_accounts_permission().response
invited = accounts.invite_user_accounts(body=[wavefront.UserToCreate(email_address=BOB, groups=["ingestion"], user_groups=[])])
assert (invited.identifier, invited.groups) == (BOB, ["ingestion"])

assert [held.id for held in accounts.add_account_to_roles(BOB, body=[role.id]).roles] == [role.id]
assert accounts.remove_account_from_roles(BOB, body=[role.id]).roles == []
assert len(accounts.add_account_to_user_groups(BOB, body=[group.id]).user_groups) == 2
assert len(accounts.remove_account_from_user_groups(BOB, body=[group.id]).user_groups) == 1
refused(400, accounts.add_account_to_roles, BOB, body=[NOWHERE])
assert accounts.grant_account_permission(BOB, "embedded_charts").groups == ["embedded_charts", "ingestion"]
assert accounts.revoke_account_permission(BOB, "embedded_charts").groups == ["ingestion"]
first = accounts.grant_permission_to_accounts("metrics_management", body=[BOT, BOB, "nobody"])
assert first.identifier == BOT and "metrics_management" in first.groups
assert "metrics_management" not in accounts.revoke_permission_from_accounts("metrics_management", body=[BOT, BOB]).groups
bob = accounts.get_account(BOB).response
assert (bob.identifier, bob.groups, bob.roles, bob.user_groups) == (BOB, ["ingestion"], [], [everyone.id])
assert "METRIC_INGESTION" in accounts.get_account_business_functions(BOB).response
seen, offset = [], 0
while True:
    page = accounts.get_all_accounts(offset=offset, limit=2).response
    seen, offset = seen + [one.identifier for one in page.items], offset + 2
    if not page.more_items:
        break
assert len(seen) == len(set(seen)) and {ADA, ANN, BOB, BOT} <= set(seen)
checked = accounts.validate_accounts(body=[BOB, "nobody", BOT]).response
assert [one.identifier for one in checked.valid_users] == [BOB, BOT] and checked.invalid_identifiers == ["nobody"]

# Who holds the role, and who is in the group.
assert roles.add_assignees(role.id, [BOB, group.id]).response.linked_accounts_count == 1
assert "No valid user or user group IDs were found" in refused(400, roles.add_assignees, role.id, ["nobody", NOWHERE])
held = roles.get_role(role.id).response
assert held.sample_linked_accounts == [BOB] and [one.id for one in held.sample_linked_groups] == [group.id]
assert roles.remove_assignees(role.id, [BOB]).response.linked_accounts_count == 0
assert groups.add_users_to_user_group(group.id, body=[BOB, BOT]).response.user_count == 3
assert BOB not in groups.remove_users_from_user_group(group.id, body=[BOB]).response.users

# Tokens.
mine = tokens.get_all_tokens().response
made = tokens.create_token().response
assert len(made) == len(mine) + 1 and made[-1].account == ADA and made[-1].account_type == "USER_ACCOUNT"
mine = made[-1].token_id
renamed = tokens.update_token_name(mine, body=wavefront.UserApiToken(token_id=mine, token_name="laptop")).response
assert (renamed.token_id, renamed.token_name) == (mine, "laptop")
assert tokens.get_customer_token(mine).response.name == "laptop"
assert mine not in [one.token_id for one in tokens.delete_token(mine).response]
listed = tokens.generate_token_service_account(BOT).response
listed = tokens.generate_token_service_account(BOT, body=wavefront.UserApiToken(token_id="ignored", token_name="second")).response
assert [one.token_name for one in listed] == ["", "second"]
one, two = (token.token_id for token in listed)
named = tokens.update_token_name_service_account(BOT, one, body=wavefront.UserApiToken(token_id=one, token_name="first")).response
assert (named.token_name, named.account, named.account_type) == ("first", BOT, "SERVICE_ACCOUNT")
assert [token.token_id for token in tokens.get_tokens_service_account(BOT).response] == [one, two]
assert {one, two} <= {token.id for token in tokens.get_customer_tokens().response}
assert [token.token_id for token in tokens.delete_token_service_account(BOT, one).response] == [two]


def asked(key, value, **more):
    entry = wavefront.SearchQuery(key=key, value=value, matching_method="EXACT")
    return wavefront.SortableSearchRequest(query=[entry], limit=10, offset=0, **more)


# Searches: entities, one facet, many facets.
found = searches.search_account_entities(body=asked("id", BOT, sort=wavefront.Sorting(field="id", ascending=True))).response
assert [one.identifier for one in found.items] == [BOT] and (found.sort.field, found.sort.ascending) == ("id", True)
found = searches.search_service_account_entities(body=asked("identifier", BOT)).response
assert found.items[0].tokens[0].token_id == two and found.sort.field == "default"
found = searches.search_user_entities(body=asked("id", ADA)).response.items[0]
assert (found.id, found.identifier, found._self, found.escaped_identifier) == (ADA, ADA, True, "ada%40acme%2Eexample")
assert searches.search_role_entities(body=asked("id", role.id)).response.items[0].linked_groups_count == 1
assert searches.search_user_group_entities(body=asked("name", "Everyone")).response.total_items == 1
assert searches.search_token_entities(body=asked("account", BOT)).response.items[0].id == two
facet = wavefront.FacetSearchRequestContainer(limit=10, offset=0, facet_query="tour", facet_query_matching_method="CONTAINS")
facets = wavefront.FacetsSearchRequestContainer(facets=["id"], limit=10)
for kind, name, value in [
    ("account", "identifier", BOT),
    ("service_account", "identifier", BOT),
    ("user", "identifier", ANN),
    ("role", "name", "tour"),
    ("user_group", "name", None),
    ("token", "account", BOT),
]:
    values = getattr(searches, f"search_{kind}_for_facet")(name, body=facet).response
    assert (value in values.items if value else values.items == []) and not values.more_items, kind
    many = getattr(searches, f"search_{kind}_for_facets")(body=facets).response
    assert many.limit == 10 and many.facets["id"], kind

# The older users.
old = users.create_user(body=wavefront.UserToCreate(email_address="cy@example.com", groups=[], user_groups=[]))
assert (old.identifier, old.groups) == ("cy@example.com", [])
assert "cy@example.com" in [one.identifier for one in users.get_all_users()]
assert users.get_user("cy@example.com").identifier == "cy@example.com"
old = users.update_user("cy@example.com", body=wavefront.UserRequestDTO(identifier="cy@example.com", groups=["ingestion"]))
assert old.groups == ["ingestion"]
assert len(users.add_user_to_user_groups("cy@example.com", body=[group.id]).user_groups) == 2
assert len(users.remove_user_from_user_groups("cy@example.com", body=[group.id]).user_groups) == 1
assert "log_management" in users.grant_user_permission("cy@example.com", group="log_management").groups
assert "log_management" not in users.revoke_user_permission("cy@example.com", group="log_management").groups
assert "log_management" in users.grant_permission_to_users("log_management", body=["cy@example.com"]).groups
assert "log_management" not in users.revoke_permission_from_users("log_management", body=["cy@example.com"]).groups
assert users.get_user_business_functions("cy@example.com").identifier == "cy@example.com"
invited = users.invite_users(body=[wavefront.UserToCreate(email_address="di@example.com", groups=[], user_groups=[])])
assert invited.identifier == "di@example.com"
checked = users.validate_users(body=["di@example.com", BOT]).response
assert [one.identifier for one in checked.valid_users] == ["di@example.com"] and checked.invalid_identifiers == [BOT]
assert users.delete_user("di@example.com") is None
assert users.delete_multiple_users(body=["cy@example.com", "di@example.com"]).response == ["cy@example.com"]

# The end of them all.
assert tokens.delete_customer_token(body=wavefront.UserApiToken(token_id=two)).response.token_id == two
assert accounts.delete_account(BOT).response.identifier == BOT
assert sorted(accounts.delete_multiple_accounts(body=[ANN, BOB]).response) == [ANN, BOB]
refused(400, accounts.delete_account, ADA)
assert groups.delete_user_group(group.id).response.name == "travellers"
assert roles.delete_role(role.id).response.id == role.id
for call, gone in [(roles.get_role, role.id), (groups.get_user_group, group.id), (accounts.get_account, BOT), (accounts.get_user_account, ANN)]:
    refused(404, call, gone)

missed = set().union(*(api.methods() for api in (accounts, roles, groups, tokens, users, searches))) - met
assert not missed, missed
