// Sockets that systemd opened before us (sd_listen_fds(3)): a restart then refuses no connection, it only makes them wait.

/** First descriptor that is handed over. */
const firstFd = 3

/**
 * Descriptors by name (`FileDescriptorName=` of the .socket unit), in order. Empty where none were handed to this very process.
 * Takes the variables out of `env`, so that no child believes they are its own.
 */
export function inheritedSockets(env: NodeJS.ProcessEnv, pid: number): ReadonlyMap<string, readonly number[]> {
  const { LISTEN_PID: forPid, LISTEN_FDS: count, LISTEN_FDNAMES: names } = env
  delete env.LISTEN_PID
  delete env.LISTEN_FDS
  delete env.LISTEN_FDNAMES
  const sockets = new Map<string, number[]>()
  if (Number(forPid) !== pid || !/^\d{1,3}$/.test(count ?? '')) return sockets
  const named = names?.split(':') ?? []
  for (let i = 0; i < Number(count); i++) {
    // sd_listen_fds_with_names(3): a descriptor without a name is called unknown.
    const name = named[i] || 'unknown'
    sockets.set(name, [...(sockets.get(name) ?? []), firstFd + i])
  }
  return sockets
}
