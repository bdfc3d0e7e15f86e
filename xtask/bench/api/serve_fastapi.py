"""The API of examples/customers as one would write it by hand: FastAPI, a pydantic model with the same rules, SQLite.

`serve_fastapi.py FILE` listens on a free port of 127.0.0.1 and says where. The newest version of a customer wins. There is
no memory of idempotency keys, no problem details, and one verdict for a whole batch.
"""

import datetime
import socket
import sqlite3
import sys
import threading
from typing import List, Literal, Optional

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

FILE = sys.argv[1]
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
COUNTRIES = Literal["AT", "AU", "CA", "CH", "DE", "ES", "FR", "GB", "IE", "IT", "NL", "PL", "SE", "US"]


class Customer(BaseModel):
    id: str = Field(max_length=36, pattern=UUID)
    first_name: str = Field(max_length=60)
    last_name: str = Field(max_length=60)
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    phone: Optional[str] = Field(default=None, pattern=r"^\+[0-9 ]{6,20}$")
    street: Optional[str] = Field(default=None, max_length=100)
    city: str = Field(max_length=60)
    postcode: Optional[str] = Field(default=None, max_length=12)
    country: COUNTRIES
    birth_date: Optional[datetime.date] = Field(default=None, ge=datetime.date(1900, 1, 1))
    newsletter: Optional[bool] = False
    signed_up_at: datetime.datetime
    updated_at: datetime.datetime
    country_rank: Optional[int] = Field(default=None, ge=1)


COLUMNS = list(Customer.model_fields)
UPSERT = "INSERT INTO customers ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {} WHERE {}".format(
    ", ".join(COLUMNS),
    ", ".join("?" * len(COLUMNS)),
    ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "id"),
    "excluded.updated_at > customers.updated_at",
)
app = FastAPI()
local = threading.local()


def database():
    """A connection of this thread, as fast as one that loses nothing when the process dies."""
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(FILE, isolation_level=None, timeout=60)
        local.connection.execute("pragma journal_mode = wal")
        local.connection.execute("pragma synchronous = normal")
    return local.connection


def row(customer):
    values = customer.model_dump(mode="json")
    return [values[name] for name in COLUMNS]


@app.get("/health")
async def health():
    return {}


@app.post("/customers", status_code=201)
def one(customer: Customer):
    database().execute(UPSERT, row(customer))
    return customer


@app.post("/customers/batch")
def several(customers: List[Customer]):
    connection = database()
    connection.execute("begin immediate")
    connection.executemany(UPSERT, [row(customer) for customer in customers])
    connection.execute("commit")
    return {"read": len(customers), "stored": len(customers)}


database().execute(f"create table customers ({', '.join(COLUMNS)}, primary key (id))")
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
# Not by its number: uvicorn would take it for a Unix socket, and leave Nagle's algorithm on.
uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[listener])
