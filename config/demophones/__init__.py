"""The demo phones: a small server that speaks Twilio's Messages API, and pages with what the demo sent.

The real `twilio` client talks to it through TWILIO_API_BASE_URL, so that the demo runs the code of
production. It knows of the application only what Twilio would know: the account, and the two addresses that
Twilio calls. It lives in a process of its own (`python -m config.demophones`), on loopback, only with DEMO=1.
"""
