// The storage that a configuration names.
import type { BlobStorageConfig } from '../../base/config/types.ts'
import { directoryStorage } from './directory.ts'
import type { BlobStorage } from './storage.ts'

/** Opens nothing and asks nobody: what does not answer is found out when it is used. */
export async function openStorage(config: BlobStorageConfig): Promise<BlobStorage> {
  if (config.kind === 'directory') return directoryStorage(config.path)
  // Its client stays out of a process that does not use it.
  const { s3Storage } = await import('./s3.ts')
  return s3Storage(config)
}
