"""The log as people read it: who changed what of whom, and who looked."""
