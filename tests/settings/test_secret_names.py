"""Names of secrets, and names of limits and counts with the same words."""

import pytest

from fellowship.settings.secret_names import is_secret, may_be_secret

SECRETS = """
API_KEY TOKEN HF_TOKEN PASSWORD SECRET SECRETS CREDENTIALS OPENAI_API_KEY AWS_SECRET_ACCESS_KEY DB_PASSWORD myApiKey
MYAPIKEY API_KEYS CLIENT_SECRETS BEARER AUTHORIZATION SLACK_TOKEN_2 API_KEY_STAGING PRIVATE_KEY BASIC_AUTH MAX_API_KEY
MAX_HF_TOKEN API_KEY_MAX MIN_IO_SECRET_KEY RATE_LIMIT_API_KEY TOKEN_LIMIT_API_KEY COUNT_TOKEN N_SECRET
BUDGET_APP_TOKEN PRICE_API_KEY TIMEOUT_API_TOKEN COUNTLY_APP_KEY MAX_DB_PASSWORD SECRET_NUMBER SLACK_TOKEN_MAX
"""
QUANTITIES = """
TOKEN_LIMIT MAX_TOKENS MAX_TOKEN TOKENS_PER_MINUTE TOKEN_PER_MINUTE TOKEN_COUNT TOKEN_BUDGET_USD N_TOKENS NUM_API_KEYS
API_KEY_COUNT API_KEYS_LIMIT MIN_PASSWORD_LENGTH PASSWORD_LENGTH MAX_AUTH_ATTEMPTS AUTH_TIMEOUT_S tokenLimit maxTokens
max-tokens max_new_token OPENAI_MAX_TOKENS TOKEN_LIMIT_GPT4 TOKEN_LIMIT_PER_REQUEST TOKEN_MAX KEY_SIZE SECRET_COUNT
NUMBER_OF_TOKENS TOTAL_TOKENS TOKEN_QUOTA TOKEN_PRICE_USD MAX_CREDENTIALS TOKEN_CAP API_KEYS_MAX RATE_LIMIT_TOKENS
"""


@pytest.mark.parametrize("name", SECRETS.split())
def test_keys_tokens_and_passwords_are_secrets(name: str) -> None:
    assert (is_secret(name), may_be_secret(name)) == (True, True)


@pytest.mark.parametrize("name", QUANTITIES.split())
def test_limits_and_counts_are_no_secrets(name: str) -> None:
    assert (is_secret(name), may_be_secret(name)) == (False, False)


@pytest.mark.parametrize("name", ["STYLE", "MONKEY", "AUTHOR", "TOKENIZERS_PARALLELISM", "KEYBOARD"])
def test_a_word_that_only_begins_like_one_of_a_secret_is_none(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize("name", ["subscription-key", "accesskeyid", "X-Access-Token", "openaikey"])
def test_in_a_file_or_an_address_a_part_of_a_word_is_enough(name: str) -> None:
    assert may_be_secret(name)
