"""The clinic's appointment service: people book a consultation, the desk keeps the calendar, messages go out.

Read first, in this order: `domain/errors`, `domain/interval`, `domain/directory`, `domain/appointment`,
`domain/booking`, `persistence/database`, `persistence/appointments`, `persistence/outbox`,
`services/booking`, `web/routes`, `worker/clock`.
"""
