"""Commands about texts: show those of an account, and erase them with the person behind it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from creditbank.errors import RequestError
from creditbank.surfaces.cli.options import account_argument, bank_argument, json_option, open_bank, open_directory
from creditbank.surfaces.cli.output import Column, counted, print_json, print_table, say, visible
from creditbank.surfaces.cli.persons import ERASED

if TYPE_CHECKING:
    from creditbank.erasure import ErasedTexts
    from creditbank.surfaces.erasing import Erasure

__all__ = ["erase", "texts"]

_KEPT = "backups and earlier exports still hold what they held 备份和先前的导出文件仍保留原来的内容"


@click.command()
@bank_argument
@account_argument
@json_option
def texts(bank: str, account: str, as_json: bool) -> None:
    """Show the texts of an account.

    They are its notes, reasons and evidence. Of those that were erased it says so.
    """
    with open_bank(bank) as opened:
        found = list(opened.texts(account))
    if as_json:
        print_json({"account": account, "texts": [text.as_dict() for text in found]})
        return
    say(f"Account 账户 {account}: {counted(len(found), 'text')} 文字说明", style="bold")
    columns: list[Column] = [("Event", "right"), ("Date 日期", "left"), ("Field 字段", "left"), ("Text 文字", "left")]
    rows = [
        [str(text.position), str(text.on), text.field, ERASED if text.text is None else visible(text.text)]
        for text in found
    ]
    if rows:
        print_table(columns, rows, styles=["dim" if text.erased else "" for text in found])


@click.command()
@bank_argument
@account_argument
@click.option("--directory", type=click.Path(), metavar="FILE", help="Erase the person from this directory too.")
@click.option("--position", type=int, metavar="N", help="Only the texts of event N.")
@click.option("--field", metavar="FIELD", help="Only this field: note, reason or evidence.")
@click.option("--dry-run", is_flag=True, help="Tell what would be erased, change nothing.")
@json_option
def erase(
    bank: str,
    account: str,
    directory: str | None,
    position: int | None,
    field: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Erase the texts of an account for ever, and the person behind it.

    Events, root and standings stay as they are.
    Backups and earlier exports still hold what they held.
    """
    single = position is not None or field is not None
    if directory is not None and single:
        raise RequestError("--position and --field pick single texts, and --directory erases the person; ask for one")
    from creditbank.surfaces.erasing import Erasure, erase_account

    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(open_bank(bank, read_only=dry_run))
        if single:
            done = opened.erase_texts(account, position=position, field=field, dry_run=dry_run)
            told = Erasure(done, None, dry_run=dry_run)
        else:
            people = None if directory is None else stack.enter_context(open_directory(directory, read_only=dry_run))
            told = erase_account(opened, account, people, dry_run=dry_run)
    if as_json:
        print_json({"account": account} | told.as_dict())
    else:
        _show(account, told, directory, single)


def _show(account: str, told: Erasure, directory: str | None, single: bool) -> None:
    head = "Would be erased 将删除" if told.dry_run else "Erased 已删除"
    say(f"{head}: account 账户 {account}", style="bold")
    if directory is not None or not single:
        say(f"  person 个人信息: {_person_words(told, directory)}")
    say(f"  texts 文字说明: {_text_words(told.texts)}")
    for position, field in () if told.texts is None else told.texts.erased:
        say(f"    event {position}, {field}")
    if told.same_identity:
        say(f"the same identity number stands under 同一证件号码的其他账户: {', '.join(told.same_identity)}")
    if told.merged:
        say(f"merged with this account 与本账户并户的其他账户: {', '.join(told.merged)}")
    say(f"Events, root and standings stay as they are; {_KEPT}")


def _person_words(told: Erasure, directory: str | None) -> str:
    if directory is None:
        return "left alone, because no --directory was named 未指定名册，不作改动"
    if told.person is None:
        return "the directory has no entry of this account 名册中没有该账户"
    if told.earlier:
        return f"was erased on {told.person.on} already 此前已删除"
    return "would be erased 将删除" if told.dry_run else ERASED


def _text_words(texts: ErasedTexts | None) -> str:
    if texts is None:
        return "the bank never had this account 学分银行中没有该账户"
    earlier = f", {texts.earlier:,} erased before 此前已删除" if texts.earlier else ""
    return f"{len(texts.erased):,}{earlier}"
