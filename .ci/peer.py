"""What a client sees behind each door, and what the ledger says, when the large tier is llama.cpp's server."""

import json
import sys
import urllib.request

HOST = sys.argv[1].removesuffix("/v1")
# longer than the small model's context here, shorter than the large one's
LONG = "The capital of France is Paris. " * 60 + "What is the capital of France?"
SHORT = "What is the capital of France?"
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}, "river": {"enum": ["Seine", "Thames"]}},
    "required": ["city", "river"],
    "additionalProperties": False,
}
CAPITAL = {"name": "capital", "description": "Tells of a capital."}
# an earlier call, which small models follow: a demand alone does not keep them from talking on
BEFORE = ("What is the capital of Great Britain?", {"city": "London", "river": "Thames"}, "known")
n_asked = 0


class Answer:
    """One answer: its pieces as JSON, what its head says, and its line in the ledger."""

    def __init__(self, path, body):
        global n_asked
        n_asked += 1
        self.id = f"peer-{n_asked}"
        request = urllib.request.Request(HOST + path, json.dumps(body).encode(), {"x-request-id": self.id})
        with urllib.request.urlopen(request, timeout=600) as response:
            self.head, text = response.headers, response.read().decode()
        kind = self.head["content-type"]
        if kind.startswith("text/event-stream"):
            data = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
            self.pieces = [json.loads(piece) for piece in data if piece != "[DONE]"]
        else:
            self.pieces = [json.loads(line) for line in text.splitlines() if line]
        asked = urllib.request.Request(f"{HOST}/admin/v1/traces/{self.id}", headers={"authorization": "Bearer boss"})
        with urllib.request.urlopen(asked, timeout=60) as response:
            self.trace = json.load(response)["trace"]

    def came_from(self, tier, tried):
        trace = self.trace
        told = [(attempt["tier"], attempt["outcome"]) for attempt in trace["attempts"]]
        assert (self.head["x-kinglet-tier"], trace["tier"], told) == (tier, tier, tried), (self.head.items(), trace)
        assert trace["status"] == 200 and trace["error"] is None, trace
        assert trace["tokens"]["input"] > 0 and trace["tokens"]["output"] > 0 and trace["total_us"] > 0, trace
        if tier == "large":
            assert (trace["provider"], trace["model"]) == ("peer", "large"), trace
            assert self.head["x-kinglet-model"] == "peer/large", self.head.items()
            # micro-USD
            assert trace["cost"] == trace["tokens"]["input"] + 4 * trace["tokens"]["output"], trace
        return self


def openai(model, text, stream=False, schema=None, tool=False):
    """Text, arguments of a call, why it ended, and tokens in and out."""
    body = {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": 60, "temperature": 0, "stream": stream}
    if schema:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "c", "schema": schema, "strict": True}}
    if tool:
        question, arguments, result = BEFORE
        call = {"id": "c1", "type": "function", "function": {"name": "capital", "arguments": json.dumps(arguments)}}
        body["messages"][:0] = [
            {"role": "user", "content": question},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": result},
        ]
        body |= {"tools": [{"type": "function", "function": {**CAPITAL, "parameters": SCHEMA}}], "tool_choice": "required"}
    if stream:
        body["stream_options"] = {"include_usage": True}
    answer = Answer("/v1/chat/completions", body)
    choices = [choice for piece in answer.pieces for choice in piece["choices"]]
    said = [choice.get("message") or choice["delta"] for choice in choices]
    calls = [call["function"] for piece in said for call in piece.get("tool_calls") or []]
    usage = answer.pieces[-1]["usage"]
    return (
        answer,
        "".join(piece.get("content") or "" for piece in said),
        "".join(call.get("arguments") or "" for call in calls) if calls else None,
        choices[-1]["finish_reason"],
        (usage["prompt_tokens"], usage["completion_tokens"]),
    )


def anthropic(model, text, stream=False, schema=None, tool=False):
    body = {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": 60, "temperature": 0, "stream": stream}
    if schema:
        body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    if tool:
        question, arguments, result = BEFORE
        call = {"type": "tool_use", "id": "c1", "name": "capital", "input": arguments}
        result = {"type": "tool_result", "tool_use_id": "c1", "content": result}
        body["messages"] = [
            {"role": "user", "content": question},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result, {"type": "text", "text": text}]},
        ]
        body |= {"tools": [{**CAPITAL, "input_schema": SCHEMA}], "tool_choice": {"type": "any"}}
    answer = Answer("/v1/messages", body)
    if not stream:
        [whole] = answer.pieces
        calls = [json.dumps(block["input"]) for block in whole["content"] if block["type"] == "tool_use"]
        said = "".join(block.get("text", "") for block in whole["content"])
        usage, reason = whole["usage"], whole["stop_reason"]
    else:
        deltas = [piece["delta"] for piece in answer.pieces if piece["type"] == "content_block_delta"]
        calls = ["".join(delta["partial_json"] for delta in deltas if delta["type"] == "input_json_delta")]
        said = "".join(delta.get("text", "") for delta in deltas)
        [end] = [piece for piece in answer.pieces if piece["type"] == "message_delta"]
        usage, reason = end["usage"], end["delta"]["stop_reason"]
    n_read = usage["input_tokens"] + (usage.get("cache_read_input_tokens") or 0)
    reason = {"end_turn": "stop", "max_tokens": "length", "tool_use": "tool_calls"}[reason]
    return answer, said, calls[0] if calls and calls[0] else None, reason, (n_read, usage["output_tokens"])


def ollama(model, text, stream=False, schema=None, tool=False):
    body = {"model": model, "messages": [{"role": "user", "content": text}], "stream": stream}
    body["options"] = {"temperature": 0, "num_predict": 60}
    if schema:
        body["format"] = schema
    if tool:
        question, arguments, result = BEFORE
        body["messages"][:0] = [
            {"role": "user", "content": question},
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "capital", "arguments": arguments}}]},
            {"role": "tool", "tool_name": "capital", "content": result},
        ]
        # this API cannot demand a call
        body["tools"] = [{"type": "function", "function": {**CAPITAL, "parameters": SCHEMA}}]
    answer = Answer("/api/chat", body)
    calls = [call for piece in answer.pieces for call in piece["message"].get("tool_calls") or []]
    said = "".join(piece["message"]["content"] for piece in answer.pieces)
    end = answer.pieces[-1]
    assert end["done"], end
    arguments = json.dumps(calls[0]["function"]["arguments"]) if calls else None
    # nor has it a word of its own for them
    reason = "tool_calls" if calls else end["done_reason"]
    return answer, said, arguments, reason, (end["prompt_eval_count"], end["eval_count"])


def fits(text):
    found = json.loads(text)
    assert set(found) == {"city", "river"} and found["river"] in ("Seine", "Thames") and len(found["city"]) <= 20, text


for door in (openai, anthropic, ollama):
    large = [("large", "answered")]
    for stream in (False, True):
        answer, said, call, reason, used = door("peer/large", SHORT, stream)
        answer.came_from("large", large)
        assert said.strip() and call is None and reason in ("stop", "length"), (said, call, reason)
        assert used == (answer.trace["tokens"]["input"], answer.trace["tokens"]["output"]), (used, answer.trace)
        assert len(answer.pieces) > 2 or not stream, answer.pieces

        answer, said, *_ = door("peer/large", SHORT, stream, schema=SCHEMA)
        answer.came_from("large", large)
        fits(said)

        answer, said, call, reason, _ = door("peer/large", SHORT, stream, tool=True)
        answer.came_from("large", large)
        assert call and reason == "tool_calls", (said, reason, answer.pieces)
        fits(call)

        answer, said, *_ = door("auto", SHORT, stream)
        answer.came_from("small", [("small", "answered")])
        assert said.strip() and answer.trace["model"] == "smollm2-135m", answer.trace
        # the small one refuses: its context is too short for it
        answer, said, _, _, (n_read, _) = door("auto", LONG, stream)
        answer.came_from("large", [("small", "context_length"), *large])
        assert said.strip() and n_read > 256, (said, n_read)
    print(f"{door.__name__}: ok")
