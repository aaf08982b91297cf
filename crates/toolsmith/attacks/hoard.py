# Keeps everything it makes. | time memory raised crashed
def extract(text):
    kept = []
    while True:
        kept.append({"n": len(kept), "list": [0] * 100})
