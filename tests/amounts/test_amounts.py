from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank import Amount, AmountError, Credits, Hours, Quantity
from creditbank.amounts import format_hundredths
from creditbank.testing.strategies import amounts

KINDS = [Hours, Credits, Quantity]
hundredths = st.integers(0, 10**9)


@given(st.sampled_from(KINDS), hundredths)
def test_an_amount_survives_its_text(kind: type[Amount], value: int) -> None:
    """Written as text and read back, an amount is the same, and its repr is the code that makes it."""
    amount = kind.from_hundredths(value)
    assert kind(str(amount)) == amount
    assert repr(amount) == f'{kind.__name__}("{amount}")'
    assert amount.hundredths == value


@given(hundredths)
def test_the_text_is_the_shortest_decimal(value: int) -> None:
    """No trailing zeros, no bare point, and the exact value."""
    text = str(Hours.from_hundredths(value))
    assert Decimal(text) * 100 == value
    assert "." not in text or not text.endswith(("0", "."))


@given(st.integers(-(10**11), 10**11))
def test_a_difference_keeps_its_sign(value: int) -> None:
    """Hundredths below zero, as differences have them, are written with a minus."""
    assert Decimal(format_hundredths(value)) * 100 == value


@given(st.integers(0, 10**7), st.integers(0, 99))
def test_the_ways_to_give_an_amount_agree(whole: int, rest: int) -> None:
    """A whole number, a text, a Decimal and an amount of the same unit all make the same amount."""
    if whole == 10**7:
        rest = 0
    text = f"{whole}.{rest:02d}"
    assert Hours(text) == Hours(Decimal(text)) == Hours(Hours(text))
    assert Hours(text).hundredths == whole * 100 + rest
    assert Hours(whole).hundredths == whole * 100


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        16.0,
        0.1 + 0.2,
        float("nan"),
        float("inf"),
        True,
        False,
        None,
        -1,
        "-5",
        "-0",
        "+5",
        "16.555",
        "0.001",
        "1e3",
        "1E3",
        "NaN",
        "Infinity",
        "",
        " 16",
        "16 ",
        "16\n",
        "1,5",
        "1_000",
        "0x10",
        ".5",
        "5.",
        "٣",
        "１６",
        "16．5",
        "½",
        b"16",
        ["16"],
        Decimal("NaN"),
        Decimal("-1"),
        Decimal("1.001"),
        Decimal("Infinity"),
        Decimal("1e-3"),
        10**7 + 1,
        "10000000.01",
        "9" * 5000,
        10**5000,
        Decimal("1e40"),
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, int) or abs(value) < 10**20 else "huge",
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_exact_amount_is_refused(kind: type[Amount], value: object) -> None:
    """Floats, booleans, NaN, signs, exponents, other digits, too many decimals and too much are errors."""
    with pytest.raises(AmountError) as caught:
        kind(value)  # type: ignore[arg-type]  # that is what is refused
    assert kind.unit in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", [True, -1, 1.0, "5", None])
def test_hundredths_are_whole_and_not_negative(value: object) -> None:
    """Hundredths of another type or sign are refused."""
    with pytest.raises(AmountError):
        Hours.from_hundredths(value)  # type: ignore[arg-type]  # that is what is refused


def test_the_largest_amount_is_accepted() -> None:
    """Ten million is an amount, however it is given."""
    assert Hours("10000000") == Hours(10**7) == Hours(Decimal("1e7"))


# Sums


@given(amounts(Hours), amounts(Hours), amounts(Hours))
def test_sums_are_exact(one: Hours, two: Hours, three: Hours) -> None:
    """Adding is associative and commutative with nothing as zero, and subtracting undoes it."""
    zero = Hours("0")
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + zero == one
    assert (one + two) - two == one
    assert (one + two).hundredths == one.hundredths + two.hundredths


@given(amounts(Hours), amounts(Hours))
def test_amounts_are_ordered_by_value(one: Hours, two: Hours) -> None:
    """Order, equality and truth are those of the hundredths."""
    assert (one < two, one <= two, one == two) == (
        one.hundredths < two.hundredths,
        one.hundredths <= two.hundredths,
        one.hundredths == two.hundredths,
    )
    assert bool(one) == (one.hundredths > 0)
    assert one != two or hash(one) == hash(two)


@given(amounts(Hours), amounts(Hours))
def test_a_difference_is_never_negative(one: Hours, two: Hours) -> None:
    """Taking away more than there is is an error that shows both amounts."""
    more = one + two + Hours("0.01")
    with pytest.raises(AmountError, match="would be negative"):
        _ = one - more


@given(st.permutations(KINDS), hundredths, hundredths)
def test_units_never_mix(kinds: list[type[Amount]], first: int, second: int) -> None:
    """Hours, credits and quantities do not add, subtract, compare, equal or convert into each other."""
    one, other = kinds[0].from_hundredths(first), kinds[1].from_hundredths(second)
    with pytest.raises(TypeError):
        _ = one + other
    with pytest.raises(TypeError):
        _ = one - other
    with pytest.raises(TypeError):
        _ = one < other
    with pytest.raises(AmountError, match="units are never converted silently"):
        kinds[0](other)
    assert one != other


@pytest.mark.parametrize("other", [1, 0.5, "1", Decimal(1), None])
def test_an_amount_adds_to_amounts_only(other: object) -> None:
    """A bare number has no unit, so it is not added or subtracted."""
    with pytest.raises(TypeError):
        _ = Hours("1") + other  # type: ignore[operator]  # that is what is refused
    with pytest.raises(TypeError):
        _ = Hours("1") - other  # type: ignore[operator]  # that is what is refused
    assert Hours("1") != other


def test_an_amount_cannot_be_changed() -> None:
    """An amount is a value: its hundredths cannot be set."""
    with pytest.raises(AttributeError):
        Hours("1").hundredths = 5  # type: ignore[misc]  # that is what is refused
