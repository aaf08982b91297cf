# Has a shell write a file, by another name. | raised code
def extract(text):
    import subprocess
    subprocess.run(["touch", "MARKER"])
    return {}
