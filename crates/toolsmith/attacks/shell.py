# Has a shell write a file. | raised code
import os

def extract(text):
    os.system("touch MARKER")
    return {}
