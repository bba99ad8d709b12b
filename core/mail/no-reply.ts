// Local parts that say of themselves that nobody reads what is sent to them.

/** The words stand anywhere in it, by themselves (notifications-noreply, shop.no_reply2). */
const noReply =
  /^(?:[^@]*[._+=-])?(?:no[._-]?reply|do[._-]?not[._-]?reply|dont[._-]?reply|not[._-]?reply|ne[._-]?otvecha(?:t|y|i)|не[._-]?отвеча(?:ть|й|йте))(?:[._+=-][^@]*|\d*)@/iu

/** Whether an address is one of those that say "do not reply", in English or Russian. */
export const isNoReply = (address: string): boolean => noReply.test(address)
