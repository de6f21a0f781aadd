"""The setting of a text account is read without guessing, and a signature proves who called and what was said."""

from __future__ import annotations

import pytest

from scheduler.domain.text_account import TextAccount, signature, signer

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": ["CA1234567890ABCDE"],
    "Caller": ["+14158675309"],
    "Digits": ["1234"],
    "From": ["+14158675309"],
    "To": ["+18005551212"],
}
"""The worked example of the company's own security page."""

ACCOUNT = TextAccount("texts.example.com", "https://texts.example.com", "AC1", TOKEN, "+19155550100")


class TestSetting:
    """What may be written in SMS_URL."""

    def test_an_account_is_read_whole(self) -> None:
        account = TextAccount.parse("https://AC12:s%40cret@api.twilio.com/?from=+19155550100")
        assert account == TextAccount(
            "api.twilio.com", "https://api.twilio.com", "AC12", "s@cret", "+19155550100"
        )
        assert account.messages_url == "https://api.twilio.com/2010-04-01/Accounts/AC12/Messages.json"
        assert account.sender_field == "From"

    def test_a_pool_of_numbers_a_port_and_a_path_are_kept(self) -> None:
        account = TextAccount.parse("http://AC12:x@127.0.0.1:8099/twilio/?from=MG0123456789abcdef")
        assert account.provider == "127.0.0.1:8099"
        assert account.origin == "http://127.0.0.1:8099/twilio"
        assert account.sender_field == "MessagingServiceSid"

    def test_only_a_promise_makes_repeats_safe(self) -> None:
        assert TextAccount.parse("https://AC1:x@h/?from=+19155550100&repeats=safe").is_idempotent
        assert not TextAccount.parse("https://AC1:x@h/?from=+19155550100").is_idempotent

    def test_an_escaped_plus_means_the_same(self) -> None:
        assert TextAccount.parse("https://AC1:x@h/?from=%2B19155550100").sender == "+19155550100"

    @pytest.mark.parametrize(
        "url",
        [
            "https://api.twilio.com/?from=+19155550100",
            "https://AC1@api.twilio.com/?from=+19155550100",
            "https://AC1:x@api.twilio.com/",
            "https://AC1:x@api.twilio.com/?from=clinic",
            "ftp://AC1:x@api.twilio.com/?from=+19155550100",
            "https://",
        ],
    )
    def test_what_is_missing_is_refused_and_no_secret_shown(self, url: str) -> None:
        with pytest.raises(ValueError, match="a text account") as refusal:
            TextAccount.parse(url)
        assert "x@" not in str(refusal.value)

    def test_its_printed_form_hides_the_token(self) -> None:
        assert TOKEN not in repr(ACCOUNT)


class TestSignature:
    """Who said it, and that nothing was changed on the way."""

    def test_the_published_example_comes_out_as_published(self) -> None:
        assert signature(TOKEN, URL, FORM) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="

    def test_the_signer_is_found_among_several(self) -> None:
        other = TextAccount("other.example.com", "https://other.example.com", "AC2", "67890", "+19155550101")
        given = signature("67890", URL, FORM)
        assert signer([ACCOUNT, other], given, URL, FORM) == other

    def test_the_usual_port_may_be_spelled_out(self) -> None:
        given = signature(TOKEN, "https://mycompany.com:443/sms", FORM)
        assert signer([ACCOUNT], given, "https://mycompany.com/sms", FORM) == ACCOUNT

    @pytest.mark.parametrize("given", ["", "x", "RSOYDt4T1cUTdK1PDd93/VVr8B9=", "ñ"])
    def test_a_wrong_signature_names_nobody(self, given: str) -> None:
        assert signer([ACCOUNT], given, URL, FORM) is None

    def test_a_changed_field_a_field_more_and_another_address_are_noticed(self) -> None:
        given = signature(TOKEN, URL, FORM)
        assert signer([ACCOUNT], given, URL, {**FORM, "Digits": ["1235"]}) is None
        assert signer([ACCOUNT], given, URL, {**FORM, "More": [""]}) is None
        assert signer([ACCOUNT], given, URL + "&x=1", FORM) is None

    def test_without_an_account_nothing_is_believed(self) -> None:
        assert signer([], signature(TOKEN, URL, FORM), URL, FORM) is None
