"""What the protocol's own client does with the tools of a ledger: over pipes and over HTTP, right and wrong."""

import asyncio
import json
import sys

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

WORDS = {"words": ["pear", "fig", "apple"]}
SORTED = {"result": ["apple", "fig", "pear"]}


async def refused(call, says):
    try:
        await call
    except MCPError as error:
        assert error.code == -32602 and says in error.message, error
        return
    raise AssertionError(f"`{says}` expected")


async def tools(server, mode):
    async with Client(server, mode=mode) as client:
        assert client.server_info.name == "kinglet" and client.server_capabilities.tools is not None
        [tool] = (await client.list_tools()).tools
        assert tool.name == "sort_words" and tool.input_schema["required"] == ["words"], tool
        assert tool.annotations.read_only_hint and tool.annotations.idempotent_hint and not tool.annotations.open_world_hint
        pin = tool.meta["kinglet/id"]
        for name, meta in (("sort_words", None), (f"sort_words@{pin[:12]}", None), ("sort_words", {"kinglet/id": pin})):
            found = await client.call_tool(name, WORDS, meta=meta)
            # the client itself holds the result against the schema
            assert not found.is_error and found.structured_content == SORTED, found
            assert json.loads(found.content[0].text) == SORTED
            assert found.meta["kinglet/agreed"] is True, found.meta
        for wrong in ({"words": "pear"}, {}, {**WORDS, "order": "down"}):
            found = await client.call_tool("sort_words", wrong)
            assert found.is_error and "arguments" in found.content[0].text, found
        await refused(client.call_tool("nothing", {}), "unknown tool `nothing`; there is `sort_words`")
        await refused(client.call_tool("sort_words@0123456789ab", WORDS), "not the pinned one any more")
        await refused(client.call_tool("sort_words", WORDS, meta={"kinglet/id": "0" * 64}), "not the pinned one any more")
        many = await asyncio.gather(*(client.call_tool("sort_words", {"words": [f"w{n}", "a"]}) for n in range(50)))
        assert [one.structured_content["result"] for one in many] == [["a", f"w{n}"] for n in range(50)]
        assert not many[0].meta["kinglet/agreed"], "no request has words with digits, so its second program cannot be asked"
        return client.protocol_version


async def pipes(mode):
    return await tools(StdioServerParameters(command=program, args=["--config", config, "tools", "mcp"]), mode)


async def http(mode):
    async with create_mcp_http_client(headers={"Authorization": f"Bearer {key}"}) as keyed:
        return await tools(streamable_http_client(url, http_client=keyed), mode)


async def doors():
    async with create_mcp_http_client() as client:
        assert (await client.post(url, json={})).status_code == 401, "nothing without a key"
        head = {"Authorization": f"Bearer {key}", "Origin": "https://evil.example"}
        assert (await client.post(url, json={}, headers=head)).status_code == 403, "nothing for a foreign page"


program, config, url, key = sys.argv[1:]
for name, check in (("pipes", pipes), ("http", http)):
    for mode in ("legacy", "auto"):
        print(f"mcp over {name}: ok, protocol {asyncio.run(asyncio.wait_for(check(mode), 120))}")
asyncio.run(doors())
