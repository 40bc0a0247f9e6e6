import { createNotifications, createReceiver } from './notifications.ts'

createReceiver(createNotifications(Date.now)).listen(8080, () =>
  console.log('INFO alert receiver listens on port 8080'),
)

// Process 1 of a container ignores SIGTERM unless it handles it.
process.once('SIGTERM', () => process.exit())
