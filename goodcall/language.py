"""The two languages that every word shown to a person exists in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from goodcall.errors import LanguageError

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Text:
    """One meaning in English and in Chinese.

    >>> Text("bank", "银行").to("zh")
    '银行'
    """

    en: str
    zh: str

    def to(self, language: Language) -> str:
        """The words of this text in one language."""
        return self.zh if language == "zh" else self.en


def parse_language(code: str) -> Language:
    """The language that a code such as `zh`, `en` or `zh_CN.UTF-8` names."""
    short = (
        code.split(".", maxsplit=1)[0].split("_", maxsplit=1)[0].split("-", maxsplit=1)[0].lower()
    )
    if short not in get_args(Language):
        known = ", ".join(get_args(Language))
        raise LanguageError(f"language {code!r} is not spoken here; choose one of: {known}")
    return cast("Language", short)


def language_of(environment: Mapping[str, str]) -> Language:
    """The language a process environment asks for; English where it names none of ours.

    Reads LC_ALL, LC_MESSAGES and LANG in the order POSIX gives them.
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
