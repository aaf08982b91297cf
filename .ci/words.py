"""Asks a gateway to sort words, as the examples of a file do: whatever answers, the answer must be right."""

import json
import sys
import urllib.request

url, key, file = sys.argv[1:]
tiers = {}
examples = [json.loads(line) for line in open(file)]
for example in examples:
    if "target" not in example:
        continue
    body = {"model": "words", "messages": [{"role": "user", "content": example["input"]}]}
    head = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode(), head)) as reply:
        answer = json.load(reply)["choices"][0]["message"]["content"]
        tier = reply.headers["x-kinglet-tier"]
    assert answer == example["target"], (example, answer)
    tiers[tier] = tiers.get(tier, 0) + 1
print("answered:", ", ".join(f"{count} by {tier}" for tier, count in tiers.items()))
