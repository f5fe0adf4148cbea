"""Asks for a token with HERE's published client (here-location-services 0.4.0).

The server and the key come from the client's own environment variables (HERE_TOKEN_ENDPOINT_URL,
HERE_ACCESS_KEY_ID, ...). Prints the token, or the client's exception, and the seconds of the clock
that the client signed with.
"""

import time

from here_location_services.platform.apis.aaa_oauth2_api import AAAOauth2Api
from here_location_services.platform.auth import Auth
from here_location_services.platform.credentials import PlatformCredentials

print(int(time.time()))
credentials = PlatformCredentials.from_env()
try:
    print("token", Auth(credentials, AAAOauth2Api(credentials.cred_properties["endpoint"])).token)
except Exception as refusal:  # Which one is for the test to judge.
    print("refused", type(refusal).__name__)
