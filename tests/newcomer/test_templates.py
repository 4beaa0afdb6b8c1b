"""What `casestudies template` writes is where a newcomer begins: it has to be right as it is."""

from __future__ import annotations

import pytest

from casestudies import cli
from casestudies.errors import ExitCode
from casestudies.runs import studies


@pytest.mark.parametrize("study", studies())
def test_the_template_of_every_study_is_checked_without_an_error(study, tmp_path, capsys):
    assert cli.main(["template", study, "--out", str(tmp_path)]) == ExitCode.DONE
    capsys.readouterr()
    assert cli.main(["check", study, "--config", str(tmp_path / f"{study}.yaml")]) == ExitCode.DONE
    said = capsys.readouterr()
    assert not said.err
    assert "0 errors" in said.out
