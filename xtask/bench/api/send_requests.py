"""Sends customers one after the other, as a script would: `send_requests.py FILE URL`."""

import sys

import requests

from records import records

with requests.Session() as session:
    for record in records(sys.argv[1]):
        answer = session.post(sys.argv[2], json=record)
        assert answer.status_code == 201, answer.text
