# Imports by the library that imports. | raised code
import importlib

def extract(text):
    importlib.import_module("os").system("touch MARKER")
    return {}
