"""The studio: a web server for the gallery, the operator's health and metrics. Imports core, rules and db only.

app.py      create_app: puts the parts together
facts.py    the tolerant reading of a reel's facts.json
gallery.py  which reels there are, which file a request may have
pages.py    the pages, the files and the feed
wording.py  how times, sizes and measures read on a page
status.py   /health and /metrics
replies.py  security headers, and errors as a page or as JSON
templates/, static/   everything a page needs; nothing is fetched from elsewhere
"""
