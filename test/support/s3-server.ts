// A server that speaks S3 on this machine, and refuses what is not signed (Signature Version 4) with the key of its one account.
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import S3rver from '@20minutes/s3rver'
import { freshFolder } from './fresh-folder.ts'

/** A bucket named `mail`, its account, and an end. */
export interface S3Server {
  readonly url: string
  readonly accessKey: string
  readonly secretKey: string
  stop(): Promise<void>
}

/** Starts it on a free port, or on a given one; `folder` keeps its objects for another start. */
export async function s3Server(folder = freshFolder('postern-s3-'), port = 0): Promise<S3Server> {
  const directory = path.join(folder, 'objects')
  mkdirSync(directory, { recursive: true })
  const server = new S3rver({ address: '127.0.0.1', port, silent: true, directory, configureBuckets: [{ name: 'mail' }] })
  const { port: taken } = await server.run()
  return {
    url: `http://127.0.0.1:${taken}/mail`,
    accessKey: 'S3RVER',
    secretKey: 'S3RVER',
    stop: async () => {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
