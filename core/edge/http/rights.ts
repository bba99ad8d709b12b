// What a caller may do now, not when his call began: a stream, a long upload or a download outlives a change of the configuration or the
// end of a token.
import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../base/config/types.ts'
import { PosternError } from '../../base/errors.ts'
import { requireAccess } from './access.ts'
import type { Access, Authenticator, Principal } from './access.ts'

/** What rights are found anew with. */
export interface RightsMeans {
  readonly keeper: Pick<Authenticator, 'again'>
  readonly clock: Clock
  /** The config in force. */
  readonly config: Config
}

/** Rights that were looked at in the same config and so lately are believed, ms; the row of a token is read no more often while bytes leave. */
const freshMs = 1000

/** The rights of one caller during one call. */
export class Rights {
  readonly #means: RightsMeans
  readonly #access: Access
  /** As he was when the answer began. */
  #first: Principal
  #last: { readonly principal: Principal; readonly config: Config; readonly at: number }

  constructor(means: RightsMeans, principal: Principal, access: Access) {
    this.#means = means
    this.#access = access
    this.#first = principal
    this.#last = { principal, config: means.config, at: means.clock.monotonic() }
  }

  /** Whether what was found last can be believed without a look. */
  get fresh(): boolean {
    return this.#last.config === this.#means.config && this.#means.clock.monotonic() - this.#last.at < freshMs
  }

  /** The caller as he is known now. Throws `unauthenticated` or `forbidden` once he is no longer let in. `look`: also where it was found a moment ago. */
  async now(look = false): Promise<Principal> {
    if (!look && this.fresh) return this.#last.principal
    const { config, keeper, clock } = this.#means
    const principal = await keeper.again(config, this.#first)
    requireAccess(principal, this.#access)
    this.#last = { principal, config, at: clock.monotonic() }
    return principal
  }

  /** As `now`; the answer is chosen by what is found here. */
  async begin(): Promise<Principal> {
    return (this.#first = await this.now())
  }

  /** Throws `forbidden` where the caller no longer sees all that he saw when the answer began: what is being sent was chosen by that. */
  async same(): Promise<void> {
    if (this.fresh) return
    const now = await this.now()
    const before = this.#first
    const places = [null, ...(before.mailboxes ?? this.#means.config.mailboxes.keys())]
    if (places.some((mailbox) => before.sees(mailbox) && !now.sees(mailbox)))
      throw new PosternError('forbidden', 'what this call may see has changed; ask again')
  }

  /** A body as long as its reader may have it; then it breaks off, as an error of the stream. */
  async *guarded(body: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    for await (const piece of body) {
      await this.same()
      yield piece
    }
  }
}
