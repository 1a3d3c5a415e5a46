"""What is kept of a client: handing it out, and forgetting it, at somebody's word or when its time has come.

`sections` lists every place that speaks of a client; `exporting` reads them, `erasing` empties them and
`purging` says when. A new table about clients is a new section (tests/retention/test_sections.py).
"""
