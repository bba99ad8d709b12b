// An action that says whether HTML was made safe before its transaction began.
import Type from 'typebox'
import type { Static } from 'typebox'
import { definePlugin } from '../../core/plugin.ts'

const question = Type.Object({ parts: Type.Array(Type.Object({ html: Type.String() })) })

export default definePlugin({
  name: 'probe',
  description: 'Tells what was prepared for a transaction.',
  config: Type.Object({}),
  setup: () => ({
    actions: {
      'probe.html': {
        description: 'Says whether the HTML was made safe beforehand.',
        args: question,
        run: (tx, { args }: { readonly args: Static<typeof question> }) =>
          Promise.resolve({ data: { prepared: args.parts.map((p) => tx.safeHtml(p.html, { longest: 0 }) !== null) } }),
      },
    },
  }),
})
