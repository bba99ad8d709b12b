// What a process has used: processor time of all its threads, and memory.
import { readFileSync } from 'node:fs'

export interface Usage {
  /** User and system, ms, since the process began. */
  readonly cpuMs: number
  /** Resident set, bytes: now, and the most since the last look (kept by the kernel, reset by `resetPeak`). */
  readonly rss: number
  readonly peakRss: number
}

export function usage(): Usage {
  const { user, system } = process.cpuUsage()
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
  return { cpuMs: (user + system) / 1000, rss: process.memoryUsage.rss(), peakRss: Number(peak ?? 0) * 1024 }
}
