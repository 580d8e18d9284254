"""Azure OpenAI: the requests of OpenAI, with a key header of its own and, for older APIs, the path of a deployment."""

from fellowship.providers.dialects.openai import OpenAIDialect

azure_dialect = OpenAIDialect(key_header="api-key")
