"""Whatever a plugin does to the rows of a batch, in whatever order: what comes out is what it did, row by row. The
package is compared with the plainest code there is, on random rows from fixed seeds."""

import random
import unittest

import support  # noqa: F401
from sluice import DROP, KEEP, integer, text
from sluice.row_plugin import RowPlugin
from sluice.testing import run

DEEDS, NAME, COUNT = text("deeds"), text("name"), integer("count", made=True)


def clean(row, settings):
    """What is done to a row is written in its `deeds`, a character each."""
    for deed in row.text(DEEDS):
        match deed:
            case "s":
                row.set(NAME, row.text(NAME))
            case "t":
                row.set(NAME, "é other")
            case "n":
                row.set(NAME, None)
            case "i":
                row.set(COUNT, 7)
            case "r":
                row.reset(NAME)
            case "e":
                row.emit()
            case "D":
                return DROP
            case "R":
                return row.reject(NAME, "told_so", "its deeds say so")
            case "x":
                # What is done and returned after that makes no difference.
                row.reject(NAME, "told_so", "its deeds say so")
    return KEEP


def expected(at, deeds, name):
    """The output rows of a row, and whether it is rejected."""
    rows, row, refused = [], (at, name, None), False
    for deed in deeds or "":
        match deed:
            case "s":
                row = (at, name or "", row[2])
            case "t":
                row = (at, "é other", row[2])
            case "n":
                row = (at, None, row[2])
            case "i":
                row = (at, row[1], 7)
            case "r":
                row = (at, name, row[2])
            case "e":
                rows.append(row)
                row = (at, name, None)
            case "D":
                return ([], True) if refused else (rows, False)
            case "R":
                return [], True
            case "x":
                refused = True
    return ([], True) if refused else ([*rows, row], False)


class Rows(unittest.TestCase):
    def check(self, rows):
        output, rejected = [], []
        for at, (deeds, name) in enumerate(rows):
            of_row, is_rejected = expected(at, deeds, name)
            output += of_row
            rejected += [at] if is_rejected else []
        plugin = RowPlugin("doer", "1", [DEEDS, NAME, COUNT], clean)
        cleaned = run([{"deeds": deeds, "name": name} for deeds, name in rows], plugin=plugin, names=["deeds", "name"])
        found = [(at, row["name"], row["count"]) for at, row in zip(cleaned.sources, cleaned.rows)]
        self.assertEqual(found, output, rows)
        self.assertEqual(cleaned.rejected, rejected, rows)
        self.assertEqual(sorted({finding[0] for finding in cleaned.findings}), rejected)
        if all(row[1] == rows[row[0]][1] for row in output) and not rejected:
            self.assertIn("name", cleaned.kept, "no row of it differs")

    def test_what_comes_out_is_what_was_done(self):
        for seed in range(3000):
            some = random.Random(seed)
            deeds = some.choice(["stnire", "e", "ri", "", "rs", "i", "stniiiitrex", "ssx"])
            ends = some.choice(["KD", "KR", "KKKKKKKKKKDR", "K", "KKKKKKR", "DR"])
            rows = []
            for _ in range(some.randrange(40)):
                row = "".join(some.choices(deeds, k=some.randrange(4))) if deeds else ""
                name = "".join(some.choices("abcé ", k=some.randrange(9)))
                rows.append((row + some.choice(ends), some.choice([name, name, None])))
            self.check(rows)


if __name__ == "__main__":
    unittest.main()
