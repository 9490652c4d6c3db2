"""Find symptoms in a comparison: what the changed vectors, or the texts of these vectors, have in common.

Each function returns the values for the sentence of ``spec/diagnosis.yaml``, or None without the symptom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from .comparison import NORM_FLOOR, Comparison
from .distances import NOTATION, cosine_distance, is_equal
from .evidence import Numbered
from .forms import Form, Grade
from .observation import Numbers
from .partition import changed_scripts, explained_by, long_texts
from .precision import half_format, levels_of
from .text_features import FEATURES

Values = Mapping[str, object]
Symptom = Callable[["Case"], Values | None]

MOST = 0.9
"""The share of texts that must show what all texts are said to show."""

UNIT = 0.02
"""The greatest difference of a norm from 1 with which a vector is normalized."""

SAME_BASIS = 0.003
"""The greatest mean difference of similarities among all texts, if only their basis has changed."""

FAR = 0.1
"""The least distance of vectors in another basis."""

SHIFT = 0.15
"""The least part of all changes that is common, with a prefix."""

ORDER = 0.3
"""The least correlation of the lengths of texts and changes that counts."""

LIKE = 0.35
"""The least mean cosine of the changes of similar texts, if the changes are no random errors."""

RELATED = 0.3
"""The least median cosine of vectors of the same model."""

SMALL = 0.05
"""The greatest median distance of small errors."""


class Case:
    """A comparison, with the numbers of each form."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.forms = {form: Numbered.of(comparison, form) for form in Form}

    @property
    def single(self) -> Numbered:
        """The texts alone."""
        return self.forms[Form.SINGLE] if len(self.forms[Form.SINGLE]) else self.forms[Form.BATCH]

    def grade(self, form: Form) -> Grade | None:
        """The grade of a form; None if it was not observed."""
        found = self.comparison.forms.get(form)
        return None if found is None else found.grade

    @property
    def has_changed(self) -> bool:
        """Whether texts alone have changed."""
        return bool(self.single.can_compare and self.single.changed.any())


def _beginning_only(case: Case) -> Values | None:
    return _beginnings(case.single.new, case.single.old)


def _beginning_before(case: Case) -> Values | None:
    found = _beginnings(case.single.old, case.single.new)
    return None if found is None else {"now": found["before"], "before": found["now"]}


def _beginnings(short: Sequence[Numbers], long: Sequence[Numbers]) -> Values | None:
    """Whether most vectors of *short* are the beginnings of those of *long*, perhaps followed by zeros."""
    pairs = [(_without_zeros(one), _without_zeros(other)) for one, other in zip(short, long, strict=True)]
    pairs = [(one, other) for one, other in pairs if 0 < one.size < other.size]
    if not pairs or len(pairs) < MOST * len(short):
        return None
    equal = [cosine_distance(one, other[: one.size]) <= 1e-3 for one, other in pairs]
    if sum(equal) < MOST * len(pairs):
        return None
    return {"now": f"{max(one.size for one, _ in pairs):,}", "before": f"{pairs[0][1].size:,}"}


def _without_zeros(vector: Numbers) -> Numbers:
    """*vector* without the zeros at its end."""
    last = np.flatnonzero(vector)
    return vector[: int(last[-1]) + 1] if last.size else vector[:0]


def _other_length(case: Case) -> Values | None:
    sizes = {vector.size for vector in case.single.new} - {case.comparison.snapshot.length}
    if not sizes:
        return None
    return {"now": f"{min(sizes):,}", "before": f"{case.comparison.snapshot.length:,}"}


def _swapped_bytes(case: Case) -> Values | None:
    for form, where in ((Form.SINGLE, ""), (Form.BASE64, ", in base64 only")):
        numbers = case.forms[form]
        pairs = list(zip(numbers.old, numbers.new, strict=True))
        swapped = [old.size == new.size and _is_mostly_equal(old, new.byteswap()) for old, new in pairs]
        if pairs and sum(swapped) >= MOST * len(pairs) and not is_equal(*pairs[0]):
            return {"where": where}
    return None


def _is_mostly_equal(one: Numbers, other: Numbers) -> bool:
    """Whether most numbers are equal: some swapped ones are not kept, for example certain NaN."""
    largest = float(np.abs(one).max())
    with np.errstate(invalid="ignore", over="ignore"):
        return bool((np.abs(one - other) <= NOTATION * largest).mean() >= MOST)


def _several_models(case: Case) -> Values | None:
    """Whether a text asked several times got the recorded vector, and one that is far from it."""
    limit = case.comparison.tolerance
    found = case.comparison.forms.get(Form.SINGLE)
    repeated = [change.responses for change in found.changes if len(change.responses) > 1] if found else []
    mixed = [r for r in repeated if min(r) <= limit < max(r) and max(r) > 3 * min(r)]
    if len(mixed) < max(2, len(repeated) / 20):
        return None
    every = [one for change in found.changes for one in change.responses] if found else []
    return {"share": f"{sum(one > limit for one in every) / len(every):.0%}"}


def _form_only(case: Case, *, form: Form) -> Values | None:
    """Whether only vectors of one *form* have changed."""
    grade, single = case.grade(form), case.grade(Form.SINGLE)
    if grade is None or single is None:
        return None
    return {} if grade > Grade.NOISE >= single else None


def _norms(case: Case, *, before: bool, after: bool) -> Values | None:
    """Whether directions are unchanged, and norms are not: normalized *before*, or *after*."""
    numbers = case.single
    if not numbers.can_compare or (numbers.distances > case.comparison.tolerance).mean() > 1 - MOST:
        return None
    old, new = (np.array([np.linalg.norm(v.astype(float)) for v in vs]) for vs in (numbers.old, numbers.new))
    if (np.abs(new / old - 1) > NORM_FLOOR).mean() < 1 - MOST:
        return None
    was, is_now = ((np.abs(norms - 1) <= UNIT).mean() >= MOST for norms in (old, new))
    if (was, is_now) != (before, after):
        return None
    other = new if before else old
    return {"norm": f"{np.median(other):.3g}", "ratio": f"{np.median(new / old):.3g}"}


def _feature(case: Case, *, symptom: str) -> Values | None:
    return {} if explained_by(case.single) == symptom else None


def _long_only(case: Case) -> Values | None:
    return (
        long_texts(case.single, case.comparison.snapshot)
        if explained_by(case.single) == "long-only"
        else None
    )


def _scripts_only(case: Case) -> Values | None:
    return (
        {"scripts": ", ".join(changed_scripts(case.single))}
        if explained_by(case.single) == "scripts-only"
        else None
    )


def _reversed(case: Case) -> Values | None:
    return {} if case.single.can_compare and (case.single.distances > 1.9).mean() >= MOST else None


def _rotated(case: Case) -> Values | None:
    numbers = case.single
    if not numbers.can_compare or len(numbers) < 3:
        return None
    return {} if np.median(numbers.distances) > FAR and numbers.among < SAME_BASIS else None


def _few_levels(case: Case) -> Values | None:
    if not case.single.can_compare:
        return None
    before, now = (levels_of(vectors) for vectors in (case.single.old, case.single.new))
    return {"levels": str(now)} if now is not None and before is None else None


def _half_precision(case: Case) -> Values | None:
    if case.comparison.grade > Grade.NOISE:
        return None
    before, now = (half_format(vectors) for vectors in (case.single.old, case.single.new))
    return {"format": now} if now and not before else None


def _common_shift(case: Case) -> Values | None:
    numbers = case.single
    if not case.has_changed or np.median(numbers.distances) > 1 - RELATED:
        return None
    return {} if numbers.shift >= SHIFT and numbers.order <= -ORDER else None


def _long_most(case: Case) -> Values | None:
    numbers = case.single
    return {} if case.has_changed and numbers.order >= ORDER and numbers.likeness >= LIKE else None


def _small_errors(case: Case) -> Values | None:
    return {} if _is_random(case) and np.median(case.single.distances) <= SMALL else None


def _equal_changes(case: Case) -> Values | None:
    return {} if _is_random(case) and np.median(case.single.distances) < 1 - RELATED else None


def _is_random(case: Case) -> bool:
    return case.has_changed and abs(case.single.likeness) < LIKE and case.single.shift < SHIFT


def _other_weights(case: Case) -> Values | None:
    return {} if case.has_changed else None


SYMPTOMS: Mapping[str, Symptom] = {
    "beginning-only": _beginning_only,
    "beginning-before": _beginning_before,
    "other-length": _other_length,
    "swapped-bytes": _swapped_bytes,
    "several-models": _several_models,
    "batches-only": partial(_form_only, form=Form.BATCH),
    "base64-only": partial(_form_only, form=Form.BASE64),
    "shortened-only": partial(_form_only, form=Form.DIMENSIONS),
    "no-longer-normalized": partial(_norms, before=True, after=False),
    "now-normalized": partial(_norms, before=False, after=True),
    "other-norms": lambda case: (
        _norms(case, before=False, after=False) or _norms(case, before=True, after=True)
    ),
    **{symptom: partial(_feature, symptom=symptom) for symptom in FEATURES},
    "long-only": _long_only,
    "scripts-only": _scripts_only,
    "reversed": _reversed,
    "rotated": _rotated,
    "few-levels": _few_levels,
    "half-precision": _half_precision,
    "common-shift": _common_shift,
    "long-most": _long_most,
    "small-errors": _small_errors,
    "equal-changes": _equal_changes,
    "other-weights": _other_weights,
}
"""What finds each symptom of ``spec/diagnosis.yaml``."""
