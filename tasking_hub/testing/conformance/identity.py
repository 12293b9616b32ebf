"""What an adapter says of itself before anybody has asked it for anything."""
# ruff: noqa: S101 - tests, for others to inherit

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest

from tasking_hub.testing import rules
from tasking_hub.testing.conformance.stages import Stages, Walked, problems_of
from tasking_hub.testing.stage import Stage, read_accounts, secrets_of


class IdentityContract(Stages):
    """Name, capabilities, options, settings and account."""

    def test_it_has_one_name(self) -> None:
        """Adapter, settings and sandbox go by the same name, which can stand in addresses and variables."""
        kind = self.provider_type

        assert rules.NAME.fullmatch(kind.name)
        assert (kind.settings_type.provider, kind.sandbox().name) == (kind.name, kind.name)

    def test_its_capabilities_can_be_relied_on(self) -> None:
        """Kinds of image, areas, requirements and products are named in the words of a request."""
        assert list(rules.capabilities_problems(self.provider_type.capabilities)) == []

    def test_its_options_all_have_defaults(self) -> None:
        """A buyer who sets nothing needs to know nothing; options are frozen values."""
        kind: type[Any] = self.provider_type.options_type

        assert kind() == kind()
        for name in attrs.fields_dict(kind):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(kind(), name, None)

    def test_its_sandbox_offers_accounts(self, stage: Stage) -> None:
        """Every account of the sandbox is a valid configuration of this adapter, and leads nowhere else."""
        accounts = read_accounts(self.provider_type, self.tables(stage.sandbox, "http://127.0.0.1:1/x")).values()
        urls = [url for settings in accounts for url in self.provider_type.route(settings).urls]

        assert {type(settings) for settings in accounts} == {self.provider_type.settings_type}
        assert {urlsplit(url).netloc for url in urls} == {"127.0.0.1:1"}

    def test_its_settings_hide_their_secrets(self, stage: Stage) -> None:
        """No credential shows in a repr, in text, in a dictionary made of the settings, or in the route."""
        settings, secrets = stage.settings, secrets_of(stage.settings)
        shown = f"{settings!r} {settings} {attrs.asdict(settings)} {self.provider_type.route(settings)!r}"

        assert secrets, "the sandbox's account has no Secret"
        assert [name for name, secret in secrets.items() if secret in shown] == []

    def test_it_tells_what_the_contracts_allow(self, walked: Walked) -> None:
        """The status names the account and at least one contract that can be saved."""
        status = walked.journey.status

        assert status is not None
        assert (status.account, status.provider) == (walked.stage.account, self.provider_type.name)
        assert status.contracts
        assert problems_of((contract.id, rules.contract_problems(contract)) for contract in status.contracts) == []
