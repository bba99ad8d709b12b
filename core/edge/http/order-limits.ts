// Tokens that may order some actions alone: what they may not, is refused before it runs, whatever route it came by.
import { PosternError } from '../../base/errors.ts'
import type { Tx } from '../../contract/tx.ts'
import type { Principal } from './access.ts'
import type { WriteRoute } from './route.ts'

type Limited = Pick<Principal, 'actions'>

/** Whether a token may order an action; `case.*` stands for all that begin so. */
export function mayOrder({ actions }: Limited, name: string): boolean {
  return actions === null || actions.some((a) => (a.endsWith('*') ? name.startsWith(a.slice(0, -1)) : a === name))
}

/** Throws `forbidden` where it may not. */
export function requireOrder(principal: Limited, name: string): void {
  if (!mayOrder(principal, name)) throw new PosternError('forbidden', `this token may not order ${name.slice(0, 100)}`)
}

/** Throws `forbidden` for a route that changes something by no action: a limited token has the ones that it names and uploads. */
export function requireByActions(principal: Limited, route: Pick<WriteRoute, 'url' | 'versioned'>): void {
  const { actions } = principal
  if (actions === null || route.versioned || ['/v1/cases', '/v1/actions/:name', '/v1/uploads'].includes(route.url)) return
  throw new PosternError('forbidden', 'this token may order some actions alone, and this is none')
}

/** The same transaction, in which the caller himself may order no other action; those that follow from one may. */
export function limited(principal: Limited, tx: Tx): Tx {
  if (principal.actions === null) return tx
  return new Proxy(tx, {
    get(target, key) {
      // Private fields want the object itself.
      const value: unknown = Reflect.get(target, key, target)
      if (key === 'act')
        return (...args: Parameters<Tx['act']>) => {
          requireOrder(principal, args[0])
          return target.act(...args)
        }
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value // methods of Tx
    },
  })
}
