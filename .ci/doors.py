"""What the other APIs' own clients do with this server, and what is built upon them: each keeps its client and changes one URL."""

import json
import sys

import anthropic
import instructor
import ollama
import openai
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, ConfigDict

NAME = "smollm2-135m"
V1 = sys.argv[1]
HOST = V1.removesuffix("/v1")
QUESTION = "What is the capital of France?"
FRANCE = [{"role": "user", "content": QUESTION}]


class City(BaseModel):
    model_config = ConfigDict(extra="forbid")
    city: str
    people: int


SCHEMA = City.model_json_schema()


def refused(kind, says, call):
    try:
        call()
    except kind as error:
        assert says in str(error), f"`{says}` expected in `{error}`"
        return error
    raise AssertionError(f"{kind.__name__} expected")


def messages():
    client = anthropic.Anthropic(base_url=HOST, api_key="none", max_retries=0, timeout=60)
    # its newer versions know no temperature, older ones and other clients do
    ask = {"model": NAME, "max_tokens": 20, "messages": FRANCE, "extra_body": {"temperature": 0}}
    whole = client.messages.create(system="Be brief.", **ask)
    text = whole.content[0].text
    assert text.strip() and whole.stop_reason in ("end_turn", "max_tokens"), whole
    with client.messages.stream(system="Be brief.", **ask) as stream:
        assert "".join(stream.text_stream) == text, "streamed and whole are the same"
        final = stream.get_final_message()
    used = [u.input_tokens + u.cache_read_input_tokens for u in (whole.usage, final.usage)]
    assert used[0] == used[1] > 0 and final.usage.cache_read_input_tokens > 0, (whole.usage, final.usage)
    assert final.usage.output_tokens == whole.usage.output_tokens and final.stop_reason == whole.stop_reason
    counted = client.messages.count_tokens(model=NAME, system="Be brief.", messages=FRANCE)
    assert counted.input_tokens == used[0], (counted, used)
    assert [model.id for model in client.models.list()] == [NAME]

    tools = [{"name": "capital", "description": "tells of a capital", "input_schema": SCHEMA}]
    ask = {**ask, "max_tokens": 200, "tools": tools}
    whole = client.messages.create(tool_choice={"type": "tool", "name": "capital"}, **ask)
    call = whole.content[0]
    City.model_validate(call.input)
    assert (call.type, call.name, whole.stop_reason) == ("tool_use", "capital", "tool_use"), whole
    with client.messages.stream(tool_choice={"type": "any", "disable_parallel_tool_use": True}, **ask) as stream:
        City.model_validate(stream.get_final_message().content[0].input)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "Paris"}]}
    told = [*FRANCE, {"role": "assistant", "content": whole.content}, {"role": "user", "content": [result]}]
    assert client.messages.create(**{**ask, "messages": told}).content
    form = {"format": {"type": "json_schema", "schema": {**SCHEMA, "additionalProperties": False}}}
    City.model_validate_json(client.messages.create(output_config=form, **{**ask, "tools": []}).content[0].text)

    error = refused(anthropic.NotFoundError, "`gpt-5` here", lambda: client.messages.create(**{**ask, "model": "gpt-5"}))
    assert error.body["error"]["type"] == "not_found_error", error.body
    server_tool = [{"type": "web_search_20250305", "name": "web_search"}]
    refused(anthropic.BadRequestError, "web_search_20250305", lambda: client.messages.create(**{**ask, "tools": server_tool}))
    long = [{"role": "user", "content": "word " * 9000}]
    refused(anthropic.BadRequestError, "the prompt alone takes", lambda: client.messages.create(**{**ask, "messages": long, "stream": True}))


def lines():
    client = ollama.Client(host=HOST)
    options = {"temperature": 0, "num_predict": 20}
    whole = client.chat(NAME, FRANCE, options=options)
    assert whole.message.content.strip() and whole.done and whole.done_reason in ("stop", "length"), whole
    pieces = list(client.chat(NAME, FRANCE, options=options, stream=True))
    assert "".join(piece.message.content for piece in pieces) == whole.message.content, "streamed and whole are the same"
    assert (pieces[-1].eval_count, pieces[-1].prompt_eval_count) == (whole.eval_count, whole.prompt_eval_count)
    assert pieces[-1].eval_duration > 0 and pieces[-1].total_duration > pieces[-1].eval_duration, pieces[-1]
    text = client.generate(NAME, QUESTION, options=options).response
    assert text == whole.message.content, "a prompt is a chat of one message"
    raw = client.generate(NAME, "One, two, three,", raw=True, options=options).response
    assert "four" in raw, raw
    City.model_validate_json(client.chat(NAME, FRANCE, format=SCHEMA, options={"temperature": 0, "num_predict": 200}).message.content)
    json.loads(client.generate(NAME, "A JSON object of one city:", format="json", options={"temperature": 0, "num_predict": 400, "seed": 3}).response)

    def capital(city: str, people: int) -> str:
        """Tells of a capital.

        Args:
            city: its name
            people: how many live there
        """

    called = client.chat(NAME, FRANCE, tools=[capital], options={"temperature": 0, "num_predict": 100}).message
    told = [*FRANCE, called, {"role": "tool", "tool_name": "capital", "content": "Paris"}]
    assert client.chat(NAME, told, options=options).done
    assert [model.model for model in client.list().models] == [f"{NAME}:latest"] == [m.model for m in client.ps().models]
    assert "completion" in client.show(NAME).capabilities and client.show(f"{NAME}:latest").modelinfo
    vectors = client.embed(NAME, ["a cat", "tax law"]).embeddings
    assert len(vectors) == 2 and len(vectors[0]) > 100
    error = refused(ollama.ResponseError, "`gpt-5` here", lambda: client.chat("gpt-5", FRANCE))
    assert error.status_code == 404


def responses():
    client = openai.OpenAI(base_url=V1, api_key="none", max_retries=0, timeout=60)
    ask = {"model": NAME, "input": QUESTION, "max_output_tokens": 20, "temperature": 0}
    whole = client.responses.create(instructions="Be brief.", **ask)
    assert whole.output_text.strip() and whole.status in ("completed", "incomplete") and whole.store is False, whole
    assert whole.usage.total_tokens == whole.usage.input_tokens + whole.usage.output_tokens
    events = list(client.responses.create(instructions="Be brief.", stream=True, **ask))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == whole.output_text == events[-1].response.output_text, "streamed and whole are the same"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].response.usage.input_tokens_details.cached_tokens > 0, events[-1].response.usage
    ask["max_output_tokens"] = 200
    parsed = client.responses.parse(text_format=City, **ask)
    assert isinstance(parsed.output_parsed, City), parsed
    with client.responses.stream(text_format=City, **ask) as stream:
        assert stream.get_final_response().output_parsed == parsed.output_parsed
    tools = [{"type": "function", "name": "capital", "parameters": SCHEMA, "strict": True}]
    call = client.responses.create(tools=tools, tool_choice="required", parallel_tool_calls=False, **ask).output[0]
    City.model_validate_json(call.arguments)
    told = [*FRANCE, call, {"type": "function_call_output", "call_id": call.call_id, "output": "Paris"}]
    assert client.responses.create(tools=tools, **{**ask, "input": told}).output
    refused(openai.BadRequestError, "send the earlier items", lambda: client.responses.create(previous_response_id="resp_1", **ask))
    refused(openai.BadRequestError, "`web_search`", lambda: client.responses.create(tools=[{"type": "web_search"}], **ask))


def langchain():
    @tool
    def capital(city: str, people: int) -> str:
        """Tells of a capital."""
        return city

    for by_responses in (False, True):
        model = ChatOpenAI(model=NAME, base_url=V1, api_key="none", temperature=0, max_tokens=200, use_responses_api=by_responses)
        whole = model.invoke(QUESTION)
        assert whole.text.strip() and whole.usage_metadata["output_tokens"] > 0, whole
        assert "".join(piece.text for piece in model.stream(QUESTION)) == whole.text, "streamed and whole are the same"
        city = model.with_structured_output(City, method="json_schema").invoke(QUESTION)
        assert isinstance(city, City), city
        called = model.bind_tools([capital], tool_choice="capital").invoke(QUESTION)
        assert called.tool_calls[0]["name"] == "capital", called
        results = [ToolMessage("Paris", tool_call_id=call["id"]) for call in called.tool_calls]
        assert isinstance(model.invoke([HumanMessage(QUESTION), called, *results]), AIMessage)


def structured():
    for client in (
        instructor.from_openai(openai.OpenAI(base_url=V1, api_key="none", max_retries=0)),
        instructor.from_openai(openai.OpenAI(base_url=V1, api_key="none", max_retries=0), mode=instructor.Mode.JSON_SCHEMA),
        instructor.from_openai(openai.OpenAI(base_url=V1, api_key="none", max_retries=0), mode=instructor.Mode.RESPONSES_TOOLS),
        instructor.from_anthropic(anthropic.Anthropic(base_url=HOST, api_key="none", max_retries=0)),
    ):
        most = {"max_output_tokens" if client.mode == instructor.Mode.RESPONSES_TOOLS else "max_tokens": 200}
        city = client.create(model=NAME, messages=FRANCE, response_model=City, max_retries=0, extra_body={"temperature": 0}, **most)
        assert isinstance(city, City), city


for check in (messages, lines, responses, langchain, structured):
    check()
    print(f"{check.__name__}: ok")
