"""A logged-in client for the tests, as plain as can be: no retries, no redirects, bodies as they are."""

from typing import Any

import requests

from provisioner.simulator.process import Simulator

DEFAULTS: dict[str, dict[str, Any]] = {
    "survey-template": {"name": "Welcome", "tts_language": "vi"},
    "section-template": {"type": 1, "question": "Greeting", "script": "Hello {first_name}"},
    "phonebook": {"name": "VIP"},
    "contact": {"contact": "0934890883", "status": 1},
    "dnc-list": {"name": "Opt-outs"},
    "dnc-contact": {"phone_number": "0934890884"},
    "campaigns": {
        "name": "Tet",
        "phonebook": [],
        "aleg_gateway": 23,
        "object_id": 350,
        "frequency": 60,
        "startingdate": "2027-01-20T00:00:00Z",
        "expirationdate": "2027-01-30T00:00:00Z",
        "daily_start_time": "00:00:00",
        "daily_stop_time": "23:59:59",
    },
    "calendar-setting": {"label": "Clinic", "call_timeout": 60, "aleg_gateway": 23},
    "calendar-user": {"username": "clinic-bot", "password": "secret"},
    "calendar": {"name": "Clinic"},
    "event": {"title": "Check-up", "start": "2027-02-15T02:30:00Z", "end": "2027-02-15T03:00:00Z"},
    "alarm": {"alarm_phonenumber": "0934890883"},
}


class Api:
    """The REST API as one user sees it."""

    def __init__(self, simulator: Simulator, username: str = "demo") -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        self.username = username

    def login(self) -> None:
        answer = self.send("POST", "get-token/", {"username": self.username, "password": self.username})
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Any request; a path is below `/rest-api/`."""
        url = f"{self.simulator.endpoint}/{path}"
        return self.session.request(method, url, json=body, allow_redirects=False, timeout=30, **options)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.send("GET", path, params=params)

    def rows(self, kind: str, **params: Any) -> list[dict[str, Any]]:
        """The results of one page."""
        answer = self.get(f"{kind}/", **params)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["results"])

    def one(self, kind: str, id: int) -> dict[str, Any]:
        answer = self.get(f"{kind}/{id}/")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(self, kind: str, **fields: Any) -> requests.Response:
        """Create with the defaults above; a field given as None is left out."""
        body = {**DEFAULTS.get(kind, {}), **fields}
        return self.send("POST", f"{kind}/", {name: value for name, value in body.items() if value is not None})

    def create(self, kind: str, **fields: Any) -> dict[str, Any]:
        answer = self.post(kind, **fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def put(self, kind: str, id: int, **fields: Any) -> requests.Response:
        return self.send("PUT", f"{kind}/{id}/", fields)

    def status(self, campaign: int, status: int) -> requests.Response:
        return self.send("POST", f"campaigns/{campaign}/status/", {"status": status})

    def phonebook_of(self, *numbers: str) -> int:
        """A phonebook with active contacts."""
        phonebook = self.create("phonebook")["id"]
        for number in numbers:
            self.create("contact", phonebook=phonebook, contact=number)
        return int(phonebook)

    def started_campaign(self, *numbers: str, **fields: Any) -> dict[str, Any]:
        """A campaign that runs, with a phonebook of these numbers."""
        campaign = self.create("campaigns", phonebook=[self.phonebook_of(*numbers)], **fields)
        assert self.status(campaign["id"], 1).status_code < 300
        return campaign

    def calendar_chain(self) -> dict[str, int]:
        """A sealed survey, a setting, a calendar user, a calendar and an event; their ids by kind."""
        self.started_campaign()
        survey = self.rows("survey-list")[0]["id"]
        setting = self.create("calendar-setting", survey=survey)["id"]
        self.create("calendar-user", calendar_setting=setting)
        user = self.rows("calendar-user")[0]["id"]
        calendar = self.create("calendar", user=user)["id"]
        event = self.create("event", creator=user, calendar=calendar)["id"]
        return {"calendar-setting": setting, "calendar-user": user, "calendar": calendar, "event": event}
