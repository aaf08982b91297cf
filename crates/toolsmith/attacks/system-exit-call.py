# Ends the program by a call. | raised code
import sys

def extract(text):
    sys.exit(0)
