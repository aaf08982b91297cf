# Nests lists far deeper than any stack goes, and gives them back. | value raised memory crashed time
def extract(text):
    deep = []
    for _ in range(1_000_000):
        deep = [deep]
    return {"deep": deep}
