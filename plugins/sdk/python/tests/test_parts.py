"""The parts of the package on their own: columns there and back, names, numbers, configurations, mistakes."""

import datetime
import random
import traceback
import unittest
from decimal import Decimal

import support  # noqa: F401
import sluice
from sluice import Config, Failure, columns, contract
from sluice.field import find_columns
from sluice.parse import is_plain, parse_booleans, parse_floats, parse_integers
from sluice.row_plugin import RowPlugin
from sluice.testing import run


class Columns(unittest.TestCase):
    def test_values_are_the_same_there_and_back(self):
        some = random.Random(1)
        kinds = {
            columns.text_column: (columns.texts, ["", "a", "é", "漢字 😀", "plain"]),
            columns.integer_column: (columns.integers, [0, -1, 1 << 62, -(1 << 63)]),
            columns.float_column: (columns.floats, [0.0, -1.5, 1e300]),
            columns.boolean_column: (columns.booleans, [True, False]),
        }
        for write, (read, values) in kinds.items():
            for rows in [*range(20), 100]:
                for nulls in ([], [None], [None] * 9):
                    column = some.choices(values + nulls, k=rows)
                    self.assertEqual(read(write(column)), column)
                    bits = write(column).validity
                    self.assertEqual(len(bits), (rows + 7) // 8 if None in column else 0)

    def test_bits_behind_the_last_row_say_nothing(self):
        column = columns.integer_column([1, None, 3])
        column.validity = bytes([0b11111101])
        self.assertEqual(columns.integers(column), [1, None, 3])


class Names(unittest.TestCase):
    FIELDS = [
        sluice.text("id"),
        sluice.text("submitted_at", aliases=["created", "date"]),
        sluice.text("date", made=True),
    ]

    def check(self, names, expected):
        schema = [contract.Field(name, "text", True) for name in names]
        self.assertEqual(find_columns(self.FIELDS, schema), expected, names)

    def test_names_are_found_however_they_are_written(self):
        self.check(["id", "submitted_at"], [0, 1, None])
        self.check(["Submitted At", " ID "], [1, 0, None])
        self.check(["SubmittedAt", "submitted_at"], [None, 1, None])
        self.check(["Date", "created"], [None, 1, None])
        self.check(["Date"], [None, 0, None])
        self.check([], [None, None, None])


class Numbers(unittest.TestCase):
    def test_only_what_is_written_by_the_rules_is_a_number(self):
        integers = {
            "7": 7, " +07\t": 7, "-0": 0, "9223372036854775807": (1 << 63) - 1, "9223372036854775808": None,
            "-9223372036854775808": -(1 << 63), "": None, " ": None, "1_0": None, "٣": None, "1.0": None, "\x1c1": None,
            "+-1": None, "- 1": None, "\u00a01": None, "9" * 5000: None, None: None, "1\0": None,
        }
        for text, value in integers.items():
            self.assertEqual(parse_integers([text, "8"], is_plain((text or "").encode())), [value, 8], text)
        for text, value in {"1": 1.0, " -.5 ": -0.5, "1e-9": 1e-9, "1_0": None, "": None, "x": None, "٣": None}.items():
            self.assertEqual(parse_floats([text], is_plain(text.encode())), [value], text)
        self.assertEqual(parse_booleans(["true", " false ", "True", "1", "", None]), [True, False] + 4 * [None])


class Settings(unittest.TestCase):
    def check(self, code, message, call):
        with self.assertRaises(Failure) as failure:
            call()
        self.assertEqual((failure.exception.code, failure.exception.message), (code, message))

    def test_a_wrong_configuration_is_refused(self):
        config = Config([("days", " 5 "), ("keep", "maybe"), ("names", " A.Example, ,b,")])
        self.assertEqual(config.integer("days", 1), 5)
        self.assertEqual(config.integer("hours", 1), 1)
        for text in ("1_000", "٣", "9223372036854775808"):
            odd = Config([("days", text)])
            expected = f"`days` is `{text}`, and should be a whole number"
            self.check("bad_config", expected, lambda: odd.integer("days", 1))
        self.assertEqual(config.names("names"), ["a.example", "b"])
        lists = Config([("empty", "[]"), ("names", '["EUR"," uSd ","","a, b","É"]'), ("numbers", "[1,2]"), ("open", "[a")])
        self.assertEqual([lists.names(key) for key in ("empty", "names", "none")], [[], ["eur", "usd", "a, b", "É"], []])
        expected = "and should be a list of names, or names with commas in between"
        self.check("bad_config", f"`numbers` is `[1,2]`, {expected}", lambda: lists.names("numbers"))
        self.check("bad_config", f"`open` is `[a`, {expected}", lambda: lists.names("open"))
        self.check("bad_config", "`keep` is `maybe`, and should be `true` or `false`", lambda: config.boolean("keep", True))
        self.check("unknown_config", "`keep` is not known; known are `days`, `more`", lambda: config.allow("days", "more"))
        self.check("unknown_config", "`days` is set, and this plugin has no configuration", config.allow)


class Mistakes(unittest.TestCase):
    FIELDS = {
        "text": sluice.text("text", made=True),
        "count": sluice.integer("count", made=True),
        "flag": sluice.boolean("flag", made=True),
        "at": sluice.timestamp("at", made=True),
        "day": sluice.date("day", made=True),
        "price": sluice.decimal("price", 10, 2, made=True),
        "gone": sluice.text("gone", consumed=True),
    }

    def set(self, name, value):
        field = self.FIELDS.get(name) or sluice.text(name)

        def clean(row, settings):
            row.set(field, value)
            return sluice.KEEP

        plugin = RowPlugin("setter", "1", list(self.FIELDS.values()), clean)
        return run([{"gone": "x"}, {"gone": "y"}], plugin=plugin).rows[1][name]

    def check(self, name, value, message):
        with self.assertRaises((TypeError, LookupError)) as mistake:
            self.set(name, value)
        self.assertEqual(str(mistake.exception), message)

    def test_values_that_are_not_of_the_fields_type_are_told(self):
        self.check("text", 5, "field `text` is set to a value of type int, not to text")
        self.check("text", "\ud800", "field `text` is set to text that is not Unicode: it has a lone surrogate")
        self.check("price", 1.5, "field `price` is set to a value of type float, not to text or a Decimal")
        self.check("count", "5", "field `count` is set to a value of type str, not to a whole number of 64 bits")
        self.check("count", 1 << 63, "field `count` is set to a value of type int, not to a whole number of 64 bits")
        self.check("flag", "false", "field `flag` is set to a value of type str, not to true or false")
        self.check("gone", "5", "field `gone` is set, and is declared as not part of the output")
        self.check("other", "5", "field `other` is not among the plugin's `fields`")

    def test_a_wrong_value_is_told_where_it_is_set(self):
        try:
            self.set("count", "5")
        except TypeError as mistake:
            lines = [frame.line for frame in traceback.extract_tb(mistake.__traceback__)]
            self.assertIn("row.set(field, value)", lines)
        else:
            self.fail("it is taken")

    def test_names_are_no_fields(self):
        for call in (lambda row: row.set("mode", "x"), lambda row: row.text("mode"), lambda row: row.text(None)):
            plugin = RowPlugin("namer", "1", [sluice.text("mode")], lambda row, settings: call(row))
            with self.assertRaisesRegex(TypeError, "is no field; declare one"):
                run([{"mode": "1"}], plugin=plugin)

    def test_dates_and_decimals_may_be_pythons(self):
        utc = datetime.timezone.utc
        self.assertEqual(self.set("at", datetime.datetime(1970, 1, 2, tzinfo=utc)), 86_400_000_000)
        self.assertEqual(self.set("at", datetime.datetime(1970, 1, 1, 0, 0, 0, 5)), 5)
        self.assertEqual(self.set("day", datetime.date(1970, 1, 3)), 2)
        self.assertEqual(self.set("price", Decimal("1E+2")), "100")
        self.assertEqual(self.set("flag", True), True)
        self.assertEqual(self.set("count", None), None)

    def test_an_outcome_that_is_none_is_told(self):
        plugin = RowPlugin("silent", "1", [], lambda row, settings: None)
        with self.assertRaisesRegex(TypeError, "a row's outcome is None; return KEEP, DROP or row.reject"):
            run([{"a": "1"}], plugin=plugin)

    def test_columns_that_are_no_text_are_refused_for_text(self):
        plugin = RowPlugin("reader", "1", [sluice.text("a")], lambda row, settings: sluice.KEEP)
        plugin.configure([contract.Field("a", "integer", True)], Config([]))
        batch = contract.Batch(1, [columns.integer_column([1])])
        with self.assertRaises(Failure) as failure:
            plugin.transform(batch, contract.Origin("", "", 0, 0))
        self.assertEqual(failure.exception.code, "not_text")


if __name__ == "__main__":
    unittest.main()
