"""Words in English and Chinese side by side: phrases with places to fill, lists, days and amounts.

Whatever is said in one language is said in the other, because no text is made without both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction

import attrs

from creditbank.amounts import SCALE, format_hundredths
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import DatedValue

__all__ = ["Words", "amount", "anyhow", "both", "day", "either", "in_unit", "joined", "quoted", "sentences", "share"]

_PERCENT_SCALE = 10_000


@attrs.frozen
class Words:
    """The same thing said in English and in Chinese."""

    en: str
    zh: str

    def filled(self, **parts: Words | str | int) -> Words:
        """The phrase with its places filled, each in its own language.

        >>> Words("at least {n}", "不少于{n}").filled(n=Words("2 hours", "2学时"))
        Words(en='at least 2 hours', zh='不少于2学时')
        """
        said = {name: anyhow(part) for name, part in parts.items()}
        return Words(
            self.en.format(**{name: part.en for name, part in said.items()}),
            self.zh.format(**{name: part.zh for name, part in said.items()}),
        )

    def __bool__(self) -> bool:
        return bool(self.en)


def anyhow(part: Words | str | int) -> Words:
    """What is the same in both languages, such as a number or an id, as words.

    >>> anyhow(5)
    Words(en='5', zh='5')
    """
    return part if isinstance(part, Words) else Words(str(part), str(part))


def joined(parts: Iterable[Words], en: str = ", ", zh: str = "、") -> Words:
    """Parts one after the other, empty ones left out.

    >>> joined([Words("a", "甲"), Words("", ""), Words("b", "乙")])
    Words(en='a, b', zh='甲、乙')
    """
    said = [part for part in parts if part]
    return Words(en.join(part.en for part in said), zh.join(part.zh for part in said))


def either(parts: Iterable[Words]) -> Words:
    """One of several.

    >>> either([Words("a", "甲"), Words("b", "乙"), Words("c", "丙")])
    Words(en='a, b or c', zh='甲、乙或丙')
    """
    return _listed(parts, Words(" or ", "或"))


def both(parts: Iterable[Words]) -> Words:
    """All of several.

    >>> both([Words("a", "甲"), Words("b", "乙")])
    Words(en='a and b', zh='甲和乙')
    """
    return _listed(parts, Words(" and ", "和"))


def _listed(parts: Iterable[Words], before_last: Words) -> Words:
    said = list(parts)
    return joined([joined(said[:-1]), *said[-1:]], before_last.en, before_last.zh)


def quoted(en: str, zh: str) -> Words:
    """A name, in quotation marks.

    >>> quoted("Ethics", "师德")
    Words(en='“Ethics”', zh='“师德”')
    """
    return Words(f"“{en}”", f"“{zh}”")


def sentences(*parts: Words) -> Words:
    """Clauses as sentences, empty ones left out.

    >>> sentences(Words("it counts", "计入"), Words("", ""))
    Words(en='It counts.', zh='计入。')
    """
    said = [part for part in parts if part]
    return Words(
        " ".join(f"{part.en[0].upper()}{part.en[1:]}." for part in said), "".join(f"{part.zh}。" for part in said)
    )


def day(day: dt.date) -> Words:
    """A day as each language writes it.

    >>> day(dt.date(2011, 1, 31))
    Words(en='2011-01-31', zh='2011年1月31日')
    """
    return Words(str(day), f"{day.year}年{day.month}月{day.day}日")


def in_unit(number: str, unit: str) -> Words:
    """A number of "hours", "credits" or "points".

    >>> in_unit("1", "hours"), in_unit("2.5", "credits")
    (Words(en='1 hour', zh='1学时'), Words(en='2.5 credits', zh='2.5学分'))
    """
    zh = {"hours": "学时", "credits": "学分", "points": "分"}[unit]
    return Words(f"{number} {unit.removesuffix('s') if number == '1' else unit}", f"{number}{zh}")


def amount(rulebook: Rulebook, hundredths: int | Fraction, unit: str = "") -> Words:
    """An amount of the rulebook's unit, of points, or of a measure that it names; exact, if need be as a fraction."""
    whole = hundredths == int(hundredths)
    number = format_hundredths(int(hundredths)) if whole else str(Fraction(hundredths) / SCALE)
    if unit in rulebook.measures:
        measure = rulebook.measures[unit]
        return Words(f"{number} ({measure.title})", f"{number}（{measure.title_zh}）")
    return in_unit(number, unit or rulebook.unit)


def share(value: Fraction) -> str:
    """A share as a percentage where that says it exactly, else as a fraction.

    >>> share(Fraction(1, 8)), share(Fraction(2, 3))
    ('12.5%', '2/3')
    """
    percent = value * _PERCENT_SCALE
    return f"{format_hundredths(int(percent))}%" if percent.denominator == 1 else str(value)


def of_value(rulebook: Rulebook, value: DatedValue, unit: str = "") -> Words:
    """A dated value: an amount, or a share."""
    return amount(rulebook, value.hundredths, unit) if value.share is None else anyhow(share(value.share))
