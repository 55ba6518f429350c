"""Manifests to resources: `load` reads a whole project, `settings` only alice.yaml, `every_environment` all it names.

YAML with positions -> drafts -> values by schema and field type -> references -> rules -> `model.Project`. Everything
that is wrong is raised at once, as one `ManifestError`. This layer reads files and nothing else: no network, no state,
no kind by name (what a kind needs is declared with it).
"""

from provisioner.manifests.load import load
from provisioner.manifests.project_settings import (
    declared_environments,
    every_environment,
    partial_settings,
    settings,
    settings_with_rules,
)

__all__ = ["declared_environments", "every_environment", "load", "partial_settings", "settings", "settings_with_rules"]
