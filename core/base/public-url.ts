// The address under which people and programs reach the HTTP port.
import type { Config } from './config/types.ts'

/** `http.public_url` where an admin has set it, else host and port; without a slash at its end. */
export function publicUrl({ http }: Pick<Config, 'http'>): string {
  return http.public_url ?? `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${http.port}`
}
