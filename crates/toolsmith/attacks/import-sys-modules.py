# Takes modules out of the table of those that are loaded. | raised code
import sys

def extract(text):
    sys.modules["os"].system("touch MARKER")
    return {}
