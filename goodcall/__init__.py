"""The words that every room shares."""

from goodcall.errors import GoodcallError, LanguageError, WorkspaceError
from goodcall.language import Language, Text, language_of, parse_language
from goodcall.money import format_money
from goodcall.reason import Reason
from goodcall.score import Score
from goodcall.workspace import Workspace, is_demonstration, workspace_at

__all__ = [
    "GoodcallError",
    "Language",
    "LanguageError",
    "Reason",
    "Score",
    "Text",
    "Workspace",
    "WorkspaceError",
    "format_money",
    "is_demonstration",
    "language_of",
    "parse_language",
    "workspace_at",
]
