"""A robot and a person, from the first role to the last deletion, with Wavefront's official client.

This walks the way of the script in `spec/wavefront-accounts.md`, section 10. WF_HOST is the server, WF_TOKEN the token
of a user who may manage accounts. It wants none of the names below to be taken and leaves nothing behind.
"""

import json
import os

import wavefront_api_client as wavefront
from wavefront_api_client.rest import ApiException

ROBOT, PERSON = "sa::ci-bot", "dev+one@example.com"


def client(token):
    settings = wavefront.Configuration()
    settings.host = os.environ["WF_HOST"]
    return wavefront.ApiClient(settings, header_name="Authorization", header_value="Bearer " + token)


def refusal(status, call, *args, **kwargs):
    """The message of a call that must be refused with this status, in the envelope of every answer."""
    try:
        call(*args, **kwargs)
    except ApiException as refused:
        told = json.loads(refused.body)["status"]
        assert (refused.status, told["code"], told["result"]) == (status, status, "ERROR"), (refused.status, refused.body)
        return told["message"]
    raise SystemExit(f"{call.__name__} was not refused with {status}")


admin = client(os.environ["WF_TOKEN"])
accounts = wavefront.AccountUserAndServiceAccountApi(admin)
tokens, roles, searches = wavefront.ApiTokenApi(admin), wavefront.RoleApi(admin), wavefront.SearchApi(admin)

role = roles.create_role(wavefront.RoleCreateDTO(name="ingesters", permissions=["ingestion"])).response
wish = wavefront.ServiceAccountWrite(
    identifier=ROBOT, active=True, description="CI", groups=["dashboard_management"], roles=[role.id], user_groups=[], tokens=[]
)
robot = accounts.create_service_account(body=wish).response
assert robot.identifier == ROBOT and robot.active is True and robot.tokens == []
assert sorted(robot.united_permissions) == ["dashboard_management", "ingestion"]
assert robot.united_roles == [role.id] == [held.id for held in robot.roles]
assert [group.name for group in robot.user_groups] == ["Service Accounts"]
refusal(409, accounts.create_service_account, body=wavefront.ServiceAccountWrite(identifier=ROBOT))

token = tokens.generate_token_service_account(ROBOT, body={"tokenName": "main"}).response[-1]
assert (token.token_name, token.account_type) == ("main", "SERVICE_ACCOUNT")
as_robot = wavefront.AccountUserAndServiceAccountApi(client(token.token_id))
refusal(403, as_robot.get_all_accounts)
assert accounts.deactivate_account(ROBOT).response.active is False
refusal(401, as_robot.get_all_accounts)
assert [held.token_id for held in accounts.activate_account(ROBOT).response.tokens] == [token.token_id]
refusal(403, as_robot.get_all_accounts)

# These answers have no envelope.
for _ in range(2):
    flat = accounts.grant_account_permission(ROBOT, "alerts_management")
    assert flat.identifier == ROBOT and flat.groups == ["alerts_management", "dashboard_management"]
assert accounts.get_service_account(ROBOT).response.groups.count("alerts_management") == 1
accounts.revoke_permission_from_accounts("alerts_management", body=[ROBOT])
assert accounts.get_account(ROBOT).response.groups == ["dashboard_management"]
refusal(400, accounts.grant_account_permission, ROBOT, "no_such_permission")

wish = wavefront.UserToCreate(email_address=PERSON, groups=[], user_groups=[], roles=[])
person = accounts.create_or_update_user_account(send_email=False, body=wish)
assert person.identifier == PERSON and person.customer and person.groups == []
assert [group.name for group in person.user_groups] == ["Everyone"]
accounts.add_account_to_roles(PERSON, body=[role.id])
assert accounts.get_account(PERSON).response.roles == [role.id]

checked = accounts.validate_accounts(body=[ROBOT, PERSON, "nobody"]).response
assert [user.identifier for user in checked.valid_users] == [ROBOT, PERSON] and checked.invalid_identifiers == ["nobody"]
page = accounts.get_all_accounts(offset=0, limit=1).response
assert (len(page.items), page.more_items, page.limit) == (1, True, 1)
wish = wavefront.SortableSearchRequest(
    limit=10,
    offset=0,
    sort=wavefront.Sorting(field="identifier", ascending=True),
    query=[wavefront.SearchQuery(key="identifier", value=ROBOT, matching_method="EXACT")],
)
assert [hit.identifier for hit in searches.search_service_account_entities(body=wish).response.items] == [ROBOT]
accounts.get_account_business_functions(ROBOT)

assert sorted(accounts.delete_multiple_accounts(body=[ROBOT, PERSON]).response) == sorted([ROBOT, PERSON])
refusal(404, accounts.get_service_account, ROBOT)
roles.delete_role(role.id)
refusal(404, roles.get_role, role.id)
print("ok")
