// Folders that live as long as a test.
import { existsSync, mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A new folder, in memory where the system offers it: a commit waits for the disk, and what a test proves does not outlive the machine. */
export function freshFolder(prefix: string): string {
  return mkdtempSync(path.join(inMemory() ? memory : tmpdir(), prefix))
}

const memory = '/dev/shm'
/** Containers give it 64 MB: too little for several installations at once. */
const leastFreeBytes = 2 ** 30

function inMemory(): boolean {
  const space = existsSync(memory) ? statfsSync(memory) : undefined
  return space !== undefined && space.bavail * space.bsize >= leastFreeBytes
}
