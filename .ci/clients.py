"""What the official client does with this server: answers whole and in pieces, options, and each class of error."""

import json
import math
import sys

import openai

NAME = "smollm2-135m"
client = openai.OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0, timeout=60)
FRANCE = [{"role": "user", "content": "What is the capital of France?"}]


def chat(messages=FRANCE, **options):
    return client.chat.completions.create(model=NAME, messages=messages, **options)


def refused(kind, says, call):
    try:
        call()
    except kind as error:
        assert says in str(error), f"`{says}` expected in `{error}`"
        return error
    raise AssertionError(f"{kind.__name__} expected")


def models():
    assert [model.id for model in client.models.list()] == [NAME]
    assert client.models.retrieve(NAME).owned_by == "kinglet"


def answers():
    whole = chat(temperature=0, max_tokens=20)
    choice = whole.choices[0]
    assert choice.message.content.strip(), choice
    assert choice.finish_reason in ("stop", "length")
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
    stream = list(chat(temperature=0, max_tokens=20, stream=True, stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
    assert text == choice.message.content, "streamed and whole are the same"
    counts = [(u.prompt_tokens, u.completion_tokens, u.total_tokens) for u in (stream[-1].usage, whole.usage)]
    assert counts[0] == counts[1] and stream[0].choices[0].delta.role == "assistant", counts
    # what was read before is not read again
    assert stream[-1].usage.prompt_tokens_details.cached_tokens > 0, stream[-1].usage
    print(f"chat: `{text}`, {whole.usage.completion_tokens} tokens")


def options():
    assert chat(temperature=0, max_tokens=5).choices[0].finish_reason == "length"
    plain = chat(temperature=0, max_tokens=40).choices[0].message.content
    stop = plain[len(plain) // 2 :][:6]
    stopped = chat(temperature=0, max_tokens=40, stop=[stop, "never"]).choices[0]
    assert stopped.message.content == plain[: plain.index(stop)] and stopped.finish_reason == "stop"
    once, twice, other = (chat(seed=seed, temperature=1, max_tokens=24).choices[0].message.content for seed in (5, 5, 6))
    assert once == twice != other, "a seed decides"
    two = chat(n=2, seed=5, temperature=1, max_tokens=24)
    assert [c.index for c in two.choices] == [0, 1]
    assert two.choices[0].message.content == once and two.choices[1].message.content == other
    streamed = ["", ""]
    for chunk in chat(n=2, seed=5, temperature=1, max_tokens=24, stream=True):
        for part in chunk.choices:
            streamed[part.index] += part.delta.content or ""
    assert streamed == [once, other]
    biased = chat(temperature=0, max_tokens=3, logit_bias={"28": 100}).choices[0].message.content
    assert biased == biased[0] * 3, biased


def probabilities():
    logprobs = chat(temperature=0, max_tokens=6, logprobs=True, top_logprobs=3).choices[0].logprobs.content
    assert len(logprobs) == 6
    for token in logprobs:
        assert token.token == token.top_logprobs[0].token and token.logprob <= 0, "greedy takes the likeliest"
        assert sum(math.exp(top.logprob) for top in token.top_logprobs) <= 1.001 and len(token.top_logprobs) == 3
    pieces = [c.choices[0] for c in chat(temperature=0, max_tokens=6, logprobs=True, top_logprobs=3, stream=True)]
    assert [t for p in pieces if p.logprobs for t in p.logprobs.content] == logprobs
    echo = client.completions.create(model=NAME, prompt="The sky is blue", echo=True, logprobs=1, max_tokens=0)
    read = echo.choices[0].logprobs
    assert "".join(read.tokens) == echo.choices[0].text == "The sky is blue", read
    assert read.token_logprobs[0] is None and all(p < 0 for p in read.token_logprobs[1:])
    plain = client.completions.create(model=NAME, prompt=["One, two,", "A, B,"], temperature=0)
    assert len(plain.choices) == 2 and plain.usage.completion_tokens == 32, plain
    text = "".join(c.choices[0].text for c in client.completions.create(model=NAME, prompt="One, two,", temperature=0, stream=True))
    assert text == plain.choices[0].text


def embeddings():
    vectors = [d.embedding for d in client.embeddings.create(model=NAME, input=["a cat", "a kitten", "tax law"]).data]
    near, far = (sum(a * b for a, b in zip(vectors[0], other)) for other in vectors[1:])
    assert math.isclose(math.hypot(*vectors[0]), 1, rel_tol=1e-3) and near > far, (near, far)


def errors():
    refused(openai.NotFoundError, "no `gpt-5` here", lambda: client.chat.completions.create(model="gpt-5", messages=FRANCE))
    error = refused(openai.BadRequestError, "temperature", lambda: chat(temperature=3))
    assert error.param == "temperature" and error.type == "invalid_request_error", error
    long = [{"role": "user", "content": "word " * 9000}]
    for stream in (False, True):
        error = refused(openai.BadRequestError, "the prompt alone takes", lambda: chat(long, stream=stream))
        assert error.code == "context_length_exceeded"
    print(f"over the context: {error.message}")
    refused(openai.BadRequestError, "messages", lambda: chat([]))
    deep = {"type": "object", "properties": {"a": {"type": "array", "contains": {}}}}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": deep}}
    refused(openai.BadRequestError, "#/properties/a/contains", lambda: chat(response_format=form))


def forms():
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "people": {"type": "integer"}}, "required": ["city", "people"], "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": schema}}
    told = json.loads(chat(temperature=0, max_tokens=64, response_format=form).choices[0].message.content)
    assert isinstance(told["city"], str) and isinstance(told["people"], int), told
    tools = [{"type": "function", "function": {"name": "capital", "parameters": schema}}, {"type": "function", "function": {"name": "now", "parameters": {}}}]
    for choice, reason in (("required", "tool_calls"), ({"type": "function", "function": {"name": "capital"}}, "stop")):
        whole = chat(temperature=0, max_tokens=96, tools=tools, tool_choice=choice, parallel_tool_calls=False).choices[0]
        assert whole.finish_reason == reason and len(whole.message.tool_calls) == 1, whole
        json.loads(whole.message.tool_calls[0].function.arguments)
        pieces = ""
        for chunk in chat(temperature=0, max_tokens=96, tools=tools, tool_choice=choice, parallel_tool_calls=False, stream=True):
            for call in chunk.choices[0].delta.tool_calls or []:
                pieces += call.function.arguments or ""
        assert pieces == whole.message.tool_calls[0].function.arguments, "streamed and whole are the same"
    assert chat(temperature=0, max_tokens=24, tools=tools, tool_choice="none").choices[0].message.tool_calls is None


for check in (models, answers, options, probabilities, embeddings, errors, forms):
    check()
    print(f"{check.__name__}: ok")
