"""What the ranking of products learns from: features beside which families a customer opened."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.matrix import keys_of
from models.propensity import GROUPS, IS_BUSINESS, IS_PRIVATE, Flags
from training.dataset import FeatureNames, TrainingSet, refuse_leaks, training_set
from training.definitions.definition import NextProduct, PurchaseLabel
from training.errors import MissingColumn
from training.evaluation.measure import FEWEST_POSITIVES
from training.fit import rows_of
from training.labels import LabelTable, MultiLabelTable

_LOOKED_AT = 5_000
_GROUP_OF = dict(
    zip(("retail", "private", "small_business", "corporate"), (*GROUPS, GROUPS[2]), strict=True)
)


@dataclass(frozen=True, slots=True)
class ProductSet:
    """Rows of features with what each row's customer opened and could open, by family.

    `rows` is a training set whose outcome is opening anything; `opened` and `open_to` are
    [rows, families] in the order of `definition`.
    """

    definition: NextProduct
    rows: TrainingSet
    opened: Flags
    open_to: Flags

    def of(self, places: NDArray[np.int64]) -> "ProductSet":
        """Some of the rows."""
        rows = rows_of(self.rows, places)
        return ProductSet(self.definition, rows, self.opened[places], self.open_to[places])


def product_set(
    table: pa.Table,
    catalog: FeatureNames,
    labels: MultiLabelTable,
    *,
    absent: Collection[str] = (),
) -> ProductSet:
    """Features joined with what was opened, or an error that names what makes them unfit.

    MissingColumn also where the catalogue lacks a flag by which a served model would know what a
    customer holds, or of which kind a customer is.
    """
    _refuse_no_flags(catalog.names, labels.definition)
    any_opened = labels.opened.any(axis=1).astype(np.int8)
    told = LabelTable(
        labels.definition, labels.rows.append_column("y", pa.array(any_opened)), labels.excluded
    )
    rows = training_set(table, catalog, told, absent=absent)
    # A training set stands in ascending order of as_of, then customer_id.
    customer_id, as_of = keys_of(labels.rows)
    order = np.lexsort((customer_id, as_of))
    open_to = labels.served & ~labels.held
    return ProductSet(labels.definition, rows, labels.opened[order], open_to[order])


def of_family(products: ProductSet, number: int) -> tuple[TrainingSet, NDArray[np.int64]]:
    """The rows to which a family is open, with its purchase as the outcome, and their places."""
    definition = products.definition
    family = definition.families[number]
    label = PurchaseLabel(family, definition.horizon, definition.sold_to.get(family, ()))
    places = np.flatnonzero(products.open_to[:, number])
    rows = products.of(places).rows
    y = products.opened[places, number].astype(np.int8)
    return replace(rows, definition=label, y=y), places


def refuse_product_leaks(products: ProductSet) -> None:
    """Raise Leak when one feature alone nearly tells a family's purchases.

    Of each family the rows of up to 5,000 purchases and of as many others are looked at, evenly
    spread: how well a feature ranks does not depend on how many there are of either. A family with
    fewer than 50 purchases is not looked at: some feature tells so few by chance, and no ranking
    is learned from them.
    """
    for number in range(len(products.definition.families)):
        rows, _places = of_family(products, number)
        if rows.positives < FEWEST_POSITIVES:
            continue
        either = [_spread(np.flatnonzero(rows.y == y)) for y in (0, 1)]
        refuse_leaks(rows_of(rows, np.sort(np.concatenate(either))))


def groups_sold_to(definition: NextProduct, family: str) -> tuple[str, ...]:
    """The groups of customers, as features tell them apart, to which a family is sold."""
    kinds = definition.sold_to.get(family) or tuple(_GROUP_OF)
    sold = {_GROUP_OF[kind] for kind in kinds}
    return tuple(group for group in GROUPS if group in sold)


def _spread(places: NDArray[np.int64]) -> NDArray[np.int64]:
    return places[:: max(1, -(-len(places) // _LOOKED_AT))]


def _refuse_no_flags(names: Collection[str], definition: NextProduct) -> None:
    needed = [f"holds_{family}" for family in definition.families]
    if any(definition.sold_to.values()):
        needed += [IS_PRIVATE, IS_BUSINESS]
    lacking = [name for name in needed if name not in names]
    if lacking:
        raise MissingColumn(
            f"the catalogue lacks {', '.join(lacking)}, by which a product that is held or not "
            "sold to a customer is never ranked; add them to the catalogue, or take the families "
            "out of the definition"
        )
