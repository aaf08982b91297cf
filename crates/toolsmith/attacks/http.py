# Fetches a page. | raised code
def extract(text):
    import urllib.request
    return {"text": urllib.request.urlopen("http://127.0.0.1:PORT/").read().decode()}
