# Executes text as code. | raised code
def extract(text):
    exec(compile("import os; os.system('touch MARKER')", "x", "exec"))
    return {}
