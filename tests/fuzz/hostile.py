"""Words and numbers that broke something somewhere, for generators to draw from."""

from __future__ import annotations

# fmt: off

NAMES = [
    "age", "income", "x1", "Sex", "years at work", "größe", "收入", "ÅÄÖ", "a-b", "a.b", "a,b", "100%",
    "split", "person", "h", "reason", "cost", "score", "found", "index", "key", "id", "target", "None",
    "nan", "f__age", "c__age", "e__age", "[usd]", "[/b]", "[b]x[/b]", "$x_{$", "=1+1", "+1", "-2", "@sum",
    "'quoted'", '"quoted"', "<script>alert(1)</script>", "\\input{x}", "{jinja}", "{{ 7 }}", "%s", "%(a)s",
    "a|b", "a;b", "#no comment", "- item", "key: value", "*alias", "&anchor", "!tag", "~", "true", "1",
    "1.5", "0x1F", "007", "..", "../../victim/package", "/tmp/recbench-fuzz/x", "CON", "a/b", "C:\\x",
    " leading", "trailing ", "\u200b", "عربي", "\u202eesrever", "e\u0301", "é", "😀", "👩\u200d👩\u200d👧",
    "n" * 300, "ａｇｅ", "İ", "ß",
]
"""Names and categories that a person may use, odd as they are; one line, without control characters."""

CONTROL = [
    "a\tb", "a\nb", "a\r\nb", "\x1b[31mred\x1b[0m", "a\x07b", "a\x00b", "a\x85b", "a\u2028b", "\ufeffa", "",
]
"""Names that may be refused, but must never act."""

NUMBERS = [
    "", " ", "NA", "nan", "NaN", ".nan", "null", "None", "inf", "-inf", ".inf", "-.inf", "Infinity", "1e309",
    "1e308", "-1e308", "5e-324", "1e-308", "0", "-0.0", "1_000", "1,5", "1.5.1", "0x1F", "0o17", "010",
    "0b11", "1:30", "18_25", " 7", "7 ", "+5", "5.", ".5", "1e3", "1E-3", "٣", "½", "1/2", "12abc", "--1",
    "true", "yes", "2020-01-01", "2020-01-01 12:00:00", "12:30", "50%", "$5", "1 000", "9007199254740993",
    "9" * 19, "9" * 400, "-9223372036854775809", "1333.337", "5624749.961025715", "0.1",
    "0.30000000000000004", "1e22", "99999999",
]
"""What may stand where a number is meant."""

LABELS = [
    "yes ", " yes", "YES", "Yes", "yes.", "yes!", "y e s", "yés", "ye\u200bs", "no.", "NO", "", "NA",
    "maybe",
]
"""What may stand beside the labels ``yes`` and ``no``."""

TEXTS = [
    "", "\0", "\xff\xfe", "{}", "[]", "null", "---", "...", "? ", "%YAML 9.9\n---\n", "\t", "a: b: c",
    "{" * 5000, "[" * 5000, "&a [*a]", "a: &a [*a, *a]", "!!python/object/apply:os.system [id]",
    "x: !!binary aaaa", "- a\n- b", "<<: {a: 1}", "a: |\n b\n  c", '"\\x1b"', "'", '"', "@", "`", "\ud7ff",
    "a: *nothing", "--- 1\n--- 2\n", "🙂" * 9,
    # Each line stands for nine times the one before.
    "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{n}: &{n} [{f'*{o}, ' * 8}*{o}]\n" for o, n in zip("abcdefgh", "bcdefghi", strict=True)),
]
"""Documents that are no schema and no suite."""

PATHS = [
    "", ".", "results/..", "/proc/none", "/dev/null", "missing", "missing/x", "a\0b", "n" * 300, "~",
    "what?x=1", "%20", "a b", "-", "people.csv", "people.yaml", "results", "results/cells", "\udcff", "\n",
    "*", "$HOME",
    "`id`", "a#b", "file:///x",
]
"""What may be given for a path."""
