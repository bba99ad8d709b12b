// What the core counts, with its sentence for the admin and the values of its labels, so that each series is there before anything happened.
import type { CounterDefinition } from '../../contract/metrics.ts'

/** By name. A label without values takes what the configuration or the events name. */
export const coreCounters: Readonly<Record<string, CounterDefinition>> = {
  postern_mail_received_total: {
    help: 'Mails that were brought, for each recipient: accepted, brought before, or put off',
    labels: { protocol: ['smtp', 'lmtp'], result: ['accepted', 'duplicate', 'deferred'] },
  },
  postern_smtp_refused_total: { help: 'Commands and mails that were refused, by the code of the error', labels: { reason: [] } },
  postern_smtp_connections_total: {
    help: 'Connections of mail servers',
    labels: { result: ['accepted', 'peer_refused', 'too_many'] },
  },
  postern_accept_store_errors_total: { help: 'Accepting commits that failed; their mails were put off' },
  postern_accept_busy_total: { help: 'Mails that were put off because too many waited for their commit' },
  postern_accept_overdue_total: { help: 'Mails that were put off because their commit took more than a minute' },
  postern_intake_total: {
    help: 'Mails that were taken in, by what became of them',
    labels: { outcome: ['case', 'reply', 'duplicate', 'bounce'] },
  },
  postern_outbox_results_total: {
    help: 'Attempts to send a mail to one recipient, by transport and what state it has now',
    labels: { transport: [], state: [] },
  },
  postern_job_failures_total: { help: 'Jobs that failed and are tried again or parked', labels: { kind: [] } },
  postern_job_store_faults_total: {
    help: 'Work that the database could not take at that moment; it is put back and counts as no try',
    labels: { kind: [], fault: [] },
  },
  postern_plugin_stray_errors_total: { help: 'Errors that a plugin left behind and nobody caught', labels: { plugin: [] } },
  postern_job_poll_errors_total: { help: 'Looks for due jobs that the database did not answer' },
  postern_cron_failures_total: { help: 'Recurring work that failed', labels: { cron: [] } },
  postern_clock_jumps_total: { help: 'Jumps of the wall clock by more than a minute', labels: { direction: ['forward', 'back'] } },
  postern_event_loops_cut_total: { help: 'Events that caused one another without end and are no longer heard', labels: { type: [] } },
  postern_transactions_broken_off_total: { help: 'Transactions that waited for something other than the database, and were broken off' },
  postern_blobs_moved_total: {
    help: 'Raw mails that were moved out of the database, or back into it',
    labels: { direction: ['out', 'back'] },
  },
  postern_blobs_removed_total: { help: 'Objects of the blob storage that were removed because nobody needs them' },
  postern_blob_storage_failures_total: { help: 'Looks at the blob storage that failed; raw mail stays where it is meanwhile' },
  postern_commits_total: {
    help: 'Commits of the writer of a SQLite database, by how many transactions shared one',
    labels: { transactions: ['1', '2-4', '5-8', '9-16'] },
  },
  postern_automatic_quarantined_total: { help: 'Automatic mails that their budget did not let out', labels: { kind: [] } },
}
