// What a process has used: processor time of all its threads, and memory; and what the disk takes for an fsync.
import { closeSync, fdatasyncSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import path from 'node:path'
import { median } from './stats.ts'

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

/** What the disk takes now to make 64 kB at the end of a file last, ms: the median of twenty. */
export function fsyncMs(folder: string): number {
  const file = path.join(folder, 'fsync')
  const fd = openSync(file, 'w')
  const block = Buffer.alloc(64 * 1024, 1)
  const times = Array.from({ length: 20 }, () => {
    writeSync(fd, block)
    const start = performance.now()
    fdatasyncSync(fd)
    return performance.now() - start
  })
  closeSync(fd)
  unlinkSync(file)
  return median(times)
}
