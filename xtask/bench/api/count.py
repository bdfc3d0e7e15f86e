"""How many customers a database has: `count.py FILE`."""

import sqlite3
import sys

print(sqlite3.connect(sys.argv[1]).execute("select count(*) from customers").fetchone()[0])
