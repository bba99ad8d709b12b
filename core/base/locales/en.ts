// English texts of the core. The keys are the contract: ru.ts must have the same.
import type { Messages } from './messages.ts'

/** English messages of the core by key; the keys and their placeholders bind the other languages. */
export const en = {
  'status.open': 'open',
  'status.waiting': 'waiting',
  'status.closed': 'closed',
  'status.spam': 'spam',
  'status.trash': 'trash',
  'case.label': 'Case #{number}',
  'case.status': 'Status: {status}',
  'case.assignee': 'Assignee: {name}',
  'case.unassigned': 'nobody',
  'case.customer': 'Customer: {name}',
  'case.mailbox': 'Mailbox: {name}',
  'case.tags': 'Tags: {tags}',
  'case.noSubject': '(no subject)',
  'case.messages': { count: 'n', one: '{n} message', other: '{n} messages' },
  'attachments.count': { count: 'n', one: '{n} attachment', other: '{n} attachments' },
  'attachments.tooBig': {
    count: 'n',
    one: '{n} attachment is too big to be sent along',
    other: '{n} attachments are too big to be sent along',
  },
  'time.justNow': 'just now',
  'time.in': 'in {duration}',
  'time.ago': '{duration} ago',
  'page.done': 'Done',
  'page.gone': 'This is no longer possible',
  'page.expired': 'This link has expired',
  'page.alreadyDone': 'This was done already',
  'page.notFound': 'There is nothing here',
  'page.failed': 'That did not work, please try again later',
} as const satisfies Messages
