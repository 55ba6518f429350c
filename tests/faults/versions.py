"""A project with a bit of everything that can be written, in four versions: each is what the one before becomes.

1  everything is made: surveys with sections, phonebooks in bulk and row by row, a DNC list, started and paused
   campaigns, a calendar chain down to alarms
2  everything is updated: fields, rows added, changed and deactivated, a phonebook attached to what runs, a window
   widened, one campaign started and one paused, an event and its alarm moved
3  the paused one is resumed with a new row, another is aborted
4  the aborted one is pruned, and what it hung on is changed
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

ENVIRON = {"CLINIC_PASSWORD": "correct-horse"}
FIRST, LAST = 1, 4
OPTIONS = {4: ("--prune",)}  # of an apply of this version

_SETTINGS = """
alice: 1
project: faults
endpoint: {endpoint}
timezone: Asia/Ho_Chi_Minh
region: VN
safety: {{max_update_percent: 100, max_remove_percent: 100}}
"""

_WINDOW = "startingdate: 2027-01-10T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00, daily_start_time: 08:00"


def _rows(numbers: range, name: str) -> str:
    return "".join(f"09348901{number:02},{name} {number}\n" for number in numbers)


_CSV = {
    1: "phone,ten\n" + _rows(range(10, 22), "Linh"),
    2: "phone,ten\n" + _rows(range(10, 12), "Lan") + _rows(range(12, 20), "Linh") + _rows(range(30, 42), "Mai"),
}
_CSV[3] = _CSV[4] = _CSV[2]

_MANIFEST = {
    1: """
surveys:
  promo:
    name: Khuyến mãi
    tts_language: vi
    sections:
      - {key: hi, type: play_message, question: Chào, script: Xin chào}
      - {key: rate, type: rating, question: Đánh giá, script: Từ một đến năm}
      - {key: bye, type: hang_up, question: Tạm biệt}
  remind: {name: Nhắc lịch, sections: [{key: hi, type: play_message, question: Nhắc, script: Xin nhắc}]}
phonebooks:
  vip: {name: VIP, contacts: {file: vip.csv, columns: {contact: phone, first_name: ten}}}
  leads: {name: Leads, contacts: {rows: [
            {contact: "0934890201", variables: {amount: "7"}}, {contact: "0934890202", status: inactive}]}}
dnc_lists: {opt-outs: {name: Opt-outs, numbers: ["0934890901", "0934890902"]}}
campaigns:
  tet: {name: Tết, survey: promo, phonebooks: [vip], gateway: AliceDevGateway, frequency: 10, WINDOW,
        daily_stop_time: 16:00, dnc_lists: [opt-outs], status: started}
  later: {name: Sau Tết, survey: promo, phonebooks: [leads], gateway: AliceDevGateway, frequency: 5, WINDOW,
          daily_stop_time: 17:00, status: paused}
  seal: {name: Seal, survey: remind, phonebooks: [leads], gateway: AliceDevGateway, frequency: 1, WINDOW,
         daily_stop_time: 17:00, status: started}
calendar_settings:
  clinic: {label: Clinic, survey: {campaign: seal}, gateway: AliceDevGateway, call_timeout: 60}
calendar_users: {bot: {username: clinic-bot, password: "${env.CLINIC_PASSWORD}", calendar_setting: clinic}}
calendars: {clinic: {name: Clinic, user: bot}}
events:
  checkup: {title: Tái khám, start: 2027-02-15T09:30:00+07:00, end: 2027-02-15T10:00:00+07:00, calendar: clinic}
alarms:
  checkup: {event: checkup, alarm_phonenumber: "0934890401", date_start_notice: 2027-02-14T09:00:00+07:00}
""",
    2: """
surveys:
  promo:
    name: Khuyến mãi
    tts_language: vi
    description: Of the new year
    sections:
      - {key: hi, type: play_message, question: Chào, script: Xin chào quý khách}
      - {key: rate, type: rating, question: Đánh giá, script: Từ một đến mười}
      - {key: bye, type: hang_up, question: Tạm biệt}
      - {key: sms, type: sms, question: Tin nhắn}
  remind: {name: Nhắc lịch, sections: [{key: hi, type: play_message, question: Nhắc, script: Xin nhắc lại}]}
phonebooks:
  vip: {name: VIP, description: The best, contacts: {file: vip.csv, columns: {contact: phone, first_name: ten}}}
  leads: {name: Leads, contacts: {rows: [
            {contact: "0934890201", variables: {amount: "8"}}, {contact: "0934890202"}]}}
dnc_lists: {opt-outs: {name: Opt-outs, description: Never, numbers: ["0934890901", "0934890902", "0934890903"]}}
campaigns:
  tet: {name: Tết, survey: promo, phonebooks: [vip, leads], gateway: AliceDevGateway, frequency: 12, WINDOW,
        daily_stop_time: 16:30, dnc_lists: [opt-outs], status: started, description: wider}
  later: {name: Sau Tết, survey: promo, phonebooks: [leads], gateway: AliceDevGateway, frequency: 6, WINDOW,
          daily_stop_time: 17:00, status: started}
  seal: {name: Seal, survey: remind, phonebooks: [leads], gateway: AliceDevGateway, frequency: 1, WINDOW,
         daily_stop_time: 17:00, status: paused}
calendar_settings:
  clinic: {label: Clinic 2, survey: {campaign: seal}, gateway: AliceDevGateway, call_timeout: 50}
calendar_users: {bot: {username: clinic-bot, password: "${env.CLINIC_PASSWORD}", calendar_setting: clinic}}
calendars: {clinic: {name: Clinic 2, user: bot}}
events:
  checkup: {title: Tái khám, start: 2027-02-16T09:30:00+07:00, end: 2027-02-16T10:00:00+07:00, calendar: clinic}
  second: {title: Tiêm, start: 2027-02-17T09:30:00+07:00, end: 2027-02-17T10:00:00+07:00, calendar: clinic}
alarms:
  checkup: {event: checkup, alarm_phonenumber: "0934890401", date_start_notice: 2027-02-15T09:00:00+07:00}
  second: {event: second, alarm_phonenumber: "0934890402", date_start_notice: 2027-02-16T09:00:00+07:00}
""",
}
_MANIFEST[3] = (
    _MANIFEST[2]
    .replace("daily_stop_time: 17:00, status: paused", "daily_stop_time: 17:00, status: started")
    .replace('"0934890202"}', '"0934890202"}, {contact: "0934890203"}')
    .replace("frequency: 6", "frequency: 3")
    .replace("status: started, description: wider", "status: aborted, description: wider")
)
_MANIFEST[4] = re.sub(r"  tet: .*?\n(?=  later: )", "", _MANIFEST[3], flags=re.DOTALL)
_MANIFEST[4] = (
    _MANIFEST[4].replace("description: The best", "description: The old ones").replace("Of the new year", "Old")
)

Write = Callable[[str, str], Path]


def lay_out(write: Write, version: int, endpoint: str) -> None:
    """The files of one version; `write` takes a name and a text."""
    write("alice.yaml", _SETTINGS.format(endpoint=endpoint))
    write("manifest.yaml", _MANIFEST[version].replace("WINDOW", _WINDOW))
    write("vip.csv", _CSV[version])
