"""The table of variants itself, without a server."""

import subprocess
import sys
from pathlib import Path

import pytest

from provisioner.simulator import VARIANTS, describe, parse_variants
from provisioner.simulator.variants import Variants


def test_pairs_become_a_mapping() -> None:
    texts = ["relations=url", "token_ttl=0.5", "forbidden_get=contact,alarm", "immutable_fields=contact.email"]
    assert parse_variants(texts) == dict(text.split("=") for text in texts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("relations", "not NAME=VALUE"),
        ("relation=url", "no variant is called 'relation'; there are token_path"),
        ("relations=hyperlink", "one of int|str|url|nested"),
        ("forbidden_get=contacts", "a comma list of kinds: survey-template"),
        ("faults=drop", "drop-before"),
        ("page_size_max=many", "a plain integer"),
        ("fault_rate=-1", "a plain number"),
        ("immutable_fields=email", "a comma list of kind.field"),
    ],
)
def test_mistakes_list_what_would_have_been_possible(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_variants([text])
    assert message in str(caught.value)


def test_defaults_stand_in_for_what_is_not_given() -> None:
    variants = Variants({"relations": "url"})
    assert (variants["relations"], variants["lists"], variants.number("answer_rate")) == ("url", "envelope", 0.6)
    assert variants.names("faults") == frozenset()


def test_every_default_is_a_possible_value_and_every_variant_is_explained() -> None:
    assert parse_variants(f"{name}={variant.default}" for name, variant in VARIANTS.items())
    text = describe()
    assert all(f"  {name}=" in text and variant.help and variant.cited in text for name, variant in VARIANTS.items())


def test_every_variant_is_tried_by_some_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))
    assert [name for name in VARIANTS if f"{name}=" not in tests and f'"{name}"' not in tests] == []


def test_every_choice_is_read_somewhere_or_is_the_default() -> None:
    package = Path(sys.modules["provisioner.simulator"].__file__ or "").parent
    source = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    assert [name for name in VARIANTS if source.count(f'"{name}"') < 2] == []


def test_importing_the_package_does_not_import_django() -> None:
    code = "import sys, provisioner.simulator, provisioner.simulator.process; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
