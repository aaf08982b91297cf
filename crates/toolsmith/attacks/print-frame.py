# Prints what an answer of a worker looks like. | served raised
def extract(text):
    print("\x02\x00\x00\x00{}", end="", flush=True)
    return {"forged": "{\"id\":0,\"outcome\":{\"Ok\":{}}}"}
