"""Where a field's value comes from: a name, a rule, the first of several paths."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from prefill.forms import Derivation, Field
from prefill.plans import deriving, steps
from prefill.plans.applying import Rules
from prefill.plans.converting import target_of
from prefill.plans.names import Columns, Fault, Follows, Origin, Within
from prefill.plans.scopes import Scope
from prefill.vocabulary import Duration

__all__ = ["Fault", "Follows", "Origin", "Origins"]


def _under(key: str) -> Callable[[Within], Within]:
    return lambda within: (key, *within)


def _joined(within: Within) -> Within:
    """Tell where a fault of ``from`` and ``by`` stands, which together are a derivation."""
    return ("by",) if within == ("rule",) else ("from",)


class Origins(Rules):
    """Finds what fields are filled from; ``kinds`` are those of the fields compiled so far."""

    def origin(self, field: Field, scope: Scope, columns: Columns) -> Origin | None:
        """Give what a field is filled from; None where it has no term. Raises Fault."""
        fresh = self.fresh(field)
        if isinstance(field.from_, tuple) or field.by is not None:
            if not isinstance(field.from_, tuple) or field.by is None:
                what = "several paths need a rule, and a rule several paths"
                raise Fault(("from",), what, "write from: [a, b] and by: rule")
            joined = Derivation(rule=field.by, of=field.from_)
            return self.derivation(field, joined, _joined, scope, columns)
        if field.from_ is not None:
            return self.single(field.from_, ("from",), scope, columns, fresh)
        if field.derive is not None:
            return self.derivation(field, field.derive, _under("derive"), scope, columns)
        if field.suggest is not None:
            return self.derivation(field, field.suggest, _under("suggest"), scope, columns, suggest=True)
        if field.first_of is not None:
            names = list(enumerate(field.first_of))
            return self.first_of(
                field, [self.single(name, ("first_of", i), scope, columns, fresh) for i, name in names], scope
            )
        return None

    def single(self, name: str, within: Within, scope: Scope, columns: Columns, fresh: Duration | None) -> Origin:
        """Give what a name stands for that must be one fact."""
        origin = self.name(name, within, scope, columns, fresh)
        if origin.kind in ("entity", "list"):
            raise Fault(within, f"'{name}' is no single fact", "name a term of it, use rows_of, or count it")
        if origin.typed:
            return replace(origin, at=deriving.answered(self.place(origin.at, scope)))
        return origin

    def first_of(self, field: Field, origins: Sequence[Origin], scope: Scope) -> Origin:
        """Take the first that is not explicitly absent; paths of several code lists are mapped to the field's first."""
        if not origins:
            raise Fault(("first_of",), "no paths", "name at least two")
        for number, origin in enumerate(origins):
            if origin.unit != origins[0].unit:
                what = f"paths in different units ({origins[0].unit or 'none'}, {origin.unit or 'none'})"
                raise Fault(("first_of", number), what, "name terms of one unit")
        kind, codes = target_of(field, origins[0].kind, origins[0].codes, self.vocabulary)
        if all((origin.kind, origin.codes) == (origins[0].kind, origins[0].codes) for origin in origins):
            step = steps.first_of([self.place(o.at, scope) for o in origins])
            return Origin(step, origins[0].kind, origins[0].codes, origins[0].unit)
        if field.map is not None:
            what = "one map for paths of different kinds"
            raise Fault(("map",), what, "name terms of one code list, or general mappings")
        places = []
        for origin in origins:
            convert, place = self.conversion(field, origin, kind, codes), self.place(origin.at, scope)
            places.append(scope.emit(convert(place)) if convert else place)
        return Origin(steps.first_of(places), kind, codes, origins[0].unit)
