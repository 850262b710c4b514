"""Puts the form specs and templates inside the package when a wheel is built.

An editable install gets none: a checkout reads them where they stand, so that an edit shows at once.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataHook(BuildHookInterface[Any]):
    """Adds form_specs/ and templates/ to a standard wheel as prefill/form_specs and prefill/templates."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the folders to include, unless the wheel is an editable one."""
        if version != "editable":
            build_data["force_include"].update({d: f"prefill/{d}" for d in ("form_specs", "templates")})
