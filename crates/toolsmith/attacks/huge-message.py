# Raises with a message of megabytes. | raised memory time crashed
def extract(text):
    raise ValueError("x" * 5_000_000)
