// A plugin that uses nothing but the stable part of the contract: typed action, condition and job, and questions instead of core tables.
import Type from 'typebox'
import { defineAction, defineCondition, defineJob, definePlugin } from '../../core/plugin.ts'

const count = Type.Object({ case: Type.String(), words: Type.Integer({ minimum: 1 }) })

export default definePlugin({
  name: 'typed',
  description: 'Counts words.',
  apiVersion: 1,
  requires: ['desk'],
  config: Type.Object({}),
  setup: (host) => ({
    actions: {
      'typed.count': defineAction({
        description: 'Plans a count.',
        args: Type.Object({ words: Type.Integer({ minimum: 0 }), in: Type.Optional(Type.Integer()) }),
        async run(tx, { case: c, args }) {
          await tx.jobs.put('typed.count', `typed:${c.id}`, tx.now + (args.in ?? 0), { case: c.id, words: args.words })
          return { said: `#${c.number}: ${args.words.toFixed(0)}` }
        },
      }),
      'typed.open': defineAction({
        on: 'none',
        description: 'How many cases a person has, seen from outside of the transaction and from inside.',
        args: Type.Object({ person: Type.String() }),
        async run(tx, { args: { person } }) {
          const inside = (await tx.read.cases({ person })).length
          return { data: { inside, outside: (await host.look.cases({ person })).length } }
        },
      }),
    },
    conditions: {
      longer_than: defineCondition({
        description: 'The subject has more letters.',
        value: Type.Integer(),
        test: (_tx, { case: c }, value) => Promise.resolve({ holds: c.subject.length > value, seen: String(c.subject.length) }),
      }),
    },
    jobs: {
      count: defineJob({
        payload: count,
        io: ({ words }) => Promise.resolve(`${words} words`),
        async run(tx, payload, found) {
          await tx.notes.add({ caseId: payload.case, text: found.toUpperCase() })
        },
      }),
    },
  }),
})
