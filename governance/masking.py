"""Personal values shown so that a colleague recognises them and a stranger does not."""

_HIDDEN = "*"


class PartialMasker:
    """Keeps the family name and the ends of a number; everything else becomes asterisks."""

    def name(self, value: str) -> str:
        """A name of which the first sign, or the first word, remains; its length is hidden too.

        >>> PartialMasker().name("欧阳晓明")
        '欧**'
        >>> PartialMasker().name("Novak Jan")
        'Novak **'
        """
        first, _, rest = value.partition(" ")
        if rest:
            return f"{first} {_HIDDEN * 2}"
        return value[:1] + _HIDDEN * 2 if len(value) > 1 else _HIDDEN * len(value)

    def number(self, value: str) -> str:
        """A number or address of which the first three and the last two signs remain.

        One of six signs or fewer is hidden whole: its ends would tell most of it.

        >>> PartialMasker().number("19912345678")
        '199******78'
        """
        if len(value) <= 6:  # noqa: PLR2004 - the docstring's law
            return _HIDDEN * len(value)
        return value[:3] + _HIDDEN * (len(value) - 5) + value[-2:]
