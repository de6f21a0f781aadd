"""A storm: real workers that are killed while they send, a sink that takes everything and keeps count, and a judge.

`sink` is a process of its own that speaks as much SMTP and as much of a text company's HTTP as is needed. `crew` starts
the workers and kills them. `owed` writes what they shall send. `judge` compares what the sink took with the outbox, and
`cancels` gives visits up at the very moment at which their reminders leave.
"""
