"""The run configuration: defaults, faults, and the files generated from it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from atrasig.cli import options
from atrasig.config import Method, Pages, RunConfig, Scale, config_schema, default_yaml, load_config
from atrasig.errors import ConfigError, Fault
from atrasig.files import canonical_json
from atrasig.harmonisation.scale import SCALES
from atrasig.scoring.registry import METHODS
from atrasig.sheet import read_sheet

# Written out by hand from the documented defaults.
DEFAULTS: dict[str, Any] = {
    "samples": "config/demo/samples.tsv",
    "results": "results",
    "signatures": [],
    "models": [],
    "ingest": {
        "format": "",
        "quantity": "auto",
        "strand": "auto",
        "decimal": "auto",
        "worksheet": "",
        "tx2gene": "",
        "platform": "",
    },
    "harmonise": {"scale": "auto", "genes": ""},
    "score": {"methods": ["singscore", "ssgsea"], "universe": "coding"},
    "predict": {"disease": "", "tissue": ""},
    "enrich": {
        "contrasts": [],
        "differential": "linear",
        "covariates": ["batch"],
        "permutations": 1000,
        "min_size": 5,
        "max_size": 1000,
    },
    "cells": {
        "matrices": [],
        "by": ["sample", "cell_type"],
        "min_cells": 10,
        "labels": "",
        "scores": ["ucell"],
    },
    "report": {"pages": "all", "at_most": 0},
    "storage": [],
    "strict": False,
    "block_size": 200,
    "seed": 1,
}


@pytest.fixture(scope="module")
def generator(repository: Path) -> ModuleType:
    path = repository / "scripts" / "generate_config.py"
    spec = importlib.util.spec_from_file_location("generate_config", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _file(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _faults(source: Path | dict[str, Any]) -> dict[str, Fault]:
    with pytest.raises(ConfigError) as caught:
        load_config(source)
    return {fault.column: fault for fault in caught.value.faults}


def test_defaults() -> None:
    assert load_config({}).model_dump(mode="json") == DEFAULTS


def test_scales_and_methods_are_those_that_exist() -> None:
    assert get_args(Scale) == SCALES == options.SCALES
    assert get_args(Method) == options.METHODS
    assert get_args(Pages) == options.PAGES
    assert set(options.METHODS) == set(METHODS)
    for scale in SCALES:
        assert load_config({"harmonise": {"scale": scale}}).harmonise.scale == scale
    assert load_config({"score": {"methods": ["zscore"]}}).score.methods == ("zscore",)


def test_values_replace_defaults_key_by_key(tmp_path: Path) -> None:
    text = "samples: s.tsv\nenrich:\n  contrasts: [A vs B]\n  seed: 1\n".replace("  seed: 1\n", "")
    config = load_config(_file(tmp_path, text + "predict: {disease: LAML, tissue: bone marrow}\n"))
    assert config.samples == "s.tsv"
    assert config.enrich.contrasts == ("A vs B",)
    assert config.enrich.permutations == 1000
    assert config.predict.disease == "LAML"


@pytest.mark.parametrize("given", ["true", "True", True])
def test_a_switch_may_come_from_the_command_line_of_snakemake(given: Any) -> None:
    assert load_config({"strict": given}).strict is True
    assert load_config({"strict": "false"}).strict is False
    assert list(_faults({"strict": "maybe"})) == ["strict"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}\n", "\ufeffseed: 1\n"])
def test_an_empty_file_is_the_default(tmp_path: Path, text: str) -> None:
    assert load_config(_file(tmp_path, text)) == RunConfig()


def test_a_configuration_is_frozen() -> None:
    config = load_config({})
    with pytest.raises(ValidationError):
        config.seed = 2
    with pytest.raises(ValidationError):
        config.score.universe = "all"


def test_all_faults_come_at_once_with_line_and_dotted_key(tmp_path: Path) -> None:
    text = (
        "sampels: s.tsv\n"  # 1
        "seed: true\n"  # 2
        "score:\n"  # 3
        "  methods: [singscore, no_such_method]\n"  # 4
        "  univers: all\n"  # 5
        "harmonise:\n"  # 6
        "enrich:\n"  # 7
        "  contrasts: [A versus B]\n"  # 8
        "  permutations: 1e3\n"  # 9
        "predict:\n"  # 10
        "  disease: AMLL\n"  # 11
        "block_size: 0\n"  # 12
        "results: 5\n"  # 13
        "3: x\n"  # 14
    )
    faults = _faults(_file(tmp_path, text))
    assert {key: fault.row for key, fault in faults.items()} == {
        "sampels": 1,
        "seed": 2,
        "score.methods.1": 4,
        "score.univers": 5,
        "harmonise": 6,
        "enrich.contrasts.0": 8,
        "enrich.permutations": 9,
        "predict.disease": 11,
        "block_size": 12,
        "results": 13,
        "3": 14,
    }
    assert "did you mean 'samples'" in faults["sampels"].message
    assert "did you mean 'universe'" in faults["score.univers"].message
    assert "'no_such_method'" in faults["score.methods.1"].message
    assert "empty" in faults["harmonise"].message
    assert "'AML'" in faults["predict.disease"].message


def test_faults_of_a_mapping_have_no_line() -> None:
    faults = _faults({"seed": -1, "enrich": {"min_size": 10, "max_size": 5}, "predict": {"x": 1}})
    assert {key: fault.row for key, fault in faults.items()} == {
        "seed": 0,
        "enrich": 0,
        "predict.x": 0,
    }
    assert "min_size (10)" in faults["enrich"].message


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ("seed: 1\nscore: [a\n", 3, "not YAML"),
        ("seed: 1\n\tscore: 2\n", 2, "not YAML"),
        ("- a\n- b\n", 1, "mapping"),
        ("just words\n", 1, "mapping"),
        ("seed: !!python/object/apply:os.system ['true']\n", 1, "not YAML"),
        ("seed: 1\nseed: 2\n", 2, "row 1"),
        ("score:\n  universe: all\n  universe: coding\n", 3, "row 2"),
        ("seed: \x07\n", 0, "not YAML"),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, text: str, row: int, said: str) -> None:
    (fault,) = _faults(_file(tmp_path, text)).values()
    assert fault.row == row
    assert said in fault.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (fault,) = _faults(tmp_path / "none.yaml").values()
    assert "No such file" in fault.message
    (tmp_path / "latin.yaml").write_bytes(b"results: \xe9\n")
    (fault,) = _faults(tmp_path / "latin.yaml").values()
    assert "UTF-8" in fault.message


def test_default_yaml_round_trips(tmp_path: Path) -> None:
    text = default_yaml()
    first = "# yaml-language-server: $schema=../workflow/schemas/config.schema.json"
    assert text.splitlines()[0] == first
    assert yaml.safe_load(text) == DEFAULTS
    assert load_config(_file(tmp_path, text)) == RunConfig()


@pytest.mark.parametrize(
    "value", ["yes", "null", "12", "a: b", "x # y", "[", "é/ü.tsv", "1e3", " "]
)
def test_default_yaml_quotes_what_yaml_would_misread(value: str) -> None:
    assert yaml.safe_load(default_yaml({"samples": value}))["samples"] == value


def _keys(model: type[BaseModel]) -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        nested = isinstance(inner, type) and issubclass(inner, BaseModel)
        found += [name, *(_keys(inner) if nested else [])]
    return found


def test_every_key_is_described_and_longer_than_a_letter(repository: Path) -> None:
    readme = (repository / "config" / "README.md").read_text(encoding="utf-8")
    keys = _keys(RunConfig)
    # snakemake refuses one-letter keys on its command line
    assert [key for key in keys if len(key) < 2] == []
    assert [key for key in keys if f"`{key}`" not in readme] == []
    lines = default_yaml().splitlines()
    for key in keys:
        (at,) = [i for i, line in enumerate(lines) if line.strip().startswith(f"{key}:")]
        assert lines[at - 1].strip().startswith("# ")


def test_committed_files_are_the_generated_ones(repository: Path, generator: ModuleType) -> None:
    stale = [
        name
        for name, text in generator.generated().items()
        if (repository / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run: python scripts/generate_config.py"


def test_the_committed_configuration_works_as_it_stands(repository: Path) -> None:
    config = load_config(repository / "config" / "config.yaml")
    assert config.samples == "config/samples.tsv"
    assert config.model_copy(update={"samples": RunConfig().samples}) == RunConfig()
    sheet = repository / config.samples
    if not sheet.is_file():
        pytest.skip("config/samples.tsv follows from the demo sheet, which is not there")
    demo = read_sheet(repository / RunConfig().samples)
    first = read_sheet(sheet)
    assert first.samples == demo.samples
    assert first.matrices == tuple(f"demo/{name}" for name in demo.matrices)


def test_the_sheet_of_the_demo_seen_from_above(generator: ModuleType) -> None:
    demo = "# note\nsample\tmatrix\tgroup\na\tcounts.tsv.gz\tx\n\nb\tcounts.tsv.gz\t\n"
    assert generator.first_sheet(demo) == (
        "# note\nsample\tmatrix\tgroup\na\tdemo/counts.tsv.gz\tx\n\nb\tdemo/counts.tsv.gz\t\n"
    )


def test_schema_has_no_references_and_names_its_dialect() -> None:
    text = canonical_json(config_schema())
    assert "$ref" not in text
    assert config_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(text) == config_schema()


def test_snakemake_validates_and_fills_in_nested_defaults(repository: Path) -> None:
    validate = pytest.importorskip("snakemake.utils", reason="needs the extra `workflow`").validate
    schema = str(repository / "workflow" / "schemas" / "config.schema.json")
    empty: dict[str, Any] = {}
    validate(empty, schema)
    assert empty == DEFAULTS
    partial: dict[str, Any] = {"enrich": {"permutations": 10}, "score": {}}
    validate(partial, schema)
    enrich = DEFAULTS["enrich"] | {"permutations": 10}
    assert partial == DEFAULTS | {"enrich": enrich}
    assert load_config(partial).enrich.permutations == 10
    for wrong in (
        {"sampels": "x"},
        {"score": {"methods": ["no_such_method"]}},
        {"enrich": {"min_size": 0}},
    ):
        with pytest.raises(Exception, match="Error validating config file"):
            validate(wrong, schema)
