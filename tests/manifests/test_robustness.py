"""Whatever stands where in a manifest, loading ends with resources or with diagnostics; nothing else is ever raised."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioner import manifests
from provisioner.errors import ManifestError
from provisioner.manifests.nodes import plain
from provisioner.manifests.yaml_reader import read

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
FILES = ["quickstart/alice.yaml", "quickstart/campaign.yaml", "quickstart/lists.yaml", "clinic/reminder.yaml"]
FILES += ["clinic/appointments.yaml", "agency/alice.yaml", "agency/campaigns.yaml", "agency/lists/phonebooks.yaml"]

PLAIN = [None, True, 0, -1, 10**30, 1.5, "", " ", "x", "0", "0934890883", "2027-01-20", "2027-01-20 08:00", "99:99"]
EXPANDED = ["${var.x}", "${env.CLINIC_PASSWORD}", "${file.alice.yaml}", "${", "$${x}", "a ${env.CLINIC_PASSWORD}"]
ODD = ["*.csv", "../x", "a\x7f", "\ud7ff", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "nothing"]
NESTED = [[], [None], ["x"], [[]], [{}], {}, {"id": 1}, {"name": "x"}, {"x": None}, {"campaign": "x"}, {"contact": []}]
ROWS = [{"rows": [None, {}, "x"]}, {"file": [1, {}]}, {"rows": [{"contact": "0934890883.0"}]}, {"contact": "${var.x}"}]
values = st.sampled_from([*PLAIN, *EXPANDED, *ODD, *NESTED, *ROWS])


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a value but the keys of sections, which are shown: a number there would be no leak."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for step, value in inner if step != "key" for found in places(value, (*path, step)))]


def changed(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    found = copy.copy(node)
    found[path[0]] = changed(found[path[0]], path[1:], value)
    return found


@pytest.mark.parametrize("file", FILES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_gives_resources_or_diagnostics(file: str, data: st.DataObject, tmp_path: Path) -> None:
    example, _, name = file.partition("/")
    project = tmp_path / example
    shutil.copytree(EXAMPLES / example, project, dirs_exist_ok=True)
    root = read((EXAMPLES / file).read_bytes()).root
    assert root is not None
    written = plain(root)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(written)))
        written = changed(written, path, data.draw(values))
    (project / name).write_text(yaml.safe_dump(written, allow_unicode=True))
    try:
        manifests.load(project, environment=None, variables={}, environ={"CLINIC_PASSWORD": "s3cret"})
    except ManifestError as error:
        assert error.diagnostics
        assert "s3cret" not in str(error)
        assert "0934890" not in str(error).replace("0934890883 or +84934890883", "")
