"""The example projects are right, and schemas and starter are found however the tool was installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner import manifests, runtime
from provisioner.project import Project

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
ENVIRON = {"CLINIC_PASSWORD": "not-a-secret", "AGENCY_STATE": "postgresql+psycopg://db.example.com/alice"}


def load(name: str, environment: str | None = None, root: Path = EXAMPLES) -> Project:
    chosen = environment or CHOSEN.get(name)
    return manifests.load(root / name, environment=chosen, variables={}, environ=ENVIRON)


# Of an example that has no run without an environment.
CHOSEN = {"agency-fleet": "lotus"}

# A project with its own README each; examples/checks holds two or three per check and one README for all.
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/alice.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_no_diagnostics_and_tells_what_it_is(name: str) -> None:
    assert load(name).resources
    assert (EXAMPLES / name / "README.md").read_text().startswith("# ")


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_the_agency_has_two_environments(environment: str) -> None:
    project = load("agency", environment)
    campaigns = [found for address, found in project.resources.items() if address.kind == "campaign"]
    assert {found.fields["frequency"] for found in campaigns} == {2 if environment == "staging" else 20}
    assert {found.fields["status"] for found in campaigns} == {"paused" if environment == "staging" else "started"}


def test_an_example_names_the_unmanaged_objects_it_needs_in_its_readme() -> None:
    for name in NAMES:
        readme = (EXAMPLES / name / "README.md").read_text()
        for resource in load(name).resources.values():
            names = [found.value for _, found in resource.references() if found.by == "name"]
            assert all(f"`{name}`" in readme for name in names), name


def test_what_init_writes_is_a_right_project_with_its_own_schemas(tmp_path: Path) -> None:
    for name, content in runtime.starter_files():
        target = tmp_path / "new" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    assert load("new", root=tmp_path).resources
    for path in (tmp_path / "new").glob("*.yaml"):
        modeline = path.read_text().splitlines()[0]
        assert (path.parent / modeline.partition("$schema=")[2]).is_file()


def test_files_are_found_in_a_wheel_and_in_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "PACKAGE", tmp_path / "provisioner")
    with pytest.raises(FileNotFoundError, match="the installation is incomplete"):
        runtime.schemas()
    checkout = {"schemas/manifest.schema.json": runtime.schemas, "examples/quickstart/alice.yaml": runtime.starter}
    wheel = {
        "provisioner/schemas/manifest.schema.json": runtime.schemas,
        "provisioner/starter/alice.yaml": runtime.starter,
    }
    for files in (checkout, wheel):  # the wheel's own win over what lies beside the package
        for name, found in files.items():
            (tmp_path / name).parent.mkdir(parents=True)
            (tmp_path / name).touch()
            assert found() == (tmp_path / name).parent


def test_hidden_files_of_the_starter_stay_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples/quickstart/.alice").mkdir(parents=True)
    (tmp_path / "examples/quickstart/alice.yaml").write_text("alice: 1\n")
    (tmp_path / "examples/quickstart/.alice/state.db").touch()
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/manifest.schema.json").touch()
    monkeypatch.setattr(runtime, "PACKAGE", tmp_path / "provisioner")
    assert [name for name, _ in runtime.starter_files()] == ["alice.yaml", "schemas/manifest.schema.json"]
