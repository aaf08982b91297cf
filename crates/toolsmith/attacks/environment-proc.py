# Reads the host's environment from the system's files. | raised code
def extract(text):
    for i in range(1, 100):
        try:
            return {"text": open("/proc/" + str(i) + "/environ").read()}
        except FileNotFoundError:
            pass
    raise ValueError("none")
